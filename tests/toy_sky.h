/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A toy survey in two bands: brief blue flashes, long red ones, and steady waves, told apart by anybody. */
#ifndef TESTS_TOY_SKY_H
#define TESTS_TOY_SKY_H

#include "../lib/base/random.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

enum { TOY_POINTS = 40, TOY_CLASSES = 3 };

static const char *const toy_names[TOY_CLASSES] = {"brief", "long", "wave"};

typedef struct toy_object {
    int label;
    double time[TOY_POINTS], flux[TOY_POINTS], error[TOY_POINTS];
    uint8_t band[TOY_POINTS], detected[TOY_POINTS];
    double redshift, redshift_error;
} toy_object;

static inline double toy_uniform(uint64_t key, uint64_t n)
{
    return nn_random_uniform(key, n);
}

static inline double toy_flux(int label, int band, double t, double peak)
{
    double blue = band == 0 ? 1.0 : 0.5, red = band == 0 ? 0.4 : 1.0;
    if (label == 0)
        return 60 * blue * exp(-0.5 * pow((t - peak) / 5, 2));
    if (label == 1)
        return 60 * red * exp(-0.5 * pow((t - peak) / 25, 2));
    return 30 * sin(t / 4 + peak);
}

/* Object n; bands 0 (g) and 1 (r) in turn, three days apart, from MJD 59000 on. */
static inline toy_object toy_make(int n)
{
    toy_object o = {.label = n % TOY_CLASSES};
    uint64_t key = nn_random(77, (uint64_t)n);
    double peak = 40 + 30 * toy_uniform(key, 1000);
    for (int i = 0; i < TOY_POINTS; i++) {
        o.band[i] = (uint8_t)(i % 2);
        o.time[i] = 59000 + 3 * i + toy_uniform(key, (uint64_t)i);
        o.error[i] = 1 + toy_uniform(key, 100 + (uint64_t)i);
        o.flux[i] = toy_flux(o.label, o.band[i], o.time[i] - 59000, peak) +
                    3 * (toy_uniform(key, 200 + (uint64_t)i) - 0.5);
        o.detected[i] = fabs(o.flux[i]) > 5 * o.error[i];
    }
    o.redshift = 0.1 + 0.2 * o.label + 0.2 * toy_uniform(key, 2000);
    o.redshift_error = 0.02;
    return o;
}

#endif
