/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One JSON document on standard output. */
#include "cli/shell/json.h"

#include "cli/shell/report.h"

int cli_json_print(json_t *document, nn_error *error)
{
    const int code = cli_json_write(document, stdout, error);
    return code ? code : cli_flush_stdout(error);
}

int cli_json_print_values(json_t *document, nn_error *error)
{
    const int code = cli_json_write_values(document, stdout, error);
    return code ? code : cli_flush_stdout(error);
}
