/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex forecast: the rows that follow a table, as a model sees them. */
#include "cli/shell/arguments.h"
#include "cli/shell/list.h"

#include "cli/commands/forecast_notes.h"
#include "cli/input/automatic.h"
#include "cli/input/future_file.h"
#include "cli/input/holidays.h"
#include "cli/input/precision.h"
#include "cli/input/pretrained.h"
#include "cli/input/reading.h"
#include "cli/input/source.h"
#include "cli/input/stations.h"
#include "cli/output/forecast_document.h"
#include "cli/output/forecast_figure.h"
#include "cli/output/limits.h"
#include "cli/shell/report.h"
#include "forecast/forecaster.h"
#include "forecast/intervals/bands.h"
#include "forecast/tasks/series/forecast.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/stations/stations.h"
#include "lib/base/text.h"
#include "lib/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    cli_automatic automatic;
    cli_panel_settings panel;
    char *output, *plot, *script, *future, *level, *quantiles, *floor;
    int steps, json, history, round, samples, seed, intervals, precision;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), "-", "FILE", 0, 0, "where the forecast goes; -: standard output"},
    {"steps", 0, NN_INT, FIELD(steps), "0", "N", 0, 1000000,
     "rows to forecast; 0: the model's horizon; more than that feeds forecasts back"},
    {"future-file", 0, NN_TEXT, FIELD(future), NULL, "FILE", 0, 0,
     "what is known beforehand (--future) in the rows to forecast, when DATA.csv does not go on with "
     "them"},
    {"level", 0, NN_LIST, FIELD(level), NULL, "80,95", 0, 0,
     "intervals that hold so many percent of what comes: columns NAME-lo-80 and NAME-hi-80"},
    {"quantiles", 0, NN_LIST, FIELD(quantiles), NULL, ".1,.5,.9", 0, 0,
     "quantiles of what comes: columns NAME-0.1 and so on"},
    {"intervals", 0, NN_CHOICE, FIELD(intervals), "model", "model|past", 0, 0,
     "by the distribution of the model where it has one (ets, theta, arima, flair, stl with these), or by "
     "its errors at past rolling origins, which is what others have"},
    {"samples", 0, NN_INT, FIELD(samples), "0", "N", 0, FC_MOST_SAMPLES,
     "paths that the future may take, simulated or spread as the intervals are: columns NAME-sample-1 and so "
     "on"},
    {"sample-seed", 0, NN_INT, FIELD(seed), "1", "N", 0, 2147483647, "of --samples: other paths"},
    {"floor", 0, NN_TEXT, FIELD(floor), NULL, "VALUE", 0, 0,
     "forecasts do not fall below this value (--min is the same); none: they may (the model's, or 0 where no "
     "value of the past is below)"},
    {"round", 0, NN_FLAG, FIELD(round), "false", NULL, 0, 0, "to whole numbers"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0,
     "one JSON document on standard output; CSV only with -o"},
    {"plot", 0, NN_TEXT, FIELD(plot), NULL, "FILE", 0, 0,
     "draw history and forecast: .png, .svg or .pdf; -: text art in the terminal"},
    {"plot-script", 0, NN_TEXT, FIELD(script), NULL, "FILE", 0, 0, "write the picture's gnuplot script"},
    {"history", 0, NN_INT, FIELD(history), "0", "N", 0, 10000000,
     "rows of history in the picture; 0: the look-back, at least three horizons"},
    CLI_PRECISION_OPTION(FIELD(precision)),
    {0}};

#undef FIELD
#define FIELD(name) offsetof(cli_automatic, name)
static const nn_option automatic_options[] = {
    {"model", 0, NN_TEXT, FIELD(model), NULL, "KIND", 0, 0,
     "what forecasts, without a network: ets, theta, arima, linear, ...; 'auspex models' lists them (auto)"},
    {"horizon", 0, NN_INT, FIELD(horizon), "0", "N", 0, 1000000,
     "rows to forecast; 0: one season; with a model the same as --steps"},
    {"season", 0, NN_INT, FIELD(season), "0", "N", 0, 10000000,
     "rows of a season; 0: of the step between rows, or the cycle that the rows show"},
    {"target", 0, NN_LIST, FIELD(target), NULL, "A,B,...", 0, 0,
     "columns to forecast (all but those known beforehand)"},
    {"future", 0, NN_LIST, FIELD(future), NULL, "A,B,...", 0, 0,
     "columns that are known beforehand, such as promotions (flags that go on where the others have ended)"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};
#undef FIELD
#define FIELD(name) offsetof(settings, name)

static size_t history_rows(const settings *s, const fc_model *model)
{
    if (s->history)
        return (size_t)s->history;
    size_t rows = 3 * (size_t)(s->steps ? s->steps : model->horizon);
    return rows > (size_t)model->lookback ? rows : (size_t)model->lookback;
}

static int give_files(const settings *s, const fc_model *model, const ds_table *table,
                      const fc_future *future, const fc_bands *bands, nn_error *error)
{
    int code = NN_OK;
    bool to_stdout = strcmp(s->output, "-") == 0;
    if (!s->json || !to_stdout)
        code = fc_bands_write(bands, future, s->output, table, error);
    if (!code && s->json)
        code = cli_forecast_give(model, table, future, bands, error);
    return code;
}

/* Returns may be below 0. */
static cli_limits limits_of(const settings *s, const fc_model *model)
{
    const char *floor = !s->floor && fc_model_market(model) ? "none" : s->floor;
    return (cli_limits){floor, s->round != 0};
}

/* With intervals also where only the picture wants them. */
static int draw(cli_figure *figure, const settings *s, const fc_model *model, const ds_table *table,
                fc_future *future, const fc_bands *bands, nn_error *error)
{
    const cli_limits limits = limits_of(s, model);
    const bool text = s->plot && strcmp(s->plot, "-") == 0;
    if (s->samples || (text && s->level))
        cli_say_note(text ? "text art shows neither intervals nor paths; .png, .svg and .pdf show intervals"
                          : "the picture shows intervals, not paths");
    fc_bands own = {.past = s->intervals == 1};
    int code = NN_OK;
    if (!s->level && fc_bands_known(model)) {
        code = fc_bands_parse(&own, "80,95", NULL, error);
        if (!code)
            code = fc_bands_fill(&own, model, table, future, error);
        if (!code)
            code = cli_limits_put(future, &own, limits, model, table, error);
    }
    if (!code)
        code = cli_draw_forecast(figure, history_rows(s, model), model, table, future,
                                 own.count ? &own : bands, error);
    fc_bands_clear(&own);
    return code;
}

/* Whether anything is to stand beside the forecast in the file. */
static bool wants_bands(const settings *s)
{
    return s->level || s->quantiles || s->samples;
}

static int give(const settings *s, cli_figure *figure, const fc_model *model, const ds_table *table,
                fc_future *future, nn_error *error)
{
    const bool to_stdout = strcmp(s->output, "-") == 0, wanted = wants_bands(s);
    const cli_limits limits = limits_of(s, model);
    fc_bands bands = {.past = s->intervals == 1};
    int code = wanted ? fc_bands_parse(&bands, s->level, s->quantiles, error) : NN_OK;
    if (!code)
        code = fc_bands_sample(&bands, s->samples, (uint64_t)s->seed, error);
    if (!code && wanted)
        code = fc_bands_fill(&bands, model, table, future, error);
    if (!code)
        code = cli_limits_put(future, &bands, limits, model, table, error);
    if (!code)
        code = give_files(s, model, table, future, &bands, error);
    if (!code && !fc_model_market(model))
        cli_note_left_out(model, table, future);
    if (!code)
        cli_note_unknown(table, future, &bands);
    if (!code && !to_stdout)
        cli_say_note("%d rows of %d series in %s", future->steps, future->targets, s->output);
    if (!code && cli_figure_wanted(figure))
        code = draw(figure, s, model, table, future, &bands, error);
    fc_bands_clear(&bands);
    return code;
}

static int forecast_panel(const settings *s, cli_figure *figure, const fc_model *model, const ds_table *table,
                          nn_error *error)
{
    ds_panel *panel;
    fc_future *future = NULL;
    int code = fc_panel_open(&panel, model, table, error);
    if (code)
        return code;
    ds_table past = *table; /* known-future columns may go on behind it */
    past.rows = ds_panel_end(panel);
    code = fc_panel_forecast(&future, model, panel, s->steps, error);
    if (!code)
        code = give(s, figure, model, &past, future, error);
    fc_future_free(future);
    ds_panel_free(panel);
    return code;
}

static int forecast(const settings *s, cli_figure *figure, const fc_model *model, const cli_source *source,
                    nn_error *error)
{
    fc_future *future = NULL;
    int code = fc_forecast(&future, model, source->table, s->steps, error);
    if (!code && source->prices)
        code = fc_market_future(future, fc_model_market(model), source->prices, error);
    if (!code)
        code = give(s, figure, model, source->prices ? source->prices->close : source->table, future, error);
    fc_future_free(future);
    return code;
}

/* The model of a file, and the data as it sees them. */
static int open_model(fc_model **model, cli_source *source, const settings *s, const cli_run *run,
                      nn_error *error)
{
    const char *path = run->operands[run->operand_count - 1];
    const int files = run->operand_count - 1;
    int code = cli_check_operands(run->operands, run->operand_count, error);
    if (!code)
        code = cli_check_model(path, error);
    const char *const alone = cli_given("season")          ? "season"
                              : cli_given("model")         ? "model"
                              : cli_given("target")        ? "target"
                              : cli_given("future")        ? "future"
                              : cli_panel_asked(&s->panel) ? cli_given_of(CLI_PANEL_OPTIONS_BUT_ROLES)
                                                           : cli_given_of(run->kind->options);
    if (!code && alone)
        code =
            nn_fail(error, NN_USAGE, "--%s is for a forecast without a model; %s has its own", alone, path);
    if (!code)
        code = fc_model_load(model, FC_FORECASTS, path, error);
    if (code)
        return code;
    if (fc_model_panel(*model) && files > 1)
        return nn_fail(error, NN_USAGE, "a panel is one file; '%.200s' is one too many", run->operands[1]);
    if (fc_model_panel(*model))
        return cli_read_table_for(&source->table, run->operands[0], &s->reading, *model, 0, error);
    const size_t history = history_rows(s, *model), needed = fc_model_tail(*model);
    return cli_source_read_for(source, run->operands, files, &s->reading, *model,
                               needed && history > needed ? history : needed, error);
}

/* The same of a panel of stations. */
static int make_panel_model(fc_model **model, cli_source *source, const settings *s, const cli_automatic *how,
                            const cli_run *run, nn_error *error)
{
    cli_panel panel;
    cli_panel_settings wishes = s->panel;
    wishes.target = how->target;
    wishes.future = how->future;
    int code = cli_panel_learn(&panel, run->operands, run->operand_count, &s->reading, &wishes, error);
    if (code)
        return code;
    code = cli_automatic_fit_panel(model, how, panel.panel, &s->reading, error);
    source->table = panel.table;
    panel.table = NULL;
    cli_panel_clear(&panel);
    return code;
}

/* The environment's network stands among the candidates where no other is named. */
static int wish_for_weights(const cli_run *run, nn_error *error)
{
    const char *folder = cli_pretrained_wish(NULL);
    if (strcmp(run->kind->name, "auto") != 0 || cli_given("weights") || !folder)
        return NN_OK;
    return nn_option_set(nn_option_find(run->kind->options, "weights"), run->config, folder, error);
}

/* A model fitted to the file at once. */
static int make_model(fc_model **model, cli_source *source, const settings *s, const cli_run *run,
                      nn_error *error)
{
    cli_automatic how = s->automatic;
    how.horizon = s->steps;
    how.points = !wants_bands(s) && !s->plot && !s->script;
    how.kind = run->kind;
    how.config = run->config;
    int code = wish_for_weights(run, error);
    if (code)
        return code;
    if (fc_is_model_file(run->operands[0]))
        return nn_fail(error, NN_USAGE, "%s is a model; the data come before it: auspex forecast DATA.csv %s",
                       run->operands[0], run->operands[0]);
    const bool panel = cli_panel_meant(&s->panel, run->kind, &s->reading);
    const cli_reading reading = cli_table_reading(&s->panel, run->kind, &s->reading);
    if (panel)
        return make_panel_model(model, source, s, &how, run, error);
    char *found = NULL;
    code = cli_automatic_read(&source->table, run->operands[0], &reading, error);
    if (!code && s->future)
        code = cli_future_read(source->table, s->future, &reading, how.future, &found, error);
    how.future = found ? found : how.future;
    if (!code && reading.holidays)
        code = cli_automatic_horizon(&how.horizon, &how, source->table, error);
    if (!code)
        code = cli_holidays_extend(source->table, &reading, how.horizon, error);
    if (!code)
        code = cli_automatic_fit(model, &how, source->table, &reading, error);
    free(found);
    return code;
}

/* Before anything is read. */
static int check_wishes(const settings *s, nn_error *error)
{
    fc_bands bands = {0};
    char *end = NULL;
    if (s->floor && strcmp(s->floor, "none") != 0 &&
        (!isfinite(strtod(s->floor, &end)) || *end || end == s->floor))
        return nn_fail(error, NN_USAGE, "--floor (or --min): '%.40s' is neither a number nor none", s->floor);
    const int code = fc_bands_parse(&bands, s->level, s->quantiles, error);
    fc_bands_clear(&bands);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    if (!s->output && !(s->output = strdup("-")))
        return nn_no_memory(error);
    bool data_on_stdout = s->json || strcmp(s->output, "-") == 0;
    cli_figure figure = cli_figure_make(s->plot, s->script, data_on_stdout);
    fc_model *model = NULL;
    cli_source source = {0};
    int code = cli_check_input(run->operands[0], error);
    if (!code)
        code = cli_figure_check(&figure, error);
    if (!code)
        code = check_wishes(s, error);
    nn_pool_blas_alone();
    s->steps = s->automatic.horizon ? s->automatic.horizon : s->steps;
    if (!code)
        code = (run->operand_count > 1 ? open_model : make_model)(&model, &source, s, run, error);
    if (!code)
        code = cli_precision_set(model, s->precision, error);
    if (!code && s->floor && !fc_model_market(model)) /* in place of the one that it was trained with */
        model->floor = strcmp(s->floor, "none") == 0 ? NAN : strtod(s->floor, NULL);
    if (!code && s->future && (run->operand_count > 1 || fc_model_panel(model)))
        code = cli_future_read_for(source.table, s->future, &s->reading, model, error);
    if (!code && run->operand_count > 1)
        code = cli_holidays_extend(source.table, &s->reading,
                                   s->steps > model->horizon ? s->steps : model->horizon, error);
    if (!code)
        code = fc_model_panel(model) ? forecast_panel(s, &figure, model, source.table, error)
                                     : forecast(s, &figure, model, &source, error);
    cli_source_clear(&source);
    fc_model_free(model);
    return code;
}

static const cli_section sections[] = {
    {"Output", options, 0},
    {"Without a model", automatic_options, FIELD(automatic)},
    {CLI_HOLIDAYS, cli_holidays_options, FIELD(reading)},
    {"Panels of stations, without a model", CLI_PANEL_OPTIONS_BUT_ROLES, FIELD(panel)},
    {CLI_READING, ds_reading_options, FIELD(reading)},
    {0}};
static const nn_option *const panel[] = {CLI_PANEL_OPTIONS_BUT_ROLES, NULL};
static const cli_example examples[] = {
    {"auspex forecast sales.csv --horizon 12",
     "without a model: for each series what its own past speaks for"},
    {"auspex forecast sales.csv chronos-bolt-small/ --horizon 12 --level 80",
     "by weights that others trained"},
    {"auspex forecast farm.csv --stations stations.csv --horizon 24 --level 80,95",
     "all stations of a network together, each from its own past and the others'"},
    {"auspex forecast data.csv model.safetensors -o forecast.csv --plot forecast.png",
     "a file and a picture"},
    {"auspex forecast farm.csv farm.safetensors --id station --future-file weather.csv -o forecast.csv "
     "--plot farm.png",
     "all stations of a panel"},
    {"auspex forecast XOM.csv CVX.csv xom.safetensors", "tomorrow's price, by a model of prices"},
    {"cat data.csv | auspex forecast - model.safetensors > forecast.csv", "in a pipe"},
    {"auspex forecast data.csv model.safetensors --json | jq '.series[0].values'", "for programs"},
    {NULL, NULL}};

const cli_command cli_forecast = {
    .name = "forecast",
    .summary = "forecast the rows after the end of a CSV file",
    .synopsis = "DATA.csv... [MODEL] [-o FILE] [OPTION...]",
    .about =
        "The forecast is written the way the data is: the same columns, separators and form of dates. "
        "DATA.csv may be - "
        "for standard input. The model's columns must be there; others are not looked at. The file is "
        "read as the model's was, as far "
        "as nothing else is said here. A model of "
        "prices takes the "
        "files of all its tickers and forecasts closes of coming trading days. MODEL may also be a folder "
        "with the config.json and model.safetensors of Chronos-Bolt or Chronos-2 as published, which "
        "forecast without a training; what else they take is that of --model chronos-bolt.\n\n"
        "Without MODEL each series of DATA.csv, however short, is forecast by itself: by a mixture of "
        "statistical forecasters, several seasons taken apart, least squares, means and the naive forecasts, "
        "or by forecasters of rare demand, each with a share by its errors at rolling origins on the "
        "series' own past; as much of the best naive forecast is mixed in as it takes not to be worse than "
        "that. One line on standard error says what was chosen; 'auspex select' shows why; "
        "--model names another kind "
        "of forecast ('auspex models' lists them). "
        "Missing values and rows stay missing, and each series goes on from its own end.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = CLI_MOST_DATA,
    .operands = "DATA.csv, and a model",
    .model = "auto",
    .panel = panel,
    .run = run,
};
