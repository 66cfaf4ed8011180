/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits the coefficients of an ARIMA model of given orders. */
#include "forecast/forecasters/arima/internal.h"

#include <math.h>
#include <string.h>

enum { STARTS = 96, FOLLOWED = 8 };

int arima_check(const fc_arima_order *o, const fc_regressors *x, nn_error *error)
{
    const int lags[4] = {o->p, o->q, o->seasonal_p, o->seasonal_q};
    for (int i = 0; i < 4; i++)
        if (lags[i] < 0 || lags[i] > FC_ARIMA_LAGS)
            return nn_fail(error, NN_USAGE, "an ARIMA order of %d, not 0 to %d", lags[i], FC_ARIMA_LAGS);
    if (o->d < 0 || o->d > 2 || o->seasonal_d < 0 || o->seasonal_d > 2)
        return nn_fail(error, NN_USAGE, "ARIMA of %d and %d differences, not 0 to 2", o->d, o->seasonal_d);
    if (o->period < 1 || o->period > FC_ARIMA_MOST_PERIOD)
        return nn_fail(error, NN_USAGE, "a season of %d rows, not 1 to %d", o->period, FC_ARIMA_MOST_PERIOD);
    if (o->period == 1 && o->seasonal_p + o->seasonal_d + o->seasonal_q > 0)
        return nn_fail(error, NN_USAGE, "seasonal orders without a season");
    if (x && x->count > FC_ARIMA_REGRESSORS)
        return nn_fail(error, NN_USAGE, "%d regressors, more than %d", x->count, FC_ARIMA_REGRESSORS);
    return NN_OK;
}

bool arima_is_perfect(const arima_search *s)
{
    double whole = 0, left = 0;
    for (size_t i = 0; i < s->n; i++)
        whole += s->w[i] * s->w[i];
    left = whole;
    for (int c = 1; c < s->columns; c++) {
        double along = 0;
        for (size_t i = 0; i < s->n; i++)
            along += s->w[i] * s->w[(size_t)c * s->n + i];
        left -= along * along;
    }
    return !(left > 1e-22 * whole + (double)s->n * s->rounding * s->rounding);
}

int arima_finish(arima_search *s, const double *coefficient, fc_arima_model *model, const double *y, size_t n,
                 const fc_regressors *x, nn_error *error)
{
    const int lags = fc_arima_lags(&s->order), regressors = x ? x->count : 0;
    const double minus = arima_minus_loglik(s, coefficient); /* and the regression */
    model->order = s->order;
    model->count = fc_arima_coefficients(&s->order, regressors);
    memcpy(model->coefficient, coefficient, (size_t)lags * sizeof *coefficient);
    arima_search_regression(s, model->coefficient + lags);
    const int code = fc_arima_score(model, y, n, x, error);
    if (code || !s->squares)
        return code;
    const double free_ones = model->count + 1, left = (double)model->used - free_ones - 1;
    model->loglik = -minus;
    model->aic = 2 * minus + 2 * free_ones;
    model->aicc = left > 0 ? model->aic + 2 * free_ones * (free_ones + 1) / left : HUGE_VAL;
    model->bic = model->aic + free_ones * (log((double)model->used) - 2);
    return NN_OK;
}

int fc_arima_fit(fc_arima_model *model, const fc_arima_order *order, fc_arima_method method, const double *y,
                 size_t n, const fc_regressors *x, nn_error *error)
{
    arima_search s;
    double point[4 * FC_ARIMA_LAGS] = {0}, coefficient[FC_ARIMA_COEFFICIENTS] = {0};
    int code = arima_check(order, x, error);
    if (code)
        return code;
    code = arima_search_make(&s, order, y, n, x, error);
    if (code)
        return code;
    s.squares = method == FC_ARIMA_CSS;
    if (s.n < (size_t)s.columns)
        code = nn_fail(error, NN_BAD_DATA, "%zu values are too few for %d regressors", n, s.columns - 1);
    if (!code && !arima_is_perfect(&s)) {
        arima_search_run(&s, point, STARTS, FOLLOWED, ARIMA_FINE);
        arima_point_to_coefficients(&s, point, coefficient);
    }
    if (!code)
        code = arima_finish(&s, coefficient, model, y, n, x, error);
    arima_search_free(&s);
    return code;
}
