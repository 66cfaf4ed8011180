/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the seasons of a series, several at once. */
#include "forecast/statistics/stl_seasons.h"

#include "datasets/series/period.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Share of the variance left, less what as many phases of noise would explain, that a season must explain. */
static const double least_gain = .05;
enum { MOST_TIMES = 7 };

/* True where nothing but rounding is left. */
static bool remove_line(double *x, size_t n)
{
    const double middle = (double)(n - 1) / 2;
    double mean = 0, along = 0, square = 0, size = 0, left = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        along += ((double)i - middle) * x[i];
        square += ((double)i - middle) * ((double)i - middle);
    }
    for (size_t i = 0; i < n; i++) {
        size += fabs(x[i]);
        x[i] -= mean + (square > 0 ? along / square * ((double)i - middle) : 0);
        left += fabs(x[i]);
    }
    return !(left > 1e-12 * size);
}

/* The share of the variance of x, of mean 0, that the means of the phases explain, adjusted for their number;
 * removed from x by the way where asked for. */
static double phases(double *x, size_t n, size_t period, bool remove)
{
    double whole = 0, left = 0;
    for (size_t phase = 0; phase < period; phase++) {
        double sum = 0;
        size_t count = 0;
        for (size_t i = phase; i < n; i += period, count++)
            sum += x[i];
        for (size_t i = phase; i < n; i += period) {
            const double rest = x[i] - sum / (double)count;
            whole += x[i] * x[i];
            left += rest * rest;
            if (remove)
                x[i] = rest;
        }
    }
    return whole > 0 ? 1 - left / whole * (double)(n - 1) / (double)(n - period) : 0;
}

static void add(int *periods, int *count, int period)
{
    int at = (*count)++;
    for (; at > 0 && periods[at - 1] > period; at--)
        periods[at] = periods[at - 1];
    periods[at] = period;
}

static bool has(const int *periods, int count, int period)
{
    for (int i = 0; i < count; i++)
        if (periods[i] == period)
            return true;
    return false;
}

/* The whole period near `about`, as near as a spectrum of n rows can tell, whose phases explain most of x. */
static double sharpen(double *x, size_t n, double about, size_t *period)
{
    const double reach = fmin(about * about / (2 * (double)n), 20);
    double most = 0;
    for (size_t p = (size_t)fmax(2, ceil(about - reach - .5)); (double)p <= about + reach + .5 && 3 * p <= n;
         p++) {
        const double gain = phases(x, n, p, false);
        if (gain > most) {
            most = gain;
            *period = p;
        }
    }
    return most;
}

/* The strongest period of rest, or that multiple of it whose phases explain twice as much; 0: none. work: n.
 */
static int strongest(const double *rest, size_t n, double *work, int *found, nn_error *error)
{
    double period, share, most = least_gain;
    *found = 0;
    memcpy(work, rest, n * sizeof *work);
    const int code = ds_period_find(work, n, &period, &share, error);
    if (code || period < 2)
        return code;
    memcpy(work, rest, n * sizeof *work);
    for (int times = 1; times <= MOST_TIMES; times++) {
        size_t p = 0;
        const double gain = sharpen(work, n, times * period, &p);
        if (gain > most * (*found ? 2 : 1)) {
            most = gain;
            *found = (int)p;
        }
    }
    return NN_OK;
}

int fc_seasons_find(const double *y, size_t n, int usual, int *periods, int *count, nn_error *error)
{
    *count = 0;
    double *rest = malloc((2 * n + 1) * sizeof *rest);
    if (!rest)
        return nn_no_memory(error);
    memcpy(rest, y, n * sizeof *rest);
    if (remove_line(rest, n))
        usual = 1; /* a line has no season, but STL would make one */
    if (usual > 1 && 2 * (size_t)usual < n) {
        add(periods, count, usual);
        phases(rest, n, (size_t)usual, true);
        const size_t week = 7 * (size_t)usual;
        if (usual >= 24 && usual != 52 && 3 * week <= n && phases(rest, n, week, false) > least_gain) {
            add(periods, count, (int)week);
            phases(rest, n, week, true);
        }
    }
    int code = NN_OK, found = 1;
    while (*count < FC_SEASONS && !code && found > 0) {
        code = strongest(rest, n, rest + n, &found, error);
        if (found == 0 || has(periods, *count, found))
            break;
        add(periods, count, found);
        phases(rest, n, (size_t)found, true);
    }
    free(rest);
    return code;
}

bool fc_seasons_parse(const char *text, int *period, int most)
{
    int count = 0;
    for (char *end; count < FC_SEASONS; text = end + 1) {
        const long p = strtol(text, &end, 10);
        if (end == text || p < 2 || p > most || (count > 0 && p <= period[count - 1]))
            return false;
        period[count++] = (int)p;
        if (*end != ',')
            return *end == '\0';
    }
    return false;
}
