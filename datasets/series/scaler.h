/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scalers: affine per column, fitted on training rows only. scaled = (value - shift) / scale. */
#ifndef DS_SCALER_H
#define DS_SCALER_H

#include "datasets/series/split.h"

typedef enum ds_scaler_kind {
    DS_STANDARD, /* mean and biased standard deviation */
    DS_MINMAX,   /* minimum and range: [0, 1] on the training rows */
    DS_ROBUST,   /* median and inter-quartile range (type 7 quantiles) */
    DS_NOSCALE   /* 0 and 1; the mean and 1 where a column's level is so far above its deviation that single
                    precision would lose digits of it */
} ds_scaler_kind;

typedef struct ds_scaler {
    ds_scaler_kind kind;
    int columns;
    double *shift; /* N; NaN of a column without any value there: nothing in it can be scaled */
    double *scale; /* N, > 0: a constant column has 1 */
} ds_scaler;

extern const char *const ds_scaler_names[];      /* by kind; NULL ends them */
const char *ds_scaler_name(ds_scaler_kind kind); /* "standard", "minmax", "robust", "none" */

/* Fits on the rows [part.begin, part.end) of the table; NaN and filled-in values are left out. NN_BAD_DATA
 * where no column has a value there, or for values too large. The scaler owns its arrays; on failure it is
 * clear. */
int ds_scaler_fit(ds_scaler *scaler, ds_scaler_kind kind, const ds_table *table, ds_part part,
                  nn_error *error);
/* to is overwritten, not cleared first. */
int ds_scaler_copy(ds_scaler *to, const ds_scaler *from, nn_error *error);
void ds_scaler_clear(ds_scaler *scaler);

/* One value of a column to the scaler's units, and back to the file's. */
static inline double ds_scaler_scaled(const ds_scaler *scaler, int column, double value)
{
    return (value - scaler->shift[column]) / scaler->scale[column];
}
static inline double ds_scaler_value(const ds_scaler *scaler, int column, double scaled)
{
    return scaled * scaler->scale[column] + scaler->shift[column];
}

#endif
