/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A forecast from a cold start: the program is run on a file of ETTh1's size and a model file. */
#include "bench/bench.h"
#include "bench/child.h"
#include "forecast/tasks/series/series.h"
#include "forecast/training/fit.h"
#include "lib/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 17420, RUNS = 11 };

static int make_model(const char *data, const char *path, nn_error *error)
{
    ds_read_options options = {0};
    ds_split split;
    ds_table *table = NULL;
    fc_model *model = NULL;
    const fc_kind *kind = fc_kind_find("itransformer");
    void *config = NULL;
    int code = fc_kind_config(&config, kind, error);
    if (!code)
        code = ds_table_read(&table, data, &options, error);
    if (!code)
        code = ds_split_make(NULL, table, &split, error);
    if (!code)
        code = fc_model_new(
            &model,
            &(fc_request){
                .kind = kind, .config = config, .lookback = 96, .horizon = 96, .table = table, .seed = 1},
            error);
    if (!code)
        code = fc_fit_scaler(model, &(fc_request){.table = table, .split = &split}, error);
    if (!code)
        code = fc_model_save(model, path, error);
    fc_model_free(model);
    ds_table_free(table);
    fc_kind_config_free(config, kind);
    return code;
}

/* A header and one line per step ahead. */
static int verify(char *const arguments[], nn_error *error)
{
    size_t size = 1 << 20;
    int lines = 0;
    char *text = malloc(size);
    if (!text)
        return nn_no_memory(error);
    int code = bench_child_run(arguments, text, size, error);
    for (char *c = text; !code && *c; c++)
        lines += *c == '\n';
    free(text);
    return code || lines == 97 ? code : nn_fail(error, NN_FAILED, "the forecast has %d lines, not 97", lines);
}

static int measure(bench *self, const char *data, const char *model, nn_error *error)
{
    char *arguments[] = {(char *)self->program, "forecast", (char *)data, (char *)model, "--quiet", NULL};
    double seconds[RUNS];
    int code = verify(arguments, error);
    for (int i = 0; i < RUNS && !code; i++) {
        double start = nn_seconds();
        code = bench_child_run(arguments, NULL, 0, error);
        seconds[i] = nn_seconds() - start;
    }
    if (code)
        return code;
    bench_row *row = bench_add(self, "cold", "forecast", 0);
    if (!row)
        return nn_no_memory(error);
    double median = bench_median(seconds, RUNS);
    bench_put(row, "wall ms", median * 1e3, 2);
    bench_put(row, "least ms", seconds[0] * 1e3, 2);
    bench_put(row, "most ms", seconds[RUNS - 1] * 1e3, 2);
    return NN_OK;
}

int bench_cold(bench *self, nn_error *error)
{
    char folder[256], data[300], model[300];
    if (!self->program || !bench_wants(self, "cold", "forecast"))
        return NN_OK;
    int code = bench_folder_make(folder, error);
    if (code)
        return code;
    snprintf(data, sizeof data, "%s/data.csv", folder);
    snprintf(model, sizeof model, "%s/model.safetensors", folder);
    code = bench_csv_write(data, BENCH_ETT, BENCH_WIDE, ROWS, error);
    if (!code)
        code = make_model(data, model, error);
    if (!code)
        code = measure(self, data, model, error);
    bench_folder_remove(folder);
    return code;
}
