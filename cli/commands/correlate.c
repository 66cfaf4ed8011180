/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex correlate: a column's correlation with the past of the others, and the choice among them. */
#include "cli/shell/list.h"

#include "cli/input/source.h"
#include "cli/shell/arguments.h"
#include "cli/shell/json.h"
#include "cli/shell/picture.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "lib/base/nearest.h"
#include "lib/base/text.h"
#include "lib/files/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    ds_price_settings prices;
    ds_correlate_settings by;
    char *target, *split, *csv, *plot;
    int json;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"target", 0, NN_TEXT, FIELD(target), NULL, "NAME", 0, 0,
     "the column or ticker that the others are compared with (the first)"},
    {"split", 0, NN_TEXT, FIELD(split), DS_SPLIT_DEFAULT, "SPLIT", 0, 0,
     "how the rows are cut, as for train; only the training rows are looked at"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "one JSON document instead of a table"},
    {"csv", 0, NN_TEXT, FIELD(csv), NULL, "FILE", 0, 0, "write all correlations"},
    {"plot", 0, NN_TEXT, FIELD(plot), NULL, "FILE", 0, 0,
     "draw them as a heat map: .png, .svg or .pdf; -: text art"},
    {0}};

/* --- the forms --- */

static double rho_of(const ds_correlations *c, int i, int lag)
{
    return c->rho[i * (c->lags + 1) + lag];
}

enum { SHOWN_LAGS = 10 };

static void print_table(const settings *s, const ds_table *table, const ds_correlations *c)
{
    char headings[400] = "column", name[200];
    const int shown = c->lags < SHOWN_LAGS ? c->lags : SHOWN_LAGS;
    size_t at = strlen(headings);
    for (int lag = 0; lag <= shown; lag++)
        at += (size_t)snprintf(headings + at, sizeof headings - at, "|>lag %d", lag);
    snprintf(headings + at, sizeof headings - at, "|>largest at|chosen");
    cli_table *out = cli_table_new(headings);
    for (int i = 0; i < c->count; i++) {
        cli_table_cell(out, "%s", table->names[c->column[i]]);
        for (int lag = 0; lag <= shown; lag++)
            cli_table_number(out, rho_of(c, i, lag), 3);
        if (c->best_lag[i] < 0)
            cli_table_cell(out, "-");
        else
            cli_table_cell(out, "%d", c->best_lag[i]);
        cli_table_cell(out, "%s", c->chosen[i] ? "yes" : "");
    }
    printf("%s correlation of %s%s with each column so many rows before, %zu training rows\n\n",
           s->by.method ? "Spearman" : "Pearson", s->prices.prices ? "the returns of " : "",
           cli_clean(table->names[c->base], name, sizeof name), c->rows);
    cli_table_print(out, stdout);
    char text[400];
    snprintf(text, sizeof text,
             "%d of %d correlations at lag 1 and more lie beyond %.3f (2/sqrt(n)); of noise about one in "
             "twenty does",
             c->beyond, c->lagged, c->bound);
    putchar('\n');
    cli_wrap(stdout, text, 0, 0, cli_width(stdout));
}

static int print_json(const settings *s, const ds_table *table, const ds_correlations *c, nn_error *error)
{
    json_t *object = cli_json_new("auspex.correlate/1"), *columns = json_array();
    nn_json_set(object, "file", nn_json_text(table->path));
    nn_json_set(object, "target", nn_json_text(table->names[c->base]));
    nn_json_set(object, "rows", json_integer((json_int_t)c->rows));
    nn_json_set(object, "settings", nn_json_record(ds_correlate_options, &s->by));
    nn_json_set(object, "bound", nn_json_real(c->bound));
    nn_json_set(object, "beyond", json_integer(c->beyond));
    nn_json_set(object, "lagged", json_integer(c->lagged));
    nn_json_set(object, "lagged_is_noise", json_boolean(c->noise));
    for (int i = 0; i < c->count; i++) {
        json_t *one = json_object();
        nn_json_set(one, "name", nn_json_text(table->names[c->column[i]]));
        nn_json_set(one, "rho", nn_json_reals(c->rho + i * (c->lags + 1), (size_t)c->lags + 1));
        nn_json_set(one, "lag", c->best_lag[i] < 0 ? json_null() : json_integer(c->best_lag[i]));
        nn_json_set(one, "chosen", json_boolean(c->chosen[i]));
        nn_json_append(columns, one);
    }
    nn_json_set(object, "columns", columns);
    return cli_json_print(object, error);
}

static int write_csv(const char *path, const ds_table *table, const ds_correlations *c, nn_error *error)
{
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    FILE *out = nn_output_stream(output);
    fputs("column,lag,rho,chosen\n", out);
    for (int i = 0; i < c->count; i++)
        for (int lag = 0; lag <= c->lags; lag++) {
            nn_csv_field(out, table->names[c->column[i]]);
            fprintf(out, ",%d,", lag);
            nn_csv_number(out, rho_of(c, i, lag), 9);
            fprintf(out, ",%d\n", c->chosen[i]);
        }
    return nn_output_commit(output, error);
}

enum { LAG_NAME = 24 };

static int draw(cli_figure *figure, const ds_table *table, const ds_correlations *c, nn_error *error)
{
    const size_t lags = (size_t)c->lags + 1;
    const char **names = calloc((size_t)c->count + lags, sizeof *names);
    char *room = malloc(lags * LAG_NAME), title[300];
    if (!names || !room) {
        free(names);
        free(room);
        return nn_fail(error, NN_FAILED, "no memory for a picture");
    }
    for (int i = 0; i < c->count; i++)
        names[i] = table->names[c->column[i]];
    for (size_t lag = 0; lag < lags; lag++) {
        snprintf(room + lag * LAG_NAME, LAG_NAME, "%zu", lag);
        names[(size_t)c->count + lag] = room + lag * LAG_NAME;
    }
    snprintf(title, sizeof title, "Correlation with %.100s, training rows", table->names[c->base]);
    pl_heatmap_plot plot = {.title = title,
                            .row_title = "column",
                            .column_title = "rows before",
                            .value_title = "correlation",
                            .row_names = names,
                            .column_names = names + c->count,
                            .rows = c->count,
                            .columns = (int)lags,
                            .value = c->rho,
                            .diverging = true};
    int code = cli_figure_end(figure, pl_heatmap(&plot, cli_figure_begin(figure), error));
    free(names);
    free(room);
    return code;
}

/* --- the command --- */

static int give(const settings *s, cli_figure *figure, const ds_table *table, const ds_correlations *c,
                nn_error *error)
{
    int code = NN_OK;
    if (s->json)
        code = print_json(s, table, c, error);
    else if (!s->csv || strcmp(s->csv, "-") != 0)
        print_table(s, table, c);
    if (!code && s->csv)
        code = write_csv(s->csv, table, c, error);
    if (!code && cli_figure_wanted(figure))
        code = draw(figure, table, c, error);
    if (!code && c->noise)
        cli_say_note(
            "no correlation at lag 1 and more can be told from noise: what is chosen moves with %s, and "
            "says nothing of its future",
            table->names[c->base]);
    return code;
}

static int say_doubts(const ds_table *table, int base, int lags, nn_error *error)
{
    uint8_t *wanted = calloc((size_t)table->columns, 1);
    if (!wanted)
        return nn_no_memory(error);
    wanted[base] = 1;
    const int code = cli_say_doubts(table, wanted, lags, error);
    free(wanted);
    return code;
}

static int correlate(const settings *s, cli_figure *figure, const ds_table *table, nn_error *error)
{
    ds_split split;
    ds_correlations *c = NULL;
    const int base = s->target ? ds_table_column(table, s->target) : 0;
    int code = base < 0 ? nn_fail(error, NN_USAGE, "--target: there is no %s '%.100s'%s",
                                  s->prices.prices ? "ticker" : "column", s->target,
                                  nn_suggestion((char[400]){0}, 400, s->target, strlen(s->target),
                                                (const char *const *)table->names, table->columns))
                        : NN_OK;
    if (!code && table->columns < 2)
        code = nn_fail(error, NN_BAD_DATA, "%s: there is nothing to correlate '%s' with", table->path,
                       table->names[0]);
    if (!code && !s->prices.prices)
        code = say_doubts(table, base, s->by.lags, error);
    if (!code)
        code = ds_split_make(s->split, table, &split, error);
    if (!code)
        code = ds_correlate(&c, table, base, split.train, &s->by, error);
    if (!code)
        code = give(s, figure, table, c, error);
    ds_correlations_free(c);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    const bool data_on_stdout = s->json || (s->csv && strcmp(s->csv, "-") == 0);
    cli_figure figure = cli_figure_make(s->plot, NULL, data_on_stdout);
    cli_source source = {0};
    int code = cli_figure_check(&figure, error);
    if (!code)
        code = cli_check_source_options(&s->prices, NULL, NULL, error);
    if (!code && s->json && s->csv && strcmp(s->csv, "-") == 0)
        code = nn_fail(error, NN_USAGE, "--json and --csv - cannot both go to standard output");
    if (!code && (s->prices.smooth > 1 || s->prices.ohlcv || s->prices.merge))
        code = nn_fail(error, NN_USAGE,
                       "correlations are those of plain returns of closes: no --smooth, --ohlcv or --merge");
    if (!code)
        code = cli_source_read(&source, run->operands, run->operand_count, &s->reading, &s->prices, error);
    if (!code)
        code = correlate(s, &figure, source.table, error);
    cli_source_clear(&source);
    return code;
}

static const cli_section sections[] = {{"Output", options, 0},
                                       {"Correlation and choice", ds_correlate_options, FIELD(by)},
                                       {"Prices", ds_price_options, FIELD(prices)},
                                       {CLI_READING, ds_reading_options, FIELD(reading)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex correlate XOM.csv CVX.csv BP.csv --prices --target XOM",
     "whose returns move with, or before, XOM's"},
    {"auspex correlate prices.csv --prices --target XOM --method spearman --plot map.png",
     "of a file with a column per ticker, by ranks, as a picture"},
    {"auspex correlate load.csv --target load --lags 24 --by past --threshold 0.3", "of any columns"},
    {NULL, NULL}};

const cli_command cli_correlate = {
    .name = "correlate",
    .summary = "correlate a column with the past of the others, and choose among them",
    .synopsis = "DATA.csv... [OPTION...]",
    .about =
        "Row by row of the training part, the target is compared with every other column at the same row and "
        "up "
        "to --lags rows before; of prices, with --prices, by their returns. 'auspex train --select' chooses "
        "the same columns.\n\n"
        "A column that moves together with the target (lag 0) need not say anything of its future: only lags "
        "of "
        "1 and more can. Where none of them is larger than noise, the last line says so.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = CLI_MOST_DATA,
    .operands = "DATA.csv, or several with --prices",
    .run = run,
};
