/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What objects came to: checked, and shared by several ranks, each of which classifies its part. */
#ifndef FC_CLASS_ANSWERS_H
#define FC_CLASS_ANSWERS_H

#include "forecast/tasks/lightcurves/slot.h"

/* The object lies too far from what the model was trained on. */
void fc_slot_refuse(fc_slot *slot);
/* Refuses it where a probability is none. */
void fc_slot_check(fc_slot *slot, int classes);

/* Each rank has worked on its part (nn_ranks_part) of the chunks of `batch` slots, which ended with `code`.
 * Returns the code, NN_FAILED where another rank has one. */
int fc_slots_share(fc_slot *slots, int count, int batch, const fc_classifier *model, int code,
                   nn_error *error);

#endif
