/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Kalman filter of an ARIMA model with its differences in the state (Durbin & Koopman 2001): the
 * likelihood as R's arima has it, missing values, and forecasts with their variances. */
#include "forecast/forecasters/arima/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double diffuse = 1e6;

/* The state: r elements of the ARMA process, then the last values that differences need. */
typedef struct filter {
    arima_poly poly;
    double *delta; /* deltas: y = w + sum delta_j y_(t-j) */
    int deltas, size;
    int *term; /* which delta are not 0 */
    int terms;
    double *a, *old;                /* state */
    double *p, *work;               /* size x size */
    double *towards, *first, *room; /* P Z' and others */
    double used, squares, logs, residuals;
    size_t counted;
    double variance; /* of the last known row */
    int steady; /* rows in a row that it has not changed in: with as many as the state has elements, nothing
                   changes */
} filter;

static void clear(filter *f)
{
    free(f->delta);
    free(f->term);
}

static int make(filter *f, const fc_arima_model *model, nn_error *error)
{
    const fc_arima_order *o = &model->order;
    const int r = arima_state_size(o), deltas = o->d + o->period * o->seasonal_d;
    const size_t size = (size_t)(r + deltas);
    const arima_poly largest = {.p = r, .q = r, .r = r};
    *f = (filter){.deltas = deltas, .size = r + deltas};
    f->delta =
        calloc(2 * size * size + 6 * size + 2 * (size_t)r + arima_start_room(&largest), sizeof *f->delta);
    f->term = calloc(size, sizeof *f->term);
    if (!f->delta || !f->term) {
        clear(f);
        return nn_no_memory(error);
    }
    f->a = f->delta + size;
    f->old = f->a + size;
    f->towards = f->old + size;
    f->first = f->towards + size;
    f->poly.phi = f->first + size;
    f->poly.theta = f->poly.phi + r;
    f->p = f->poly.theta + r;
    f->work = f->p + size * size;
    f->room = f->work + size * size;
    arima_expand(o, model->coefficient, &f->poly);
    arima_delta(o, f->delta);
    for (int j = 0; j < deltas; j++)
        if (f->delta[j] != 0)
            f->term[f->terms++] = j;
    return NN_OK;
}

/* The stationary covariance from its first row, upwards from the last: P = T P T' + R R'. */
static void start_stationary(filter *f)
{
    const int r = f->poly.r;
    const size_t size = (size_t)f->size;
    for (int i = r - 1; i >= 0; i--)
        for (int j = i; j >= 0; j--) {
            const double phi_i = f->poly.phi[i], phi_j = f->poly.phi[j];
            const double next_i = i + 1 < r ? f->first[i + 1] : 0, next_j = j + 1 < r ? f->first[j + 1] : 0;
            const double both = i + 1 < r ? f->p[(size_t)(i + 1) * size + (size_t)(j + 1)] : 0;
            const double noise = (i == 0 ? 1 : f->poly.theta[i - 1]) * (j == 0 ? 1 : f->poly.theta[j - 1]);
            const double value =
                j == 0 ? f->first[i]
                       : phi_i * phi_j * f->first[0] + phi_i * next_j + phi_j * next_i + both + noise;
            f->p[(size_t)i * size + (size_t)j] = f->p[(size_t)j * size + (size_t)i] = value;
        }
}

/* An autoregression that is not stationary, as conditional squares may find one, starts diffuse. */
static void start(filter *f)
{
    const size_t size = (size_t)f->size, r = (size_t)f->poly.r;
    const bool stationary = arima_start(&f->poly, f->first, f->room);
    memset(f->p, 0, size * size * sizeof *f->p);
    if (stationary)
        start_stationary(f);
    for (size_t i = stationary ? r : 0; i < size; i++)
        f->p[i * size + i] = diffuse;
}

/* Z a */
static double seen(const filter *f, const double *a)
{
    double sum = a[0];
    for (int k = 0; k < f->terms; k++)
        sum += f->delta[f->term[k]] * a[f->poly.r + f->term[k]];
    return sum;
}

static void move_state(filter *f)
{
    const int r = f->poly.r;
    memcpy(f->old, f->a, (size_t)f->size * sizeof *f->a);
    for (int i = 0; i < r; i++)
        f->a[i] = f->poly.phi[i] * f->old[0] + (i + 1 < r ? f->old[i + 1] : 0);
    if (f->deltas > 0)
        f->a[r] = seen(f, f->old);
    for (int i = r + 1; i < f->size; i++)
        f->a[i] = f->old[i - 1];
}

static void add_row(double *restrict to, const double *restrict from, double times, size_t n)
{
    for (size_t j = 0; j < n; j++)
        to[j] += times * from[j];
}

/* to = T from, both size x size. */
static void move_rows(const filter *f, const double *from, double *to)
{
    const size_t size = (size_t)f->size, r = (size_t)f->poly.r;
    for (size_t i = 0; i < r; i++) {
        if (i + 1 < r)
            memcpy(to + i * size, from + (i + 1) * size, size * sizeof *to);
        else
            memset(to + i * size, 0, size * sizeof *to);
        if (f->poly.phi[i] != 0)
            add_row(to + i * size, from, f->poly.phi[i], size);
    }
    if (f->deltas == 0)
        return;
    memcpy(to + r * size, from, size * sizeof *to);
    for (int k = 0; k < f->terms; k++)
        add_row(to + r * size, from + (r + (size_t)f->term[k]) * size, f->delta[f->term[k]], size);
    memcpy(to + (r + 1) * size, from + r * size, (size - r - 1) * size * sizeof *to);
}

static void transpose(double *m, size_t size)
{
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < i; j++) {
            const double held = m[i * size + j];
            m[i * size + j] = m[j * size + i];
            m[j * size + i] = held;
        }
}

/* P = T P T' + R R' */
static void move_covariance(filter *f)
{
    const size_t size = (size_t)f->size;
    move_rows(f, f->p, f->work);
    transpose(f->work, size);
    move_rows(f, f->work, f->p);
    for (int i = 0; i <= f->poly.q; i++)
        for (int j = 0; j <= f->poly.q; j++)
            f->p[(size_t)i * size + (size_t)j] +=
                (i == 0 ? 1 : f->poly.theta[i - 1]) * (j == 0 ? 1 : f->poly.theta[j - 1]);
}

/* towards = P Z'; returns Z P Z'. */
static double look(filter *f)
{
    const size_t size = (size_t)f->size;
    for (size_t i = 0; i < size; i++)
        f->towards[i] = seen(f, f->p + i * size);
    return seen(f, f->towards);
}

static bool is_steady(const filter *f)
{
    return f->steady > 2 * f->size;
}

/* a from before to after a value of this error. */
static void correct_state(filter *f, double error)
{
    for (int i = 0; i < f->size; i++)
        f->a[i] += f->towards[i] * error / f->variance;
    if (f->variance < ARIMA_UNKNOWN) {
        f->counted++;
        f->squares += error * error / f->variance;
        f->logs += log(f->variance);
    }
    f->residuals += error * error / f->variance;
    f->used++;
}

/* One row, which may be NaN: state and covariance from after the last one to after this. */
static void take(filter *f, double value, bool first)
{
    const size_t size = (size_t)f->size;
    if (!first)
        move_state(f);
    if (!first && (!is_steady(f) || isnan(value)))
        move_covariance(f);
    if (isnan(value)) {
        f->steady = 0;
        return;
    }
    if (!is_steady(f)) {
        const double before = f->variance;
        f->variance = look(f);
        f->steady = fabs(f->variance - before) <= 1e-14 * before ? f->steady + 1 : 0;
        for (size_t i = 0; i < size; i++)
            add_row(f->p + i * size, f->towards, -f->towards[i] / f->variance, size);
    }
    correct_state(f, value - seen(f, f->a));
}

/* What constant and regressors say of row i. */
static double regression(const fc_arima_model *model, const fc_regressors *x, size_t i)
{
    const double *coefficient = model->coefficient + fc_arima_lags(&model->order);
    double sum = 0;
    if (arima_has_constant(&model->order))
        sum = *coefficient++ * arima_constant(&model->order, i);
    for (int c = 0; x && c < x->count; c++)
        sum += coefficient[c] * x->x[(size_t)c * x->rows + i];
    return sum;
}

static int run(filter *f, const fc_arima_model *model, const double *y, size_t n, const fc_regressors *x,
               nn_error *error)
{
    int code = make(f, model, error);
    if (code)
        return code;
    start(f);
    for (size_t i = 0; i < n; i++)
        take(f, y[i] - regression(model, x, i), i == 0);
    return NN_OK;
}

int fc_arima_score(fc_arima_model *model, const double *y, size_t n, const fc_regressors *x, nn_error *error)
{
    filter f;
    const fc_arima_order *o = &model->order;
    const double lost = o->d + o->period * o->seasonal_d;
    const int code = run(&f, model, y, n, x, error);
    if (code)
        return code;
    clear(&f);
    const double used = f.used - lost, counted = (double)f.counted;
    if (!(used > 0) || f.counted == 0)
        return nn_fail(error, NN_BAD_DATA, "%g values are too few for an ARIMA model that differences %g",
                       f.used, lost);
    model->count = fc_arima_coefficients(o, x ? x->count : 0);
    model->used = (size_t)used;
    model->loglik = -.5 * used * (log(2 * M_PI * f.squares / counted) + 1 + f.logs / counted);
    const double free_ones = model->count + 1, left = used - free_ones - 1;
    model->aic = -2 * model->loglik + 2 * free_ones;
    model->aicc = left > 0 ? model->aic + 2 * free_ones * (free_ones + 1) / left : HUGE_VAL;
    model->bic = model->aic + free_ones * (log(used) - 2);
    model->sigma2 = used > model->count ? f.residuals / (used - model->count) : f.residuals;
    return NN_OK;
}

int fc_arima_forecast(const fc_arima_model *model, const double *y, size_t n, const fc_regressors *x,
                      int horizon, double *mean, double *variance, nn_error *error)
{
    filter f;
    if (x && x->count > 0 && x->rows < n + (size_t)horizon)
        return nn_fail(error, NN_BAD_DATA, "the regressors end after %zu of %zu rows", x->rows,
                       n + (size_t)horizon);
    const int code = run(&f, model, y, n, x, error);
    if (code)
        return code;
    for (int h = 0; h < horizon; h++) {
        move_state(&f);
        mean[h] = seen(&f, f.a) + regression(model, x, n + (size_t)h);
        if (!variance)
            continue;
        move_covariance(&f);
        variance[h] = look(&f) * model->sigma2;
    }
    clear(&f);
    return NN_OK;
}

int fc_arima_weights(const fc_arima_model *model, int horizon, double *weight, nn_error *error)
{
    filter f;
    const int code = make(&f, model, error);
    if (code)
        return code;
    f.a[0] = 1;
    for (int i = 1; i < f.poly.r; i++)
        f.a[i] = f.poly.theta[i - 1];
    for (int h = 0; h < horizon; h++) {
        weight[h] = seen(&f, f.a);
        move_state(&f);
    }
    clear(&f);
    return NN_OK;
}
