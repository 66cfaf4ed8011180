/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex select: why a forecast without a model is made as it is. */
#include "forecast/forecasters/choice/select.h"

#include "cli/input/automatic.h"
#include "cli/input/pretrained.h"
#include "cli/input/to_come.h"
#include "cli/shell/again.h"
#include "cli/shell/json.h"
#include "cli/shell/list.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "cli/shell/table.h"
#include "datasets/series/season.h"
#include "lib/base/text.h"
#include "lib/files/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEW_SERIES = 6, FEW_PARTS = 4 };

typedef struct settings {
    cli_common common;
    cli_reading reading;
    cli_automatic automatic;
    char *csv, *kept, *weights;
    fc_checkpoint_settings keeping;
    int json, all;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"horizon", 0, NN_INT, FIELD(automatic.horizon), "0", "N", 0, 1000000, "rows to forecast; 0: one season"},
    {"season", 0, NN_INT, FIELD(automatic.season), "0", "N", 0, 10000000,
     "rows of a season; 0: of the step between rows, or the cycle that the rows show"},
    {"target", 0, NN_LIST, FIELD(automatic.target), NULL, "A,B,...", 0, 0,
     "columns to choose for (all of them): each has a choice of its own, by its own past"},
    {"future", 0, NN_LIST, FIELD(automatic.future), NULL, "A,B,...", 0, 0,
     "columns that are known beforehand, which the choice is without; 'auspex forecast' goes by them"},
    {"threads", 0, NN_INT, FIELD(automatic.threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    CLI_WEIGHTS_OPTION(FIELD(weights)),
    {"csv", 0, NN_TEXT, FIELD(csv), NULL, "FILE", 0, 0,
     "every error at every origin as CSV; -: standard output, in place of the table"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "one JSON document"},
    {"all", 0, NN_FLAG, FIELD(all), "false", NULL, 0, 0, "print every series, where there are more than 100"},
    {0}};

static const nn_option kept_options[] = {
    {"checkpoint", 0, NN_TEXT, FIELD(kept), NULL, "NAME", 0, 0,
     "the series that are done are kept in NAME.checkpoint, until all are; unless given beside the file of "
     "--csv"},
    {0}};

/* --- for people --- */

static void print_series(const ds_table *table, int column, const fc_trial *t)
{
    char name[200];
    printf("%s: %s at %d rolling origins, %d rows ahead\n\n",
           cli_clean(table->names[column], name, sizeof name),
           t->squares ? "root mean squared errors" : "mean absolute errors", t->origins, t->horizon);
    cli_table *out = cli_table_new("candidate|>season|>share|>error");
    for (int o = 0; o < t->origins; o++)
        cli_table_heading(out, true, "row %zu", t->begin + t->skipped + t->origin[o] + 1);
    for (int c = 0; c < t->count; c++) {
        cli_table_cell(out, "%s", t->candidate[c].of->name);
        cli_table_cell(out, "%d", t->candidate[c].season);
        cli_table_number(out, t->candidate[c].share, 2);
        cli_table_short(out, t->candidate[c].error, 5);
        for (int o = 0; o < t->origins; o++)
            cli_table_short(out, t->candidate[c].at[o], 5);
    }
    cli_table_cell(out, "what is forecast");
    cli_table_cell(out, "%s", "");
    cli_table_cell(out, "1.00");
    cli_table_short(out, t->error, 5);
    for (int o = 0; o < t->origins; o++)
        cli_table_cell(out, "%s", "");
    cli_table_print(out, stdout);
    putchar('\n');
}

static void print_all(const ds_table *table, const fc_trial *trials, bool all)
{
    const int shown = cli_table_first(table->columns, all);
    cli_table *out = cli_table_new("series|chosen|>error|best naive|>its error|>origins");
    for (int k = 0; k < shown; k++) {
        const fc_trial *t = &trials[k];
        char chosen[200];
        if (t->count == 0)
            continue;
        fc_select_name(t, FEW_PARTS, chosen, sizeof chosen);
        cli_table_cell(out, "%s", table->names[k]);
        cli_table_cell(out, "%s", chosen);
        cli_table_short(out, t->error, 5);
        cli_table_cell(out, "%s", t->candidate[t->naive].of->name);
        cli_table_short(out, t->candidate[t->naive].error, 5);
        cli_table_cell(out, "%d", t->origins);
    }
    cli_table_print(out, stdout);
    cli_table_print_rest(table->columns, all, "series", stdout);
}

static void print(const ds_table *table, const fc_trial *trials, bool all)
{
    if (table->columns > FEW_SERIES)
        print_all(table, trials, all);
    for (int k = 0; k < table->columns && table->columns <= FEW_SERIES; k++)
        if (trials[k].count)
            print_series(table, k, &trials[k]);
}

/* --- for programs --- */

static json_t *candidate_json(const fc_trial *t, int c)
{
    json_t *one = json_object();
    nn_json_set(one, "name", nn_json_text(t->candidate[c].of->name));
    nn_json_set(one, "season", json_integer(t->candidate[c].season));
    nn_json_set(one, "naive", json_boolean(t->candidate[c].naive));
    nn_json_set(one, "share", nn_json_real(t->candidate[c].share));
    nn_json_set(one, "error", nn_json_real(t->candidate[c].error));
    nn_json_set(one, "errors", nn_json_reals(t->candidate[c].at, (size_t)t->origins));
    return one;
}

static int print_json(const ds_table *table, const fc_trial *trials, int horizon, nn_error *error)
{
    json_t *object = cli_json_new("auspex.select/1"), *series = json_array();
    nn_json_set(object, "file", nn_json_text(table->path));
    nn_json_set(object, "horizon", json_integer(horizon));
    for (int k = 0; k < table->columns; k++) {
        const fc_trial *t = &trials[k];
        json_t *one = json_object(), *candidates = json_array(), *origins = json_array();
        char chosen[600];
        fc_select_name(t, FC_CANDIDATES, chosen, sizeof chosen);
        for (int c = 0; c < t->count; c++)
            nn_json_append(candidates, candidate_json(t, c));
        for (int o = 0; o < t->origins; o++)
            nn_json_append(origins, json_integer((json_int_t)(t->begin + t->skipped + t->origin[o] + 1)));
        nn_json_set(one, "name", nn_json_text(table->names[k]));
        nn_json_set(one, "chosen", nn_json_text(chosen));
        nn_json_set(one, "measure", nn_json_text(t->squares ? "rmse" : "mae"));
        nn_json_set(one, "error", nn_json_real(t->error));
        nn_json_set(one, "naive_error", t->count ? nn_json_real(t->candidate[t->naive].error) : json_null());
        nn_json_set(one, "origins", origins);
        nn_json_set(one, "candidates", candidates);
        nn_json_append(series, one);
    }
    nn_json_set(object, "series", series);
    return cli_json_print(object, error);
}

static void write_rows(FILE *out, const ds_table *table, const fc_trial *trials)
{
    fprintf(out, "series,candidate,season,naive,share,row,error\n");
    for (int k = 0; k < table->columns; k++)
        for (int c = 0; c < trials[k].count; c++)
            for (int o = 0; o < trials[k].origins; o++) {
                const fc_trial *t = &trials[k];
                putc('"', out);
                for (const char *p = table->names[k]; *p; p++) {
                    if (*p == '"')
                        putc('"', out);
                    putc(*p, out);
                }
                fprintf(out, "\",%s,%d,%d,%.2f,%zu,", t->candidate[c].of->name, t->candidate[c].season,
                        t->candidate[c].naive, t->candidate[c].share,
                        t->begin + t->skipped + t->origin[o] + 1);
                nn_csv_number(out, t->candidate[c].at[o], 9);
                putc('\n', out);
            }
}

static int write_csv(const char *path, const ds_table *table, const fc_trial *trials, nn_error *error)
{
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    write_rows(nn_output_stream(output), table, trials);
    return nn_output_commit(output, error);
}

static int give(const settings *s, const ds_table *table, const fc_trial *trials, int horizon,
                nn_error *error)
{
    int code = s->csv ? write_csv(s->csv, table, trials, error) : NN_OK;
    if (!code && s->json)
        return print_json(table, trials, horizon, error);
    if (!code && !(s->csv && strcmp(s->csv, "-") == 0))
        print(table, trials, s->all);
    return code ? code : cli_flush_stdout(error);
}

static int run(cli_run *run, nn_error *error)
{
    settings *s = run->settings;
    ds_table *table = NULL;
    fc_trial *trials = NULL;
    ds_season season = {.rows = s->automatic.season};
    cli_reading reading = s->reading;
    char *left_out = NULL;
    int horizon = 0;
    int code = s->json && s->csv && strcmp(s->csv, "-") == 0
                   ? nn_fail(error, NN_USAGE, "--json and --csv - cannot both go to standard output")
               : s->automatic.target && reading.columns
                   ? nn_fail(error, NN_USAGE,
                             "--columns and --target both say which columns are looked at: one will do")
                   : NN_OK;
    if (s->automatic.target) {
        reading.columns = s->automatic.target;
        reading.columns_option = "--target";
    }
    if (!code)
        code = cli_automatic_read(&table, run->operands[0], &reading, error);
    if (!code)
        code = cli_to_come_leave_out(&table, &left_out, &reading, s->automatic.future, "the choice",
                                     run->operands[0], error);
    if (!code)
        code = cli_automatic_horizon(&horizon, &s->automatic, table, error);
    if (!code && !season.rows)
        code = ds_season_of(table, (ds_part){0, table->rows}, NULL, &season, error);
    fc_select_watch watch = {.stopped = cli_interrupted};
    if (!code)
        code =
            fc_ledger_new(&watch.ledger, s->kept ? s->kept : s->csv, &s->keeping, cli_say_line, NULL, error);
    cli_progress("choosing by rolling origins ...");
    cli_interrupt_wait(true);
    if (!code)
        code = fc_select(&trials, table,
                         &(fc_select_of){.horizon = horizon,
                                         .season = season.rows > 1 ? season.rows : 1,
                                         .threads = s->automatic.threads,
                                         .weights = cli_pretrained_wish(s->weights)},
                         &watch, error);
    cli_interrupt_wait(false);
    cli_progress_end();
    if (!code)
        code = give(s, table, trials, horizon, error);
    if (code)
        cli_say_again(fc_ledger_path(watch.ledger));
    else
        fc_ledger_remove(watch.ledger);
    fc_ledger_free(watch.ledger);
    fc_select_free(trials, table ? table->columns : 0);
    ds_table_free(table);
    free(left_out);
    return code;
}

static const cli_section sections[] = {{"Choice", options, 0},
                                       {"What is kept on the way", kept_options, 0},
                                       {"Going on", fc_checkpoint_options, FIELD(keeping)},
                                       {CLI_READING, ds_reading_options, FIELD(reading)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex select sales.csv --horizon 12", "a table of candidates and their errors at each origin"},
    {"auspex select m3_monthly.csv.gz --csv why.csv", "every error of many series"},
    {NULL, NULL}};

const cli_command cli_select = {
    .name = "select",
    .summary = "show which forecaster suits each series of a CSV file, and why",
    .synopsis = "DATA.csv [--horizon N] [OPTION...]",
    .about =
        "Candidates are fitted to the rows before an origin and scored on those behind it, for several "
        "origins. 'auspex forecast DATA.csv' forecasts by what is chosen here: the first candidate that is "
        "not "
        "naive, unless another or the mean of both is better by 2% (10% with fewer than 200 rows), and "
        "as much of the best naive forecast as it takes to be at most 2% worse than that. Of rare demand "
        "errors are roots of mean squares, for the mean is wanted there.\n\n"
        "Ctrl-C and the like stop it; the series that are done are kept, and the same command with --resume "
        "goes on to the same result.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "DATA.csv",
    .run = run,
};
