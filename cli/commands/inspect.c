/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex inspect: what a file is and what is in it, be it a table, prices, photometry, a panel or a model. */
#include "cli/shell/list.h"

#include "cli/commands/inspect_stations.h"
#include "cli/commands/lightcurves/inspect_photometry.h"
#include "cli/input/reading.h"
#include "cli/output/model.h"
#include "cli/output/pretrained.h"
#include "cli/shell/arguments.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "datasets/series/describe.h"
#include "datasets/series/season.h"
#include "forecast/pretrained/pretrained.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    cli_panel_settings panel;
    cli_photometry light;
    cli_metadata metadata;
    int json, parameters, photometry, all;
    char *label;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "one JSON document instead of tables"},
    {"all", 0, NN_FLAG, FIELD(all), "false", NULL, 0, 0,
     "print every series or station, where there are more than 100"},
    {"parameters", 0, NN_FLAG, FIELD(parameters), "false", NULL, 0, 0, "of a model: list every parameter"},
    {"photometry", 0, NN_FLAG, FIELD(photometry), "false", NULL, 0, 0,
     "the file holds light curves (found by the names of its columns, unless it comes through a pipe)"},
    {"label", 0, NN_TEXT, FIELD(label), NULL, "COLUMN", 0, 0,
     "of light curves: count the objects by this column of the metadata"},
    {0}};

static void stamp(const ds_table *table, ds_time time, char *text, size_t size)
{
    if (table->layout.timed)
        ds_time_print(&table->layout.format, time, text, size);
    else
        snprintf(text, size, "row %lld", (long long)time + 1);
}

/* --- for people --- */

static void print_layout(const ds_table *table)
{
    const ds_layout *l = &table->layout;
    char clean[512], text[8];
    printf("%s\n", cli_clean(table->path, clean, sizeof clean));
    if (l->longform)
        printf("  layout     long: %d series named in '%s', %d column%s of values\n", l->id_count,
               cli_clean(l->id_name, clean, sizeof clean), l->value_count, l->value_count == 1 ? "" : "s");
    else
        printf("  layout     wide: one column per series, %d series\n", table->columns);
    printf("  written    delimiter %s%s%s%s%s\n", ds_delimiter_name(l->delimiter, text),
           l->decimal_comma ? ", decimal comma" : "", l->crlf ? ", CRLF line ends" : "",
           l->windows_1252 ? ", names in Windows-1252" : "", l->headless ? ", no line of names" : "");
    if (l->timed)
        printf("  time       '%s'", cli_clean(l->time_name, clean, sizeof clean));
    for (int i = 1; i < l->piece_count; i++)
        printf("%s and '%s'", i == 1 && l->format.kind == DS_TIME_DAY_CLOCK ? " (number of the day)" : "",
               cli_clean(l->pieces[i].name, clean, sizeof clean));
    if (l->timed)
        putchar('\n');
    else
        printf("  time       none: rows are numbered\n");
}

/* What reading decided, and why. */
static void print_decisions(const ds_table *table)
{
    char clean[1000], line[1200];
    for (int i = 0; i < table->report.reason_count; i++) {
        const ds_reason *r = &table->report.reasons[i];
        snprintf(line, sizeof line, "%s%s%s%s", cli_clean(r->text, clean, sizeof clean),
                 r->kind == DS_REASON_GUESS ? "; a guess" : "",
                 r->kind == DS_REASON_GUESS && r->option ? " that " : "",
                 r->kind == DS_REASON_GUESS && r->option ? r->option : "");
        if (r->kind == DS_REASON_GUESS && r->option)
            snprintf(line + strlen(line), sizeof line - strlen(line), " settles");
        printf("  %s", i ? "           " : "decided    ");
        cli_wrap(stdout, line, 13, 13, cli_width(stdout));
    }
}

static void print_rows(const ds_table *table, ds_season season)
{
    const ds_report *r = &table->report;
    char first[64], last[64], step[64], name[32];
    stamp(table, table->time[0], first, sizeof first);
    stamp(table, table->time[table->rows - 1], last, sizeof last);
    printf("  rows       %zu, %s to %s\n", table->rows, first, last);
    ds_frequency_describe(table->frequency, step, sizeof step);
    ds_frequency_print(table->frequency, name, sizeof name);
    printf("  frequency  %s (%s)", step, name);
    if (season.rows > 1)
        printf(", season of %d rows%s", season.rows, season.found ? ", found in the values" : "");
    putchar('\n');
    if (r->gaps)
        printf("  gaps       %zu, %zu stamps missing\n", r->gaps, r->missing_stamps);
    else
        printf("  gaps       none\n");
    if (r->duplicates)
        printf("  duplicates %zu rows\n", r->duplicates);
    if (r->missing_values)
        printf("  missing    %zu values, %zu filled in\n", r->missing_values, r->filled);
    else
        printf("  missing    none\n");
}

static int print_columns(const ds_table *table, bool all, nn_error *error)
{
    const int shown = cli_table_first(table->columns, all);
    cli_table *out = cli_table_new(
        "series|>missing|>mean|>deviation|>least|>lower|>median|>upper|>most|>lag 1|>cycle|>share");
    int code = NN_OK;
    for (int c = 0; c < shown && !code; c++) {
        ds_column_summary s;
        code = ds_describe_column(table, c, &s, error);
        if (code)
            break;
        cli_table_cell(out, "%s", table->names[c]);
        cli_table_cell(out, "%zu", s.missing);
        const double values[] = {s.mean, s.deviation, s.least, s.lower, s.median, s.upper, s.most};
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            cli_table_short(out, values[i], 5);
        cli_table_number(out, s.lag1, 3);
        cli_table_short(out, s.period > 0 ? s.period : NAN, 4);
        if (s.period > 0)
            cli_table_cell(out, "%.0f%%", 100 * s.period_share);
        else
            cli_table_cell(out, "-");
    }
    putchar('\n');
    cli_table_print(out, stdout);
    cli_table_print_rest(table->columns, all, "series", stdout);
    if (!code) {
        putchar('\n');
        cli_wrap(stdout,
                 "lower and upper: quartiles; lag 1: correlation of neighbouring rows; cycle: rows of the "
                 "strongest "
                 "cycle and its share of the variance",
                 0, 0, cli_width(stdout));
    }
    return code;
}

/* --- JSON --- */

static json_t *column_json(const ds_table *table, int column, nn_error *error)
{
    ds_column_summary s;
    if (ds_describe_column(table, column, &s, error))
        return NULL;
    json_t *object = json_object();
    nn_json_set(object, "name", nn_json_text(table->names[column]));
    nn_json_set(object, "count", json_integer((json_int_t)s.count));
    nn_json_set(object, "missing", json_integer((json_int_t)s.missing));
    const struct {
        const char *name;
        double value;
    } values[] = {{"mean", s.mean},     {"deviation", s.deviation},
                  {"least", s.least},   {"lower", s.lower},
                  {"median", s.median}, {"upper", s.upper},
                  {"most", s.most},     {"lag1", s.lag1},
                  {"period", s.period}, {"period_share", s.period_share}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        nn_json_set(object, values[i].name, nn_json_real(values[i].value));
    return object;
}

static json_t *decisions_json(const ds_table *table)
{
    static const char *const kinds[] = {
        [DS_REASON_FACT] = "fact", [DS_REASON_SAID] = "said", [DS_REASON_GUESS] = "guess"};
    json_t *list = json_array();
    for (int i = 0; i < table->report.reason_count; i++) {
        const ds_reason *r = &table->report.reasons[i];
        json_t *one = json_object();
        nn_json_set(one, "decision", nn_json_text(r->text));
        nn_json_set(one, "kind", json_string(kinds[r->kind]));
        nn_json_set(one, "option", nn_json_text(r->option));
        nn_json_append(list, one);
    }
    return list;
}

static void report_json(json_t *object, const ds_table *table, ds_season season)
{
    const ds_report *r = &table->report;
    char text[40];
    const char delimiter[2] = {table->layout.delimiter, 0};
    nn_json_set(object, "file", nn_json_text(table->path));
    nn_json_set(object, "hash", nn_json_hash(r->hash));
    nn_json_set(object, "layout", nn_json_text(table->layout.longform ? "long" : "wide"));
    nn_json_set(object, "delimiter", nn_json_text(delimiter));
    nn_json_set(object, "time_column", nn_json_text(table->layout.timed ? table->layout.time_name : NULL));
    nn_json_set(object, "rows", json_integer((json_int_t)table->rows));
    nn_json_set(object, "first", cli_json_time(table, table->time[0]));
    nn_json_set(object, "last", cli_json_time(table, table->time[table->rows - 1]));
    ds_frequency_print(table->frequency, text, sizeof text);
    nn_json_set(object, "frequency", nn_json_text(text));
    nn_json_set(object, "season", json_integer(season.rows));
    if (season.found)
        nn_json_set(object, "season_found", json_true());
    const struct {
        const char *name;
        size_t count;
    } counts[] = {{"gaps", r->gaps},
                  {"missing_stamps", r->missing_stamps},
                  {"duplicates", r->duplicates},
                  {"missing_values", r->missing_values},
                  {"filled", r->filled}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        nn_json_set(object, counts[i].name, json_integer((json_int_t)counts[i].count));
    nn_json_set(object, "sorted", json_boolean(!r->was_unsorted));
    json_t *ignored = json_array();
    for (int i = 0; i < r->ignored_count; i++)
        nn_json_append(ignored, nn_json_text(r->ignored[i]));
    nn_json_set(object, "ignored_columns", ignored);
    nn_json_set(object, "decisions", decisions_json(table));
}

static int print_json(const ds_table *table, ds_season season, nn_error *error)
{
    json_t *object = cli_json_new("auspex.inspect/1"), *columns = json_array();
    nn_json_set(object, "kind", json_string("table"));
    report_json(object, table, season);
    for (int c = 0; c < table->columns; c++) {
        json_t *column = column_json(table, c, error);
        if (!column) {
            json_decref(columns);
            json_decref(object);
            return error->code;
        }
        nn_json_append(columns, column);
    }
    nn_json_set(object, "columns", columns);
    return cli_json_print(object, error);
}

/* --- the command --- */

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    const char *path = run->operands[0];
    if (fc_is_model_file(path))
        return cli_inspect_model(path, s->json, s->parameters, error);
    if (fc_pretrained_is_folder(path))
        return cli_inspect_pretrained(path, s->json, s->parameters, error);
    bool light = s->photometry || cli_photometry_asked();
    if (!light && !cli_given("photometry") && cli_is_photometry(&light, path, &s->light, &s->reading, error))
        return error->code;
    if (light && (s->photometry || !cli_given("photometry")))
        return cli_inspect_photometry(path, &s->light, &s->reading, &s->metadata, s->label, s->json, error);
    if (cli_panel_asked(&s->panel))
        return cli_inspect_panel(path, &s->reading, &s->panel, s->json, s->all, error);
    const cli_reading reading = cli_reading_keeping(&s->reading); /* a look at trouble must not stop at it */
    ds_table *table;
    int code = cli_read_table(&table, path, &reading, 0, error);
    ds_season season;
    if (code)
        return code;
    code = cli_say_doubts(table, NULL, 24, error);
    if (!code)
        code = ds_season_of(table, (ds_part){0, table->rows}, NULL, &season, error);
    if (!code && s->json) {
        code = print_json(table, season, error);
    } else if (!code) {
        print_layout(table);
        print_decisions(table);
        print_rows(table, season);
        code = print_columns(table, s->all, error);
    }
    ds_table_free(table);
    return code;
}

static const cli_section sections[] = {{"Output", options, 0},
                                       {CLI_READING, ds_reading_options, FIELD(reading)},
                                       {"Stations", cli_panel_options, FIELD(panel)},
                                       {"Reading light curves", cli_photometry_options, FIELD(light)},
                                       {"Their objects", cli_metadata_options, FIELD(metadata)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex inspect data.csv", "columns, step between rows, gaps, cycles"},
    {"auspex inspect model.safetensors", "what a model is and how it was trained"},
    {"auspex inspect chronos-bolt-small/", "a folder of a published network"},
    {"auspex inspect sky.csv --metadata sky_meta.csv --label class", "light curves by band and class"},
    {"auspex inspect wind.csv --id farm --stations farms.csv --target power --future U10,V10",
     "a panel of stations: positions, neighbours, valid values"},
    {"auspex inspect data.csv --json | jq .frequency", "for programs"},
    {NULL, NULL}};

const cli_command cli_inspect = {
    .name = "inspect",
    .summary = "show what is in a CSV file, a file of light curves or a model file",
    .synopsis = "FILE [OPTION...]",
    .about =
        "FILE is a CSV file (plain or gzip, - for standard input), photometry of many objects (CSV, SNANA's "
        "text and FITS, sncosmo's text) or a model; its content decides. "
        "Missing values, gaps "
        "and duplicates are counted and kept here, where the other commands stop at them unless told "
        "what to do.\n\n"
        "With any option of the section on stations the file is taken as a panel: one row per station "
        "with its position, nearest neighbour, and how many values of the target are valid, missing or "
        "masked.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "FILE",
    .run = run,
};
