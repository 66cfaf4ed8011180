/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The polynomials of ARIMA: products, partial autocorrelations, and the stationary covariance of the state.
 */
#include "forecast/forecasters/arima/internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int fc_arima_lags(const fc_arima_order *o)
{
    return o->p + o->q + o->seasonal_p + o->seasonal_q;
}

int fc_arima_coefficients(const fc_arima_order *o, int regressors)
{
    return fc_arima_lags(o) + arima_has_constant(o) + regressors;
}

int arima_state_size(const fc_arima_order *o)
{
    const int p = o->p + o->period * o->seasonal_p, q = o->q + o->period * o->seasonal_q;
    return p > q + 1 ? p : q + 1;
}

void fc_arima_name(const fc_arima_order *o, char *text, size_t size)
{
    char season[64] = "";
    const char *with = "";
    if (o->period > 1 && o->seasonal_p + o->seasonal_d + o->seasonal_q > 0)
        snprintf(season, sizeof season, "(%d,%d,%d)[%d]", o->seasonal_p, o->seasonal_d, o->seasonal_q,
                 o->period);
    if (arima_has_constant(o))
        with = o->d + o->seasonal_d == 0 ? " with mean" : " with drift";
    snprintf(text, size, "ARIMA(%d,%d,%d)%s%s", o->p, o->d, o->q, season, with);
}

/* out (r) = short and seasonal lags multiplied; sign: that of the product of two of them. */
static int multiply(const double *lag, int count, const double *seasonal, int seasons, int period,
                    double sign, double *out, int *at)
{
    int terms = 0;
    for (int s = 0; s <= seasons; s++)
        for (int i = 0; i <= count; i++) {
            if (s + i == 0)
                continue;
            const double value = s == 0   ? lag[i - 1]
                                 : i == 0 ? seasonal[s - 1]
                                          : sign * seasonal[s - 1] * lag[i - 1];
            out[s * period + i - 1] += value;
        }
    for (int j = 1; j <= count + seasons * period; j++)
        if (out[j - 1] != 0)
            at[terms++] = j;
    return terms;
}

void arima_expand(const fc_arima_order *o, const double *coefficient, arima_poly *poly)
{
    const double *ma = coefficient + o->p, *seasonal_ar = ma + o->q,
                 *seasonal_ma = seasonal_ar + o->seasonal_p;
    poly->p = o->p + o->period * o->seasonal_p;
    poly->q = o->q + o->period * o->seasonal_q;
    poly->r = arima_state_size(o);
    memset(poly->phi, 0, (size_t)poly->r * sizeof *poly->phi);
    memset(poly->theta, 0, (size_t)poly->r * sizeof *poly->theta);
    poly->phi_terms =
        multiply(coefficient, o->p, seasonal_ar, o->seasonal_p, o->period, -1, poly->phi, poly->phi_lag);
    poly->theta_terms =
        multiply(ma, o->q, seasonal_ma, o->seasonal_q, o->period, 1, poly->theta, poly->theta_lag);
}

/* --- partial autocorrelations (Durbin 1960, Levinson 1947) --- */

/* One order more: the coefficients a (count) of an autoregression become count + 1, the last one partial. */
static void step_up(double *a, int count, double partial)
{
    for (int i = 0, j = count - 1; i <= j; i++, j--) {
        const double left = a[i], right = a[j];
        a[i] = left - partial * right;
        a[j] = right - partial * left;
    }
    a[count] = partial;
}

void arima_from_partial(double *ar, int count)
{
    for (int k = 1; k < count; k++)
        step_up(ar, k, ar[k]);
}

bool arima_to_partial(double *ar, int count)
{
    for (int k = count - 1; k >= 0; k--) {
        const double partial = ar[k], scale = 1 - partial * partial;
        if (!(scale > 0))
            return false;
        for (int i = 0, j = k - 1; i <= j; i++, j--) {
            const double left = ar[i], right = ar[j];
            ar[i] = (left + partial * right) / scale;
            ar[j] = (right + partial * left) / scale;
        }
    }
    return true;
}

/* --- the stationary state --- */

/* g (count >= p + 1): autocovariances of phi(B) u = e with unit variance. work: 2 p. */
static bool ar_covariance(const arima_poly *poly, double *g, int count, double *work)
{
    double *partial = work, *a = work + poly->p, error = 1;
    memcpy(partial, poly->phi, (size_t)poly->p * sizeof *partial);
    if (!arima_to_partial(partial, poly->p))
        return false;
    for (int k = 0; k < poly->p; k++)
        error /= 1 - partial[k] * partial[k];
    g[0] = error;
    for (int k = 0; k < poly->p; k++) {
        double sum = partial[k] * error;
        for (int i = 0; i < k; i++)
            sum += a[i] * g[k - i];
        g[k + 1] = sum;
        step_up(a, k, partial[k]);
        error *= 1 - partial[k] * partial[k];
    }
    for (int k = poly->p + 1; k < count; k++) {
        g[k] = 0;
        for (int i = 0; i < poly->phi_terms; i++)
            g[k] += poly->phi[poly->phi_lag[i] - 1] * g[k - poly->phi_lag[i]];
    }
    return isfinite(g[0]);
}

static double theta_at(const arima_poly *poly, int term)
{
    return term == 0 ? 1 : poly->theta[poly->theta_lag[term - 1] - 1];
}

static int theta_lag(const arima_poly *poly, int term)
{
    return term == 0 ? 0 : poly->theta_lag[term - 1];
}

size_t arima_start_room(const arima_poly *poly)
{
    return (size_t)(6 * poly->p + 4 * poly->q + poly->r + 8);
}

bool arima_start(const arima_poly *poly, double *first, double *room)
{
    const int p = poly->p, q = poly->q, r = poly->r;
    double *g = room, *square = g + p + q + 2, *gamma = square + q + 1, *psi = gamma + p + 1, *work = psi + r;
    if (!ar_covariance(poly, g, p + q + 2, work))
        return false;
    memset(square, 0, (size_t)(q + 1) * sizeof *square);
    for (int i = 0; i <= poly->theta_terms; i++)
        for (int j = i; j <= poly->theta_terms; j++)
            square[theta_lag(poly, j) - theta_lag(poly, i)] += theta_at(poly, i) * theta_at(poly, j);
    for (int k = 0; k <= p; k++) {
        gamma[k] = square[0] * g[k];
        for (int l = 1; l <= q; l++)
            if (square[l] != 0)
                gamma[k] += square[l] * (g[k + l] + g[k > l ? k - l : l - k]);
    }
    for (int k = 0; k < r; k++) {
        psi[k] = k == 0 ? 1 : poly->theta[k - 1];
        for (int i = 0; i < poly->phi_terms && poly->phi_lag[i] <= k; i++)
            psi[k] += poly->phi[poly->phi_lag[i] - 1] * psi[k - poly->phi_lag[i]];
    }
    memset(first, 0, (size_t)r * sizeof *first);
    first[0] = gamma[0];
    for (int t = 0; t < poly->phi_terms; t++)
        for (int lag = poly->phi_lag[t], i = 1; i < lag; i++)
            first[i] += poly->phi[lag - 1] * gamma[lag - i];
    for (int t = 0; t < poly->theta_terms; t++)
        for (int lag = poly->theta_lag[t], i = 1; i <= lag; i++)
            first[i] += poly->theta[lag - 1] * psi[lag - i];
    return true;
}

int arima_delta(const fc_arima_order *o, double *delta)
{
    const int count = o->d + o->period * o->seasonal_d;
    double full[2 + 8 + FC_ARIMA_MOST_PERIOD * 2] = {1}; /* of 1, B, B^2 ... */
    int length = 0;
    for (int k = 0; k < o->d + o->seasonal_d; k++) {
        const int step = k < o->d ? 1 : o->period;
        length += step;
        for (int j = length; j >= step; j--)
            full[j] -= full[j - step];
    }
    for (int j = 0; j < count; j++)
        delta[j] = -full[j + 1];
    return count;
}
