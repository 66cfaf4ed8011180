/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the trials of a table's columns side by side. */
#include "forecast/forecasters/choice/select.h"

#include "forecast/forecasters/choice/candidate.h"
#include "lib/base/ranks.h"
#include "lib/pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#define XXH_INLINE_ALL /* header only: no library at run time */
#include <xxhash.h>

typedef struct job {
    const ds_view *view;
    fc_trial *trial;
    fc_trial_of of;
    int first;
    const fc_ledger *ledger; /* asked while threads run, written between */
} job;

/* --- what is kept --- */

static const char *name_of(char text[40], const char *what, int number)
{
    snprintf(text, 40, "%s %d", what, number + 1);
    return text;
}

static size_t forecasts_of(const fc_trial *t)
{
    return (size_t)t->count * (size_t)t->origins * (size_t)t->horizon;
}

/* Forecasts of a series that stands among others which are not all done. */
static bool recall_series(const job *j, fc_trial *t, int k)
{
    char name[40];
    const char *text = fc_ledger_get(j->ledger, name_of(name, "series", k));
    return text && t->forecast && fc_ledger_read_reals(text, t->forecast, forecasts_of(t));
}

static void note_series(fc_ledger *ledger, const fc_trial *t, int k)
{
    char name[40], *text = t->forecast ? fc_ledger_reals(t->forecast, forecasts_of(t)) : NULL;
    if (text)
        fc_ledger_put(ledger, name_of(name, "series", k), text);
    free(text);
}

enum { OWN = 6, EACH = 2 + FC_ORIGINS };

static size_t outcome_size(const fc_trial *t)
{
    return OWN + (size_t)t->count * EACH;
}

/* What fc_trials_decide found, to the last bit, one way or the other. */
static void pass(double *value, double *member, bool back)
{
    if (back)
        *member = *value;
    else
        *value = *member;
}

static void pass_outcome(double *v, fc_trial *t, bool back)
{
    double naive = t->naive, *own[OWN] = {&naive, &t->error, &t->then, &t->width, &t->growth, &t->scale};
    for (int i = 0; i < OWN; i++)
        pass(v++, own[i], back);
    t->naive = (int)naive;
    for (int c = 0; c < t->count; c++) {
        pass(v++, &t->candidate[c].error, back);
        pass(v++, &t->candidate[c].share, back);
        for (int o = 0; o < FC_ORIGINS; o++)
            pass(v++, &t->candidate[c].at[o], back);
    }
}

/* Outcomes of those that are decided on together. */
static size_t block_size(const fc_trial *trials, int count)
{
    size_t size = 0;
    for (int k = 0; k < count; k++)
        size += outcome_size(&trials[k]);
    return size;
}

static void pass_block(double *v, fc_trial *trials, int count, bool back)
{
    for (int k = 0; k < count; k++) {
        pass_outcome(v, &trials[k], back);
        v += outcome_size(&trials[k]);
    }
}

static bool recall_block(const job *j, int first, int count)
{
    char name[40];
    const char *text = fc_ledger_get(j->ledger, name_of(name, "block", first));
    const size_t size = block_size(j->trial + first, count);
    double *values = text ? malloc(size * sizeof *values) : NULL;
    const bool found = values && fc_ledger_read_reals(text, values, size);
    if (found)
        pass_block(values, j->trial + first, count, true);
    free(values);
    return found;
}

static void note_block(fc_ledger *ledger, const job *j, int first, int count)
{
    char name[40];
    const size_t size = block_size(j->trial + first, count);
    double *values = malloc(size * sizeof *values);
    char *text = NULL;
    if (values) {
        pass_block(values, j->trial + first, count, false);
        text = fc_ledger_reals(values, size);
    }
    if (text)
        fc_ledger_put(ledger, name_of(name, "block", first), text);
    for (int k = first; k < first + count && text; k++)
        fc_ledger_put(ledger, name_of(name, "series", k), NULL);
    free(text);
    free(values);
}

/* All that the outcome follows from. */
static json_t *origin_of(const ds_table *table, const fc_select_of *how)
{
    json_t *origin = json_object(), *names = json_array();
    const size_t bytes = table->rows * (size_t)table->columns * sizeof *table->values;
    nn_json_whole();
    nn_json_set(origin, "work", json_string("select"));
    nn_json_set(origin, "version", json_string(AUSPEX_VERSION));
    for (int k = 0; k < table->columns; k++)
        nn_json_append(names, nn_json_text(table->names[k]));
    nn_json_set(origin, "columns", names);
    nn_json_set(origin, "data", nn_json_hash(XXH64(table->values, bytes, table->rows)));
    if (how->weights && *how->weights)
        nn_json_set(origin, "weights", nn_json_text(how->weights));
    nn_json_set(origin, "horizon", json_integer(how->horizon));
    nn_json_set(origin, "season", json_integer(how->season));
    return origin;
}

/* --- the trials --- */

static void begin_one(void *context, int n, int worker)
{
    const job *j = context;
    (void)worker;
    fc_trial_begin(&j->trial[j->first + n], j->view, j->first + n, &j->of);
}

static void run_one(void *context, int n, int worker)
{
    const job *j = context;
    fc_trial *t = &j->trial[j->first + n];
    (void)worker;
    if (recall_series(j, t, j->first + n))
        return;
    for (int g = 0; g < t->tasks && !t->code; g++)
        fc_trial_run(t, g);
}

/* So many at a time that a stop, and what is kept, do not wait long; without a watch all of them. */
static int run_block(job *j, nn_pool *pool, int first, int count, const fc_select_watch *watch)
{
    const int step = watch ? 2 * nn_ranks() * nn_ranks_agree(nn_pool_threads(pool)) : count;
    for (int at = 0; at < count; at += step) {
        const int some = count - at < step ? count - at : step;
        size_t begin, end;
        nn_ranks_part(nn_rank(), (size_t)some, &begin, &end);
        j->first = first + at + (int)begin;
        nn_pool_run(pool, (int)(end - begin), run_one, j);
        j->first = first + at;
        fc_trials_share(j->trial + j->first, some);
        for (int k = j->first; k < j->first + some && watch && watch->ledger; k++)
            note_series(watch->ledger, &j->trial[k], k);
        if (nn_ranks_any(watch && watch->stopped && watch->stopped())) {
            fc_ledger_keep(watch->ledger);
            return NN_STOPPED;
        }
    }
    return NN_OK;
}

/* As many at a time as are decided on together. */
static int run_all(job *j, nn_pool *pool, int count, const fc_select_watch *watch)
{
    for (int first = 0; first < count; first += FC_TOGETHER) {
        const int left = count - first, some = left < FC_TOGETHER ? left : FC_TOGETHER;
        j->first = first;
        nn_pool_run(pool, some, begin_one, j);
        if (!recall_block(j, first, some)) {
            if (run_block(j, pool, first, some, watch))
                return NN_STOPPED;
            fc_trials_decide(j->trial + first, some);
            if (watch && watch->ledger)
                note_block(watch->ledger, j, first, some);
        }
        for (int k = 0; k < some; k++)
            fc_trial_clear(&j->trial[first + k]);
    }
    return NN_OK;
}

int fc_select(fc_trial **out, const ds_table *table, const fc_select_of *how, const fc_select_watch *watch,
              nn_error *error)
{
    const size_t n = (size_t)table->columns;
    int *column = malloc((n + 1) * sizeof *column);
    uint8_t *role = calloc(n + 1, 1);
    fc_trial *trial = *out = calloc(n + 1, sizeof *trial);
    nn_pool *pool = NULL;
    fc_pretrained_candidate more = {0};
    int code = column && role && trial ? nn_pool_new(&pool, how->threads, error) : nn_no_memory(error);
    if (!code)
        code = fc_pretrained_candidate_open(&more, how->weights, error);
    for (size_t j = 0; j < n && column; j++)
        column[j] = (int)j;
    const ds_view view = {.table = table,
                          .rows = table->rows,
                          .columns = table->columns,
                          .column = column,
                          .role = role,
                          .targets = table->columns,
                          .target = column,
                          .floor = NAN};
    job j = {.view = &view,
             .trial = trial,
             .of = {.part = {0, table->rows},
                    .horizon = how->horizon,
                    .season = how->season,
                    .scale = FC_PLAIN,
                    .more = more.kind ? &more.named : NULL},
             .ledger = watch ? watch->ledger : NULL};
    if (!code && j.ledger)
        code = fc_ledger_begin(watch->ledger, origin_of(table, how), error);
    if (!code && run_all(&j, pool, table->columns, watch))
        code = nn_fail(error, NN_STOPPED, "stopped before every series was tried");
    for (size_t k = 0; k < n && !code; k++)
        code = trial[k].code ? nn_fail(error, trial[k].code, "no memory to choose forecasters with") : NN_OK;
    nn_pool_free(pool);
    fc_pretrained_candidate_clear(&more);
    free(column);
    free(role);
    if (code) {
        fc_select_free(trial, table->columns);
        *out = NULL;
    }
    return code;
}

void fc_select_free(fc_trial *trials, int count)
{
    for (int k = 0; k < count && trials; k++)
        fc_trial_clear(&trials[k]);
    free(trials);
}

void fc_select_name(const fc_trial *t, int most, char *text, size_t size)
{
    const fc_named *of[FC_CANDIDATES];
    double share[FC_CANDIDATES];
    for (int c = 0; c < t->count; c++) {
        of[c] = t->candidate[c].of;
        share[c] = t->candidate[c].share;
    }
    fc_mixture_name(of, share, t->count, most, text, size);
}
