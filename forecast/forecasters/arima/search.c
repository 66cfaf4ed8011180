/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for ARMA coefficients: a quasi-Newton method (BFGS) over unbounded numbers that stand for
 * partial autocorrelations (Monahan 1984), from several starts. */
#include "forecast/forecasters/arima/internal.h"

#include <math.h>
#include <string.h>

enum { LAGS = ARIMA_LAGS, MOST_TRIED = 8, TOGETHER = 8, STEPS = 80 };

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

/* Value and slope (n) at a point, from all the points about it at once. */
static double slope_at(arima_search *s, int n, const double *point, const care *how, double *slope)
{
    double x[2 * LAGS + 1][LAGS], value[2 * LAGS + 1], step[LAGS];
    int count = 1;
    memcpy(x[0], point, (size_t)n * sizeof *point);
    for (int i = 0; i < n; i++) {
        step[i] = (how->central ? 1e-5 : 1e-6) * (1 + fabs(point[i]));
        for (int side = 0; side <= how->central; side++) {
            memcpy(x[count], point, (size_t)n * sizeof *point);
            x[count++][i] += side ? -step[i] : step[i];
        }
    }
    arima_minus_logliks(s, count, (const double(*)[LAGS])x, value);
    for (int i = 0; i < n; i++) {
        const double *above = value + 1 + (how->central ? 2 * i : i);
        slope[i] = how->central ? (above[0] - above[1]) / (2 * step[i]) : (above[0] - value[0]) / step[i];
        if (!isfinite(slope[i]))
            slope[i] = 0;
    }
    return value[0];
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

/* Moves point along way until it is lower enough; step: what it moved by, next_slope: the slope there, which
 * costs little more than the value. Returns the new value, the old one where there is none. */
static double move_down(arima_search *s, int n, double *point, const double *way, double descent,
                        double value, const care *how, double *step, double *next_slope)
{
    double x[LAGS], length = fmin(1, 3 / sqrt(product(way, way, n)));
    for (int k = 0; k < 14; k++) {
        for (int i = 0; i < n; i++)
            x[i] = point[i] + length * way[i];
        const double next = slope_at(s, n, x, how, next_slope);
        if (next <= value + 1e-4 * length * descent) {
            for (int i = 0; i < n; i++)
                step[i] = x[i] - point[i];
            memcpy(point, x, (size_t)n * sizeof *x);
            return next;
        }
        const double best =
            isfinite(next) ? -descent * length / (2 * ((next - value) / length - descent)) : 0;
        length = fmin(.5 * length, fmax(.1 * length, best));
    }
    return value;
}

static double descend(arima_search *s, int n, double *point, const care *how)
{
    double slope[LAGS], next[LAGS], way[LAGS], step[LAGS], inverse[LAGS][LAGS];
    bool fresh = true;
    int slow = 0;
    double value = slope_at(s, n, point, how, slope);
    reset(inverse, n, fmin(1, .5 / (1e-9 + sqrt(product(slope, slope, n)))));
    for (int k = 0; k < STEPS && slow < 2 && isfinite(value); k++) {
        for (int i = 0; i < n; i++)
            way[i] = -product(inverse[i], slope, n);
        const double descent = product(way, slope, n), before = value;
        if (descent < 0)
            value = move_down(s, n, point, way, descent, value, how, step, next);
        if (value < before) {
            for (int i = 0; i < n; i++) {
                slope[i] = next[i] - slope[i];
            }
            update(inverse, n, step, slope);
            memcpy(slope, next, (size_t)n * sizeof *slope);
            slow = before - value < how->tolerance ? slow + 1 : 0;
            fresh = false;
        } else if (fresh)
            break;
        else {
            reset(inverse, n, fmin(1, .5 / (1e-9 + sqrt(product(slope, slope, n)))));
            fresh = true;
        }
    }
    return value;
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
    const care *how = careful == ARIMA_FINE ? &fine : &rough;
    if (n == 0)
        return arima_minus_loglik(s, point);
    double best = descend(s, n, point, how);
    const int kept = spread(s, n, more, tried < MOST_TRIED ? tried : MOST_TRIED, start);
    for (int k = 0; k < kept; k++) {
        const double value = descend(s, n, start[k], how);
        if (value < best - 1e-9) {
            best = value;
            memcpy(point, start[k], (size_t)n * sizeof *point);
        }
    }
    return careful == ARIMA_POLISHED ? descend(s, n, point, &fine) : best;
}
