/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The strategy by sign of forecast/skill.h, and the bootstrap of its Sharpe ratio. */
#include "datasets/series/quantile.h"
#include "forecast/statistics/skill.h"

#include <float.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

const fc_strategy_settings fc_strategy_defaults = {
    .cost = 5e-4, .periods_per_year = 252, .level = 0.95, .resamples = 2000, .seed = 1};

static int check_settings(const fc_strategy_settings *s, nn_error *error)
{
    if (!(s->cost >= 0 && s->cost < 1))
        return nn_fail(error, NN_USAGE, "a cost of %g per side is not in [0, 1)", s->cost);
    if (!(s->periods_per_year > 0 && isfinite(s->periods_per_year)))
        return nn_fail(error, NN_USAGE, "%g periods per year are not above 0", s->periods_per_year);
    if (!(s->level > 0 && s->level < 1))
        return nn_fail(error, NN_USAGE, "an interval's level of %g is not between 0 and 1", s->level);
    if (s->resamples < 1 || s->resamples > 1000000)
        return nn_fail(error, NN_USAGE, "%zu resamples are not 1 to 1000000", s->resamples);
    return NN_OK;
}

/* --- Sharpe ratio --- */

/* From sums of deviations from `centre`; constant returns vary by their rounding alone. */
static double ratio(double centre, double sum, double squares, double count, double periods_per_year)
{
    double shift = sum / count, mean = centre + shift;
    double deviation = sqrt(fmax(0, (squares - sum * shift) / (count - 1)));
    if (!(deviation > 8 * DBL_EPSILON * fmax(fabs(centre), fabs(mean))))
        return NAN;
    return mean / deviation * sqrt(periods_per_year);
}

static size_t mean_of_known(const double *returns, size_t count, double *mean)
{
    double sum = 0;
    size_t n = 0;
    for (size_t t = 0; t < count; t++)
        if (!isnan(returns[t])) {
            sum += returns[t];
            n++;
        }
    *mean = n ? sum / (double)n : NAN;
    return n;
}

double fc_sharpe(const double *returns, size_t count, double periods_per_year)
{
    double mean, sum = 0, squares = 0;
    size_t n = mean_of_known(returns, count, &mean);
    if (n < 2)
        return NAN;
    for (size_t t = 0; t < count; t++)
        if (!isnan(returns[t])) {
            sum += returns[t] - mean;
            squares += (returns[t] - mean) * (returns[t] - mean);
        }
    return ratio(mean, sum, squares, (double)n, periods_per_year);
}

/* --- bootstrap --- */

/* Running sums over the known returns less their mean, so that a block of any length costs two look-ups. */
typedef struct running {
    double *sum, *square; /* n + 1 each: of the first t */
    double mean;
    size_t n;
} running;

static int running_make(running *r, const double *returns, size_t count, nn_error *error)
{
    r->n = mean_of_known(returns, count, &r->mean);
    r->sum = calloc(r->n + 1, sizeof *r->sum);
    r->square = calloc(r->n + 1, sizeof *r->square);
    if (!r->sum || !r->square)
        return nn_fail(error, NN_FAILED, "no memory for a bootstrap of %zu periods", r->n);
    for (size_t t = 0, i = 0; t < count; t++)
        if (!isnan(returns[t])) {
            double d = returns[t] - r->mean;
            r->sum[i + 1] = r->sum[i] + d;
            r->square[i + 1] = r->square[i] + d * d;
            i++;
        }
    return NN_OK;
}

/* Over `length` <= n entries from `start` on, around the end. */
static double around(const double *sums, size_t n, size_t start, size_t length)
{
    size_t end = start + length;
    return end <= n ? sums[end] - sums[start] : sums[n] - sums[start] + sums[end - n];
}

static double resample(const running *r, size_t block, double periods_per_year, const gsl_rng *generator)
{
    double sum = 0, square = 0;
    for (size_t taken = 0; taken < r->n; taken += block) {
        size_t length = block < r->n - taken ? block : r->n - taken;
        size_t start = (size_t)(gsl_rng_uniform(generator) * (double)r->n);
        sum += around(r->sum, r->n, start, length);
        square += around(r->square, r->n, start, length);
    }
    return ratio(r->mean, sum, square, (double)r->n, periods_per_year);
}

/* Ratios of the resamples that have one; returns their number. */
static size_t resample_all(double *ratios, const running *r, const fc_strategy_settings *s,
                           const gsl_rng *generator)
{
    size_t block = s->block ? s->block : (size_t)ceil(cbrt((double)r->n)), defined = 0;
    if (block > r->n)
        block = r->n;
    for (size_t i = 0; i < s->resamples; i++) {
        ratios[defined] = resample(r, block, s->periods_per_year, generator);
        defined += !isnan(ratios[defined]);
    }
    return defined;
}

int fc_sharpe_interval(double *low, double *high, const double *returns, size_t count,
                       const fc_strategy_settings *settings, nn_error *error)
{
    const fc_strategy_settings *s = settings ? settings : &fc_strategy_defaults;
    *low = *high = NAN;
    int status = check_settings(s, error);
    if (status || !isfinite(fc_sharpe(returns, count, s->periods_per_year)))
        return status;
    /* Its state lies in our own memory, for gsl_rng_alloc ends the program when there is none. */
    gsl_rng generator = {gsl_rng_mt19937, malloc(gsl_rng_mt19937->size)};
    double *ratios = calloc(s->resamples, sizeof *ratios);
    running r = {0};
    status = running_make(&r, returns, count, error);
    if (status == NN_OK && (!generator.state || !ratios))
        status = nn_fail(error, NN_FAILED, "no memory for a bootstrap");
    if (status == NN_OK) {
        gsl_rng_set(&generator, s->seed);
        size_t defined = resample_all(ratios, &r, s, &generator);
        if (defined >= s->resamples / 2 + 1) {
            *low = ds_quantile(ratios, defined, (1 - s->level) / 2);
            *high = ds_quantile(ratios, defined, (1 + s->level) / 2);
        }
    }
    free(generator.state);
    free(ratios);
    free(r.sum);
    free(r.square);
    return status;
}

/* --- strategy --- */

/* Fills the net returns of the periods that are known; returns their number. position: of the next period, by
 * its forecast. */
typedef struct account {
    double *net;
    size_t periods;
    double gross, sides, position, cost;
} account;

static void trade(account *a, double position, double realised)
{
    double sides = fabs(position - a->position);
    a->gross += position * realised;
    a->sides += sides;
    a->net[a->periods++] = position * realised - sides * a->cost;
    a->position = position;
}

static void close_position(account *a)
{
    double sides = fabs(a->position);
    if (a->periods == 0)
        return;
    a->sides += sides;
    a->net[a->periods - 1] -= sides * a->cost;
    a->position = 0;
}

/* forecast NULL: always long. */
static void run_account(account *a, const double *forecast, const double *mask, const double *realised,
                        size_t count)
{
    for (size_t t = 0; t < count; t++)
        if (!isnan(mask[t]) && !isnan(realised[t]))
            trade(a, forecast ? (double)((forecast[t] > 0) - (forecast[t] < 0)) : 1, realised[t]);
    close_position(a);
}

int fc_sign_strategy(fc_strategy *strategy, const double *forecast, const double *realised, size_t count,
                     const fc_strategy_settings *settings, nn_error *error)
{
    const fc_strategy_settings *s = settings ? settings : &fc_strategy_defaults;
    *strategy = (fc_strategy){0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    int status = check_settings(s, error);
    if (status)
        return status;
    double *net = calloc(count + (count == 0), sizeof *net);
    if (!net)
        return nn_fail(error, NN_FAILED, "no memory for the returns of %zu periods", count);
    account a = {.net = net, .cost = s->cost};
    run_account(&a, NULL, forecast, realised, count);
    mean_of_known(net, a.periods, &strategy->hold);
    strategy->hold_sharpe = fc_sharpe(net, a.periods, s->periods_per_year);
    a = (account){.net = net, .cost = s->cost};
    run_account(&a, forecast, forecast, realised, count);
    strategy->periods = a.periods;
    if (a.periods) {
        strategy->gross = a.gross / (double)a.periods;
        strategy->turnover = a.sides / (double)a.periods;
        strategy->break_even = a.sides > 0 ? a.gross / a.sides : NAN;
        mean_of_known(net, a.periods, &strategy->net);
        strategy->sharpe = fc_sharpe(net, a.periods, s->periods_per_year);
        status = fc_sharpe_interval(&strategy->sharpe_low, &strategy->sharpe_high, net, a.periods, s, error);
    }
    free(net);
    return status;
}
