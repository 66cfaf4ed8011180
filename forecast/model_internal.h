/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files that make, save and load models. */
#ifndef FC_MODEL_INTERNAL_H
#define FC_MODEL_INTERNAL_H

#include "forecast/model.h"
#include "lib/base/safetensors.h"

#include <jansson.h>

/* A model without columns, settings and parameters; see fc_model_new. */
int fc_model_begin(fc_model **model, const fc_kind *kind, int lookback, int horizon, const ds_table *table,
                   const char *features, uint64_t seed, nn_error *error);
/* Copies the config into a model whose other settings are in place, and makes its parameters. */
int fc_model_complete(fc_model *model, const void *config, nn_error *error);
/* Fills the parameters from an open file; see fc_model_import_weights. */
int fc_model_read_weights(fc_model *model, const nn_st_file *file, nn_error *error);

/* Adds every parameter as a tensor of its name. */
int fc_write_params(nn_st_writer *writer, const nn_params *params, nn_error *error);

struct fc_market;
json_t *fc_market_json(const struct fc_market *market);
int fc_market_from_json(struct fc_market **market, const json_t *object, const char *path, nn_error *error);

#endif
