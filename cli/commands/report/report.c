/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex report: one HTML page on a file, its forecast, and how far to trust it. */
#include "cli/commands/report/report.h"

#include "cli/input/to_come.h"
#include "cli/output/limits.h"
#include "cli/shell/arguments.h"
#include "cli/shell/list.h"
#include "cli/shell/report.h"
#include "datasets/series/doubts.h"
#include "lib/base/text.h"
#include "lib/files/output.h"
#include "lib/pool.h"

#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    cli_automatic automatic;
    char *output, *title;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), "-", "FILE", 0, 0, "where the page goes; -: standard output"},
    {"title", 0, NN_TEXT, FIELD(title), NULL, "TEXT", 0, 0, "its title; the file's name unless given"},
    {"horizon", 0, NN_INT, FIELD(automatic.horizon), "0", "N", 0, 1000000, "rows to forecast; 0: one season"},
    {"season", 0, NN_INT, FIELD(automatic.season), "0", "N", 0, 10000000,
     "rows of a season; 0: of the step between rows, or the cycle that the rows show"},
    {"future", 0, NN_LIST, FIELD(automatic.future), NULL, "A,B,...", 0, 0,
     "columns that are known beforehand, which the page is without; 'auspex forecast' goes by them"},
    {"threads", 0, NN_INT, FIELD(automatic.threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};

typedef struct job {
    const settings *s;
    ds_table *table;
    fc_trial *trials;
    fc_chosen *chosen;
    fc_model *model;
    fc_future *future;
    fc_bands bands;
    fc_components *parts;
    cli_reading reading; /* without columns that are known beforehand */
    char *left_out;      /* their names beside those that the user excludes; owned */
    cli_page page;
} job;

static void keep_line(void *context, const char *line)
{
    cli_lines *lines = context;
    char *copy = strdup(line), **more = realloc(lines->line, ((size_t)lines->count + 1) * sizeof *more);
    lines->line = more ? more : lines->line;
    if (copy && more)
        lines->line[lines->count++] = copy;
    else
        free(copy);
    lines->failed |= !copy || !more;
}

static void clear_lines(cli_lines *lines)
{
    for (int i = 0; i < lines->count; i++)
        free(lines->line[i]);
    free(lines->line);
}

/* --- what there is to tell --- */

static int look(job *j, const char *path, nn_error *error)
{
    cli_page *p = &j->page;
    int code = cli_automatic_read(&j->table, path, &j->reading, error);
    if (!code)
        code = cli_to_come_leave_out(&j->table, &j->left_out, &j->reading, j->s->automatic.future, "the page",
                                     path, error);
    if (!code)
        code = cli_automatic_horizon(&p->horizon, &j->s->automatic, j->table, error);
    p->season.rows = p->given_season = j->s->automatic.season;
    if (!code && !p->season.rows)
        code = ds_season_of(j->table, (ds_part){0, j->table->rows}, NULL, &p->season, error);
    if (code)
        return code;
    ds_table_notes(j->table, keep_line, &p->notes);
    code = ds_doubts_say(j->table, NULL, p->horizon < 30 ? p->horizon : 30, keep_line, &p->doubts, error);
    return !code && (p->notes.failed || p->doubts.failed) ? nn_no_memory(error) : code;
}

/* Of the series that have a picture, and of the others for jumps of their level. */
static int take_apart(job *j, nn_error *error)
{
    const ds_table *t = j->table;
    int code = NN_OK;
    j->parts = calloc((size_t)t->columns + 1, sizeof *j->parts);
    if (!j->parts)
        return nn_no_memory(error);
    for (int c = 0; c < t->columns && !code; c++)
        code = fc_components_make(&j->parts[c], t->values + c, t->rows, (size_t)t->columns,
                                  j->page.season.rows, error);
    return code;
}

static int forecast(job *j, nn_error *error)
{
    cli_page *p = &j->page;
    const fc_kind *kind = fc_kind_find("auto");
    cli_automatic how = j->s->automatic;
    how.future = NULL;
    void *config = NULL;
    int code = fc_kind_config(&config, kind, error);
    how.horizon = p->horizon;
    how.kind = kind;
    how.config = config;
    cli_progress("choosing by rolling origins ...");
    if (!code && j->table->columns <= CLI_REPORT_SHOWN)
        code = fc_select(
            &j->trials, j->table,
            &(fc_select_of){.horizon = p->horizon, .season = p->season.rows, .threads = how.threads}, NULL,
            error);
    cli_progress_end();
    if (!code)
        code = cli_automatic_fit(&j->model, &how, j->table, &j->reading, error);
    if (!code)
        code = fc_forecast(&j->future, j->model, j->table, p->horizon, error);
    fc_kind_config_free(config, kind);
    if (!code)
        code = fc_bands_parse(&j->bands, "80,95", NULL, error);
    if (!code)
        code = fc_bands_fill(&j->bands, j->model, j->table, j->future, error);
    if (!code)
        code = cli_limits_put(j->future, &j->bands, (cli_limits){0}, j->model, j->table, error);
    if (!code && !(j->chosen = calloc((size_t)j->table->columns + 1, sizeof *j->chosen)))
        code = nn_no_memory(error);
    for (int c = 0; c < j->table->columns && !code; c++)
        fc_auto_chosen(&j->chosen[c], j->model->state, c);
    return code ? code : take_apart(j, error);
}

/* --- the page --- */

static int write_page(job *j, nn_error *error)
{
    cli_page *p = &j->page;
    const char *title = j->s->title ? j->s->title : nn_base_name(j->table->path);
    nn_output *output = nn_output_open(j->s->output, error);
    if (!output)
        return NN_FAILED;
    p->out = nn_output_stream(output);
    p->table = j->table;
    p->trials = j->trials;
    p->chosen = j->chosen;
    p->model = j->model;
    p->future = j->future;
    p->bands = &j->bands;
    p->parts = j->parts;
    cli_page_begin(p, title);
    fputs("<h1>", p->out);
    cli_page_text(p, title);
    fputs("</h1>\n", p->out);
    cli_page_short(p);
    int code = cli_page_dangers(p, error);
    if (!code)
        code = cli_page_series(p, error);
    if (!code) {
        cli_page_scores(p);
        cli_page_read(p);
        code = cli_page_again(p, error);
    }
    if (code) {
        nn_fail_within(error, "%s", j->s->output);
        nn_output_abandon(output);
        return code;
    }
    cli_page_end(p);
    return nn_output_commit(output, error);
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    job j = {.s = s, .reading = s->reading, .page = {.path = run->operands[0]}};
    j.page.reading = &j.reading;
    int code = cli_check_input(run->operands[0], error);
    if (!code && fc_is_model_file(run->operands[0]))
        code = nn_fail(error, NN_USAGE,
                       "%.200s is a model; a report is on a file of data, and 'auspex inspect' "
                       "shows a model",
                       run->operands[0]);
    nn_pool_blas_alone();
    if (!code)
        code = look(&j, run->operands[0], error);
    if (!code)
        code = forecast(&j, error);
    if (!code)
        code = write_page(&j, error);
    if (!code && strcmp(s->output, "-") != 0)
        cli_say_note("report in %s", s->output);
    for (int c = 0; j.parts && c < j.table->columns; c++)
        fc_components_clear(&j.parts[c]);
    free(j.parts);
    free(j.left_out);
    free(j.chosen);
    fc_bands_clear(&j.bands);
    fc_future_free(j.future);
    fc_model_free(j.model);
    fc_select_free(j.trials, j.table ? j.table->columns : 0);
    clear_lines(&j.page.notes);
    clear_lines(&j.page.doubts);
    ds_table_free(j.table);
    return code;
}

static const cli_section sections[] = {
    {"Report", options, 0}, {CLI_READING, ds_reading_options, FIELD(reading)}, {0}};
static const cli_example examples[] = {
    {"auspex report sales.csv --horizon 12 -o report.html", "a page to open in any browser, or to print"},
    {"auspex report shops.csv --id shop -o shops.html",
     "many series: pictures of the first twelve, tables of all"},
    {NULL, NULL}};

const cli_command cli_report_command = {
    .name = "report",
    .summary = "write one HTML page on a CSV file: its forecast, and how far to trust it",
    .synopsis = "DATA.csv [-o FILE] [--horizon N] [OPTION...]",
    .about =
        "The forecast is that of 'auspex forecast DATA.csv'. The page says first what came of it and what "
        "would be dangerous to believe (a short past, rare demand, no gain on naive forecasts, a new level, "
        "doubtful values, guesses while reading), then shows the series with intervals and their components, "
        "the candidates and their errors at rolling origins beside naive forecasts, the numbers, what was "
        "read and how, and the command that makes the same forecast again.\n\n"
        "The page is one file without any reference to others. It is readable on a phone, in the dark, and "
        "printed.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "DATA.csv",
    .run = run,
};
