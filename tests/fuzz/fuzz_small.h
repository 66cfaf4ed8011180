/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network as small as they come, of a short table, for targets that put a file into one. */
#ifndef FUZZ_SMALL_H
#define FUZZ_SMALL_H

#include "tests/fuzz/fuzz.h"

#include "forecast/tasks/series/series.h"
#include "forecast/training/fit.h"

#include <math.h>

enum { FUZZ_ROWS = 40, FUZZ_COLUMNS = 2 };

/* Hours, and a wave in each column. */
static inline ds_table *fuzz_small_table(void)
{
    static char path[] = "table", a[] = "a", b[] = "b";
    static char *names[] = {a, b};
    static ds_time time[FUZZ_ROWS];
    static double values[FUZZ_ROWS * FUZZ_COLUMNS];
    static size_t missing[FUZZ_COLUMNS];
    static ds_table table = {.path = path,
                             .rows = FUZZ_ROWS,
                             .columns = FUZZ_COLUMNS,
                             .names = names,
                             .values = values,
                             .time = time,
                             .frequency = {.unit = DS_UNIT_HOUR, .count = 1},
                             .report = {.missing = missing}};
    for (int i = 0; i < FUZZ_ROWS; i++) {
        time[i] = (ds_time)i * 3600 * DS_SECOND;
        for (int j = 0; j < FUZZ_COLUMNS; j++)
            values[i * FUZZ_COLUMNS + j] = (i * (j + 3) % 7) - 3.0;
    }
    return &table;
}

static inline void fuzz_small_set(const fc_kind *kind, void *config, const char *const (*settings)[2])
{
    nn_error error = {0};
    fuzz_check(nn_options_default(kind->options, config, &error), &error);
    for (; (*settings)[0]; settings++)
        fuzz_require(nn_option_set(nn_option_find(kind->options, (*settings)[0]), config, (*settings)[1],
                                   &error) == NN_OK,
                     "a setting", error.text);
}

/* A new model of a kind, not trained. settings: pairs {name, value}, NULL-ended. */
static inline fc_model *fuzz_small_model(const char *name, const char *const (*settings)[2])
{
    const fc_kind *kind = fc_kind_find(name);
    void *config = calloc(1, kind->config_size);
    nn_error error = {0};
    fc_model *model = NULL;
    if (!config)
        abort();
    fuzz_small_set(kind, config, settings);
    const fc_request request = {
        .kind = kind, .config = config, .lookback = 6, .horizon = 2, .table = fuzz_small_table(), .seed = 3};
    fuzz_require(fc_model_new(&model, &request, &error) == NN_OK, "a model", error.text);
    nn_options_clear(kind->options, config);
    free(config);
    return model;
}

#endif
