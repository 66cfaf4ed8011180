/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear forecasts, a map of its own for each target and step ahead: least squares of the scaled value on a
 * constant, the target's last p values and, where asked for, the last p values of its nearest neighbours. */
#include "forecast/forecasters.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beside the squares' sum: keeps equations solvable whose columns repeat each other, and nothing else. */
static const double ridge = 1e-9;

typedef struct ar {
    fc_local local;
    int order, neighbours;
    int *nearest;    /* K x neighbours, the nearest first; owned */
    double *weights; /* K x horizon x width of scaled values; owned */
} ar;

#define FIELD(name) offsetof(fc_ar_config, name)
const nn_option fc_ar_options[] = {
    {"order", 0, NN_INT, FIELD(order), "3", "N", 1, 1000, "last values that a step ahead is explained by"},
    {"ar-neighbours", 0, NN_INT, FIELD(neighbours), "0", "N", -1, 100000,
     "nearest other targets whose last values explain it too; -1: all"},
    FC_SCALE_OPTION(fc_ar_config),
    {0}};

static size_t width_of(const ar *a)
{
    return 1 + (size_t)a->order * (1 + (size_t)a->neighbours);
}

/* --- what explains a value --- */

static double scaled(const ar *a, const ds_view *view, size_t row, int k)
{
    const double y = ds_view_last(view, row + 1, k);
    return isnan(y) ? 0 : (y - a->local.level[k]) / a->local.spread[k];
}

/* 1, the target's last values before row, its neighbours' last ones. Rows before the first are taken as it.
 */
static void explain(const ar *a, const ds_view *view, size_t row, int k, double *x)
{
    const int *nearest = a->nearest + (size_t)k * (size_t)a->neighbours;
    *x++ = 1;
    for (int n = -1; n < a->neighbours; n++)
        for (int lag = 1; lag <= a->order; lag++)
            *x++ = scaled(a, view, row >= (size_t)lag ? row - (size_t)lag : 0, n < 0 ? k : nearest[n]);
}

/* --- neighbours --- */

static double correlation(const ar *a, const ds_view *view, ds_part part, int i, int j)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t r = part.begin; r < part.end; r++) {
        if (!ds_view_valid(view, r, i) || !ds_view_valid(view, r, j))
            continue;
        const double x = (ds_view_value(view, r, i) - a->local.level[i]) / a->local.spread[i];
        const double y = (ds_view_value(view, r, j) - a->local.level[j]) / a->local.spread[j];
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* The n largest of value, without target k; of equal ones the earlier. */
static void choose_largest(const double *value, int count, int k, int n, int *chosen)
{
    int have = 0;
    for (int j = 0; j < count; j++) {
        if (j == k || (have == n && value[j] <= value[chosen[n - 1]]))
            continue;
        int at = have < n ? have++ : n - 1;
        while (at > 0 && value[j] > value[chosen[at - 1]]) {
            chosen[at] = chosen[at - 1];
            at--;
        }
        chosen[at] = j;
    }
}

static int find_nearest(ar *a, const ds_view *view, ds_part part, nn_error *error)
{
    const int count = a->local.targets;
    double *closeness = calloc((size_t)count + 1, sizeof *closeness);
    if (!closeness)
        return nn_fail(error, NN_FAILED, "no memory for the neighbours of %d targets", count);
    for (int k = 0; k < count && a->neighbours; k++) {
        for (int j = 0; j < count; j++)
            closeness[j] =
                view->closeness ? view->closeness(view->places, k, j) : correlation(a, view, part, k, j);
        choose_largest(closeness, count, k, a->neighbours, a->nearest + (size_t)k * (size_t)a->neighbours);
    }
    free(closeness);
    return NN_OK;
}

/* --- least squares --- */

/* Buffers of one fit; owned. */
typedef struct solver {
    size_t width;
    double *x;      /* rows x width, of one target */
    double *chosen; /* rows x (width + 1), the value behind what explains it */
    double *square; /* (width + 1) x (width + 1) */
} solver;

static void solver_clear(solver *v)
{
    free(v->x);
    free(v->chosen);
    free(v->square);
}

static bool solver_make(solver *v, size_t rows, size_t width)
{
    v->width = width;
    v->x = calloc(rows, width * sizeof *v->x);
    v->chosen = calloc(rows, (width + 1) * sizeof *v->chosen);
    v->square = calloc(width + 1, (width + 1) * sizeof *v->square);
    return v->x && v->chosen && v->square;
}

/* One target, one step ahead; weights 0, the level, where nothing can be learnt. */
static void solve(const ar *a, const ds_view *view, solver *v, ds_part part, int k, int step, double *weight)
{
    const size_t first = part.begin + (size_t)a->order, width = v->width, wide = width + 1;
    size_t count = 0;
    for (size_t r = first; r + (size_t)step < part.end; r++) {
        if (!ds_view_valid(view, r + (size_t)step, k))
            continue;
        double *to = v->chosen + count++ * wide;
        memcpy(to, v->x + (r - first) * width, width * sizeof *to);
        to[width] = (ds_view_value(view, r + (size_t)step, k) - a->local.level[k]) / a->local.spread[k];
    }
    if (count == 0)
        return;
    memset(v->square, 0, wide * wide * sizeof *v->square);
    nn_dense_gram((int)wide, (int)count, v->chosen, (int)wide, v->square, (int)wide);
    for (size_t i = 0; i < width; i++)
        v->square[i * wide + i] += ridge * (double)count;
    if (!nn_dense_factor((int)width, v->square, (int)wide))
        return;
    memcpy(weight, v->square + width * wide, width * sizeof *weight);
    nn_dense_solve((int)width, 1, v->square, (int)wide, weight, 1);
}

static int fit_weights(ar *a, const ds_view *view, ds_part part, nn_error *error)
{
    const size_t width = width_of(a), horizon = (size_t)a->local.horizon;
    /* Only rows of the part explain: those before its first `order` rows do not. */
    const size_t first = part.begin + (size_t)a->order, rows = part.end > first ? part.end - first : 1;
    solver v = {0};
    const bool ready = solver_make(&v, rows, width);
    for (int k = 0; k < a->local.targets && ready && part.end > first; k++) {
        for (size_t r = first; r < part.end; r++)
            explain(a, view, r, k, v.x + (r - first) * width);
        for (size_t h = 0; h < horizon; h++)
            solve(a, view, &v, part, k, (int)h, a->weights + ((size_t)k * horizon + h) * width);
    }
    solver_clear(&v);
    return ready ? NN_OK : nn_fail(error, NN_FAILED, "no memory for an autoregression over %zu rows", rows);
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    ar *a = state;
    const fc_ar_config *how = config;
    const int others = view->targets - 1, asked = how->neighbours;
    a->order = how->order;
    a->neighbours = asked >= 0 && asked < others ? asked : others;
    a->nearest = calloc((size_t)view->targets * (size_t)a->neighbours + 1, sizeof *a->nearest);
    a->weights =
        calloc((size_t)view->targets * (size_t)a->local.horizon * width_of(a) + 1, sizeof *a->weights);
    if (!a->nearest || !a->weights)
        return nn_fail(error, NN_FAILED, "no memory for linear forecasts of %d targets", view->targets);
    int code = find_nearest(a, view, train, error);
    return code ? code : fit_weights(a, view, train, error);
}

/* --- forecasting --- */

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const ar *a = state;
    const size_t width = width_of(a);
    double *x = malloc(width * sizeof *x);
    for (int i = 0; i < horizon * a->local.targets && !x; i++)
        out[i] = NAN; /* refused by the caller */
    for (int k = 0; k < a->local.targets && x; k++) {
        explain(a, view, origin, k, x);
        for (int h = 0; h < horizon; h++) {
            const double *w = a->weights + ((size_t)k * (size_t)a->local.horizon + (size_t)h) * width;
            double sum = 0;
            for (size_t i = 0; i < width; i++)
                sum += w[i] * x[i];
            out[h * a->local.targets + k] = sum * a->local.spread[k] + a->local.level[k];
        }
    }
    free(x);
}

static size_t neighbours_of(const void *state)
{
    const ar *a = state;
    return (size_t)a->local.targets * (size_t)a->neighbours;
}

static size_t weights_of(const void *state)
{
    const ar *a = state;
    return (size_t)a->local.targets * (size_t)a->local.horizon * width_of(a);
}

static int check(const void *state, nn_error *error)
{
    const ar *a = state;
    for (size_t i = 0; i < neighbours_of(a); i++)
        if (a->nearest[i] >= a->local.targets)
            return nn_fail(error, NN_BAD_DATA, "neighbour %d is none of %d targets", a->nearest[i],
                           a->local.targets);
    return NN_OK;
}

#define STATE(name) offsetof(ar, name)
static const fc_field fields[] = {
    {"order", FC_NUMBER, FC_HERE, STATE(order), .least = 1, .most = 1000},
    {"neighbours", FC_NUMBER, FC_HERE, STATE(neighbours), .least = 0, .most = 1000000},
    {"nearest", FC_NUMBER, FC_MANY, STATE(nearest), .count = neighbours_of, .least = 0, .most = 1000000},
    {"weights", FC_REAL, FC_MANY, STATE(weights), .count = weights_of},
    {0}};

const fc_forecaster fc_forecaster_ar = {.scales = true,
                                        .scale_offset = offsetof(fc_ar_config, scale),
                                        .state_size = sizeof(ar),
                                        .fields = fields,
                                        .check = check,
                                        .fit = fit,
                                        .forecast = forecast};
const fc_kind fc_ar = {
    .name = "ar",
    .summary = "linear in the last values, a map for each column and step ahead, by least squares",
    .options = fc_ar_options,
    .later = fc_scale_later,
    .config_size = sizeof(fc_ar_config),
    .forecaster = &fc_forecaster_ar};
