/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model's forecasts of many windows, and of prices as paths of closes. */
#ifndef FC_COLLECT_H
#define FC_COLLECT_H

#include "datasets/series/windows.h"
#include "forecast/tasks/series/prices.h"

/* Forecasts in original units: windows->count x horizon x targets, malloced. The model's columns must be in
 * the table. threads 0: all cores. */
int fc_collect(double **values, const fc_model *model, const ds_table *table, const ds_windows *windows,
               int threads, nn_error *error);

/* What forecasts a path of closes. */
enum {
    FC_BY_MODEL,
    FC_BY_LAST,  /* the last close repeated: a return of 0 */
    FC_BY_DRIFT, /* the line (of logarithms) through the look-back's first and last close */
    FC_BY_MEAN,  /* the last close, growing by the mean return of all days before */
    FC_PATH_KINDS
};
extern const char *const fc_path_names[]; /* "last value", ...; the model's is its kind's */

/* One ticker in every window of a part, in time order. */
typedef struct fc_paths {
    size_t windows;
    int horizon;
    double *last;                /* windows: the close that was known */
    double *truth;               /* windows x horizon closes */
    double *path[FC_PATH_KINDS]; /* windows x horizon closes */
} fc_paths;

/* Paths of the model's i-th target over windows of its table; values are those of fc_collect. */
int fc_paths_make(fc_paths *paths, const fc_model *model, const ds_prices *prices, const ds_windows *windows,
                  const double *values, int i, nn_error *error);
/* Puts more windows behind those there are. */
int fc_paths_append(fc_paths *paths, const fc_paths *more, nn_error *error);
void fc_paths_clear(fc_paths *paths);

#endif
