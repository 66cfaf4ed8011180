/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One target of a view as a plain series. */
#ifndef DS_VALUES_H
#define DS_VALUES_H

#include "datasets/series/view.h"

/* Row of the first valid value of target k in part; part.end where there is none. */
size_t ds_values_first(const ds_view *view, int k, ds_part part);

/* y (count): target k in the rows from `from` on, NaN where it is no truth. */
void ds_values_copy(const ds_view *view, int k, size_t from, size_t count, double *y);

/* The same with what is missing bridged by the last value before it; the first one must be valid. */
void ds_values_bridged(const ds_view *view, int k, size_t from, size_t count, double *y);

/* x (n) without NaN: between two known values a line, at the ends the nearest one. For what is learnt from a
 * whole part: it looks ahead. False: none is known. */
bool ds_values_fill(double *x, size_t n);

#endif
