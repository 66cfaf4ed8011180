/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The season of a table's rows: the calendar's, or the cycle that they show. */
#ifndef DS_SEASON_H
#define DS_SEASON_H

#include "datasets/series/split.h"

typedef struct ds_season {
    int rows;   /* at least 1, which is none */
    bool found; /* by looking at the values: the calendar knows none */
} ds_season;

/* The season of the frequency. Where that is none, as of numbered rows, the cycle of most weight in the rows
 * of part: each column speaks for the whole number of rows nearest to its strongest one (ds_period_find),
 * with the share of the variance that it holds. wanted: table->columns flags, of the columns that may speak;
 * NULL: all. NN_FAILED when memory is short, the only error. */
int ds_season_of(const ds_table *table, ds_part part, const uint8_t *wanted, ds_season *season,
                 nn_error *error);

#endif
