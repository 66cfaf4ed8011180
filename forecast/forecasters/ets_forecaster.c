/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exponential smoothing as forecasters: simple, Holt's, damped, and the form of the smallest AICc. */
#include "forecast/forecasters/ets.h"
#include "forecast/forecasters/forecasters.h"
#include "forecast/forecasters/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct ets_target {
    fc_ets model;
    size_t first; /* row of the value that the recursion begins with */
    bool known;   /* whether there is one */
} ets_target;

typedef struct ets_state {
    fc_local local;
    ets_target *target; /* K; owned */
} ets_state;

#define FIELD(name) offsetof(fc_ets_config, name)
const nn_option fc_ets_options[] = {
    {"form", 0, NN_TEXT, FIELD(form), "auto", "FORM", 0, 0,
     "error, trend and season, each A, M or N, d for a damped trend, such as MAdM; auto: by AICc"},
    {0}};

/* False where text is no form. */
static bool parse_form(const char *text, int period, fc_ets_form *form)
{
    const size_t length = strlen(text);
    *form = (fc_ets_form){.period = 1};
    if (length < 3 || length > 4 || !strchr("AM", text[0]) || !strchr("NAM", text[1]) ||
        !strchr("NAM", text[length - 1]) || (length == 4 && (text[2] != 'd' || text[1] == 'N')))
        return false;
    form->error = text[0];
    form->trend = text[1];
    form->damped = length == 4;
    form->season = period > 1 && period <= FC_ETS_PERIOD ? text[length - 1] : 'N';
    if (form->season != 'N')
        form->period = period;
    return true;
}

/* The last value again: what is left where there are too few values to fit. */
static void take_last(fc_ets *model, const double *y, size_t n)
{
    *model = (fc_ets){.form = {'A', 'N', 'N', false, 1}, .alpha = 1, .phi = 1, .start.level = y[0]};
    fc_ets_evaluate(model, y, n);
    model->sigma2 = model->count > 1 ? model->squares / (double)(model->count - 1) : 0;
}

static int fit_form(void *state, const char *text, const ds_view *view, ds_part train, nn_error *error)
{
    ets_state *s = state;
    fc_ets_form form;
    const int period = s->local.season;
    const bool any = strcmp(text, "auto") == 0;
    if (!any && !parse_form(text, period, &form))
        return nn_fail(error, NN_USAGE, "--form: '%.40s' is no form such as ANN, AAdN or MAM, nor auto",
                       text);
    s->target = calloc((size_t)view->targets + 1, sizeof *s->target);
    double *y = malloc((train.end - train.begin + 1) * sizeof *y);
    if (!s->target || !y) {
        free(y);
        return nn_no_memory(error);
    }
    for (int k = 0; k < view->targets; k++) {
        ets_target *t = &s->target[k];
        t->first = fc_values_first(view, k, train);
        t->known = t->first < train.end;
        if (!t->known)
            continue;
        const size_t n = train.end - t->first;
        fc_values_copy(view, k, t->first, n, y);
        if (any ? !fc_ets_choose(&t->model, period, y, n) : !fc_ets_fit(&t->model, form, y, n))
            take_last(&t->model, y, n);
    }
    free(y);
    return NN_OK;
}

static int fit_ets(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    const fc_ets_config *how = config;
    return fit_form(state, how && how->form ? how->form : "auto", view, train, error);
}

static int fit_ses(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    (void)config;
    return fit_form(state, "ANN", view, train, error);
}

static int fit_holt(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    (void)config;
    return fit_form(state, "AAN", view, train, error);
}

static int fit_damped(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    (void)config;
    return fit_form(state, "AAdN", view, train, error);
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const ets_state *s = state;
    const int targets = s->local.targets;
    double y[256], mean;
    for (int k = 0; k < targets; k++) {
        const ets_target *t = &s->target[k];
        if (!t->known || origin <= t->first) {
            for (int h = 0; h < horizon; h++)
                out[h * targets + k] = s->local.level[k];
            continue;
        }
        fc_ets_state at = t->model.start;
        double squares = 0, logs = 0;
        size_t count = 0;
        for (size_t row = t->first, some; row < origin; row += some) {
            some = origin - row < 256 ? origin - row : 256;
            fc_values_copy(view, k, row, some, y);
            fc_ets_filter(&t->model, &at, y, some, &squares, &logs, &count);
        }
        for (int h = 0; h < horizon; h++) {
            fc_ets_forecast(&t->model, &at, 1, &mean);
            out[h * targets + k] = isfinite(mean) ? mean : s->local.level[k];
            fc_ets_filter(&t->model, &at, &(double){NAN}, 1, &squares, &logs, &count);
        }
    }
}

static void clear(void *state)
{
    free(((ets_state *)state)->target);
}

const fc_forecaster fc_forecaster_ses = {.name = "ses",
                                         .state_size = sizeof(ets_state),
                                         .fit = fit_ses,
                                         .forecast = forecast,
                                         .clear = clear},
                    fc_forecaster_holt = {.name = "holt",
                                          .state_size = sizeof(ets_state),
                                          .fit = fit_holt,
                                          .forecast = forecast,
                                          .clear = clear},
                    fc_forecaster_damped = {.name = "damped",
                                            .state_size = sizeof(ets_state),
                                            .fit = fit_damped,
                                            .forecast = forecast,
                                            .clear = clear},
                    fc_forecaster_ets = {.name = "ets",
                                         .state_size = sizeof(ets_state),
                                         .fit = fit_ets,
                                         .forecast = forecast,
                                         .clear = clear};
