/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex forecast: the rows that follow a table, as a model sees them. */
#include "cli/shell/arguments.h"
#include "cli/shell/list.h"

#include "cli/input/reading.h"
#include "cli/input/source.h"
#include "cli/output/series_figure.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "datasets/table/extend.h"
#include "forecast/tasks/series.h"
#include "forecast/tasks/series_forecast.h"
#include "forecast/tasks/stations.h"
#include "lib/base/text.h"
#include "lib/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    char *output, *plot, *script, *future;
    int steps, json, history;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), "-", "FILE", 0, 0, "where the forecast goes; -: standard output"},
    {"steps", 0, NN_INT, FIELD(steps), "0", "N", 0, 1000000,
     "rows to forecast; 0: the model's horizon; more than that feeds forecasts back"},
    {"future-file", 0, NN_TEXT, FIELD(future), NULL, "FILE", 0, 0,
     "of panels: the variables known beforehand in the rows to forecast, when DATA.csv does not go on with "
     "them"},
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
    char text[DS_FREQUENCY_SIZE];
    ds_frequency_print(table->frequency, text, sizeof text);
    nn_json_set(object, "file", nn_json_text(table->path));
    nn_json_set(object, "model", nn_json_text(model->kind->name));
    nn_json_set(object, "frequency", nn_json_text(text));
    nn_json_set(object, "steps", json_integer(future->steps));
    for (int i = 0; i < future->steps; i++) {
        nn_json_append(times, cli_json_time(table, future->time[i]));
    }
    nn_json_set(object, "time", times);
    for (int j = 0; j < future->targets; j++) {
        json_t *one = json_object(), *values = json_array();
        for (int i = 0; i < future->steps; i++)
            nn_json_append(values,
                           nn_json_real(future->values[(size_t)i * (size_t)future->targets + (size_t)j]));
        nn_json_set(one, "name", nn_json_text(table->names[future->columns[j]]));
        if (future->own) {
            json_t *own = json_array();
            for (int i = 0; i < future->steps; i++)
                nn_json_append(own, cli_json_time(table, fc_future_time(future, i, j)));
            nn_json_set(one, "time", own);
        }
        nn_json_set(one, "values", values);
        nn_json_append(series, one);
    }
    nn_json_set(object, "series", series);
    return cli_json_print_values(object, error);
}

/* The stamps of one series; malloced. */
static ds_time *times_of(const fc_future *future, int target)
{
    ds_time *time = malloc((size_t)future->steps * sizeof *time);
    for (int i = 0; time && i < future->steps; i++)
        time[i] = fc_future_time(future, i, target);
    return time;
}

static int draw(cli_figure *figure, const settings *s, const fc_model *model, const ds_table *table,
                const fc_future *future, nn_error *error)
{
    cli_panels panels = {.zone = ds_time_zone(&table->layout.format)};
    size_t rows = history_rows(s, model);
    rows = rows < table->rows ? rows : table->rows;
    size_t from = table->rows - rows; /* of a series that ends earlier less is seen */
    int code = NN_OK;
    for (int j = 0; j < future->targets && !code; j++) {
        int column = future->columns[j];
        pl_forecast_panel *panel = cli_panels_add(&panels, table->names[column]);
        if (!panel)
            continue;
        code = cli_panels_line(&panels, &panel->history,
                               &(cli_strip){"history", table->time + from,
                                            table->values + from * (size_t)table->columns, column,
                                            table->columns, rows},
                               error);
        ds_time *time = code ? NULL : times_of(future, j);
        if (!code)
            code = time ? cli_panels_line(&panels, &panel->forecast,
                                          &(cli_strip){"forecast", time, future->values, j, future->targets,
                                                       (size_t)future->steps},
                                          error)
                        : nn_no_memory(error);
        free(time);
    }
    char title[300];
    snprintf(title, sizeof title, "%.200s: forecast by %s", nn_base_name(table->path), model->kind->name);
    if (!code)
        code = cli_panels_draw(&panels, figure, title, table->frequency, error);
    cli_panels_clear(&panels);
    return code;
}

/* Series that the model cannot forecast, and those that it does not know. */
static void note_left_out(const fc_model *model, const ds_table *table, const fc_future *future)
{
    int without = 0, unknown = 0;
    const char *first = NULL, *other = NULL;
    for (int j = 0; j < future->targets; j++)
        if (isnan(future->values[j]) && !without++)
            first = table->names[future->columns[j]];
    if (without)
        cli_say_note(
            "%d of %d series %s too short for the look-back of %d and not forecast, such as '%.200s'",
            without, future->targets, without == 1 ? "is" : "are", model->lookback, first);
    for (int c = 0; c < table->columns && table->layout.longform && !fc_model_panel(model); c++) {
        int j = 0;
        while (j < model->columns && strcmp(model->names[j], table->names[c]) != 0)
            j++;
        if (j == model->columns && !unknown++)
            other = table->names[c];
    }
    if (unknown)
        cli_say_note(
            "%d series of the file %s none that the model was trained on and not forecast, such as '%.200s'",
            unknown, unknown == 1 ? "is" : "are", other);
}

static int give(const settings *s, cli_figure *figure, const fc_model *model, const ds_table *table,
                const fc_future *future, nn_error *error)
{
    int code = NN_OK;
    bool to_stdout = strcmp(s->output, "-") == 0;
    if (!s->json || !to_stdout)
        code = fc_future_write(future, s->output, table, error);
    if (!code && s->json)
        code = print_json(model, table, future, error);
    if (!code && !fc_model_market(model))
        note_left_out(model, table, future);
    if (!code && !to_stdout)
        cli_say_note("%d rows of %d series in %s", future->steps, future->targets, s->output);
    if (!code && cli_figure_wanted(figure))
        code = draw(figure, s, model, table, future, error);
    return code;
}

/* The columns of the variables known beforehand as an option's list; malloced. */
static char *list_future(const fc_model *model, const ds_table *table)
{
    const fc_panel *panel = fc_model_panel(model);
    int count = table->layout.longform ? panel->variables : model->columns;
    char *list = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&list, &size);
    for (int i = 0; stream && i < count; i++) {
        const ds_panel_variable *variable = &panel->variable[i % panel->variables];
        if (variable->role != DS_VIEW_FUTURE)
            continue;
        fputs(ftell(stream) > 0 ? ",\"" : "\"", stream);
        for (const char *c = table->layout.longform ? variable->name : model->names[i]; *c; c++) {
            if (*c == '"')
                putc(*c, stream);
            putc(*c, stream);
        }
        putc('"', stream);
    }
    if (stream && fclose(stream)) {
        free(list);
        return NULL;
    }
    return list;
}

/* The table of a panel, with what is known of its future. */
static int read_panel(ds_table **table, const settings *s, const char *path, const fc_model *model,
                      nn_error *error)
{
    cli_reading kept = cli_reading_for(&s->reading, model);
    ds_table *more = NULL;
    int code = cli_read_table_for(table, path, &s->reading, model, 0, error);
    if (code || !s->future)
        return code;
    if (!fc_model_panel(model)->futures)
        return nn_fail(error, NN_USAGE, "--future-file: the model has no variables known beforehand");
    char *list = cli_given("columns") ? NULL : list_future(model, *table);
    kept.columns = list ? list : kept.columns;
    if (!kept.columns)
        code = nn_no_memory(error);
    if (!code)
        code = cli_read_table(&more, s->future, &kept, 0, error);
    if (!code)
        code = ds_table_extend(*table, more, error);
    ds_table_free(more);
    free(list);
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
        code = cli_check_operands(run->operands, run->operand_count, error);
    if (!code)
        code = fc_model_load(&model, FC_FORECASTS, run->operands[run->operand_count - 1], error);
    if (!code && s->future && !fc_model_panel(model))
        code = nn_fail(error, NN_USAGE, "--future-file is of models of panels; %s is none",
                       run->operands[run->operand_count - 1]);
    if (!code && fc_model_panel(model) && run->operand_count > 2)
        code = nn_fail(error, NN_USAGE, "a panel is one file; '%.200s' is one too many", run->operands[1]);
    if (!code && fc_model_panel(model)) {
        code = read_panel(&source.table, s, run->operands[0], model, error);
    } else if (!code) {
        size_t tail = history_rows(s, model);
        const size_t needed = fc_model_tail(model);
        tail = needed && tail > needed ? tail : needed;
        code = cli_source_read_for(&source, run->operands, run->operand_count - 1, &s->reading, model, tail,
                                   error);
    }
    nn_pool_blas_alone();
    if (!code)
        code = fc_model_panel(model) ? forecast_panel(s, &figure, model, source.table, error)
                                     : forecast(s, &figure, model, &source, error);
    cli_source_clear(&source);
    fc_model_free(model);
    return code;
}

static const cli_section sections[] = {
    {"Output", options, 0}, {CLI_READING, ds_reading_options, FIELD(reading)}, {0}};
static const cli_example examples[] = {
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
    .synopsis = "DATA.csv... MODEL [-o FILE] [OPTION...]",
    .about = "The forecast is written the way the data is: the same columns, separators and form of dates. "
             "DATA.csv may be - "
             "for standard input. The model's columns must be there; others are not looked at. The file is "
             "read as the model's was, as far "
             "as nothing else is said here. A model of "
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
