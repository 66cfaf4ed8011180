/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by model.c and model_file.c. */
#ifndef FC_MODEL_INTERNAL_H
#define FC_MODEL_INTERNAL_H

#include "forecast/model.h"
#include "lib/safetensors.h"

#include <jansson.h>

/* Copies the config into a model whose other settings are in place, and makes its parameters. */
int fc_model_complete(fc_model *model, const void *config, nn_error *error);
/* Fills the parameters from an open file; see fc_model_import_weights. */
int fc_model_read_weights(fc_model *model, const nn_st_file *file, nn_error *error);

/* A record of settings as a JSON object, NULL without memory; and back: fields that the object does not name
 * keep their defaults. */
json_t *fc_settings_json(const nn_option *table, const void *record);
int fc_settings_from_json(const nn_option *table, void *record, const json_t *object, const char *path,
                          nn_error *error);
/* Both take over the value. What cannot hold it becomes NULL and stays so: a file never lacks a part in
 * silence. */
void fc_json_put(json_t **object, const char *key, json_t *value);
void fc_json_push(json_t **array, json_t *value);

struct fc_market;
json_t *fc_market_json(const struct fc_market *market);
int fc_market_from_json(struct fc_market **market, const json_t *object, const char *path, nn_error *error);

#endif
