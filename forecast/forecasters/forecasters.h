/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forecasters without a network, one file each. */
#ifndef FC_FORECASTERS_H
#define FC_FORECASTERS_H

#include "forecast/forecaster.h"
#include "forecast/model.h"

extern const fc_forecaster fc_forecaster_naive, fc_forecaster_seasonal_naive, fc_forecaster_mean,
    fc_forecaster_ar;

/* Settings of fc_forecaster_ar. */
typedef struct fc_ar_config {
    int order;      /* p: last values that a step ahead is explained by */
    int neighbours; /* nearest targets whose last p values explain it too; 0: none; -1: all */
} fc_ar_config;
extern const nn_option fc_ar_options[];

#endif
