/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean, spread, extremes and known values of one column. */
#include "datasets/series/describe.h"

#include "datasets/series/period.h"
#include "datasets/series/quantile.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

size_t ds_column_known(const ds_table *table, ds_part part, int column, double *values)
{
    size_t n = 0;
    for (size_t r = part.begin; r < part.end; r++) {
        const size_t i = r * (size_t)table->columns + (size_t)column;
        if (!isnan(table->values[i]) && !(table->filled && table->filled[i]))
            values[n++] = table->values[i];
    }
    return n;
}

bool ds_column_series(const ds_table *t, ds_part part, int column, double *out)
{
    const size_t rows = part.end - part.begin;
    size_t known = SIZE_MAX;
    for (size_t r = 0; r < rows; r++) {
        out[r] = t->values[(part.begin + r) * (size_t)t->columns + (size_t)column];
        if (isnan(out[r]))
            continue;
        const size_t from = known == SIZE_MAX ? 0 : known + 1;
        const double before = known == SIZE_MAX ? out[r] : out[known];
        for (size_t k = from; k < r; k++)
            out[k] = before + (out[r] - before) * ((double)(k + 1 - from) / (double)(r + 1 - from));
        known = r;
    }
    for (size_t r = known + 1; known != SIZE_MAX && r < rows; r++)
        out[r] = out[known];
    return known != SIZE_MAX;
}

/* Of values whose squares are beyond what a double holds, or below. */
static double deviation_of_extremes(const double *values, size_t n, double mean, double largest)
{
    double square = 0;
    for (size_t i = 0; i < n; i++) {
        const double part = values[i] / largest - mean / largest;
        square += part * part;
    }
    return largest * sqrt(square / (double)n);
}

static void summarise(double *values, size_t n, ds_column_summary *s)
{
    s->mean = gsl_stats_mean(values, 1, n);
    s->deviation = sqrt(gsl_stats_variance_with_fixed_mean(values, 1, n, s->mean));
    gsl_stats_minmax(&s->least, &s->most, values, 1, n);
    const double largest = fmax(fabs(s->least), fabs(s->most));
    if (largest > 1e150 || (largest < 1e-150 && largest > 0))
        s->deviation = deviation_of_extremes(values, n, s->mean, largest);
    if (s->least == s->most) { /* without what rounding leaves of nothing */
        s->mean = s->least;
        s->deviation = 0;
    }
    s->lower = ds_quantile(values, n, 0.25);
    s->median = ds_quantile(values, n, 0.5);
    s->upper = ds_quantile(values, n, 0.75);
}

int ds_describe_column(const ds_table *table, int column, ds_column_summary *summary, nn_error *error)
{
    *summary = (ds_column_summary){0};
    double *values =
        table->rows < SIZE_MAX / sizeof *values ? malloc((table->rows + 1) * sizeof *values) : NULL;
    if (!values)
        return nn_fail(error, NN_FAILED, "no memory to describe %zu rows", table->rows);
    int code = NN_OK;
    summary->count = ds_column_known(table, (ds_part){0, table->rows}, column, values);
    summary->missing = table->rows - summary->count;
    if (summary->count > 0)
        summarise(values, summary->count, summary);
    if (summary->count > 1 && summary->deviation > 0 && isfinite(summary->deviation)) {
        (void)ds_column_series(table, (ds_part){0, table->rows}, column, values);
        summary->lag1 = gsl_stats_lag1_autocorrelation(values, 1, table->rows);
        code = ds_period_find(values, table->rows, &summary->period, &summary->period_share, error);
    }
    free(values);
    return code;
}
