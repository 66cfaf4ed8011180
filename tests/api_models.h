/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three small models made in the inner way, and their data: "all" forecasts all of three hourly columns,
 * "partial" two of them, "steps" has no dates. */
#ifndef TESTS_API_MODELS_H
#define TESTS_API_MODELS_H

#include "api/auspex.h"
#include "forecast/tasks/series/forecast.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"
#include "tests/small_model.h"

#include <inttypes.h>
#include <math.h>

enum { ROWS = 60, COLUMNS = 3, LOOKBACK = 12, HORIZON = 6, MOST = 40 };
static const char *const names[COLUMNS] = {"load", "wind, west", "OT"};
static const int64_t hour = INT64_C(3600000000), begin = INT64_C(1467331200000000); /* 2016-07-01 */

static struct fixture {
    double values[ROWS * COLUMNS];
    int64_t time[ROWS];
    char csv[300], all[300], partial[300], steps[300];
    ds_table *table, *undated;
} f;

/* --- fixture --- */

static inline void keep_path(char *to, const char *name)
{
    snprintf(to, sizeof f.csv, "%s", csv_in_folder(name));
}

static inline FILE *create(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

/* order[k] is the column in place k; extra: a further column with a hole in it. */
static inline void write_csv(const char *path, const int *order, bool dated, bool extra, int rows)
{
    FILE *file = create(path);
    fputs(dated ? "date" : "", file);
    for (int k = 0; k < COLUMNS; k++)
        fprintf(file, "%s\"%s\"", k || dated ? "," : "", names[order[k]]);
    fputs(extra ? ",extra\n" : "\n", file);
    for (int r = 0; r < rows; r++) {
        if (dated)
            fprintf(file, "2016-07-%02d %02d:00:00", 1 + r / 24, r % 24);
        for (int k = 0; k < COLUMNS; k++)
            fprintf(file, "%s%.17g", k || dated ? "," : "", f.values[r * COLUMNS + order[k]]);
        fputs(!extra ? "\n" : r == rows - 2 ? ",\n" : ",1\n", file);
    }
    assert_int_equal(fclose(file), 0);
}

static inline ds_table *read_table(const char *path)
{
    nn_error error = {0};
    ds_table *table;
    if (ds_table_read(&table, path, &(ds_read_options){0}, &error))
        fail_msg("%s", error.text);
    return table;
}

static inline int make_files(void **state)
{
    (void)state;
    for (int r = 0; r < ROWS; r++) {
        f.time[r] = begin + r * hour;
        for (int c = 0; c < COLUMNS; c++)
            f.values[r * COLUMNS + c] = 100 * (c + 1) + 10 * sin((c + 1) * r * 0.2618) + 0.1 * r;
    }
    char undated[300];
    keep_path(f.csv, "data.csv");
    keep_path(f.all, "all.safetensors");
    keep_path(f.partial, "partial.safetensors");
    keep_path(f.steps, "steps.safetensors");
    keep_path(undated, "undated.csv");
    write_csv(f.csv, (int[]){0, 1, 2}, true, false, ROWS);
    write_csv(undated, (int[]){0, 1, 2}, false, false, ROWS);
    f.table = read_table(f.csv);
    f.undated = read_table(undated);
    small_model_save(f.all, LOOKBACK, HORIZON, f.table, NULL);
    small_model_save(f.partial, LOOKBACK, HORIZON, f.table, "load,OT");
    small_model_save(f.steps, LOOKBACK, HORIZON, f.undated, NULL);
    return 0;
}

static inline int remove_files(void **state)
{
    (void)state;
    ds_table_free(f.table);
    ds_table_free(f.undated);
    csv_remove_folder();
    return 0;
}

static inline auspex_model *open_model(const char *path)
{
    auspex_error error = {0};
    auspex_model *model;
    if (auspex_model_open(&model, path, &error))
        fail_msg("%s", error.text);
    return model;
}

static inline fc_future *inner_forecast(const char *path, const ds_table *table, int steps)
{
    nn_error error = {0};
    fc_model *model;
    fc_future *future;
    if (fc_model_load(&model, FC_FORECASTS, path, &error) ||
        fc_forecast(&future, model, table, steps, &error))
        fail_msg("%s", error.text);
    fc_model_free(model);
    return future;
}

#endif
