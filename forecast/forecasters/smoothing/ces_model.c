/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recursion of complex exponential smoothing, its backcast first states, its fit and its forecasts. */
#include "forecast/forecasters/smoothing/ces_model.h"
#include "forecast/forecasters/smoothing/ces_lanes.h"
#include "forecast/statistics/lanes.h"
#include "forecast/statistics/seasons.h"
#include "forecast/statistics/simplex.h"
#include "lib/base/slab.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t fc_ces_states(int period)
{
    return 2 * (1 + (size_t)period);
}

/* --- the recursion --- */

static inline void turn(const double *a, double *x, double e)
{
    const double x1 = x[0], x2 = x[1];
    x[0] = x1 - (1 - a[1]) * x2 + (a[0] - a[1]) * e;
    x[1] = x1 + (1 - a[0]) * x2 + (a[0] + a[1]) * e;
}

static inline double expect(char kind, const double *x, const double *season)
{
    return kind == 'N' ? x[0] : kind == 'S' ? season[0] : x[0] + season[0];
}

static inline void update(char kind, const fc_ces_model *m, double *x, double *season, double e)
{
    if (kind == 'S')
        turn(m->a, season, e);
    else
        turn(m->a, x, e);
    if (kind == 'P')
        season[0] += m->b[0] * e;
    else if (kind == 'F')
        turn(m->b, season, e);
}

/* Called with a constant kind; step 1 or -1 through y. */
static inline __attribute__((always_inline)) void run(char kind, const fc_ces_model *m, double *x,
                                                      size_t phase, const double *y, ptrdiff_t step, size_t n,
                                                      double *squares, size_t *count)
{
    double sum = 0, pair[2] = {x[0], x[1]};
    size_t known = 0;
    double *season = x + 2 + 2 * phase, *const end = x + 2 + 2 * (size_t)m->period;
    for (size_t t = 0; t < n; t++, y += step) {
        const bool there = !isnan(*y);
        const double e = there ? *y - expect(kind, pair, season) : 0;
        sum += e * e;
        known += there;
        update(kind, m, pair, season, e);
        season += 2;
        if (season == end)
            season = x + 2;
    }
    x[0] = pair[0];
    x[1] = pair[1];
    *squares += sum;
    *count += known;
}

static void pass(const fc_ces_model *m, double *x, size_t phase, const double *y, ptrdiff_t step, size_t n,
                 double *squares, size_t *count)
{
    switch (m->kind) {
    case 'N':
        run('N', m, x, phase, y, step, n, squares, count);
        break;
    case 'S':
        run('S', m, x, phase, y, step, n, squares, count);
        break;
    case 'P':
        run('P', m, x, phase, y, step, n, squares, count);
        break;
    default:
        run('F', m, x, phase, y, step, n, squares, count);
    }
}

void fc_ces_filter(const fc_ces_model *model, double *x, size_t phase, const double *y, size_t n,
                   double *squares, size_t *count)
{
    pass(model, x, phase, y, 1, n, squares, count);
}

/* --- first states --- */

/* What the search knows: the states that every point begins with, and room for its own. */
typedef struct search {
    fc_ces_model *model;
    const double *y, *first;
    size_t n;
    double *x, *turned;
} search;

/* Turns the states behind n values of one direction into those before the first one of the other: carried on
 * over a period without errors, in reverse order. */
static void turn_round(const fc_ces_model *m, double *x, size_t n, double *turned)
{
    const size_t period = (size_t)m->period;
    update('N', m, x, NULL, 0);
    for (size_t j = 0; j < period; j++) {
        double *season = x + 2 + 2 * j;
        if (m->kind == 'S')
            turn(m->a, season, 0);
        else if (m->kind == 'F')
            turn(m->b, season, 0);
    }
    for (size_t j = 0; j < period; j++)
        memcpy(turned + 2 * j, x + 2 + 2 * ((n + period - 1 - j) % period), 2 * sizeof *turned);
    memcpy(x + 2, turned, 2 * period * sizeof *turned);
}

/* The states before the first value into x: over y and back. */
static void backcast(const search *s)
{
    const fc_ces_model *m = s->model;
    double squares = 0;
    size_t count = 0;
    memcpy(s->x, s->first, fc_ces_states(m->period) * sizeof *s->x);
    pass(m, s->x, 0, s->y, 1, s->n, &squares, &count);
    turn_round(m, s->x, s->n, s->turned);
    pass(m, s->x, 0, s->y + s->n - 1, -1, s->n, &squares, &count);
    turn_round(m, s->x, s->n, s->turned);
}

/* Whether errors of the states die out: the eigenvalues of the pair's recursion upon y are inside the unit
 * circle. */
static bool stable(const double *a)
{
    const double d11 = 1 - (a[0] - a[1]), d22 = 1 - a[0], d12 = a[1] - 1, d21 = 1 - (a[0] + a[1]);
    const double trace = d11 + d22, determinant = d11 * d22 - d12 * d21;
    return fabs(determinant) < 1 && fabs(trace) < 1 + determinant;
}

/* The mean of the first values, their season, and each a second state a little smaller. y is bridged. */
static void first_states(const fc_ces_model *m, const double *y, size_t n, double *first, double *room)
{
    const size_t period = (size_t)m->period, some = m->kind != 'N' ? period : n < 10 ? n : 10;
    double mean = 0;
    for (size_t t = 0; t < some; t++)
        mean += y[t] / (double)some;
    memset(first, 0, fc_ces_states(m->period) * sizeof *first);
    first[0] = mean;
    first[1] = mean / 1.1;
    if (m->kind == 'N')
        return;
    if (m->kind != 'S')
        fc_season_indices(y, n, m->period, false, room + n, room);
    for (size_t j = 0; j < period; j++) {
        first[2 + 2 * j] = m->kind == 'S' ? y[j] : room[n + j];
        first[3 + 2 * j] = m->kind == 'P' ? 0 : first[2 + 2 * j] / 1.1;
    }
}

static void bridge(const double *y, size_t n, double *to)
{
    double last = 0;
    for (size_t t = n; t-- > 0;)
        last = isnan(y[t]) ? last : y[t];
    for (size_t t = 0; t < n; t++)
        to[t] = last = isnan(y[t]) ? last : y[t];
}

/* Allocates the model's states and the search's room; NULL without memory. */
static double *prepare(search *s, fc_ces_model *m, const double *y, size_t n)
{
    const size_t states = fc_ces_states(m->period), period = (size_t)m->period;
    double *room = malloc((2 * n + 3 * states + period) * sizeof *room);
    m->start = malloc(2 * states * sizeof *m->start);
    if (!room || !m->start) {
        free(room);
        fc_ces_clear(m);
        return NULL;
    }
    m->last = m->start + states;
    double *first = room, *bridged = room + 3 * states;
    bridge(y, n, bridged);
    first_states(m, bridged, n, first, bridged + n);
    *s = (search){m, y, first, n, room + states, room + 2 * states};
    return room;
}

/* Sets what follows from the model's a and b. */
static void conclude(const search *s)
{
    fc_ces_model *m = s->model;
    const size_t bytes = fc_ces_states(m->period) * sizeof *m->start;
    const double k = m->kind == 'P' ? 4 : m->kind == 'F' ? 5 : 3;
    double squares = 0;
    m->count = 0;
    m->rows = s->n;
    backcast(s);
    memcpy(m->start, s->x, bytes);
    memcpy(m->last, s->x, bytes);
    pass(m, m->last, 0, s->y, 1, s->n, &squares, &m->count);
    const double n = (double)m->count;
    m->sigma2 = squares / fmax(n - k - 1, 1);
    m->log_likelihood = -0.5 * n * log(fmax(squares, DBL_MIN));
    m->aic = -2 * m->log_likelihood + 2 * k;
    m->bic = -2 * m->log_likelihood + log(n) * k;
    m->aicc = n > k + 1 ? m->aic + 2 * k * (k + 1) / (n - k - 1) : INFINITY;
}

bool fc_ces_evaluate(fc_ces_model *model, const double *y, size_t n)
{
    search s;
    double *room = prepare(&s, model, y, n);
    if (!room)
        return false;
    conclude(&s);
    free(room);
    return true;
}

void fc_ces_clear(fc_ces_model *model)
{
    free(model->start);
    model->start = model->last = NULL;
}

/* --- the fit --- */

enum { KINDS = 4, STARTS = 2 };
static const double low[] = {0.01, 0.01, 0.01, 0.01}, high[] = {1.8, 1.9, 1.5, 1.5};

/* The searches of some kinds, which go on side by side. */
typedef struct fits {
    search of[KINDS];
    fc_simplex_search run[KINDS * STARTS]; /* those of a kind one behind the other */
    double *block[KINDS];
    double *lanes; /* their room */
    int kinds;
} fits;

static fc_ces_motion motion_of(const double *a)
{
    return (fc_ces_motion){a[1] - 1, 1, 1 - a[0], a[0] - a[1], a[0] + a[1]};
}

/* False where errors of the first states do not die out. */
static bool lane_of(const search *s, const double *point, fc_ces_lane *lane)
{
    const char kind = s->model->kind;
    const fc_ces_motion own = motion_of(point), still = {.by2 = 1};
    *lane = (fc_ces_lane){own, still, s->model->period, kind == 'S', s->first};
    if (kind == 'S') {
        lane->row = still;
        lane->season = own;
    } else if (kind == 'P')
        lane->season.gain0 = point[2];
    else if (kind == 'F')
        lane->season = motion_of(point + 2);
    return stable(point) && (kind != 'F' || stable(point + 2));
}

/* Tells every search that is not done the value that it asks for. False where all are done. */
static bool go_on(fits *f, size_t count, int period)
{
    fc_ces_lane lane[KINDS * STARTS];
    fc_simplex_search *asking[KINDS * STARTS];
    double squares[KINDS * STARTS];
    int have = 0;
    for (int r = 0; r < STARTS * f->kinds; r++) {
        fc_simplex_search *run = &f->run[r];
        while (!run->done && !lane_of(&f->of[r / STARTS], run->asked.x, &lane[have]))
            fc_simplex_tell(run, INFINITY);
        if (!run->done)
            asking[have++] = run;
    }
    if (have > 0)
        fc_ces_lanes(lane, have, period, f->of[0].y, f->of[0].n, f->lanes, squares);
    for (int i = 0; i < have; i++)
        fc_simplex_tell(asking[i], (double)count * log(fmax(squares[i], DBL_MIN)));
    return have > 0;
}

static void begin(fits *f, int kind)
{
    static const double starts[][4] = {
        {1.3, 1, 0.1, 0.1}, {1.3, 1, 1.3, 1}, {1.1, 1.05, 0.3, 0.5}, {1.1, 1.02, 1.15, 1.05}};
    const char letter = f->of[kind].model->kind;
    const int count = letter == 'F' ? 4 : letter == 'P' ? 3 : 2;
    for (int i = 0; i < STARTS; i++)
        fc_simplex_begin(&f->run[kind * STARTS + i], count, starts[(letter == 'F') + 2 * i], low, high, 0.05,
                         1e-6, 600);
}

/* The better end of the two searches of a kind becomes its model. */
static void settle(fits *f, int kind)
{
    const fc_simplex_corner *first = &f->run[kind * STARTS].at[0], *second = &f->run[kind * STARTS + 1].at[0];
    const double *x = second->value < first->value ? second->x : first->x;
    fc_ces_model *m = f->of[kind].model;
    memcpy(m->a, x, sizeof m->a);
    if (m->kind == 'P' || m->kind == 'F')
        memcpy(m->b, x + 2, (m->kind == 'F' ? 2 : 1) * sizeof *m->b);
    conclude(&f->of[kind]);
}

static void release(fits *f)
{
    for (int k = 0; k < f->kinds; k++)
        free(f->block[k]);
    free(f->lanes);
}

/* Models of the kinds that there are values enough for, in the order of `kinds`. Returns how many: 0 where
 * there is none, or no memory. */
static int fit_kinds(fc_ces_model *models, const char *kinds, int period, const double *y, size_t n)
{
    fits f = {.kinds = 0};
    size_t count = 0;
    f.lanes = nn_slab_raw(FC_MOST_LANES * 2 * fc_ces_states(period) * sizeof *f.lanes);
    bool fine = f.lanes != NULL;
    for (const char *kind = kinds; *kind && fine; kind++) {
        fc_ces_model *m = &models[f.kinds];
        *m = (fc_ces_model){.kind = *kind, .period = *kind == 'N' ? 1 : period};
        if (n < 5 || n < 2 * (size_t)m->period)
            continue;
        f.block[f.kinds] = prepare(&f.of[f.kinds], m, y, n);
        fine = f.block[f.kinds] != NULL;
        if (fine)
            begin(&f, f.kinds++);
    }
    for (size_t t = 0; t < n; t++)
        count += !isnan(y[t]);
    while (fine && go_on(&f, count, period))
        ;
    for (int k = 0; k < f.kinds; k++)
        if (fine)
            settle(&f, k);
        else
            fc_ces_clear(&models[k]);
    release(&f);
    return fine ? f.kinds : 0;
}

bool fc_ces_fit(fc_ces_model *model, char kind, int period, const double *y, size_t n)
{
    return fit_kinds(model, (const char[]){kind, '\0'}, kind == 'N' ? 1 : period, y, n) == 1;
}

bool fc_ces_choose(fc_ces_model *model, int period, const double *y, size_t n)
{
    fc_ces_model models[KINDS];
    const int count = period > 1 ? fit_kinds(models, "NSPF", period, y, n) : fit_kinds(models, "N", 1, y, n);
    for (int k = 1; k < count; k++) {
        if (models[k].aicc < models[0].aicc) {
            const fc_ces_model worse = models[0];
            models[0] = models[k];
            models[k] = worse;
        }
        fc_ces_clear(&models[k]);
    }
    if (count > 0)
        *model = models[0];
    return count > 0;
}

/* --- forecasts --- */

static void carry_on(const fc_ces_model *m, double *x, size_t phase, int horizon, double *mean)
{
    for (int h = 0; h < horizon; h++) {
        double *season = x + 2 + 2 * ((phase + (size_t)h) % (size_t)m->period);
        mean[h] = expect(m->kind, x, season);
        update(m->kind, m, x, season, 0);
    }
}

void fc_ces_forecast(const fc_ces_model *model, const double *x, size_t phase, int horizon, double *mean,
                     double *room)
{
    memcpy(room, x, fc_ces_states(model->period) * sizeof *room);
    carry_on(model, room, phase, horizon, mean);
}

void fc_ces_variance(const fc_ces_model *model, int horizon, double *variance, double *room)
{
    memset(room, 0, fc_ces_states(model->period) * sizeof *room);
    update(model->kind, model, room, room + 2, 1);
    carry_on(model, room, 1, horizon - 1, variance + 1); /* what one error does to later values */
    variance[0] = model->sigma2;
    for (int h = 1; h < horizon; h++)
        variance[h] = variance[h - 1] + model->sigma2 * variance[h] * variance[h];
}
