/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/tasks/rivals_series.h"

#include <string.h>

static void repeat_last(nn_real *out, const fc_series *series, size_t row, int horizon, int season)
{
    (void)season;
    size_t n = (size_t)series->columns;
    for (int h = 0; h < horizon; h++)
        memcpy(out + (size_t)h * n, series->values + (row - 1) * n, n * sizeof *out);
}

void fc_seasonal_naive(nn_real *out, const fc_series *series, size_t row, int horizon, int season)
{
    size_t n = (size_t)series->columns, period = (size_t)season;
    if (row < period) {
        repeat_last(out, series, row, horizon, season);
        return;
    }
    for (int h = 0; h < horizon; h++)
        memcpy(out + (size_t)h * n, series->values + (row - period + (size_t)h % period) * n,
               n * sizeof *out);
}

const fc_baseline fc_baselines[FC_BASELINES + 1] = {
    {"repeat-last", repeat_last}, {"seasonal-naive", fc_seasonal_naive}, {NULL, NULL}};
