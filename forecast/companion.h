/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The companion of a model (fc_model.companion) in that model's file: its settings and fields as one entry of
 * the metadata, its weights behind the model's own names. */
#ifndef FC_COMPANION_FILE_H
#define FC_COMPANION_FILE_H

#include "forecast/model.h"
#include "lib/files/safetensors.h"

#include <jansson.h>

#define FC_COMPANION_PREFIX "rival."

/* Its kind, settings and fields; nn_json_whole says whether all went well. */
json_t *fc_companion_json(const fc_model *companion);
/* Its weights, where the model has one. */
int fc_companion_write(nn_st_writer *writer, const fc_model *model, nn_error *error);
/* Gives a model whose own fields are read a companion without memory for its weights. NN_BAD_DATA where it is
 * of another task, or whatever a model's own fields may be wrong in. */
int fc_companion_read(fc_model *model, const json_t *entry, const char *path, nn_error *error);
/* How many tensors it has in a file that is to hold them, 0 without one: each is there in its shape, or
 * NN_BAD_DATA. */
int fc_companion_check(int *tensors, const fc_model *model, const nn_st_file *file, nn_error *error);
/* Its weights from a file that fc_companion_check found whole; NN_BAD_DATA where they cannot be used. */
int fc_companion_read_weights(fc_model *model, const nn_st_file *file, nn_error *error);

#endif
