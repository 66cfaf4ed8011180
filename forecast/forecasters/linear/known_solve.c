/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of rows of features, and the weights that they come to: each target, phase and block by itself. */
#include "forecast/forecasters/linear/known.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 };

static size_t wide_of(const fc_known_layout *l)
{
    return (size_t)fc_known_features(l) + (size_t)l->block;
}

static size_t jobs_of(const fc_known_layout *l, int targets)
{
    return (size_t)targets * (size_t)l->phases * (size_t)l->blocks;
}

size_t fc_known_weights(const fc_known_layout *l, int targets)
{
    return jobs_of(l, targets) * (size_t)fc_known_features(l) * (size_t)l->block;
}

double fc_known_sums_bytes(const fc_known_layout *l, int targets)
{
    return (double)jobs_of(l, targets) * fc_known_features(l) * (double)wide_of(l) * sizeof(double);
}

bool fc_known_row(double *row, double *less, const fc_known_layout *l, const fc_known_data *data, int target,
                  int block, size_t origin)
{
    const fc_linear_data *t = data->targets;
    const size_t at = (size_t)target * t->rows + origin;
    const double *x = (l->squashed ? data->squashed : t->x) + at, *u[l->count + l->past + 1];
    const int from = block * l->block, left = l->horizon - from, steps = left < l->block ? left : l->block;
    for (int a = 0; a < steps; a++)
        if (!t->truth[at + (size_t)(from + a)])
            return false;
    for (int j = 0; j < l->count + l->past; j++)
        u[j] = data->u + (size_t)(target * data->columns + j) * t->rows + origin;
    *less = fc_known_explain(row, l, block, x, u, data->time ? &data->time[origin] : NULL);
    row += fc_known_features(l);
    for (int a = 0; a < l->block; a++)
        row[a] = a < steps ? x[from + a] - *less : 0;
    return true;
}

void fc_known_add(double *g, const fc_known_layout *l, const double *rows, int count)
{
    const int features = fc_known_features(l), wide = (int)wide_of(l);
    nn_dense_gram(features, count, rows, wide, g, wide);
    nn_dense_multiply(true, features, l->block, count, rows, wide, rows + features, wide, 1, g + features,
                      wide);
}

void fc_known_theta(double *theta, double *room, const fc_known_layout *l, const double *g, double strength)
{
    const size_t features = (size_t)fc_known_features(l), block = (size_t)l->block, wide = wide_of(l);
    double trace = 0;
    for (size_t i = 0; i < features; i++) {
        memcpy(room + i * features, g + i * wide, (i + 1) * sizeof *room);
        memcpy(theta + i * block, g + i * wide + features, block * sizeof *theta);
        trace += g[i * wide + i];
    }
    for (size_t i = 0; i < features; i++)
        room[i * features + i] += strength * trace / (double)features;
    if (isfinite(trace) && trace > 0 && nn_dense_factor((int)features, room, (int)features))
        nn_dense_solve((int)features, (int)block, room, (int)features, theta, (int)block);
    else
        memset(theta, 0, features * block * sizeof *theta);
}

/* --- all of them --- */

typedef struct work {
    const fc_known_layout *layout;
    const fc_known_data *data;
    double strength, *weights;
    fc_known_sums *sums;
    nn_error error;
    int code;
} work;

/* Windows of a phase that end behind the row `seen`. */
static void add_origins(double *g, double *rows, const work *w, int target, int block, int phase, size_t seen)
{
    const fc_known_layout *l = w->layout;
    const fc_linear_data *t = w->data->targets;
    const size_t horizon = (size_t)l->horizon, wide = wide_of(l), reach = (size_t)fc_known_reach(l);
    int count = 0;
    size_t o = seen >= horizon ? seen - horizon + 1 : 0;
    for (o = o > reach ? o : reach; o + horizon <= t->rows; o++) {
        double less, *row = rows + (size_t)count * wide;
        if ((l->phases > 1 && t->place[o] % l->phases != phase) ||
            !fc_known_row(row, &less, l, w->data, target, block, o))
            continue;
        const double weight = l->fade ? exp((double)o / (2.0 * l->fade)) : 1;
        for (size_t i = 0; i < wide && l->fade; i++)
            row[i] *= weight;
        if (++count == CHUNK) {
            fc_known_add(g, l, rows, count);
            count = 0;
        }
    }
    if (count)
        fc_known_add(g, l, rows, count);
}

static void solve_one(void *context, int n, int worker)
{
    work *w = context;
    const fc_known_layout *l = w->layout;
    const size_t features = (size_t)fc_known_features(l), wide = wide_of(l),
                 size = features * (size_t)l->block;
    const int block = n % l->blocks, phase = n / l->blocks % l->phases, target = n / l->blocks / l->phases;
    const bool kept = w->sums && w->sums->g;
    double *g = kept ? w->sums->g + (size_t)n * features * wide : calloc(features * wide, sizeof *g),
           *rows = malloc(CHUNK * wide * sizeof *rows), *room = malloc(features * features * sizeof *room),
           *theta = w->weights + (size_t)n * size;
    (void)worker;
    if (g && rows && room) {
        add_origins(g, rows, w, target, block, phase, kept ? w->sums->end : 0);
        fc_known_theta(theta, room, l, g, w->strength);
        for (size_t i = 0; i < size; i++)
            theta[i] = (double)(float)theta[i]; /* as a file holds them */
    } else {
        w->code = nn_no_memory(&w->error);
    }
    free(rows);
    free(room);
    if (!kept)
        free(g);
}

int fc_known_solve(double *weights, fc_known_sums *sums, const fc_known_member *member,
                   const fc_known_data *data, nn_pool *pool, nn_error *error)
{
    const fc_known_layout *l = &member->layout;
    work w = {.layout = l, .data = data, .strength = member->strength, .weights = weights, .sums = sums};
    fc_linear_run(pool, (int)jobs_of(l, data->targets->targets), solve_one, &w);
    if (sums)
        sums->end = data->targets->rows;
    if (w.code)
        nn_error_copy(error, &w.error);
    return w.code;
}
