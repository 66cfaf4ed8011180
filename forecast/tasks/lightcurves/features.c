/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is measured of a light curve beside its points: its period and its own brightness. */
#include "forecast/tasks/lightcurves/features.h"

#include "datasets/series/quantile.h"

#include <math.h>
#include <string.h>

/* The errors that weigh the points have the median error added: the brightest points of a star whose errors
 * grow with its flux would else count for nothing. */
static int measure_period(fc_measures *m, ds_periodogram *periodogram, double shortest, const ds_points *p,
                          double *scratch, nn_error *error)
{
    memcpy(scratch, p->error, (size_t)p->count * sizeof *scratch);
    double typical = ds_quantile(scratch, (size_t)p->count, 0.5);
    for (int i = 0; i < p->count; i++)
        scratch[i] = hypot(p->error[i], typical);
    ds_period_points points = {p->time, p->flux, scratch, p->band, p->count};
    ds_period best;
    int code = ds_periodogram_load(periodogram, &points, error);
    if (code)
        return code;
    ds_periodogram_search(periodogram, shortest, &best);
    bool found = isfinite(best.period);
    m->period = found ? best.period : 1;
    m->zero = found ? best.maximum : 0;
    m->numbers[m->count++] = (float)log10(m->period);
    m->numbers[m->count++] = found ? (float)best.power : 0;
    return NN_OK;
}

static void measure_flux(fc_measures *m, const ds_points *p, double *scratch)
{
    double mean = 0, sum = 0;
    for (int i = 0; i < p->count; i++)
        mean += p->flux[i] / p->count;
    for (int i = 0; i < p->count; i++)
        sum += (p->flux[i] - mean) * (p->flux[i] - mean);
    memcpy(scratch, p->flux, (size_t)p->count * sizeof *scratch);
    m->shift = ds_quantile(scratch, (size_t)p->count, 0.5);
    m->scale = sum > 0 ? sqrt(sum / p->count) : 1;
    double ratio = m->scale / fmax(fabs(m->shift), 1e-6 * m->scale);
    m->numbers[m->count++] = (float)log10(ratio);
}

int fc_measure(fc_measures *m, const fc_sight_settings *sight, ds_periodogram *periodogram,
               const ds_points *points, double *scratch, nn_error *error)
{
    *m = (fc_measures){.period = 1, .scale = 1};
    int code = sight->fold ? measure_period(m, periodogram, sight->shortest, points, scratch, error) : NN_OK;
    if (code == NN_OK && sight->flux == FC_FLUX_OWN)
        measure_flux(m, points, scratch);
    return code;
}
