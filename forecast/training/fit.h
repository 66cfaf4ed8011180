/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training, whatever is trained. */
#ifndef FC_FIT_H
#define FC_FIT_H

#include "forecast/request.h"
#include "lib/train.h"

/* Fits on the training part what the model's task wants of it (scaler, calendar, a linear start), trains with
 * the model's fc_training (already in model->record.training), keeps the weights of the best validation
 * epoch, settles what follows from them (temperature, novelty), and fills model->record. The request's data,
 * split and what stands below it are used. NN_STOPPED with the best so far when progress asks for it,
 * NN_DIVERGED with it (record.best_epoch 0: with nothing) when the losses are no longer finite. */
int fc_fit(fc_model *model, const fc_request *request, nn_error *error);

/* Of that only what does not follow from the weights, which come from elsewhere; the record is left as one of
 * data that were seen, not of a training. */
int fc_fit_around(fc_model *model, const fc_request *request, nn_error *error);

/* What follows from such weights, once they are there: temperature and novelty of a classifier. */
int fc_fit_behind(fc_model *model, const fc_request *request, nn_error *error);

/* How the model's network is trained, as its record has it. */
nn_training fc_fit_settings(const fc_model *model);

/* What a training step costs before any is made, from shapes alone: parameters, bytes and multiply-adds of
 * each operation, and what memory a training with so many threads (0: all cores) and the table (NULL: not
 * known) takes of what is free, as tables for people; malloced, NULL with the reason on failure. The weights
 * need no memory. */
char *fc_plan_report(fc_model *model, const ds_table *table, int threads, nn_error *error);

#endif
