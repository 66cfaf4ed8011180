/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to say about a column before anyone models it. */
#ifndef DS_DESCRIBE_H
#define DS_DESCRIBE_H

#include "datasets/table.h"

typedef struct ds_column_summary {
    size_t count, missing;
    double mean, deviation;                   /* biased standard deviation */
    double least, lower, median, upper, most; /* minimum, quartiles (type 7), maximum */
    double lag1;                              /* autocorrelation at lag 1 */
    double period; /* rows of the strongest cycle in the linearly detrended series (GSL FFT); 0: none stands
                      out */
    double period_share; /* share of the variance that it and its nearest frequencies hold, 0 to 1 */
} ds_column_summary;

int ds_describe_column(const ds_table *table, int column, ds_column_summary *summary, nn_error *error);

#endif
