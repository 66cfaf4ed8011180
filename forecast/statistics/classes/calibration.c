/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reliability of probabilities, and the temperature that mends them. */
#include "forecast/statistics/classes/calibration.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define LEAST_P 1e-15
#define COLDEST 0.05
#define HOTTEST 20.0

static int bin_of(double confidence)
{
    int bin = (int)ceil(confidence * FC_RELIABILITY_BINS) - 1;
    return bin < 0 ? 0 : bin >= FC_RELIABILITY_BINS ? FC_RELIABILITY_BINS - 1 : bin;
}

void fc_reliability_make(fc_reliability *r, const fc_class_data *d)
{
    *r = (fc_reliability){{0}, {0}, {0}, 0, 0};
    for (size_t i = 0; i < d->count; i++) {
        const double *p = d->p + i * (size_t)d->classes;
        int called = fc_class_called(p, d->classes), bin = bin_of(p[called]);
        r->count[bin]++;
        r->confidence[bin] += p[called];
        r->accuracy[bin] += called == d->label[i];
    }
    for (int b = 0; b < FC_RELIABILITY_BINS; b++) {
        double n = (double)r->count[b];
        r->confidence[b] /= n; /* 0/0 is the NaN of an empty bin */
        r->accuracy[b] /= n;
        if (!r->count[b])
            continue;
        double gap = fabs(r->accuracy[b] - r->confidence[b]);
        r->ece += n / (double)d->count * gap;
        r->mce = fmax(r->mce, gap);
    }
}

/* --- temperature --- */

static double softmax_loss(const double *p, int classes, int label, double temperature)
{
    double most = 0, sum = 0;
    for (int c = 0; c < classes; c++)
        most = fmax(most, p[c]);
    for (int c = 0; c < classes; c++)
        sum += exp(log(fmax(p[c], LEAST_P) / most) / temperature);
    return log(sum) - log(fmax(p[label], LEAST_P) / most) / temperature;
}

static double mean_loss(double log_temperature, void *context)
{
    const fc_class_data *d = context;
    double sum = 0, temperature = exp(log_temperature);
    for (size_t i = 0; i < d->count; i++)
        sum += softmax_loss(d->p + i * (size_t)d->classes, d->classes, d->label[i], temperature);
    return sum / (double)d->count;
}

/* The loss is convex in 1/T, so it has one valley in ln T; a walk in steps brackets it. */
static bool bracket(gsl_function *f, double *low, double *middle, double *high)
{
    enum { STEPS = 24 };
    double first = log(COLDEST), step = (log(HOTTEST) - first) / STEPS, best = INFINITY;
    int at = 0;
    for (int i = 0; i <= STEPS; i++) {
        double value = f->function(first + i * step, f->params);
        if (value < best) {
            best = value;
            at = i;
        }
    }
    *low = first + (at - 1) * step;
    *middle = first + at * step;
    *high = first + (at + 1) * step;
    return at > 0 && at < STEPS;
}

int fc_temperature_fit(double *temperature, const fc_class_data *data, nn_error *error)
{
    *temperature = 1;
    int code = fc_class_check(data, error);
    if (code)
        return code;
    fc_class_data d = *data;
    gsl_function f = {mean_loss, &d};
    double low, middle, high;
    if (!bracket(&f, &low, &middle, &high)) {
        *temperature = exp(middle);
        return NN_OK;
    }
    gsl_min_fminimizer *minimiser = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (!minimiser)
        return nn_fail(error, NN_FAILED, "no memory to fit a temperature");
    bool going = gsl_min_fminimizer_set(minimiser, &f, middle, low, high) == GSL_SUCCESS;
    for (int i = 0; going && i < 60; i++) {
        going = gsl_min_fminimizer_iterate(minimiser) == GSL_SUCCESS &&
                gsl_min_fminimizer_x_upper(minimiser) - gsl_min_fminimizer_x_lower(minimiser) > 1e-7;
        middle = gsl_min_fminimizer_x_minimum(minimiser);
    }
    gsl_min_fminimizer_free(minimiser);
    *temperature = exp(middle);
    return NN_OK;
}
