/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes a series apart into trend, seasons and the rest. */
#include "forecast/statistics/components.h"

#include "datasets/series/stl.h"
#include "datasets/series/values.h"

#include <math.h>
#include <stdlib.h>

static void find_extent(fc_components *c, const double *values, size_t rows, size_t width)
{
    size_t end = rows;
    while (end > 0 && isnan(values[(end - 1) * width]))
        end--;
    c->begin = 0;
    while (c->begin < end && isnan(values[c->begin * width]))
        c->begin++;
    c->count = end - c->begin;
}

/* 1 - var(rest) / var(rest + part), at least 0. */
static double strength(const double *rest, const double *part, size_t n)
{
    double own[2] = {0}, both[2] = {0};
    for (size_t i = 0; i < n; i++) {
        const double sum = rest[i] + part[i];
        own[0] += rest[i];
        own[1] += rest[i] * rest[i];
        both[0] += sum;
        both[1] += sum * sum;
    }
    const double v = own[1] - own[0] * own[0] / (double)n, w = both[1] - both[0] * both[0] / (double)n;
    return w > 0 ? fmax(0, 1 - v / w) : 0;
}

/* What is left of the series y, and how strong each part is beside it. */
static void finish(fc_components *c, const double *y, const double *values, size_t width)
{
    const size_t n = c->count;
    for (size_t i = 0; i < n; i++) {
        c->rest[i] = y[i] - c->trend[i];
        for (int s = 0; s < c->seasons; s++)
            c->rest[i] -= c->season[(size_t)s * n + i];
    }
    for (int s = 0; s < c->seasons; s++)
        c->strength[s] = strength(c->rest, c->season + (size_t)s * n, n);
    c->trend_strength = strength(c->rest, c->trend, n);
    for (size_t i = 0; i < n; i++)
        if (isnan(values[(c->begin + i) * width]))
            c->rest[i] = NAN;
}

/* Periods that are too long for the rows are no seasons. */
static void keep_seasons(fc_components *c)
{
    int kept = 0;
    for (int s = 0; s < c->seasons; s++)
        if (2 * (size_t)c->period[s] < c->count)
            c->period[kept++] = c->period[s];
    c->seasons = kept;
}

int fc_components_make(fc_components *c, const double *values, size_t rows, size_t width, int usual,
                       nn_error *error)
{
    *c = (fc_components){0};
    find_extent(c, values, rows, width);
    const size_t n = c->count;
    if (n == 0)
        return NN_OK;
    double *y = malloc((n + 1) * sizeof *y);
    c->trend = malloc(((2 + FC_SEASONS) * n + 1) * sizeof *c->trend);
    int code = y && c->trend ? NN_OK : nn_no_memory(error);
    if (!code) {
        c->rest = c->trend + n;
        c->season = c->rest + n;
        for (size_t i = 0; i < n; i++)
            y[i] = values[(c->begin + i) * width];
        ds_values_fill(y, n);
        code = fc_seasons_find(y, n, usual, c->period, &c->seasons, error);
    }
    if (!code) {
        keep_seasons(c);
        code = ds_mstl(y, n, c->period, c->seasons, false, c->season, c->trend, error);
    }
    if (!code)
        finish(c, y, values, width);
    free(y);
    if (code)
        fc_components_clear(c);
    return code;
}

void fc_components_clear(fc_components *c)
{
    free(c->trend);
    *c = (fc_components){0};
}
