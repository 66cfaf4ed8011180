/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts of intermittent demand by smoothing of demands, intervals, probabilities or sums. */
#include "forecast/forecasters/croston.h"
#include "forecast/forecasters/forecasters.h"
#include "forecast/forecasters/values.h"

#include <math.h>
#include <stdlib.h>

/* --- what is smoothed --- */

/* The next value of one of the series that a method smooths; false at the end. */
typedef struct walk {
    const double *y;
    size_t n, at;
    int rows; /* of a sum; 0: demands, -1: intervals, -2: whether there is a demand */
} walk;

/* Sums leave the first rows over, so that the last sum ends with the last row. */
static walk walk_over(const double *y, size_t n, int rows)
{
    return (walk){y, n, rows > 0 ? n % (size_t)rows : 0, rows};
}

static bool next(walk *w, double *value)
{
    if (w->rows > 0) {
        if (w->at >= w->n)
            return false;
        *value = 0;
        for (int i = 0; i < w->rows; i++)
            *value += w->y[w->at++];
        return true;
    }
    if (w->rows == -2) {
        if (w->at >= w->n)
            return false;
        *value = w->y[w->at++] > 0;
        return true;
    }
    const size_t from = w->at;
    while (w->at < w->n && !(w->y[w->at] > 0))
        w->at++;
    if (w->at == w->n)
        return false;
    w->at++;
    *value = w->rows == 0 ? w->y[w->at - 1] : (double)(w->at - from);
    return true;
}

/* The level at the end, 0 of nothing; adds the squares of one-step errors. */
static double smooth(walk w, double alpha, double *squares)
{
    double level = 0, value;
    *squares = 0;
    if (!next(&w, &level))
        return 0;
    while (next(&w, &value)) {
        *squares += (value - level) * (value - level);
        level += alpha * (value - level);
    }
    return level;
}

/* The alpha of .1 to .3 with the least squares, by golden sections. */
static double best_alpha(walk w)
{
    static const double golden = 0.6180339887498949;
    double low = 0.1, high = 0.3, left = high - golden * (high - low), right = low + golden * (high - low),
           at_left, at_right;
    smooth(w, left, &at_left);
    smooth(w, right, &at_right);
    while (high - low > 1e-9) {
        if (at_left <= at_right) {
            high = right;
            right = left;
            at_right = at_left;
            left = high - golden * (high - low);
            smooth(w, left, &at_left);
        } else {
            low = left;
            left = right;
            at_left = at_right;
            right = low + golden * (high - low);
            smooth(w, right, &at_right);
        }
    }
    return 0.5 * (low + high);
}

/* --- the methods --- */

static int mean_interval(const double *y, size_t n)
{
    double last = 0, count = 0;
    for (size_t t = 0; t < n; t++)
        if (y[t] > 0) {
            last = (double)(t + 1);
            count++;
        }
    return count > 0 ? (int)nearbyint(last / count) : 1;
}

void fc_intermittent_fit(fc_intermittent *model, fc_intermittent_kind kind, const double *y, size_t n)
{
    model->kind = kind;
    model->rows = mean_interval(y, n);
    if (kind == FC_CROSTON || kind == FC_CROSTON_SBA)
        model->alpha[0] = model->alpha[1] = 0.1;
    else if (kind == FC_CROSTON_OPTIMISED) {
        model->alpha[0] = best_alpha(walk_over(y, n, 0));
        model->alpha[1] = best_alpha(walk_over(y, n, -1));
    } else if (kind == FC_ADIDA)
        model->alpha[0] = best_alpha(walk_over(y, n, model->rows));
    else if (kind == FC_IMAPA) {
        if (model->rows > FC_INTERMITTENT_LEVELS)
            model->rows = FC_INTERMITTENT_LEVELS;
        for (int i = 0; i < model->rows; i++)
            model->alpha[i] = best_alpha(walk_over(y, n, i + 1));
    }
}

double fc_intermittent_forecast(const fc_intermittent *model, const double *y, size_t n)
{
    const double *alpha = model->alpha;
    double squares, sum = 0;
    if (model->kind == FC_ADIDA)
        return smooth(walk_over(y, n, model->rows), alpha[0], &squares) / model->rows;
    if (model->kind == FC_IMAPA) {
        for (int i = 0; i < model->rows; i++)
            sum += smooth(walk_over(y, n, i + 1), alpha[i], &squares) / (i + 1);
        return sum / model->rows;
    }
    const double demand = smooth(walk_over(y, n, 0), alpha[0], &squares);
    if (model->kind == FC_TSB)
        return demand * smooth(walk_over(y, n, -2), alpha[1], &squares);
    const double interval = smooth(walk_over(y, n, -1), alpha[1], &squares);
    return interval > 0 ? demand / interval * (model->kind == FC_CROSTON_SBA ? 0.95 : 1) : 0;
}

/* --- as forecasters --- */

typedef struct croston_state {
    fc_local local;
    fc_intermittent *model; /* K; owned */
    size_t *first;          /* K: row of the first value; owned */
} croston_state;

#define FIELD(name) offsetof(fc_tsb_config, name)
const nn_option fc_tsb_options[] = {
    {"demand", 0, NN_REAL, FIELD(demand), "0.2", "ALPHA", 0.001, 1, "smoothing of the demands"},
    {"probability", 0, NN_REAL, FIELD(probability), "0.2", "ALPHA", 0.001, 1,
     "smoothing of the probability of a demand"},
    {0}};

/* Values that are missing are left out. */
static size_t known_values(const ds_view *view, int k, size_t from, size_t to, double *y)
{
    size_t n = 0;
    for (size_t row = from; row < to; row++)
        if (ds_view_valid(view, row, k))
            y[n++] = ds_view_value(view, row, k);
    return n;
}

static int fit(croston_state *s, fc_intermittent_kind kind, double demand, double probability,
               const ds_view *view, ds_part train, nn_error *error)
{
    s->model = calloc((size_t)view->targets + 1, sizeof *s->model);
    s->first = calloc((size_t)view->targets + 1, sizeof *s->first);
    double *y = malloc((train.end - train.begin + 1) * sizeof *y);
    const bool fine = s->model && s->first && y;
    for (int k = 0; k < view->targets && fine; k++) {
        s->first[k] = fc_values_first(view, k, train);
        s->model[k].alpha[0] = demand;
        s->model[k].alpha[1] = probability;
        const size_t n = known_values(view, k, train.begin, train.end, y);
        fc_intermittent_fit(&s->model[k], kind, y, n);
    }
    free(y);
    return fine ? NN_OK : nn_no_memory(error);
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const croston_state *s = state;
    const int targets = s->local.targets;
    double *y = malloc((origin + 1) * sizeof *y);
    for (int k = 0; k < targets; k++) {
        const size_t n = y && origin > s->first[k] ? known_values(view, k, s->first[k], origin, y) : 0;
        const double value = n ? fc_intermittent_forecast(&s->model[k], y, n) : s->local.level[k];
        for (int h = 0; h < horizon; h++)
            out[h * targets + k] = value;
    }
    free(y);
}

static void clear(void *state)
{
    croston_state *s = state;
    free(s->model);
    free(s->first);
}

static int fit_tsb(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    const fc_tsb_config *how = config;
    return fit(state, FC_TSB, how ? how->demand : 0.2, how ? how->probability : 0.2, view, train, error);
}

const fc_forecaster fc_forecaster_tsb = {
    .name = "tsb", .state_size = sizeof(croston_state), .fit = fit_tsb, .forecast = forecast, .clear = clear};

#define INTERMITTENT(id, named, kind)                                                                        \
    static int fit_##id(void *state, const void *config, const ds_view *view, ds_part train,                 \
                        nn_error *error)                                                                     \
    {                                                                                                        \
        (void)config;                                                                                        \
        return fit(state, kind, 0, 0, view, train, error);                                                   \
    }                                                                                                        \
    const fc_forecaster fc_forecaster_##id = {.name = named,                                                 \
                                              .state_size = sizeof(croston_state),                           \
                                              .fit = fit_##id,                                               \
                                              .forecast = forecast,                                          \
                                              .clear = clear};

INTERMITTENT(croston, "croston", FC_CROSTON)
INTERMITTENT(croston_optimised, "croston-optimised", FC_CROSTON_OPTIMISED)
INTERMITTENT(sba, "sba", FC_CROSTON_SBA)
INTERMITTENT(adida, "adida", FC_ADIDA)
INTERMITTENT(imapa, "imapa", FC_IMAPA)
