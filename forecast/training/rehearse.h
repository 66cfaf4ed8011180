/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model is wrong by on rows that it has not learnt from, which becomes its spread. */
#ifndef FC_REHEARSE_H
#define FC_REHEARSE_H

#include "forecast/forecaster.h"
#include "forecast/request.h"

/* A network's forecasts of the validation windows of its lesson. */
int fc_rehearse_network(fc_model *model, const fc_request *request, const fc_lesson *lesson, nn_pool *pool,
                        nn_error *error);
/* A forecaster's from rolling origins: in the validation part if there is one, else in the last third of the
 * rows that it learnt from; where the validation part holds few horizons, in the later half of the training
 * part too. Where it learnt from those rows, a second one does without them. */
int fc_rehearse_forecaster(fc_model *model, const fc_request *request, const ds_view *view, ds_part rows,
                           nn_pool *pool, nn_error *error);

#endif
