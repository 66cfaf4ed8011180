/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recursion of exponential smoothing: its likelihood at given parameters. */
#include "forecast/forecasters/smoothing/ets_model.h"

#include <float.h>
#include <math.h>

/* Called with constants, so that each form becomes a loop of its own. */
static inline __attribute__((always_inline)) bool run(char error, char trend, char season,
                                                      const fc_ets_model *m, fc_ets_state *state,
                                                      const double *y, size_t n, double *squares,
                                                      double *logs, size_t *count)
{
    const double alpha = m->alpha, beta = m->beta, gamma = m->gamma, phi = m->phi;
    const size_t period = (size_t)m->form.period;
    double l = state->level, b = state->growth, sum = 0, product = 1, log_sum = 0;
    size_t phase = state->phase, known = 0;
    bool positive = true;
    for (size_t t = 0; t < n; t++) {
        const double power = trend == 'M' ? (phi == 1 ? b : pow(b, phi)) : 1;
        const double q = trend == 'A' ? l + phi * b : trend == 'M' ? l * power : l;
        const double s = season == 'N' ? 0 : state->season[phase];
        const double f = season == 'A' ? q + s : season == 'M' ? q * s : q;
        const bool there = !isnan(y[t]);
        const double value = there ? y[t] : f;
        const double e = error == 'A' ? value - f : value / f - 1;
        const double d = season == 'A' ? value - s - q : season == 'M' ? value / s - q : value - q;
        if (there) {
            sum += e * e;
            known++;
            if (error == 'M') {
                positive &= f > 0;
                product *= fabs(f);
                if (!(product > 1e-100 && product < 1e100)) { /* one logarithm for many values */
                    log_sum += log(product);
                    product = 1;
                }
            }
        }
        if (season != 'N') {
            const double without = season == 'A' ? value - q : value / q;
            state->season[phase] = s + gamma * (without - s);
            phase = phase + 1 == period ? 0 : phase + 1;
        }
        if (trend == 'A')
            b = phi * b + beta * d;
        else if (trend == 'M')
            b = power + beta * d / l;
        l = q + alpha * d;
    }
    state->level = l;
    state->growth = b;
    state->phase = phase;
    *squares += sum;
    *logs += log_sum + (error == 'M' ? log(product) : 0);
    *count += known;
    return positive;
}

#define RUN(error, trend, season) run(error, trend, season, model, state, y, n, squares, logs, count)
#define RUN_SEASONS(error, trend)                                                                            \
    (model->form.season == 'N'   ? RUN(error, trend, 'N')                                                    \
     : model->form.season == 'A' ? RUN(error, trend, 'A')                                                    \
                                 : RUN(error, trend, 'M'))
#define RUN_TRENDS(error)                                                                                    \
    (model->form.trend == 'N'   ? RUN_SEASONS(error, 'N')                                                    \
     : model->form.trend == 'A' ? RUN_SEASONS(error, 'A')                                                    \
                                : RUN_SEASONS(error, 'M'))

bool fc_ets_filter(const fc_ets_model *model, fc_ets_state *state, const double *y, size_t n, double *squares,
                   double *logs, size_t *count)
{
    return model->form.error == 'A' ? RUN_TRENDS('A') : RUN_TRENDS('M');
}

int fc_ets_count(fc_ets_form form)
{
    return 2 + 2 * (form.trend != 'N') + form.damped + (form.season != 'N' ? form.period : 0);
}

void fc_ets_evaluate(fc_ets_model *model, const double *y, size_t n)
{
    double logs = 0;
    model->squares = 0;
    model->count = 0;
    model->last = model->start;
    fc_ets_filter(model, &model->last, y, n, &model->squares, &logs, &model->count);
    model->parameters = fc_ets_count(model->form);
    const double count = (double)model->count, k = model->parameters + 1;
    model->log_likelihood = -0.5 * (count * log(fmax(model->squares, DBL_MIN)) + 2 * logs);
    model->sigma2 = model->squares / (count - model->parameters);
    model->aic = -2 * model->log_likelihood + 2 * k;
    model->aicc = model->aic + 2 * k * (k + 1) / (count - k - 1);
    model->bic = model->aic + (log(count) - 2) * k;
}
