/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values in Avro's binary writing. */
#include "datasets/lightcurves/formats/avro_schema.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* An item of an array may take no byte at all, so that its count alone is no proof of a long file. */
enum { DEPTH = 100, MOST_VALUES = 5000000 };

typedef struct decoder {
    const ds_avro_schema *schema;
    const unsigned char *bytes;
    size_t size, at, values;
    nn_error *error;
} decoder;

bool ds_avro_long(const unsigned char *bytes, size_t size, size_t *at, long long *value)
{
    uint64_t bits = 0;
    for (int shift = 0; shift < 64 && *at < size; shift += 7) {
        const unsigned char byte = bytes[(*at)++];
        bits |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80)
            continue;
        *value = (long long)(bits >> 1) ^ -(long long)(bits & 1);
        return true;
    }
    return false;
}

static int fail_short(decoder *d)
{
    return nn_fail(d->error, NN_BAD_DATA, "the record ends too early, or is none of the schema");
}

static int take_long(decoder *d, long long *value)
{
    return ds_avro_long(d->bytes, d->size, &d->at, value) ? NN_OK : fail_short(d);
}

static int take_bytes(decoder *d, size_t count, const unsigned char **bytes)
{
    if (count > d->size - d->at)
        return fail_short(d);
    *bytes = d->bytes + d->at;
    d->at += count;
    return NN_OK;
}

static int take_length(decoder *d, size_t *length)
{
    long long value = 0;
    const int code = take_long(d, &value);
    if (code)
        return code;
    *length = (size_t)value;
    return value < 0 || (unsigned long long)value > d->size - d->at ? fail_short(d) : NN_OK;
}

static int take_text(decoder *d, const char **text, size_t *length)
{
    const unsigned char *bytes = NULL;
    int code = take_length(d, length);
    if (!code)
        code = take_bytes(d, *length, &bytes);
    *text = (const char *)bytes;
    return code;
}

/* Little-endian, as Avro writes them. */
static int take_real(decoder *d, size_t width, json_t **value)
{
    const unsigned char *b = NULL;
    const int code = take_bytes(d, width, &b);
    uint64_t bits = 0;
    double real = 0;
    if (code)
        return code;
    for (size_t i = 0; i < width; i++)
        bits |= (uint64_t)b[i] << (8 * i);
    if (width == 4) {
        const uint32_t half = (uint32_t)bits;
        float single;
        memcpy(&single, &half, sizeof single);
        real = (double)single;
    } else {
        memcpy(&real, &bits, sizeof real);
    }
    *value = isfinite(real) ? json_real(real) : json_null();
    return NN_OK;
}

static int take_value(decoder *d, size_t node, int depth, json_t **value);

static int take_record(decoder *d, const ds_avro_node *n, int depth, json_t **value)
{
    int code = NN_OK;
    *value = json_object();
    for (int i = 0; i < n->count && !code; i++) {
        json_t *field = NULL;
        code = take_value(d, n->child[i], depth + 1, &field);
        json_object_set_new(*value, n->label[i], field);
    }
    return code;
}

/* Blocks of items, each with its count; a negative count has the block's bytes behind it. */
static int take_items(decoder *d, const ds_avro_node *n, int depth, json_t **value)
{
    long long count = 0, bytes;
    const bool map = n->type == DS_AVRO_MAP;
    int code = NN_OK;
    *value = map ? json_object() : json_array();
    while (!(code = take_long(d, &count)) && count != 0) {
        if (count < 0 && (code = take_long(d, &bytes)))
            return code;
        count = count == INT64_MIN ? INT64_MAX : count < 0 ? -count : count;
        for (; count > 0 && !code; count--) {
            const char *key = "";
            char name[200];
            size_t length = 0;
            json_t *item = NULL;
            if (map && (code = take_text(d, &key, &length)))
                return code;
            code = take_value(d, n->child[0], depth + 1, &item);
            if (!map) {
                json_array_append_new(*value, item);
                continue;
            }
            snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), key);
            json_object_set_new(*value, name, item);
        }
        if (code)
            return code;
    }
    return code;
}

static int take_choice(decoder *d, const ds_avro_node *n, long long *choice)
{
    const int code = take_long(d, choice);
    return code ? code : *choice < 0 || *choice >= n->count ? fail_short(d) : NN_OK;
}

static int take_value(decoder *d, size_t node, int depth, json_t **value)
{
    const ds_avro_node *n = &d->schema->node[node];
    const unsigned char *bytes = NULL;
    const char *text;
    long long number = 0;
    size_t length;
    int code = NN_OK;
    if (depth > DEPTH || d->values++ > MOST_VALUES)
        return nn_fail(d->error, NN_BAD_DATA, "a record of more than %d values, or nested more than %d deep",
                       MOST_VALUES, DEPTH);
    switch (n->type) {
    case DS_AVRO_NULL:
        break;
    case DS_AVRO_BOOLEAN:
        code = take_bytes(d, 1, &bytes);
        *value = code ? NULL : json_boolean(*bytes);
        break;
    case DS_AVRO_INT:
        code = take_long(d, &number);
        *value = code ? NULL : json_integer(number);
        break;
    case DS_AVRO_FLOAT:
    case DS_AVRO_DOUBLE:
        code = take_real(d, n->type == DS_AVRO_FLOAT ? 4 : 8, value);
        break;
    case DS_AVRO_STRING:
        code = take_text(d, &text, &length);
        *value = code ? NULL : json_stringn(text, length);
        break;
    case DS_AVRO_BYTES: /* pictures */
        code = take_text(d, &text, &length);
        break;
    case DS_AVRO_FIXED:
        code = take_bytes(d, n->size, &bytes);
        break;
    case DS_AVRO_RECORD:
        return take_record(d, n, depth, value);
    case DS_AVRO_ENUM:
        code = take_choice(d, n, &number);
        *value = code ? NULL : json_string(n->label[number]);
        break;
    case DS_AVRO_ARRAY:
    case DS_AVRO_MAP:
        return take_items(d, n, depth, value);
    case DS_AVRO_UNION:
        code = take_choice(d, n, &number);
        return code ? code : take_value(d, n->child[number], depth + 1, value);
    }
    if (!code && !*value)
        *value = json_null();
    return code;
}

int ds_avro_value(json_t **value, const ds_avro_schema *schema, const unsigned char *bytes, size_t size,
                  size_t *at, nn_error *error)
{
    decoder d = {.schema = schema, .bytes = bytes, .size = size, .at = *at, .error = error};
    *value = NULL;
    const int code = take_value(&d, 0, 0, value);
    *at = d.at;
    return code;
}
