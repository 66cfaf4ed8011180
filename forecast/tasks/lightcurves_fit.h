/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training a classifier on labelled light curves. */
#ifndef FC_CLASS_FIT_H
#define FC_CLASS_FIT_H

#include "forecast/fit.h"
#include "forecast/tasks/lightcurves_run.h"
#include "forecast/tasks/lightcurves_split.h"

/* Objects as the network sees them before scaling. Start from {0}. */
typedef struct fc_class_set {
    size_t count, room;
    float *raw; /* tokens of all objects, fc_raw_width columns */
    size_t raw_count, raw_room;
    size_t *first;  /* count + 1: token at which an object begins */
    double *extras; /* count x FC_EXTRAS, NaN where unknown */
    float *error;   /* count x bands: median error of the object's points, NaN where there are none */
    int *label;
    char **id;
} fc_class_set;

/* Adds a slot that is ready. NN_FAILED: no memory. */
int fc_class_set_add(fc_class_set *set, const fc_classifier *model, const fc_slot *slot, nn_error *error);
void fc_class_set_clear(fc_class_set *set);

/* Fits scaling on the training part, trains with model->record.training, keeps the weights of the best
 * validation epoch, then fits the temperature on the validation part and learns what training objects look
 * like; fills the record. part: of each object, as class_split.h makes them. NN_STOPPED with the best so far
 * when progress asks for it. */
int fc_classifier_fit(fc_classifier *model, const fc_class_set *set, const uint8_t *part, nn_pool *pool,
                      fc_progress_fn progress, void *context, nn_error *error);

#endif
