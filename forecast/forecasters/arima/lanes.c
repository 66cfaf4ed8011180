/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of the likelihood at several points at once, a point to a lane: the same recursions as likelihood.c
 * and poly.c, which are their twins for one point. Which lags there are goes by the orders alone. */
#include "forecast/statistics/lanes.h"
#include "forecast/forecasters/arima/internal.h"

#include <string.h>

enum { CHECKED = 8 };

/* The points of one register. Arrays lie in the task's room, an element a register. */
typedef struct strip {
    const arima_lanes *of;
    int p, q, r, phi_terms, theta_terms;
    int phi_lag[ARIMA_TERMS], theta_lag[ARIMA_TERMS];
    fc_lane *phi, *theta, *gain, *low, *room;
    fc_lane *state;            /* columns x (r + 1) */
    fc_lane *e;                /* columns x n: residuals */
    fc_lane variance, inverse; /* of the next row's error */
} strip;

/* What arima_sums has of one point. */
typedef struct lane_sums {
    fc_lane product[ARIMA_COLUMNS][ARIMA_COLUMNS], scale, counted;
    double logs[FC_LANES];
} lane_sums;

/* --- coefficients --- */

static void step_up(fc_lane *a, int count, fc_lane partial)
{
    for (int i = 0, j = count - 1; i <= j; i++, j--) {
        const fc_lane left = a[i], right = a[j];
        a[i] = left - partial * right;
        a[j] = right - partial * left;
    }
    a[count] = partial;
}

static void block_coefficients(const double (*point)[ARIMA_LAGS], int points, int at, int count,
                               double shrink, double sign, fc_lane *out)
{
    double scale = sign;
    for (int i = 0; i < count; i++) {
        fc_lane x = {0};
        for (int l = 0; l < points; l++)
            x[l] = point[l][at + i];
        out[i] = x / fc_lane_sqrt(1 + x * x);
    }
    for (int k = 1; k < count; k++)
        step_up(out, k, out[k]);
    for (int i = 0; i < count; i++)
        out[i] *= scale *= shrink;
}

static bool is_lag(int j, int count, int seasons, int period)
{
    for (int s = 0; s <= seasons; s++)
        if (j - s * period >= 0 && j - s * period <= count)
            return true;
    return false;
}

/* out (r) = short and seasonal lags multiplied. Returns the number of lags, into `at`. */
static int multiply(const fc_lane *lag, int count, const fc_lane *seasonal, int seasons, int period,
                    double sign, fc_lane *out, int *at)
{
    int terms = 0;
    for (int s = 0; s <= seasons; s++)
        for (int i = 0; i <= count; i++) {
            if (s + i == 0)
                continue;
            fc_lane *to = &out[s * period + i - 1];
            if (s > 0 && i > 0)
                *to += sign * seasonal[s - 1] * lag[i - 1];
            else
                *to += i > 0 ? lag[i - 1] : seasonal[s - 1];
        }
    for (int j = 1; j <= count + seasons * period; j++)
        if (is_lag(j, count, seasons, period))
            at[terms++] = j;
    return terms;
}

static void expand(strip *s, const double (*point)[ARIMA_LAGS], int points)
{
    const fc_arima_order *o = &s->of->order;
    const int count[4] = {o->p, o->q, o->seasonal_p, o->seasonal_q};
    fc_lane block[4][FC_ARIMA_LAGS];
    for (int b = 0, at = 0; b < 4; at += count[b++])
        block_coefficients(point, points, at, count[b], b < 2 ? s->of->shrink : s->of->seasonal_shrink,
                           b % 2 == 0 ? 1 : -1, block[b]);
    memset(s->phi, 0, (size_t)s->r * sizeof *s->phi);
    memset(s->theta, 0, (size_t)s->r * sizeof *s->theta);
    s->phi_terms = multiply(block[0], o->p, block[2], o->seasonal_p, o->period, -1, s->phi, s->phi_lag);
    s->theta_terms = multiply(block[1], o->q, block[3], o->seasonal_q, o->period, 1, s->theta, s->theta_lag);
}

/* --- the stationary state --- */

/* partial (p) of the autoregression; the mask of those that are stationary. */
static fc_lane_mask to_partial(fc_lane *ar, int count)
{
    fc_lane_mask good = ~(fc_lane_mask){0};
    for (int k = count - 1; k >= 0; k--) {
        const fc_lane partial = ar[k], scale = 1 - partial * partial, inverse = 1 / scale;
        good &= (fc_lane_mask)(scale > 0);
        for (int i = 0, j = k - 1; i <= j; i++, j--) {
            const fc_lane left = ar[i], right = ar[j];
            ar[i] = (left + partial * right) * inverse;
            ar[j] = (right + partial * left) * inverse;
        }
    }
    return good;
}

/* g (count): autocovariances of the autoregression with unit variance. work: 2 p. */
static fc_lane_mask ar_covariance(const strip *s, fc_lane *g, int count, fc_lane *work)
{
    fc_lane *partial = work, *a = work + s->p, error = fc_lane_all(1);
    memcpy(partial, s->phi, (size_t)s->p * sizeof *partial);
    const fc_lane_mask good = to_partial(partial, s->p);
    for (int k = 0; k < s->p; k++)
        error *= 1 - partial[k] * partial[k];
    error = 1 / error;
    g[0] = error;
    for (int k = 0; k < s->p; k++) {
        fc_lane sum = partial[k] * error;
        for (int i = 0; i < k; i++)
            sum += a[i] * g[k - i];
        g[k + 1] = sum;
        step_up(a, k, partial[k]);
        error *= 1 - partial[k] * partial[k];
    }
    for (int k = s->p + 1; k < count; k++) {
        g[k] = fc_lane_all(0);
        for (int i = 0; i < s->phi_terms; i++)
            g[k] += s->phi[s->phi_lag[i] - 1] * g[k - s->phi_lag[i]];
    }
    return good & (fc_lane_mask)(g[0] - g[0] == 0);
}

/* gamma (p + 1): autocovariances of the whole process, from g of its autoregression. square: q + 1. */
static void covariance(const strip *s, const fc_lane *g, fc_lane *square, fc_lane *gamma)
{
    const int terms = s->theta_terms;
    memset(square, 0, (size_t)(s->q + 1) * sizeof *square);
    for (int i = -1; i < terms; i++)
        for (int j = i; j < terms; j++) {
            const fc_lane a = i < 0 ? fc_lane_all(1) : s->theta[s->theta_lag[i] - 1],
                          b = j < 0 ? fc_lane_all(1) : s->theta[s->theta_lag[j] - 1];
            square[(j < 0 ? 0 : s->theta_lag[j]) - (i < 0 ? 0 : s->theta_lag[i])] += a * b;
        }
    for (int k = 0; k <= s->p; k++)
        gamma[k] = square[0] * g[k];
    for (int l = 1; l <= s->q; l++) {
        if (!fc_lane_any((fc_lane_mask)(square[l] != 0)))
            continue;
        for (int k = 0; k <= s->p; k++)
            gamma[k] += square[l] * (g[k + l] + g[k > l ? k - l : l - k]);
    }
}

/* first (r): covariance of the stationary state with its first element. */
static fc_lane_mask start_state(const strip *s, fc_lane *first)
{
    const int p = s->p, q = s->q, r = s->r;
    fc_lane *g = s->room, *square = g + p + q + 2, *gamma = square + q + 1, *psi = gamma + p + 1;
    const fc_lane_mask good = ar_covariance(s, g, p + q + 2, psi + r);
    covariance(s, g, square, gamma);
    for (int k = 0; k < r; k++) {
        psi[k] = k == 0 ? fc_lane_all(1) : s->theta[k - 1];
        for (int i = 0; i < s->phi_terms && s->phi_lag[i] <= k; i++)
            psi[k] += s->phi[s->phi_lag[i] - 1] * psi[k - s->phi_lag[i]];
    }
    memset(first, 0, (size_t)r * sizeof *first);
    first[0] = gamma[0];
    for (int t = 0; t < s->phi_terms; t++) {
        const int lag = s->phi_lag[t];
        const fc_lane by = s->phi[lag - 1];
        for (int i = 1; i < lag; i++)
            first[i] += by * gamma[lag - i];
    }
    for (int t = 0; t < s->theta_terms; t++) {
        const int lag = s->theta_lag[t];
        const fc_lane by = s->theta[lag - 1];
        for (int i = 1; i <= lag; i++)
            first[i] += by * psi[lag - i];
    }
    return good;
}

static fc_lane_mask start_filter(strip *s)
{
    const int r = s->r;
    const fc_lane_mask good = start_state(s, s->low);
    s->variance = s->low[0];
    s->low[r] = fc_lane_all(0);
    for (int i = 0; i < r; i++)
        s->gain[i] = s->phi[i] * s->variance + s->low[i + 1];
    memcpy(s->low, s->gain, (size_t)r * sizeof *s->low);
    memset(s->state, 0, (size_t)s->of->columns * (size_t)(r + 1) * sizeof *s->state);
    return good;
}

/* --- rows --- */

static inline __attribute__((always_inline)) void add_products(lane_sums *u, int columns, const fc_lane *v,
                                                               fc_lane weight)
{
    for (int a = 0; a < columns; a++) {
        const fc_lane by = v[a] * weight;
        for (int b = 0; b <= a; b++)
            u->product[a][b] += by * v[b];
    }
}

static void take_logs(lane_sums *u)
{
    for (int l = 0; l < FC_LANES; l++)
        if (!(u->scale[l] < 1e100 && u->scale[l] > 1e-100)) {
            u->logs[l] += log(u->scale[l]);
            u->scale[l] = 1;
        }
}

/* One row: all states, and the gain (fused: the gain of before moves the states). */
static inline __attribute__((always_inline)) void move_on(strip *s, int columns, const fc_lane *v,
                                                          fc_lane *weight)
{
    const int r = s->r;
    const size_t state = (size_t)r + 1;
    const fc_lane first = s->low[0], step = *weight * first, next = s->variance + step * first,
                  next_inverse = 1 / next, over = first * next_inverse, inverse = s->inverse;
    fc_lane *restrict gain = s->gain, *restrict low = s->low, *restrict a = s->state,
                      innovation[ARIMA_COLUMNS];
    for (int k = 0; k < s->phi_terms; k++) {
        const int lag = s->phi_lag[k];
        const fc_lane phi = s->phi[lag - 1];
        low[lag] += phi * first;
        for (int c = 0; c < columns; c++)
            a[(size_t)c * state + (size_t)lag] += phi * a[(size_t)c * state];
    }
    for (int c = 0; c < columns; c++)
        innovation[c] = v[c] * inverse;
#pragma GCC unroll 4
    for (int i = 0; i < r; i++) {
        const fc_lane before = gain[i], moved = low[i + 1], now = before + step * moved;
        for (int c = 0; c < columns; c++)
            a[(size_t)c * state + (size_t)i] = a[(size_t)c * state + (size_t)i + 1] + before * innovation[c];
        gain[i] = now;
        low[i] = moved - now * over;
    }
    low[r] = fc_lane_all(0);
    for (int c = 0; c < columns; c++)
        a[(size_t)c * state + (size_t)r] = fc_lane_all(0);
    *weight *= next * inverse;
    s->variance = next;
    s->inverse = next_inverse;
}

/* Filters until the variance of each has been that of the innovations for r rows. Returns the next row. */
static inline __attribute__((always_inline)) size_t filter_rows(strip *s, int columns, lane_sums *u,
                                                                fc_lane_mask *good)
{
    const size_t n = s->of->n;
    fc_lane weight, v[ARIMA_COLUMNS];
    size_t t = 0, end = n;
    s->inverse = 1 / s->variance;
    weight = -s->inverse;
    for (; t < end; t++) {
        const fc_lane_mask counts = (fc_lane_mask)(s->variance < ARIMA_UNKNOWN);
        for (int c = 0; c < columns; c++) {
            v[c] = s->of->w[(size_t)c * n + t] - s->state[(size_t)c * ((size_t)s->r + 1)];
            s->e[(size_t)c * n + t] = v[c];
        }
        add_products(u, columns, v, (fc_lane)(counts & (fc_lane_mask)s->inverse));
        u->counted -= __builtin_convertvector(counts, fc_lane);
        u->scale *= fc_lane_where(counts, s->variance, fc_lane_all(1));
        move_on(s, columns, v, &weight);
        if (t % CHECKED != CHECKED - 1)
            continue;
        *good &= (fc_lane_mask)(s->variance > 0);
        take_logs(u);
        const fc_lane off = s->variance - 1;
        if (end == n && !fc_lane_any(*good & (fc_lane_mask)(off * off >= 1e-24)))
            end = t + 1 + (size_t)s->r < n ? t + 1 + (size_t)s->r : n;
    }
    *good &= (fc_lane_mask)(s->variance > 0);
    take_logs(u);
    return t;
}

/* The rows behind, from residuals and values before each. */
static inline __attribute__((always_inline)) void plain_rows(strip *s, int columns, lane_sums *u, size_t t)
{
    const size_t n = s->of->n;
    fc_lane v[ARIMA_COLUMNS];
    u->counted += (double)(n - t);
    for (; t < n; t++) {
        for (int c = 0; c < columns; c++) {
            const double *w = s->of->w + (size_t)c * n + t;
            fc_lane *e = s->e + (size_t)c * n + t, sum = fc_lane_all(*w);
            for (int i = s->phi_terms - 1; i >= 0; i--)
                sum -= s->phi[s->phi_lag[i] - 1] * w[-s->phi_lag[i]];
            for (int i = s->theta_terms - 1; i >= 0; i--) /* the last residual last: the rest need not wait */
                sum -= s->theta[s->theta_lag[i] - 1] * e[-s->theta_lag[i]];
            *e = v[c] = sum;
        }
        add_products(u, columns, v, fc_lane_all(1));
    }
}

static void run_rows(strip *s, lane_sums *u, fc_lane_mask *good)
{
    if (s->of->columns == 1)
        plain_rows(s, 1, u, filter_rows(s, 1, u, good));
    else if (s->of->columns == 2)
        plain_rows(s, 2, u, filter_rows(s, 2, u, good));
    else
        plain_rows(s, s->of->columns, u, filter_rows(s, s->of->columns, u, good));
}

/* --- the whole --- */

static void lay_out(strip *s)
{
    const fc_arima_order *o = &s->of->order;
    s->p = o->p + o->period * o->seasonal_p;
    s->q = o->q + o->period * o->seasonal_q;
    s->r = arima_state_size(o);
    const size_t state = (size_t)s->r + 1, columns = (size_t)s->of->columns;
    s->phi = (fc_lane *)s->of->room;
    s->theta = s->phi + state;
    s->gain = s->theta + state;
    s->low = s->gain + state;
    s->state = s->low + state;
    s->e = s->state + columns * state;
    s->room = s->e + columns * s->of->n;
}

static void begin_sums(lane_sums *u, int columns)
{
    for (int a = 0; a < columns; a++)
        for (int b = 0; b <= a; b++)
            u->product[a][b] = fc_lane_all(0);
    u->scale = fc_lane_all(1);
    u->counted = fc_lane_all(0);
    memset(u->logs, 0, sizeof u->logs);
}

void arima_lanes_sums(const arima_lanes *task, int count, const double (*point)[ARIMA_LAGS], arima_sums *out,
                      bool *good)
{
    strip s = {.of = task};
    lane_sums u;
    lay_out(&s);
    for (int from = 0; from < count; from += FC_LANES) {
        const int points = count - from < FC_LANES ? count - from : FC_LANES;
        expand(&s, point + from, points);
        fc_lane_mask fine = start_filter(&s);
        begin_sums(&u, task->columns);
        run_rows(&s, &u, &fine);
        for (int l = 0; l < points; l++) {
            arima_sums *to = &out[from + l];
            good[from + l] = fine[l] != 0;
            for (int a = 0; a < task->columns; a++)
                for (int b = 0; b <= a; b++)
                    to->product[a][b] = u.product[a][b][l];
            to->scale = u.scale[l];
            to->logs = u.logs[l];
            to->counted = (size_t)u.counted[l];
        }
    }
}
