/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the forms in which a split is written and cuts the rows. */
#include "datasets/series/split.h"

#include "datasets/time/decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_FIELDS = 3 };

typedef struct fields {
    char text[MOST_FIELDS][40];
    int count;
} fields;

static int fail_text(const char *text, nn_error *error)
{
    return nn_fail(error, NN_USAGE,
                   "split '%.100s' is none of ett-hour, ett-minute, ratios such as 0.7/0.1/0.2, rows such as "
                   "8640/2880/2880, or dates such as 2017-07-01/2017-11-01",
                   text);
}

static bool cut_fields(const char *text, fields *f)
{
    f->count = 0;
    for (const char *at = text;; at++) {
        const size_t length = strcspn(at, "/");
        if (f->count == MOST_FIELDS || length == 0 || length >= sizeof f->text[0])
            return false;
        memcpy(f->text[f->count], at, length);
        f->text[f->count++][length] = '\0';
        at += length;
        if (*at == '\0')
            return f->count >= 2;
    }
}

/* Whole numbers of rows, not too large to add up. */
static bool read_rows(const fields *f, size_t rows[MOST_FIELDS])
{
    for (int i = 0; i < f->count; i++) {
        const char *c = f->text[i];
        if (strlen(c) > 15)
            return false;
        for (rows[i] = 0; *c; c++) {
            if (*c < '0' || *c > '9')
                return false;
            rows[i] = rows[i] * 10 + (size_t)(*c - '0');
        }
    }
    return f->count == 3;
}

static bool read_ratios(const fields *f, double ratio[MOST_FIELDS])
{
    for (int i = 0; i < f->count; i++)
        if (ds_number_parse(f->text[i], strlen(f->text[i]), false, &ratio[i]) != DS_NUMBER_OK ||
            ratio[i] < 0 || ratio[i] > 1)
            return false;
    return f->count == 3;
}

static int cut_rows(const char *text, const size_t rows[MOST_FIELDS], const ds_table *table, ds_split *split,
                    nn_error *error)
{
    const size_t validation = rows[0] + rows[1], test = validation + rows[2];
    if (rows[0] == 0)
        return nn_fail(error, NN_USAGE, "split '%.100s' leaves no rows for training", text);
    if (test > table->rows)
        return nn_fail(error, NN_BAD_DATA,
                       "%s: split '%.100s' takes %zu + %zu + %zu = %zu rows, but there are %zu", table->path,
                       text, rows[0], rows[1], rows[2], test, table->rows);
    split->train = (ds_part){0, rows[0]};
    split->validation = (ds_part){rows[0], validation};
    split->test = (ds_part){validation, test};
    return NN_OK;
}

static int cut_ratios(const char *text, const double ratio[MOST_FIELDS], const ds_table *table,
                      ds_split *split, nn_error *error)
{
    if (fabs(ratio[0] + ratio[1] + ratio[2] - 1) > 1e-6)
        return nn_fail(error, NN_USAGE, "split '%.100s': the ratios add up to %g, not to 1", text,
                       ratio[0] + ratio[1] + ratio[2]);
    if (ratio[0] == 0)
        return nn_fail(error, NN_USAGE, "split '%.100s' leaves no rows for training", text);
    const size_t train = (size_t)((double)table->rows * ratio[0]),
                 test = (size_t)((double)table->rows * ratio[2]);
    const size_t rest = train + test <= table->rows ? table->rows - train - test : 0;
    if (train == 0 || (ratio[1] > 0 && rest == 0) || (ratio[2] > 0 && test == 0) ||
        train + test > table->rows)
        return nn_fail(error, NN_BAD_DATA, "%s: %zu rows are too few for the split '%.100s'", table->path,
                       table->rows, text);
    split->train = (ds_part){0, train};
    split->validation = (ds_part){train, train + rest};
    split->test = (ds_part){train + rest, table->rows};
    return NN_OK;
}

static int cut_dates(const char *text, const ds_time date[MOST_FIELDS], int count, const ds_table *table,
                     ds_split *split, nn_error *error)
{
    if (!table->layout.timed || table->layout.format.kind == DS_TIME_STEP ||
        table->layout.format.kind == DS_TIME_DAY_CLOCK)
        return nn_fail(error, NN_USAGE, "%s: split '%.100s' needs a column of dates", table->path, text);
    for (int i = 1; i < count; i++)
        if (date[i] <= date[i - 1])
            return nn_fail(error, NN_USAGE, "split '%.100s': the dates must increase", text);
    const size_t train = ds_table_row_at(table, date[0]), validation = ds_table_row_at(table, date[1]);
    const size_t test = count > 2 ? ds_table_row_at(table, date[2]) : table->rows;
    if (train == 0 || validation == train || test == validation) {
        char first[64] = "", last[64] = "";
        if (table->rows > 0) {
            ds_time_print(&table->layout.format, table->time[0], first, sizeof first);
            ds_time_print(&table->layout.format, table->time[table->rows - 1], last, sizeof last);
        }
        return nn_fail(error, NN_BAD_DATA,
                       "%s: split '%.100s' leaves no rows for %s; the rows go from %s to %s", table->path,
                       text,
                       train == 0            ? "training"
                       : validation == train ? "validation"
                                             : "the test",
                       first, last);
    }
    split->train = (ds_part){0, train};
    split->validation = (ds_part){train, validation};
    split->test = (ds_part){validation, test};
    return NN_OK;
}

int ds_split_make(const char *text, const ds_table *table, ds_split *split, nn_error *error)
{
    /* 12, 4 and 4 months of 30 days in hours. */
    static const size_t hours[] = {8640, 2880, 2880}, quarters[] = {4 * 8640, 4 * 2880, 4 * 2880};
    fields f;
    size_t rows[MOST_FIELDS];
    double ratio[MOST_FIELDS];
    ds_time date[MOST_FIELDS];
    *split = (ds_split){0};
    if (!text)
        text = DS_SPLIT_DEFAULT;
    if (strcmp(text, "ett-hour") == 0)
        return cut_rows(text, hours, table, split, error);
    if (strcmp(text, "ett-minute") == 0)
        return cut_rows(text, quarters, table, split, error);
    if (!cut_fields(text, &f))
        return fail_text(text, error);
    if (read_rows(&f, rows))
        return cut_rows(text, rows, table, split, error);
    if (read_ratios(&f, ratio))
        return cut_ratios(text, ratio, table, split, error);
    if (!strchr(f.text[0], '-') || strchr(f.text[0], '-') == f.text[0])
        return fail_text(text, error);
    for (int i = 0; i < f.count; i++)
        if (ds_time_parse_iso(f.text[i], &date[i], error)) {
            if (error)
                error->code = NN_USAGE;
            nn_fail_within(error, "split '%.100s'", text);
            return NN_USAGE;
        }
    return cut_dates(text, date, f.count, table, split, error);
}

const ds_part *ds_split_part(const ds_split *split, const char *name, nn_error *error)
{
    const ds_part *part = strcmp(name, "train") == 0        ? &split->train
                          : strcmp(name, "validation") == 0 ? &split->validation
                          : strcmp(name, "test") == 0       ? &split->test
                                                            : NULL;
    if (!part)
        nn_fail(error, NN_USAGE, "'%.40s' is none of train, validation, test", name);
    return part;
}
