/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fitting of exponential smoothing: starts, a bounded Levenberg-Marquardt descent, and the choice of a form.
 */
#include "forecast/forecasters/smoothing/ets_internal.h"

#include <math.h>
#include <string.h>

/* --- one step --- */

/* The best step within the bounds: what would leave them is held at them, and the others are solved again. */
static bool bounded_step(const ets_point *p, const ets_slope *at, double damping, double *move)
{
    bool held[ETS_K] = {false}, again = true;
    memset(move, 0, (size_t)p->count * sizeof *move);
    for (int i = 0; i < p->level; i++)
        held[i] =
            (p->x[i] <= p->low[i] && at->gradient[i] > 0) || (p->x[i] >= p->high[i] && at->gradient[i] < 0);
    while (again) {
        again = false;
        if (!fc_ets_solve(at, p->count, damping, held, move))
            return false;
        for (int i = 0; i < p->level && !again; i++) {
            const double to = p->x[i] + move[i];
            if (held[i] || (to >= p->low[i] && to <= p->high[i]))
                continue;
            held[i] = again = true;
            move[i] = (to < p->low[i] ? p->low[i] : p->high[i]) - p->x[i];
        }
    }
    return true;
}

/* A descent that can be gone on with. */
typedef struct descent {
    ets_point point;
    double value, damping;
    int steps;
    bool over; /* it cannot be told to go lower */
} descent;

static descent begin_at(const ets_point *point)
{
    return (descent){.point = *point, .value = INFINITY, .damping = 1e-3};
}

/* One step of Levenberg and Marquardt within the bounds; at: the slope at the point. False where there is
 * none. */
static bool step_down(descent *d, const ets_slope *at, const double *y, size_t n)
{
    double move[ETS_K];
    for (; d->damping < 1e12; d->damping *= 6) {
        if (!bounded_step(&d->point, at, d->damping, move))
            continue;
        ets_point to = d->point;
        for (int k = 0; k < to.count; k++)
            to.x[k] = fmin(fmax(to.x[k] + move[k], to.low[k]), to.high[k]);
        const double value = fc_ets_value(&to, y, n);
        if (value < at->value) {
            d->point = to;
            d->value = value;
            d->damping = fmax(d->damping / 8, 1e-9);
            return true;
        }
        if (value - at->value < 1e-9 && d->damping > 1e3)
            return false; /* as low as it can be told */
    }
    return false;
}

/* Whether what goes on from here leads to the end that another has reached. */
static bool is_near(const descent *d, const descent *end)
{
    bool near = fabs(d->value - end->value) < 1e-6;
    for (int i = 0; i < d->point.level && near; i++)
        near = fabs(d->point.x[i] - end->point.x[i]) < 1e-4;
    return near;
}

/* Goes on to so many steps in all, until one gains less than gain, or it comes to one of `ends` that others
 * have reached. */
static void descend(descent *d, const double *y, size_t n, int steps, double gain, const descent *ends,
                    int reached)
{
    ets_slope at;
    if (d->over || d->steps >= steps)
        return;
    d->over = !fc_ets_slope_at(&d->point, y, n, &at);
    if (d->over)
        return;
    d->value = at.value;
    while (d->steps < steps) {
        const double before = at.value;
        d->over = !(at.squares > 0) || !step_down(d, &at, y, n);
        for (int i = 0; i < reached; i++)
            d->over |= is_near(d, &ends[i]);
        if (d->over || ++d->steps == steps || before - d->value < gain)
            break;
        if (!fc_ets_slope_at(&d->point, y, n, &at))
            break;
    }
}

/* --- where the search begins --- */

static void lay_out(ets_point *p, fc_ets_form form)
{
    *p = (ets_point){.form = form, .beta = -1, .gamma = -1, .phi = -1, .growth = -1, .season = -1};
    p->low[0] = 1e-4;
    p->high[0] = 0.9999;
    p->count = 1;
    if (form.trend != 'N')
        p->beta = p->count++;
    if (form.season != 'N')
        p->gamma = p->count++;
    for (int i = 1; i < p->count; i++)
        p->high[i] = 1;
    if (form.damped) {
        p->phi = p->count++;
        p->low[p->phi] = 0.8;
        p->high[p->phi] = 0.98;
    }
    p->level = p->count++;
    if (form.trend != 'N')
        p->growth = p->count++;
    if (form.season != 'N') {
        p->season = p->count;
        p->count += form.period - 1;
    }
    for (int i = p->level; i < p->count; i++) {
        p->low[i] = -INFINITY;
        p->high[i] = INFINITY;
    }
}

/* Line through the values that are there: y = at + slope t. */
static void line_through(const double *y, size_t n, double *at, double *slope)
{
    double count = 0, ty = 0, tt = 0, mean_t = 0, mean = 0;
    for (size_t t = 0; t < n; t++)
        if (!isnan(y[t])) {
            count++;
            mean_t += (double)t;
            mean += y[t];
        }
    mean_t /= count;
    mean /= count;
    for (size_t t = 0; t < n; t++)
        if (!isnan(y[t])) {
            ty += ((double)t - mean_t) * (y[t] - mean);
            tt += ((double)t - mean_t) * ((double)t - mean_t);
        }
    *slope = tt > 0 ? ty / tt : 0;
    *at = mean - *slope * mean_t;
}

/* Means by phase of the first seasons about their line; relative to it for multiplicative ones. */
static void first_season(const fc_ets_form form, const double *y, size_t n, double at, double slope,
                         double *season)
{
    double count[FC_ETS_PERIOD] = {0}, mean = 0;
    const int period = form.period;
    for (int j = 0; j < period; j++)
        season[j] = 0;
    for (size_t t = 0; t < n; t++)
        if (!isnan(y[t])) {
            const double line = at + slope * (double)t;
            season[t % (size_t)period] += form.season == 'A' ? y[t] - line : y[t] / line;
            count[t % (size_t)period]++;
        }
    for (int j = 0; j < period; j++) {
        season[j] = count[j] > 0 ? season[j] / count[j] : form.season == 'M' ? 1 : 0;
        if (form.season == 'M')
            season[j] = fmin(fmax(season[j], 0.02), period * 0.8);
        mean += season[j] / period;
    }
    for (int j = 0; j < period; j++)
        season[j] = form.season == 'A' ? season[j] - mean : season[j] / mean;
}

/* States of the first few seasons. */
static void first_states(ets_point *p, const double *y, size_t n)
{
    const size_t period = (size_t)p->form.period, some = period > 1 ? 4 * period : 10;
    double at, slope, mean = 0, season[FC_ETS_PERIOD];
    n = n < some ? n : some - some % period;
    if (n > period)
        n -= n % period;
    line_through(y, n, &at, &slope);
    mean = at + slope * 0.5 * (double)(n - 1);
    const bool relative = p->form.error == 'M' || p->form.trend == 'M' || p->form.season == 'M';
    if (p->form.trend == 'N' || (relative && !(at > 0.1 * mean))) {
        at = mean;
        slope = 0;
    }
    p->x[p->level] = at - slope;
    if (p->growth >= 0)
        p->x[p->growth] = p->form.trend == 'A' ? slope : fmin(fmax(1 + slope / mean, 0.5), 2);
    if (p->form.trend == 'M' && !(p->x[p->level] > 0))
        p->x[p->level] = mean;
    if (p->season < 0)
        return;
    first_season(p->form, y, n, at, slope, season);
    for (int j = 0; j + 1 < p->form.period; j++)
        p->x[p->season + j] = season[j];
}

static void begin(ets_point *p, int start)
{
    static const double where[][4] = {
        /* alpha, shares of beta and gamma, phi */
        {0.3, 0.1, 0.1, 0.95},    {0.8, 0.05, 0.3, 0.9},  {0.05, 0.3, 0.02, 0.97}, {0.5, 0.8, 0.05, 0.85},
        {0.97, 0.97, 0.05, 0.97}, {0.12, 0.9, 0.9, 0.97}, {0.002, 0.5, 0.01, 0.97}};
    p->x[0] = where[start][0];
    if (p->beta >= 0)
        p->x[p->beta] = where[start][1];
    if (p->gamma >= 0)
        p->x[p->gamma] = where[start][2];
    if (p->phi >= 0)
        p->x[p->phi] = where[start][3];
}

/* A level without growth and season: where the states of the first seasons cannot be. */
static void flatten(ets_point *p, const double *y, size_t n)
{
    double sum = 0, count = 0;
    for (size_t t = 0; t < n; t++)
        if (!isnan(y[t])) {
            sum += y[t];
            count++;
        }
    p->x[0] = 0.05;
    p->x[p->level] = sum / count;
    if (p->growth >= 0)
        p->x[p->growth] = p->form.trend == 'M' ? 1 : 0;
    for (int j = 0; p->season >= 0 && j + 1 < p->form.period; j++)
        p->x[p->season + j] = p->form.season == 'M' ? 1 : 0;
}

enum { STARTS = 7, FOLLOWED = 3, SCREENED = 3 };

/* --- one form --- */

static size_t count_values(const double *y, size_t n, bool *positive)
{
    size_t count = 0;
    *positive = true;
    for (size_t t = 0; t < n; t++)
        if (!isnan(y[t])) {
            count++;
            *positive &= y[t] > 0;
        }
    return count;
}

static bool can_fit(fc_ets_form form, size_t count, bool positive)
{
    const bool relative = form.error == 'M' || form.trend == 'M' || form.season == 'M';
    return (size_t)fc_ets_count(form) + 2 <= count && (positive || !relative);
}

/* The starts that are screened, begun: those of a form. */
typedef struct screening {
    descent of[SCREENED];
} screening;

static descent start_of(const ets_point *first, int start)
{
    ets_point point = *first;
    begin(&point, start);
    return begin_at(&point);
}

/* Some steps from each start, or on from where its screening ended. */
static int try_starts(descent *starts, fc_ets_form form, const screening *begun, const double *y, size_t n)
{
    ets_point first;
    const int count = form.trend == 'N' && form.season == 'N' ? FOLLOWED : STARTS;
    lay_out(&first, form);
    first_states(&first, y, n);
    for (int i = 0; i < count; i++) {
        starts[i] = begun && i < SCREENED ? begun->of[i] : start_of(&first, i);
        descend(&starts[i], y, n, 10, 1e-3, NULL, 0);
        if (isfinite(starts[i].value))
            continue;
        flatten(&starts[i].point, y, n);
        starts[i] = begin_at(&starts[i].point);
        descend(&starts[i], y, n, 10, 1e-3, NULL, 0);
    }
    return count;
}

/* Follows the best starts to the end. Returns the best of them. */
static int follow(descent *starts, int count, const double *y, size_t n)
{
    int best = 0;
    for (int i = 0; i < FOLLOWED; i++) {
        int most = i; /* the next one to follow */
        for (int k = i + 1; k < count; k++)
            most = starts[k].value < starts[most].value ? k : most;
        const descent next = starts[most];
        starts[most] = starts[i];
        starts[i] = begin_at(&next.point);
        descend(&starts[i], y, n, 200, 1e-8, starts, i);
        best = starts[i].value < starts[best].value ? i : best;
    }
    return best;
}

static bool fit_on(fc_ets_model *model, fc_ets_form form, const screening *begun, const double *y, size_t n)
{
    descent starts[STARTS];
    bool positive;
    const size_t count = count_values(y, n, &positive);
    if (!can_fit(form, count, positive))
        return false;
    const int best = follow(starts, try_starts(starts, form, begun, y, n), y, n);
    if (!isfinite(starts[best].value))
        return false;
    fc_ets_point_model(&starts[best].point, model);
    fc_ets_evaluate(model, y, n);
    return true;
}

bool fc_ets_fit(fc_ets_model *model, fc_ets_form form, const double *y, size_t n)
{
    return fit_on(model, form, NULL, y, n);
}

/* --- the choice of a form --- */

typedef struct candidate {
    fc_ets_form form;
    screening begun;
    double criterion; /* AICc as far as it was searched */
} candidate;

static const fc_ets_form forms[FC_ETS_FORMS] = {
    {'A', 'N', 'N', false, 1}, {'M', 'N', 'N', false, 1}, {'A', 'A', 'N', false, 1},
    {'A', 'A', 'N', true, 1},  {'M', 'A', 'N', false, 1}, {'M', 'A', 'N', true, 1},
    {'A', 'N', 'A', false, 2}, {'A', 'A', 'A', false, 2}, {'A', 'A', 'A', true, 2},
    {'M', 'N', 'A', false, 2}, {'M', 'A', 'A', false, 2}, {'M', 'A', 'A', true, 2},
    {'M', 'N', 'M', false, 2}, {'M', 'A', 'M', false, 2}, {'M', 'A', 'M', true, 2}};

static double criterion(fc_ets_form form, double value, size_t count)
{
    const double k = fc_ets_count(form) + 1;
    return value + 2 * k + 2 * k * (k + 1) / ((double)count - k - 1);
}

/* Each form from three starts, a few steps each. */
static int screen(candidate *candidates, int period, const double *y, size_t n, size_t count, bool positive)
{
    int have = 0;
    for (int i = 0; i < FC_ETS_FORMS; i++) {
        fc_ets_form form = forms[i];
        if (form.season != 'N')
            form.period = period;
        if ((form.season != 'N' && (period < 2 || period > FC_ETS_PERIOD)) || !can_fit(form, count, positive))
            continue;
        candidate *c = &candidates[have++];
        double best = INFINITY;
        ets_point first;
        c->form = form;
        lay_out(&first, form);
        first_states(&first, y, n);
        for (int s = 0; s < SCREENED; s++) {
            c->begun.of[s] = start_of(&first, s);
            descend(&c->begun.of[s], y, n, 5, 0.1, NULL, 0);
            best = fmin(best, c->begun.of[s].value);
        }
        c->criterion = criterion(form, best, count);
    }
    return have;
}

int fc_ets_weigh(fc_ets_model models[FC_ETS_FORMS], double weight[FC_ETS_FORMS], int period, const double *y,
                 size_t n)
{
    candidate candidates[FC_ETS_FORMS];
    bool positive;
    const size_t count = count_values(y, n, &positive);
    const int screened = screen(candidates, period, y, n, count, positive);
    double least_screened = INFINITY, total = 0;
    int have = 0, kept = 0;
    for (int i = 0; i < screened; i++)
        least_screened = fmin(least_screened, candidates[i].criterion);
    for (int i = 0; i < screened; i++) {
        if (candidates[i].criterion > least_screened + 8 ||
            !fit_on(&models[have], candidates[i].form, &candidates[i].begun, y, n))
            continue;
        if (have > 0 && models[have].aicc < models[0].aicc) {
            const fc_ets_model better = models[have];
            models[have] = models[0];
            models[0] = better;
        }
        have++;
    }
    for (int i = 0; i < have; i++) {
        const double share = exp(0.5 * (models[0].aicc - models[i].aicc));
        if (share < 0.02)
            continue;
        models[kept] = models[i];
        total += weight[kept++] = share;
    }
    for (int i = 0; i < kept; i++)
        weight[i] /= total;
    return kept;
}

bool fc_ets_choose(fc_ets_model *model, int period, const double *y, size_t n)
{
    fc_ets_model models[FC_ETS_FORMS];
    double weight[FC_ETS_FORMS];
    const bool any = fc_ets_weigh(models, weight, period, y, n) > 0;
    if (any)
        *model = models[0];
    return any;
}
