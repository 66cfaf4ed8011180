/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forecasters without a network, one file each. */
#ifndef FC_FORECASTERS_H
#define FC_FORECASTERS_H

#include "forecast/forecaster.h"

extern const fc_forecaster fc_forecaster_naive, fc_forecaster_seasonal_naive, fc_forecaster_mean,
    fc_forecaster_ar, fc_forecaster_ses, fc_forecaster_holt, fc_forecaster_damped, fc_forecaster_ets,
    fc_forecaster_theta, fc_forecaster_stm, fc_forecaster_otm, fc_forecaster_dstm, fc_forecaster_dotm,
    fc_forecaster_auto_theta, fc_forecaster_boxcox_theta, fc_forecaster_croston,
    fc_forecaster_croston_optimised, fc_forecaster_sba, fc_forecaster_tsb, fc_forecaster_adida,
    fc_forecaster_imapa, fc_forecaster_drift, fc_forecaster_window_mean, fc_forecaster_ces,
    fc_forecaster_arima, fc_forecaster_stl, fc_forecaster_box_cox;

/* Settings of fc_forecaster_ar. */
typedef struct fc_ar_config {
    int order;      /* p: last values that a step ahead is explained by */
    int neighbours; /* nearest targets whose last p values explain it too; 0: none; -1: all */
    double floor;   /* forecasts below it count as it; NaN: none */
} fc_ar_config;
extern const nn_option fc_ar_options[];

/* Settings of fc_forecaster_ets. */
typedef struct fc_ets_config {
    char *form; /* such as "MAdM"; "auto" or NULL: that of the smallest AICc; owned */
} fc_ets_config;
extern const nn_option fc_ets_options[];

/* Settings of fc_forecaster_ces, fc_forecaster_arima,
    fc_forecaster_stl, fc_forecaster_box_cox; NULL: auto. */
typedef struct fc_ces_config {
    int season; /* 0: of the smallest AICc; 1 to 4: none, simple, partial, full */
} fc_ces_config;
extern const nn_option fc_ces_options[];

/* Settings of fc_forecaster_arima; NULL: auto. */
typedef struct fc_arima_config {
    char *
        order; /* such as "0,1,1,0,1,1", with a constant where differences allow one; "auto" or NULL; owned */
} fc_arima_config;
extern const nn_option fc_arima_options[];

/* Settings of fc_forecaster_stl; NULL: ets, found. */
typedef struct fc_stl_config {
    char *rest;    /* the forecaster of what is left without the seasons; NULL: ets; owned */
    char *seasons; /* rows of each, "24,168"; "auto" or NULL: the table's, and those that stand out; owned */
    int robust;    /* outliers do not pull at the seasons */
} fc_stl_config;
extern const nn_option fc_stl_options[];

/* Settings of fc_forecaster_box_cox; NULL: ets, Guerrero's lambda. */
typedef struct fc_box_cox_config {
    char *of;      /* the forecaster of the transformed values; NULL: ets; owned */
    double lambda; /* NaN: by Guerrero's method */
    int mean;      /* forecasts are means, not medians, of the values */
} fc_box_cox_config;
extern const nn_option fc_box_cox_options[];

/* A forecaster that others may be built upon, by its name; NULL where there is none. */
const fc_forecaster *fc_forecaster_named(const char *name);

/* Settings of fc_forecaster_tsb; NULL: .2 and .2. */
typedef struct fc_tsb_config {
    double demand, probability; /* smoothing of each */
} fc_tsb_config;
extern const nn_option fc_tsb_options[];

/* Settings of fc_forecaster_window_mean; NULL: 0. */
typedef struct fc_window_mean_config {
    int window; /* valid values that the mean is of; 0: one season */
} fc_window_mean_config;
extern const nn_option fc_window_mean_options[];

#endif
