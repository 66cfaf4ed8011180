/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes models of published networks for data that they have not seen. */
#include "cli/input/pretrained.h"

#include "cli/input/automatic.h"
#include "forecast/forecasters/choice/candidate.h"
#include "forecast/training/fit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *cli_pretrained_wish(const char *folder)
{
    return folder ? folder : getenv(CLI_WEIGHTS_VARIABLE);
}

static int fit(fc_model **model, const char *folder, const cli_pretrained *how, const ds_table *table,
               const cli_reading *reading, nn_error *error)
{
    const cli_automatic wish = {.horizon = how->horizon, .season = how->season};
    ds_split split;
    fc_request request = {.lookback = 1,
                          .split_name = how->split ? how->split : ds_split_text(NULL),
                          .season = how->season,
                          .table = table,
                          .split = &split,
                          .reading = reading,
                          .scaler = DS_STANDARD,
                          .points = true,
                          .threads = how->threads};
    void *config;
    int code = fc_pretrained_settings(&request.kind, &config, folder, error);
    request.config = config;
    if (!code)
        code = ds_split_make(request.split_name, table, &split, error);
    if (!code)
        code = cli_automatic_horizon(&request.horizon, &wish, table, error);
    if (!code)
        code = fc_model_new(model, &request, error);
    if (!code)
        code = fc_fit(*model, &request, error);
    if (request.kind)
        fc_kind_config_free(config, request.kind);
    return code;
}

int cli_check_model(const char *path, nn_error *error)
{
    struct stat status;
    if (stat(path, &status) || !S_ISDIR(status.st_mode) || fc_pretrained_is_folder(path))
        return NN_OK;
    return nn_fail(
        error, NN_BAD_DATA,
        "%s: is a folder without a config.json; expected: the file of a saved model, or the folder of a "
        "published network, which holds config.json and model.safetensors",
        path);
}

int cli_model_open(fc_model **model, const cli_run *run, const cli_reading *reading,
                   const cli_pretrained *how, nn_error *error)
{
    const char *data = run->operands[0], *path = run->operands[run->operand_count - 1];
    ds_table *table = NULL;
    *model = NULL;
    if (cli_check_model(path, error))
        return error->code;
    if (!fc_pretrained_is_folder(path))
        return fc_model_load(model, run->purpose, path, error);
    if (run->operand_count > 2)
        return nn_fail(error, NN_USAGE, "'%.200s' is one too many: a published network takes one file",
                       run->operands[1]);
    if (strcmp(data, "-") == 0)
        return nn_fail(error, NN_USAGE,
                       "with %.200s for the model the data must be a file, not standard input", path);
    int code = cli_automatic_read(&table, data, reading, error);
    if (!code)
        code = fit(model, path, how, table, reading, error);
    ds_table_free(table);
    return code;
}
