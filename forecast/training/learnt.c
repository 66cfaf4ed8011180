/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Remembers a sample of the training rows, and finds them in a table. */
#include "forecast/training/learnt.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 16 };

/* The table's columns of the model's; NULL where one is missing (*missing) or memory is. */
static int *map_columns(const fc_model *model, const ds_table *table, bool *missing)
{
    int *map = malloc(((size_t)model->columns + 1) * sizeof *map);
    *missing = false;
    for (int j = 0; map && j < model->columns; j++) {
        const bool there = j < table->columns && strcmp(table->names[j], model->names[j]) == 0;
        map[j] = there ? j : ds_table_column(table, model->names[j]);
        *missing |= map[j] < 0;
    }
    if (*missing) {
        free(map);
        map = NULL;
    }
    return map;
}

/* FNV-1a of the values' bits in single precision, lest the last digits of a logarithm matter; of all missing
 * ones the same. */
static uint64_t hash_row(const double *values, const int *map, int count)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (int j = 0; j < count; j++) {
        const float value = (float)values[map[j]];
        uint32_t bits = 0;
        if (!isnan(value))
            memcpy(&bits, &value, sizeof bits);
        for (int k = 0; k < 4; k++)
            hash = (hash ^ (bits >> 8 * k & 255)) * UINT64_C(1099511628211);
    }
    return hash;
}

static uint64_t hash_at(const ds_table *table, size_t row, const int *map, int count)
{
    return hash_row(table->values + row * (size_t)table->columns, map, count);
}

static int note_ranges(fc_model *model, const ds_table *table, ds_part train, const int *map, nn_error *error)
{
    free(model->least);
    free(model->most);
    model->least = malloc(((size_t)model->columns + 1) * sizeof *model->least);
    model->most = malloc(((size_t)model->columns + 1) * sizeof *model->most);
    if (!model->least || !model->most) {
        free(model->least);
        free(model->most);
        model->least = model->most = NULL;
        return nn_no_memory(error);
    }
    for (int j = 0; j < model->columns; j++) {
        double least = NAN, most = NAN;
        for (size_t r = train.begin; r < train.end; r++) {
            const size_t at = r * (size_t)table->columns + (size_t)map[j];
            least = fmin(least, table->values[at]);
            most = fmax(most, table->values[at]);
        }
        model->least[j] = least;
        model->most[j] = most;
    }
    return NN_OK;
}

int fc_learnt_note(fc_model *model, const ds_table *table, ds_part train, nn_error *error)
{
    enum { WIDTH = 2 * 16 + 2 };
    bool missing;
    const size_t rows = train.end - train.begin, count = rows < ROWS ? rows : ROWS;
    int *map = map_columns(model, table, &missing);
    free(model->learnt);
    model->learnt = calloc(count * WIDTH + 1, 1);
    if (!model->learnt || (!map && !missing)) {
        free(map);
        return nn_no_memory(error);
    }
    for (size_t i = 0, at = 0; i < count && map; i++) {
        const size_t row = train.begin + (count > 1 ? i * (rows - 1) / (count - 1) : 0);
        at += (size_t)snprintf(model->learnt + at, WIDTH + 1, "%s%" PRIx64 ":%" PRIx64, i ? " " : "",
                               (uint64_t)table->time[row], hash_at(table, row, map, model->columns));
    }
    const int code = map ? note_ranges(model, table, train, map, error) : NN_OK;
    free(map);
    return code;
}

/* What a model noted, and where its columns stand in a table. */
typedef struct noted {
    const ds_table *table;
    int *map;
    int columns, count;
    struct {
        ds_time time;
        uint64_t hash;
    } row[ROWS];
} noted;

static void read_rows(noted *n, const char *text)
{
    while (text && *text && n->count < ROWS) {
        char *end;
        n->row[n->count].time = (ds_time)strtoull(text, &end, 16);
        if (*end != ':')
            return;
        n->row[n->count++].hash = strtoull(end + 1, &end, 16);
        text = *end == ' ' ? end + 1 : NULL;
    }
}

/* Whether the noted rows, `shift` rows from their numbers, are there with the same values: most of those that
 * the table has; unknown: what to say where it has none. */
static bool agrees(const noted *n, int64_t shift, bool unknown)
{
    int seen = 0, same = 0;
    for (int i = 0; i < n->count; i++) {
        const ds_time time = n->row[i].time + shift;
        const size_t row = ds_table_row_at(n->table, time);
        if (row == n->table->rows || n->table->time[row] != time)
            continue;
        seen++;
        same += hash_at(n->table, row, n->map, n->columns) == n->row[i].hash;
    }
    return seen ? 2 * same > seen : unknown;
}

/* How far rows that only have numbers stand from where they stood; false: they are not there. */
static bool find_shift(const noted *n, int64_t *shift)
{
    int tries = 0;
    for (size_t row = 0; row < n->table->rows; row++) {
        const uint64_t hash = hash_at(n->table, row, n->map, n->columns);
        for (int i = 0; i < n->count; i++) {
            *shift = n->table->time[row] - n->row[i].time;
            if (n->row[i].hash == hash && tries++ < 100 * ROWS && agrees(n, *shift, false))
                return true;
        }
    }
    return false;
}

int fc_learnt_count(size_t *count, const fc_model *model, const ds_table *table, ds_part part,
                    nn_error *error)
{
    bool missing;
    int64_t shift = 0;
    noted n = {.table = table, .columns = model->columns};
    *count = 0;
    read_rows(&n, model->learnt);
    if (n.count == 0)
        return NN_OK;
    if (!(n.map = map_columns(model, table, &missing)))
        return missing ? NN_OK : nn_no_memory(error);
    const bool dated = table->layout.timed || table->frequency.unit != DS_UNIT_STEP;
    const bool there = dated ? agrees(&n, 0, true) : find_shift(&n, &shift);
    const ds_time first = n.row[0].time + shift, last = n.row[n.count - 1].time + shift;
    for (size_t row = part.begin; there && row < part.end; row++)
        *count += table->time[row] >= first && table->time[row] <= last;
    free(n.map);
    return NN_OK;
}

static int fail_other(const noted *n, size_t row, nn_error *error)
{
    char stamp[64];
    const ds_table *table = n->table;
    if (table->layout.timed)
        ds_time_print(&table->layout.format, table->time[row], stamp, sizeof stamp);
    else
        snprintf(stamp, sizeof stamp, "row %zu", row + 1);
    return nn_fail(error, NN_BAD_DATA,
                   "%s: at %s stand other values than those that the model was trained on; 'auspex train' "
                   "makes a new model of them",
                   table->path, stamp);
}

int fc_learnt_beside(fc_overlap *overlap, const fc_model *model, const ds_table *table, nn_error *error)
{
    bool missing;
    int64_t shift = 0;
    int code = NN_OK;
    noted n = {.table = table, .columns = model->columns};
    *overlap = (fc_overlap){0, table->rows};
    read_rows(&n, model->learnt);
    if (n.count == 0)
        return NN_OK;
    if (!(n.map = map_columns(model, table, &missing)))
        return missing ? NN_OK : nn_no_memory(error);
    const bool dated = table->layout.timed || table->frequency.unit != DS_UNIT_STEP;
    const bool there = dated || find_shift(&n, &shift);
    size_t first = table->rows;
    for (int i = 0; i < n.count && there && !code; i++) {
        const ds_time time = n.row[i].time + shift;
        const size_t row = ds_table_row_at(table, time);
        if (row == table->rows || table->time[row] != time)
            continue;
        first = i == 0 ? row : first;
        overlap->noted++;
        if (hash_at(table, row, n.map, n.columns) != n.row[i].hash)
            code = fail_other(&n, row, error);
    }
    if (first < table->rows) { /* the data begin with the first noted row */
        const size_t end = first + model->record.rows;
        overlap->fresh = end < table->rows ? table->rows - end : 0;
    } else if (dated && model->record.rows) {
        const ds_time end = ds_time_add(model->frequency, n.row[0].time, (int64_t)model->record.rows - 1);
        overlap->fresh = table->rows - ds_table_row_at(table, end + 1);
    }
    free(n.map);
    return code;
}
