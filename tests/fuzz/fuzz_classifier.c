/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the file of a classifier: loaded or refused in one line; what loads can be saved, loads again,
 * and classifies an object. */
#include "tests/fuzz/fuzz.h"

#include "forecast/tasks/lightcurves/run.h"

#include <math.h>

static fc_classifier *load(const char *path, nn_error *error)
{
    fc_model *model = NULL;
    int code = fc_model_load(&model, FC_CLASSIFIES, path, error);
    fuzz_require((code == NN_OK) == (model != NULL), "a model or an error", error->text);
    fuzz_check(code, error);
    fuzz_require(code == NN_OK || code == NN_BAD_DATA || code == NN_FAILED, "not the user's mistake",
                 error->text);
    return fc_classifier_of(model);
}

static void classify(fc_classifier *model)
{
    enum { POINTS = 9 };
    double time[POINTS], flux[POINTS], errors[POINTS];
    uint8_t band[POINTS], detected[POINTS];
    nn_error error = {0};
    nn_pool *pool = NULL;
    fc_engine *engine = NULL;
    if (model->base.params->size > 100000 || model->sight.grid > 200)
        return;
    for (int i = 0; i < POINTS; i++) {
        time[i] = 59000 + 3 * i;
        flux[i] = 20 * exp(-0.1 * (i - 4) * (i - 4));
        errors[i] = 1;
        band[i] = (uint8_t)(i % model->bands.count);
        detected[i] = flux[i] > 5;
    }
    ds_lightcurve curve = {.id = "one",
                           .count = POINTS,
                           .time = time,
                           .flux = flux,
                           .error = errors,
                           .band = band,
                           .detected = detected};
    fuzz_require(nn_pool_new(&pool, 1, &error) == NN_OK, "a pool", error.text);
    fuzz_require(fc_engine_new(&engine, model, pool, 1, true, &error) == NN_OK, "an engine", error.text);
    fuzz_require(fc_engine_fill(engine, 0, &curve, NULL, -1, INFINITY, &error) == NN_OK, "filling",
                 error.text);
    fuzz_require(fc_engine_run(engine, 1, &error) == NN_OK, "running", error.text);
    fc_engine_free(engine);
    nn_pool_free(pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64], copy[64];
    nn_error error = {0};
    const int fd = fuzz_open(data, size, path);
    fc_classifier *model = load(path, &error);
    close(fd);
    if (!model)
        return 0;
    classify(model);
    fuzz_place(copy);
    fuzz_require(fc_model_save(&model->base, copy, &error) == NN_OK, "saving", error.text);
    fc_classifier *again = load(copy, &error);
    unlink(copy);
    fuzz_require(again != NULL, "what was saved loads", error.text);
    fc_model_free(&again->base);
    fc_model_free(&model->base);
    return 0;
}
