/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of frequencies. */
#ifndef DS_FREQUENCY_H
#define DS_FREQUENCY_H

#include "datasets/time/time.h"

/* Microseconds (rows for DS_UNIT_STEP) of one unit whose length is fixed; 0 for business days, months and
 * coarser. */
int64_t ds_unit_length(ds_unit unit);
/* Months of one unit; 0 for finer units. */
int ds_unit_months(ds_unit unit);
/* The same step in the largest unit that fits: 24 hours are a day, 3 months a quarter. count 0 when it is too
 * large. */
ds_frequency ds_frequency_fixed(int64_t microseconds);
ds_frequency ds_frequency_months(int64_t months, int anchor_day);
/* Months from the year 0 on: neighbours in time differ by 1. */
int64_t ds_month_index(ds_time time);

#endif
