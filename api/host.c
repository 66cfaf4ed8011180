/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where commands are at home that a program calls: what they say, ask and give goes to the caller, as it goes
 * to the terminal in the program (cli/shell/report.c, signals.c and document.c,
 * cli/output/forecast_document.c). */
#include "api/auspex_internal.h"

#include "cli/output/forecast_document.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "lib/base/clock.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local api_host *here;

api_host *api_host_here(void)
{
    return here;
}

void api_host_set(api_host *host)
{
    here = host;
}

/* --- what is said --- */

static void report(int what, const char *text)
{
    char clean[2048];
    if (here && here->job->report &&
        here->job->report(here->job->context, what, cli_clean(text, clean, sizeof clean)))
        here->stopped = true;
}

static void say(int what, const char *format, va_list arguments)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, arguments);
    report(what, text);
}

void cli_say_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(AUSPEX_NOTE, format, arguments);
    va_end(arguments);
}

void cli_say_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(AUSPEX_NOTE, format, arguments);
    va_end(arguments);
}

void cli_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(AUSPEX_LINE, format, arguments);
    va_end(arguments);
}

void cli_say_line(void *context, const char *line)
{
    (void)context;
    cli_say_note("%s", line);
}

/* Whether it is time to report again. */
static bool due(void)
{
    const double now = here ? nn_seconds() : 0;
    if (!here || now - here->reported < 0.1)
        return false;
    here->reported = now;
    return true;
}

void cli_progress(const char *format, ...)
{
    if (!due())
        return;
    va_list arguments;
    va_start(arguments, format);
    say(AUSPEX_PROGRESS, format, arguments);
    va_end(arguments);
}

void cli_progress_end(void)
{
}

void cli_report_set(bool is_quiet, bool colour)
{
    (void)is_quiet, (void)colour;
}

bool cli_colour(FILE *stream)
{
    (void)stream;
    return false;
}

int cli_width(FILE *stream)
{
    (void)stream;
    return 80;
}

/* Nothing is written there. */
int cli_flush_stdout(nn_error *error)
{
    (void)error;
    return NN_OK;
}

/* --- what is asked --- */

void cli_interrupt_wait(bool on)
{
    (void)on;
}

bool cli_interrupted(void)
{
    if (due())
        report(AUSPEX_PROGRESS, "");
    return here && here->stopped;
}

int cli_stopped_by(void)
{
    return 0;
}

void cli_reader_left(void)
{
}

void cli_pipe_ignore(bool on)
{
    (void)on;
}

/* --- what is given --- */

static int keep(json_t *document, nn_error *error)
{
    char *text = document && nn_json_whole()
                     ? nn_json_dump(document, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17))
                     : NULL;
    json_decref(document);
    if (!text)
        return nn_fail(error, NN_FAILED, "no memory for the JSON document");
    free(here->result->json);
    here->result->json = text;
    return NN_OK;
}

int cli_json_print(json_t *document, nn_error *error)
{
    return keep(document, error);
}

int cli_json_print_values(json_t *document, nn_error *error)
{
    return keep(document, error);
}

static bool name_series(auspex_result *r, const ds_table *table, const fc_future *future)
{
    char text[DS_FREQUENCY_SIZE];
    ds_frequency_print(table->frequency, text, sizeof text);
    r->name = calloc((size_t)future->targets + 1, sizeof *r->name);
    r->frequency = strdup(text);
    for (int j = 0; r->name && j < future->targets; j++, r->series++)
        if (!(r->name[j] = strdup(table->names[future->columns[j]])))
            return false;
    return r->name && r->frequency;
}

int cli_forecast_give(const fc_model *model, const ds_table *table, const fc_future *future,
                      const fc_bands *bands, nn_error *error)
{
    auspex_result *r = here->result;
    const size_t cells = (size_t)future->steps * (size_t)future->targets, count = (size_t)bands->count + 1;
    r->kind = strdup(model->kind->name);
    r->band = calloc(count, sizeof *r->band);
    r->time = malloc((cells + 1) * sizeof *r->time);
    r->values = malloc((count * cells + 1) * sizeof *r->values);
    if (!name_series(r, table, future) || !r->kind || !r->band || !r->time || !r->values)
        return nn_no_memory(error);
    r->steps = future->steps;
    r->bands = bands->count + 1;
    for (size_t c = 0; c < cells; c++)
        r->time[c] =
            fc_future_time(future, (int)(c / (size_t)future->targets), (int)(c % (size_t)future->targets));
    memcpy(r->values, future->values, cells * sizeof *r->values);
    for (int i = 0; i < bands->count; i++) {
        memcpy(r->band[i + 1], bands->band[i].suffix, sizeof *r->band);
        memcpy(r->values + ((size_t)i + 1) * cells, bands->band[i].values, cells * sizeof *r->values);
    }
    return NN_OK;
}
