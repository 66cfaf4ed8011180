/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shape of a periodic curve by its harmonics (Simon & Lee 1981, ApJ 248, 291). */
#ifndef DS_SHAPE_H
#define DS_SHAPE_H

#include "datasets/lightcurves/period/light_period.h"

enum { DS_SHAPE_HARMONICS = 4 };

/* Of the model a_h cos h p + b_h sin h p = A_h cos(h p + phi_h): NaN without a period, and ratios and phases
 * of harmonics that it does not have. */
typedef struct ds_shape {
    double amplitude[DS_SHAPE_HARMONICS]; /* A_1, A_2, ...; 0 beyond the model's */
    double ratio[2];                      /* R21, R31: A_2 / A_1, A_3 / A_1 */
    double phase[2];                      /* phi21, phi31: phi_2 - 2 phi_1, phi_3 - 3 phi_1; 0 to 2 pi */
} ds_shape;
ds_shape ds_shape_of(const ds_light_period *period);

#endif
