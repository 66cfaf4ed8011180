/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained model's parameters anew, after its settings or the form of its linear maps have changed. */
#ifndef FC_REBUILD_H
#define FC_REBUILD_H

#include "forecast/model.h"

/* Gives a parameter of the new network its values; NN_FAILED ends the rebuilding. */
typedef int (*fc_fill_fn)(void *context, const nn_param *param, nn_real *values, nn_error *error);

/* Records the model's network as its settings have it now, with these factors, which the result borrows, and
 * fills its parameters; the model's own stay. NN_USAGE where the settings do not fit each other. */
int fc_rebuild(nn_params **params, fc_model *model, const nn_factor *factors, int factor_count,
               fc_fill_fn fill, void *context, nn_error *error);
/* The same without values, to look at shapes: data stays NULL. */
int fc_rebuild_shapes(nn_params **params, fc_model *model, const nn_factor *factors, int factor_count,
                      nn_error *error);

/* Gives the model such parameters in the place of its own. */
void fc_rebuild_take(fc_model *model, nn_params *params);

/* NN_USAGE for models that have no network, whose weights stand on steps of int8 or whose maps were made of
 * two: what is to be changed comes before. doing: "prune". */
int fc_rebuild_check(const fc_model *model, const char *doing, nn_error *error);

#endif
