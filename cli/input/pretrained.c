/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes models of published networks for data that they have not seen. */
#include "cli/input/pretrained.h"

#include "cli/input/automatic.h"
#include "forecast/fit.h"
#include "forecast/forecasters/choice/named.h"
#include "forecast/models/registry.h"
#include "forecast/pretrained/pretrained.h"

#include <stdlib.h>
#include <string.h>

static int set(const fc_kind *kind, void *config, const char *name, const char *text, nn_error *error)
{
    return nn_option_set(nn_option_find(kind->options, name), config, text, error);
}

int cli_pretrained_config(const fc_kind **kind, void **config, const char *folder, nn_error *error)
{
    const fc_pretrained_kind *network;
    *config = NULL;
    int code = fc_pretrained_folder_kind(&network, folder, error);
    *kind = code ? NULL : fc_kind_find(network->name);
    if (!code)
        code = fc_kind_config(config, *kind, error);
    if (!code)
        code = set(*kind, *config, "init", folder, error);
    return code ? code : set(*kind, *config, "tune", "0", error);
}

int cli_pretrained_give(const char *folder, nn_error *error)
{
    static fc_named named; /* for as long as the program runs */
    const fc_kind *kind;
    void *config;
    fc_pretrained *network = NULL;
    folder = folder ? folder : getenv(CLI_WEIGHTS_VARIABLE);
    if (!folder || !*folder)
        return NN_OK;
    int code = cli_pretrained_config(&kind, &config, folder, error);
    if (!code) /* what is wrong with the weights is said here, not by every series */
        code = fc_pretrained_open(&network, folder, NULL, false, error);
    if (code) {
        if (kind)
            fc_kind_config_free(config, kind);
        return code;
    }
    named = (fc_named){kind->name, kind->forecaster, config};
    fc_named_give(&named, folder);
    return NN_OK;
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
    int code = cli_pretrained_config(&request.kind, &config, folder, error);
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

int cli_model_open(fc_model **model, const cli_run *run, const cli_reading *reading,
                   const cli_pretrained *how, nn_error *error)
{
    const char *data = run->operands[0], *path = run->operands[run->operand_count - 1];
    ds_table *table = NULL;
    *model = NULL;
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
