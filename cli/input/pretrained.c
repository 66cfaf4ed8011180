/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes models of published networks for data that they have not seen. */
#include "cli/input/pretrained.h"

#include "cli/input/automatic.h"
#include "forecast/fit.h"
#include "forecast/models/registry.h"
#include "forecast/pretrained/pretrained.h"

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

static int fit(fc_model **model, const cli_pretrained *how, const ds_table *table, const cli_reading *reading,
               nn_error *error)
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
    int code = cli_pretrained_config(&request.kind, &config, how->folder, error);
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

int cli_pretrained_model(fc_model **model, const cli_pretrained *how, const cli_reading *reading,
                         nn_error *error)
{
    ds_table *table = NULL;
    *model = NULL;
    if (strcmp(how->data, "-") == 0)
        return nn_fail(error, NN_USAGE, "with %s for the model the data must be a file, not standard input",
                       how->folder);
    int code = cli_automatic_read(&table, how->data, reading, error);
    if (!code)
        code = fit(model, how, table, reading, error);
    ds_table_free(table);
    return code;
}
