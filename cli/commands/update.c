/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex update: continues a model on data that have become longer. */
#include "cli/input/automatic.h"
#include "cli/input/holidays.h"
#include "cli/input/source.h"
#include "cli/input/stations.h"
#include "cli/output/model.h"
#include "cli/shell/again.h"
#include "cli/shell/arguments.h"
#include "cli/shell/list.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "datasets/table/extend.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/stations/stations.h"
#include "forecast/training/checkpoint.h"
#include "forecast/training/fit.h"
#include "forecast/training/learnt.h"
#include "lib/base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_reading reading;
    cli_panel_settings panel;
    char *output, *history, *split;
    int epochs, stride, threads, json;
    double learning_rate;
    fc_checkpoint_settings keeping;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0,
     "where the model goes; unless given it replaces MODEL"},
    {"history", 0, NN_TEXT, FIELD(history), NULL, "OLD.csv", 0, 0,
     "the data so far, where NEW.csv has only what came after them; rows that both have must agree"},
    {"split", 0, NN_TEXT, FIELD(split), NULL, "SPLIT", 0, 0,
     "how the longer data are cut, as for train (shares as the model was trained; where it was numbers of "
     "rows, the last two parts keep theirs and move to the end)"},
    {"epochs", 0, NN_INT, FIELD(epochs), "3", "N", 1, 100000, "passes of a network over the longer data"},
    {"learning-rate", 0, NN_REAL, FIELD(learning_rate), "0", "RATE", 0, 10,
     "of a network at the start; 0: a tenth of what it was trained with"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print the record as JSON"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};
static const nn_option panel_options[] = {
    {"stride", 0, NN_INT, FIELD(stride), "1", "N", 1, 1000000,
     "a window of a panel begins every N rows, fewer than all for large panels"},
    {0}};

typedef struct job {
    const settings *s;
    const cli_run *run;
    fc_model *model;
    cli_source source, old;
    cli_panel panel;
    ds_split split;
    fc_checkpoint *checkpoint;
    size_t rows; /* to be cut */
    fc_overlap overlap;
} job;

/* --- the data --- */

/* The value of one of more's columns where the table has the row too, and both have a value. */
static int check_same(const ds_table *table, const ds_table *more, nn_error *error)
{
    char stamp[64];
    for (int j = 0; j < more->columns && table->layout.timed; j++) {
        const int c = ds_table_column(table, more->names[j]);
        for (size_t r = 0; r < more->rows && c >= 0; r++) {
            const size_t row = ds_table_row_at(table, more->time[r]);
            if (row == table->rows || table->time[row] != more->time[r])
                continue;
            const double a = table->values[row * (size_t)table->columns + (size_t)c],
                         b = more->values[r * (size_t)more->columns + (size_t)j];
            if (isnan(a) || isnan(b) || a == b)
                continue;
            ds_time_print(&more->layout.format, more->time[r], stamp, sizeof stamp);
            return nn_fail(error, NN_BAD_DATA,
                           "%s: '%.200s' is %g at %s, and %s has %g there; rows that both have must agree",
                           more->path, more->names[j], b, stamp, table->path, a);
        }
    }
    return NN_OK;
}

/* Puts the new rows behind the history. */
static int join_history(job *j, nn_error *error)
{
    const settings *s = j->s;
    char *paths[] = {s->history};
    if (!s->history)
        return NN_OK;
    if (j->source.prices)
        return nn_fail(error, NN_USAGE, "--history is not for prices; give files with all of their rows");
    int code = cli_source_read_for(&j->old, paths, 1, &s->reading, j->model, 0, error);
    if (!code)
        code = check_same(j->old.table, j->source.table, error);
    if (!code)
        code = ds_table_extend(j->old.table, j->source.table, error);
    if (code)
        return code;
    j->old.table->report.hash ^= j->source.table->report.hash * 31;
    char *path = j->old.table->path;
    j->old.table->path = j->source.table->path; /* what is spoken of from here on */
    j->source.table->path = path;
    cli_source_clear(&j->source);
    j->source = j->old;
    j->old = (cli_source){0};
    return NN_OK;
}

static int read_data(job *j, nn_error *error)
{
    const settings *s = j->s;
    char *const *paths = j->run->operands + 1;
    const int count = j->run->operand_count - 1;
    const char *given = cli_given_of(cli_panel_options);
    const bool panel = fc_model_panel(j->model) != NULL;
    if (!panel && given)
        return nn_fail(error, NN_USAGE, "--%s is for panels of stations, and the model is not of one", given);
    if (panel && (count > 1 || s->history))
        return nn_fail(error, NN_USAGE, "a panel is one file with all of its rows");
    int code = panel ? cli_panel_read_for(&j->panel, paths[0], &s->reading, &s->panel, j->model, error)
                     : cli_source_read_for(&j->source, paths, count, &s->reading, j->model, 0, error);
    if (!code && !panel)
        code = join_history(j, error);
    if (code)
        return code;
    const ds_table *table = panel ? j->panel.table : j->source.table;
    j->rows = panel ? ds_panel_end(j->panel.panel) : table->rows;
    return fc_learnt_beside(&j->overlap, j->model, table, error);
}

/* Parts in numbers of rows, or between dates, move to the end; shares grow. */
static int cut(job *j, const ds_table *table, nn_error *error)
{
    const char *text = j->s->split ? j->s->split : ds_split_text(j->model->split);
    ds_table rows = *table;
    char moved[80];
    rows.rows = j->rows;
    int code = ds_split_make(text, &rows, &j->split, error);
    if (code)
        return code;
    if (!j->s->split && !strchr(text, '.')) {
        const size_t test = j->split.test.end - j->split.test.begin,
                     validation = j->split.validation.end - j->split.validation.begin,
                     train = rows.rows - test - validation;
        j->split = (ds_split){{0, train}, {train, train + validation}, {train + validation, rows.rows}};
        snprintf(moved, sizeof moved, "%zu/%zu/%zu", train, validation, test);
        text = moved;
    }
    char *kept = strdup(text);
    if (!kept)
        return nn_no_memory(error);
    free(j->model->split);
    j->model->split = kept;
    return NN_OK;
}

/* --- going on --- */

static int on_progress(void *context, const fc_progress *p)
{
    (void)context;
    if (p->step == p->steps && !isnan(p->validation_loss))
        cli_say("epoch %d: train loss %.6f, validation %.6f%s", p->epoch, p->train_loss, p->validation_loss,
                p->best ? "  best" : "");
    else
        cli_progress("epoch %d/%d  step %zu/%zu  loss %.6f", p->epoch, p->epochs, p->step, p->steps,
                     p->train_loss);
    return cli_interrupted();
}

static int go_on(job *j, const ds_table *table, nn_error *error)
{
    const settings *s = j->s;
    fc_model *m = j->model;
    fc_record *record = &m->record;
    const fc_record before = *record;
    const double rate = record->training.learning_rate;
    const fc_request request = {.table = j->panel.panel ? NULL : table,
                                .panel = j->panel.panel,
                                .split = &j->split,
                                .scaler = m->scaler.kind,
                                .stride = s->stride,
                                .goes_on = true,
                                .threads = s->threads,
                                .progress = on_progress,
                                .checkpoint = j->checkpoint};
    if (!m->kind->forecaster) {
        record->training.epochs = s->epochs;
        record->training.learning_rate = s->learning_rate > 0 ? s->learning_rate : rate / 10;
        record->training.warmup = 0;
    }
    cli_interrupt_wait(!m->kind->forecaster);
    const int code = fc_fit(m, &request, error);
    cli_interrupt_wait(false);
    cli_progress_end();
    record->updates = before.updates + 1;
    record->first_rows = before.first_rows ? before.first_rows : before.rows;
    return code;
}

static void say_begin(const job *j, const ds_table *table)
{
    const fc_record *r = &j->model->record;
    cli_say("%s of %s (%zu rows) goes on with %s, %zu rows, %zu of them new: %zu to train, %zu to validate, "
            "%zu to test (%s)",
            j->model->kind->name, r->data_name, r->rows, table->path, j->rows, j->overlap.fresh,
            j->split.train.end - j->split.train.begin, j->split.validation.end - j->split.validation.begin,
            j->split.test.end - j->split.test.begin, j->model->split);
    if (!j->overlap.noted && !j->model->kind->forecaster)
        cli_say_note("%s has none of the rows that the model was trained on; --history puts them in front",
                     table->path);
}

static int give(const job *j, const char *output, double seconds, nn_error *error)
{
    const fc_record *r = &j->model->record;
    char took[32];
    int code = fc_model_save(j->model, output, error);
    if (code)
        return code;
    fc_checkpoint_remove(j->checkpoint);
    cli_duration(seconds, took);
    if (j->model->kind->forecaster) {
        cli_automatic_say(j->model);
        cli_say("fitted again in %s; model in %s", took, output);
    } else if (r->best_epoch) {
        cli_say("validation loss %.6f, before it %.6f; kept epoch %d of %d; %s; model in %s",
                r->validation_loss[r->best_epoch - 1], r->start_validation_loss, r->best_epoch, r->epochs,
                took, output);
    } else {
        cli_say_note("no epoch was better than the weights as they were (%.6f), which are kept; model in %s",
                     r->start_validation_loss, output);
    }
    if (!j->s->json)
        return NN_OK;
    json_t *object = cli_json_new("auspex.update/1");
    nn_json_set(object, "file", nn_json_text(output));
    nn_json_set(object, "new_rows", json_integer((json_int_t)j->overlap.fresh));
    nn_json_set(object, "seconds", nn_json_real(seconds));
    cli_model_json(object, j->model);
    return cli_json_print(object, error);
}

static int update(job *j, nn_error *error)
{
    const char *output = j->s->output ? j->s->output : j->run->operands[0];
    const ds_table *table = j->panel.panel ? j->panel.table : j->source.table;
    const double start = nn_seconds();
    if (j->overlap.fresh == 0) {
        cli_say_note("nothing new: %s ends where the model's data ended; the model stays as it is",
                     table->path);
        return j->s->output ? fc_model_save(j->model, output, error) : NN_OK;
    }
    if (!j->overlap.noted && j->model->kind->forecaster && j->model->learnt && *j->model->learnt)
        return nn_fail(error, NN_BAD_DATA,
                       "%s has none of the rows that the model learnt from, and it is fitted again to all of "
                       "them: --history OLD.csv puts them in front",
                       table->path);
    int code = cut(j, table, error);
    if (code)
        return code;
    say_begin(j, table);
    code = go_on(j, table, error);
    if (!code)
        code = give(j, output, nn_seconds() - start, error);
    if (code)
        cli_say_again(fc_checkpoint_path(j->checkpoint));
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    job j = {.s = s, .run = run};
    int code = cli_check_input(run->operands[1], error);
    if (!code && !fc_is_model_file(run->operands[0]) && fc_is_model_file(run->operands[1]))
        code = nn_fail(error, NN_USAGE, "%.200s is a model; it comes first here, then the data",
                       run->operands[1]);
    if (!code && s->json && s->output && strcmp(s->output, "-") == 0)
        code = nn_fail(error, NN_USAGE, "--json and the model cannot both go to standard output");
    if (!code)
        code = fc_model_load(&j.model, FC_FORECASTS, run->operands[0], error);
    if (!code)
        code = cli_check_output(s->output ? s->output : run->operands[0], error);
    if (!code && !j.model->kind->forecaster)
        code = fc_checkpoint_new(&j.checkpoint, s->output ? s->output : run->operands[0], &s->keeping,
                                 cli_say_line, NULL, error);
    if (!code)
        code = read_data(&j, error);
    if (!code)
        code = update(&j, error);
    fc_checkpoint_free(j.checkpoint);
    cli_source_clear(&j.source);
    cli_source_clear(&j.old);
    cli_panel_clear(&j.panel);
    fc_model_free(j.model);
    return code;
}

static const cli_section sections[] = {{"Going on", options, 0},
                                       {"What is kept on the way", fc_checkpoint_options, FIELD(keeping)},
                                       {"Panels of stations", cli_panel_options, FIELD(panel)},
                                       {"Windows of a panel", panel_options, 0},
                                       {CLI_HOLIDAYS, cli_holidays_options, FIELD(reading)},
                                       {CLI_READING, ds_reading_options, FIELD(reading)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex update model.safetensors data.csv", "data.csv has become longer; the model is replaced"},
    {"auspex update model.safetensors october.csv --history data.csv -o new.safetensors",
     "the new rows have a file of their own"},
    {"auspex update model.safetensors data.csv --epochs 5 --learning-rate 1e-4", "more of a network"},
    {NULL, NULL}};

const cli_command cli_update = {
    .name = "update",
    .summary = "continue a model on data that have become longer",
    .synopsis = "MODEL NEW.csv... [--history OLD.csv] [-o FILE] [OPTION...]",
    .about =
        "The file is read as the model's was. A forecaster is fitted again to the longer past: its states, "
        "parameters and intervals follow. A network keeps its scaler and goes on from its weights for a few "
        "epochs; the parts of the rows move with the end of the data, and where no epoch is better than the "
        "weights as they were, these stay. The model's record says how often it was continued, and from how "
        "many rows it began.\n\n"
        "Rows that the model was trained on are told by their stamps and values: where the file has other "
        "values at those stamps nothing is changed, and so it is where the file has nothing new.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 2,
    .most_operands = CLI_MOST_DATA,
    .operands = "MODEL NEW.csv",
    .run = run,
};
