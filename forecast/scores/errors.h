/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors of forecasts over some set of values: one record for tables, stations, prices and backtests. */
#ifndef FC_ERRORS_H
#define FC_ERRORS_H

#include "forecast/scores/metric.h"

/* NaN where a score is not defined. "Own" is the unit of the file; the first three may be of values that were
 * scaled, or of returns. */
typedef struct fc_errors {
    size_t count; /* values scored */
    double mse, mae, rmse;
    double own_mse, own_mae, own_rmse;
    double
        mase; /* MAE / mean |y_t - y_(t-m)| on the training part, mean over series (Hyndman & Koehler 2006) */
    double smape; /* mean of 200 |e| / (|y| + |f|) in percent, 0/0 = 0, own values */
    double wape;  /* sum |e| / sum |y|, own values */
} fc_errors;
extern const fc_metric fc_scaled_metrics[]; /* of values that were scaled */
extern const fc_metric fc_own_metrics[];    /* of values in the file's units */

#endif
