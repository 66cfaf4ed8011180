/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one entry for scores of a model on data that it was not trained on, beside its rivals, whatever it
 * sees. */
#ifndef FC_SCORE_H
#define FC_SCORE_H

#include "datasets/series/split.h"
#include "forecast/model.h"
#include "forecast/scores/score_table.h"

struct ds_panel;
struct ds_prices;
struct fc_sweep;
struct fc_forecast_rows; /* forecast/scores/forecast_rows.h */
struct fc_interval_set;  /* forecast/intervals/interval_set.h */

/* How scores are made where data have that; 0 elsewhere. */
typedef struct fc_scoring {
    int order, neighbours;             /* of a panel's linear forecasts, as fc_panel_baseline_settings */
    double floor;                      /* simple forecasts of a panel below it count as it; NaN: none */
    bool contest;                      /* of a panel, also the score of the KDD Cup 2022 */
    double cost;                       /* of prices: what a trade costs, a share of its value a side */
    const double *weights;             /* of classes, in a weighted log-loss; NULL: none */
    struct fc_interval_set *intervals; /* that are scored too; NULL or empty: none */
    struct fc_forecast_rows *rows;     /* where forecasts are written to; NULL: nowhere */
} fc_scoring;

typedef struct fc_score_request {
    const fc_model *model; /* NULL: simple forecasts alone, which panels have */
    const char *data;      /* the file's name */

    /* The data as the model's task sees them. */
    const ds_table *table;          /* a table; of prices fc_market_table's */
    const struct ds_prices *prices; /* NULL: the table is none of prices */
    const struct ds_panel *panel;
    struct fc_sweep *objects; /* labelled light curves, ready to run; it counts what it leaves out */

    const ds_table
        *rows; /* whose rows are cut: the table, or the panel's; NULL: nobody asks what was learnt */
    const ds_split *split;  /* of rows; objects have parts of their own */
    const char *split_name; /* as --split takes it; NULL: not cut */
    const char *part;       /* "test", "validation", "train"; of objects also "all" */
    bool learnt_too;        /* rows that the model learnt from are scored, too, and the scores say so */
    int season;             /* rows; 0: the model's, of the frequency, or found */
    int horizon, stride;    /* of a panel: steps ahead, where there is no model; rows between forecasts */
    int threads;            /* 0: all cores */
    fc_scoring how;
} fc_score_request;

/* Through the task of the model; what the request points to must outlive the scores. NN_BAD_DATA where the
 * part has nothing to score, or rows that the model learnt from. */
int fc_score(fc_scores **scores, const fc_score_request *request, nn_error *error);

/* For tasks: begins `about` with what every evaluation has. */
void fc_score_about(fc_scores *scores, const fc_score_request *request);

#endif
