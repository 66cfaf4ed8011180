/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Amplitudes and phases from cosines and sines. */
#include "datasets/lightcurves/period/shape.h"

#include <math.h>

ds_shape ds_shape_of(const ds_light_period *r)
{
    ds_shape shape = {.ratio = {NAN, NAN}, .phase = {NAN, NAN}};
    for (int h = 0; h < DS_SHAPE_HARMONICS; h++)
        shape.amplitude[h] = isnan(r->period) ? NAN : h < r->harmonics ? hypot(r->a[h], r->b[h]) : 0;
    const double first = atan2(-r->b[0], r->a[0]);
    for (int h = 1; h <= 2 && h < r->harmonics; h++) {
        const double turns = (atan2(-r->b[h], r->a[h]) - (h + 1) * first) / (2 * M_PI);
        shape.ratio[h - 1] = shape.amplitude[h] / shape.amplitude[0];
        shape.phase[h - 1] = 2 * M_PI * (turns - floor(turns));
    }
    return shape;
}
