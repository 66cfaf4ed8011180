/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves through a classifier: slots are filled with objects, then worked on in parallel. Everything is
 * allocated before or grows to the largest object seen; an object costs no allocation after that. */
#ifndef FC_CLASS_ENGINE_H
#define FC_CLASS_ENGINE_H

#include "datasets/lightcurves/lightcurve.h"
#include "forecast/tasks/lightcurves/slot.h"
#include "forecast/tasks/lightcurves/tokens.h"

typedef struct fc_engine fc_engine;

/* Borrows model and pool; pool NULL: the caller's thread does the work, and the model, which is only read,
 * may serve other engines in other threads. slots: objects that are worked on together. network false: sights
 * only. */
int fc_engine_new(fc_engine **engine, fc_classifier *model, nn_pool *pool, int slots, bool network,
                  nn_error *error);
void fc_engine_free(fc_engine *engine);
/* From now on slots get the probabilities of the model's nearest-mean baseline too; NN_BAD_DATA where it has
 * none. */
int fc_engine_want_nearest(fc_engine *engine, nn_error *error);
/* From now on slots get what a companion (rival.h) of the model sees of the object: the model's own, or one
 * that is to be grown, borrowed. */
int fc_engine_want_beside(fc_engine *engine, const fc_classifier *rival, nn_error *error);
/* From now on slots get the probabilities of the model's companion too; NN_BAD_DATA where it has none. alone:
 * and those of the network without it. A companion that has a share in the model's probabilities is asked in
 * any case. */
int fc_engine_want_rival(fc_engine *engine, bool alone, nn_error *error);
/* From now on slots get what the network makes of an object before its head, fc_classifier.width numbers; of
 * a forest, which has no such thing, the scaled features. */
int fc_engine_want_embedding(fc_engine *engine, nn_error *error);
/* From now on probabilities are those for other shares of the classes than those trained on
 * (forecast/statistics/ class_prior.h); both (classes), copied. */
void fc_engine_set_prior(fc_engine *engine, const double *old, const double *share);
/* From now on points come with indices into these bands, which may become more while the engine borrows them.
 * Before: the model's. */
void fc_engine_bands(fc_engine *engine, const ds_bands *bands);
int fc_engine_slots(const fc_engine *engine);
const fc_classifier *fc_engine_model(const fc_engine *engine);
const fc_eye *fc_engine_eye(const fc_engine *engine);
fc_slot *fc_engine_slot(fc_engine *engine, int n);

/* Selects the object's points. extras NULL: none known. days: points later than that after the first
 * detection are not seen; infinite: all are. Returns NN_FAILED for want of memory only; what cannot be
 * classified has a state. */
int fc_engine_fill(fc_engine *engine, int n, const ds_lightcurve *curve, const double *extras, int label,
                   double days, nn_error *error);

/* Works on the slots 0..count-1: raw tokens, and with a network probabilities and novelty. NN_FAILED without
 * memory; the engine can then be used again. Results do not depend on the number of threads. */
int fc_engine_run(fc_engine *engine, int count, nn_error *error);

#endif
