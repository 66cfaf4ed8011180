/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files that make, save and load models, and by tasks. */
#ifndef FC_MODEL_INTERNAL_H
#define FC_MODEL_INTERNAL_H

#include "forecast/forecaster.h"
#include "forecast/model.h"
#include "forecast/task.h"
#include "lib/files/safetensors.h"

/* Copies the config into a model that knows its data, and makes its parameters, without memory. */
int fc_model_complete(fc_model *model, const void *config, nn_error *error);
/* Registers every parameter of a model that knows its settings and its data, without memory for them, by
 * recording its network once. */
int fc_model_register(fc_model *model, nn_error *error);
/* All that its file holds beside kind and weights, by the keys of the metadata; nn_json_whole says whether
 * all went well. */
json_t *fc_model_entries(const fc_model *model);
/* Of the fields of every model's training: that they fit each other. */
int fc_record_complete(void *model, nn_error *error);
/* The tensor of that published name, also behind "module." or under one of the kind's other spellings; NULL.
 */
const nn_st_tensor *fc_published_find(const nn_st_file *file, const fc_kind *kind, const char *name);

/* Tensors that the kind knows as unused (forecast/unused.c). */
typedef struct fc_unused fc_unused;
/* How many there are in a file, and a copy of them; none is NULL. */
int fc_unused_count(const nn_st_file *file, const fc_kind *kind);
int fc_unused_read(fc_unused **unused, const nn_st_file *file, const fc_kind *kind, nn_error *error);
int fc_unused_write(const fc_unused *unused, nn_st_writer *writer, nn_error *error); /* NULL is allowed */
void fc_unused_free(fc_unused *unused);                                              /* NULL is allowed */

#endif
