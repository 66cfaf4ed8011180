/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random search with successive halving (Jamieson & Talwalkar 2016, arXiv 1502.07943; the brackets of Li et
 * al. 2017, arXiv 1603.06560): many networks are trained for few epochs, a third of them for three times as
 * many, and so on; the validation loss alone decides. */
#ifndef FC_HALVING_H
#define FC_HALVING_H

#include "forecast/search/space.h"
#include "forecast/training/ledger.h"

enum { FC_HALVING_SHARE = 3, FC_HALVING_RUNGS = 4, FC_HALVING_MOST = 10000 };

/* A training. */
typedef struct fc_trial_run {
    int candidate, rung, epochs; /* epochs asked for; rung counts from 0 */
    int best_epoch;
    double loss;    /* validation loss of the best epoch */
    double step;    /* seconds of a step of training, the mean over all of them; NaN: a single step */
    double seconds; /* of all */
} fc_trial_run;

typedef struct fc_halving {
    fc_candidate *candidate; /* count; the first has the request's own settings, and stays to the end */
    int count;
    fc_trial_run *run; /* run_count, in order */
    int run_count;
    int rungs, epochs[FC_HALVING_RUNGS];
    int reached;     /* the highest rung in which something was trained */
    int best;        /* candidate */
    int best_run;    /* its training, in run; -1: none is done */
    fc_model *model; /* of the best, trained for the epochs of that rung; owned */
    fc_refusals refusals;
    bool short_of_time, few; /* stopped by the budget; fewer networks than asked for were found */
} fc_halving;

/* What goes on: run's loss is NaN until it is done. seconds: since the beginning. Non-zero stops. */
typedef int (*fc_halving_fn)(void *context, const fc_halving *self, const fc_trial_run *run,
                             const fc_progress *step, double seconds);

typedef struct fc_halving_settings {
    fc_space space; /* its request has data and training; the epochs of that are those of the last rung */
    int candidates; /* beside the first; 0: as many as the time allows */
    double seconds; /* 0: as long as it takes */
    /* Notes in a new model what the task itself does not know of its data; NULL: nothing. */
    void (*prepare)(void *context, fc_model *model);
    fc_halving_fn progress;
    fc_ledger *ledger;     /* of the trainings that are done; with the request's checkpoint; NULL */
    bool (*stopped)(void); /* asked while networks are drawn; NULL: never */
    void *context;
} fc_halving_settings;

/* NN_STOPPED with the best so far when progress asks for it. A model is as the trainer of one network would
 * make it of the candidate's settings and the rung's epochs. */
int fc_halving_run(fc_halving *self, const fc_halving_settings *settings, nn_error *error);
/* The run of a candidate in its highest rung; NULL: it was not trained. */
const fc_trial_run *fc_halving_last(const fc_halving *self, int candidate);
/* Of a search that has ended well, and is not to go on: removes what was kept of it. */
void fc_halving_forget(const fc_halving *self, const fc_halving_settings *settings);
void fc_halving_clear(fc_halving *self, const fc_kind *kind);

/* Rungs for so many epochs at the end: each has a third of those above it, at least one. */
int fc_halving_rungs(int epochs[FC_HALVING_RUNGS], int last);

/* --- for halving.c: the trainings that are done, in a ledger (halving_log.c) --- */

/* What the index-th training came to, where one of this candidate, rung and epochs is noted. */
bool fc_halving_recall(const fc_ledger *ledger, int index, fc_trial_run *run);
/* Notes it, and the seconds of the whole search so far. */
void fc_halving_note(fc_ledger *ledger, int index, const fc_trial_run *run, double seconds);
/* Seconds that the search had taken; 0. */
double fc_halving_spent(const fc_ledger *ledger);

#endif
