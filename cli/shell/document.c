/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One JSON document on standard output. */
#include "cli/shell/json.h"

#include "cli/shell/report.h"

static int print(json_t *document, size_t flags, nn_error *error)
{
    int code = NN_OK;
    if (!nn_json_whole() || !document)
        code = nn_fail(error, NN_FAILED, "no memory for the JSON document");
    else if (nn_json_write(document, JSON_INDENT(2) | JSON_PRESERVE_ORDER | flags, stdout))
        fputc('\n', stdout);
    else if (!ferror(stdout))
        code = nn_fail(error, NN_FAILED, "no memory for the JSON document");
    json_decref(document);
    return code ? code : cli_flush_stdout(error);
}

int cli_json_print(json_t *document, nn_error *error)
{
    return print(document, JSON_REAL_PRECISION(12), error);
}

int cli_json_print_values(json_t *document, nn_error *error)
{
    return print(document, JSON_REAL_PRECISION(15), error);
}
