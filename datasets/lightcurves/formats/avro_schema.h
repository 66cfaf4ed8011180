/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schemas of Avro 1.11 (https://avro.apache.org/docs/1.11.1/specification/), as a tree of nodes. */
#ifndef DS_AVRO_SCHEMA_H
#define DS_AVRO_SCHEMA_H

#include "lib/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum ds_avro_type {
    DS_AVRO_NULL,
    DS_AVRO_BOOLEAN,
    DS_AVRO_INT, /* and long, which are written alike */
    DS_AVRO_FLOAT,
    DS_AVRO_DOUBLE,
    DS_AVRO_BYTES,
    DS_AVRO_STRING,
    DS_AVRO_RECORD,
    DS_AVRO_ENUM,
    DS_AVRO_ARRAY,
    DS_AVRO_MAP,
    DS_AVRO_UNION,
    DS_AVRO_FIXED
} ds_avro_type;

typedef struct ds_avro_node {
    ds_avro_type type;
    char *name;    /* of a record, enum or fixed, with its namespace; NULL: none */
    size_t size;   /* of a fixed */
    int count;     /* fields, symbols, members */
    char **label;  /* of fields and symbols */
    size_t *child; /* nodes of fields, of the items, of members */
} ds_avro_node;

typedef struct ds_avro_schema {
    ds_avro_node *node; /* the first is the root */
    size_t count, room;
} ds_avro_schema;

/* Start from {0}; free it in any case. NN_BAD_DATA with what is wrong, NN_FAILED without memory. */
int ds_avro_schema_read(ds_avro_schema *schema, const json_t *json, nn_error *error);
void ds_avro_schema_free(ds_avro_schema *schema);

/* One value of a node as JSON: bytes are null, symbols are texts, numbers that are not finite are null.
 * *at moves on. NN_BAD_DATA: the bytes end too early or are none of the schema. */
int ds_avro_value(json_t **value, const ds_avro_schema *schema, const unsigned char *bytes, size_t size,
                  size_t *at, nn_error *error);
/* A number as Avro writes all whole ones. False: it ends too early or is too long. */
bool ds_avro_long(const unsigned char *bytes, size_t size, size_t *at, long long *value);

#endif
