/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of the JSON documents that commands give. */
#include "cli/shell/json.h"

json_t *cli_json_new(const char *schema)
{
    json_t *object = json_object();
    nn_json_set(object, "schema", json_string(schema));
    return object;
}

/* Dates stay dates. */
static bool has_clock(const ds_table *table, ds_time time)
{
    const ds_time_format *f = &table->layout.format;
    const bool days = table->frequency.unit >= DS_UNIT_DAY && table->frequency.unit != DS_UNIT_STEP;
    return time % DS_DAY != 0 || (f->kind == DS_TIME_ISO ? f->joint != '\0' : !days);
}

json_t *cli_json_time(const ds_table *table, ds_time time)
{
    char text[64];
    if (table->layout.format.kind == DS_TIME_STEP)
        return json_integer((json_int_t)time);
    if (table->layout.format.kind == DS_TIME_DAY_CLOCK)
        ds_time_print(&table->layout.format, time, text, sizeof text);
    else
        ds_time_print_iso(time, has_clock(table, time), text, sizeof text);
    return nn_json_text(text);
}

static int put(json_t *document, size_t flags, FILE *out, nn_error *error)
{
    int code = NN_OK;
    if (!nn_json_whole() || !document)
        code = nn_fail(error, NN_FAILED, "no memory for the JSON document");
    else if (nn_json_write(document, JSON_INDENT(2) | JSON_PRESERVE_ORDER | flags, out))
        fputc('\n', out);
    else if (!ferror(out))
        code = nn_fail(error, NN_FAILED, "no memory for the JSON document");
    json_decref(document);
    return code;
}

int cli_json_write(json_t *document, FILE *out, nn_error *error)
{
    return put(document, JSON_REAL_PRECISION(12), out, error);
}

int cli_json_write_values(json_t *document, FILE *out, nn_error *error)
{
    return put(document, JSON_REAL_PRECISION(15), out, error);
}
