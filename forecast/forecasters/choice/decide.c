/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decides on the mixture of a series' candidates by their errors at the origins, and how large its own are.
 */
#include "forecast/forecasters/choice/choice.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A mixture may be worse than the best naive forecast by this. */
static const double tolerance = 1.02;
/* A share falls with the error to this power, as the weights of Bates & Granger (1969) do with its square.
 * What the series of a file have in common counts for so many horizons of each, and where its mixture is held
 * to the naive forecasts for more. Chosen on made-up files and on folds of histories. */
static const double power = 4, others_score = 3, others_held = 6;
/* Parts of less than this are left out. */
static const double least_share = .02;

/* --- errors at the origins --- */

typedef struct score {
    double sum;
    size_t count;
} score;

/* Adds what forecasts (horizon) err at one origin. */
static void add_errors(score *s, const fc_trial *t, int origin, const double *forecast)
{
    const double *truth = t->strip.values + t->origin[origin];
    const int steps = fc_trial_steps(t, origin);
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
static double errors_of(const fc_trial *t, const double *forecasts, double *at)
{
    score all = {0};
    for (int o = 0; o < t->origins; o++) {
        score here = {0};
        add_errors(&here, t, o, forecasts + (size_t)o * (size_t)t->horizon);
        all.sum += here.sum;
        all.count += here.count;
        if (at)
            at[o] = error_of(t, &here);
    }
    return error_of(t, &all);
}

/* The logarithm of an error by that of the best naive forecast; NaN where that says nothing. */
static double beside_naive(const fc_trial *t, double error)
{
    const double naive = t->candidate[t->naive].error;
    return error > 0 && naive > 0 ? log(error / naive) : NAN;
}

/* Whole horizons that the origins show. */
static double horizons_of(const fc_trial *t)
{
    double steps = 0;
    for (int o = 0; o < t->origins; o++)
        steps += fc_trial_steps(t, o);
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
        t->candidate[c].error = errors_of(t, fc_trial_at(t, c, 0), t->candidate[c].at);
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
        all->series += trials[n].count > 0;
        for (int c = 0; c < trials[n].count; c++) {
            const fc_candidate *one = &trials[n].candidate[c];
            const double beside = beside_naive(&trials[n], one->error);
            const int kind = kind_of(all, one);
            if (isnan(beside) || kind == 2 * FC_CANDIDATES)
                continue;
            all->kinds += kind == all->kinds;
            all->of[kind] = one->of;
            all->seasonal[kind] = one->season > 1;
            all->sum[kind] += beside;
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

static void take_alone(fc_trial *t, int candidate)
{
    for (int c = 0; c < t->count; c++)
        t->candidate[c].share = c == candidate;
}

/* Shares that sum to 1, without the least ones. */
static void tidy(fc_trial *t)
{
    double sum = 0, left = 0;
    for (int c = 0; c < t->count; c++)
        sum += t->candidate[c].share;
    for (int c = 0; c < t->count; c++) {
        t->candidate[c].share = t->candidate[c].share < least_share * sum ? 0 : t->candidate[c].share;
        left += t->candidate[c].share;
    }
    for (int c = 0; c < t->count; c++)
        t->candidate[c].share /= left;
}

/* Without evidence all but the naive ones alike, else the naive one. */
static void share_alike(fc_trial *t)
{
    bool any = false;
    for (int c = 0; c < t->count; c++) {
        t->candidate[c].share = !t->candidate[c].naive;
        any |= !t->candidate[c].naive;
    }
    if (any)
        tidy(t);
    else
        take_alone(t, t->naive);
}

static void share_out(fc_trial *t, const common *all)
{
    double drawn[FC_CANDIDATES], best = INFINITY;
    for (int c = 0; c < t->count; c++) {
        const fc_candidate *one = &t->candidate[c];
        const double own = beside_naive(t, one->error);
        const int kind = kind_of(all, one);
        if (one->error == 0) { /* exact */
            take_alone(t, c);
            return;
        }
        drawn[c] =
            isnan(own) || kind == all->kinds
                ? NAN
                : draw(own, horizons_of(t), all->sum[kind] / all->count[kind], others_score, all->series);
        best = fmin(best, drawn[c]);
    }
    if (isinf(best)) {
        share_alike(t);
        return;
    }
    for (int c = 0; c < t->count; c++)
        t->candidate[c].share = isnan(drawn[c]) ? 0 : t->candidate[c].prior * exp(-power * (drawn[c] - best));
    tidy(t);
}

/* Forecasts of the mixture. */
static void mix(fc_trial *t)
{
    const size_t cells = (size_t)t->origins * (size_t)t->horizon;
    for (size_t i = 0; i < cells; i++)
        t->mixed[i] = 0;
    for (int c = 0; c < t->count; c++)
        for (size_t i = 0; i < cells && t->candidate[c].share > 0; i++)
            t->mixed[i] += t->candidate[c].share * fc_trial_at(t, c, 0)[i];
    t->error = errors_of(t, t->mixed, NULL);
}

static bool too_large(const fc_trial *t, double others, int series)
{
    const double own = beside_naive(t, t->error);
    return isnan(own) || isnan(others)
               ? t->error > tolerance * t->candidate[t->naive].error
               : draw(own, horizons_of(t), others, others_held, series) > log(tolerance);
}

/* As much of the best naive forecast as it takes not to be worse than it; others: how the mixtures of all
 * series compare. */
static void hold_to_naive(fc_trial *t, double others, int series)
{
    double share[FC_CANDIDATES];
    for (int c = 0; c < t->count; c++)
        share[c] = t->candidate[c].share;
    for (int step = 1; step <= 20 && too_large(t, others, series); step++) {
        for (int c = 0; c < t->count; c++)
            t->candidate[c].share = share[c] * (1 - .05 * step) + (c == t->naive) * .05 * step;
        mix(t);
    }
}

/* --- the size of errors --- */

/* A series of so few rows is judged as it will be: the later half of its origins by what was known at each of
 * them alone, for what comes is further from all that was than what was is from each other. Chosen on folds
 * of the histories of the M3 competition. */
enum { BRIEF = 40 };
/* Chosen there, too. */
static const double prior_cells = 10, prior_size = .8;

/* What was chosen errs at an origin; NaN where there is no truth. */
static double error_at(const fc_trial *t, int origin, int h)
{
    return h < fc_trial_steps(t, origin)
               ? t->strip.values[t->origin[origin] + (size_t)h] - t->mixed[origin * t->horizon + h]
               : NAN;
}

/* From the errors at all origins but one that are known before a row, and the series' own steps. */
static double width_from(const fc_trial *t, int without, size_t row)
{
    const double scale = isnan(t->scale) ? 0 : prior_size * t->scale;
    double sum = prior_cells * scale * scale, cells = isnan(t->scale) ? 0 : prior_cells;
    for (int o = 0; o < t->origins; o++)
        for (int h = 0; h < t->horizon && o != without && t->origin[o] + (size_t)h < row; h++) {
            const double e = error_at(t, o, h) / pow(h + 1, t->growth);
            if (isnan(e))
                continue;
            sum += e * e;
            cells++;
        }
    if (t->line) /* what there is comes of rounding */
        return 0;
    return cells > 0 ? sqrt(sum / cells) : NAN;
}

/* Values that come back every season go less far away. */
static double growth_of(const fc_trial *t)
{
    bool seasonal = false;
    for (int c = 0; c < t->count; c++)
        seasonal |= t->candidate[c].share > 0 && t->candidate[c].season > 1;
    return seasonal ? .3 : .5;
}

void fc_trial_surprise(const fc_trial *t, int origin, double *out)
{
    const bool brief = t->strip.rows < BRIEF;
    const double width = brief && origin < (t->origins - 1) / 2 ? NAN
                         : brief                                ? width_from(t, origin, t->origin[origin])
                                                                : width_from(t, origin, SIZE_MAX);
    for (int h = 0; h < t->horizon; h++)
        out[h] = width > 0 ? error_at(t, origin, h) / (width * pow(h + 1, t->growth)) : NAN;
}

/* --- all of it --- */

void fc_trials_decide(fc_trial *trials, int count)
{
    common all;
    double others = 0;
    int known = 0;
    for (int i = 0; i < count; i++)
        if (!trials[i].code)
            score_trial(&trials[i]);
    gather(&all, trials, count);
    for (int i = 0; i < count; i++) {
        fc_trial *t = &trials[i];
        if (t->count == 0 || t->code)
            continue;
        share_out(t, &all);
        mix(t);
        const double one = beside_naive(t, t->error);
        others += isnan(one) ? 0 : one;
        known += !isnan(one);
    }
    for (int i = 0; i < count; i++) {
        fc_trial *t = &trials[i];
        if (t->count == 0 || t->code)
            continue;
        hold_to_naive(t, known ? others / known : NAN, known);
        t->growth = growth_of(t);
        t->width = width_from(t, -1, SIZE_MAX);
    }
}
