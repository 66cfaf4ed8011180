/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the JSON of a schema to its nodes. */
#include "datasets/lightcurves/formats/avro_schema.h"

#include "lib/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 64, MOST_NODES = 100000, NAME = 512 };

static const struct {
    const char *word;
    ds_avro_type type;
} words[] = {{"null", DS_AVRO_NULL},    {"boolean", DS_AVRO_BOOLEAN}, {"int", DS_AVRO_INT},
             {"long", DS_AVRO_INT},     {"float", DS_AVRO_FLOAT},     {"double", DS_AVRO_DOUBLE},
             {"bytes", DS_AVRO_BYTES},  {"string", DS_AVRO_STRING},   {"record", DS_AVRO_RECORD},
             {"error", DS_AVRO_RECORD}, {"enum", DS_AVRO_ENUM},       {"array", DS_AVRO_ARRAY},
             {"map", DS_AVRO_MAP},      {"fixed", DS_AVRO_FIXED}};

typedef struct reading {
    ds_avro_schema *schema;
    nn_error *error;
} reading;

static int no_memory(reading *r)
{
    return nn_fail(r->error, NN_FAILED, "no memory");
}

static int add_node(reading *r, ds_avro_type type, size_t *node)
{
    ds_avro_schema *s = r->schema;
    if (s->count == MOST_NODES)
        return nn_fail(r->error, NN_BAD_DATA, "the schema has more than %d types", MOST_NODES);
    if (s->count == s->room) {
        ds_avro_node *more = nn_resize(s->node, 2 * s->room + 64, sizeof *more, 1);
        if (!more)
            return no_memory(r);
        s->node = more;
        s->room = 2 * s->room + 64;
    }
    s->node[s->count] = (ds_avro_node){.type = type};
    *node = s->count++;
    return NN_OK;
}

/* A name with its namespace, which is that around it where it has none of its own. */
static bool full_name(char name[NAME], const char *space, const char *word)
{
    const bool whole = strchr(word, '.') || !*space;
    return snprintf(name, NAME, "%s%s%s", whole ? "" : space, whole ? "" : ".", word) < NAME;
}

static int find_named(reading *r, const char *space, const char *word, size_t *node)
{
    char name[NAME];
    for (int plain = 0; plain < 2; plain++)
        for (size_t i = 0; full_name(name, plain ? "" : space, word) && i < r->schema->count; i++)
            if (r->schema->node[i].name && strcmp(r->schema->node[i].name, name) == 0) {
                *node = i;
                return NN_OK;
            }
    return nn_fail(r->error, NN_BAD_DATA, "the schema has the type '%.100s', which is not defined", word);
}

static int read_type(reading *r, const json_t *json, const char *space, int depth, size_t *node);

static int make_lists(reading *r, size_t node, size_t count, bool labels, bool children)
{
    ds_avro_node *n = &r->schema->node[node];
    n->label = labels ? calloc(count + 1, sizeof *n->label) : NULL;
    n->child = children ? calloc(count + 1, sizeof *n->child) : NULL;
    if ((labels && !n->label) || (children && !n->child))
        return no_memory(r);
    n->count = (int)count;
    return NN_OK;
}

static int set_label(reading *r, size_t node, size_t i, const json_t *text)
{
    if (!json_is_string(text))
        return nn_fail(r->error, NN_BAD_DATA, "the schema has a field or symbol without a name");
    char *copy = nn_text_copy(json_string_value(text), json_string_length(text));
    r->schema->node[node].label[i] = copy;
    return copy ? NN_OK : no_memory(r);
}

static int read_fields(reading *r, const json_t *json, const char *space, int depth, size_t node)
{
    const json_t *fields = json_object_get(json, "fields");
    int code = make_lists(r, node, json_array_size(fields), true, true);
    for (size_t i = 0; i < json_array_size(fields) && !code; i++) {
        const json_t *field = json_array_get(fields, i);
        size_t child = 0;
        code = set_label(r, node, i, json_object_get(field, "name"));
        if (!code)
            code = read_type(r, json_object_get(field, "type"), space, depth + 1, &child);
        if (!code)
            r->schema->node[node].child[i] = child;
    }
    return code;
}

static int read_members(reading *r, const json_t *array, const char *space, int depth, size_t *node)
{
    int code = add_node(r, DS_AVRO_UNION, node);
    if (!code)
        code = make_lists(r, *node, json_array_size(array), false, true);
    for (size_t i = 0; i < json_array_size(array) && !code; i++) {
        size_t child = 0;
        code = read_type(r, json_array_get(array, i), space, depth + 1, &child);
        if (!code)
            r->schema->node[*node].child[i] = child;
    }
    return code;
}

/* A record, enum or fixed, whose name other types may use. */
static int read_named(reading *r, const json_t *json, const char *space, int depth, size_t node)
{
    char name[NAME], inner[NAME];
    const char *word = json_string_value(json_object_get(json, "name"));
    const char *own = json_string_value(json_object_get(json, "namespace"));
    if (!word || !full_name(name, own ? own : space, word))
        return nn_fail(r->error, NN_BAD_DATA, "the schema has a type without a name, or with one too long");
    if (!(r->schema->node[node].name = nn_text_copy(name, strlen(name))))
        return no_memory(r);
    const char *point = strrchr(name, '.');
    snprintf(inner, sizeof inner, "%.*s", point ? (int)(point - name) : 0, name);
    if (r->schema->node[node].type == DS_AVRO_RECORD)
        return read_fields(r, json, inner, depth, node);
    if (r->schema->node[node].type == DS_AVRO_FIXED) {
        const json_int_t size = json_integer_value(json_object_get(json, "size"));
        r->schema->node[node].size = size > 0 ? (size_t)size : 0;
        return size < 0
                   ? nn_fail(r->error, NN_BAD_DATA, "the schema has a type of %lld bytes", (long long)size)
                   : NN_OK;
    }
    const json_t *symbols = json_object_get(json, "symbols");
    int code = make_lists(r, node, json_array_size(symbols), true, false);
    for (size_t i = 0; i < json_array_size(symbols) && !code; i++)
        code = set_label(r, node, i, json_array_get(symbols, i));
    return code;
}

static int read_word(reading *r, const json_t *json, const char *word, const char *space, int depth,
                     size_t *node)
{
    size_t w = 0;
    while (w < sizeof words / sizeof *words && strcmp(words[w].word, word) != 0)
        w++;
    if (w == sizeof words / sizeof *words)
        return find_named(r, space, word, node);
    int code = add_node(r, words[w].type, node);
    const bool items = words[w].type == DS_AVRO_ARRAY || words[w].type == DS_AVRO_MAP;
    const bool named =
        words[w].type == DS_AVRO_RECORD || words[w].type == DS_AVRO_ENUM || words[w].type == DS_AVRO_FIXED;
    if (code || (!items && !named))
        return code;
    if (!json_is_object(json))
        return nn_fail(r->error, NN_BAD_DATA, "the schema's type '%s' is not described", word);
    if (named)
        return read_named(r, json, space, depth, *node);
    size_t child = 0;
    code = make_lists(r, *node, 1, false, true);
    if (!code)
        code = read_type(r, json_object_get(json, words[w].type == DS_AVRO_ARRAY ? "items" : "values"), space,
                         depth + 1, &child);
    if (!code)
        r->schema->node[*node].child[0] = child;
    return code;
}

static int read_type(reading *r, const json_t *json, const char *space, int depth, size_t *node)
{
    if (depth > DEPTH)
        return nn_fail(r->error, NN_BAD_DATA, "the schema's types are nested more than %d deep", DEPTH);
    if (json_is_string(json))
        return read_word(r, json, json_string_value(json), space, depth, node);
    if (json_is_array(json))
        return read_members(r, json, space, depth, node);
    const json_t *type = json_object_get(json, "type");
    if (json_is_string(type))
        return read_word(r, json, json_string_value(type), space, depth, node);
    return type ? read_type(r, type, space, depth + 1, node)
                : nn_fail(r->error, NN_BAD_DATA, "the schema has a type that is none");
}

int ds_avro_schema_read(ds_avro_schema *schema, const json_t *json, nn_error *error)
{
    reading r = {schema, error};
    size_t root;
    return read_type(&r, json, "", 0, &root);
}

void ds_avro_schema_free(ds_avro_schema *schema)
{
    for (size_t i = 0; i < schema->count; i++) {
        ds_avro_node *n = &schema->node[i];
        for (int k = 0; n->label && k < n->count; k++)
            free(n->label[k]);
        free(n->label);
        free(n->child);
        free(n->name);
    }
    free(schema->node);
    *schema = (ds_avro_schema){0};
}
