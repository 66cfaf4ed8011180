/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decides on the mixture of a series' candidates by their errors at the origins. */
#include "forecast/forecasters/choice/choice.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A mixture may be worse than the best naive forecast by this. */
static const double tolerance = 1.02;
/* A share falls with the error to this power (of brief series to the second), as the weights of Bates &
 * Granger (1969) do with its square. What the series of a file have in common counts for so many horizons of
 * each, and where its mixture is held to the naive forecasts for more. Chosen on made-up files and on folds
 * of histories. */
static const double power = 4, brief_power = 2, others_score = 3, others_held = 6;
/* Parts of less than this are left out. */
static const double least_share = .02;

/* --- errors at the origins --- */

typedef struct score {
    double sum;
    size_t count;
} score;

/* What is looked at: origins but one (-1: all), and their steps before a row. */
typedef struct sight {
    int without;
    size_t before;
} sight;
static const sight everything = {-1, SIZE_MAX};

static int steps_of(const fc_trial *t, int origin, sight of)
{
    const int steps = fc_trial_steps(t, origin);
    if (origin == of.without || of.before <= t->origin[origin])
        return 0;
    const size_t most = of.before - t->origin[origin];
    return most < (size_t)steps ? (int)most : steps;
}

/* Adds what forecasts (horizon) err at one origin. */
static void add_errors(score *s, const fc_trial *t, int origin, sight of, const double *forecast)
{
    const double *truth = t->truth + t->origin[origin];
    const int steps = steps_of(t, origin, of);
    for (int h = 0; h < steps; h++) {
        const double e = truth[h] - forecast[h];
        if (isnan(e))
            continue;
        s->sum += t->squares ? e * e : fabs(e);
        s->count++;
    }
}

static double error_of(const fc_trial *t, const score *s)
{
    const double mean = s->count ? s->sum / (double)s->count : NAN;
    return t->squares ? sqrt(mean) : mean;
}

/* Of forecasts (origins x horizon); at: origins, or NULL. */
static double errors_of(const fc_trial *t, const double *forecasts, sight of, double *at)
{
    score all = {0};
    for (int o = 0; o < t->origins; o++) {
        if (o == of.without)
            continue;
        score here = {0};
        add_errors(&here, t, o, of, forecasts + (size_t)o * (size_t)t->horizon);
        all.sum += here.sum;
        all.count += here.count;
        if (at)
            at[o] = error_of(t, &here);
    }
    return error_of(t, &all);
}

/* The logarithm of an error by that of the best naive forecast; NaN where that says nothing. */
static double beside(double error, double naive)
{
    return error > 0 && naive > 0 ? log(error / naive) : NAN;
}

static double beside_naive(const fc_trial *t, double error)
{
    return beside(error, t->candidate[t->naive].error);
}

/* Whole horizons that are seen. */
static double horizons_of(const fc_trial *t, sight of)
{
    double steps = 0;
    for (int o = 0; o < t->origins; o++)
        steps += steps_of(t, o, of);
    return steps / t->horizon;
}

/* The naive one of the least error; the last behind is the slowest season. */
static int best_naive(const fc_trial *t)
{
    int best = 0;
    for (int c = 1; c < t->count; c++)
        if (t->candidate[c].naive && (t->candidate[c].error < t->candidate[best].error ||
                                      (isnan(t->candidate[best].error) && t->candidate[c].season > 1 &&
                                       t->strip.rows >= (size_t)t->candidate[c].season)))
            best = c;
    return best;
}

static void score_trial(fc_trial *t)
{
    for (int c = 0; c < t->count; c++)
        t->candidate[c].error = errors_of(t, fc_trial_at(t, c, 0), everything, t->candidate[c].at);
    t->naive = t->count ? best_naive(t) : 0;
}

/* --- what the series have in common --- */

/* Means over the series, by kind of candidate. */
typedef struct common {
    int kinds;
    const fc_named *of[2 * FC_CANDIDATES];
    bool seasonal[2 * FC_CANDIDATES];
    double sum[2 * FC_CANDIDATES], count[2 * FC_CANDIDATES];
    int series;
} common;

static int kind_of(const common *all, const fc_candidate *c)
{
    int i = 0;
    while (i < all->kinds && (all->of[i] != c->of || all->seasonal[i] != (c->season > 1)))
        i++;
    return i;
}

static void gather(common *all, const fc_trial *trials, int count)
{
    *all = (common){0};
    for (int n = 0; n < count; n++) {
        if (trials[n].code)
            continue;
        all->series += trials[n].count > 0;
        for (int c = 0; c < trials[n].count; c++) {
            const fc_candidate *one = &trials[n].candidate[c];
            const double own = beside_naive(&trials[n], one->error);
            const int kind = kind_of(all, one);
            if (isnan(own) || kind == 2 * FC_CANDIDATES)
                continue;
            all->kinds += kind == all->kinds;
            all->of[kind] = one->of;
            all->seasonal[kind] = one->season > 1;
            all->sum[kind] += own;
            all->count[kind]++;
        }
    }
}

/* own, of some horizons, drawn to the mean over all series as far as there are others. */
static double draw(double own, double horizons, double mean, double others, int series)
{
    const double weight = series > 1 ? others * (1 - 1. / series) : 0;
    return (horizons * own + weight * mean) / (horizons + weight);
}

/* --- the mixture --- */

static void take_alone(const fc_trial *t, int candidate, double *share)
{
    for (int c = 0; c < t->count; c++)
        share[c] = c == candidate;
}

/* Shares that sum to 1, without the least ones. */
static void tidy(const fc_trial *t, double *share)
{
    double sum = 0, left = 0;
    for (int c = 0; c < t->count; c++)
        sum += share[c];
    for (int c = 0; c < t->count; c++) {
        share[c] = share[c] < least_share * sum ? 0 : share[c];
        left += share[c];
    }
    for (int c = 0; c < t->count; c++)
        share[c] /= left;
}

/* Without evidence all but the naive ones alike, else the naive one. */
static void share_alike(const fc_trial *t, double *share)
{
    bool any = false;
    for (int c = 0; c < t->count; c++) {
        share[c] = !t->candidate[c].naive;
        any |= !t->candidate[c].naive;
    }
    if (any)
        tidy(t, share);
    else
        take_alone(t, t->naive, share);
}

/* Shares by the errors that are seen; count of each. */
static void share_out(const fc_trial *t, const common *all, sight of, double *share)
{
    double error[FC_CANDIDATES], drawn[FC_CANDIDATES], best = INFINITY;
    const double horizons = horizons_of(t, of), by = t->strip.rows < FC_BRIEF ? brief_power : power;
    for (int c = 0; c < t->count; c++)
        error[c] = errors_of(t, fc_trial_at(t, c, 0), of, NULL);
    for (int c = 0; c < t->count; c++) {
        const double own = beside(error[c], error[t->naive]);
        const int kind = kind_of(all, &t->candidate[c]);
        if (error[c] == 0) { /* exact */
            take_alone(t, c, share);
            return;
        }
        drawn[c] = isnan(own) || kind == all->kinds
                       ? NAN
                       : draw(own, horizons, all->sum[kind] / all->count[kind], others_score, all->series);
        best = fmin(best, drawn[c]);
    }
    if (isinf(best)) {
        share_alike(t, share);
        return;
    }
    for (int c = 0; c < t->count; c++)
        share[c] = isnan(drawn[c]) ? 0 : t->candidate[c].prior * exp(-by * (drawn[c] - best));
    tidy(t, share);
}

/* Forecasts of a mixture at the origins [from, to). */
static void mix(const fc_trial *t, const double *share, int from, int to, double *out)
{
    const size_t begin = (size_t)from * (size_t)t->horizon, end = (size_t)to * (size_t)t->horizon;
    for (size_t i = begin; i < end; i++)
        out[i] = 0;
    for (int c = 0; c < t->count; c++)
        for (size_t i = begin; i < end && share[c] > 0; i++)
            out[i] += share[c] * fc_trial_at(t, c, 0)[i];
}

static void mix_all(fc_trial *t)
{
    double share[FC_CANDIDATES];
    for (int c = 0; c < t->count; c++)
        share[c] = t->candidate[c].share;
    mix(t, share, 0, t->origins, t->mixed);
    t->error = errors_of(t, t->mixed, everything, NULL);
}

static double toward(const fc_trial *t, int candidate, double share, double part)
{
    return share * (1 - part) + (candidate == t->naive) * part;
}

/* The error of the mixture with a part of the best naive forecast more. */
static double error_toward(fc_trial *t, double part)
{
    double share[FC_CANDIDATES];
    for (int c = 0; c < t->count; c++)
        share[c] = toward(t, c, t->candidate[c].share, part);
    mix(t, share, 0, t->origins, t->mixed);
    return errors_of(t, t->mixed, everything, NULL);
}

/* How the mixtures of all series compare with their best naive forecasts, by the part of these that is mixed
 * in: a part that makes them as good speaks for itself in each of them. */
enum { HOLDS = 20 };
typedef struct hold {
    double others[HOLDS + 1]; /* means of logarithms, by the part in HOLDS; NaN: not known */
    int known;                /* series */
} hold;

static double mean_toward(fc_trial *trials, int count, double part, int *known)
{
    double sum = 0;
    *known = 0;
    for (int i = 0; i < count; i++) {
        if (trials[i].count == 0 || trials[i].code)
            continue;
        const double one = beside_naive(&trials[i], error_toward(&trials[i], part));
        sum += isnan(one) ? 0 : one;
        *known += !isnan(one);
    }
    return *known ? sum / *known : NAN;
}

static void compare_holds(hold *h, fc_trial *trials, int count)
{
    int known;
    h->others[0] = mean_toward(trials, count, 0, &h->known);
    for (int step = 1; step <= HOLDS; step++)
        h->others[step] = h->others[0] > log(tolerance)
                              ? fmin(h->others[0], mean_toward(trials, count, (double)step / HOLDS, &known))
                              : h->others[0];
}

static bool too_large(const fc_trial *t, double error, double others, int series)
{
    const double own = beside_naive(t, error);
    return isnan(own) || isnan(others)
               ? error > tolerance * t->candidate[t->naive].error
               : draw(own, horizons_of(t, everything), others, others_held, series) > log(tolerance);
}

/* As much of the best naive forecast as it takes not to be worse than it. Returns how much. */
static double hold_to_naive(fc_trial *t, const hold *h)
{
    int step = 0;
    while (step < HOLDS && too_large(t, error_toward(t, (double)step / HOLDS), h->others[step], h->known))
        step++;
    const double part = (double)step / HOLDS;
    for (int c = 0; c < t->count && step > 0; c++)
        t->candidate[c].share = toward(t, c, t->candidate[c].share, part);
    mix_all(t);
    return part;
}

/* What would have been forecast at each origin by shares that the others give, or those before it with what
 * was known there (then: what had been chosen at each of them): errors that the shares were not made for. */
static void mix_held_out(fc_trial *t, const common *all, double naive, bool then)
{
    double share[FC_CANDIDATES];
    for (int o = 0; o < t->origins; o++) {
        share_out(t, all, then ? (sight){-1, t->origin[o]} : (sight){o, SIZE_MAX}, share);
        for (int c = 0; c < t->count; c++)
            share[c] = toward(t, c, share[c], naive);
        mix(t, share, o, o + 1, t->mixed);
    }
}

/* The error of what was mixed by that of the best naive forecast, at the later half of the origins. */
static double later_gain(const fc_trial *t)
{
    score own = {0}, naive = {0};
    for (int o = t->origins / 2; o < t->origins; o++) {
        add_errors(&own, t, o, everything, t->mixed + (size_t)o * (size_t)t->horizon);
        add_errors(&naive, t, o, everything, fc_trial_at(t, t->naive, o));
    }
    return naive.sum > 0 ? error_of(t, &own) / error_of(t, &naive) : NAN;
}

/* --- all of it --- */

void fc_trials_decide(fc_trial *trials, int count)
{
    common all;
    hold holds;
    for (int i = 0; i < count; i++)
        if (!trials[i].code)
            score_trial(&trials[i]);
    gather(&all, trials, count);
    for (int i = 0; i < count; i++) {
        fc_trial *t = &trials[i];
        double share[FC_CANDIDATES];
        if (t->count == 0 || t->code)
            continue;
        share_out(t, &all, everything, share);
        for (int c = 0; c < t->count; c++)
            t->candidate[c].share = share[c];
    }
    compare_holds(&holds, trials, count);
    for (int i = 0; i < count; i++) {
        fc_trial *t = &trials[i];
        if (t->count == 0 || t->code)
            continue;
        const double naive = hold_to_naive(t, &holds);
        mix_held_out(t, &all, naive, true);
        t->then = later_gain(t);
        mix_held_out(t, &all, naive, false);
        fc_trial_measure(t);
    }
}
