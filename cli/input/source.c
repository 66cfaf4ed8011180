/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data files of a command, read as one table or as the prices of several files. */
#include "cli/input/source.h"

#include "cli/input/holidays.h"

#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "forecast/tasks/series/series.h"

const nn_option cli_select_options[] = {
    {"select", 0, NN_FLAG, offsetof(cli_selection, select), "false", NULL, 0, 0,
     "learn only from the targets and the columns or tickers correlated with them in the training rows"},
    {0}};

int cli_check_source_options(const ds_price_settings *prices, const cli_selection *selection,
                             const char *target, nn_error *error)
{
    const char *name = cli_given_of(ds_price_options);
    if (name && !prices->prices)
        return nn_fail(error, NN_USAGE,
                       "--%s says how prices are seen; --prices says that the files are prices", name);
    if (prices->smooth_target && prices->smooth < 2)
        return nn_fail(error, NN_USAGE, "--smooth-target needs --smooth");
    if (!selection)
        return NN_OK;
    name = cli_given_of(ds_correlate_options);
    if (name && !selection->select)
        return nn_fail(error, NN_USAGE, "--%s says what is chosen; --select says that columns are", name);
    if (selection->select && cli_given("holidays"))
        return nn_fail(error, NN_USAGE, "--select chooses columns of the file, and --holidays adds one");
    if (selection->select && !(target && *target))
        return nn_fail(error, NN_USAGE, "--select chooses what goes with a target; --target names it");
    return NN_OK;
}

void cli_price_defaults(const ds_price_settings *settings, int *horizon)
{
    if (settings->prices && !cli_given("horizon"))
        *horizon = 1;
}

static int check_paths(char *const *paths, int count, nn_error *error)
{
    for (int i = 0; i < count; i++) {
        int code = cli_check_input(paths[i], error);
        if (code)
            return code;
    }
    return NN_OK;
}

static int read_prices(cli_source *source, char *const *paths, int count, const cli_reading *reading,
                       const ds_price_settings *settings, const fc_model *model, nn_error *error)
{
    ds_read_options options;
    int code = check_paths(paths, count, error);
    if (!code)
        code = ds_reading_make(reading, &options, error);
    if (model)
        options.known = fc_model_known(model);
    if (!code)
        code = ds_prices_read(&source->prices, paths, count, &options, settings, error);
    if (!code)
        ds_prices_notes(source->prices, cli_say_line, NULL);
    return code;
}

int cli_source_read(cli_source *source, char *const *paths, int count, const cli_reading *reading,
                    const ds_price_settings *settings, nn_error *error)
{
    *source = (cli_source){0};
    if (!settings->prices && count > 1)
        return nn_fail(error, NN_USAGE,
                       "'%.100s' is too much: this command takes DATA.csv, several with --prices only",
                       paths[1]);
    if (!settings->prices)
        return cli_read_table(&source->table, paths[0], reading, 0, error);
    int code = cli_holidays_refuse(reading, "prices", error);
    if (!code)
        code = read_prices(source, paths, count, reading, settings, NULL, error);
    if (!code)
        code = ds_returns_table(&source->table, source->prices, settings, error);
    return code;
}

int cli_source_read_for(cli_source *source, char *const *paths, int count, const cli_reading *reading,
                        const fc_model *model, size_t tail, nn_error *error)
{
    *source = (cli_source){0};
    const fc_market *market = fc_model_market(model);
    if (!market && count > 1)
        return nn_fail(error, NN_USAGE,
                       "'%.100s' is too much: the model is none of prices and takes one file", paths[1]);
    if (!market)
        return cli_read_table_for(&source->table, paths[0], reading, model, tail, error);
    const cli_reading own = cli_reading_for(reading, model);
    int code = cli_holidays_refuse(reading, "prices", error);
    if (!code)
        code = read_prices(source, paths, count, &own, &market->prices, model, error);
    if (!code)
        code = fc_market_table(&source->table, market, source->prices, error);
    return code;
}

void cli_source_clear(cli_source *source)
{
    ds_table_free(source->table);
    ds_prices_free(source->prices);
    *source = (cli_source){0};
}

int cli_check_operands(char *const *operands, int count, nn_error *error)
{
    if (fc_is_model_file(operands[count - 1]))
        return NN_OK;
    for (int i = 0; i < count - 1; i++)
        if (fc_is_model_file(operands[i]))
            return nn_fail(error, NN_USAGE, "%.200s is a model; the data comes first, then the model",
                           operands[i]);
    return NN_OK;
}
