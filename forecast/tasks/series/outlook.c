/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks a forecaster for its own quantiles and paths behind the end of each series. */
#include "forecast/tasks/series/outlook.h"

#include "forecast/forecaster.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/series/view.h"
#include "lib/base/memory.h"
#include "lib/base/random.h"

#include <math.h>
#include <stdlib.h>

typedef struct asking {
    fc_bands *bands;
    const fc_forecaster *forecaster;
    const void *state;
    double *share; /* those of the bands that are quantiles */
    int shares, samples;
    double *out; /* shares or samples x steps */
} asking;

/* Lines of values of target k into the bands: those of samples, or the others. */
static void put(const asking *a, const fc_future *future, int k, bool samples)
{
    const size_t targets = (size_t)future->targets;
    const double *from = a->out;
    for (int i = 0; i < a->bands->count; i++) {
        const fc_band *band = &a->bands->band[i];
        if (band->sample != samples)
            continue;
        for (size_t h = 0; h < (size_t)future->steps; h++)
            band->values[h * targets + (size_t)k] = *from++;
    }
}

static void ask(const asking *a, const fc_future *future, fc_outlook at)
{
    const fc_forecaster *f = a->forecaster;
    if (a->shares && fc_forecaster_quantiles(f, a->state, at, a->share, a->shares, a->out))
        put(a, future, at.k, false);
    if (a->samples &&
        fc_forecaster_paths(f, a->state, at, nn_random(a->bands->seed, (uint64_t)at.k), a->samples, a->out))
        put(a, future, at.k, true);
}

static int make(asking *a, fc_bands *bands, const fc_model *model, int steps, nn_error *error)
{
    *a = (asking){.bands = bands,
                  .forecaster = model->kind->forecaster,
                  .state = model->state,
                  .share = malloc(((size_t)bands->count + 1) * sizeof *a->share)};
    for (int i = 0; i < bands->count && a->share; i++) {
        if (bands->band[i].sample)
            a->samples++;
        else
            a->share[a->shares++] = bands->band[i].share;
    }
    const int most = a->shares > a->samples ? a->shares : a->samples;
    a->out = nn_resize(NULL, (size_t)most + 1, (size_t)steps, sizeof *a->out);
    return a->share && a->out ? NN_OK : nn_no_memory(error);
}

int fc_series_outlook(fc_bands *bands, const fc_model *model, const ds_table *table, const fc_future *future,
                      nn_error *error)
{
    const fc_forecaster *forecaster = model->kind->forecaster;
    fc_scope scope = {0};
    asking a;
    if (!forecaster || !forecaster->quantiles || fc_model_market(model))
        return NN_OK;
    int code = make(&a, bands, model, future->steps, error);
    if (!code)
        code = fc_scope_make(&scope, model, table, NULL, error);
    for (int k = 0; k < future->targets && !code; k++) {
        size_t first, end;
        if (fc_column_extent(table, future->columns[k], &first, &end))
            ask(&a, future, (fc_outlook){&scope.view, k, future->steps, end});
    }
    fc_scope_clear(&scope);
    free(a.share);
    free(a.out);
    return code;
}
