/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading CSV files, in MB (10^6 bytes) of file per second. */
#include "bench/bench.h"
#include "bench/child.h"
#include "datasets/table/table.h"
#include "lib/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGE_ROWS = 13000000 }; /* of like-weather: 2 GB */

typedef struct reading {
    const char *path;
    bench_csv_form form;
    ds_read_options options;
    int code;
    nn_error error;
} reading;

static void read_once(void *context)
{
    reading *r = context;
    ds_table *table = NULL;
    if (!r->code)
        r->code = ds_table_read(&table, r->path, &r->options, &r->error);
    ds_table_free(table);
}

/* Every number of the file by strtod, summed, beside the table's sum. Of a long file a line has one. */
static int compare(const reading *r, const ds_table *table, nn_error *error)
{
    const size_t lines = table->rows * (size_t)(r->form == BENCH_WIDE ? 1 : table->columns);
    int code = NN_OK;
    FILE *file = fopen(r->path, "r");
    char line[4096];
    double want = 0, sum = 0;
    size_t rows = 0;
    for (int first = 1; file && fgets(line, sizeof line, file); first = 0) {
        rows += !first;
        char *field = first ? NULL : r->form == BENCH_WIDE ? strchr(line, ',') : strrchr(line, ',');
        for (; field; field = strchr(field + 1, ','))
            want += strtod(field + 1, NULL);
    }
    if (file)
        fclose(file);
    /* a file by series adds its values in another order than the table has them */
    const size_t down = r->form == BENCH_BY_SERIES ? table->rows : 1,
                 n = table->rows * (size_t)table->columns;
    for (size_t i = 0; i < n; i++)
        sum += table->values[i % down * (size_t)table->columns + i / down];
    if (lines != rows || sum != want)
        code = nn_fail(error, NN_FAILED, "%s: read %zu rows of sum %.17g; the file has %zu of sum %.17g",
                       r->path, lines, sum, rows, want);
    return code;
}

static int verify(const reading *r, nn_error *error)
{
    ds_table *table;
    int code = ds_table_read(&table, r->path, &r->options, error);
    if (!code)
        code = compare(r, table, error);
    ds_table_free(table);
    return code;
}

/* A row for each number of threads. */
static int measure(bench *self, const char *name, const char *path, bool generated, bench_csv_form form,
                   nn_error *error)
{
    reading r = {.path = path,
                 .form = form,
                 .options = {.on_missing = DS_KEEP, .on_gap = DS_KEEP, .on_duplicate = DS_KEEP}};
    struct stat file;
    if (stat(path, &file))
        return nn_fail(error, NN_FAILED, "%s is not there", path);
    int code = generated ? verify(&r, error) : NN_OK;
    for (int t = 0; t < self->thread_count_count && !code; t++) {
        r.options.threads = self->thread_counts[t];
        double seconds = bench_time(&self->effort, read_once, &r);
        if (r.code) {
            *error = r.error;
            return r.code;
        }
        bench_row *row = bench_add(self, "ingest", name, r.options.threads);
        if (!row)
            return nn_no_memory(error);
        bench_put(row, "file MB", (double)file.st_size / 1e6, 2);
        bench_put(row, "ms", seconds * 1e3, 2);
        bench_put(row, "MB/s", (double)file.st_size / seconds / 1e6, 1);
    }
    return code;
}

/* One reading, for the peak of this process's memory is that of the first. */
static int measure_once(bench *self, const char *name, const char *path, nn_error *error)
{
    reading r = {.path = path,
                 .options = {.on_missing = DS_KEEP, .on_gap = DS_KEEP, .on_duplicate = DS_KEEP}};
    struct stat file;
    ds_table *table = NULL;
    if (stat(path, &file))
        return nn_fail(error, NN_FAILED, "%s is not there", path);
    double start = nn_seconds();
    int code = ds_table_read(&table, path, &r.options, error);
    double seconds = nn_seconds() - start, peak = (double)bench_peak_memory();
    if (!code)
        code = compare(&r, table, error);
    double bytes =
        code ? 0
             : (double)table->rows * ((double)table->columns * sizeof *table->values + sizeof *table->time);
    ds_table_free(table);
    if (code)
        return code;
    bench_row *row = bench_add(self, "ingest", name, 1);
    if (!row)
        return nn_no_memory(error);
    bench_put(row, "file MB", (double)file.st_size / 1e6, 2);
    bench_put(row, "ms", seconds * 1e3, 2);
    bench_put(row, "MB/s", (double)file.st_size / seconds / 1e6, 1);
    bench_put(row, "table MB", bytes / 1e6, 1);
    bench_put(row, "peak MB", peak / 1e6, 1);
    bench_put(row, "peak / table", peak / bytes, 3);
    return NN_OK;
}

typedef struct example {
    const char *name;
    bench_csv_kind kind;
    bench_csv_form form;
    size_t rows;
} example;

static int measure_generated(bench *self, const example *e, size_t rows, nn_error *error)
{
    char folder[256], path[300];
    if (!bench_wants(self, "ingest", e->name))
        return NN_OK;
    int code = bench_folder_make(folder, error);
    if (code)
        return code;
    snprintf(path, sizeof path, "%s/%s.csv", folder, e->name);
    code = bench_csv_write(path, e->kind, e->form, rows, error);
    if (!code && strcmp(e->name, "large") == 0)
        code = measure_once(self, e->name, path, error);
    else if (!code)
        code = measure(self, e->name, path, true, e->form, error);
    bench_folder_remove(folder);
    return code;
}

int bench_ingest(bench *self, nn_error *error)
{
    static const example large = {"large", BENCH_WEATHER, BENCH_WIDE, LARGE_ROWS};
    static const example examples[] = {{"like-weather", BENCH_WEATHER, BENCH_WIDE, 52696},
                                       {"like-ETTm1", BENCH_ETT, BENCH_WIDE, 69680},
                                       {"long, by series", BENCH_WEATHER, BENCH_BY_SERIES, 52696},
                                       {"long, by time", BENCH_WEATHER, BENCH_BY_TIME, 52696}};
    static const char *const files[] = {"weather.csv", "ETTm1.csv"};
    char path[4200];
    const size_t share = self->quick ? 8 : 1;
    int code = NN_OK;
    if (self->only && strcmp(self->only, "ingest/large") == 0) /* takes minutes and 2 GB of disk */
        return measure_generated(self, &large, large.rows / share, error);
    for (size_t i = 0; i < sizeof examples / sizeof *examples && !code; i++)
        code = measure_generated(self, &examples[i], examples[i].rows / share, error);
    for (size_t i = 0; i < sizeof files / sizeof *files && self->reference && !code; i++) {
        snprintf(path, sizeof path, "%.4000s/data/forecast/%s", self->reference, files[i]);
        if (access(path, R_OK) == 0 && bench_wants(self, "ingest", files[i]))
            code = measure(self, files[i], path, false, BENCH_WIDE, error);
        if (!code)
            code = bench_check_stop(self, error);
    }
    return code;
}
