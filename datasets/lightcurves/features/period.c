/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The period of a variable star, and the shape and scatter of its folded curve. */
#include "datasets/lightcurves/features/group.h"
#include "datasets/lightcurves/period/shape.h"

#include <gsl/gsl_sort.h>
#include <math.h>

static const char *const names[] = {"period",
                                    "period_power",
                                    "period_false_alarm",
                                    "period_harmonics",
                                    "period_range",
                                    "period_scatter_ratio",
                                    "period_r21",
                                    "period_r31",
                                    "period_phi21",
                                    "period_phi31",
                                    "period_rise",
                                    "period_asymmetry",
                                    "period_second_ratio",
                                    "period_second_power",
                                    "period_doubled_power",
                                    "period_folded_eta",
                                    "period_doubled_folded_eta",
                                    NULL};

/* von Neumann's ratio in the order of phases, the first after the last: small where the folded curve is
 * smooth. scratch (2 count) */
static double folded_eta(const ds_feature_curve *c, double period, double *scratch)
{
    double *phase = scratch, *value = scratch + c->count, sum = 0;
    for (int i = 0; i < c->count; i++) {
        const double cycles = (c->time[i] - c->time[0]) / period;
        phase[i] = cycles - floor(cycles);
        value[i] = c->value[i];
    }
    gsl_sort2(phase, 1, value, 1, (size_t)c->count);
    for (int i = 0; i < c->count; i++) {
        const double step = value[(i + 1) % c->count] - value[i];
        sum += step * step;
    }
    return sum / ((c->count - 1) * c->deviation * c->deviation);
}

/* The share of the cycle in which the star brightens, by the model; and how much nearer its mean is to its
 * faintest than to its brightest. */
static void rise(const ds_light_period *p, bool magnitudes, double *out)
{
    const double faint = magnitudes ? p->highest : p->lowest, bright = magnitudes ? p->lowest : p->highest;
    const double cycles = (bright - faint) / p->period;
    out[0] = cycles - floor(cycles);
    out[1] = magnitudes ? -(p->least + p->most) / p->range : (p->least + p->most) / p->range;
}

static int compute(const ds_feature_object *object, int a, int b, double *out, nn_error *error)
{
    (void)a, (void)b;
    const ds_feature_curve *all = object->all;
    const ds_period_points points = {all->time, all->value, all->error, object->all_band, all->count};
    const ds_light_period_settings settings = {.shortest = object->settings->shortest,
                                               .longest = object->settings->longest};
    ds_light_period p;
    const int code = ds_light_period_find(object->spectrum, &points, &settings, &p, error);
    if (code || isnan(p.period))
        return code;
    const ds_shape shape = ds_shape_of(&p);
    *out++ = p.period;
    *out++ = p.power;
    *out++ = p.log_false_alarm;
    *out++ = p.harmonics;
    *out++ = p.range;
    *out++ = sqrt(1 - p.power);
    *out++ = shape.ratio[0];
    *out++ = shape.ratio[1];
    *out++ = shape.phase[0];
    *out++ = shape.phase[1];
    rise(&p, object->magnitudes, out);
    out += 2;
    *out++ = p.second / p.period;
    *out++ = p.second_power;
    *out++ = p.doubled_power;
    *out++ = folded_eta(all, p.period, object->scratch);
    *out++ = folded_eta(all, p.doubled, object->scratch);
    return NN_OK;
}

const ds_feature_group ds_feature_period = {
    .name = "period",
    .summary =
        "period, power, false-alarm probability, harmonics, scatter of the folded curve, second period",
    .source = "Zechmeister & Kuerster 2009 (doi 10.1051/0004-6361:200811296); Baluev 2008 (doi "
              "10.1111/j.1365-2966.2008.12689.x); Simon & Lee 1981 (doi 10.1086/159153); Kim et al. 2014",
    .scope = DS_FEATURE_OF_OBJECT,
    .names = names,
    .compute = compute,
};
