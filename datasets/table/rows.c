/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of a file, one after the other, into values and stamps. */
#include "datasets/table/table_internal.h"
#include "datasets/time/decimal.h"
#include "lib/base/budget.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Stamp and id of the row that is complete. */
static int take_keys(ds_ingest *in, ds_time time, int id)
{
    const int code = in->id_column >= 0 ? ds_long_take(in, time, id) : NN_OK;
    if (in->id_column < 0)
        in->time[in->rows] = time;
    in->rows += code == NN_OK;
    return code;
}

/* What a table would take that is as the rows so far are: the size of a gzip file is not known beforehand. */
static double expected_bytes(const ds_ingest *in)
{
    return (double)in->rows * in->width * sizeof(double) / in->progress.share;
}

/* Packed rows may be of another length further on, so that only what is far too much is refused before its
 * time. */
static bool is_too_large(const ds_ingest *in, size_t room)
{
    enum { LARGE = 64 << 20 };
    unsigned long long left;
    const double now = (double)room * in->width * sizeof(double);
    return now >= LARGE && in->progress.size == 0 && in->progress.share > 0 && nn_budget_room(&left) &&
           expected_bytes(in) > 2 * ((double)left + now);
}

static int refuse_size(ds_ingest *in)
{
    unsigned long long left = 0;
    (void)nn_budget_room(&left);
    return nn_fail(in->error, NN_FAILED,
                   "%s: unpacked its table takes about %.1f GB, by the first %.1f%% of the file, and %.1f GB "
                   "are free%s",
                   in->name, expected_bytes(in) / 1e9, 100 * in->progress.share, (double)left / 1e9,
                   nn_budget_source());
}

static int grow(ds_ingest *in)
{
    size_t room = in->rows + in->rows / 4 + 16;
    if (in->rows == 0) {
        const size_t fit = ((size_t)1 << 20) / ((size_t)in->width * sizeof(double));
        room = fit < 4 ? 4 : fit > 1024 ? 1024 : fit;
    } else if (in->progress.size > in->progress.done) {
        /* The file's size tells how many rows are to come; pages that stay unused are never touched. */
        const double whole =
            (double)in->rows * ((double)in->progress.size / (double)in->progress.done) * 1.02;
        if (whole > (double)room && whole < 1e15)
            room = (size_t)whole + 16;
    }
    if (is_too_large(in, room))
        return refuse_size(in);
    double *values = nn_resize(in->values, room, (size_t)in->width, sizeof *values);
    if (!values)
        return ds_ingest_no_memory(in);
    in->values = values;
    if (in->id_column < 0) {
        ds_time *time = nn_resize(in->time, room, sizeof *time, 1);
        if (!time)
            return ds_ingest_no_memory(in);
        in->time = time;
    }
    in->room = room;
    return NN_OK;
}

static int note_line(ds_ingest *in, size_t line)
{
    const ds_line_run *last = in->run_count ? &in->runs[in->run_count - 1] : NULL;
    if (last && last->line + (in->rows - last->row) == line)
        return NN_OK;
    if (in->run_count == in->run_room) {
        const size_t room = 2 * in->run_room + 16;
        ds_line_run *runs = nn_resize(in->runs, room, sizeof *runs, 1);
        if (!runs)
            return ds_ingest_no_memory(in);
        in->runs = runs;
        in->run_room = room;
    }
    in->runs[in->run_count++] = (ds_line_run){in->rows, line};
    return NN_OK;
}

size_t ds_ingest_line(const ds_ingest *in, size_t row)
{
    const size_t file_row = in->order ? in->order[row] : row;
    size_t low = 0, high = in->run_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (in->runs[middle].row <= file_row)
            low = middle;
        else
            high = middle;
    }
    return in->runs[low].line + (file_row - in->runs[low].row);
}

/* The option that reads the text as no value. */
static const char *missing_hint(const ds_column *c, const ds_field *f, const char *before, char hint[400])
{
    if (f->length > 40 || memchr(f->text, ',', f->length) || memchr(f->text, '\'', f->length) ||
        memchr(f->text, '"', f->length))
        snprintf(hint, 400, "%s; --exclude '%.100s' leaves the column out", before, c->name);
    else
        snprintf(
            hint, 400,
            "%s; --missing '%.*s' reads such a word as a missing value, --exclude '%.100s' leaves the column "
            "out",
            before, (int)f->length, f->text, c->name);
    return hint;
}

/* Of a number with something around it that other values do not have, or without what they have. */
static const char *dress_hint(const ds_column *c, const ds_number_parts *p, char hint[400])
{
    const ds_number_form *form = c->form;
    const bool money = form && form->currency && p->currency && strcmp(form->currency, p->currency) != 0;
    const bool unit = form && *form->unit;
    const char *what = money              ? ": it is of another currency than"
                       : unit && *p->unit ? ": its unit is not that of"
                       : unit             ? ": it has no unit, unlike"
                       : *p->unit         ? ": a unit or a remark stands behind the number, unlike behind"
                                          : ": something stands around the number, unlike";
    if (form && *form->example)
        snprintf(hint, 400, "%s '%s' in other rows; --exclude '%.100s' leaves the column out", what,
                 form->example, c->name);
    else
        snprintf(hint, 400, "%s in other rows; --exclude '%.100s' leaves the column out", what, c->name);
    return hint;
}

/* What could make a number of a text; never an option that would make the data worse. */
static const char *number_hint(const ds_ingest *in, const ds_column *c, const ds_field *f, char hint[400])
{
    ds_number_parts p;
    const ds_read_options *o = in->options;
    if (f->length > 200 || !ds_number_take_apart(f->text, f->length, &p))
        return missing_hint(c, f, "", hint);
    const ds_number_marks marks = ds_number_marks_of(&p);
    if (o == &in->own_options && strchr(p.core, '.'))
        return ", for commas are decimal marks in the rows before; --decimal and --thousands name the marks";
    if (o->decimal_comma && strchr(p.core, '.'))
        return "; the comma is to be the decimal mark but the file writes points";
    if (!o->decimal_comma && marks == DS_MARKS_EITHER)
        return ": the comma may mark thousands or be the decimal one; --thousands , or --decimal-comma tells";
    if (!o->decimal_comma && marks == DS_MARKS_DECIMAL_COMMA)
        return "; --decimal-comma reads commas as decimal points";
    if (marks == DS_MARKS_THOUSANDS || marks == DS_MARKS_POINTS || p.parting)
        return ": it has marks between thousands, which --thousands names";
    if (ds_number_is_ledger(&p))
        return ": which of credit (CR) and debit (DR) is less than zero must be written as a sign";
    return dress_hint(c, &p, hint);
}

void ds_offence_add(ds_ingest *in, int column, const ds_field *f)
{
    ds_offences *o = in->offences;
    for (int i = 0; i < o->count; i++)
        if (o->list[i].column == column && strlen(o->list[i].text) == f->length &&
            memcmp(o->list[i].text, f->text, f->length) == 0)
            return;
    if (o->count == DS_ATTEMPTS || !(o->list[o->count].text = nn_text_copy(f->text, f->length)))
        return;
    o->list[o->count++].column = column;
    o->more = true;
}

/* A field that is no finite number: missing, text, or an error. */
static int take_other(ds_ingest *in, ds_column *c, const ds_field *f, size_t line, ds_number_kind kind)
{
    const int place = (int)(c - in->columns) + 1;
    const char *shown = NN_SHOWN(60, f->text, f->length);
    char hint[400];
    if (kind == DS_NUMBER_INFINITE)
        return nn_fail(in->error, NN_BAD_DATA,
                       "%s:%zu:%d: '%s' is not a finite number; --missing can name it", in->name, line, place,
                       shown);
    if (c->role == DS_ROLE_OPEN && !c->asked && !c->numeric) {
        c->role = DS_ROLE_TEXT;
        memcpy(c->sample, f->text, f->length < sizeof c->sample ? f->length : sizeof c->sample - 1);
        return NN_OK;
    }
    ds_offence_add(in, place - 1, f);
    return nn_fail(in->error, NN_BAD_DATA, "%s:%zu:%d: '%s' is not a number%s", in->name, line, place, shown,
                   number_hint(in, c, f, hint));
}

/* Blanks at both ends, which quotes keep. */
static ds_field trimmed(ds_field f)
{
    while (f.length && (f.text[0] == ' ' || f.text[0] == '\t')) {
        f.text++;
        f.length--;
    }
    while (f.length && (f.text[f.length - 1] == ' ' || f.text[f.length - 1] == '\t'))
        f.length--;
    return f;
}

ds_number_kind ds_column_number(const ds_ingest *in, const ds_column *c, const ds_field *f, double *value)
{
    const bool comma = in->options->decimal_comma;
    ds_number_kind kind = DS_NUMBER_NONE;
    if (!c->form || !(c->form->first || *c->form->unit))
        kind = ds_field_number(f, comma, value);
    if (kind != DS_NUMBER_NONE || f->length == 0)
        return kind;
    if (c->form)
        return ds_number_read(c->form, f->text, f->length, value);
    const ds_field inner = trimmed(*f);
    return inner.length < f->length ? ds_number_parse(inner.text, inner.length, comma, value) : kind;
}

static int take_missing(ds_column *c, double *value)
{
    *value = NAN;
    c->missing++;
    return NN_OK;
}

/* What is no plain number: a number in the dress of its column, a missing value, or neither. */
static int take_unusual(ds_ingest *in, ds_column *c, const ds_field *f, size_t line, double *value)
{
    const ds_number_kind kind = ds_column_number(in, c, f, value);
    if (kind == DS_NUMBER_OK) {
        c->role = DS_ROLE_NUMBER;
        return NN_OK;
    }
    const ds_field inner = trimmed(*f);
    if (ds_field_missing(in, &inner))
        return take_missing(c, value);
    *value = NAN;
    return take_other(in, c, f, line, kind);
}

static int take_value(ds_ingest *in, ds_column *c, const ds_field *f, size_t line, double *value)
{
    /* A missing token may look like a number (-9999). */
    if (in->options->missing && ds_field_missing(in, f))
        return take_missing(c, value);
    if (c->form || ds_field_number(f, in->options->decimal_comma, value) != DS_NUMBER_OK)
        return take_unusual(in, c, f, line, value);
    c->role = DS_ROLE_NUMBER;
    return NN_OK;
}

static int take_stamp(ds_ingest *in, const ds_field *fields, size_t line, ds_time *time)
{
    if (in->time_column < 0) {
        *time = (ds_time)in->rows;
        return NN_OK;
    }
    if (in->pieces > 1)
        return ds_pieces_read(in, fields, line, time);
    const ds_field *f = &fields[in->time_column];
    ds_field inner = *f;
    if (f->length && (f->text[0] == ' ' || f->text[f->length - 1] == ' '))
        inner = trimmed(*f);
    int code = ds_time_reader_add(in->reader, inner.text, inner.length, time, in->error);
    return code ? nn_fail_within(in->error, "%s:%zu:%d", in->name, line, in->time_column + 1) : NN_OK;
}

static int begin(ds_ingest *in, const ds_field *fields, int count, size_t line)
{
    int code = in->begun ? NN_OK : ds_plan_first_row(in, fields, count, line);
    if (code || in->pieces == 0 || in->piece[0].kind == DS_PIECE_PATTERN ||
        in->piece[0].kind == DS_PIECE_DAY_NUMBER)
        return code;
    const char *given = in->options->time_format;
    in->reader = ds_time_reader_new(given ? given : *in->time_format ? in->time_format : NULL, in->error);
    return in->reader ? NN_OK : in->error && in->error->code ? in->error->code : NN_USAGE;
}

/* Names, and the first row of values; *taken: the row was that of the names. */
static int take_header(ds_ingest *in, const ds_field *fields, int count, size_t line, bool *taken)
{
    *taken = line == in->names_line;
    if (*taken || in->columns)
        return NN_OK;
    int code;
    if (in->options->no_header) {
        code = ds_columns_numbered(in, count);
    } else {
        code = ds_columns_from_header(in, fields, count, line);
        in->names_line = line;
        *taken = true;
    }
    return code ? code : ds_columns_start(in);
}

static int fail_count(ds_ingest *in, int count, size_t line)
{
    enum { SURE = 3 }; /* rows after which the delimiter is no question */
    char hint[120];
    snprintf(hint, sizeof hint, "(delimiter %s; --delimiter names another%s)",
             ds_delimiter_name(in->scan.delimiter, (char[8]){0}),
             count > in->count ? "; one within a number or text needs quotes" : "");
    return nn_fail(in->error, NN_BAD_DATA, "%s:%zu:%d: %d fields where the %s has %d %s", in->name, line,
                   count < in->count ? count : in->count + 1, count,
                   in->options->no_header ? "first line" : "header", in->count,
                   in->rows < SURE ? hint
                   : count < in->count
                       ? "and rows before, too: is something missing?"
                       : "and rows before, too: a delimiter within a text or number needs quotes");
}

static int take_row(ds_ingest *in, const ds_field *fields, int count, size_t line)
{
    if (count != in->count)
        return fail_count(in, count, line);
    int code = NN_OK;
    if (in->rows == in->room && (code = grow(in)))
        return code;
    ds_time time = 0;
    int id = 0;
    if (in->id_column >= 0 && ((code = ds_ids_take(in, fields, &id)) || id < 0))
        return code;
    if ((code = note_line(in, line)) || (code = ds_statics_take(in, fields, id, line)))
        return code;
    if (in->across) {
        code = ds_across_row(in, fields, line);
        in->rows += code == NN_OK;
        return code;
    }
    if ((code = take_stamp(in, fields, line, &time)))
        return code;
    double *row = in->values + in->rows * (size_t)in->width;
    for (int i = 0; i < count; i++) {
        ds_column *c = &in->columns[i];
        if (c->slot < 0)
            continue;
        row[c->slot] = NAN;
        if (c->role != DS_ROLE_TEXT && (code = take_value(in, c, &fields[i], line, &row[c->slot])))
            return code;
    }
    return take_keys(in, time, id);
}

int ds_ingest_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    ds_ingest *in = context;
    int code = NN_OK;
    (void)error;
    if (!in->started) {
        bool taken;
        code = take_header(in, fields, count, line, &taken);
        if (code || taken)
            return code;
        if (count == in->count && (code = begin(in, fields, count, line)))
            return code;
        in->started = count == in->count;
    }
    if (in->comment && fields[0].length && fields[0].text[0] == '#')
        return NN_OK;
    bool take = true;
    if (in->held.count && ((code = ds_row_after(in, fields, count, &take)) || !take))
        return code;
    const int ids = in->ids.count;
    code = take_row(in, fields, count, line);
    if (code != NN_BAD_DATA || ds_row_hold(in, fields, count, line))
        return code;
    if (in->ids.count > ids && !in->across) /* a row that is none names no series */
        nn_names_drop_last(&in->ids);
    return NN_OK;
}
