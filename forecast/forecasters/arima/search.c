/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for ARMA coefficients: a quasi-Newton method (BFGS) over unbounded numbers that stand for
 * partial autocorrelations (Monahan 1984), from several starts. */
#include "forecast/forecasters/arima/internal.h"

#include <math.h>
#include <string.h>

enum { LAGS = ARIMA_LAGS, MOST_TRIED = 8, DESCENTS = MOST_TRIED + 1, TOGETHER = 8, STEPS = 80, SHORTER = 14 };

/* One block of lags: x / sqrt(1 + x^2) are partial autocorrelations; roots beyond 1 / shrink. */
static void block_coefficients(const double *point, int count, double shrink, double sign, double *out)
{
    double scale = sign;
    for (int i = 0; i < count; i++)
        out[i] = point[i] / sqrt(1 + point[i] * point[i]);
    arima_from_partial(out, count);
    for (int i = 0; i < count; i++)
        out[i] *= scale *= shrink;
}

void arima_point_to_coefficients(const arima_search *s, const double *point, double *coefficient)
{
    const fc_arima_order *o = &s->order;
    if (s->squares) {
        memcpy(coefficient, point, (size_t)fc_arima_lags(o) * sizeof *coefficient);
        return;
    }
    const int count[4] = {o->p, o->q, o->seasonal_p, o->seasonal_q};
    const double seasonal = pow(s->shrink, o->period);
    for (int b = 0, at = 0; b < 4; at += count[b++])
        block_coefficients(point + at, count[b], b < 2 ? s->shrink : seasonal, b % 2 == 0 ? 1 : -1,
                           coefficient + at);
}

bool arima_point_beyond(arima_search *s, const double *point, double radius)
{
    double coefficient[LAGS], *scaled = s->room;
    arima_point_to_coefficients(s, point, coefficient);
    arima_expand(&s->order, coefficient, &s->poly);
    for (int side = 0; side < 2; side++) {
        const int count = side ? s->poly.q : s->poly.p;
        double power = side ? -1 : 1;
        for (int i = 0; i < count; i++)
            scaled[i] = (side ? s->poly.theta[i] : s->poly.phi[i]) * (power *= radius);
        if (!arima_to_partial(scaled, count))
            return false;
    }
    return true;
}

/* How carefully to descend. */
typedef struct care {
    bool central;     /* slopes by differences to both sides */
    double tolerance; /* the second step in a row that gains less is the last */
} care;

static const care rough = {false, 1e-2}, fine = {true, 1e-6};

static double step_of(double x, const care *how)
{
    return (how->central ? 1e-5 : 1e-6) * (1 + fabs(x));
}

static double product(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void reset(double inverse[LAGS][LAGS], int n, double scale)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            inverse[i][j] = i == j ? scale : 0;
}

/* Broyden, Fletcher, Goldfarb & Shanno: the inverse of the second derivatives after a step that changed the
 * slope by `change`. */
static void update(double inverse[LAGS][LAGS], int n, const double *step, const double *change)
{
    double moved[LAGS];
    const double along = product(step, change, n);
    if (!(along > 1e-12 * sqrt(product(step, step, n) * product(change, change, n))))
        return;
    for (int i = 0; i < n; i++)
        moved[i] = product(inverse[i], change, n);
    const double curve = (1 + product(change, moved, n) / along) / along;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            inverse[i][j] += curve * step[i] * step[j] - (moved[i] * step[j] + step[i] * moved[j]) / along;
}

/* One descent, which asks for values and slopes one by one, so that several go on side by side. */
typedef struct descent {
    double point[LAGS], value, slope[LAGS], inverse[LAGS][LAGS];
    double way[LAGS], downward, length; /* of the step that is tried: its direction, the slope along it */
    double asked[LAGS];                 /* the point of which value and slope are wanted */
    int steps, shorter, slow; /* steps begun; how often this one was shortened; slow ones in a row */
    bool begun, fresh, done;  /* fresh: nothing is known of second derivatives */
} descent;

static void begin(descent *d, int n, const double *point)
{
    d->begun = d->done = false;
    memcpy(d->point, point, (size_t)n * sizeof *point);
    memcpy(d->asked, point, (size_t)n * sizeof *point);
}

static void forget(descent *d, int n)
{
    reset(d->inverse, n, fmin(1, .5 / (1e-9 + sqrt(product(d->slope, d->slope, n)))));
    d->fresh = true;
}

static void ask_along(descent *d, int n)
{
    for (int i = 0; i < n; i++)
        d->asked[i] = d->point[i] + d->length * d->way[i];
}

/* Chooses the next step, or ends. */
static void choose_step(descent *d, int n)
{
    for (; d->steps < STEPS && d->slow < 2 && isfinite(d->value); forget(d, n)) {
        d->steps++;
        for (int i = 0; i < n; i++)
            d->way[i] = -product(d->inverse[i], d->slope, n);
        d->downward = product(d->way, d->slope, n);
        d->length = fmin(1, 3 / sqrt(product(d->way, d->way, n)));
        d->shorter = 0;
        if (d->downward < 0) {
            ask_along(d, n);
            return;
        }
        if (d->fresh)
            break;
    }
    d->done = true;
}

/* The step was low enough. */
static void take_step(descent *d, int n, double value, const double *slope, const care *how)
{
    double step[LAGS], change[LAGS];
    for (int i = 0; i < n; i++) {
        step[i] = d->asked[i] - d->point[i];
        change[i] = slope[i] - d->slope[i];
    }
    update(d->inverse, n, step, change);
    d->slow = d->value - value < how->tolerance ? d->slow + 1 : 0;
    d->fresh = false;
    d->value = value;
    memcpy(d->point, d->asked, (size_t)n * sizeof *d->point);
    memcpy(d->slope, slope, (size_t)n * sizeof *slope);
    choose_step(d, n);
}

/* Value and slope at the point that was asked for. */
static void tell(descent *d, int n, double value, const double *slope, const care *how)
{
    if (!d->begun) {
        d->begun = true;
        d->value = value;
        d->steps = d->slow = 0;
        memcpy(d->slope, slope, (size_t)n * sizeof *slope);
        forget(d, n);
        choose_step(d, n);
    } else if (value < d->value && value <= d->value + 1e-4 * d->length * d->downward)
        take_step(d, n, value, slope, how);
    else if (++d->shorter < SHORTER) {
        const double rise = (value - d->value) / d->length - d->downward,
                     best = isfinite(value) ? -d->downward * d->length / (2 * rise) : 0;
        d->length = fmin(.5 * d->length, fmax(.1 * d->length, best));
        ask_along(d, n);
    } else if (d->fresh)
        d->done = true;
    else {
        forget(d, n);
        choose_step(d, n);
    }
}

/* Points about one, whose values make its slope; x has 1 + n or 1 + 2 n of them, the point first. */
static int surround(double x[][LAGS], int n, const double *point, const care *how)
{
    int count = 1;
    memcpy(x[0], point, (size_t)n * sizeof *point);
    for (int i = 0; i < n; i++)
        for (int side = 0; side <= how->central; side++) {
            memcpy(x[count], point, (size_t)n * sizeof *point);
            x[count++][i] += (side ? -1 : 1) * step_of(point[i], how);
        }
    return count;
}

static void slope_of(const double *value, int n, const double *point, const care *how, double *slope)
{
    for (int i = 0; i < n; i++) {
        const double *above = value + 1 + (how->central ? 2 * i : i), step = step_of(point[i], how);
        slope[i] = how->central ? (above[0] - above[1]) / (2 * step) : (above[0] - value[0]) / step;
        if (!isfinite(slope[i]))
            slope[i] = 0;
    }
}

/* Brings all to their ends, with the points of all of them at once: slopes cost little more than values. */
static void descend(arima_search *s, int n, descent *all, int count, const care *how)
{
    double x[DESCENTS * (2 * LAGS + 1)][LAGS], value[DESCENTS * (2 * LAGS + 1)], slope[LAGS];
    for (int points = 1; points > 0;) {
        points = 0;
        for (int d = 0; d < count; d++)
            if (!all[d].done)
                points += surround(x + points, n, all[d].asked, how);
        arima_minus_logliks(s, points, (const double(*)[LAGS])x, value);
        for (int d = 0, at = 0; d < count; d++) {
            if (all[d].done)
                continue;
            slope_of(value + at, n, all[d].asked, how, slope);
            const double here = value[at];
            at += 1 + (how->central ? 2 : 1) * n;
            tell(&all[d], n, here, slope, how);
        }
    }
}

/* Element `dimension` of the k-th point of Halton's even sequence. */
static double even(int k, int dimension)
{
    static const int prime[LAGS] = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29,  31,  37,  41,  43,  47,  53,
                                    59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131};
    double sum = 0, digit = 1;
    for (int i = k; i > 0; i /= prime[dimension])
        sum += (i % prime[dimension]) * (digit /= prime[dimension]);
    return sum;
}

/* The `tried` best of `more` points that are spread evenly into start, the best one first. Returns how many.
 */
static int spread(arima_search *s, int n, int more, int tried, double start[][LAGS])
{
    double x[TOGETHER][LAGS], value[TOGETHER], height[MOST_TRIED];
    int kept = 0;
    for (int k = 0; k < more && tried > 0; k += TOGETHER) {
        const int some = more - k < TOGETHER ? more - k : TOGETHER;
        for (int j = 0; j < some; j++)
            for (int i = 0; i < n; i++) {
                const double u = 2 * even(k + j + 1, i) - 1;
                x[j][i] =
                    s->squares ? u : tan(.48 * M_PI * u); /* partial autocorrelations mostly near 0, +-1 */
            }
        arima_minus_logliks(s, some, (const double(*)[LAGS])x, value);
        for (int j = 0; j < some; j++) {
            int at = kept < tried ? kept++ : value[j] < height[kept - 1] ? kept - 1 : kept;
            if (at == kept)
                continue;
            for (; at > 0 && height[at - 1] > value[j]; at--) {
                height[at] = height[at - 1];
                memcpy(start[at], start[at - 1], sizeof x[0]);
            }
            height[at] = value[j];
            memcpy(start[at], x[j], sizeof x[0]);
        }
    }
    return kept;
}

double arima_search_run(arima_search *s, double *point, int more, int tried, arima_care careful)
{
    const int n = fc_arima_lags(&s->order);
    double start[MOST_TRIED][LAGS];
    descent all[DESCENTS];
    if (n == 0)
        return arima_minus_loglik(s, point);
    const int kept = spread(s, n, more, tried < MOST_TRIED ? tried : MOST_TRIED, start);
    begin(&all[0], n, point);
    for (int k = 0; k < kept; k++)
        begin(&all[k + 1], n, start[k]);
    descend(s, n, all, kept + 1, careful == ARIMA_FINE ? &fine : &rough);
    int best = 0;
    for (int k = 1; k <= kept; k++)
        if (all[k].value < all[best].value - 1e-9)
            best = k;
    if (careful == ARIMA_POLISHED) {
        begin(&all[best], n, all[best].point);
        descend(s, n, &all[best], 1, &fine);
    }
    memcpy(point, all[best].point, (size_t)n * sizeof *point);
    return all[best].value;
}
