/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of panels of stations: made, trained, saved with everything a forecast needs, and run. */
#ifndef FC_PANEL_H
#define FC_PANEL_H

#include "datasets/stations/panel.h"
#include "forecast/forecast.h"
#include "forecast/request.h"
#include "forecast/tasks/stations/network.h"

/* What a model knows of its panel. The model's columns are those of the table in the order station x
 * variable, and its scaler has their order too. */
typedef struct fc_panel {
    int stations, variables; /* S, V */
    char **ids;              /* S */
    ds_panel_variable *variable;
    int target, futures; /* index of the target; number of known-future variables */
    char *mask;          /* the rule as given; NULL: none */
    int statics;         /* K static variables */
    char **static_names;
    double *static_values; /* S x K, standardised over the stations */
    double *coordinates;   /* S x 2 coordinates, both divided by one deviation; NULL: not known */
    double *place_frame;   /* 3: where 0 of either coordinate is and how long 1, in the file's unit or, with
                              place_metres, in metres about the centre of degrees; NULL: not known, as older
                              files have it */
    bool place_metres;
    unsigned calendar; /* bit i: the training rows went through the whole cycle of time feature i; others are
                          0 to the network, which could only extrapolate them */
    double *adjacency; /* S x S weights of neighbours, 0 to 1; NULL: all stations see each other */
} fc_panel;

extern const fc_task fc_stations_task;

typedef struct fc_stations_model {
    fc_model base;
    fc_panel panel;
} fc_stations_model;

/* NULL: the model is not one of a panel. */
const fc_panel *fc_model_panel(const fc_model *model);

/* The panel of a table as the model knows it: its target, known-future variables and mask. NN_BAD_DATA for
 * the first station or variable of the model that the table has not. The table must outlive it. */
int fc_panel_open(ds_panel **panel, const fc_model *model, const ds_table *table, nn_error *error);

/* Forecasts in the file's units, S x H: step fastest, stations in the panel's order (NaN for stations that
 * the model does not know). origin is the row of the first step. */
typedef void (*fc_panel_sink)(void *context, size_t origin, const double *forecast);
/* The rows first, first + stride, ..., `count` of them. */
typedef struct fc_panel_origins {
    size_t first, count, stride;
} fc_panel_origins;
/* From each origin in order, seen on the calling thread. Of the rows from origin on only known-future
 * variables are read. NN_USAGE when the first origin has less than lookback rows before it; NN_BAD_DATA when
 * a known-future variable ends too early. */
int fc_panel_forecasts(const fc_model *model, const ds_panel *panel, fc_panel_origins origins, int threads,
                       fc_panel_sink sink, void *context, nn_error *error);

/* The real future: the steps after the last row with a valid target. steps 0: the horizon; more are
 * NN_USAGE. future->columns are the target's columns of the panel's table. */
int fc_panel_forecast(fc_future **future, const fc_model *model, const ds_panel *panel, int steps,
                      nn_error *error);

/* --- for the files of the task --- */

/* Of fc_task. */
int fc_stations_score(struct fc_scores **scores, const struct fc_score_request *request, nn_error *error);
int fc_stations_backtest(struct fc_scores **scores, const struct fc_rounds *rounds, nn_error *error);
int fc_panel_model_take(fc_model *model, const fc_request *request, nn_error *error);
void fc_panel_sizes_of(const fc_model *model, fc_sizes *sizes);

extern const fc_field fc_stations_fields[]; /* what a model keeps in its file */

/* What the network of the model's kind is, and how it wants its windows. */
const fc_stations_network *fc_panel_network(const fc_model *model);
void fc_panel_form_of(const fc_model *model, fc_panel_form *form);
/* The network's last map where it adds to linear forecasts; NULL: it does not. */
const char *fc_panel_head(const fc_model *model);
/* Of fc_task. */
const struct fc_forecaster *fc_panel_base(const fc_model *model);
/* Rows of a day of the model's rows, at most 1440; 1 where they are days and more, or have no time. */
int fc_panel_slots(const fc_model *model);
/* The sizes of a panel's inputs; their tensors are not set. */
void fc_panel_sizes(const fc_model *model, fc_stations_inputs *sizes);

#endif
