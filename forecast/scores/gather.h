/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What models and their rivals gather over folds and seeds, and the scores that come of it: the mean over the
 * seeds of all folds together, and of each. */
#ifndef FC_GATHER_H
#define FC_GATHER_H

#include "forecast/scores/errors.h"
#include "forecast/scores/folds.h"

enum { FC_MOST_GATHERED = 6 };

typedef struct fc_fold_errors {
    fc_errors all; /* comes first, so that tables may go on in fc_relative_metrics */
    fc_errors farm;
    size_t windows;
} fc_fold_errors;

/* One forecaster. Every value weighs the same. */
typedef struct fc_fold_entry {
    fc_entry base;        /* mean over the seeds, also of the losses; its series and steps are not kept */
    fc_errors farm;       /* of the sum of the series, where that was gathered */
    double spread;        /* standard deviation over the seeds of what decides; NaN: there is one run */
    double least, most;   /* what decides, of the seeds */
    double r2;            /* 1 less the MSE over that of a reference; the caller's */
    double dm, p, p_holm; /* the first entry against this one, and corrected by fc_holm; the caller's */
    fc_fold_errors *fold; /* folds, owned */
    size_t windows;
    bool trained; /* with every seed; what is not has one run */
} fc_fold_entry;

extern const fc_metric fc_backtest_metrics[]; /* of fc_fold_entry, where forecasts are of a table */

typedef struct fc_gathered {
    const fc_walk *walk;
    const fc_metric *decides; /* of fc_errors */
    size_t series;            /* room for that many in each fold */
    int count, seeds;
    fc_fold_entry entry[FC_MOST_GATHERED];
    fc_tally *tally;             /* count x seeds, of folds x series, owned like what follows */
    fc_sums *farm;               /* count x seeds x folds */
    fc_stream **stream;          /* count x seeds: intervals of the fold in hand; NULL where there are none */
    fc_interval_sums *intervals; /* count x seeds: those of the folds before */
    fc_naive *naive;             /* folds x series: in training; NaN where it is not set */
} fc_gathered;

/* The entries' names; NULL ends them. The first `trained` of them are. */
int fc_gathered_make(fc_gathered *gathered, const char *const *names, int trained, nn_error *error);
/* Where the fold in hand puts its sums and losses; `farm` of it; `naive` of it. */
fc_tally fc_gathered_tally(const fc_gathered *gathered, int entry, int seed);
/* Where the intervals of the fold in hand are; NULL without any to be scored. Of a new fold they are new. */
int fc_gathered_stream(fc_stream **stream, const fc_gathered *gathered, int entry, int seed, int targets,
                       nn_error *error);
/* Adds those of a fold. */
void fc_gathered_intervals(const fc_gathered *gathered, int entry, int seed, const fc_interval_sums *sums);
fc_sums *fc_gathered_farm(const fc_gathered *gathered, int entry, int seed);
fc_naive *fc_gathered_naive(const fc_gathered *gathered);
/* The entries become scores. */
int fc_gathered_score(fc_gathered *gathered, nn_error *error);
/* The index of the lowest of what decides, from entry `from` on. */
int fc_gathered_best(const fc_gathered *gathered, int from);
void fc_gathered_clear(fc_gathered *gathered);

#endif
