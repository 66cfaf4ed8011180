/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One target of a view as a view of its own, for forecasters that are chosen series by series. */
#ifndef DS_STRIP_H
#define DS_STRIP_H

#include "datasets/series/view.h"

/* It points into itself: it stays where it was made. */
typedef struct ds_strip {
    double *values; /* rows; NaN where there is no truth; owned */
    size_t rows;
    ds_table table;
    ds_view view; /* of all its rows */
    char *name;   /* the series'; borrowed */
    int zero;
    uint8_t role;
} ds_strip;

/* Target k in the rows [from, to) of the view. Where stamps leap over some, these are rows without a value,
 * so that seasons keep their step; up to the stamp of row `to` where there is one. */
int ds_strip_make(ds_strip *strip, const ds_view *view, int k, size_t from, size_t to, nn_error *error);
/* Its last rows alone: what comes before is forgotten. */
void ds_strip_tail(ds_strip *strip, size_t rows);
/* Its first rows as a view; valid as long as the strip, and table is. */
ds_view ds_strip_head(const ds_strip *strip, size_t rows, ds_table *table);
void ds_strip_clear(ds_strip *strip);

#endif
