/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scales that a series may be forecast on: its values there and back. */
#ifndef FC_TRANSFORM_H
#define FC_TRANSFORM_H

#include "datasets/series/view.h"

typedef enum fc_scale {
    FC_PLAIN,
    FC_LOG,    /* values above 0 */
    FC_BOXCOX, /* values above 0; the power of Guerrero (1993), which makes seasons swing alike */
    FC_LOGIT   /* values between 0 and 1 */
} fc_scale;

extern const char *const fc_scale_names[]; /* none, log, boxcox, logit, NULL */

typedef struct fc_transform {
    int scale;     /* fc_scale */
    double lambda; /* of FC_BOXCOX */
} fc_transform;

/* For y (n, NaN allowed) of a season of so many rows. NN_FAILED without memory. */
int fc_transform_make(fc_transform *transform, int scale, const double *y, size_t n, int season);
/* y (n) to the scale; NaN where a value has no place there. */
void fc_transform_there(const fc_transform *transform, double *y, size_t n);
void fc_transform_back(const fc_transform *transform, double *y, size_t n);
/* NN_BAD_DATA names the first value of a target in part that has no place on the scale. */
int fc_transform_check(int scale, const ds_view *view, ds_part part, nn_error *error);

#endif
