/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One JSON document, made with lib/files/json.h: on standard output, or for the caller of the library. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include "datasets/table/table.h"
#include "lib/files/json.h"

#include <stdio.h>

/* {"schema": "auspex.NAME/1"} */
json_t *cli_json_new(const char *schema);
/* A stamp in ISO 8601; the number of a table without dates. */
json_t *cli_json_time(const ds_table *table, ds_time time);
/* Writes and drops the document; fails where a part of it could not be made. */
int cli_json_write(json_t *document, FILE *out, nn_error *error);
/* The same with as many digits as any file's values have. */
int cli_json_write_values(json_t *document, FILE *out, nn_error *error);
/* The same to standard output. */
int cli_json_print(json_t *document, nn_error *error);
int cli_json_print_values(json_t *document, nn_error *error);

#endif
