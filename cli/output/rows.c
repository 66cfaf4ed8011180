/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes rows of numbers; in CSV an unknown number is an empty field, in JSON null. */
#include "cli/output/rows.h"

#include "lib/base/c_locale.h"
#include "lib/base/text.h"
#include "lib/files/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

bool cli_rows_flushes(const char *path)
{
    return strcmp(path, "-") == 0;
}

static int digits_of(const cli_rows *r, int n)
{
    return r->digits ? r->digits(r->context, n) : r->json_digits;
}

void cli_rows_begin(const cli_rows *r)
{
    if (r->json)
        return;
    fputs("object_id", r->out);
    for (int n = 0; n < r->columns; n++) {
        fputc(',', r->out);
        if (r->name)
            nn_csv_field(r->out, r->name(r->context, n));
        else
            fprintf(r->out, "e%d", n + 1);
    }
    fputc('\n', r->out);
}

static json_t *value_json(const cli_rows *r, int n, const double *row)
{
    const double value = row ? row[n] : NAN;
    if (digits_of(r, n) != CLI_ROW_TRUTH)
        return nn_json_real(value);
    return isnan(value) ? json_null() : json_boolean(value != 0);
}

static int json_line(const cli_rows *r, const char *id, const double *row, nn_error *error)
{
    json_t *object = json_object(), *values = !r->within ? object : r->name ? json_object() : json_array();
    nn_json_set(object, "object_id", nn_json_text(id));
    for (int n = 0; n < r->columns; n++)
        if (r->name)
            nn_json_set(values, r->name(r->context, n), value_json(r, n, row));
        else
            nn_json_append(values, value_json(r, n, row));
    if (values != object)
        nn_json_set(object, r->within, values);
    const bool failed =
        !nn_json_whole() ||
        !nn_json_write(object, JSON_COMPACT | JSON_REAL_PRECISION((size_t)r->json_digits), r->out);
    json_decref(object);
    fputc('\n', r->out);
    return failed ? nn_fail(error, NN_FAILED, "no memory for a line of JSON") : NN_OK;
}

static void csv_line(const cli_rows *r, const char *id, const double *row)
{
    const locale_t c_locale = nn_c_locale(), before = c_locale ? uselocale(c_locale) : (locale_t)0;
    nn_csv_field(r->out, id);
    for (int n = 0; n < r->columns; n++) {
        const int digits = digits_of(r, n);
        fputc(',', r->out);
        if (row)
            nn_csv_number(r->out, row[n], digits == CLI_ROW_TRUTH ? 1 : digits);
    }
    fputc('\n', r->out);
    if (before)
        uselocale(before);
}

int cli_rows_put(const cli_rows *r, const char *id, const double *row, nn_error *error)
{
    int code = NN_OK;
    if (r->json)
        code = json_line(r, id, row, error);
    else
        csv_line(r, id, row);
    if (r->flush && fflush(r->out))
        return nn_fail(error, NN_FAILED, "standard output cannot be written: %s", strerror(errno));
    return code;
}
