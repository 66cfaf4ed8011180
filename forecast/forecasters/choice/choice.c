/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses a forecaster for one series by rolling origins. */
#include "forecast/forecasters/choice/choice.h"

#include "datasets/series/values.h"
#include "forecast/statistics/stl_seasons.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEW_ORIGINS = 6,
    LONG = 200,          /* rows: more origins, and seasons that nobody named are looked for */
    REFIT_EACH = 500,    /* rows up to which every origin has a fit of its own */
    ORIGINS_PER_FIT = 4, /* beyond */
    LEAST_ROWS = 4,      /* before an origin */
    MANY_SERIES = 30,
    LEAST_FIT = 5 /* values below which the last one is all there is to say */
};

/* A mixture may be worse than the best naive forecast by this. */
static const double tolerance = 1.02;
/* Where a file has many series, what they have in common counts for so many horizons of each. Chosen on folds
 * of the histories of the M3 competition. */
static const double others_horizons = 6;

/* --- facts --- */

typedef struct facts {
    size_t known, zeros;
    bool constant, line, negative;
    int season;             /* of the table; 1: none */
    int period[FC_SEASONS]; /* of the series, rising; 0: no more */
} facts;

/* Values on a straight line but for rounding, and at least three. */
static bool is_line(const double *y, size_t n)
{
    double size = 0;
    if (n < 3)
        return false;
    const double slope = (y[n - 1] - y[0]) / (double)(n - 1);
    for (size_t i = 0; i < n; i++)
        size = fmax(size, fabs(y[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabs(y[i] - y[0] - slope * (double)i) <= 1e-12 * size))
            return false;
    return true;
}

static bool is_constant(const double *y, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (y[i] != y[0])
            return false;
    return true;
}

static void count_values(facts *f, const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        f->known += !isnan(y[i]);
        f->zeros += y[i] == 0;
        f->negative |= y[i] < 0;
    }
}

/* filled: y without NaN. */
static int look(facts *f, const ds_strip *strip, int season, double *filled)
{
    const size_t n = strip->rows;
    int count = 0, code = NN_OK;
    *f = (facts){.season = season};
    count_values(f, strip->values, n);
    memcpy(filled, strip->values, n * sizeof *filled);
    if (!ds_values_fill(filled, n))
        return NN_OK;
    f->constant = is_constant(filled, n);
    f->line = is_line(filled, n);
    const bool unnamed = season == 1 && strip->table.frequency.unit == DS_UNIT_STEP && n >= 30;
    if (!f->constant && !f->line && (unnamed || n >= LONG))
        code = fc_seasons_find(filled, n, season, f->period, &count, NULL);
    return code;
}

/* --- candidates --- */

static void add(fc_trial *t, const char *name, int season, bool naive)
{
    if (t->count < FC_CANDIDATES)
        t->candidate[t->count++] =
            (fc_candidate){.of = fc_forecaster_named(name), .season = season, .naive = naive, .error = NAN};
}

/* Most values are zeros, none is below: sales of now and then (Syntetos, Boylan & Croston 2005: more than
 * 1.32 rows to a sale). */
static bool is_intermittent(const facts *f)
{
    return !f->negative && (double)(f->known - f->zeros) * 1.32 < (double)f->known;
}

static void add_seasonal(fc_trial *t, const facts *f)
{
    const bool found = f->period[0] > 0 && f->season == 1, several = f->period[1] > 0;
    if (found && f->period[0] <= 24)
        add(t, "median", f->period[0], false);
    if (found || several || f->season > 24)
        add(t, "stl-median", f->season, false);
}

static void add_candidates(fc_trial *t, const facts *f)
{
    static const char *const demand[] = {"imapa", "sba", "tsb", "adida"};
    add(t, "naive", 1, true);
    if (f->season > 1)
        add(t, "seasonal-naive", f->season, true);
    for (int i = 0; i < FC_SEASONS; i++)
        if (f->period[i] > 1 && f->period[i] != f->season)
            add(t, "seasonal-naive", f->period[i], true);
    if (f->line && !f->constant)
        add(t, "drift", 1, false);
    if (f->line || f->constant || f->known < LEAST_FIT)
        return;
    if ((t->squares = is_intermittent(f)))
        for (int i = 0; i < 4; i++)
            add(t, demand[i], 1, false);
    else {
        add(t, "median", f->season, false);
        add_seasonal(t, f);
    }
}

/* --- origins --- */

static void place_origins(fc_trial *t)
{
    const size_t n = t->strip.rows, most = n < LONG ? FEW_ORIGINS : FC_ORIGINS;
    const size_t least = n / 3 > LEAST_ROWS ? n / 3 : LEAST_ROWS;
    if (n <= least)
        return;
    size_t step = (size_t)t->horizon / 3, spread = n / (4 * most), room = (n - least) / 3;
    step = step > spread ? step : spread;
    step = step < room ? step : room; /* at three origins at least */
    step = step > 0 ? step : 1;
    size_t count = (n - least) / step;
    count = count < most ? count : most;
    for (size_t i = 0; i < count; i++)
        t->origin[i] = n - step * (count - i);
    t->origins = (int)count;
    t->groups = n <= REFIT_EACH ? t->origins : (t->origins + ORIGINS_PER_FIT - 1) / ORIGINS_PER_FIT;
}

/* The mean absolute step over one season, else over one row. */
static double scale_of(const double *y, size_t n, size_t season)
{
    double sum = 0;
    size_t count = 0;
    season = season < n ? season : 1;
    for (size_t i = season; i < n; i++)
        if (!isnan(y[i]) && !isnan(y[i - season])) {
            sum += fabs(y[i] - y[i - season]);
            count++;
        }
    return count ? sum / (double)count : NAN;
}

static size_t rows_of(const facts *f)
{
    size_t most = FC_PERIOD_ROWS;
    for (int i = 0; i < FC_SEASONS; i++)
        if (12 * (size_t)f->period[i] > most)
            most = 12 * (size_t)f->period[i];
    return 12 * (size_t)f->season > most ? 12 * (size_t)f->season : most;
}

void fc_trial_begin(fc_trial *t, const ds_view *view, int k, ds_part part, int horizon, int season)
{
    *t = (fc_trial){.horizon = horizon, .error = NAN, .scale = NAN, .width = NAN};
    t->begin = ds_values_first(view, k, part);
    size_t end = part.end;
    while (end > t->begin && !ds_view_valid(view, end - 1, k))
        end--;
    t->code = ds_strip_make(&t->strip, view, k, t->begin, end, NULL);
    double *filled = t->code ? NULL : malloc((t->strip.rows + 1) * sizeof *filled);
    facts f = {0};
    if (!t->code)
        t->code = filled ? look(&f, &t->strip, season, filled) : NN_FAILED;
    free(filled);
    if (t->code || f.known == 0)
        return;
    const size_t rows = t->strip.rows;
    ds_strip_tail(&t->strip, rows_of(&f));
    t->skipped = rows - t->strip.rows;
    t->line = f.line;
    t->margin = t->strip.rows < LONG ? .1 : .02;
    t->scale = scale_of(t->strip.values, t->strip.rows, (size_t)season);
    add_candidates(t, &f);
    place_origins(t);
    t->forecast = malloc(((size_t)t->count * (size_t)t->origins * (size_t)horizon + 1) * sizeof *t->forecast);
    t->code = t->forecast ? NN_OK : NN_FAILED;
}

/* --- forecasts at the origins --- */

static double *at_origin(const fc_trial *t, int candidate, int origin)
{
    const size_t place = (size_t)candidate * (size_t)t->origins + (size_t)origin;
    return t->forecast + place * (size_t)t->horizon;
}

static int steps_at(const fc_trial *t, int origin)
{
    const size_t left = t->strip.rows - t->origin[origin];
    return left < (size_t)t->horizon ? (int)left : t->horizon;
}

void fc_trial_run(fc_trial *t, int group)
{
    const int each = t->groups == t->origins ? 1 : ORIGINS_PER_FIT, from = group * each;
    const int to = from + each < t->origins ? from + each : t->origins;
    ds_table table;
    const ds_view view = ds_strip_head(&t->strip, t->origin[from], &table);
    for (int c = 0; c < t->count; c++) {
        const fc_candidate *one = &t->candidate[c];
        void *state = NULL;
        const int code = fc_forecaster_fit(&state, one->of->forecaster, one->of->config, &view,
                                           (ds_part){0, view.rows}, t->horizon, one->season, NULL);
        for (int o = from; o < to; o++) {
            double *out = at_origin(t, c, o);
            const int steps = steps_at(t, o);
            if (!code)
                one->of->forecaster->forecast(state, &t->strip.view, t->origin[o], steps, out);
            for (int h = code ? 0 : steps; h < t->horizon; h++)
                out[h] = NAN;
        }
        fc_forecaster_free(state, one->of->forecaster);
    }
}

/* --- the choice --- */

typedef struct score {
    double sum;
    size_t count;
} score;

/* Adds what a mixture errs at one origin. */
static void add_errors(score *s, const fc_trial *t, int origin, int parts, const int *part,
                       const double *share)
{
    const double *truth = t->strip.values + t->origin[origin];
    const int steps = steps_at(t, origin);
    for (int h = 0; h < steps; h++) {
        double value = 0;
        for (int p = 0; p < parts; p++)
            value += share[p] * at_origin(t, part[p], origin)[h];
        const double e = truth[h] - value;
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

static double mixture_error(const fc_trial *t, int parts, const int *part, const double *share)
{
    score all = {0};
    for (int o = 0; o < t->origins; o++)
        add_errors(&all, t, o, parts, part, share);
    return error_of(t, &all);
}

static void score_candidates(fc_trial *t)
{
    const double one = 1;
    for (int c = 0; c < t->count; c++) {
        score all = {0};
        for (int o = 0; o < t->origins; o++) {
            score here = {0};
            add_errors(&here, t, o, 1, &c, &one);
            t->candidate[c].at[o] = error_of(t, &here);
            all.sum += here.sum;
            all.count += here.count;
        }
        t->candidate[c].error = error_of(t, &all);
    }
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

static void take_part(fc_trial *t, int parts, const int *part, const double *share, double error)
{
    t->parts = parts;
    memcpy(t->part, part, (size_t)parts * sizeof *part);
    memcpy(t->share, share, (size_t)parts * sizeof *share);
    t->error = error;
}

/* The first candidate that is not naive, unless another, or their mean, is better by the margin. */
static void choose(fc_trial *t, int first)
{
    take_part(t, 1, &first, (double[]){1}, t->candidate[first].error);
    double bar = t->error * (1 - t->margin);
    for (int c = first + 1; c < t->count; c++) {
        if (t->candidate[c].error < bar)
            take_part(t, 1, &c, (double[]){1}, bar = t->candidate[c].error);
        if (t->squares)
            continue;
        const int both[] = {first, c};
        const double half[] = {.5, .5}, error = mixture_error(t, 2, both, half);
        if (error < bar)
            take_part(t, 2, both, half, bar = error);
    }
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
        steps += steps_at(t, o);
    return steps / t->horizon;
}

/* Whether an error is too large beside the best naive forecast's, the others of the file counting for some
 * horizons more. */
static bool too_large(const fc_trial *t, double error, double others)
{
    const double weight = horizons_of(t), own = beside_naive(t, error);
    return isnan(others) || isnan(own)
               ? error > tolerance * t->candidate[t->naive].error
               : (weight * own + others_horizons * others) / (weight + others_horizons) > log(tolerance);
}

/* As much of the best naive forecast as it takes not to be worse than it. */
static void hold_to_naive(fc_trial *t, double others)
{
    static const double shares[] = {.95, .9, .85, .8, .75, .7, .65, .6, .55, .5,
                                    .45, .4, .35, .3, .25, .2, .15, .1, .05, 0};
    const fc_trial chosen = *t;
    for (size_t i = 0; i < sizeof shares / sizeof *shares && too_large(t, t->error, others); i++) {
        int parts = 0, part[FC_PARTS];
        double share[FC_PARTS];
        for (; parts < chosen.parts && shares[i] > 0; parts++) {
            part[parts] = chosen.part[parts];
            share[parts] = chosen.share[parts] * shares[i];
        }
        part[parts] = t->naive;
        share[parts++] = 1 - shares[i];
        take_part(t, parts, part, share, mixture_error(t, parts, part, share));
    }
}

/* --- the size of errors --- */

/* Chosen on folds of the histories of the M3 competition. */
/* A series of so few rows is judged as it will be: the later half of its origins by what was known at each of
 * them alone, for what comes is further from all that was than what was is from each other. Chosen on folds
 * of the histories of the M3 competition, too. */
enum { BRIEF = 40 };
static const double prior_cells = 10, prior_size = .8;

/* What was chosen errs at an origin; NaN where there is no truth. */
static double error_at(const fc_trial *t, int origin, int h)
{
    double value = 0;
    for (int p = 0; p < t->parts; p++)
        value += t->share[p] * at_origin(t, t->part[p], origin)[h];
    return h < steps_at(t, origin) ? t->strip.values[t->origin[origin] + (size_t)h] - value : NAN;
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
    for (int p = 0; p < t->parts; p++)
        seasonal |= t->candidate[t->part[p]].season > 1;
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

static void score_trial(fc_trial *t)
{
    int first = 0;
    if (t->count == 0 || t->code)
        return;
    score_candidates(t);
    t->naive = best_naive(t);
    while (first < t->count && t->candidate[first].naive)
        first++;
    if (first < t->count)
        choose(t, first);
    else
        take_part(t, 1, &t->naive, (double[]){1}, t->candidate[t->naive].error);
}

/* What the series have in common; NaN: they are too few to tell. */
static double mean_beside_naive(const fc_trial *trials, int count)
{
    double sum = 0;
    int known = 0;
    for (int i = 0; i < count; i++) {
        const double one = trials[i].count ? beside_naive(&trials[i], trials[i].error) : NAN;
        if (isnan(one))
            continue;
        sum += one;
        known++;
    }
    return known >= MANY_SERIES ? sum / known : NAN;
}

void fc_trials_decide(fc_trial *trials, int count)
{
    for (int i = 0; i < count; i++)
        score_trial(&trials[i]);
    const double others = mean_beside_naive(trials, count);
    for (int i = 0; i < count; i++) {
        fc_trial *t = &trials[i];
        if (t->count == 0 || t->code)
            continue;
        hold_to_naive(t, others);
        t->growth = growth_of(t);
        t->width = width_from(t, -1, SIZE_MAX);
    }
}

void fc_trial_clear(fc_trial *t)
{
    ds_strip_clear(&t->strip);
    free(t->forecast);
    t->forecast = NULL;
}
