/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The likelihood of an ARMA model of differenced values, fast: the Kalman filter's gain by Chandrasekhar
 * recursions (Morf, Sidhu & Kailath 1974; Pearlman 1980), in steps of r instead of r^2, and plain differences
 * once it is steady; constant and regressors by generalised least squares along the way. */
#include "datasets/series/values.h"
#include "forecast/forecasters/arima/internal.h"
#include "lib/base/slab.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOGETHER = 8 };

/* --- differenced values --- */

/* Differences x (n) in place; the result starts at the front. Returns its length. */
static size_t difference(const fc_arima_order *o, double *x, size_t n)
{
    for (int k = 0; k < o->d + o->seasonal_d; k++) {
        const size_t lag = k < o->d ? 1 : (size_t)o->period;
        for (size_t i = lag; i < n; i++)
            x[i - lag] = x[i] - x[i - lag];
        n = n > lag ? n - lag : 0;
    }
    return n;
}

/* Makes column c of the regressors orthogonal to those before and of length 1; one that they explain, or that
 * vanished in differencing, is dropped. */
static void orthogonalise(arima_search *s, int c, double size)
{
    double *x = s->w + (size_t)c * s->n;
    double *back = s->back + (size_t)c * ARIMA_COLUMNS;
    for (int round = 0; round < 2; round++)
        for (int b = 1; b < c; b++) {
            const double *before = s->w + (size_t)b * s->n;
            double product = 0;
            for (size_t i = 0; i < s->n; i++)
                product += before[i] * x[i];
            for (size_t i = 0; i < s->n; i++)
                x[i] -= product * before[i];
            back[b] += product;
        }
    double square = 0;
    for (size_t i = 0; i < s->n; i++)
        square += x[i] * x[i];
    s->dropped[c] = !(sqrt(square) > 1e-9 * size);
    back[c] = s->dropped[c] ? 1 : sqrt(square);
    for (size_t i = 0; i < s->n; i++)
        x[i] = s->dropped[c] ? 0 : x[i] / back[c];
}

static double length_of(const double *x, size_t n)
{
    double square = 0;
    for (size_t i = 0; i < n; i++)
        square += x[i] * x[i];
    return sqrt(square);
}

static bool fill(arima_search *s, const double *y, size_t n, const fc_regressors *x, double *whole)
{
    const int regressors = x ? x->count : 0, last = s->columns - 1;
    for (int c = 0; c < s->columns; c++) {
        for (size_t i = 0; i < n; i++)
            whole[i] = c == 0            ? y[i]
                       : c <= regressors ? x->x[(size_t)(c - 1) * x->rows + i]
                                         : arima_constant(&s->order, i);
        if (!ds_values_fill(whole, n))
            return false;
        const double size = length_of(whole, n);
        if (c == 0)
            s->rounding = 1e-14 * size / sqrt((double)n);
        difference(&s->order, whole, n);
        memcpy(s->w + (size_t)c * s->n, whole, s->n * sizeof *whole);
        if (c > 0)
            orthogonalise(s, c, c == last && s->order.constant ? length_of(whole, s->n) : size);
    }
    return true;
}

/* A strip of lanes.c. */
static size_t lanes_room(const fc_arima_order *o, size_t n, int columns)
{
    const size_t p = (size_t)(o->p + o->period * o->seasonal_p), r = (size_t)arima_state_size(o);
    return TOGETHER * (4 * (r + 1) + (size_t)columns * (r + 1 + n) + 3 * p + 4 * r + p + 16);
}

int arima_search_make(arima_search *s, const fc_arima_order *most, const double *y, size_t n,
                      const fc_regressors *x, nn_error *error)
{
    const size_t lost = (size_t)(most->d + most->period * most->seasonal_d);
    const int r = arima_state_size(most), columns = 1 + (x ? x->count : 0) + arima_has_constant(most);
    *s = (arima_search){.order = *most, .columns = columns, .shrink = 1};
    if (n <= lost)
        return nn_fail(error, NN_BAD_DATA, "%zu values are too few to be differenced", n);
    s->n = n - lost;
    const arima_poly largest = {.p = r, .q = r, .r = r};
    const size_t state = (size_t)r + 1, room = arima_start_room(&largest),
                 lanes = lanes_room(most, s->n, columns);
    s->block =
        nn_slab_new(((size_t)columns * (2 * s->n + state) + 4 * state + room + n + lanes) * sizeof *s->block);
    if (!s->block)
        return nn_no_memory(error);
    s->lanes = s->block; /* which begins a cache line */
    s->w = s->block + lanes;
    s->e = s->w + (size_t)columns * s->n;
    s->state = s->e + (size_t)columns * s->n;
    s->gain = s->state + (size_t)columns * state;
    s->low = s->gain + state;
    s->poly.phi = s->low + state;
    s->poly.theta = s->poly.phi + state;
    s->room = s->poly.theta + state;
    s->order.constant = arima_has_constant(most);
    if (!fill(s, y, n, x, s->room + room)) {
        arima_search_free(s);
        return nn_fail(error, NN_BAD_DATA, "no value is known");
    }
    return NN_OK;
}

void arima_search_free(arima_search *s)
{
    free(s->block);
    s->block = NULL;
}

void arima_search_order(arima_search *s, const fc_arima_order *order)
{
    s->columns += (int)arima_has_constant(order) - (int)s->order.constant;
    s->order = *order;
    s->order.constant = arima_has_constant(order);
}

/* --- sums along the way --- */

/* A row that almost nothing is known of before does not count. */
static void add(arima_sums *u, int columns, const double *v, double variance)
{
    if (variance >= ARIMA_UNKNOWN)
        return;
    u->counted++;
    for (int a = 0; a < columns; a++)
        for (int b = 0; b <= a; b++)
            u->product[a][b] += v[a] * v[b] / variance;
    u->scale *= variance;
    if (!(u->scale < 1e200 && u->scale > 1e-200)) {
        u->logs += log(u->scale);
        u->scale = 1;
    }
}

/* The least sum of squares over the regressors' coefficients, into s->beta: Cholesky's decomposition of their
 * products. */
static double least_squares(arima_search *s, arima_sums *u)
{
    const int k = s->columns - 1;
    double least = u->product[0][0];
    for (int a = 1; a <= k; a++) {
        double *row = u->product[a];
        for (int b = 1; b <= a; b++) {
            double sum = row[b];
            for (int c = 1; c < b; c++)
                sum -= row[c] * u->product[b][c];
            if (b < a)
                row[b] = u->product[b][b] > 0 ? sum / u->product[b][b] : 0;
            else
                row[b] = sum > 1e-300 ? sqrt(sum) : 0;
        }
        double sum = row[0];
        for (int b = 1; b < a; b++)
            sum -= row[b] * u->product[b][0];
        row[0] = row[a] > 0 ? sum / row[a] : 0;
        least -= row[0] * row[0];
    }
    for (int a = k; a >= 1; a--) {
        double sum = u->product[a][0];
        for (int b = a + 1; b <= k; b++)
            sum -= u->product[b][a] * s->beta[b - 1];
        s->beta[a - 1] = u->product[a][a] > 0 ? sum / u->product[a][a] : 0;
    }
    return least;
}

/* --- the filter --- */

/* Residuals of row t from those before and earlier values alone. */
static void plain_residuals(arima_search *s, size_t t, double *v)
{
    const arima_poly *poly = &s->poly;
    for (int c = 0; c < s->columns; c++) {
        const double *w = s->w + (size_t)c * s->n + t;
        double *e = s->e + (size_t)c * s->n + t, sum = *w;
        for (int i = 0; i < poly->phi_terms; i++)
            if ((size_t)poly->phi_lag[i] <= t)
                sum -= poly->phi[poly->phi_lag[i] - 1] * w[-poly->phi_lag[i]];
        for (int i = 0; i < poly->theta_terms; i++)
            if ((size_t)poly->theta_lag[i] <= t)
                sum -= poly->theta[poly->theta_lag[i] - 1] * e[-poly->theta_lag[i]];
        *e = v[c] = sum;
    }
}

static void move_state(const arima_poly *poly, double *restrict a, const double *restrict gain,
                       double innovation)
{
    const double first = a[0];
    const double *phi = poly->phi;
    for (int i = 0; i < poly->r; i++)
        a[i] = phi[i] * first + a[i + 1] + gain[i] * innovation;
}

/* The next gain, and what it will change by; times: M of the recursion. */
static void move_gain(const arima_poly *poly, double *restrict gain, double *restrict low, double step,
                      double over)
{
    const double first = low[0];
    const double *phi = poly->phi;
    for (int i = 0; i < poly->r; i++) {
        const double moved = phi[i] * first + low[i + 1];
        gain[i] += step * moved;
        low[i] = moved - gain[i] * over;
    }
}

/* P_1 of the stationary state gives K_1 = T P_1 Z', L_1 = K_1, M_1 = -1 / F_1. */
static bool start_filter(arima_search *s, double *variance)
{
    const arima_poly *poly = &s->poly;
    const int r = poly->r;
    if (!arima_start(poly, s->low, s->room))
        return false;
    *variance = s->low[0];
    s->low[r] = 0;
    for (int i = 0; i < r; i++)
        s->gain[i] = poly->phi[i] * *variance + s->low[i + 1];
    memcpy(s->low, s->gain, (size_t)r * sizeof *s->low);
    memset(s->state, 0, (size_t)s->columns * (size_t)(r + 1) * sizeof *s->state);
    return true;
}

/* Filters until the variance has been that of the innovations for r rows, when the state is known; returns
 * the next row. */
static size_t filter_start(arima_search *s, arima_sums *u, double variance)
{
    const int r = s->poly.r;
    double weight = -1 / variance, v[ARIMA_COLUMNS];
    int steady = 0;
    size_t t = 0;
    for (; t < s->n && steady < r; t++) {
        steady = fabs(variance - 1) < 1e-12 ? steady + 1 : 0;
        for (int c = 0; c < s->columns; c++) {
            double *a = s->state + (size_t)c * (size_t)(r + 1);
            v[c] = s->w[(size_t)c * s->n + t] - a[0];
            s->e[(size_t)c * s->n + t] = v[c];
            move_state(&s->poly, a, s->gain, v[c] / variance);
        }
        add(u, s->columns, v, variance);
        const double first = s->low[0], next = variance + weight * first * first;
        move_gain(&s->poly, s->gain, s->low, weight * first, first / next);
        weight *= next / variance;
        variance = next;
        if (!(variance > 0))
            break;
    }
    return t;
}

/* rows: those of w; those that do not count take part as if they were like the others. */
static double minus_from(const arima_sums *u, double squares, double rows)
{
    const double counted = (double)u->counted, logs = u->logs + log(u->scale);
    if (!(squares >= 0) || !isfinite(squares) || !isfinite(logs) || u->counted == 0)
        return HUGE_VAL;
    return .5 * rows * (log(2 * M_PI * fmax(squares, DBL_MIN) / counted) + 1 + logs / counted);
}

double arima_minus_loglik(arima_search *s, const double *coefficient)
{
    arima_sums u = {.scale = 1};
    double v[ARIMA_COLUMNS], variance;
    size_t t = 0;
    arima_expand(&s->order, coefficient, &s->poly);
    if (s->squares) {
        const size_t given = (size_t)s->poly.p;
        if (given >= s->n)
            return HUGE_VAL;
        for (int c = 0; c < s->columns; c++)
            memset(s->e + (size_t)c * s->n, 0, given * sizeof *s->e);
        t = given;
    } else {
        if (!start_filter(s, &variance))
            return HUGE_VAL;
        t = filter_start(s, &u, variance);
    }
    for (; t < s->n; t++) {
        plain_residuals(s, t, v);
        add(&u, s->columns, v, 1);
    }
    return minus_from(&u, least_squares(s, &u), (double)s->n);
}

void arima_minus_logliks(arima_search *s, int count, const double (*point)[ARIMA_LAGS], double *value)
{
    arima_sums sums[TOGETHER];
    bool good[TOGETHER] = {false};
    const arima_lanes task = {.order = s->order,
                              .n = s->n,
                              .columns = s->columns,
                              .shrink = s->shrink,
                              .seasonal_shrink = pow(s->shrink, s->order.period),
                              .w = s->w,
                              .room = s->lanes};
    for (int from = 0; from < count; from += TOGETHER) {
        const int some = count - from < TOGETHER ? count - from : TOGETHER;
        if (!s->squares)
            arima_lanes_sums(&task, some, point + from, sums, good);
        for (int i = 0; i < some; i++) {
            double coefficient[ARIMA_LAGS];
            if (good[i]) {
                value[from + i] = minus_from(&sums[i], least_squares(s, &sums[i]), (double)s->n);
                continue;
            }
            arima_point_to_coefficients(s, point[from + i], coefficient);
            value[from + i] = arima_minus_loglik(s, coefficient);
        }
    }
}

void arima_search_regression(const arima_search *s, double *coefficient)
{
    const int k = s->columns - 1, constant = s->order.constant, regressors = k - constant;
    double beta[ARIMA_COLUMNS];
    for (int c = k; c >= 1; c--) {
        double sum = s->beta[c - 1];
        for (int later = c + 1; later <= k; later++)
            sum -= s->back[(size_t)later * ARIMA_COLUMNS + (size_t)c] * beta[later];
        beta[c] = s->dropped[c] ? 0 : sum / s->back[(size_t)c * ARIMA_COLUMNS + (size_t)c];
    }
    if (constant)
        coefficient[0] = beta[k];
    for (int c = 0; c < regressors; c++)
        coefficient[constant + c] = beta[c + 1];
}
