/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked for: a model, the data it learns from, and how. Members that do not concern the kind's task
 * stay 0. */
#ifndef FC_REQUEST_H
#define FC_REQUEST_H

#include "datasets/series/split.h"
#include "forecast/model.h"

typedef struct fc_progress {
    int epoch, epochs;  /* epoch is 1-based */
    size_t step, steps; /* within the epoch; step == steps: the epoch ended and the losses are those of the
                           whole epoch */
    double train_loss;  /* running mean of this epoch */
    double validation_loss; /* NaN until the epoch ended */
    double learning_rate;
    double samples_per_second;
    double seconds_left; /* estimate for all epochs that may still come */
    bool best;           /* this epoch's weights are the best so far */
    bool stopped_early;
} fc_progress;

/* Called after steps and epochs; non-zero stops the training cleanly: fc_fit returns NN_STOPPED and the best
 * weights so far. */
typedef int (*fc_progress_fn)(void *context, const fc_progress *progress);

struct fc_request {
    /* The model. */
    const fc_kind *kind;
    const void *config;          /* settings of the kind; copied */
    const fc_training *training; /* NULL: the task's defaults, with this seed */
    uint64_t seed;
    int lookback, horizon;  /* rows */
    const char *targets;    /* comma-separated columns of a table; NULL: all */
    const char *futures;    /* comma-separated columns of a table that are known beforehand; NULL: none */
    const char *features;   /* set of time features; NULL: by the frequency */
    const char *split_name; /* what the model's file says of the split; NULL: nothing */

    /* The data: one of these, as the kind's task wants. */
    const ds_table *table;
    const struct ds_panel *panel;
    const struct fc_class_set *objects;

    const ds_reading *reading; /* how the file was read: the model keeps it; NULL: by the defaults */
    const ds_split *split;     /* of the rows; objects have parts of their own */
    ds_scaler_kind scaler;
    const double *floor; /* that forecasts do not fall below; NULL: none */
    int season;          /* rows; 0: of the frequency, or found where that has none */
    int stride;  /* a window begins every so many rows: of a panel, and where a table is scored; 0: every
                    row */
    bool points; /* forecasts are wanted without intervals: how far they go wrong need not be learnt */
    bool rolls;  /* it is fitted again and again, as rows come: forecasters go on from what they learnt */

    bool shapes; /* the model is only asked what it is and would take: its weights get no memory */

    bool goes_on;   /* the model is trained already: a network goes on from its scaler and weights, which stay
                       where nothing is better; a forecaster is fitted again */
    bool elsewhere; /* and of objects: these are of another survey, which may lack classes */

    fc_model *teacher; /* a network that is trained learns from too (forecast/training/teach.h), whose record
                          is overwritten; NULL */
    double blend;      /* share of the teacher in what is learnt */

    struct fc_shared_fit
        *base; /* where what networks add to is kept for the next of the same data; NULL: nowhere */

    int threads;   /* 0: all cores */
    nn_pool *pool; /* to be used instead; NULL: one of so many threads */
    fc_progress_fn progress;
    void *context;
    struct fc_checkpoint *checkpoint; /* where the training of a network is kept
                                         (forecast/training/checkpoint.h); NULL: nowhere */
};

/* A model with freshly drawn parameters that knows the columns, stations or classes of the data; nothing is
 * fitted. NN_USAGE for settings that do not fit each other or the data. */
int fc_model_new(fc_model **model, const fc_request *request, nn_error *error);

#endif
