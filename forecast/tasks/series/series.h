/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models that forecast the columns of a table, which may be prices' returns: made, and matched with tables.
 */
#ifndef FC_SERIES_H
#define FC_SERIES_H

#include "forecast/request.h"
#include "forecast/tasks/series/prices.h"

extern const fc_task fc_series_task;

typedef struct fc_series_model {
    fc_model base;
    fc_market market; /* how prices become the columns; prices.prices 0: the file has them */
} fc_series_model;

/* What a model of prices keeps of how it sees them. */
extern const fc_field fc_prices_fields[];
int fc_prices_complete(void *model, nn_error *error);

/* NULL: the model is not one of prices. */
const fc_market *fc_model_market(const fc_model *model);
/* The model takes over the market, which is then empty. */
void fc_model_take_market(fc_model *model, fc_market *market);

/* Whether models of a table go by columns that are known beforehand. */
bool fc_series_knows(const fc_kind *kind);

/* Whether the table holds every column of the model by name; otherwise NN_BAD_DATA naming the first one
 * missing. map receives for each model column its column in the table. */
int fc_model_match(const fc_model *model, const ds_table *table, int *map, nn_error *error);

/* Fits the scaler alone (import of published weights), and notes the data. */
int fc_fit_scaler(fc_model *model, const fc_request *request, nn_error *error);
/* Of fc_task. */
int fc_series_score(struct fc_scores **scores, const struct fc_score_request *request, nn_error *error);
int fc_series_backtest(struct fc_scores **scores, const struct fc_rounds *rounds, nn_error *error);
int fc_series_learn(fc_model *model, const fc_request *request, fc_lesson *lesson, nn_error *error);
int fc_series_look(fc_model *model, const fc_request *request, fc_lesson *lesson, ds_view *view,
                   nn_error *error);
void fc_series_forget(fc_lesson *lesson);
void fc_series_hardness(const fc_lesson *lesson, double *each);
size_t fc_series_wrong(const fc_model *model, const fc_lesson *lesson, size_t index, int place,
                       const nn_ports *ports, float *error);
ds_view fc_series_seen(const fc_lesson *lesson, const fc_request *request);
void fc_series_settle_errors(const fc_model *model, struct fc_residuals *residuals);

#endif
