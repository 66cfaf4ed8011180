/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a trained network costs before and after it was made smaller. */
#include "cli/output/sizes.h"

#include "cli/shell/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

cli_size cli_size_of(const fc_model *model, const char *path)
{
    struct stat status;
    const bool there = strcmp(path, "-") != 0 && stat(path, &status) == 0;
    return (cli_size){model->params->size, there ? (long long)status.st_size : 0, NAN, NAN};
}

int cli_size_measure(cli_size *size, fc_model *model, const char *path, const fc_request *request,
                     nn_error *error)
{
    fc_trial trial;
    *size = cli_size_of(model, path);
    int code = fc_trial_open(&trial, model, *request, error);
    if (!code)
        code = fc_trial_loss(&size->loss, &trial, NULL, error);
    if (!code)
        code = fc_trial_speed(&size->milliseconds, &trial, NULL, error);
    fc_trial_close(&trial);
    return code;
}

int cli_size_save(cli_size *size, fc_model *model, const char *path, const fc_request *request,
                  nn_error *error)
{
    int code = fc_model_save(model, path, error);
    if (!code && request)
        return cli_size_measure(size, model, path, request, error);
    *size = cli_size_of(model, path);
    return code;
}

void cli_sizes_print(cli_size before, cli_size after, const char *path)
{
    const bool measured = !isnan(before.loss);
    cli_table *table =
        cli_table_new(measured ? "|>weights|>bytes|>times smaller|>ms a sample|>validation loss"
                               : "|>weights|>bytes|>times smaller");
    for (int i = 0; i < 2; i++) {
        const cli_size m = i ? after : before;
        cli_table_cell(table, "%s", i ? "after" : "before");
        cli_table_cell(table, "%zu", m.weights);
        if (m.bytes)
            cli_table_cell(table, "%lld", m.bytes);
        else
            cli_table_cell(table, "-");
        cli_table_number(table, m.bytes ? (double)before.bytes / (double)m.bytes : NAN, 2);
        if (measured) {
            cli_table_short(table, m.milliseconds, 3);
            cli_table_number(table, m.loss, 6);
        }
    }
    FILE *out = strcmp(path, "-") == 0 ? stderr : stdout;
    cli_table_print(table, out);
    if (measured)
        fprintf(out, "validation loss %+.2f%%\n", 100 * (after.loss / before.loss - 1));
}

static json_t *size_json(cli_size m)
{
    json_t *object = json_object();
    nn_json_set(object, "weights", json_integer((json_int_t)m.weights));
    nn_json_set(object, "bytes", m.bytes ? json_integer(m.bytes) : json_null());
    nn_json_set(object, "milliseconds", nn_json_real(m.milliseconds));
    nn_json_set(object, "validation_loss", nn_json_real(m.loss));
    return object;
}

void cli_sizes_json(json_t *document, cli_size before, cli_size after)
{
    nn_json_set(document, "before", size_json(before));
    nn_json_set(document, "after", size_json(after));
}
