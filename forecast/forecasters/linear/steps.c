/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What explains a step ahead of a station. */
#include "forecast/forecasters/linear/steps.h"

#include "lib/base/random.h"
#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bends of more inputs see the station's own alone, and of its values the last ones. */
enum { MOST_INPUTS = 100, MOST_OWN = 3, AROUND = 3 };
static const double bend_size = .9, bend_shift = 1.7;

static int nearly(const fc_step_layout *l)
{
    return l->own < MOST_OWN ? l->own : MOST_OWN;
}

/* Of the station itself: its last values, its profile, the season, the year, and its columns. */
static int own_features(const fc_step_layout *l)
{
    return nearly(l) + (l->kinds ? 2 : 0) + (l->season > 1 ? 2 : 0) + (l->year ? 2 : 0) +
           (l->columns ? AROUND * l->count + l->past : 0);
}

static int foreign_features(const fc_step_layout *l)
{
    return l->others * (l->lags + (l->around ? l->count : 0));
}

int fc_step_linear(const fc_step_layout *l)
{
    return own_features(l) + foreign_features(l) + l->own - nearly(l) + 1;
}

int fc_step_foreign(const fc_step_layout *l, int *count)
{
    *count = foreign_features(l);
    return own_features(l);
}

int fc_step_features(const fc_step_layout *l)
{
    return fc_step_linear(l) + l->bends;
}

int fc_step_inputs(const fc_step_layout *l)
{
    const int all = own_features(l) + foreign_features(l);
    return all <= MOST_INPUTS ? all : own_features(l);
}

int fc_step_anchor(const fc_step_layout *l, int a)
{
    return l->anchors < 2 ? l->horizon - 1 : (int)((double)(l->horizon - 1) * a / (l->anchors - 1) + .5);
}

double fc_step_between(const fc_step_layout *l, int step, int *a)
{
    *a = 0;
    while (*a + 1 < l->anchors && fc_step_anchor(l, *a + 1) <= step)
        ++*a;
    const int at = fc_step_anchor(l, *a), next = *a + 1 < l->anchors ? fc_step_anchor(l, *a + 1) : at;
    return next > at ? (double)(step - at) / (next - at) : 0;
}

double *fc_step_bend(const fc_step_layout *l)
{
    const size_t inputs = (size_t)fc_step_inputs(l), bends = (size_t)l->bends;
    double *bend = malloc(((inputs + 1) * bends + 1) * sizeof *bend);
    for (size_t i = 0; bend && i < (inputs + 1) * bends; i++) {
        const double drawn = 2 * nn_random_uniform(20061, (uint64_t)i) - 1;
        bend[i] = i < inputs * bends ? drawn * bend_size * sqrt(3 / (double)inputs) : drawn * bend_shift;
    }
    return bend;
}

double fc_step_explain(double *phi, const fc_step_layout *l, const fc_step_sight *s)
{
    const double *x = s->x + (size_t)s->target * s->stride, last = x[-1], c = l->relative ? last : 0;
    double *to = phi;
    for (int lag = 1; lag <= nearly(l); lag++)
        *to++ = lag == 1 ? last : x[-lag] - c;
    if (l->kinds) {
        *to++ = s->now - c;
        *to++ = s->then - c;
    }
    if (l->season > 1) {
        *to++ = sin(s->season);
        *to++ = cos(s->season);
    }
    if (l->year) {
        *to++ = sin(s->year);
        *to++ = cos(s->year);
    }
    const double *u = s->u + (size_t)s->target * s->wide * s->deep;
    for (int j = 0; l->columns && j < l->count; j++)
        for (int d = -1; d <= 1; d++)
            *to++ = *(u + (size_t)j * s->deep + (s->step + d < l->horizon ? s->step + d : l->horizon - 1));
    for (int j = l->count; l->columns && j < l->count + l->past; j++)
        *to++ = *(u + (size_t)j * s->deep - 1);
    for (int n = 0; n < l->others; n++) {
        const size_t other = (size_t)s->nearest[n];
        for (int lag = 1; lag <= l->lags; lag++)
            *to++ = *(s->x + other * s->stride - lag) - c;
        for (int j = 0; l->around && j < l->count; j++)
            *to++ = s->u[(other * s->wide + (size_t)j) * s->deep + (size_t)s->step];
    }
    for (int lag = nearly(l) + 1; lag <= l->own; lag++)
        *to++ = x[-lag] - c;
    *to++ = 1;
    if (l->bends)
        nn_dense_bend(to, phi, (size_t)fc_step_inputs(l), (size_t)l->bends, s->bend);
    return c;
}

/* --- profiles --- */

int fc_step_kind(int kinds, ds_time time)
{
    const int64_t days = time / DS_DAY - (time % DS_DAY < 0);
    const int weekday = (int)(((days + 3) % 7 + 7) % 7);
    return kinds == 7 ? weekday : kinds == 2 ? weekday >= 5 : 0;
}

/* Rows on each side that a mean is smoothed over. */
static int smooth(int season)
{
    return season / 48;
}

void fc_step_profile_free(fc_step_profile *p)
{
    free(p->sum);
    free(p->count);
    *p = (fc_step_profile){0};
}

static size_t cell(const fc_step_profile *p, int target, int kind, int phase)
{
    return ((size_t)target * (size_t)p->kinds + (size_t)kind) * (size_t)p->season +
           (size_t)((phase % p->season + p->season) % p->season);
}

static int kind_at(const fc_step_profile *p, const fc_known_data *data, size_t row)
{
    return data->time ? fc_step_kind(p->kinds, data->time[row]) : 0;
}

int fc_step_profile_make(fc_step_profile *p, const fc_step_layout *l, const fc_known_data *data, size_t end,
                         nn_error *error)
{
    const size_t cells = (size_t)l->targets * (size_t)l->kinds * (size_t)l->season;
    const int around = smooth(l->season);
    *p = (fc_step_profile){.kinds = l->kinds,
                           .season = l->season,
                           .sum = calloc(cells + 1, sizeof(double)),
                           .count = calloc(cells + 1, sizeof(double))};
    if (!p->sum || !p->count)
        return nn_no_memory(error);
    for (int k = 0; k < l->targets && l->kinds; k++) {
        const double *x = data->targets->x + (size_t)k * data->targets->rows;
        const uint8_t *truth = data->targets->truth + (size_t)k * data->targets->rows;
        for (size_t t = 0; t < end; t++)
            for (int d = -around; truth[t] && d <= around; d++) {
                const size_t at = cell(p, k, kind_at(p, data, t), data->targets->place[t] + d);
                p->sum[at] += x[t];
                p->count[at]++;
            }
    }
    return NN_OK;
}

double fc_step_profile_at(const fc_step_profile *p, const fc_known_data *data, int target, size_t row,
                          size_t end)
{
    if (!p->kinds)
        return 0;
    const int around = smooth(p->season), kind = kind_at(p, data, row);
    const fc_linear_data *d = data->targets;
    const size_t at = cell(p, target, kind, d->place[row]), base = (size_t)target * d->rows;
    double sum = p->sum[at], count = p->count[at];
    const size_t from = row > (size_t)around ? row - (size_t)around : 0;
    for (size_t t = from; t <= row + (size_t)around && t < end; t++)
        if (d->truth[base + t] && kind_at(p, data, t) == kind) {
            sum -= d->x[base + t];
            count--;
        }
    return count > .5 ? sum / count : 0;
}
