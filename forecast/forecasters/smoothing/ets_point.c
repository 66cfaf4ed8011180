/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points of the search for exponential smoothing: the model that one stands for, and its likelihood. */
#include "forecast/forecasters/smoothing/ets_internal.h"

#include <float.h>
#include <math.h>

void fc_ets_point_model(const ets_point *p, fc_ets_model *model)
{
    const double *x = p->x, alpha = x[0];
    *model = (fc_ets_model){.form = p->form, .alpha = alpha, .phi = p->phi >= 0 ? x[p->phi] : 1};
    if (p->beta >= 0)
        model->beta = ETS_LEAST + (alpha - ETS_LEAST) * x[p->beta];
    if (p->gamma >= 0)
        model->gamma = ETS_LEAST + (1 - alpha - ETS_LEAST) * x[p->gamma];
    model->start.level = x[p->level];
    model->start.growth = p->growth >= 0 ? x[p->growth] : p->form.trend == 'M' ? 1 : 0;
    if (p->season < 0)
        return;
    double rest = p->form.season == 'M' ? p->form.period : 0;
    for (int j = 0; j + 1 < p->form.period; j++) {
        model->start.season[j] = x[p->season + j];
        rest -= x[p->season + j];
    }
    model->start.season[p->form.period - 1] = rest;
}

bool fc_ets_possible(const fc_ets_model *model)
{
    const int period = model->form.season == 'M' ? model->form.period : 0;
    for (int j = 0; j < period; j++)
        if (!(model->start.season[j] > 0))
            return false;
    return model->form.trend != 'M' || (model->start.level > 0 && model->start.growth > 0);
}

double fc_ets_value(const ets_point *point, const double *y, size_t n)
{
    fc_ets_model model;
    double squares = 0, logs = 0;
    size_t count = 0;
    fc_ets_point_model(point, &model);
    if (!fc_ets_possible(&model) || !fc_ets_filter(&model, &model.start, y, n, &squares, &logs, &count))
        return INFINITY;
    const double value = (double)count * log(fmax(squares, DBL_MIN)) + 2 * logs;
    return isnan(value) ? INFINITY : value;
}
