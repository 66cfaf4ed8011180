/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for ARMA coefficients: a quasi-Newton method (BFGS) over unbounded numbers that stand for
 * partial autocorrelations (Monahan 1984), from several starts. */
#include "forecast/forecasters/arima/internal.h"

#include <math.h>
#include <string.h>

enum { LAGS = 4 * FC_ARIMA_LAGS, MOST_TRIED = 8, STEPS = 80 };

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

static double value_at(arima_search *s, const double *point)
{
    double coefficient[LAGS];
    arima_point_to_coefficients(s, point, coefficient);
    return arima_minus_loglik(s, coefficient);
}

/* How carefully to descend. */
typedef struct care {
    bool central;     /* slopes by differences to both sides */
    double tolerance; /* the second step in a row that gains less is the last */
} care;

static const care rough = {false, 1e-2}, fine = {true, 1e-6};

static void slope_at(arima_search *s, int n, const double *point, double value, const care *how,
                     double *slope)
{
    double x[LAGS];
    memcpy(x, point, (size_t)n * sizeof *x);
    for (int i = 0; i < n; i++) {
        const double step = (how->central ? 1e-5 : 1e-6) * (1 + fabs(point[i]));
        x[i] = point[i] + step;
        const double above = value_at(s, x);
        x[i] = point[i] - step;
        slope[i] = how->central ? (above - value_at(s, x)) / (2 * step) : (above - value) / step;
        x[i] = point[i];
        if (!isfinite(slope[i]))
            slope[i] = 0;
    }
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

/* Moves point along way until it is lower enough; step: what it moved by. Returns the new value, the old one
 * where there is none. */
static double move_down(arima_search *s, int n, double *point, const double *way, double descent,
                        double value, double *step)
{
    double x[LAGS], length = fmin(1, 3 / sqrt(product(way, way, n)));
    for (int k = 0; k < 14; k++) {
        for (int i = 0; i < n; i++)
            x[i] = point[i] + length * way[i];
        const double next = value_at(s, x);
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

static double descend(arima_search *s, int n, double *point, double value, const care *how)
{
    double slope[LAGS], next[LAGS], way[LAGS], step[LAGS], inverse[LAGS][LAGS];
    bool fresh = true;
    int slow = 0;
    slope_at(s, n, point, value, how, slope);
    reset(inverse, n, fmin(1, .5 / (1e-9 + sqrt(product(slope, slope, n)))));
    for (int k = 0; k < STEPS && slow < 2 && isfinite(value); k++) {
        for (int i = 0; i < n; i++)
            way[i] = -product(inverse[i], slope, n);
        const double descent = product(way, slope, n), before = value;
        if (descent < 0)
            value = move_down(s, n, point, way, descent, value, step);
        if (value < before) {
            slope_at(s, n, point, value, how, next);
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

double arima_search_run(arima_search *s, double *point, int more, int tried, arima_care careful)
{
    const int n = fc_arima_lags(&s->order);
    double start[MOST_TRIED][LAGS], height[MOST_TRIED], x[LAGS];
    int kept = 0;
    const care *how = careful == ARIMA_FINE ? &fine : &rough;
    if (n == 0)
        return value_at(s, point);
    double best = descend(s, n, point, value_at(s, point), how);
    tried = tried < MOST_TRIED ? tried : MOST_TRIED;
    for (int k = 1; k <= more && tried > 0; k++) {
        for (int i = 0; i < n; i++) {
            const double u = 2 * even(k, i) - 1;
            x[i] = s->squares ? u : tan(.48 * M_PI * u); /* partial autocorrelations mostly near 0 and +-1 */
        }
        const double value = value_at(s, x);
        int at = kept < tried ? kept++ : value < height[kept - 1] ? kept - 1 : kept;
        if (at == kept)
            continue;
        for (; at > 0 && height[at - 1] > value; at--) {
            height[at] = height[at - 1];
            memcpy(start[at], start[at - 1], sizeof x);
        }
        height[at] = value;
        memcpy(start[at], x, sizeof x);
    }
    for (int k = 0; k < kept; k++) {
        const double value = descend(s, n, start[k], height[k], how);
        if (value < best - 1e-9) {
            best = value;
            memcpy(point, start[k], (size_t)n * sizeof *point);
        }
    }
    return careful == ARIMA_POLISHED ? descend(s, n, point, best, &fine) : best;
}
