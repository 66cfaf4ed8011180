/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records, lists and entries of a model file as JSON. */
#ifndef FC_MODEL_JSON_H
#define FC_MODEL_JSON_H

#include "lib/base/options.h"
#include "lib/base/safetensors.h"

#include <jansson.h>
#include <stdbool.h>

/* Both take over the value. What cannot hold it becomes NULL and stays so: a file never lacks a part in
 * silence. */
void fc_json_put(json_t **object, const char *key, json_t *value);
void fc_json_push(json_t **array, json_t *value);

json_t *fc_json_record(const nn_option *table, const void *record);
/* Sets the fields that the object names; the others keep their defaults. NN_BAD_DATA naming the file. */
int fc_json_read_record(const nn_option *table, void *record, const json_t *object, const char *path,
                        nn_error *error);

/* Numbers that are not finite become null. */
json_t *fc_json_reals(const double *values, size_t count);
/* Exactly count numbers; null is NaN where allowed. */
int fc_json_read_reals(double *values, size_t count, const json_t *array, bool null_allowed, const char *what,
                       const char *path, nn_error *error);

/* "" and -1 where there is nothing of the kind, or out of range. */
const char *fc_json_text(const json_t *object, const char *key);
long fc_json_whole(const json_t *object, const char *key, long least, long most);

/* Adds the object (taken over) as a metadata entry. */
int fc_json_write_entry(nn_st_writer *writer, const char *key, json_t *object, nn_error *error);
/* A metadata entry; NULL with the reason. */
json_t *fc_json_read_entry(const nn_st_file *file, const char *key, nn_error *error);

#endif
