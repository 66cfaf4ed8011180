/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Easy samples first, as arithmetic is learnt better (Qiu et al. 2024, "Dissecting Multiplication in
 * Transformers"). */
#ifndef FC_CURRICULUM_H
#define FC_CURRICULUM_H

#include "forecast/model.h"
#include "forecast/task.h"

/* The samples to train on from the easiest to the hardest, of equal ones the earlier first: malloced, NULL
 * where the model's training shows all alike. It follows from the data alone, so that a training can go on
 * where it was. NN_USAGE where the task cannot tell, or there are too few epochs to begin with some. */
int fc_curriculum_order(size_t **easiest, const fc_model *model, const fc_lesson *lesson, nn_error *error);

#endif
