/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table as those who learn from it and score on it see it: which columns are in use and what each is for,
 * which values are truth, how they are scaled. Plain tables and panels of stations make one each; everything
 * behind is written once. */
#ifndef DS_VIEW_H
#define DS_VIEW_H

#include "datasets/series/scaler.h"
#include "datasets/table/table.h"

#include <math.h>
#include <stdbool.h>

typedef enum ds_view_role {
    DS_VIEW_TARGET, /* what is forecast */
    DS_VIEW_PAST,   /* known up to now, as the target is */
    DS_VIEW_FUTURE  /* known beforehand, such as weather forecasts and prices */
} ds_view_role;

/* Everything is borrowed from who made the view. A panel of S stations with V variables each has N = S x V
 * columns, variable fastest, and K = S targets; a plain table has any N and K. */
typedef struct ds_view {
    const ds_table *table;
    size_t rows;             /* T, from the table's first on: what lies behind is not looked at */
    int columns;             /* N in use */
    const int *column;       /* N: of the table */
    const uint8_t *role;     /* N: ds_view_role */
    int targets;             /* K */
    const int *target;       /* K: which of the N columns, rising */
    const char *what;        /* name of the variable that all targets are of; NULL: each has its column's */
    const ds_scaler *scaler; /* N columns; NULL: not fitted yet */
    const uint8_t
        *masked;  /* T x K, 1 where a target's value is no truth although it is there; NULL: nowhere */
    double floor; /* lower values of targets count as it; NaN: none */
    int statics;  /* static variables */
    const double *static_values; /* K x statics */
    /* Larger for nearer targets, of the places; NULL: not known. */
    double (*closeness)(const void *places, int i, int j);
    const void *places;
} ds_view;

/* The table's column of target k. */
static inline size_t ds_view_column(const ds_view *view, int k)
{
    return (size_t)view->column[view->target[k]];
}

/* Target k in the file's units, also where it is no truth; NaN where it is missing. */
static inline double ds_view_value(const ds_view *view, size_t row, int k)
{
    const double value = view->table->values[row * (size_t)view->table->columns + ds_view_column(view, k)];
    return value < view->floor ? view->floor : value;
}

/* Whether the value may be learnt from and scored: there, not filled in, and not masked. */
static inline bool ds_view_valid(const ds_view *view, size_t row, int k)
{
    const size_t cell = row * (size_t)view->table->columns + ds_view_column(view, k);
    return !isnan(view->table->values[cell]) && !(view->table->filled && view->table->filled[cell]) &&
           !(view->masked && view->masked[row * (size_t)view->targets + (size_t)k]);
}

/* The last valid value of target k in the rows before `row`; NaN where there is none. */
double ds_view_last(const ds_view *view, size_t row, int k);

/* The value of target k in the phase of the row `step` rows behind `row`, from the last whole season before
 * row that has a valid one there; NaN where none has. season: rows, at least 1. */
double ds_view_season(const ds_view *view, size_t row, int step, int season, int k);

/* The first row whose value of target k is valid; `rows` where there is none. */
size_t ds_view_first(const ds_view *view, int k);

/* Mean and biased deviation of target k over the valid values of part. False, and both NaN, where there is
 * none; the deviation of a constant is 0. */
bool ds_view_moments(const ds_view *view, ds_part part, int k, double *mean, double *deviation);

#endif
