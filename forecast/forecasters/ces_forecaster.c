/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complex exponential smoothing as a forecaster: the kind of the smallest AICc, or the one asked for. */
#include "forecast/forecasters/ces.h"
#include "forecast/forecasters/forecasters.h"
#include "forecast/forecasters/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct ces_state {
    fc_local local;
    fc_ces *model; /* K; start NULL: none; owned */
    size_t *first; /* K: row of the value that the recursion begins with; owned */
} ces_state;

#define FIELD(name) offsetof(fc_ces_config, name)
const nn_option fc_ces_options[] = {{"season", 0, NN_CHOICE, FIELD(season), "auto",
                                     "auto|none|simple|partial|full", 0, 0,
                                     "how the season enters; auto: by AICc"},
                                    {0}};

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    ces_state *s = state;
    const fc_ces_config *how = config;
    const int asked = how ? how->season : 0, period = s->local.season;
    s->model = calloc((size_t)view->targets + 1, sizeof *s->model);
    s->first = calloc((size_t)view->targets + 1, sizeof *s->first);
    double *y = malloc((train.end - train.begin + 1) * sizeof *y);
    const bool fine = s->model && s->first && y;
    for (int k = 0; k < view->targets && fine; k++) {
        s->first[k] = fc_values_first(view, k, train);
        const size_t n = train.end - s->first[k];
        if (n == 0)
            continue;
        fc_values_copy(view, k, s->first[k], n, y);
        const bool fitted = asked ? fc_ces_fit(&s->model[k], "ANSPF"[asked], period, y, n) ||
                                        fc_ces_fit(&s->model[k], 'N', 1, y, n)
                                  : fc_ces_choose(&s->model[k], period, y, n);
        if (!fitted)
            s->model[k].start = NULL;
    }
    free(y);
    return fine ? NN_OK : nn_no_memory(error);
}

static void run_to(const ces_state *s, const ds_view *view, int k, size_t origin, double *x)
{
    const fc_ces *m = &s->model[k];
    double y[256], squares = 0;
    size_t count = 0;
    memcpy(x, m->start, fc_ces_states(m->period) * sizeof *x);
    for (size_t row = s->first[k], some; row < origin; row += some) {
        some = origin - row < 256 ? origin - row : 256;
        fc_values_copy(view, k, row, some, y);
        fc_ces_filter(m, x, (row - s->first[k]) % (size_t)m->period, y, some, &squares, &count);
    }
}

/* Too short a past for a fit: its last value again. */
static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const ces_state *s = state;
    const int targets = s->local.targets;
    for (int k = 0; k < targets; k++) {
        const fc_ces *m = &s->model[k];
        const bool known = m->start && origin > s->first[k];
        const size_t states = fc_ces_states(known ? m->period : 1);
        double mean[horizon], x[states], room[states];
        const double last = ds_view_last(view, origin, k), other = isnan(last) ? s->local.level[k] : last;
        if (known) {
            run_to(s, view, k, origin, x);
            fc_ces_forecast(m, x, (origin - s->first[k]) % (size_t)m->period, horizon, mean, room);
        }
        for (int h = 0; h < horizon; h++)
            out[h * targets + k] = known && isfinite(mean[h]) ? mean[h] : other;
    }
}

static void clear(void *state)
{
    ces_state *s = state;
    for (int k = 0; k < s->local.targets && s->model; k++)
        fc_ces_clear(&s->model[k]);
    free(s->model);
    free(s->first);
}

const fc_forecaster fc_forecaster_ces = {
    .name = "ces", .state_size = sizeof(ces_state), .fit = fit, .forecast = forecast, .clear = clear};
