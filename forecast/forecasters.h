/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forecasters without a network, one file each. */
#ifndef FC_FORECASTERS_H
#define FC_FORECASTERS_H

#include "forecast/forecaster.h"
#include "forecast/model.h"

extern const fc_forecaster fc_forecaster_naive, fc_forecaster_seasonal_naive, fc_forecaster_mean,
    fc_forecaster_ar, fc_forecaster_linear, fc_forecaster_drift, fc_forecaster_window_mean, fc_forecaster_ets,
    fc_forecaster_theta, fc_forecaster_ces, fc_forecaster_croston, fc_forecaster_arima, fc_forecaster_stl,
    fc_forecaster_flair, fc_forecaster_median, fc_forecaster_auto, fc_forecaster_chronos_bolt,
    fc_forecaster_chronos_2;

/* Settings of fc_forecaster_ar. */
typedef struct fc_ar_config {
    int order;      /* p: last values that a step ahead is explained by */
    int neighbours; /* nearest targets whose last p values explain it too; 0: none; -1: all */
    int scale;      /* fc_scale */
} fc_ar_config;
extern const nn_option fc_ar_options[];

/* Settings of fc_forecaster_arima; NULL: auto. */
typedef struct fc_arima_config {
    char *
        order; /* such as "0,1,1,0,1,1", with a constant where differences allow one; "auto" or NULL; owned */
    int quick; /* where the order is chosen: of up to three lags and one of the season */
    int scale; /* fc_scale */
} fc_arima_config;

/* Settings of fc_forecaster_stl; NULL: ets, found. */
typedef struct fc_stl_config {
    char *rest;    /* the forecaster of what is left without the seasons; NULL: ets; owned */
    char *seasons; /* rows of each, "24,168"; "auto" or NULL: the table's, and those that stand out; owned */
    int robust;    /* outliers do not pull at the seasons */
    int scale;     /* fc_scale */
} fc_stl_config;

/* Settings of fc_forecaster_flair; NULL: found. */
typedef struct fc_flair_config {
    char *seasons; /* rows of each that may fold a series, as those of stl; owned */
    int scale;     /* fc_scale */
} fc_flair_config;

/* Settings of fc_forecaster_median; NULL: ets-mean, ces, dotm, theta-boxcox. */
typedef struct fc_median_config {
    char *of;  /* names, separated by commas; NULL: the usual ones; owned */
    int scale; /* fc_scale */
} fc_median_config;

/* Settings of fc_forecaster_auto; NULL: no scale, fitted again. */
typedef struct fc_auto_config {
    int scale;     /* fc_scale of forecasters/choice/transform.h */
    int refit;     /* what was chosen is fitted to all rows */
    char *weights; /* a published network that is one more candidate: its folder; NULL: none; owned */
} fc_auto_config;

/* Settings of fc_forecaster_linear; NULL: all chosen on folds of the past. */
typedef struct fc_linear_config {
    int lags;        /* values before the origin that explain; 0: chosen */
    int level;       /* the last of them whose mean is taken away first; 0: chosen */
    int cycle;       /* rows of a table of means by phase that is taken away before; 0: none; -1: chosen */
    int sharing;     /* fc_linear_sharing */
    double strength; /* of the ridge, in mean eigenvalues; below 0: chosen */
    int scale;       /* fc_scale */
} fc_linear_config;
enum fc_linear_sharing { FC_LINEAR_AUTO, FC_LINEAR_ONE, FC_LINEAR_EACH };

/* Settings of fc_forecaster_window_mean; NULL: 0. */
typedef struct fc_window_mean_config {
    int window; /* valid values that the mean is of; 0: one season */
    int scale;  /* fc_scale */
} fc_window_mean_config;

/* Settings of fc_forecaster_ets; NULL: auto. */
typedef struct fc_ets_config {
    char *
        form; /* such as "MAdM"; "auto": that of the smallest AICc; "mean": of all by Akaike weights; owned */
    int scale; /* fc_scale */
} fc_ets_config;

enum { FC_THETA_AUTO = 5, FC_THETA_BOXCOX };

/* Settings of fc_forecaster_theta; NULL: classic. */
typedef struct fc_theta_config {
    int variant; /* fc_theta_kind, the better one of OTM and DOTM, or the classic one of Box-Cox powers */
    int scale;   /* fc_scale */
} fc_theta_config;

/* Settings of fc_forecaster_ces; NULL: auto. */
typedef struct fc_ces_config {
    int season; /* 0: of the smallest AICc; 1 to 4: none, simple, partial, full */
    int scale;  /* fc_scale */
} fc_ces_config;

typedef enum fc_intermittent_kind {
    FC_CROSTON,
    FC_CROSTON_OPTIMISED,
    FC_CROSTON_SBA,
    FC_TSB,
    FC_ADIDA,
    FC_IMAPA
} fc_intermittent_kind;

/* Settings of fc_forecaster_croston; NULL: Croston's own. */
typedef struct fc_croston_config {
    int method;                 /* fc_intermittent_kind */
    double demand, probability; /* smoothing of each by TSB */
} fc_croston_config;

#endif
