/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON documents in the making, and records of settings as JSON and back. */
#include "lib/files/json.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local bool failed; /* a piece could not be made */

bool nn_json_whole(void)
{
    const bool whole = !nn_json_short() && !failed;
    failed = false;
    return whole;
}

static json_t *made(json_t *value)
{
    failed |= !value;
    return value;
}

void nn_json_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, made(value)))
        failed = true;
}

void nn_json_append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, made(value)))
        failed = true;
}

json_t *nn_json_text(const char *text)
{
    if (!text)
        return json_null();
    json_t *value = json_string(text);
    char *copy = value ? NULL : strdup(text);
    for (unsigned char *c = (unsigned char *)copy; c && *c; c++)
        *c = *c < 0x80 ? *c : '?';
    if (copy)
        value = json_string(copy);
    free(copy);
    return made(value);
}

json_t *nn_json_real(double value)
{
    return made(isfinite(value) ? json_real(value) : json_null());
}

json_t *nn_json_reals(const double *values, size_t count)
{
    json_t *array = made(json_array());
    for (size_t i = 0; i < count; i++)
        nn_json_append(array, nn_json_real(values[i]));
    return array;
}

json_t *nn_json_hash(unsigned long long hash)
{
    char text[32];
    snprintf(text, sizeof text, "%016llx", hash);
    return made(json_string(text));
}

/* --- records of settings --- */

/* A choice, or a seed that may be too large, by its text. */
static json_t *by_text(const nn_option *option, const void *record)
{
    char text[256];
    nn_option_get(option, record, text, sizeof text);
    return json_string(text);
}

static json_t *setting(const nn_option *option, const void *record, bool exact)
{
    const void *at = (const char *)record + option->offset;
    switch (option->type) {
    case NN_FLAG:
        return json_boolean(*(const int *)at);
    case NN_INT:
        return json_integer(*(const int *)at);
    case NN_REAL:
        return exact ? json_real(*(const double *)at) : nn_json_real(*(const double *)at);
    case NN_SEED:
        if (!exact && *(const uint64_t *)at <= INT64_MAX)
            return json_integer((json_int_t) * (const uint64_t *)at);
        break;
    case NN_TEXT:
    case NN_LIST:
        if (!exact)
            return nn_json_text(*(char *const *)at);
        return json_string(*(char *const *)at ? *(char *const *)at : "");
    case NN_CHOICE:
        break;
    }
    return by_text(option, record);
}

static json_t *record_json(const nn_option *table, const void *record, bool exact)
{
    json_t *object = made(json_object());
    for (const nn_option *o = table; o->name; o++)
        nn_json_set(object, o->name, setting(o, record, exact));
    return object;
}

json_t *nn_json_record(const nn_option *table, const void *record)
{
    return record_json(table, record, false);
}

json_t *nn_json_exact_record(const nn_option *table, const void *record)
{
    return record_json(table, record, true);
}

/* The text that nn_option_set takes; what has none gives "". */
static const char *value_text(const json_t *value, char *text, size_t size)
{
    static const nn_option real = {.name = "", .type = NN_REAL};
    const double number = json_number_value(value);
    text[0] = 0;
    if (json_is_boolean(value))
        snprintf(text, size, "%s", json_is_true(value) ? "true" : "false");
    else if (json_is_integer(value))
        snprintf(text, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        nn_option_get(&real, &number, text, size);
    return json_is_string(value) ? json_string_value(value) : text;
}

int nn_json_read_record(const nn_option *table, void *record, const json_t *object, const char *path,
                        nn_error *error)
{
    int code = nn_options_default(table, record, error);
    const char *key;
    json_t *value;
    if (code == NN_OK && !json_is_object(object))
        return nn_fail(error, NN_BAD_DATA, "%s: the settings are no JSON object", path);
    json_object_foreach((json_t *)object, key, value)
    {
        char text[64];
        const nn_option *o = nn_option_find(table, key);
        if (code)
            return code;
        if (!o)
            return nn_fail(error, NN_BAD_DATA,
                           "%s: unknown setting '%s'; the file may come from a newer version", path, key);
        if (nn_option_set(o, record, value_text(value, text, sizeof text), error))
            return nn_fail_in_file(error, path);
    }
    return code;
}
