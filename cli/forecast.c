/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/commands.h"

#include "cli/json.h"
#include "cli/reading.h"
#include "cli/report.h"
#include "cli/series_figure.h"
#include "cli/source.h"
#include "datasets/write.h"
#include "forecast/predict.h"
#include "lib/pool.h"

#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    char *output, *plot, *script;
    int steps, json, history;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), "-", "FILE", 0, 0, "where the forecast goes; -: standard output"},
    {"steps", 0, NN_INT, FIELD(steps), "0", "N", 0, 1000000,
     "rows to forecast; 0: the model's horizon; more than that feeds forecasts back"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0,
     "one JSON document on standard output; CSV only with -o"},
    {"plot", 0, NN_TEXT, FIELD(plot), NULL, "FILE", 0, 0,
     "draw history and forecast: .png, .svg or .pdf; -: text art in the terminal"},
    {"plot-script", 0, NN_TEXT, FIELD(script), NULL, "FILE", 0, 0, "write the picture's gnuplot script"},
    {"history", 0, NN_INT, FIELD(history), "0", "N", 0, 10000000,
     "rows of history in the picture; 0: the look-back, at least three horizons"},
    {0}};

static size_t history_rows(const settings *s, const fc_model *model)
{
    if (s->history)
        return (size_t)s->history;
    size_t rows = 3 * (size_t)(s->steps ? s->steps : model->horizon);
    return rows > (size_t)model->lookback ? rows : (size_t)model->lookback;
}

static int print_json(const fc_model *model, const ds_table *table, const fc_future *future, nn_error *error)
{
    json_t *object = cli_json_new("auspex.forecast/1"), *times = json_array(), *series = json_array();
    char text[64];
    ds_frequency_print(table->frequency, text, sizeof text);
    cli_json_set(object, "file", cli_json_text(table->path));
    cli_json_set(object, "model", cli_json_text(model->kind->name));
    cli_json_set(object, "frequency", cli_json_text(text));
    cli_json_set(object, "steps", json_integer(future->steps));
    for (int i = 0; i < future->steps; i++) {
        cli_json_append(times, cli_json_time(table, future->time[i]));
    }
    cli_json_set(object, "time", times);
    for (int j = 0; j < future->targets; j++) {
        json_t *one = json_object(), *values = json_array();
        for (int i = 0; i < future->steps; i++)
            cli_json_append(values,
                            cli_json_real(future->values[(size_t)i * (size_t)future->targets + (size_t)j]));
        cli_json_set(one, "name", cli_json_text(table->names[future->columns[j]]));
        cli_json_set(one, "values", values);
        cli_json_append(series, one);
    }
    cli_json_set(object, "series", series);
    return cli_json_print(object, error);
}

static int draw(cli_figure *figure, const settings *s, const fc_model *model, const ds_table *table,
                const fc_future *future, nn_error *error)
{
    cli_panels panels = {.zone = ds_time_zone(&table->layout.format)};
    size_t rows = history_rows(s, model);
    rows = rows < table->rows ? rows : table->rows;
    size_t from = table->rows - rows;
    int code = NN_OK;
    for (int j = 0; j < future->targets && !code; j++) {
        int column = future->columns[j];
        pl_forecast_panel *panel = cli_panels_add(&panels, table->names[column]);
        if (!panel)
            continue;
        code = cli_panels_line(&panels, &panel->history, "history", table->time + from,
                               table->values + from * (size_t)table->columns, column, table->columns, rows,
                               error);
        if (!code)
            code = cli_panels_line(&panels, &panel->forecast, "forecast", future->time, future->values, j,
                                   future->targets, (size_t)future->steps, error);
    }
    char title[300];
    snprintf(title, sizeof title, "%.200s: forecast by %s", cli_base_name(table->path), model->kind->name);
    if (!code)
        code = cli_panels_draw(&panels, figure, title, table->frequency, error);
    cli_panels_clear(&panels);
    return code;
}

static int give(const settings *s, cli_figure *figure, const fc_model *model, const ds_table *table,
                const fc_future *future, nn_error *error)
{
    int code = NN_OK;
    bool to_stdout = strcmp(s->output, "-") == 0;
    if (!s->json || !to_stdout)
        code = ds_write_file(s->output, table, future->columns, future->targets, future->time, future->values,
                             (size_t)future->steps, error);
    if (!code && s->json)
        code = print_json(model, table, future, error);
    if (!code && !to_stdout)
        cli_say_note("%d rows of %d series in %s", future->steps, future->targets, s->output);
    if (!code && cli_figure_wanted(figure))
        code = draw(figure, s, model, table, future, error);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    if (!s->output && !(s->output = strdup("-")))
        return nn_fail(error, NN_FAILED, "no memory");
    bool data_on_stdout = s->json || strcmp(s->output, "-") == 0;
    cli_figure figure = cli_figure_make(s->plot, s->script, data_on_stdout);
    fc_model *model = NULL;
    cli_source source = {0};
    fc_future *future = NULL;
    int code = cli_check_input(run->operands[0], error);
    if (!code)
        code = cli_figure_check(&figure, error);
    if (!code)
        code = cli_check_operands(run->operands, run->operand_count, error);
    if (!code)
        code = fc_model_load(&model, run->operands[run->operand_count - 1], error);
    if (!code) {
        size_t tail = history_rows(s, model);
        tail = tail > (size_t)model->lookback ? tail : (size_t)model->lookback;
        code = cli_source_read_for(&source, run->operands, run->operand_count - 1, &s->reading, model, tail,
                                   error);
    }
    nn_pool_blas_alone();
    if (!code)
        code = fc_forecast(&future, model, source.table, s->steps, error);
    if (!code && source.prices)
        code = fc_market_future(future, model, source.prices, error);
    if (!code)
        code = give(s, &figure, model, source.prices ? source.prices->close : source.table, future, error);
    fc_future_free(future);
    cli_source_clear(&source);
    fc_model_free(model);
    return code;
}

static const cli_section sections[] = {
    {"Output", options, 0}, {"Reading the CSV file", cli_reading_options, FIELD(reading)}, {0}};
static const cli_example examples[] = {
    {"auspex forecast data.csv model.safetensors -o forecast.csv --plot forecast.png",
     "a file and a picture"},
    {"auspex forecast XOM.csv CVX.csv xom.safetensors", "tomorrow's price, by a model of prices"},
    {"cat data.csv | auspex forecast - model.safetensors > forecast.csv", "in a pipe"},
    {"auspex forecast data.csv model.safetensors --json | jq '.series[0].values'", "for programs"},
    {NULL, NULL}};

const cli_command cli_forecast = {
    .name = "forecast",
    .summary = "forecast the rows after the end of a CSV file",
    .synopsis = "DATA.csv... MODEL [-o FILE] [OPTION...]",
    .about = "The forecast is written the way the data is: the same columns, separators and form of dates. "
             "DATA.csv may be - "
             "for standard input. The model's columns must be there; others are not looked at. A model of "
             "prices takes the "
             "files of all its tickers and forecasts closes of coming trading days.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 2,
    .most_operands = CLI_MOST_DATA,
    .operands = "DATA.csv MODEL",
    .run = run,
};
