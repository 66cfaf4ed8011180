/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads what networks are trained on, once for many of them, and says how one of them is trained alone. */
#include "cli/input/lesson.h"

#include "cli/input/automatic.h"
#include "cli/input/past.h"
#include "cli/shell/again.h"
#include "cli/shell/arguments.h"
#include "forecast/tasks/stations/stations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const nn_option cli_stride_options[] = {{"stride", 0, NN_INT, 0, "1", "N", 1, 1000000,
                                         "a window begins every N rows, fewer than all for large panels"},
                                        {0}};

static int read_table(cli_lesson *l, const cli_run *run, const char *path, nn_error *error)
{
    cli_lesson_settings *s = l->settings;
    int code = cli_check_roles(&s->panel, run->kind, &s->reading, error);
    if (!code && cli_given("stride"))
        code = nn_fail(error, NN_USAGE,
                       "--stride is of panels of stations: a table's windows begin in every row");
    s->reading = cli_table_reading(&s->panel, run->kind, &s->reading);
    if (!code)
        code = cli_read_table(&l->table, path, &s->reading, 0, error);
    if (code)
        return code;
    l->request.futures = s->panel.future;
    l->past = cli_past(l->table, &l->request);
    l->request.table = &l->past;
    return cli_automatic_sizes(&s->recipe, &s->training, run, &l->request, error);
}

static int read_panel(cli_lesson *l, const char *path, nn_error *error)
{
    char *paths[] = {(char *)(uintptr_t)path};
    cli_panel_settings how = l->settings->panel;
    how.target = l->settings->recipe.target;
    const int code = cli_panel_learn(&l->panel, paths, 1, &l->settings->reading, &how, error);
    l->request.panel = l->panel.panel;
    return code;
}

static int read_series(cli_lesson *l, const cli_run *run, const char *path, bool panel, nn_error *error)
{
    cli_lesson_settings *s = l->settings;
    int code = panel ? read_panel(l, path, error) : read_table(l, run, path, error);
    if (!code)
        code = cli_recipe_make(&l->first, &s->recipe, &l->request, &l->split, error);
    return code ? code : cli_recipe_check(&s->recipe, &l->request, error);
}

static int read_objects(cli_lesson *l, const char *path, nn_error *error)
{
    l->settings->training.rival = 0; /* what is searched for is a network: no forest is grown beside each */
    int code = cli_training_set_open(&l->objects, path, &l->settings->objects, &l->request, error);
    if (!code)
        code = fc_model_new(&l->first, &l->request, error);
    return code ? code
                : cli_training_set_read(&l->objects, &l->settings->objects, l->first, &l->request, error);
}

int cli_lesson_read(cli_lesson *l, const cli_run *run, const char *path, cli_lesson_settings *s,
                    nn_error *error)
{
    const fc_task *task = fc_task_for(run->kind, cli_panel_meant(&s->panel, run->kind, &s->reading));
    *l = (cli_lesson){.settings = s};
    cli_recipe_request(&l->request, &s->recipe, run);
    l->request.training = &s->training;
    l->request.reading = &s->reading;
    l->request.stride = s->stride;
    int code = cli_check_input(path, error);
    if (!code)
        code = cli_recipe_training(&s->training, run, error);
    if (!code)
        code = nn_pool_new(&l->pool, s->threads, error);
    l->request.pool = l->pool;
    if (code)
        return code;
    return task->purpose == FC_CLASSIFIES ? read_objects(l, path, error)
                                          : read_series(l, run, path, task == &fc_stations_task, error);
}

void cli_lesson_note(const cli_lesson *l, fc_model *model)
{
    const fc_record *from = &l->first->record;
    fc_record *to = &model->record;
    if (!l->request.objects)
        return;
    memcpy(to->data_name, from->data_name, sizeof to->data_name);
    memcpy(to->metadata_name, from->metadata_name, sizeof to->metadata_name);
    to->objects_hash = from->objects_hash;
    memcpy(to->label_name, from->label_name, sizeof to->label_name);
    memcpy(to->classes, from->classes, sizeof to->classes);
}

void cli_lesson_clear(cli_lesson *l)
{
    fc_model_free(l->first);
    cli_panel_clear(&l->panel);
    cli_training_set_clear(&l->objects);
    ds_table_free(l->table);
    nn_pool_free(l->pool);
}

/* --- the same as a command line --- */

enum { VALUE = 2000 };

/* Chosen by the data where they are not given, and thus always said. */
static bool goes_by_data(const char *name)
{
    static const char *const names[] = {"d-model", "d-ff",          "layers",   "lookback", "horizon",
                                        "epochs",  "learning-rate", "schedule", "warmup",   "patience",
                                        NULL};
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void write_option(FILE *out, const nn_option *o, const void *record)
{
    char value[VALUE];
    nn_option_get(o, record, value, sizeof value);
    if (o->type == NN_FLAG) {
        fprintf(out, " --%s%s", strcmp(value, "true") == 0 ? "" : "no-", o->name);
        return;
    }
    fprintf(out, " --%s", o->name);
    fputc(' ', out);
    cli_put_word(out, value);
}

static void write_record(FILE *out, const nn_option *table, const void *record, bool network)
{
    for (const nn_option *o = table; o && o->name; o++)
        if (cli_given(o->name) || goes_by_data(o->name) || (network && !nn_option_is_default(o, record)))
            write_option(out, o, record);
}

static void write_series(FILE *out, const cli_lesson_settings *s, bool panel)
{
    for (const nn_option *o = cli_recipe_options; o->name; o++)
        if (strcmp(o->name, "model") != 0 && (cli_given(o->name) || goes_by_data(o->name)))
            write_option(out, o, &s->recipe);
    write_record(out, cli_window_options, &s->recipe, false);
    write_record(out, CLI_PANEL_OPTIONS_BUT_TARGET, &s->panel, false);
    if (panel)
        write_record(out, cli_stride_options, &s->stride, false);
    write_record(out, cli_holidays_options, &s->reading, false);
    write_record(out, ds_reading_options, &s->reading, false);
}

static void write_objects(FILE *out, const cli_training_settings *s)
{
    write_record(out, cli_training_options + 1, s, false);
    write_record(out, cli_metadata_options, &s->metadata, false);
    write_record(out, cli_photometry_options, &s->photometry, false);
    write_record(out, cli_photometry_file_options, &s->photometry, false);
}

char *cli_lesson_command(const cli_lesson *l, const cli_run *run, const char *path, const void *config,
                         const fc_training *training, nn_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const cli_lesson_settings *s = l->settings;
    if (!out) {
        nn_no_memory(error);
        return NULL;
    }
    fputs("auspex train", out);
    fputc(' ', out);
    cli_put_word(out, path);
    fprintf(out, " --model %s", run->kind->name);
    if (l->request.objects)
        write_objects(out, &s->objects);
    else
        write_series(out, s, l->request.panel != NULL);
    write_record(out, run->kind->options, config, true);
    write_record(out, l->first->task->training, training, true);
    if (fclose(out)) {
        free(text);
        nn_no_memory(error);
        return NULL;
    }
    return text;
}
