/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command of the program with tables and files in memory: its words from the caller's options, its results
 * into the caller's hands. */
#include "api/auspex_internal.h"

#include "cli/shell/arguments.h"
#include "cli/shell/file_clash.h"
#include "cli/shell/hints.h"
#include "cli/shell/signals.h"
#include "datasets/table/frame.h"
#include "lib/base/shortage.h"
#include "lib/base/stop.h"
#include "lib/files/inputs.h"
#include "lib/kernels/blas.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert((int)AUSPEX_STOPPED == (int)NN_STOPPED, "the codes differ");

enum { MOST_FILES = 16 };

/* What a call holds. */
typedef struct work {
    const auspex_job *job;
    ds_frame *frames;
    ds_frame_column *columns; /* of all frames */
    char **words;             /* options, then operands */
    int count;
    int fd[MOST_FILES];
    size_t files;
} work;

/* --- files in memory --- */

static int lend_files(work *w, nn_error *error)
{
    const auspex_job *job = w->job;
    for (size_t i = 0; i < job->files; i++) {
        const auspex_file *file = &job->file[i];
        if (i == MOST_FILES || !file->name || !*file->name)
            return nn_fail(error, NN_USAGE, "auspex_run: file %zu %s", i,
                           i == MOST_FILES ? "is one too many" : "has no name");
        const int fd = nn_input_lend(file->name, file->bytes, file->size, error);
        if (fd < 0)
            return NN_FAILED;
        w->fd[w->files++] = fd;
    }
    return NN_OK;
}

/* What was written into files that were empty. */
static int take_files(const work *w, auspex_result *r, nn_error *error)
{
    r->file = calloc(w->files + 1, sizeof *r->file);
    for (size_t i = 0; i < w->files && r->file; i++) {
        const off_t size = w->job->file[i].bytes ? 0 : lseek(w->fd[i], 0, SEEK_END);
        if (size <= 0)
            continue;
        struct api_written *to = &r->file[r->files++];
        to->size = (size_t)size;
        to->name = strdup(w->job->file[i].name);
        to->bytes = malloc(to->size);
        if (!to->name || !to->bytes || pread(w->fd[i], to->bytes, to->size, 0) != (ssize_t)to->size)
            return nn_no_memory(error);
    }
    return r->file ? NN_OK : nn_no_memory(error);
}

/* --- tables in memory --- */

static int check_frame(const auspex_frame *f, nn_error *error)
{
    if (!f->name || !*f->name || (f->columns && !f->column) || (f->time_name && !f->time_us && f->rows))
        return nn_fail(error, NN_USAGE, "auspex_run: a frame has no %s",
                       !f->name || !*f->name      ? "name"
                       : f->columns && !f->column ? "columns"
                                                  : "time_us");
    if (f->columns < 1 || f->rows > INT32_MAX)
        return nn_fail(error, NN_USAGE, "%s: %d columns, %zu rows; expected at least one and at most %d",
                       f->name, f->columns, f->rows, INT32_MAX);
    for (int c = 0; c < f->columns; c++)
        if (!f->column[c].name ||
            (f->rows && !f->column[c].value && !(f->column[c].code && f->column[c].word)))
            return nn_fail(error, NN_USAGE, "%s: column %d has no %s", f->name, c,
                           f->column[c].name ? "values" : "name");
    return NN_OK;
}

static int lend_frames(work *w, nn_error *error)
{
    const auspex_job *job = w->job;
    size_t columns = 0, at = 0;
    for (size_t i = 0; i < job->frames; i++) {
        const int code = check_frame(&job->frame[i], error);
        if (code)
            return code;
        columns += (size_t)job->frame[i].columns;
    }
    w->frames = calloc(job->frames + 1, sizeof *w->frames);
    w->columns = calloc(columns + 1, sizeof *w->columns);
    if (!w->frames || !w->columns)
        return nn_no_memory(error);
    for (size_t i = 0; i < job->frames; i++) {
        const auspex_frame *f = &job->frame[i];
        w->frames[i] = (ds_frame){.name = f->name,
                                  .rows = f->rows,
                                  .time_name = f->time_name,
                                  .time = f->time_us,
                                  .counted = f->counted != 0,
                                  .columns = f->columns,
                                  .column = w->columns + at};
        for (int c = 0; c < f->columns; c++) {
            const auspex_column *from = &f->column[c];
            w->columns[at++] =
                (ds_frame_column){from->name, from->value, from->stride, from->code, from->word, from->words};
        }
    }
    ds_frames_lend(w->frames, job->frames);
    return NN_OK;
}

/* --- words --- */

/* Of the terminal, or given by the library in its own way. */
static bool is_of_terminal(const char *name)
{
    static const char *const names[] = {"plot",  "plot-script", "plot-steps", "plot-map", "memory",
                                        "color", "help",        "quiet",      "json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0 || (strncmp(name, "no-", 3) == 0 && strcmp(name + 3, names[i]) == 0))
            return true;
    return false;
}

static int add_option(work *w, const auspex_option *o, nn_error *error)
{
    char *word = NULL;
    if (!o->name || !*o->name)
        return nn_fail(error, NN_USAGE, "auspex_run: an option has no name");
    if (is_of_terminal(o->name))
        return nn_fail(error, NN_USAGE, "--%.60s is an option of the program, not of the library", o->name);
    if (o->value && strcmp(o->value, "-") == 0 && strcmp(o->name, "delimiter") != 0)
        return nn_fail(error, NN_USAGE, "--%.60s -: standard output and input are the program's; name a file",
                       o->name);
    if (asprintf(&word, o->value ? "--%s=%s" : "--%s", o->name, o->value) < 0)
        return nn_no_memory(error);
    w->words[w->count++] = word;
    return NN_OK;
}

static int add_word(work *w, const char *text, nn_error *error)
{
    return (w->words[w->count] = strdup(text)) ? (w->count++, NN_OK) : nn_no_memory(error);
}

static int add_operands(work *w, nn_error *error)
{
    const auspex_job *job = w->job;
    int code = NN_OK;
    for (size_t i = 0; i < job->operands && !code; i++)
        code = !job->operand[i] ? nn_fail(error, NN_USAGE, "auspex_run: operand %zu is NULL", i)
               : strcmp(job->operand[i], "-") == 0
                   ? nn_fail(error, NN_USAGE, "standard input is the program's; name a file")
               : *job->operand[i] == '-'
                   ? nn_fail(error, NN_USAGE, "%.200s: begins as an option does; ./ in front of it helps",
                             job->operand[i])
                   : add_word(w, job->operand[i], error);
    return code;
}

static int make_words(work *w, const cli_command *command, nn_error *error)
{
    const auspex_job *job = w->job;
    w->words = calloc(job->options + job->operands + 2, sizeof *w->words);
    int code = w->words ? add_operands(w, error) : nn_no_memory(error);
    for (size_t i = 0; i < job->options && !code; i++)
        code = add_option(w, &job->option[i], error);
    for (fc_purpose p = FC_ANY + 1; p < FC_PURPOSES && !code; p++)
        if (cli_command_takes(command, p, "json"))
            return add_word(w, "--json", error);
    return code;
}

/* --- matrix products --- */

static pthread_mutex_t blas_lock = PTHREAD_MUTEX_INITIALIZER;
static int blas_users, blas_threads;

static void share_blas(bool begin)
{
    pthread_mutex_lock(&blas_lock);
    if (begin && blas_users++ == 0)
        blas_threads = nn_blas_threads();
    else if (!begin && --blas_users == 0)
        nn_blas_set_threads(blas_threads);
    pthread_mutex_unlock(&blas_lock);
}

/* --- a command --- */

static int run_command(work *w, const cli_command *command, nn_error *error)
{
    cli_run run = {0};
    int code = make_words(w, command, error);
    if (code)
        return code;
    code = cli_arguments_parse(&run, command, w->words, w->count, error);
    if (!code)
        code = cli_check_apart(&run, error);
    if (!code)
        code = run.command->run(&run, error);
    if (run.settings)
        cli_run_clear(&run);
    if (code == CLI_GATE)
        code = error->code = NN_FAILED;
    return code;
}

static int do_work(work *w, const cli_command *command, auspex_result **out, nn_error *error)
{
    auspex_result *result = calloc(1, sizeof *result);
    api_host host = {.job = w->job, .result = result};
    int code = result ? lend_files(w, error) : nn_no_memory(error);
    if (!code)
        code = lend_frames(w, error);
    if (!code) {
        api_host_set(&host);
        nn_stop_ask(w->job->report ? cli_interrupted : NULL);
        const int alone = api_blas_begin();
        share_blas(true);
        code = run_command(w, command, error);
        share_blas(false);
        api_blas_end(alone);
        nn_stop_ask(NULL);
        api_host_set(NULL);
    }
    if (code != NN_FAILED && nn_shortage())
        code = nn_no_memory(error);
    if (code != NN_STOPPED && host.stopped &&
        !nn_shortage()) /* what was left undone may look like anything */
        code = nn_fail(error, NN_STOPPED, "stopped");
    if ((!code || code == NN_STOPPED) && take_files(w, result, error))
        code = NN_FAILED;
    if (code && !(code == NN_STOPPED && result->files)) {
        auspex_result_free(result);
        result = NULL;
    }
    *out = result;
    return code;
}

int auspex_run(auspex_result **result, const auspex_job *job, auspex_error *error)
{
    nn_error own = {0};
    if (!result || !job || !job->command)
        return api_report(&own,
                          nn_fail(&own, NN_USAGE, "auspex_run: %s is NULL",
                                  !result ? "result"
                                  : !job  ? "job"
                                          : "command"),
                          error);
    *result = NULL;
    const cli_command *command = cli_command_find(job->command);
    if (!command)
        return api_report(&own, cli_command_unknown(job->command, &own), error);
    work w = {.job = job};
    nn_shortage_forget();
    nn_inputs_forget();
    int code = do_work(&w, command, result, &own);
    ds_frames_lend(NULL, 0);
    nn_inputs_return();
    nn_inputs_forget();
    for (size_t i = 0; i < w.files; i++)
        close(w.fd[i]);
    for (int i = 0; i < w.count; i++)
        free(w.words[i]);
    free(w.words);
    free(w.frames);
    free(w.columns);
    return api_report(&own, code, error);
}
