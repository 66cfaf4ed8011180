/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simple forecasts of a panel, which every score of a panel stands beside. */
#ifndef FC_PANEL_BASELINES_H
#define FC_PANEL_BASELINES_H

#include "datasets/stations/panel.h"
#include "forecast/model.h"

/* All of them see valid values only, as `last` of the panel carries them on; where a station has none yet,
 * the mean of its training part stands. */
typedef enum fc_panel_baseline {
    FC_PANEL_LAST,    /* the last value */
    FC_PANEL_SEASON,  /* the value one season before, or the nearest season before it that has one */
    FC_PANEL_AR,      /* per station and step ahead: least squares on a constant and the last p values */
    FC_PANEL_AR_NEAR, /* the same on the last p values of the k nearest stations too */
    FC_PANEL_BASELINES
} fc_panel_baseline;

const char *fc_panel_baseline_name(fc_panel_baseline which); /* "repeat-last", ..., "ar-neighbours" */
/* Those that stand beside models of a kind: not those of the same kind; kind NULL: all. Returns how many. */
int fc_panel_baselines_choose(fc_panel_baseline which[FC_PANEL_BASELINES], const fc_kind *kind,
                              const void *config);

typedef struct fc_panel_baseline_settings {
    int horizon;    /* H, steps ahead */
    int season;     /* rows; 0: that of the table's frequency */
    int order;      /* p of the autoregressions */
    int neighbours; /* k; 0: all other stations. Nearest by distance; without positions by the adjacency's
                       weights; without either by the correlation of the training part */
    double floor;   /* forecasts below it count as it; NaN: none */
} fc_panel_baseline_settings;

typedef struct fc_panel_baselines {
    ds_view view; /* of the panel, which is borrowed */
    fc_panel_baseline_settings settings;
    int neighbours;                  /* k as it is */
    void *state[FC_PANEL_BASELINES]; /* of the forecasters, owned */
} fc_panel_baselines;

/* Fits on the rows of part alone: targets and what they are explained by. A station without a valid
 * value there has the mean and scale of the others; NN_BAD_DATA where none has one. */
int fc_panel_baselines_fit(fc_panel_baselines **baselines, const ds_panel *panel, ds_part part,
                           const fc_panel_baseline_settings *settings, nn_error *error);
void fc_panel_baselines_free(fc_panel_baselines *baselines);

/* The rows [row, row + H) from those before row, which is at least 1: out is H x S, in the file's units. */
void fc_panel_baseline_forecast(const fc_panel_baselines *baselines, fc_panel_baseline which, size_t row,
                                double *out);

#endif
