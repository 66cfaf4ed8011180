/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests for unit roots of a series, at lag 1 and at the season. */
#include "forecast/statistics/unit_root.h"

#include "datasets/series/stl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool fc_is_constant(const double *x, size_t n)
{
    double away = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        away += fabs(x[i] - x[0]);
        size += fabs(x[i]);
    }
    return !(away > 1.5e-8 * size);
}

double fc_kpss(const double *x, size_t n)
{
    const size_t lags = (size_t)(3 * sqrt((double)n) / 13);
    double mean = 0, sum = 0, sums = 0, variance = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        sum += x[i] - mean;
        sums += sum * sum;
    }
    for (size_t lag = 0; lag <= lags && lag < n; lag++) {
        double product = 0;
        for (size_t i = lag; i < n; i++)
            product += (x[i] - mean) * (x[i - lag] - mean);
        variance += product * (lag == 0 ? 1 : 2 * (1 - (double)lag / ((double)lags + 1)));
    }
    return sums / ((double)n * variance);
}

int fc_differences(double *x, size_t n, int most)
{
    int d = 0;
    for (; d < most && n > 2 && !fc_is_constant(x, n) && fc_kpss(x, n) > .463; d++, n--)
        for (size_t i = 1; i < n; i++)
            x[i - 1] = x[i] - x[i - 1];
    return d;
}

int fc_seasonal_differences(const double *x, size_t n, int period, int *count, nn_error *error)
{
    *count = 0;
    if (period < 2 || n <= 2 * (size_t)period || fc_is_constant(x, n))
        return NN_OK;
    double *season = malloc(2 * n * sizeof *season);
    if (!season)
        return nn_no_memory(error);
    const int code = ds_mstl(x, n, &period, 1, false, season, season + n, error);
    if (!code)
        *count = ds_season_strength(x, season, season + n, n) > .64;
    free(season);
    return code;
}

/* --- OCSB --- */

enum { MOST_LAGS = 3, MOST_COLUMNS = MOST_LAGS + 2 };

/* Least squares of y on columns: the normal equations by Cholesky's decomposition. */
typedef struct regression {
    int columns;
    size_t rows;
    double product[MOST_COLUMNS + 1][MOST_COLUMNS + 1]; /* the last row: with y */
    double coefficient[MOST_COLUMNS], squares;
    double last_t; /* of the last column */
} regression;

static void add_row(regression *r, const double *row)
{
    r->rows++;
    for (int a = 0; a <= r->columns; a++)
        for (int b = 0; b <= a; b++)
            r->product[a][b] += row[a] * row[b];
}

static void solve(regression *r)
{
    const int k = r->columns;
    for (int a = 0; a <= k; a++)
        for (int b = 0; b <= a; b++) {
            double sum = r->product[a][b];
            for (int c = 0; c < b; c++)
                sum -= r->product[a][c] * r->product[b][c];
            r->product[a][b] =
                b < a ? (r->product[b][b] > 0 ? sum / r->product[b][b] : 0) : sqrt(fmax(sum, 0));
        }
    r->squares = r->product[k][k] * r->product[k][k];
    for (int a = k - 1; a >= 0; a--) {
        double sum = r->product[k][a];
        for (int b = a + 1; b < k; b++)
            sum -= r->product[b][a] * r->coefficient[b];
        r->coefficient[a] = r->product[a][a] > 0 ? sum / r->product[a][a] : 0;
    }
    const double left = (double)r->rows - k;
    r->last_t = k > 0 ? r->product[k][k - 1] / sqrt(r->squares / left) : 0;
}

/* x less its value `lag` rows before, in row t. */
static double change(const double *x, size_t t, size_t lag)
{
    return x[t] - x[t - lag];
}

static double both(const double *x, size_t t, size_t period)
{
    return change(x, t, period) - change(x, t - 1, period);
}

/* The test's regression with `lags` lags; the first `given` rows that could be used are left out. */
static void fit_ocsb(const double *x, size_t n, size_t period, int lags, int given, regression *out)
{
    regression ar = {.columns = lags};
    const size_t begin = period + 1 + (size_t)(given > lags ? given : lags);
    double row[MOST_COLUMNS + 1];
    for (size_t t = begin; t < n; t++) {
        for (int k = 0; k < lags; k++)
            row[k] = both(x, t - 1 - (size_t)k, period);
        row[lags] = both(x, t, period);
        add_row(&ar, row);
    }
    solve(&ar);
    *out = (regression){.columns = lags + 2};
    for (size_t t = begin; t < n; t++) {
        double seasonal = change(x, t - 1, period), plain = change(x, t - period, 1);
        for (int k = 0; k < lags; k++) {
            row[k] = both(x, t - 1 - (size_t)k, period);
            seasonal -= ar.coefficient[k] * change(x, t - 2 - (size_t)k, period);
            plain -= ar.coefficient[k] * change(x, t - period - 1 - (size_t)k, 1);
        }
        row[lags] = seasonal;
        row[lags + 1] = plain;
        row[lags + 2] = both(x, t, period);
        add_row(out, row);
    }
    solve(out);
}

int fc_ocsb(const double *x, size_t n, int period, bool *difference, nn_error *error)
{
    *difference = false;
    if (period < 2 || n < 2 * (size_t)period + 8)
        return nn_fail(error, NN_BAD_DATA, "%zu values are too few to test a season of %d", n, period);
    int best = 1;
    double least = HUGE_VAL;
    regression r;
    for (int lags = 1; lags <= MOST_LAGS; lags++) {
        fit_ocsb(x, n, (size_t)period, lags, MOST_LAGS, &r);
        const double rows = (double)r.rows, criterion = rows * log(r.squares / rows) + 2 * (r.columns + 1);
        if (criterion < least) {
            least = criterion;
            best = lags;
        }
    }
    fit_ocsb(x, n, (size_t)period, best - 1, best - 1, &r);
    const double from = log(period) - .7656451;
    const double critical = -.2937411 * exp(-.2850853 * from - .05983644 * from * from) - 1.652202;
    *difference = r.last_t > critical;
    return NN_OK;
}
