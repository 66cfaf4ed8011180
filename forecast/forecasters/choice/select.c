/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the trials of a table's columns side by side. */
#include "forecast/forecasters/choice/select.h"

#include "lib/pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct job {
    const ds_view *view;
    fc_trial *trial;
    int horizon, season, first;
} job;

static void run_one(void *context, int n, int worker)
{
    const job *j = context;
    fc_trial *t = &j->trial[j->first + n];
    (void)worker;
    fc_trial_begin(t, j->view, j->first + n, (ds_part){0, j->view->rows}, j->horizon, j->season, FC_PLAIN);
    for (int g = 0; g < t->tasks && !t->code; g++)
        fc_trial_run(t, g);
}

/* As many at a time as are decided on together. */
static void run_all(job *j, nn_pool *pool, int count)
{
    for (int first = 0; first < count; first += FC_TOGETHER) {
        const int left = count - first, some = left < FC_TOGETHER ? left : FC_TOGETHER;
        j->first = first;
        nn_pool_run(pool, some, run_one, j);
        fc_trials_decide(j->trial + first, some);
        for (int k = 0; k < some; k++)
            fc_trial_clear(&j->trial[first + k]);
    }
}

int fc_select(fc_trial **out, const ds_table *table, int horizon, int season, int threads, nn_error *error)
{
    const size_t n = (size_t)table->columns;
    int *column = malloc((n + 1) * sizeof *column);
    uint8_t *role = calloc(n + 1, 1);
    fc_trial *trial = *out = calloc(n + 1, sizeof *trial);
    nn_pool *pool = NULL;
    int code = column && role && trial ? nn_pool_new(&pool, threads, error) : nn_no_memory(error);
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
    job j = {&view, trial, horizon, season, 0};
    if (!code)
        run_all(&j, pool, table->columns);
    for (size_t k = 0; k < n && !code; k++)
        code = trial[k].code ? nn_fail(error, trial[k].code, "no memory to choose forecasters with") : NN_OK;
    nn_pool_free(pool);
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
