/* SPDX-License-Identifier: GPL-3.0-or-later */
/* More objects to train on: those that there are, moved to the redshifts of others and seen with their
 * cadence, bands and noise (datasets/lightcurves/augment.h), so that a sample of the bright and the near
 * teaches of the faint and the far. Only redshifts, times and errors of the others are looked at, no labels.
 */
#ifndef FC_COPIES_H
#define FC_COPIES_H

#include "forecast/tasks/lightcurves/training/fit.h"

typedef struct fc_copies fc_copies;
/* each: copies of an object to train on. */
fc_copies *fc_copies_new(int each, double missing, uint64_t seed, nn_error *error);
void fc_copies_free(fc_copies *copies); /* NULL is allowed */

/* Keeps an object that is ready; member: its place in the class set, -1: it is a template alone. */
int fc_copies_keep(fc_copies *copies, const fc_slot *slot, long member, nn_error *error);
/* Makes the copies, through the engine, and adds them to the training part of the set; *made says how many.
 * stopped: asked now and then, true: NN_STOPPED; NULL: never. */
int fc_copies_make(fc_copies *copies, fc_engine *engine, const fc_classifier *model, fc_class_set *set,
                   bool (*stopped)(void), size_t *made, nn_error *error);

#endif
