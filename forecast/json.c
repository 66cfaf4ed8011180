/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void fc_json_put(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value)) {
        json_decref(*object);
        *object = NULL;
    }
}

void fc_json_push(json_t **array, json_t *value)
{
    if (json_array_append_new(*array, value)) {
        json_decref(*array);
        *array = NULL;
    }
}

static json_t *field_json(const nn_option *option, const void *record)
{
    const char *field = (const char *)record + option->offset;
    char text[256];
    switch (option->type) {
    case NN_FLAG:
        return json_boolean(*(const int *)field);
    case NN_INT:
        return json_integer(*(const int *)field);
    case NN_REAL:
        return json_real(*(const double *)field);
    default:
        nn_option_get(option, record, text, sizeof text);
        return json_string(text);
    }
}

json_t *fc_json_record(const nn_option *table, const void *record)
{
    json_t *object = json_object();
    for (const nn_option *o = table; o->name; o++)
        fc_json_put(&object, o->name, field_json(o, record));
    return object;
}

/* A setting that would be the user's mistake on the command line is the file's here. */
static int as_bad_file(const char *path, nn_error *error)
{
    int code = nn_fail_within(error, "%s", path);
    if (code != NN_USAGE)
        return code;
    if (error)
        error->code = NN_BAD_DATA;
    return NN_BAD_DATA;
}

static void value_text(const json_t *value, char *text, size_t size)
{
    text[0] = 0;
    if (json_is_boolean(value))
        snprintf(text, size, "%s", json_is_true(value) ? "true" : "false");
    else if (json_is_integer(value))
        snprintf(text, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, size, "%.17g", json_real_value(value));
    else if (json_is_string(value))
        snprintf(text, size, "%s", json_string_value(value));
}

int fc_json_read_record(const nn_option *table, void *record, const json_t *object, const char *path,
                        nn_error *error)
{
    int code = nn_options_default(table, record, error);
    const char *key;
    json_t *value;
    if (code == NN_OK && !json_is_object(object))
        return nn_fail(error, NN_BAD_DATA, "%s: the settings are no JSON object", path);
    json_object_foreach((json_t *)object, key, value)
    {
        char text[256];
        const nn_option *o = nn_option_find(table, key);
        if (code)
            return code;
        if (!o)
            return nn_fail(error, NN_BAD_DATA,
                           "%s: unknown setting '%s'; the file may come from a newer version", path, key);
        value_text(value, text, sizeof text);
        if (nn_option_set(o, record, text, error))
            return as_bad_file(path, error);
    }
    return code;
}

json_t *fc_json_reals(const double *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        fc_json_push(&array, isfinite(values[i]) ? json_real(values[i]) : json_null());
    return array;
}

int fc_json_read_reals(double *values, size_t count, const json_t *array, bool null_allowed, const char *what,
                       const char *path, nn_error *error)
{
    if (!json_is_array(array) || json_array_size(array) != count)
        return nn_fail(error, NN_BAD_DATA, "%s: %s should be a list of %zu numbers", path, what, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(array, i);
        if (!json_is_number(item) && !(null_allowed && json_is_null(item)))
            return nn_fail(error, NN_BAD_DATA, "%s: entry %zu of %s is no number", path, i + 1, what);
        values[i] = json_is_number(item) ? json_number_value(item) : NAN;
    }
    return NN_OK;
}

const char *fc_json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

long fc_json_whole(const json_t *object, const char *key, long least, long most)
{
    const json_t *value = json_object_get(object, key);
    json_int_t number = json_integer_value(value);
    return json_is_integer(value) && number >= least && number <= most ? (long)number : -1;
}

int fc_json_write_entry(nn_st_writer *writer, const char *key, json_t *object, nn_error *error)
{
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    int code = text ? nn_st_writer_metadata(writer, key, text, error)
                    : nn_fail(error, NN_FAILED, "%s: no memory, or a name in it is not UTF-8", key);
    json_decref(object);
    free(text);
    return code;
}

json_t *fc_json_read_entry(const nn_st_file *file, const char *key, nn_error *error)
{
    const char *text = nn_st_metadata(file, key);
    json_error_t reason;
    json_t *object = text ? json_loads(text, JSON_REJECT_DUPLICATES, &reason) : NULL;
    if (!text)
        nn_fail(error, NN_BAD_DATA, "%s: the metadata entry %s is missing", nn_st_path(file), key);
    else if (!object)
        nn_fail(error, NN_BAD_DATA, "%s: the metadata entry %s is no JSON: %s", nn_st_path(file), key,
                reason.text);
    return object;
}
