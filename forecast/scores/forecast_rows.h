/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forecasts that were scored as rows of a CSV file, for other programs: unique_id, ds, cutoff, y, and a
 * column for each forecaster, behind the model's the ends of its intervals and its quantiles. */
#ifndef FC_FORECAST_ROWS_H
#define FC_FORECAST_ROWS_H

#include "datasets/table/table.h"
#include "forecast/intervals/interval_set.h"
#include "forecast/intervals/stream.h"

enum { FC_ROWS_FORECASTERS = 8 };

typedef struct fc_forecast_rows fc_forecast_rows;

/* set: whose intervals are written, too; NULL or empty: none. */
int fc_forecast_rows_open(fc_forecast_rows **rows, const char *path, const fc_interval_set *set,
                          nn_error *error);
/* Completes the file where code is NN_OK, else leaves none; returns the first code. NULL is allowed. */
int fc_forecast_rows_close(fc_forecast_rows *rows, int code, nn_error *error);

/* All forecasts of one window. Arrays are horizon x targets, in the file's units, NaN where nothing is known.
 */
typedef struct fc_rows_window {
    const ds_table *table;
    size_t row; /* the first that is forecast */
    int horizon, targets;
    const char *const *names; /* targets */
    const double *truth;
    int forecasters;
    const char *name[FC_ROWS_FORECASTERS];
    const double *forecast[FC_ROWS_FORECASTERS]; /* the model's first */
    const fc_stream *stream;                     /* the model's intervals; NULL: none */
    const double *scale;                         /* targets: what these are to be multiplied by; NULL: 1 */
} fc_rows_window;
void fc_forecast_rows_write(fc_forecast_rows *rows, const fc_rows_window *window);

#endif
