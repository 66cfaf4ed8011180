/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/shell/json.h"

#include "cli/shell/report.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool failed; /* a piece could not be made */

static json_t *made(json_t *value)
{
    failed |= !value;
    return value;
}

json_t *cli_json_new(const char *schema)
{
    json_t *object = made(json_object());
    cli_json_set(object, "schema", json_string(schema));
    return object;
}

void cli_json_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, made(value)))
        failed = true;
}

void cli_json_append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, made(value)))
        failed = true;
}

json_t *cli_json_text(const char *text)
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

json_t *cli_json_real(double value)
{
    return made(isfinite(value) ? json_real(value) : json_null());
}

json_t *cli_json_reals(const double *values, size_t count)
{
    json_t *array = made(json_array());
    for (size_t i = 0; i < count; i++)
        cli_json_append(array, cli_json_real(values[i]));
    return array;
}

json_t *cli_json_time(const ds_table *table, ds_time time)
{
    char text[64];
    if (table->layout.format.kind == DS_TIME_STEP)
        return made(json_integer((json_int_t)time));
    if (table->layout.format.kind == DS_TIME_DAY_CLOCK)
        ds_time_print(&table->layout.format, time, text, sizeof text);
    else
        ds_time_print_iso(time, true, text, sizeof text);
    return cli_json_text(text);
}

json_t *cli_json_hash(unsigned long long hash)
{
    char text[32];
    snprintf(text, sizeof text, "%016llx", hash);
    return made(json_string(text));
}

static json_t *field(const nn_option *option, const void *record)
{
    const void *at = (const char *)record + option->offset;
    char text[256];
    switch (option->type) {
    case NN_FLAG:
        return json_boolean(*(const int *)at);
    case NN_INT:
        return json_integer(*(const int *)at);
    case NN_REAL:
        return cli_json_real(*(const double *)at);
    case NN_SEED:
        if (*(const uint64_t *)at <= INT64_MAX)
            return json_integer((json_int_t) * (const uint64_t *)at);
        break;
    case NN_TEXT:
    case NN_LIST:
        return cli_json_text(*(char *const *)at);
    case NN_CHOICE:
        break;
    }
    nn_option_get(option, record, text, sizeof text);
    return json_string(text);
}

json_t *cli_json_record(const nn_option *table, const void *record)
{
    json_t *object = made(json_object());
    for (const nn_option *o = table; o->name; o++)
        cli_json_set(object, o->name, field(o, record));
    return object;
}

int cli_json_print(json_t *document, nn_error *error)
{
    int code = NN_OK;
    if (failed || !document)
        code = nn_fail(error, NN_FAILED, "no memory for the JSON document");
    else if (json_dumpf(document, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12)) ==
             0)
        fputc('\n', stdout);
    json_decref(document);
    return code ? code : cli_flush_stdout(error);
}
