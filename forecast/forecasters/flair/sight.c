/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an origin shows of a folded series, its forecast, and paths that it may take. */
#include "forecast/forecasters/flair/flair.h"

#include "lib/base/random.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHAPES = 2, NOISES = 50, RECENT = 50 };

static double power(double level, double lambda)
{
    const double x = log(fmax(level, 1e-8));
    return lambda == 0 ? x : expm1(lambda * x) / lambda;
}

static double power_back(double z, double lambda)
{
    if (lambda == 0)
        return exp(fmin(fmax(z, -30), 30));
    return exp(fmin(log1p(fmax(z * lambda, 1e-10 - 1)), 30 * lambda) / lambda);
}

/* The mean proportions of the last periods. */
static void find_shape(fc_flair_sight *s, const double *y, const double *total)
{
    const size_t period = (size_t)s->model.period, count = s->levels < SHAPES ? s->levels : SHAPES;
    double sum = 0;
    for (size_t p = 0; p < period; p++) {
        s->shape[p] = 0;
        for (size_t t = s->levels - count; t < s->levels; t++)
            s->shape[p] += y[t * period + p] / total[t];
        sum += s->shape[p];
    }
    for (size_t p = 0; p < period; p++)
        s->shape[p] /= sum;
}

/* What a phase was off by on average stays in as far as it is no chance (James & Stein 1961). */
static void lean(fc_flair_sight *s, size_t phase)
{
    const size_t period = (size_t)s->model.period, n = s->columns;
    double *r = s->noise + phase;
    if (n < 4)
        return;
    const double mean = gsl_stats_mean(r, period, n),
                 chance = gsl_stats_variance_m(r, period, n, mean) / (double)n;
    for (size_t t = 0; t < n; t++)
        r[t * period] -= mean * chance / (mean * mean + chance + 1e-10);
}

/* What the last periods were off by, of what the shape gave them. room: as many values. */
static void find_noise(fc_flair_sight *s, const double *y, const double *total, double *room)
{
    const size_t period = (size_t)s->model.period, from = s->levels - s->columns, cells = s->columns * period;
    for (size_t i = 0; i < cells; i++)
        room[i] = fabs(s->shape[i % period] * total[from + i / period]);
    const double floor = fmax(gsl_stats_median(room, 1, cells) / 10, 1e-8);
    for (size_t i = 0; i < cells; i++) {
        const double share = s->shape[i % period] * total[from + i / period];
        s->noise[i] = (y[from * period + i] - share) / fmax(fabs(share), floor);
    }
    for (size_t p = 0; p < period; p++) {
        lean(s, p);
        s->bias[p] = gsl_stats_mean(s->noise + p, period, s->columns);
    }
}

/* Level and secondary cycle on the scale that they are forecast on. */
static void find_level(fc_flair_sight *s, const double *total)
{
    const fc_flair_model *m = &s->model;
    double turn[m->cycle + 1];
    for (size_t t = 0; t < s->levels; t++)
        s->level[t] = m->shrink * total[t];
    const bool turns = m->cycle && fc_flair_cycle(s->level, s->levels, m->cycle, turn);
    for (size_t b = 0; b < s->blocks; b++)
        s->turn[b] = turns ? turn[(s->levels + b) % (size_t)m->cycle] : 1;
    for (size_t t = 0; t < s->levels; t++)
        s->level[t] = power(turns ? s->level[t] / turn[t % (size_t)m->cycle] : s->level[t], m->lambda);
    s->last = s->level[s->levels - 1];
    for (size_t t = 0; t < s->levels; t++)
        s->level[t] -= s->last;
}

/* No forecast leaves what was seen of late by more than its range, nor falls below 0 where nothing has. The
 * paper has the least value of all as the floor, which holds on to series that fall. */
static void find_bounds(fc_flair_sight *s, const double *y, size_t n)
{
    size_t recent = 2 * s->horizon > RECENT ? 2 * s->horizon : RECENT;
    recent = recent < n ? recent : n;
    double least = y[n - 1];
    s->low = s->high = y[n - 1];
    for (size_t t = 0; t < n; t++)
        least = fmin(least, y[t]);
    for (size_t t = n - recent; t < n; t++) {
        s->low = fmin(s->low, y[t]);
        s->high = fmax(s->high, y[t]);
    }
    const double range = fmax(s->high - s->low, 1e-6);
    s->high += range;
    s->low = fmax(s->low - range, least >= 0 ? 0 : -INFINITY);
    s->shift = fmax(1 - least, 1);
}

static bool lay_out(fc_flair_sight *s)
{
    const size_t period = (size_t)s->model.period;
    s->store = malloc((2 * s->levels + 4 * s->blocks + period * (s->columns + 2)) * sizeof *s->store);
    if (!s->store)
        return false;
    s->level = s->store;
    s->residual = s->level + s->levels + s->blocks;
    s->trend = s->residual + s->levels;
    s->spread = s->trend + s->blocks;
    s->turn = s->spread + s->blocks;
    s->shape = s->turn + s->blocks;
    s->bias = s->shape + period;
    s->noise = s->bias + period;
    return true;
}

bool fc_flair_see(fc_flair_sight *s, const fc_flair_model *m, const double *y, size_t n, int horizon)
{
    const size_t period = (size_t)m->period, h = (size_t)horizon, levels = n / period;
    *s = (fc_flair_sight){.model = *m,
                          .horizon = h,
                          .blocks = (h + period - 1) / period,
                          .levels = levels,
                          .columns = levels < NOISES ? levels : NOISES};
    if (levels < FC_FLAIR_LEAST_ROWS || !lay_out(s))
        return false;
    const size_t rows = levels * period;
    double *x = malloc((rows + levels + s->columns * period) * sizeof *x), *total = x + rows;
    if (!x)
        return false;
    find_bounds(s, y, n);
    for (size_t i = 0; i < rows; i++)
        x[i] = y[n - rows + i] + s->shift;
    for (size_t t = 0; t < levels; t++) {
        total[t] = 0;
        for (size_t p = 0; p < period; p++)
            total[t] += x[t * period + p];
    }
    find_shape(s, x, total);
    find_noise(s, x, total, total + levels);
    find_level(s, total);
    free(x);
    return fc_flair_ridge_fit(&s->ridge, m->lag, s->level, levels, s->residual, s->trend, s->spread,
                              s->blocks);
}

/* Level by shape, with noise (P) that is less where the level itself is unsure. */
static void put_together(const fc_flair_sight *s, const double *ahead, const double *noise, double *out)
{
    const size_t period = (size_t)s->model.period;
    for (size_t h = 0; h < s->horizon; h++) {
        const size_t block = h / period, phase = h % period;
        const double level = power_back(ahead[block] + s->last, s->model.lambda) * s->turn[block];
        const double share = s->shape[phase] * (1 + noise[phase] / s->spread[block]);
        out[h] = fmin(fmax(level * share - s->shift, s->low), s->high);
    }
}

void fc_flair_point(const fc_flair_sight *s, double *out)
{
    put_together(s, s->level + s->levels, s->bias, out);
}

void fc_flair_path(const fc_flair_sight *s, uint64_t key, double *room, double *out)
{
    const size_t period = (size_t)s->model.period, column = nn_random(key, 0) % s->columns;
    memcpy(room, s->level, s->levels * sizeof *room);
    for (size_t b = 0; b < s->blocks; b++) {
        double *at = room + s->levels + b;
        const size_t drawn = nn_random(key, b + 1) % s->ridge.residuals;
        *at = fc_flair_ridge_step(&s->ridge, at, s->trend[b]) + s->residual[drawn] * s->spread[b];
    }
    put_together(s, room + s->levels, s->noise + column * period, out);
}

void fc_flair_sight_clear(fc_flair_sight *s)
{
    free(s->store);
    *s = (fc_flair_sight){0};
}
