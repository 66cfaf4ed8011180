/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits what a forecast without a model's file needs. */
#include "cli/input/automatic.h"

#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "datasets/series/season.h"
#include "forecast/fit.h"
#include "forecast/forecaster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { YEARS = 6, ROWS = 10, ALWAYS = 1000, TIMES = 10 };
enum { FOLDS = 10 }; /* the validation part has such a share of the rows */

int cli_automatic_read(ds_table **table, const char *path, const cli_reading *reading, nn_error *error)
{
    const cli_reading kept =
        ds_reading_keeping(reading, !cli_given("on-missing"), !cli_given("on-gap"), false);
    return cli_read_table(table, path, &kept, 0, error);
}

int cli_automatic_horizon(int *horizon, const cli_automatic *how, const ds_table *table, nn_error *error)
{
    const int most = table->rows > ALWAYS / TIMES ? (int)(TIMES * table->rows) : ALWAYS;
    ds_season season = {.rows = how->season};
    *horizon = how->horizon;
    if (how->horizon > most)
        return nn_fail(error, NN_USAGE,
                       "--horizon %d: %s has %zu rows, which say nothing of more than %d to come",
                       how->horizon, table->path, table->rows, most);
    if (how->horizon)
        return NN_OK;
    const int code =
        how->season ? NN_OK : ds_season_of(table, (ds_part){0, table->rows}, NULL, &season, error);
    *horizon = season.rows > 1 ? season.rows : table->frequency.unit == DS_UNIT_YEAR ? YEARS : ROWS;
    *horizon = *horizon < most ? *horizon : most;
    if (!code)
        cli_say_note("%d rows are forecast%s; --horizon says how many", *horizon,
                     season.rows > 1 ? ", one season" : "");
    return code;
}

int cli_automatic_fit(fc_model **model, const cli_automatic *how, const ds_table *table,
                      const cli_reading *reading, nn_error *error)
{
    const ds_split all = {.train = {0, table->rows}};
    fc_request request = {.kind = how->kind,
                          .config = how->config,
                          .lookback = 1,
                          .split_name = "",
                          .season = how->season,
                          .table = table,
                          .split = &all,
                          .reading = reading,
                          .scaler = DS_NOSCALE,
                          .points = how->points,
                          .threads = how->threads};
    *model = NULL;
    if (!how->kind->forecaster)
        return nn_fail(error, NN_USAGE,
                       "--model: %s needs a training: auspex train %s --model %s -o model.safetensors",
                       how->kind->name, table->path, how->kind->name);
    int code = cli_automatic_horizon(&request.horizon, how, table, error);
    if (!code)
        code = fc_model_new(model, &request, error);
    cli_progress("fitting ...");
    if (!code)
        code = fc_fit(*model, &request, error);
    cli_progress_end();
    if (!code)
        cli_automatic_say(*model);
    return code;
}

void cli_automatic_say(const fc_model *model)
{
    const fc_forecaster *forecaster = model->kind->forecaster;
    char text[1000];
    if (!forecaster || !forecaster->describe)
        return;
    forecaster->describe(model->state, text, sizeof text);
    cli_say("%s", text);
}

int cli_automatic_sizes(cli_recipe *r, fc_request *request, nn_error *error)
{
    const size_t rows = request->table->rows;
    const cli_automatic how = {.season = r->season};
    int code = NN_OK;
    if (!request->kind->forecaster || (size_t)r->lookback + (size_t)r->horizon <= rows / FOLDS)
        return NN_OK;
    r->lookback = cli_given("lookback") ? r->lookback : 1;
    if (!cli_given("horizon") && (size_t)r->horizon > rows / FOLDS)
        code = cli_automatic_horizon(&r->horizon, &how, request->table, error);
    if (!code && !cli_given("split") && (size_t)r->horizon > rows / FOLDS) {
        const bool some = (size_t)r->horizon <= rows / 5;
        char text[64];
        snprintf(text, sizeof text, "%zu/0/%zu", some ? rows - rows / 5 : rows, some ? rows / 5 : 0);
        free(r->split);
        r->split = strdup(text);
        code = r->split ? NN_OK : nn_no_memory(error);
        if (!some)
            cli_say_note("all %zu rows are fitted, for they are too few to keep some for 'auspex evaluate'; "
                         "'auspex backtest' scores on them, --split keeps some",
                         rows);
    }
    request->lookback = r->lookback;
    request->horizon = r->horizon;
    request->split_name = r->split;
    return code;
}
