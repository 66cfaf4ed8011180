/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts of intermittent demand by smoothing of demands, intervals, probabilities or sums. */
#include "forecast/forecasters/croston.h"
#include "datasets/series/values.h"
#include "forecast/forecasters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* --- as a forecaster --- */

/* The model of one target. */
typedef struct entry {
    int target, rows;
    size_t first; /* row of the first value */
} entry;

typedef struct croston_state {
    fc_local local;
    int method, count;
    entry *entry;  /* count; owned */
    double *alpha; /* count x FC_INTERMITTENT_LEVELS, 0 where there are fewer; owned */
} croston_state;

#define FIELD(name) offsetof(fc_croston_config, name)
static const nn_option options[] = {
    {"intermittent", 0, NN_CHOICE, FIELD(method), "croston", "croston|optimised|sba|tsb|adida|imapa", 0, 0,
     "Croston's, with its best smoothing, .95 of it, by probabilities, of sums, or the mean of many sums"},
    {"demand", 0, NN_REAL, FIELD(demand), "0.2", "ALPHA", 0.001, 1, "tsb: smoothing of the demands"},
    {"probability", 0, NN_REAL, FIELD(probability), "0.2", "ALPHA", 0.001, 1,
     "tsb: smoothing of the probability of a demand"},
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

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    static const fc_croston_config usual = {FC_CROSTON, 0.2, 0.2};
    croston_state *s = state;
    const fc_croston_config *how = config ? config : &usual;
    s->method = how->method;
    s->entry = calloc((size_t)view->targets + 1, sizeof *s->entry);
    s->alpha = calloc((size_t)view->targets * FC_INTERMITTENT_LEVELS + 1, sizeof *s->alpha);
    double *y = malloc((train.end - train.begin + 1) * sizeof *y);
    const bool fine = s->entry && s->alpha && y;
    for (int k = 0; k < view->targets && fine; k++) {
        const size_t first = ds_values_first(view, k, train), n = known_values(view, k, first, train.end, y);
        fc_intermittent m = {.alpha = {how->demand, how->probability}};
        if (n == 0)
            continue;
        fc_intermittent_fit(&m, (fc_intermittent_kind)how->method, y, n);
        memcpy(s->alpha + (size_t)s->count * FC_INTERMITTENT_LEVELS, m.alpha, sizeof m.alpha);
        s->entry[s->count++] = (entry){k, m.rows, first};
    }
    free(y);
    return fine ? NN_OK : nn_no_memory(error);
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const croston_state *s = state;
    double *y = malloc((origin + 1) * sizeof *y);
    for (int i = 0; i < horizon * s->local.targets; i++)
        out[i] = s->local.level[i % s->local.targets];
    for (int i = 0; i < s->count && y; i++) {
        const entry *e = &s->entry[i];
        fc_intermittent m = {.kind = (fc_intermittent_kind)s->method, .rows = e->rows};
        memcpy(m.alpha, s->alpha + (size_t)i * FC_INTERMITTENT_LEVELS, sizeof m.alpha);
        if (origin <= e->first)
            continue;
        const double value =
            fc_intermittent_forecast(&m, y, known_values(view, e->target, e->first, origin, y));
        for (int h = 0; h < horizon; h++)
            out[h * s->local.targets + e->target] = value;
    }
    free(y);
}

static size_t alphas_of(const void *state)
{
    return (size_t)((const croston_state *)state)->count * FC_INTERMITTENT_LEVELS;
}

static int check(const void *state, nn_error *error)
{
    const croston_state *s = state;
    for (int i = 0; i < s->count; i++)
        if (s->entry[i].target >= s->local.targets ||
            (s->method == FC_IMAPA && s->entry[i].rows > FC_INTERMITTENT_LEVELS))
            return nn_fail(error, NN_BAD_DATA, "a demand is of target %d over %d rows", s->entry[i].target,
                           s->entry[i].rows);
    return NN_OK;
}

static const char *const method_names[] = {"croston", "optimised", "sba", "tsb", "adida", "imapa", NULL};

static const fc_field entries[] = {
    {"target", FC_NUMBER, 0, offsetof(entry, target), .least = 0, .most = 1000000},
    {"rows", FC_NUMBER, 0, offsetof(entry, rows), .least = 1, .most = 1000000000},
    {"first", FC_SIZE, 0, offsetof(entry, first), .least = 0, .most = 1e15},
    {0}};

static const fc_field fields[] = {
    {"method", FC_CHOICE, 0, offsetof(croston_state, method), .names = method_names},
    {"demands", FC_ENTRIES, 0, offsetof(croston_state, entry), .size = sizeof(entry),
     .count_offset = offsetof(croston_state, count), .least = 0, .most = 1000000, .fields = entries},
    {"alpha", FC_REAL, FC_MANY, offsetof(croston_state, alpha), .count = alphas_of},
    {0}};

const fc_forecaster fc_forecaster_croston = {.state_size = sizeof(croston_state),
                                             .any_horizon = true,
                                             .fields = fields,
                                             .check = check,
                                             .fit = fit,
                                             .forecast = forecast};
const fc_kind fc_croston = {.name = "croston",
                            .summary = "intermittent demand: Croston's method and its kin (Croston 1972)",
                            .options = options,
                            .config_size = sizeof(fc_croston_config),
                            .forecaster = &fc_forecaster_croston};
