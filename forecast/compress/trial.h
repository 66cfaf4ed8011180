/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained network before data that say what a change of it costs: its validation loss, the time that one
 * sample takes, and what its linear maps see. */
#ifndef FC_TRIAL_H
#define FC_TRIAL_H

#include "forecast/request.h"

typedef struct fc_trial {
    fc_model *model; /* borrowed */
    fc_lesson lesson;
    nn_pool *pool;
    bool own_pool;
} fc_trial;

/* The request's data as for a model that goes on. The model's record is overwritten by what the data are: who
 * saves the model needs another copy of it. Close after failure too. */
int fc_trial_open(fc_trial *trial, fc_model *model, fc_request request, nn_error *error);
void fc_trial_close(fc_trial *trial);

/* The mean loss of the validation part with these parameters, of the network as the model has it now; NULL:
 * the model's own. */
int fc_trial_loss(double *loss, const fc_trial *trial, nn_params *params, nn_error *error);
/* The same of at most `samples` of them, evenly apart. */
int fc_trial_glance(double *loss, const fc_trial *trial, nn_params *params, size_t samples, nn_error *error);
/* Milliseconds of a pass of one sample, on one thread: the median. */
int fc_trial_speed(double *milliseconds, const fc_trial *trial, nn_params *params, nn_error *error);

/* Shows what the network makes of some training samples, at most `samples` of them evenly apart: watch as
 * nn_run has it. */
int fc_trial_watch(const fc_trial *trial, nn_params *params, size_t samples,
                   void (*watch)(void *context, const nn_watched *watched), void *context, nn_error *error);

/* Makes what follows from the weights fit them again, after they have changed: temperature and novelty of a
 * classifier, and how far forecasts go wrong. The record stays. */
int fc_trial_settle(fc_model *model, const fc_request *request, nn_error *error);

#endif
