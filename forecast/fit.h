/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training a model on a table. */
#ifndef FC_FIT_H
#define FC_FIT_H

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

/* Fits the scaler on the training part, trains with the model's fc_training (already in
 * model->record.training), keeps the weights of the best validation epoch, and fills model->record. threads
 * 0: all cores. */
int fc_fit(fc_model *model, const ds_table *table, const ds_split *split, ds_scaler_kind scaler, int threads,
           fc_progress_fn progress, void *context, nn_error *error);

/* Fits the scaler alone (import of published weights). */
int fc_fit_scaler(fc_model *model, const ds_table *table, const ds_split *split, ds_scaler_kind scaler,
                  nn_error *error);

/* What a training step costs before any is made: parameters, bytes of every slab, multiply-adds per
 * operation, as a table for people; malloced, NULL with the reason on failure. */
char *fc_plan_report(const fc_model *model, int batch, nn_error *error);

#endif
