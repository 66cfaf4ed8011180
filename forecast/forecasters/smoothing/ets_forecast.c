/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts of exponential smoothing: means, exact variances where there are some, and simulated paths. */
#include "forecast/forecasters/smoothing/ets_model.h"
#include "forecast/statistics/draw.h"

#include <math.h>
#include <string.h>

void fc_ets_forecast(const fc_ets_model *model, const fc_ets_state *state, int horizon, double *mean)
{
    const size_t period = (size_t)model->form.period;
    double damp = 0, power = 1;
    for (int h = 0; h < horizon; h++) {
        power *= model->phi;
        damp += power;
        const double q = model->form.trend == 'A'   ? state->level + damp * state->growth
                         : model->form.trend == 'M' ? state->level * pow(state->growth, damp)
                                                    : state->level;
        const double s = state->season[(state->phase + (size_t)h) % period];
        mean[h] = model->form.season == 'A' ? q + s : model->form.season == 'M' ? q * s : q;
    }
}

/* --- variances: additive states --- */

/* What an error does to the value step rows later. */
static double weight(const fc_ets_model *model, int step)
{
    const double phi = model->phi;
    double damp = 0, power = 1;
    for (int i = 0; i < step && model->form.trend == 'A'; i++) {
        power *= phi;
        damp += power;
    }
    double c = model->alpha + model->beta * damp;
    if (model->form.season == 'A' && step % model->form.period == 0)
        c += model->gamma;
    return c;
}

/* Additive errors: sigma2 (1 + sum c^2). Multiplicative ones: (1 + sigma2) theta_h - mean^2 with theta_h =
 * mean_h^2 + sigma2 sum c_j^2 theta_(h-j); variance holds theta until the end. */
static void additive_states(const fc_ets_model *model, int horizon, const double *mean, double *variance)
{
    const double sigma2 = model->sigma2;
    double sum = 1;
    for (int h = 0; h < horizon && model->form.error == 'A'; h++) {
        variance[h] = sigma2 * sum;
        const double c = weight(model, h + 1);
        sum += c * c;
    }
    for (int h = 0; h < horizon && model->form.error == 'M'; h++) {
        variance[h] = mean[h] * mean[h];
        for (int j = 1; j <= h; j++) {
            const double c = weight(model, j);
            variance[h] += sigma2 * c * c * variance[h - j];
        }
    }
    for (int h = 0; h < horizon && model->form.error == 'M'; h++)
        variance[h] = (1 + sigma2) * variance[h] - mean[h] * mean[h];
}

/* --- variances: multiplicative errors and seasons --- */

enum { WIDE = 2 * FC_ETS_PERIOD };

/* Products of (level, growth) with the seasons, the next one first: entry 2 j + i is state i times season j.
 */
typedef struct product {
    const fc_ets_model *model;
    int period;
} product;

/* to = (B kron A) from: A moves level and growth on (by_error: adds what an error adds), B the seasons. */
static void move(const product *p, bool states_by_error, bool seasons_by_error, const double *from,
                 double *to)
{
    const fc_ets_model *m = p->model;
    const double phi = m->phi, trend = m->form.trend == 'A' ? 1 : 0;
    for (int j = 0; j < p->period; j++) {
        const int origin = j + 1 < p->period ? j + 1 : 0; /* the season used now goes to the end */
        const bool last = j + 1 == p->period;
        const double scale = seasons_by_error ? (last ? m->gamma : 0) : 1;
        const double l = scale * from[2 * origin], b = scale * from[2 * origin + 1];
        const double q = l + trend * phi * b;
        to[2 * j] = states_by_error ? m->alpha * q : q;
        to[2 * j + 1] = trend * (states_by_error ? m->beta * q : phi * b);
    }
}

typedef double square[WIDE][WIDE];

/* to = to + factor X v Y' where X and Y are moves of the kinds given; v symmetric. */
static void sandwich(const product *p, const bool x[2], const bool y[2], square v, double factor, square half,
                     square to)
{
    const int n = 2 * p->period;
    double row[WIDE];
    for (int i = 0; i < n; i++)
        move(p, y[0], y[1], v[i], half[i]); /* half = v Y' */
    for (int j = 0; j < n; j++) {
        double column[WIDE];
        for (int i = 0; i < n; i++)
            column[i] = half[i][j];
        move(p, x[0], x[1], column, row);
        for (int i = 0; i < n; i++)
            to[i][j] += factor * row[i];
    }
}

static void add_outer(int n, const double *a, double factor, square to)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            to[i][j] += factor * a[i] * a[j];
}

/* One step of mean and covariance of the products: each is (F2 + G2 e) kron (F1 + G1 e) times itself, so that
 * moments of a normal error up to the fourth appear. */
static void advance(const product *p, double *mean, square v)
{
    static const bool F[2] = {false, false}, G1[2] = {true, false}, G2[2] = {false, true},
                      G[2] = {true, true};
    const int n = 2 * p->period;
    const double s2 = p->model->sigma2;
    square to = {{0}}, half;
    double f[WIDE], g1[WIDE], g2[WIDE], g[WIDE], once[WIDE];
    move(p, false, false, mean, f);
    move(p, true, false, mean, g1);
    move(p, false, true, mean, g2);
    move(p, true, true, mean, g);
    sandwich(p, F, F, v, 1, half, to);
    sandwich(p, F, G, v, s2, half, to);
    sandwich(p, G, F, v, s2, half, to);
    sandwich(p, G1, G1, v, s2, half, to);
    sandwich(p, G1, G2, v, s2, half, to);
    sandwich(p, G2, G1, v, s2, half, to);
    sandwich(p, G2, G2, v, s2, half, to);
    sandwich(p, G, G, v, 3 * s2 * s2, half, to);
    for (int i = 0; i < n; i++)
        once[i] = g1[i] + g2[i];
    add_outer(n, once, s2, to);
    add_outer(n, g, 2 * s2 * s2, to);
    for (int i = 0; i < n; i++)
        mean[i] = f[i] + s2 * g[i];
    memcpy(v, to, sizeof to);
}

static void multiplicative_seasons(const fc_ets_model *model, const fc_ets_state *state, int horizon,
                                   double *expected, double *variance)
{
    const product p = {model, model->form.period};
    const double trend = model->form.trend == 'A' ? model->phi : 0, s2 = model->sigma2;
    double mean[WIDE];
    square v = {{0}};
    for (int j = 0; j < p.period; j++) {
        const double s = state->season[(state->phase + (size_t)j) % (size_t)p.period];
        mean[2 * j] = state->level * s;
        mean[2 * j + 1] = state->growth * s;
    }
    for (int h = 0; h < horizon; h++) {
        expected[h] = mean[0] + trend * mean[1];
        variance[h] = (1 + s2) * (v[0][0] + 2 * trend * v[0][1] + trend * trend * v[1][1]) +
                      s2 * expected[h] * expected[h];
        advance(&p, mean, v);
    }
}

bool fc_ets_variance(const fc_ets_model *model, const fc_ets_state *state, int horizon, double *expected,
                     double *variance)
{
    const fc_ets_form form = model->form;
    if (form.trend == 'M' || (form.error == 'A' && form.season == 'M'))
        return false;
    if (form.season == 'M') {
        multiplicative_seasons(model, state, horizon, expected, variance);
        return true;
    }
    fc_ets_forecast(model, state, horizon, expected);
    additive_states(model, horizon, expected, variance);
    return true;
}

/* --- paths --- */

void fc_ets_simulate(const fc_ets_model *model, const fc_ets_state *state, int horizon, uint64_t key,
                     double *path)
{
    const double sigma = sqrt(model->sigma2);
    fc_ets_state at = *state;
    for (int h = 0; h < horizon; h++) {
        double y, e = sigma * fc_draw_normal(key, (uint64_t)h), squares = 0, logs = 0;
        size_t known = 0;
        fc_ets_forecast(model, &at, 1, &y);
        y += model->form.error == 'M' ? fmax(e, -1) * y : e;
        fc_ets_filter(model, &at, &y, 1, &squares, &logs, &known);
        path[h] = y;
    }
}
