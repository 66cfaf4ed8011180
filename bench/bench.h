/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The benchmark: groups of measurements that end in rows of figures. Every result is verified before it is
 * timed. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "bench/measure.h"
#include "lib/train.h"

#include <stdbool.h>

enum { BENCH_MOST_FIGURES = 20, BENCH_SHORTEST = 16, BENCH_LONGEST = 16384 };

typedef struct bench_figure {
    const char *name; /* with its unit: "step ms" */
    double value;     /* NaN: not measured */
    int decimals;
} bench_figure;

/* Rows of a group have the same figures. */
typedef struct bench_row {
    const char *group;
    char name[40];
    int threads;
    int count;
    bench_figure figures[BENCH_MOST_FIGURES];
} bench_row;

typedef struct bench {
    bench_effort effort;
    bool quick;
    int steps;             /* of training in bench_lengths; 0: the fewer, the longer, quick: 20 */
    const int *lengths;    /* of it: BENCH_SHORTEST to BENCH_LONGEST tokens each */
    int length_count;      /* 0: 64, 256, 1024 and 4096, quick: to 256 */
    const char *only;      /* a group, or "group/name"; NULL: all */
    const char *program;   /* path of the auspex program, for groups that start it; NULL: they are left out */
    const char *reference; /* folder with data/forecast/; NULL: generated files only */
    int thread_counts[2], thread_count_count;
    bench_machine machines[2]; /* per entry of thread_counts */
    bool (*stopped)(void);     /* asked between measurements; NULL: never */
    void (*progress)(const char *group, const char *name);
    void (*done)(const struct bench *self, const bench_row *row); /* a row of bench_lengths; NULL: never */
    bench_row *rows;
    int count, room;
} bench;

/* Measures everything that `only` selects; the rows belong to the bench. NN_FAILED where a result is wrong.
 */
int bench_run(bench *self, nn_error *error);
void bench_clear(bench *self);

/* Networks of one mixer each, of as many parameters, on generated tasks (bench/arena.h). mixers:
 * "softmax,pool:k=5", NULL: one of each family; task: NULL: all.
 * Of thread_counts the last counts. The rows so far are there on failure too. */
int bench_lengths(bench *self, const char *mixers, const char *task, nn_error *error);

/* Trains the model of a shape (shapes.h) for a few steps: its peak memory is then the process's. */
int bench_peak(const char *shape, int threads, nn_error *error);

/* --- for the groups
 * -------------------------------------------------------------------------------------------- */

/* Whether the row group/name is to be measured; says so to progress. */
bool bench_wants(const bench *self, const char *group, const char *name);
/* NN_STOPPED when the user asked for it. */
int bench_check_stop(const bench *self, nn_error *error);
bench_row *bench_add(bench *self, const char *group, const char *name, int threads); /* NULL: no memory */
void bench_put(bench_row *row, const char *name, double value, int decimals);
/* The machine with that many threads; NULL when it was not measured. */
const bench_machine *bench_limits(const bench *self, int threads);

int bench_kernels(bench *self, nn_error *error);
int bench_models(bench *self, nn_error *error);
int bench_stations(bench *self, nn_error *error); /* of the group models */
/* Trains the network of stations of that name for so many steps and two more. NN_USAGE: there is none. */
int bench_stations_train(const char *name, int threads, int steps, nn_progress_fn progress, void *context,
                         double *loss, nn_error *error);
int bench_scaling(bench *self, nn_error *error);
int bench_memory(bench *self, nn_error *error);
int bench_ingest(bench *self, nn_error *error);
int bench_lightcurves(bench *self, nn_error *error);
int bench_classifiers(bench *self, nn_error *error); /* of the group lightcurves */
int bench_cold(bench *self, nn_error *error);

#endif
