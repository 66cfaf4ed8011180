/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Box-Cox transform as a forecaster: another one of the transformed values, brought back. */
#include "forecast/statistics/box_cox.h"

#include "datasets/series/shadow.h"
#include "datasets/series/values.h"
#include "forecast/forecasters/choice/named.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_ORIGINS = 50 };

typedef struct box_cox_state {
    fc_local local;
    const fc_named *of;
    void *inner;      /* its state; owned */
    size_t begin;     /* row that it knows from */
    double *lambda;   /* K; owned */
    double *variance; /* horizon x K: of the transformed values about their forecasts, 0 where medians are
                         asked for; owned */
} box_cox_state;

static void transform(const box_cox_state *s, ds_shadow *shadow)
{
    const size_t targets = (size_t)s->local.targets;
    for (size_t i = 0; i < shadow->table.rows * targets; i++)
        shadow->values[i] = fc_box_cox(shadow->values[i], s->lambda[i % targets]);
}

static int find_lambda(box_cox_state *s, double given, const ds_shadow *shadow, nn_error *error)
{
    const size_t n = shadow->table.rows, targets = (size_t)s->local.targets;
    double *y = malloc((2 * n + 1) * sizeof *y);
    if (!y)
        return nn_no_memory(error);
    for (size_t k = 0; k < targets; k++) {
        bool positive = true;
        for (size_t i = 0; i < n; i++) {
            y[i] = shadow->values[i * targets + k];
            positive &= !(y[i] <= 0);
        }
        s->lambda[k] = !isnan(given) && (positive || given > 0) ? given : 1;
        if (isnan(given) && positive && ds_values_fill(y, n))
            s->lambda[k] = fc_box_cox_guerrero(y, n, s->local.season, y + n);
    }
    free(y);
    return NN_OK;
}

/* The mean square of the errors at each step from the last origins of the training part. */
static int find_variance(box_cox_state *s, const ds_shadow *shadow, nn_error *error)
{
    const size_t n = shadow->table.rows, targets = (size_t)s->local.targets,
                 cells = (size_t)s->local.horizon * targets;
    double *out = malloc((cells + 1) * sizeof *out);
    int *count = calloc(cells + 1, sizeof *count);
    if (!out || !count) {
        free(out);
        free(count);
        return nn_no_memory(error);
    }
    for (size_t origin = n > MOST_ORIGINS + n / 4 ? n - MOST_ORIGINS : n / 4 + 1; origin < n; origin++) {
        s->of->forecaster->forecast(s->inner, &shadow->view, origin, s->local.horizon, out);
        for (size_t i = 0; i < cells && origin + i / targets < n; i++) {
            const double e = shadow->values[(origin + i / targets) * targets + i % targets] - out[i];
            if (isnan(e))
                continue;
            s->variance[i] += e * e;
            count[i]++;
        }
    }
    for (size_t i = 0; i < cells; i++)
        s->variance[i] = count[i] > 0   ? s->variance[i] / count[i]
                         : i >= targets ? s->variance[i - targets]
                                        : 0;
    free(out);
    free(count);
    return NN_OK;
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    box_cox_state *s = state;
    const fc_box_cox_config *how = config;
    const char *of = how && how->of ? how->of : "ets";
    const size_t targets = (size_t)view->targets;
    ds_shadow shadow;
    s->of = fc_forecaster_named(of);
    if (!s->of)
        return nn_fail(error, NN_USAGE, "--of: there is no forecaster '%.40s' for it", of);
    s->begin = train.begin;
    s->lambda = calloc(targets + 1, sizeof *s->lambda);
    s->variance = calloc((size_t)s->local.horizon * targets + 1, sizeof *s->variance);
    if (!s->lambda || !s->variance)
        return nn_no_memory(error);
    int code = ds_shadow_make(&shadow, view, train.begin, train.end - train.begin, error);
    if (code)
        return code;
    code = find_lambda(s, how ? how->lambda : NAN, &shadow, error);
    if (!code) {
        transform(s, &shadow);
        code = fc_forecaster_fit(&s->inner, s->of->forecaster, s->of->config, &shadow.view,
                                 (ds_part){0, shadow.table.rows}, s->local.horizon, s->local.season, error);
    }
    if (!code && how && how->mean)
        code = find_variance(s, &shadow, error);
    ds_shadow_clear(&shadow);
    return code;
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const box_cox_state *s = state;
    const size_t targets = (size_t)s->local.targets, cells = (size_t)horizon * targets;
    ds_shadow shadow;
    for (size_t i = 0; i < cells; i++)
        out[i] = s->local.level[i % targets];
    if (origin <= s->begin || ds_shadow_make(&shadow, view, s->begin, origin - s->begin, NULL) != NN_OK)
        return;
    transform(s, &shadow);
    s->of->forecaster->forecast(s->inner, &shadow.view, shadow.table.rows, horizon, out);
    for (size_t i = 0; i < cells; i++) {
        const double back = fc_box_cox_back(out[i], s->lambda[i % targets], s->variance[i]);
        out[i] = isfinite(back) ? back : s->local.level[i % targets];
    }
    ds_shadow_clear(&shadow);
}

static void clear(void *state)
{
    box_cox_state *s = state;
    fc_forecaster_free(s->inner, s->of ? s->of->forecaster : NULL);
    free(s->lambda);
    free(s->variance);
}

const fc_forecaster fc_forecaster_box_cox = {
    .state_size = sizeof(box_cox_state), .fit = fit, .forecast = forecast, .clear = clear};
