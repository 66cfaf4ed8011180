/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the first rows, chooses the columns by them, and hands rows on. */
#include "datasets/lightcurves/formats/cells.h"

#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLED = 2000, SAMPLED_BYTES = 1 << 22, MOST_COLUMNS = 10000 };

void ds_cells_begin(ds_cells *c, ds_lightcurves *r)
{
    *c = (ds_cells){.r = r};
    r->scan.delimiter = ','; /* no comma is a decimal mark */
    c->hurry = r->stream && r->bands_given && !r->gathering;
}

void ds_cells_free(ds_cells *c)
{
    nn_names_free(&c->names);
    free(c->place);
    free(c->text);
    free(c->cell);
    free(c->row);
    free(c->field);
    *c = (ds_cells){0};
}

size_t ds_cells_real(char text[DS_REAL_TEXT], double value)
{
    int n = snprintf(text, DS_REAL_TEXT, "%.15g", value);
    if (strtod(text, NULL) != value)
        n = snprintf(text, DS_REAL_TEXT, "%.17g", value);
    for (char *c = text; *c; c++)
        *c = *c == ',' ? '.' : *c; /* of a locale */
    return (size_t)n;
}

/* --- columns --- */

static bool place_at(ds_cells *c, int column, int place)
{
    if (column >= c->place_room) {
        const int room = 2 * column + 16;
        int *more = nn_resize(c->place, (size_t)room, sizeof *more, 1);
        if (!more)
            return false;
        c->place = more;
        c->place_room = room;
    }
    c->place[column] = place;
    return true;
}

/* A column that shows late: those that change what a row means are taken in. */
static int add_late(ds_cells *c, int column, const char *name)
{
    ds_lightcurves *r = c->r;
    const int part = ds_photometry_late(r, name);
    if (part < 0)
        return place_at(c, column, -1) ? DS_CELLS_IDLE : -1;
    char **columns = nn_resize(r->columns, (size_t)r->count + 1, sizeof *columns, 1);
    if (!columns)
        return -1;
    r->columns = columns;
    if (!(columns[r->count] = nn_text_copy(name, strlen(name))))
        return -1;
    r->column[part] = r->count++;
    return place_at(c, column, r->column[part]) ? column : -1;
}

int ds_cells_column(ds_cells *c, const char *name)
{
    const size_t length = strlen(name);
    const int before = c->names.count;
    int column = nn_names_find(&c->names, name, length);
    if (column < 0 && before >= MOST_COLUMNS)
        return DS_CELLS_IDLE;
    if (column < 0 && (column = nn_names_add(&c->names, name, length)) < 0)
        return -1;
    if (!c->settled)
        return column;
    return column == before ? add_late(c, column, name) : c->place[column] < 0 ? DS_CELLS_IDLE : column;
}

/* --- rows --- */

static bool open_row(ds_cells *c)
{
    if (c->rows == c->row_room) {
        const size_t room = 2 * c->row_room + 16;
        ds_cell_row *more = nn_resize(c->row, room, sizeof *more, 1);
        if (!more)
            return false;
        c->row = more;
        c->row_room = room;
        memset(more + c->rows, 0, (room - c->rows) * sizeof *more);
    }
    if (!c->row[c->rows].count)
        c->row[c->rows].first = c->cells;
    return true;
}

bool ds_cells_has(const ds_cells *c, int column)
{
    const ds_cell_row *row = c->rows < c->row_room ? &c->row[c->rows] : NULL;
    return row && column < row->count && c->cell[row->first + column].at;
}

static bool make_room(ds_cells *c, size_t cells, size_t bytes)
{
    if (cells > c->cell_room) {
        ds_cell *more = nn_resize(c->cell, 2 * cells, sizeof *more, 1);
        if (!more)
            return false;
        c->cell = more;
        c->cell_room = 2 * cells;
    }
    if (bytes > c->room) {
        char *more = nn_resize(c->text, 2 * bytes, 1, 1);
        if (!more)
            return false;
        c->text = more;
        c->room = 2 * bytes;
    }
    return true;
}

int ds_cells_put(ds_cells *c, int column, const char *text, size_t length)
{
    if (ds_cells_has(c, column))
        return NN_OK;
    if (!open_row(c))
        return ds_photometry_no_memory(c->r);
    ds_cell_row *row = &c->row[c->rows];
    const size_t count = (size_t)(column < row->count ? row->count : column + 1);
    if (!make_room(c, row->first + count, c->size + length + 1))
        return ds_photometry_no_memory(c->r);
    for (; row->count < (int)count; row->count++)
        c->cell[row->first + row->count] = (ds_cell){0, 0};
    c->cells = row->first + count;
    c->cell[row->first + column] = (ds_cell){c->size + 1, length};
    if (length)
        memcpy(c->text + c->size, text, length);
    c->size += length;
    return NN_OK;
}

static bool make_fields(ds_cells *c)
{
    if (c->r->count > c->field_room) {
        ds_field *more = nn_resize(c->field, (size_t)c->r->count, sizeof *more, 1);
        if (!more)
            return false;
        c->field = more;
        c->field_room = c->r->count;
    }
    return true;
}

static int hand_on(ds_cells *c, const ds_cell_row *row)
{
    ds_lightcurves *r = c->r;
    if (!make_fields(c))
        return ds_photometry_no_memory(r);
    for (int i = 0; i < r->count; i++)
        c->field[i] = ds_field_of("", 0);
    for (int i = 0; i < row->count; i++) {
        const ds_cell *cell = &c->cell[row->first + i];
        if (cell->length && c->place[i] >= 0)
            c->field[c->place[i]] = ds_field_of(c->text + cell->at - 1, cell->length);
    }
    return ds_photometry_row(r, c->field, r->count, row->line);
}

/* The text of a kept row's column of ids; NULL where there is none. */
static const ds_cell *id_of(const ds_cells *c, size_t row)
{
    int best = -1, rank = 0;
    for (int i = 0; i < c->row[row].count; i++) {
        const int other =
            c->cell[c->row[row].first + i].length ? ds_photometry_id_rank(c->r, c->names.text[i]) : -1;
        if (other >= 0 && (best < 0 || other < rank)) {
            best = i;
            rank = other;
        }
    }
    return best < 0 ? NULL : &c->cell[c->row[row].first + best];
}

/* Whether the rows so far are enough to choose the columns by. */
static bool is_enough(const ds_cells *c)
{
    if (c->rows >= SAMPLED || c->size > SAMPLED_BYTES)
        return true;
    const ds_cell *last = c->hurry ? id_of(c, c->rows - 1) : NULL;
    const ds_cell *first = last ? id_of(c, 0) : NULL;
    return first && (first->length != last->length ||
                     memcmp(c->text + first->at - 1, c->text + last->at - 1, first->length) != 0);
}

int ds_cells_end_row(ds_cells *c, size_t line)
{
    if (!open_row(c))
        return ds_photometry_no_memory(c->r);
    c->row[c->rows].line = line;
    if (!c->settled) {
        c->rows++;
        if (c->rows < c->row_room)
            c->row[c->rows] = (ds_cell_row){.first = c->cells};
        return is_enough(c) ? ds_cells_settle(c) : NN_OK;
    }
    const int code = hand_on(c, &c->row[0]);
    c->row[0] = (ds_cell_row){0};
    c->size = c->cells = 0;
    return code;
}

/* --- the columns --- */

/* The kept rows as the sample that columns are chosen by, which owns its memory. */
static bool make_sample(const ds_cells *c, ds_sample *s)
{
    size_t cells = 0;
    s->text = nn_text_copy(c->text ? c->text : "", c->size);
    s->cells = calloc(c->cells + 1, sizeof *s->cells);
    s->rows = calloc(c->rows + 1, sizeof *s->rows);
    if (!s->text || !s->cells || !s->rows)
        return false;
    for (size_t i = 0; i < c->rows; i++) {
        s->rows[i] = (ds_sample_row){.line = c->row[i].line, .first = cells, .count = c->row[i].count};
        for (int k = 0; k < c->row[i].count; k++) {
            const ds_cell *cell = &c->cell[c->row[i].first + k];
            s->cells[cells++] = (ds_text){s->text + (cell->at ? cell->at - 1 : 0), cell->length};
        }
    }
    s->row_count = c->rows;
    s->cell_count = cells;
    s->whole = true;
    return true;
}

static int choose(ds_cells *c)
{
    ds_lightcurves *r = c->r;
    const int count = c->names.count;
    ds_field *names = calloc((size_t)count + 1, sizeof *names);
    int code = names && make_sample(c, &r->sample) ? NN_OK : ds_photometry_no_memory(r);
    for (int i = 0; names && i < count; i++)
        names[i] = ds_field_of(c->names.text[i], strlen(c->names.text[i]));
    r->sample_row = 0;
    if (!code)
        code = ds_photometry_header(r, names, count, c->rows ? c->row[0].line : 1);
    free(names);
    for (int i = 0; !code && i < count; i++) {
        bool read = false;
        for (int p = 0; p < DS_PART_COUNT; p++)
            read |= r->column[p] == i;
        if (!place_at(c, i, read ? i : -1))
            code = ds_photometry_no_memory(r);
    }
    return code;
}

int ds_cells_settle(ds_cells *c)
{
    if (c->settled || c->names.count == 0)
        return NN_OK;
    int code = choose(c);
    if (code)
        return code;
    c->settled = true;
    for (size_t i = 0; i < c->rows && !code; i++)
        code = hand_on(c, &c->row[i]);
    c->rows = c->size = c->cells = 0;
    if (c->row)
        c->row[0] = (ds_cell_row){0};
    return code;
}

int ds_cells_finish(ds_cells *c, int code)
{
    if (c->settled || code == NN_FAILED)
        return code;
    const nn_error kept = code ? *c->r->error : (nn_error){0};
    const int settled = ds_cells_settle(c);
    if (code && settled != NN_FAILED)
        nn_error_copy(c->r->error, &kept);
    return code ? code : settled;
}
