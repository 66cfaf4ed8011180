/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear forecasts of all series together by what never changes in each: ridge regression on the last values
 * less their level, and on the static columns, which may count otherwise in each row of the season. */
#include "forecast/forecasters/linear/data.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 64,
    STRENGTHS = 6,
    LAGS = 6,
    MOST_DESIGNS = 4 * LAGS,
    MOST_SEASON = 60,
    MOST_FEATURES = 1000,
    LEAST_BEFORE = 4,
    LEAST_WINDOWS = 2
};

static const double strengths[STRENGTHS] = {1e-6, 1e-4, 1e-3, 1e-2, .1, 1};
/* Of multiplications for the sums of one design: with more windows some speak for all. */
static const double most_work = 2e10;

typedef struct design {
    int lags, level, phases, statics;
} design;

static int features_of(const design *d)
{
    return d->lags + d->phases * (d->statics + 1);
}

size_t fc_linear_static_features(const linear *s)
{
    const design d = {s->lags, s->level, s->phases, s->statics};
    return (size_t)features_of(&d);
}

/* phi (F) of a window that ends before x, and what is to be added to the forecast. */
static double explain(double *phi, const design *d, const double *x, int place, const double *statics)
{
    double c = 0;
    for (int i = 1; i <= d->level; i++)
        c += x[-i] / d->level;
    for (int i = 0; i < d->lags; i++)
        phi[i] = x[i - d->lags] - c;
    phi += d->lags;
    const int width = d->statics + 1, phase = (place % d->phases + d->phases) % d->phases;
    memset(phi, 0, (size_t)(d->phases * width) * sizeof *phi);
    phi[phase * width] = 1;
    for (int i = 0; i < d->statics; i++)
        phi[phase * width + 1 + i] = statics[i];
    return c;
}

/* --- sums of windows --- */

typedef struct material {
    const linear *state;
    const fc_linear_data *data;
    const double *statics; /* K x statics */
} material;

/* Sums of one design. */
typedef struct bench {
    const material *m;
    design d;
    size_t features, wide, horizon;
    size_t every; /* one window in so many is learnt from */
    double *g;    /* F x (F + H) */
    double *rows; /* CHUNK x (F + H) */
    double *room, *theta;
    size_t count; /* rows at hand */
} bench;

static bool bench_make(bench *b, const material *m, design d)
{
    const size_t f = (size_t)features_of(&d), h = (size_t)m->data->horizon, wide = f + h;
    const double windows = (double)m->data->rows * m->data->targets;
    *b = (bench){.m = m, .d = d, .features = f, .wide = wide, .horizon = h};
    b->every = 1 + (size_t)(windows * (double)f * (double)wide / most_work);
    b->g = calloc(f * wide, sizeof *b->g);
    b->rows = malloc(CHUNK * wide * sizeof *b->rows);
    b->room = malloc(f * f * sizeof *b->room);
    b->theta = malloc(f * h * sizeof *b->theta);
    return b->g && b->rows && b->room && b->theta;
}

static void bench_free(bench *b)
{
    free(b->g);
    free(b->rows);
    free(b->room);
    free(b->theta);
}

/* phi and y less the level of target k's window at an origin; false where it has no such window. */
static bool take_window(const bench *b, double *row, int k, size_t origin, double *level)
{
    const fc_linear_data *d = b->m->data;
    const size_t at = (size_t)k * d->rows + origin, lags = (size_t)b->d.lags;
    if (origin < lags || origin + b->horizon > d->rows)
        return false;
    for (size_t t = at - lags; t < at; t++)
        if (d->hole[t])
            return false;
    for (size_t t = at; t < at + b->horizon; t++)
        if (!d->truth[t])
            return false;
    *level =
        explain(row, &b->d, d->x + at, d->place[origin], b->m->statics + (size_t)k * (size_t)b->d.statics);
    for (size_t h = 0; h < b->horizon; h++)
        row[b->features + h] = d->x[at + h] - *level;
    return true;
}

static void add_rows(bench *b)
{
    const int f = (int)b->features, wide = (int)b->wide;
    nn_dense_gram(f, (int)b->count, b->rows, wide, b->g, wide);
    nn_dense_multiply(true, f, (int)b->horizon, (int)b->count, b->rows, wide, b->rows + f, wide, 1, b->g + f,
                      wide);
    b->count = 0;
}

/* Windows that end in the rows [from, to): those before are in the sums already. */
static void learn(bench *b, size_t from, size_t to)
{
    for (int k = 0; k < b->m->data->targets; k++)
        for (size_t o = from >= b->horizon ? from - b->horizon + 1 : 0; o + b->horizon <= to; o++) {
            double level;
            if ((o + (size_t)k) % b->every || !take_window(b, b->rows + b->count * b->wide, k, o, &level))
                continue;
            if (++b->count == CHUNK)
                add_rows(b);
        }
    if (b->count)
        add_rows(b);
}

static void solve(bench *b, double strength)
{
    const size_t f = b->features;
    double trace = 0;
    for (size_t i = 0; i < f; i++) {
        memcpy(b->room + i * f, b->g + i * b->wide, (i + 1) * sizeof *b->room);
        memcpy(b->theta + i * b->horizon, b->g + i * b->wide + f, b->horizon * sizeof *b->theta);
        trace += b->g[i * b->wide + i];
    }
    for (size_t i = 0; i < f; i++)
        b->room[i * f + i] += strength * trace / (double)f;
    if (isfinite(trace) && trace > 0 && nn_dense_factor((int)f, b->room, (int)f))
        nn_dense_solve((int)f, (int)b->horizon, b->room, (int)f, b->theta, (int)b->horizon);
    else
        memset(b->theta, 0, f * b->horizon * sizeof *b->theta);
}

/* --- the choice --- */

typedef struct trial {
    design d;
    double loss[STRENGTHS]; /* means over the folds */
} trial;

typedef struct search {
    material m;
    fc_linear_folds folds;
    trial trial[MOST_DESIGNS];
    int count;
    int code;
} search;

/* Mean squared error of the windows whose origin is in a fold, at the steps that are looked at. */
static double loss_of(bench *b, const fc_linear_folds *folds, int fold)
{
    double sum = 0, *row = b->rows, level;
    size_t count = 0;
    for (int k = 0; k < b->m->data->targets; k++)
        for (size_t o = folds->begin[fold]; o + b->horizon <= folds->end[fold]; o++) {
            if (!take_window(b, row, k, o, &level))
                continue;
            for (int a = 0; a < folds->steps; a++) {
                const size_t h = (size_t)folds->step[a];
                double error = row[b->features + h];
                for (size_t i = 0; i < b->features; i++)
                    error -= row[i] != 0 ? row[i] * b->theta[i * b->horizon + h] : 0;
                sum += error * error;
                count++;
            }
        }
    return count ? sum / (double)count : NAN;
}

static void try_one(void *context, int n, int worker)
{
    search *s = context;
    trial *t = &s->trial[n];
    bench b;
    int seen = 0;
    (void)worker;
    if (!bench_make(&b, &s->m, t->d))
        __atomic_store_n(&s->code, NN_FAILED, __ATOMIC_RELAXED);
    else
        for (int fold = 0; fold < s->folds.folds; fold++) {
            learn(&b, fold ? s->folds.begin[fold - 1] : 0, s->folds.begin[fold]);
            double loss[STRENGTHS];
            for (int a = 0; a < STRENGTHS; a++) {
                solve(&b, strengths[a]);
                loss[a] = loss_of(&b, &s->folds, fold);
            }
            seen += !isnan(loss[0]);
            for (int a = 0; a < STRENGTHS && !isnan(loss[0]); a++)
                t->loss[a] += (loss[a] - t->loss[a]) / seen;
        }
    if (!seen)
        for (int a = 0; a < STRENGTHS; a++)
            t->loss[a] = INFINITY;
    bench_free(&b);
}

static void propose(search *s, int wanted)
{
    const int season = s->m.data->season, statics = s->m.state->statics;
    const int lags[LAGS] = {1, 2, 4, 8, season, 2 * season};
    for (int i = 0; i < (wanted ? 1 : LAGS); i++)
        for (int j = 0; j < 4; j++) {
            design d = {.lags = wanted ? wanted : lags[i], .statics = statics};
            d.level = j & 1 ? d.lags : 1;
            d.phases = j & 2 ? season : 1;
            bool twice = (j & 1 && d.lags == 1) || (j & 2 && (season < 2 || season > MOST_SEASON));
            for (int k = 0; k < s->count; k++)
                twice = twice || memcmp(&s->trial[k].d, &d, sizeof d) == 0;
            if (!twice && features_of(&d) <= MOST_FEATURES &&
                (size_t)d.lags + (size_t)s->m.data->horizon + LEAST_WINDOWS <= s->folds.begin[0])
                s->trial[s->count++] = (trial){.d = d};
        }
}

/* The best of them, where it is better than `most`. */
static bool pick(linear *state, const search *s, double most)
{
    bool found = false;
    for (int i = 0; i < s->count; i++)
        for (int a = 0; a < STRENGTHS; a++) {
            const design *d = &s->trial[i].d;
            if (!(s->trial[i].loss[a] < most))
                continue;
            most = state->loss = s->trial[i].loss[a];
            state->lags = d->lags;
            state->level = d->level;
            state->phases = d->phases;
            state->strength = strengths[a];
            found = true;
        }
    return found;
}

/* Many series tell in few rows what one does not: the last horizon is held back where there is no fold. */
static void hold_back(fc_linear_folds *folds, const fc_linear_data *data)
{
    const size_t horizon = (size_t)data->horizon;
    fc_linear_folds_make(folds, data);
    if (folds->folds || data->rows < 2 * horizon + LEAST_BEFORE)
        return;
    folds->folds = 1;
    folds->begin[0] = data->rows - horizon;
    folds->end[0] = data->rows;
}

/* The last value, and the last one a season before: what there is to be beaten where nothing else was tried.
 */
static double least_naive(const search *s)
{
    const fc_linear_data *d = s->m.data;
    const size_t season = (size_t)d->season, horizon = (size_t)d->horizon;
    double sum[2] = {0}, count[2] = {0};
    for (int k = 0; k < d->targets; k++)
        for (int fold = 0; fold < s->folds.folds; fold++)
            for (size_t o = s->folds.begin[fold]; o + horizon <= s->folds.end[fold]; o++)
                for (size_t h = 0; h < horizon; h++) {
                    const size_t at = (size_t)k * d->rows, back = (h / season + 1) * season;
                    if (!d->truth[at + o + h])
                        continue;
                    for (int i = 0; i < (o + h >= back ? 2 : 1); i++) {
                        const double e = d->x[at + o + h] - d->x[at + (i ? o + h - back : o - 1)];
                        sum[i] += e * e;
                        count[i]++;
                    }
                }
    const double last = count[0] ? sum[0] / count[0] : NAN, seasonal = sum[1] / count[1];
    return count[1] == count[0] && seasonal < last ? seasonal : last;
}

/* most: NaN where no other forecast was tried. */
static int choose(linear *state, const material *m, int lags, double most, bool *found, nn_error *error)
{
    search s = {.m = *m};
    hold_back(&s.folds, m->data);
    if (s.folds.folds)
        propose(&s, lags);
    fc_linear_run(state->local.pool, s.count, try_one, &s);
    *found = !s.code && pick(state, &s, isnan(most) ? least_naive(&s) : most);
    return s.code ? nn_no_memory(error) : NN_OK;
}

/* --- fitting and forecasting --- */

static int solve_all(linear *s, const material *m, nn_error *error)
{
    bench b;
    const bool ready = bench_make(&b, m, (design){s->lags, s->level, s->phases, s->statics});
    double *weights = ready ? realloc(s->weights, b.features * b.horizon * sizeof *weights) : NULL;
    if (weights) {
        s->weights = weights;
        learn(&b, 0, m->data->rows);
        solve(&b, s->strength);
        for (size_t i = 0; i < b.features * b.horizon; i++)
            weights[i] = (double)(float)b.theta[i]; /* as a file holds them */
    }
    bench_free(&b);
    return weights ? NN_OK : nn_no_memory(error);
}

int fc_linear_fit_statics(linear *s, const fc_linear_data *data, const ds_view *view, int lags, double most,
                          nn_error *error)
{
    const material m = {s, data, view->static_values};
    bool found = s->phases > 0; /* chosen before */
    int code = NN_OK;
    if (!found) {
        s->statics = view->statics;
        code = choose(s, &m, lags, most, &found, error);
        if (!found)
            s->statics = 0;
    }
    if (code || !found)
        return code;
    s->maps = 1;
    s->cycle = 0;
    return solve_all(s, &m, error);
}

void fc_linear_forecast_statics(const linear *s, const ds_view *view, size_t origin, int horizon, double *out)
{
    const design d = {s->lags, s->level, s->phases, s->statics};
    const size_t f = (size_t)features_of(&d), lags = (size_t)s->lags;
    const int place = fc_linear_phase(s, view, origin), targets = s->local.targets;
    double *window = malloc((lags + f) * sizeof *window), *phi = window + lags;
    const bool fits = window && view->statics == s->statics; /* else the level stands */
    for (int k = 0; k < targets; k++) {
        double c = 0;
        if (fits) {
            fc_linear_see(s, view, origin, k, s->lags, window);
            c = explain(phi, &d, window + lags, place, view->static_values + k * s->statics);
        }
        for (int h = 0; h < horizon; h++) {
            double value = c;
            for (size_t i = 0; i < f && fits; i++)
                value += phi[i] * s->weights[i * (size_t)s->local.horizon + (size_t)h];
            out[h * targets + k] = value * s->local.spread[k] + s->local.level[k];
        }
    }
    free(window);
}
