/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One JSON document on standard output. The setters own what they are given; whatever finds no memory is
 * remembered and makes cli_json_print fail. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include "datasets/table/table.h"
#include "lib/base/error.h"
#include "lib/base/options.h"

#include <jansson.h>

/* {"schema": "auspex.NAME/1"} */
json_t *cli_json_new(const char *schema);
void cli_json_set(json_t *object, const char *key, json_t *value);
/* At the end of an array. */
void cli_json_append(json_t *array, json_t *value);
/* Text of a foreign file: bytes that are not UTF-8 become '?'. NULL text is null. */
json_t *cli_json_text(const char *text);
/* null where the number is not finite: JSON has no word for it. */
json_t *cli_json_real(double value);
json_t *cli_json_reals(const double *values, size_t count);
/* A stamp in ISO 8601; the number of a table without dates. */
json_t *cli_json_time(const ds_table *table, ds_time time);
json_t *cli_json_hash(unsigned long long hash);
/* A record of settings by its option table. */
json_t *cli_json_record(const nn_option *table, const void *record);
/* Prints and drops the document. */
int cli_json_print(json_t *document, nn_error *error);

#endif
