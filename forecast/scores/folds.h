/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models trained and scored anew in fold after fold, whatever they see: the one entry, and the one loop. */
#ifndef FC_FOLDS_H
#define FC_FOLDS_H

#include "datasets/series/windows.h"
#include "forecast/scores/score.h"
#include "forecast/training/fit.h"

struct fc_preparation; /* forecast/tasks/series/prices.h */

typedef struct fc_folds {
    int folds, sliding, gap, seeds, alone;
    double start, validation;
    char *refit_every; /* rows, or a length of time such as "28d", after which a model is fitted again within
                          a fold; NULL: once a fold */
} fc_folds;
extern const nn_option fc_folds_options[];        /* of rows in time order */
extern const nn_option fc_object_folds_options[]; /* of objects */

/* Where a run is; non-zero stops. */
typedef int (*fc_backtest_progress)(void *context, int run, int runs, const fc_progress *inside);

/* What is asked for. */
typedef struct fc_rounds {
    fc_request model; /* with all its data, without parts: of prices ds_returns_table's table; the seed of its
                         training is the first run's, the others count on */
    const char *data; /* the file's name */
    const struct ds_prices *prices;           /* the table is of these; NULL: it is not of prices */
    const struct fc_preparation *preparation; /* of a table, in every fold anew */
    const fc_folds *folds;
    fc_scoring how;
    fc_backtest_progress progress;
    void *context;
} fc_rounds;

/* Through the task that sees the data; what is asked for must outlive the scores. */
int fc_backtest(fc_scores **scores, const fc_rounds *rounds, nn_error *error);

/* Rows left out between the parts of a table: as asked for, or as smoothed targets overlap. */
int fc_backtest_gap(const fc_rounds *rounds);

/* --- for tasks: the loop --- */

/* Fold k of how->folds over `rows` rows. The rows from `start` on, a share or, from 1 on, a row's number, are
 * cut into equal test parts.
 * Before a test part, the last share `validation` decides which epoch is kept, and the rows before it are
 * trained on: all (expanding), or as many as the first fold has (sliding). `gap` rows between the parts are
 * nobody's targets. NN_BAD_DATA where a part would have no row. */
int fc_fold_make(ds_split *split, const fc_folds *how, int gap, size_t rows, int k, nn_error *error);

/* What goes through the folds: the scores' state begins with it. */
typedef struct fc_walk {
    const fc_rounds *rounds;
    fc_scores *scores; /* whose state it is */
    int gap;
    int variants;            /* of the model, each trained in every fold; at least 1 */
    size_t rows, scored;     /* in the folds, 0: objects; windows of all of them */
    int fold, variant, seed; /* in hand; they count from 0 */
    ds_split split;          /* of the fold in hand */
    size_t at;               /* windows of the folds before this one */
    size_t refit;            /* rows after which a model is fitted again; 0: once a fold */
    ds_windows windows;      /* of the fold, that this fitting is scored on */
    size_t done;             /* windows of the fold that earlier fittings were scored on */
    int run, runs;           /* trainings, from 1 on */
    size_t state_size;       /* of the scores' state */
    struct fc_ahead *ahead;  /* trainings of networks that ranks did ahead of their turn */
} fc_walk;

/* What differs between tasks. */
typedef struct fc_trial {
    /* Puts the fold's data and parts into the request, for all seeds of a variant; what this needs is freed
     * by close. Without a close it may be called again for the same fold. Of several ranks it also sees
     * copies of the state, for folds ahead of their turn; take never does. */
    int (*open)(fc_walk *walk, fc_request *request, nn_error *error);
    int (*ready)(fc_walk *walk, fc_model *model, nn_error *error); /* before it is fitted; NULL: nothing */
    /* Scores what was fitted on walk->windows, and in the first run of a fold its rivals. */
    int (*take)(fc_walk *walk, const fc_model *model, const fc_request *request, nn_error *error);
    void (*close)(fc_walk *walk); /* also after a failure of open; NULL: nothing */
} fc_trial;

/* Scores with a state that begins with a walk over folds of `rows` rows of a table, or of objects where it is
 * NULL: those have their folds' sizes to set. `clear` frees what follows the walk. */
typedef struct fc_walk_of {
    const ds_table *table;
    size_t rows;
    int gap, variants;
    int tables; /* of scores */
    size_t state_size;
    void (*clear)(void *state);
} fc_walk_of;
int fc_walk_new(fc_scores **scores, const fc_rounds *rounds, const fc_walk_of *of, nn_error *error);
int fc_walk_run(fc_walk *walk, const fc_trial *trial, nn_error *error);
/* Begins `about`, up to the scores, and says for people what was done; `more` of it. */
void fc_walk_about(fc_walk *walk, const char *more);

#endif
