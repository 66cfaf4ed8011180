/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an engine does for a network's companion: features of each object in its slot, and what the companion
 * makes of them. */
#ifndef FC_LIGHT_BESIDE_H
#define FC_LIGHT_BESIDE_H

#include "datasets/lightcurves/features/features.h"
#include "forecast/tasks/lightcurves/slot.h"

/* Workspace of one thread at a time. It grows to the largest object seen and then allocates no more. Start
 * from {0}. */
typedef struct fc_beside {
    const fc_classifier *rival; /* NULL: there is none */
    ds_features *shape;
    double *row; /* its features */
    nn_real *x;  /* and with redshifts */
    ds_points points;
    fc_stand_in stand_in;
} fc_beside;

int fc_beside_open(fc_beside *beside, const fc_classifier *rival, nn_error *error);
void fc_beside_clear(fc_beside *beside);

/* The features of the slot's points into slot->beside, before a sight of the model's own thins these.
 * foreign: they stand in bands of the survey, see eye.h, of which at most `most` are looked at. NN_FAILED: no
 * memory; features of an object whose bands cannot be moved are unknown. */
int fc_beside_see(fc_beside *beside, const fc_classifier *model, const fc_eye *eye, bool foreign, int most,
                  fc_slot *slot, nn_error *error);
/* Sets slot->rival; where the companion has a share in the model's probabilities, slot->probability becomes
 * the mixture, and slot->alone what it was, where that is wanted. */
void fc_beside_call(fc_beside *beside, const fc_classifier *model, fc_slot *slot);

#endif
