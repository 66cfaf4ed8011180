/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to say about a column before anyone models it. */
#ifndef DS_DESCRIBE_H
#define DS_DESCRIBE_H

#include "datasets/series/split.h"

typedef struct ds_column_summary {
    size_t count, missing;                    /* values that the file has; rows without one */
    double mean, deviation;                   /* biased standard deviation */
    double least, lower, median, upper, most; /* minimum, quartiles (type 7), maximum */
    double lag1;                              /* autocorrelation at lag 1 */
    double period;       /* rows of the strongest cycle (ds_period_find); 0: none stands out */
    double period_share; /* share of the variance that it holds, 0 to 1 */
} ds_column_summary;

/* The values of a column in the rows of a part that the file really has, neither NaN nor filled in, one after
 * the other into values, which has room for all of its rows. Returns how many there are. */
size_t ds_column_known(const ds_table *table, ds_part part, int column, double *values);

/* All rows of a part, straight lines over what is missing and the nearest value before the first and after
 * the last; false where no value is known. */
bool ds_column_series(const ds_table *table, ds_part part, int column, double *values);

/* NN_FAILED when memory is short, the only error. Where no value is known all fields but missing are 0. */
int ds_describe_column(const ds_table *table, int column, ds_column_summary *summary, nn_error *error);

#endif
