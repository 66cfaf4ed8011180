/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Candidates for one series, and their forecasts at rolling origins. */
#include "forecast/forecasters/choice/choice.h"

#include "datasets/series/values.h"
#include "forecast/statistics/stl_seasons.h"
#include "lib/base/ranks.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEW_ORIGINS = 6,
    LONG = 200,          /* rows: more origins, and seasons that nobody named are looked for */
    EACH = 40,           /* rows up to which every origin has a fit of its own, */
    SHARED = 100,        /* and up to which three have; beyond there is one for all */
    LEAST_ROWS = 4,      /* before an origin */
    LEAST_LEVELS = 40,   /* rows below which means of all that was say nothing */
    LEAST_WINDOWS = 100, /* rows below which windows are too few for least squares */
    LEAST_FOLD = 5,      /* rows of a season below which its shape says little */
    MOST_ARIMA = 600,    /* rows and season up to which its likelihood is quick */
    MOST_ARIMA_SEASON = 12,
    MOST_ARIMA_SERIES = 32, /* of a file: with more it adds little, for half of the time */
    LEAST_FIT = 5           /* values below which the last one is all there is to say */
};

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

static void add(fc_trial *t, const char *name, int season, double prior)
{
    const fc_named *of = fc_forecaster_kept(name);
    if (t->count < FC_CANDIDATES)
        t->candidate[t->count++] =
            (fc_candidate){.of = of, .config = of->config, .season = season, .prior = prior, .error = NAN};
}

static void add_naive(fc_trial *t, const char *name, int season)
{
    add(t, name, season, .7);
    t->candidate[t->count - 1].naive = true;
}

/* Most values are zeros, none is below: sales of now and then (Syntetos, Boylan & Croston 2005: more than
 * 1.32 rows to a sale). */
static bool is_intermittent(const facts *f)
{
    return !f->negative && (double)(f->known - f->zeros) * 1.32 < (double)f->known;
}

/* All that fit the series: their mean is better than any one of them. */
static void add_smooth(fc_trial *t, const facts *f, int series, const fc_named *more)
{
    static const char *const always[] = {"ets", "ces", "dotm", "theta-boxcox", "stl"};
    const bool found = f->season == 1 && f->period[0] > 0 && f->period[0] <= 24;
    const int season = found ? f->period[0] : f->season;
    if (more && t->count < FC_CANDIDATES) {
        add(t, more->name, 1, 1);
        t->candidate[t->count - 1].config = more->config;
    }
    for (int i = 0; i < 5; i++)
        add(t, always[i], strcmp(always[i], "stl") == 0 ? f->season : season, 1);
    if (season >= LEAST_FOLD)
        add(t, "flair", season, 1);
    if (f->known >= LEAST_WINDOWS)
        add(t, "linear", season, 1);
    if (series <= MOST_ARIMA_SERIES && t->strip.rows <= MOST_ARIMA && season <= MOST_ARIMA_SEASON)
        add(t, "quick-arima", season, 1);
    if (t->strip.rows < FC_BRIEF)
        add(t, "median", season, 6); /* a few origins tell less than that it is good in general */
    if (f->known >= LEAST_LEVELS) {
        add(t, "mean", 1, .5);
        add(t, "window-mean", season, .5);
    }
}

static void add_candidates(fc_trial *t, const facts *f, int series, const fc_named *more)
{
    static const char *const demand[] = {"imapa", "sba", "tsb", "adida", "mean"};
    add_naive(t, "naive", 1);
    if (f->season > 1)
        add_naive(t, "seasonal-naive", f->season);
    for (int i = 0; i < FC_SEASONS; i++)
        if (f->period[i] > 1 && f->period[i] != f->season)
            add_naive(t, "seasonal-naive", f->period[i]);
    if (f->line && !f->constant)
        add(t, "drift", 1, 1);
    if (f->line || f->constant || f->known < LEAST_FIT)
        return;
    t->squares = is_intermittent(f);
    for (int i = 0; i < 5 && t->squares; i++)
        add(t, demand[i], 1, 1);
    if (!t->squares)
        add_smooth(t, f, series, more);
}

/* --- origins --- */

/* Nothing of a season is known before it was seen once. */
static size_t rows_before_origins(size_t n, size_t season)
{
    size_t least = n / 3 > LEAST_ROWS ? n / 3 : LEAST_ROWS;
    if (season > 1 && n > season + LEAST_ROWS && least <= season)
        least = season + 1;
    return least;
}

static void place_origins(fc_trial *t, int season)
{
    const size_t n = t->strip.rows, most = n < LONG ? FEW_ORIGINS : FC_ORIGINS;
    const size_t least = rows_before_origins(n, (size_t)season);
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
    t->each = n <= EACH ? 1 : n <= SHARED ? 3 : t->origins;
    t->tasks = t->count * ((t->origins + t->each - 1) / t->each);
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

/* Puts the strip on its scale. */
static int change_scale(fc_trial *t, int scale, int season)
{
    const size_t n = t->strip.rows;
    t->truth = t->strip.values;
    if (scale == FC_PLAIN)
        return NN_OK;
    t->truth = malloc((n + 1) * sizeof *t->truth);
    if (!t->truth)
        return NN_FAILED;
    memcpy(t->truth, t->strip.values, n * sizeof *t->truth);
    const int code = fc_transform_make(&t->transform, scale, t->truth, n, season);
    fc_transform_there(&t->transform, t->strip.values, n);
    return code;
}

void fc_trial_begin(fc_trial *t, const ds_view *view, int k, const fc_trial_of *how)
{
    const int horizon = how->horizon, season = how->season;
    *t = (fc_trial){.horizon = horizon, .error = NAN, .then = NAN, .scale = NAN, .width = NAN};
    t->begin = ds_values_first(view, k, how->part);
    size_t end = how->part.end;
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
    t->scale = scale_of(t->strip.values, t->strip.rows, (size_t)season);
    t->code = change_scale(t, how->scale, season);
    add_candidates(t, &f, view->targets, how->more);
    place_origins(t, season);
    const size_t cells = (size_t)t->origins * (size_t)horizon;
    t->forecast = malloc((((size_t)t->count + 1) * cells + 1) * sizeof *t->forecast);
    t->mixed = t->forecast ? t->forecast + (size_t)t->count * cells : NULL;
    t->code = t->forecast ? t->code : NN_FAILED;
}

/* --- forecasts at the origins --- */

double *fc_trial_at(const fc_trial *t, int candidate, int origin)
{
    const size_t place = (size_t)candidate * (size_t)t->origins + (size_t)origin;
    return t->forecast + place * (size_t)t->horizon;
}

int fc_trial_steps(const fc_trial *t, int origin)
{
    const size_t left = t->strip.rows - t->origin[origin];
    return left < (size_t)t->horizon ? (int)left : t->horizon;
}

/* One candidate at the origins of a group. */
static void run_candidate(fc_trial *t, int candidate, int from)
{
    const fc_candidate *one = &t->candidate[candidate];
    const fc_forecaster *of = one->of->forecaster;
    const int to = from + t->each < t->origins ? from + t->each : t->origins;
    ds_table table;
    const ds_view view = ds_strip_head(&t->strip, t->origin[from], &table);
    void *state = NULL;
    const int code = fc_forecaster_fit(&state, of, one->config, &view, (ds_part){0, view.rows}, t->horizon,
                                       one->season, NULL);
    if (code == NN_FAILED) /* no memory: what is chosen without this one would be another choice */
        __atomic_store_n(&t->code, code, __ATOMIC_RELAXED);
    for (int o = from; o < to; o++) {
        double *out = fc_trial_at(t, candidate, o);
        const int steps = fc_trial_steps(t, o);
        if (!code)
            of->forecast(state, &t->strip.view, t->origin[o], steps, out);
        if (!code)
            fc_transform_back(&t->transform, out, (size_t)steps);
        for (int h = code ? 0 : steps; h < t->horizon; h++)
            out[h] = NAN;
    }
    fc_forecaster_free(state, of);
}

void fc_trial_run(fc_trial *t, int task)
{
    run_candidate(t, task % t->count, task / t->count * t->each);
}

void fc_trials_share(fc_trial *trials, int count)
{
    for (int r = 0; r < nn_ranks() && nn_ranks() > 1; r++) {
        size_t begin, end;
        nn_ranks_part(r, (size_t)count, &begin, &end);
        for (size_t k = begin; k < end; k++) {
            fc_trial *t = &trials[k];
            const size_t size = (size_t)t->count * (size_t)t->origins * (size_t)t->horizon;
            nn_ranks_broadcast(&t->code, sizeof t->code, r);
            if (t->forecast)
                nn_ranks_broadcast(t->forecast, size * sizeof *t->forecast, r);
        }
    }
}

typedef struct tasks {
    fc_trial *trials;
    int first; /* task */
    int *unit; /* the first task of each trial, and how many there are */
} tasks;

static void run_task(void *context, int n, int worker)
{
    const tasks *t = context;
    int i = 0;
    (void)worker;
    n += t->first;
    while (t->unit[i + 1] <= n)
        i++;
    fc_trial_run(&t->trials[i], n - t->unit[i]);
}

bool fc_trials_run(fc_trial *trials, int count, nn_pool *pool)
{
    size_t begin = 0, end = (size_t)count;
    tasks t = {trials, 0, calloc((size_t)count + 1, sizeof *t.unit)};
    if (pool ? nn_ranks_any(!t.unit) : !t.unit) {
        free(t.unit);
        for (int i = 0; i < count; i++)
            trials[i].code = NN_FAILED;
        return true;
    }
    for (int i = 0; i < count; i++)
        t.unit[i + 1] = t.unit[i] + (trials[i].code ? 0 : trials[i].tasks);
    if (pool)
        nn_ranks_part(nn_rank(), (size_t)count, &begin, &end);
    t.first = t.unit[begin];
    const bool done = nn_pool_run_asking(pool, t.unit[end] - t.first, run_task, &t);
    if (pool)
        fc_trials_share(trials, count);
    free(t.unit);
    return done;
}

size_t fc_trial_last_fit(const fc_trial *t)
{
    return t->origins ? t->origin[(t->origins - 1) / t->each * t->each] : t->strip.rows;
}

void fc_trial_clear(fc_trial *t)
{
    if (t->truth != t->strip.values)
        free(t->truth);
    t->truth = NULL;
    ds_strip_clear(&t->strip);
    free(t->forecast);
    t->forecast = t->mixed = NULL;
}
