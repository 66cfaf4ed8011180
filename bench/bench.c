/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Collects rows of figures from groups of measurements and keeps to what was asked for. */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct group_entry {
    const char *name;
    int (*measure)(bench *self, nn_error *error);
    bool needs_machine;
} group_entry;

static int machine_rows(bench *self, nn_error *error);

static const group_entry groups[] = {{"machine", machine_rows, true},
                                     {"kernels", bench_kernels, true},
                                     {"models", bench_models, true},
                                     {"scaling", bench_scaling, true},
                                     {"memory", bench_memory, false},
                                     {"ingest", bench_ingest, false},
                                     {"lightcurves", bench_lightcurves, false},
                                     {"cold", bench_cold, false}};
enum { GROUPS = sizeof groups / sizeof *groups };

static bool group_wanted(const bench *self, const char *name)
{
    size_t length = strlen(name);
    return !self->only ||
           (strncmp(self->only, name, length) == 0 && (!self->only[length] || self->only[length] == '/'));
}

bool bench_wants(const bench *self, const char *group, const char *name)
{
    size_t length = strlen(group);
    if (!group_wanted(self, group))
        return false;
    if (self->only && self->only[length] == '/' && strcmp(self->only + length + 1, name) != 0)
        return false;
    if (self->progress)
        self->progress(group, name);
    return true;
}

int bench_check_stop(const bench *self, nn_error *error)
{
    return self->stopped && self->stopped() ? nn_fail(error, NN_STOPPED, "stopped") : NN_OK;
}

bench_row *bench_add(bench *self, const char *group, const char *name, int threads)
{
    if (self->count == self->room) {
        int room = self->room ? 2 * self->room : 64;
        bench_row *more = realloc(self->rows, (size_t)room * sizeof *more);
        if (!more)
            return NULL;
        self->rows = more;
        self->room = room;
    }
    bench_row *row = &self->rows[self->count++];
    *row = (bench_row){.group = group, .threads = threads};
    snprintf(row->name, sizeof row->name, "%s", name);
    return row;
}

void bench_put(bench_row *row, const char *name, double value, int decimals)
{
    if (row && row->count < BENCH_MOST_FIGURES)
        row->figures[row->count++] = (bench_figure){name, value, decimals};
}

const bench_machine *bench_limits(const bench *self, int threads)
{
    for (int i = 0; i < self->thread_count_count; i++)
        if (self->machines[i].threads == threads)
            return &self->machines[i];
    return NULL;
}

static int machine_rows(bench *self, nn_error *error)
{
    for (int i = 0; i < self->thread_count_count; i++) {
        const bench_machine *m = &self->machines[i];
        bench_row *row = bench_add(self, "machine", "limits", m->threads);
        if (!row)
            return nn_no_memory(error);
        bench_put(row, "sgemm in each thread GFLOP/s", m->sgemm_calls, 1);
        bench_put(row, "sgemm over threads GFLOP/s", m->sgemm_blas, 1);
        bench_put(row, "sgemm GFLOP/s", m->sgemm, 1);
        bench_put(row, "copy GB/s", m->copy, 1);
        bench_put(row, "multiply-add GFLOP/s", m->peak, 1);
        bench_put(row, "sgemm of peak %", 100 * m->sgemm / m->peak, 1);
        bench_put(row, "tiles GFLOP/s", m->tiles, 1);
        bench_put(row, "tiles of peak %", 100 * m->tiles / m->peak, 1);
    }
    return NN_OK;
}

static int measure_machine(bench *self, nn_error *error)
{
    int code = NN_OK;
    bench_effort effort = {self->quick ? 3 : 7, 0.1};
    for (int i = 0; i < self->thread_count_count && !code; i++) {
        if (self->progress)
            self->progress("machine", "limits");
        code = bench_check_stop(self, error);
        if (!code)
            code = bench_machine_measure(&self->machines[i], self->thread_counts[i], &effort, error);
    }
    return code;
}

static int check_only(const bench *self, nn_error *error)
{
    for (int g = 0; g < GROUPS; g++)
        if (group_wanted(self, groups[g].name))
            return NN_OK;
    return nn_fail(error, NN_USAGE,
                   "--only: there is no group '%.40s'; there are machine, kernels, models, scaling, memory, "
                   "ingest, lightcurves, cold",
                   self->only);
}

int bench_run(bench *self, nn_error *error)
{
    bool measured = false;
    int code = check_only(self, error);
    for (int g = 0; g < GROUPS && !code; g++) {
        if (!group_wanted(self, groups[g].name))
            continue;
        if (groups[g].needs_machine && !measured) {
            code = measure_machine(self, error);
            measured = true;
        }
        if (!code)
            code = bench_check_stop(self, error);
        if (!code)
            code = groups[g].measure(self, error);
    }
    if (!code && self->count == 0)
        code = nn_fail(error, NN_USAGE, "--only: nothing is called '%.60s'", self->only ? self->only : "");
    return code;
}

void bench_clear(bench *self)
{
    free(self->rows);
    self->rows = NULL;
    self->count = self->room = 0;
}
