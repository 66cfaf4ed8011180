/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON documents in the making, and records of settings as JSON. */
#ifndef NN_JSON_H
#define NN_JSON_H

#include "lib/base/options.h"
#include "lib/files/json_text.h"

#include <jansson.h>
#include <stdbool.h>

/* Setters own what they are given. Whatever cannot be made (no memory, a text that is not UTF-8) is left out
 * and remembered by the thread: a document is whole if nn_json_whole says so in the end. */
void nn_json_set(json_t *object, const char *key, json_t *value);
void nn_json_append(json_t *array, json_t *value); /* at the end */
/* Whether everything could be made since it was asked last. */
bool nn_json_whole(void);

/* Text of a foreign file: bytes that are not ASCII become '?' where it is not UTF-8. NULL is null. */
json_t *nn_json_text(const char *text);
/* null where the number is not finite: JSON has no word for it. */
json_t *nn_json_real(double value);
json_t *nn_json_reals(const double *values, size_t count);
json_t *nn_json_hash(unsigned long long hash); /* 16 hexadecimal digits */

/* A record of settings by its option table: to be read by people and other programs. */
json_t *nn_json_record(const nn_option *table, const void *record);
/* The same for nn_json_read_record: seeds are texts, for they may be larger than JSON's whole numbers. */
json_t *nn_json_exact_record(const nn_option *table, const void *record);
/* Sets the fields that the object names; the others get their defaults. NN_BAD_DATA naming the file. */
int nn_json_read_record(const nn_option *table, void *record, const json_t *object, const char *path,
                        nn_error *error);

#endif
