/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small model with drawn weights, in a file. */
#ifndef TESTS_SMALL_MODEL_H
#define TESTS_SMALL_MODEL_H

#include "forecast/tasks/series/series.h"
#include "forecast/training/fit.h"
#include "tests/cmocka_all.h"

#include <stdlib.h>

static inline void small_model_save(const char *path, int lookback, int horizon, const ds_table *table,
                                    const char *targets)
{
    static const char *const settings[][2] = {{"d-model", "16"}, {"heads", "2"}, {"layers", "1"}};
    nn_error error = {0};
    ds_split split;
    fc_model *model;
    const fc_kind *kind = fc_kind_find("itransformer");
    assert_non_null(kind);
    void *config = calloc(1, kind->config_size);
    assert_non_null(config);
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        assert_int_equal(
            nn_option_set(nn_option_find(kind->options, settings[i][0]), config, settings[i][1], &error),
            NN_OK);
    assert_int_equal(ds_split_make("0.7/0.1/0.2", table, &split, &error), NN_OK);
    if (fc_model_new(&model,
                     &(fc_request){.kind = kind,
                                   .config = config,
                                   .lookback = lookback,
                                   .horizon = horizon,
                                   .table = table,
                                   .targets = targets,
                                   .seed = 7},
                     &error) ||
        fc_fit_scaler(model, &(fc_request){.table = table, .split = &split}, &error) ||
        fc_model_save(model, path, &error))
        fail_msg("%s", error.text);
    fc_model_free(model);
    nn_options_clear(kind->options, config);
    free(config);
}

#endif
