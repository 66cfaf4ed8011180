/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlations over lags by sums over the training rows, and the columns chosen by them. */
#include "datasets/series/correlate.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(ds_correlate_settings, name)
const nn_option ds_correlate_options[] = {
    {"method", 0, NN_CHOICE, FIELD(method), "pearson", "pearson|spearman", 0, 0,
     "correlation of values, or of their ranks"},
    {"lags", 0, NN_INT, FIELD(lags), "5", "N", 0, DS_MOST_LAG, "rows that a column may lead by, at most"},
    {"by", 0, NN_CHOICE, FIELD(by), "any", "any|same|past", 0, 0,
     "lags that choose: any of them, 0 alone (as published), or 1 and more, which alone can forecast"},
    {"threshold", 0, NN_REAL, FIELD(threshold), "0.6", "RHO", 0, 1,
     "least size of a correlation to choose by"},
    {"top", 0, NN_INT, FIELD(top), "3", "N", 0, 1000000, "columns to choose at most"},
    {0}};

typedef struct pairs {
    double *x, *y, *work; /* rows, rows, 2 rows */
    size_t count;
} pairs;

static bool known(const ds_table *t, size_t row, int column, double *value)
{
    const size_t at = row * (size_t)t->columns + (size_t)column;
    *value = t->values[at];
    return isfinite(*value) && !(t->filled && t->filled[at]);
}

static void collect(pairs *p, const ds_table *t, int base, int column, size_t lag, ds_part part)
{
    double x, y;
    p->count = 0;
    for (size_t r = part.begin + lag; r < part.end; r++)
        if (known(t, r, base, &y) && known(t, r - lag, column, &x)) {
            p->x[p->count] = x;
            p->y[p->count++] = y;
        }
}

static bool is_constant(const double *values, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (values[i] != values[0])
            return false;
    return true;
}

/* Squares of values beyond these sizes are 0 or infinite; a power of two changes no digit of a correlation.
 */
static void bring_into_reach(double *values, size_t count)
{
    int exponent;
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs(values[i]));
    if (most == 0 || (most > 1e-100 && most < 1e100))
        return;
    frexp(most, &exponent);
    for (size_t i = 0; i < count; i++)
        values[i] = ldexp(values[i], -exponent);
}

static double correlation(pairs *p, int spearman)
{
    if (p->count < 3 || is_constant(p->x, p->count) || is_constant(p->y, p->count))
        return NAN;
    bring_into_reach(p->x, p->count);
    bring_into_reach(p->y, p->count);
    return spearman ? gsl_stats_spearman(p->x, 1, p->y, 1, p->count, p->work)
                    : gsl_stats_correlation(p->x, 1, p->y, 1, p->count);
}

static bool chooses(int lag, int by)
{
    return by == DS_LAGS_ANY || (by == DS_LAGS_SAME) == (lag == 0);
}

static double score(const ds_correlations *c, int i)
{
    return c->best_lag[i] < 0 ? -1 : fabs(c->rho[(size_t)i * ((size_t)c->lags + 1) + (size_t)c->best_lag[i]]);
}

static void find_best(ds_correlations *c, int i, int by)
{
    const double *rho = c->rho + (size_t)i * ((size_t)c->lags + 1);
    c->best_lag[i] = -1;
    for (int lag = 0; lag <= c->lags; lag++)
        if (chooses(lag, by) && !isnan(rho[lag]) && fabs(rho[lag]) > score(c, i))
            c->best_lag[i] = lag;
    for (int lag = 1; lag <= c->lags; lag++) {
        c->beyond += fabs(rho[lag]) > c->bound;
        c->lagged += !isnan(rho[lag]);
    }
}

static void choose(ds_correlations *c, const ds_correlate_settings *s)
{
    for (int taken = 0; taken < s->top; taken++) {
        int best = -1;
        for (int i = 0; i < c->count; i++)
            if (!c->chosen[i] && c->best_lag[i] >= 0 && score(c, i) >= s->threshold &&
                (best < 0 || score(c, i) > score(c, best)))
                best = i;
        if (best < 0)
            return;
        c->chosen[best] = true;
    }
}

static ds_correlations *allocate(const ds_table *table, int base, size_t rows, int lags, pairs *p)
{
    ds_correlations *c = calloc(1, sizeof *c);
    const size_t n = (size_t)table->columns;
    *p = (pairs){malloc((rows + 1) * sizeof(double)), malloc((rows + 1) * sizeof(double)),
                 malloc((2 * rows + 1) * sizeof(double)), 0};
    if (!c)
        return NULL;
    *c = (ds_correlations){.base = base, .lags = lags, .rows = rows, .bound = 2 / sqrt((double)rows)};
    c->column = calloc(n, sizeof *c->column);
    c->rho = calloc(n * ((size_t)lags + 1), sizeof *c->rho);
    c->best_lag = calloc(n, sizeof *c->best_lag);
    c->chosen = calloc(n, sizeof *c->chosen);
    return c;
}

int ds_correlate(ds_correlations **out, const ds_table *table, int base, ds_part part,
                 const ds_correlate_settings *settings, nn_error *error)
{
    const size_t rows = part.end - part.begin;
    *out = NULL;
    if (rows < (size_t)settings->lags + 3)
        return nn_fail(error, NN_BAD_DATA,
                       "%s: %zu training rows are too few for correlations at lags up to %d", table->path,
                       rows, settings->lags);
    pairs p;
    ds_correlations *c = allocate(table, base, rows, settings->lags, &p);
    int code = c && c->column && c->rho && c->best_lag && c->chosen && p.x && p.y && p.work
                   ? NN_OK
                   : nn_fail(error, NN_FAILED, "no memory for correlations of %zu rows", rows);
    for (int j = 0; j < table->columns && !code; j++) {
        if (j == base)
            continue;
        const int i = c->count++;
        c->column[i] = j;
        for (int lag = 0; lag <= c->lags; lag++) {
            collect(&p, table, base, j, (size_t)lag, part);
            c->rho[(size_t)i * ((size_t)c->lags + 1) + (size_t)lag] = correlation(&p, settings->method);
        }
        find_best(c, i, settings->by);
    }
    free(p.x);
    free(p.y);
    free(p.work);
    if (code) {
        ds_correlations_free(c);
        return code;
    }
    choose(c, settings);
    c->noise = c->lagged > 0 && c->beyond == 0;
    *out = c;
    return NN_OK;
}

void ds_correlations_free(ds_correlations *c)
{
    if (!c)
        return;
    free(c->column);
    free(c->rho);
    free(c->best_lag);
    free(c->chosen);
    free(c);
}

int ds_select_columns(int *columns, int *count, const ds_table *table, const uint8_t *is_base, ds_part part,
                      const ds_correlate_settings *settings, nn_error *error)
{
    bool *wanted = calloc((size_t)table->columns, sizeof *wanted);
    int code = wanted ? NN_OK : nn_no_memory(error);
    for (int b = 0; b < table->columns && !code; b++) {
        ds_correlations *c;
        if (!is_base[b])
            continue;
        wanted[b] = true;
        code = ds_correlate(&c, table, b, part, settings, error);
        for (int i = 0; !code && i < c->count; i++)
            wanted[c->column[i]] |= c->chosen[i];
        if (!code)
            ds_correlations_free(c);
    }
    *count = 0;
    for (int j = 0; j < table->columns && !code; j++)
        if (wanted[j])
            columns[(*count)++] = j;
    free(wanted);
    return code;
}
