/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recursion of complex exponential smoothing, its backcast first states, its fit and its forecasts. */
#include "forecast/forecasters/smoothing/ces_model.h"
#include "forecast/statistics/seasons.h"
#include "forecast/statistics/simplex.h"

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

static double value(const double *point, void *data)
{
    const search *s = data;
    double squares = 0;
    size_t count = 0;
    memcpy(s->model->a, point, sizeof s->model->a);
    for (int i = 0; i < 2 && s->model->kind == 'F'; i++)
        s->model->b[i] = point[2 + i];
    if (s->model->kind == 'P')
        s->model->b[0] = point[2];
    if (!stable(point) || (s->model->kind == 'F' && !stable(point + 2)))
        return INFINITY;
    backcast(s);
    pass(s->model, s->x, 0, s->y, 1, s->n, &squares, &count);
    return (double)count * log(fmax(squares, DBL_MIN));
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

bool fc_ces_fit(fc_ces_model *model, char kind, int period, const double *y, size_t n)
{
    static const double low[] = {0.01, 0.01, 0.01, 0.01}, high[] = {1.8, 1.9, 1.5, 1.5};
    static const double starts[][4] = {
        {1.3, 1, 0.1, 0.1}, {1.3, 1, 1.3, 1}, {1.1, 1.05, 0.3, 0.5}, {1.1, 1.02, 1.15, 1.05}};
    const int count = kind == 'F' ? 4 : kind == 'P' ? 3 : 2;
    search s;
    *model = (fc_ces_model){.kind = kind, .period = kind == 'N' ? 1 : period};
    if (n < 5 || n < 2 * (size_t)model->period)
        return false;
    double *room = prepare(&s, model, y, n), least = INFINITY, best[4] = {0};
    if (!room)
        return false;
    for (int i = 0; i < 2; i++) {
        double x[4];
        memcpy(x, starts[(kind == 'F') + 2 * i], sizeof x);
        const double reached = fc_simplex(count, x, low, high, value, &s, 0.05, 1e-6, 600);
        if (reached < least) {
            least = reached;
            memcpy(best, x, sizeof best);
        }
    }
    value(best, &s);
    conclude(&s);
    free(room);
    return true;
}

bool fc_ces_choose(fc_ces_model *model, int period, const double *y, size_t n)
{
    if (!fc_ces_fit(model, 'N', 1, y, n))
        return false;
    for (const char *kind = "SPF"; *kind && period > 1; kind++) {
        fc_ces_model other;
        if (!fc_ces_fit(&other, *kind, period, y, n))
            continue;
        if (other.aicc < model->aicc) {
            const fc_ces_model worse = *model;
            *model = other;
            other = worse;
        }
        fc_ces_clear(&other);
    }
    return true;
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
