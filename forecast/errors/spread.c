/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes and quantiles of errors by target and group of steps. */
#include "forecast/errors/spread.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

/* The shares whose quantiles are kept; between them they are joined by lines. */
static const double share_at[FC_SPREAD_SHARES] = {
    .002, .005, .01, .015, .025, .04, .05, .075, .1,   .15, .2,  .25,  .3,   .35, .4,   .45, .5,
    .55,  .6,   .65, .7,   .75,  .8,  .85, .9,   .925, .95, .96, .975, .985, .99, .995, .998};
enum { MANY = 100 /* origins: steps have groups of their own */, MOST_TABLES = 64, MOST_VALUES = 3000 };
/* Origins that Student's t counts for, values that the steps of the series count for, and the error of a
 * forecast one step ahead beside such a step. */
static const double prior_origins = 10, freedom = 5, prior_values = 10, prior_size = .8;

/* To as many digits as errors tell, so that a model's file need hold no more. */
static double rounded(double value)
{
    if (!(fabs(value) > 0) || !isfinite(value))
        return value;
    const double place = 5 - floor(log10(fabs(value))), unit = pow(10, fabs(place));
    if (fabs(place) > 300)
        return value;
    return place < 0 ? round(value / unit) * unit : round(value * unit) / unit;
}

static double student(double share)
{
    return gsl_cdf_tdist_Pinv(fmin(fmax(share, 1e-6), 1 - 1e-6), freedom);
}

/* --- groups of steps --- */

/* Of one step at first, then of more, up to a twelfth of the horizon. */
static int next_end(int end, int horizon)
{
    const int more = end / 2 < horizon / 12 ? end / 2 : horizon / 12, next = end + (more > 1 ? more : 1);
    return next < horizon ? next : horizon;
}

static int make_groups(fc_spread *s, bool fine)
{
    const int horizon = s->horizon, thirds = horizon < 3 ? horizon : 3;
    int end = 0;
    s->last = calloc((size_t)horizon + 1, sizeof *s->last);
    if (!s->last)
        return NN_FAILED;
    for (int g = 1; g <= thirds && !fine; g++)
        s->last[s->groups++] = horizon * g / thirds;
    while (fine && end < horizon)
        s->last[s->groups++] = end = next_end(end, horizon);
    return NN_OK;
}

static int group_of(const fc_spread *s, int step)
{
    int g = 0;
    while (g < s->groups - 1 && step > s->last[g])
        g++;
    return g;
}

static double middle_of(const fc_spread *s, int g)
{
    return .5 * (s->last[g] + (g ? s->last[g - 1] : 0) + 1);
}

/* --- learning --- */

typedef struct learning {
    const fc_residuals *from;
    fc_spread *to;
    double *value;  /* of one target and group, or of one group of all targets */
    double *pooled; /* FC_SPREAD_SHARES: of the group in hand */
} learning;

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Errors of target k in group g, in steps to the power of growth; every `each`-th. */
static size_t collect(const learning *l, int k, int g, size_t each, double divisor, double *out)
{
    const fc_residuals *r = l->from;
    const fc_spread *s = l->to;
    const size_t targets = (size_t)r->targets, cells = targets * (size_t)r->horizon;
    size_t count = 0, seen = 0;
    for (size_t o = 0; o < r->origins; o++)
        for (int h = g ? s->last[g - 1] : 0; h < s->last[g]; h++) {
            const double e = (double)r->error[o * cells + (size_t)h * targets + (size_t)k];
            if (isnan(e) || seen++ % each)
                continue;
            out[count++] = e / (pow(h + 1, s->growth) * divisor);
        }
    return count;
}

/* Origins whose errors are their own: those of windows that share no row are. */
static double origins_of(const learning *l, int g)
{
    const fc_residuals *r = l->from;
    if (r->origins == 0)
        return 0;
    const double apart = (double)(r->row[r->origins - 1] - r->row[0]) / l->to->last[g] + 1;
    return fmin(apart, (double)r->origins);
}

static void learn_size(const learning *l, int k, int g)
{
    const fc_spread *s = l->to;
    const double step = l->from->step[k];
    const size_t count = collect(l, k, g, 1, 1, l->value);
    const double prior = prior_size * step * pow(s->growth > 0 ? 1 : s->last[g], .5);
    double sum = 0, weight = 0;
    for (size_t i = 0; i < count; i++)
        sum += l->value[i] * l->value[i];
    if (!(count >= 3 && sum <= 1e-18 * (double)count * step * step) && step >= 0 &&
        (s->growth > 0 || count == 0)) {
        sum += prior_values * prior * prior;
        weight = prior_values;
    }
    const double cells = (double)count + weight, size = sqrt(sum / cells);
    s->size[k * s->groups + g] = cells > 0 ? (size > 1e-9 * step ? rounded(size) : 0) : NAN;
}

/* Quantiles of sorted values, as far out as `origins` and one to come make them, leaning on `prior`. */
static void learn_quantiles(double *out, const double *sorted, size_t count, double origins,
                            const double *prior)
{
    for (int i = 0; i < FC_SPREAD_SHARES; i++) {
        const double out_by = origins > 0 ? (origins + 1) / origins : 1;
        const double at =
            fmin(fmax(.5 + (share_at[i] - .5) * out_by, 0), 1) * (double)(count ? count - 1 : 0);
        const size_t low = (size_t)at, high = low + 1 < count ? low + 1 : low;
        const double own = count ? sorted[low] + (at - (double)low) * (sorted[high] - sorted[low]) : 0,
                     weight = count ? origins : 0, base = prior ? prior[i] : student(share_at[i]);
        out[i] = rounded((weight * own + prior_origins * base) / (weight + prior_origins));
    }
}

static size_t every(const learning *l, int g, size_t targets)
{
    const size_t steps = (size_t)(l->to->last[g] - (g ? l->to->last[g - 1] : 0));
    return l->from->origins * steps * targets / MOST_VALUES + 1;
}

static void learn_group(const learning *l, int g)
{
    const fc_spread *s = l->to;
    size_t count = 0;
    double known = 0;
    for (int k = 0; k < s->targets; k++) {
        learn_size(l, k, g);
        const double size = s->size[k * s->groups + g];
        known += size > 0;
    }
    const size_t each = every(l, g, (size_t)known), own = every(l, g, 1);
    for (int k = 0; k < s->targets; k++)
        if (s->size[k * s->groups + g] > 0)
            count += collect(l, k, g, each, s->size[k * s->groups + g], l->value + count);
    qsort(l->value, count, sizeof *l->value, by_size);
    learn_quantiles(l->pooled, l->value, count, origins_of(l, g) * sqrt(known), NULL);
    for (int t = 0; t < s->tables; t++) {
        double *to = s->quantile + ((size_t)t * (size_t)s->groups + (size_t)g) * FC_SPREAD_SHARES;
        const double size = s->size[t * s->groups + g];
        count = s->tables > 1 && size > 0 ? collect(l, t, g, own, size, l->value) : 0;
        qsort(l->value, count, sizeof *l->value, by_size);
        learn_quantiles(to, l->value, count, s->tables > 1 ? origins_of(l, g) : 0, l->pooled);
    }
}

/* Room for the values of one target and group, or some of all targets. */
static size_t room_of(const learning *l)
{
    const size_t own = l->from->origins * (size_t)l->from->horizon,
                 all = 2 * MOST_VALUES + (size_t)l->from->targets * 2;
    return (own > all ? own : all) + 1;
}

int fc_spread_learn(fc_spread **out, const fc_residuals *r, nn_error *error)
{
    const bool fine = r->origins >= MANY;
    fc_spread *s = *out = calloc(1, sizeof *s);
    if (!s)
        return nn_no_memory(error);
    *s = (fc_spread){.targets = r->targets,
                     .horizon = r->horizon,
                     .tables = fine && r->targets <= MOST_TABLES ? r->targets : 1,
                     .growth = fine ? 0 : .5,
                     .logs = r->logs,
                     .origins = (int)r->origins};
    learning l = {.from = r, .to = s};
    int code = make_groups(s, fine);
    s->size = calloc((size_t)(s->targets * s->groups) + 1, sizeof *s->size);
    s->quantile = calloc((size_t)(s->tables * s->groups) * FC_SPREAD_SHARES + 1, sizeof *s->quantile);
    l.value = malloc(room_of(&l) * sizeof *l.value);
    l.pooled = malloc(FC_SPREAD_SHARES * sizeof *l.pooled);
    if (code || !s->size || !s->quantile || !l.value || !l.pooled)
        code = nn_no_memory(error);
    for (int g = 0; g < s->groups && !code; g++)
        learn_group(&l, g);
    free(l.value);
    free(l.pooled);
    if (code) {
        fc_spread_free(s);
        *out = NULL;
    }
    return code;
}

/* --- asking --- */

double fc_spread_size(const fc_spread *s, int k, int step)
{
    const int at = step < s->horizon ? step : s->horizon, g = group_of(s, at);
    const double *size = s->size + k * s->groups, middle = middle_of(s, g);
    const int other = at < middle ? g - 1 : g + 1;
    double here = size[g];
    if (other >= 0 && other < s->groups && !isnan(size[other]))
        here += (size[other] - size[g]) * (at - middle) / (middle_of(s, other) - middle);
    return here * pow(at, s->growth) * sqrt((double)step / at);
}

static double quantile_at(const double *quantile, double share)
{
    enum { LAST = FC_SPREAD_SHARES - 1 };
    int i = 0;
    if (share < share_at[0])
        return fmin(quantile[0] * student(share) / student(share_at[0]), quantile[0]);
    if (share > share_at[LAST])
        return fmax(quantile[LAST] * student(share) / student(share_at[LAST]), quantile[LAST]);
    while (i < LAST - 1 && share > share_at[i + 1])
        i++;
    return quantile[i] +
           (quantile[i + 1] - quantile[i]) * (share - share_at[i]) / (share_at[i + 1] - share_at[i]);
}

double fc_spread_offset(const fc_spread *s, int k, int step, double share)
{
    const int g = group_of(s, step < s->horizon ? step : s->horizon);
    const size_t table = s->tables > 1 ? (size_t)k : 0;
    return fc_spread_size(s, k, step) *
           quantile_at(s->quantile + (table * (size_t)s->groups + (size_t)g) * FC_SPREAD_SHARES, share);
}

double fc_spread_put(const fc_spread *s, int k, int step, double share, double forecast)
{
    const double offset = fc_spread_offset(s, k, step, share);
    return s->logs ? forecast * exp(offset) : forecast + offset;
}

void fc_spread_free(fc_spread *s)
{
    if (s)
        fc_fields_clear(fc_spread_fields, s);
    free(s);
}

/* --- in a model's file --- */

static size_t groups_of(const void *state)
{
    return (size_t)((const fc_spread *)state)->groups;
}

static size_t sizes_of(const void *state)
{
    const fc_spread *s = state;
    return (size_t)s->targets * (size_t)s->groups;
}

static size_t quantiles_of(const void *state)
{
    const fc_spread *s = state;
    return (size_t)s->tables * (size_t)s->groups * FC_SPREAD_SHARES;
}

int fc_spread_check(const fc_spread *s, nn_error *error)
{
    bool fits = (s->tables == 1 || s->tables == s->targets) && s->groups <= s->horizon;
    for (int g = 0; g < s->groups && fits; g++)
        fits = s->last[g] > (g ? s->last[g - 1] : 0);
    return fits && s->last[s->groups - 1] == s->horizon
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA, "what it says of the size of errors does not fit together");
}

#define AT(name) .offset = offsetof(fc_spread, name)
const fc_field fc_spread_fields[] = {
    {"targets", FC_NUMBER, FC_HERE, AT(targets), .least = 1, .most = 1000000},
    {"horizon", FC_NUMBER, FC_HERE, AT(horizon), .least = 1, .most = 1000000},
    {"groups", FC_NUMBER, FC_HERE, AT(groups), .least = 1, .most = 1000},
    {"tables", FC_NUMBER, FC_HERE, AT(tables), .least = 1, .most = 1000000},
    {"origins", FC_NUMBER, FC_HERE, AT(origins), .least = 0, .most = 1000000},
    {"logarithms", FC_FLAG, FC_HERE, AT(logs)},
    {"growth", FC_REAL, FC_HERE | FC_NOT_NEGATIVE, AT(growth), .most = 10},
    {"steps", FC_NUMBER, FC_MANY, AT(last), .count = groups_of, .least = 1, .most = 1000000},
    {"size", FC_REAL, FC_MANY | FC_NULLABLE | FC_NOT_NEGATIVE, AT(size), .count = sizes_of},
    {"quantile", FC_REAL, FC_MANY, AT(quantile), .count = quantiles_of},
    {0}};
