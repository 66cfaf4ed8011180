/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models trained and scored anew in fold after fold, whatever they see: the one loop, and what comes of it.
 */
#ifndef FC_FOLDS_H
#define FC_FOLDS_H

#include "forecast/fit.h"
#include "forecast/metric.h"

typedef struct fc_folds {
    int folds, sliding, gap, seeds, alone;
    double start, validation;
} fc_folds;
extern const nn_option fc_folds_options[];        /* of rows in time order */
extern const nn_option fc_object_folds_options[]; /* of objects */

/* Fold k of how->folds over `rows` rows. The rows from the share `start` on are cut into equal test parts.
 * Before a test part, the last share `validation` decides which epoch is kept, and the rows before it are
 * trained on: all (expanding), or as many as the first fold has (sliding). `gap` rows between the parts are
 * nobody's targets. NN_BAD_DATA where a part would have no row. */
int fc_fold_make(ds_split *split, const fc_folds *how, int gap, size_t rows, int k, nn_error *error);

/* Where a run is; non-zero stops. */
typedef int (*fc_backtest_progress)(void *context, int run, int runs, const fc_progress *inside);

/* --- the loop --- */

/* What goes through the folds; a record of one's own begins with it. */
typedef struct fc_walk {
    const fc_request *model; /* the seed of its training is the first run's, the others count on */
    const fc_folds *folds;
    int variants;            /* of the model, each trained in every fold; at least 1 */
    int fold, variant, seed; /* in hand; they count from 0 */
    fc_backtest_progress progress;
    void *context;
    int run, runs; /* trainings, from 1 on */
} fc_walk;

/* What differs between tasks. */
typedef struct fc_trial {
    /* Puts the fold's data and parts into the request, for all seeds of a variant; what this needs is freed
     * by close. */
    int (*open)(fc_walk *walk, fc_request *request, nn_error *error);
    int (*ready)(fc_walk *walk, fc_model *model, nn_error *error); /* before it is fitted; NULL: nothing */
    /* Scores what was fitted on the test part, and in the first run of a fold its rivals. */
    int (*take)(fc_walk *walk, const fc_model *model, const fc_request *request, nn_error *error);
    void (*close)(fc_walk *walk); /* also after a failure of open */
} fc_trial;

int fc_walk_run(fc_walk *walk, const fc_trial *trial, nn_error *error);

/* --- the scores of stations and of light curves --- */

/* What is asked for. */
typedef struct fc_rounds {
    fc_request model; /* with its data, without parts */
    const fc_folds *folds;
    int order, neighbours; /* of the simple forecasts of a panel, as fc_panel_baseline_settings */
    double floor;
    fc_backtest_progress progress;
    void *context;
} fc_rounds;

enum { FC_MOST_FOLD_SCORES = 6, FC_MOST_BLOCKS = 4 };

/* Scores that every entry's record has. */
typedef struct fc_score_block {
    const fc_metric *metrics;
    size_t offset;
    const char *key, *prefix; /* in JSON, of an object of their own; of their headings. NULL: none */
} fc_score_block;

typedef struct fc_fold_size {
    size_t train, validation, test; /* rows or objects */
    size_t scored;                  /* windows or objects */
    ds_time begin, end;             /* stamps of the first and last test row */
} fc_fold_size;

/* The model first, then its rivals. A score is the mean over the seeds of all folds together. */
typedef struct fc_fold_scores {
    const char *kind;      /* "panel", "classifier" */
    const char *unit;      /* what is scored: "windows", "objects" */
    const char *beats_key; /* in JSON: whether the model beats its rivals */
    const char *note;      /* what the scores are, for people */
    int folds, seeds, gap;
    size_t scored;
    const ds_table *table; /* whose rows the parts are of, borrowed; NULL: of none */
    fc_fold_size *size;    /* folds */
    int count;
    const char *name[FC_MOST_FOLD_SCORES];
    const void *record[FC_MOST_FOLD_SCORES];
    fc_score_block block[FC_MOST_BLOCKS]; /* of a record, ended by one without metrics */
    fc_score_block fold;                  /* offset: of the pointer to a record per fold */
    size_t fold_size;
    bool beats;
    char verdict[600];
    double seconds;
    void (*free)(struct fc_fold_scores *scores);
} fc_fold_scores;

/* Through the task that sees the request's data; NN_USAGE where it has no backtest of this form. */
int fc_folds_run(fc_fold_scores **scores, const fc_rounds *rounds, nn_error *error);
void fc_fold_scores_free(fc_fold_scores *scores);

#endif
