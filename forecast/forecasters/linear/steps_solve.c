/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums over origins for a step ahead of a station, and the weights that they come to. */
#include "forecast/forecasters/linear/steps.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 };
/* What a station's own values pay of the ridge beside many others'. */
static const double own_part = .1, free_part = 1e-3; /* and the mean */
/* Multiply-adds that the sums of all targets and steps may take: of more rows one in some. */
static const double most_work = 2e12;

int fc_step_sums_make(fc_step_sums *s, nn_error *error)
{
    const size_t f = (size_t)fc_step_features(s->layout);
    s->g = calloc(f * (f + 1), sizeof *s->g);
    s->rows = malloc(CHUNK * (f + 1) * sizeof *s->rows);
    return s->g && s->rows ? NN_OK : nn_no_memory(error);
}

void fc_step_sums_free(fc_step_sums *s)
{
    free(s->g);
    free(s->rows);
}

bool fc_step_row(double *row, double *less, const fc_step_sums *s, size_t origin)
{
    const fc_step_layout *l = s->layout;
    const fc_linear_data *d = s->data->targets;
    const size_t then = origin + (size_t)s->step, at = (size_t)s->target * d->rows + then;
    const double turn = 2 * 3.14159265358979323846;
    if (!d->truth[at])
        return false;
    const fc_step_sight sight = {
        .x = d->x + origin,
        .stride = d->rows,
        .u = s->data->u + origin,
        .wide = (size_t)s->data->columns,
        .deep = d->rows,
        .nearest = s->nearest + (size_t)s->target * (size_t)(l->targets - 1),
        .target = s->target,
        .step = s->step,
        .now = fc_step_profile_at(s->profile, s->data, s->target, origin - 1, s->end),
        .then = fc_step_profile_at(s->profile, s->data, s->target, then, s->end),
        .season = turn * (d->place[then] % l->season) / l->season,
        .year = s->data->time ? turn * (double)(s->data->time[then] / DS_DAY) / 365.2425 : 0,
        .bend = s->bend};
    *less = fc_step_explain(row, l, &sight);
    row[fc_step_features(l)] = d->x[at] - *less;
    return true;
}

void fc_step_sums_add(fc_step_sums *s, size_t from, size_t to, size_t apart)
{
    const fc_step_layout *l = s->layout;
    const int f = fc_step_features(l);
    const size_t wide = (size_t)f + 1, reach = (size_t)(l->own > l->lags ? l->own : l->lags) + 1;
    int count = 0;
    double less;
    for (size_t o = from > reach ? from : reach; o + (size_t)l->horizon <= to; o += apart) {
        count += fc_step_row(s->rows + (size_t)count * wide, &less, s, o);
        if (count < CHUNK && o + apart + (size_t)l->horizon <= to)
            continue;
        nn_dense_gram(f, count, s->rows, (int)wide, s->g, (int)wide);
        nn_dense_multiply(true, f, 1, count, s->rows, (int)wide, s->rows + f, (int)wide, 1, s->g + f,
                          (int)wide);
        count = 0;
    }
}

void fc_step_theta(double *theta, double *room, const fc_step_sums *s, double strength)
{
    const fc_step_layout *l = s->layout;
    int count;
    const size_t f = (size_t)fc_step_features(l), one = (size_t)fc_step_linear(l) - 1,
                 foreign = (size_t)fc_step_foreign(l, &count), after = foreign + (size_t)count;
    double trace = 0;
    for (size_t i = 0; i < f; i++) {
        memcpy(room + i * f, s->g + i * (f + 1), (i + 1) * sizeof *room);
        theta[i] = s->g[i * (f + 1) + f];
        trace += s->g[i * (f + 1) + i];
    }
    for (size_t i = 0; i < f; i++) {
        const bool own = i < foreign || (i >= after && i < one);
        const double part = i == one ? free_part : own && l->others ? own_part : 1;
        room[i * f + i] += strength * trace / (double)f * part + 1e-9;
    }
    if (isfinite(trace) && trace > 0 && nn_dense_factor((int)f, room, (int)f))
        nn_dense_solve((int)f, 1, room, (int)f, theta, 1);
    else
        memset(theta, 0, f * sizeof *theta);
}

/* --- all of them --- */

typedef struct work {
    const fc_step_member *member;
    const fc_known_data *data;
    const fc_step_profile *profile;
    const int *nearest;
    const double *bend;
    double *weights;
    size_t apart;
    nn_error error;
    int code;
} work;

static void solve_one(void *context, int n, int worker)
{
    work *w = context;
    const fc_step_layout *l = &w->member->layout;
    const size_t f = (size_t)fc_step_features(l), rows = w->data->targets->rows;
    fc_step_sums sums = {.layout = l,
                         .data = w->data,
                         .profile = w->profile,
                         .nearest = w->nearest,
                         .bend = w->bend,
                         .target = n / l->anchors,
                         .step = fc_step_anchor(l, n % l->anchors),
                         .end = rows};
    double *room = malloc(f * f * sizeof *room), *theta = w->weights + (size_t)n * f;
    (void)worker;
    if (room && !fc_step_sums_make(&sums, NULL)) {
        fc_step_sums_add(&sums, 0, rows, w->apart);
        fc_step_theta(theta, room, &sums, w->member->strength);
        for (size_t i = 0; i < f; i++)
            theta[i] = (double)(float)theta[i]; /* as a file holds them */
    } else {
        w->code = nn_no_memory(&w->error);
    }
    fc_step_sums_free(&sums);
    free(room);
}

int fc_step_solve(double *weights, double *means, const fc_step_member *member, const fc_known_data *data,
                  const int *nearest, nn_pool *pool, nn_error *error)
{
    const fc_step_layout *l = &member->layout;
    const double f = fc_step_features(l);
    const size_t cells = (size_t)l->targets * (size_t)l->kinds * (size_t)l->season;
    fc_step_profile profile = {0};
    double *bend = fc_step_bend(l);
    work w = {
        .member = member,
        .data = data,
        .profile = &profile,
        .nearest = nearest,
        .bend = bend,
        .weights = weights,
        .apart = 1 + (size_t)((double)data->targets->rows * f * f / 2 * l->targets * l->anchors / most_work)};
    int code =
        bend ? fc_step_profile_make(&profile, l, data, data->targets->rows, error) : nn_no_memory(error);
    for (size_t i = 0; i < cells && !code; i++)
        means[i] = profile.count[i] > 0 ? profile.sum[i] / profile.count[i] : 0;
    if (!code) {
        fc_linear_run(pool, l->targets * l->anchors, solve_one, &w);
        code = w.code;
        if (code)
            nn_error_copy(error, &w.error);
    }
    fc_step_profile_free(&profile);
    free(bend);
    return code;
}
