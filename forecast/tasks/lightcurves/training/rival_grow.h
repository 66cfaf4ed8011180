/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A forest on features is grown beside a network that classifies light curves. */
#ifndef FC_LIGHT_RIVAL_GROW_H
#define FC_LIGHT_RIVAL_GROW_H

#include "forecast/tasks/lightcurves/training/fit.h"

enum { FC_SHARE_STEPS = 10 /* shares that are tried: 0, 1/10, ... 1 */ };

/* The settings of `--model forest`, for fc_kind_config_free also where it failed; trees 0: as many as by
 * default. */
int fc_forest_config(void **config, const fc_kind **kind, bool redshift, int trees, nn_error *error);
/* A forest of the settings of `--model forest` on the bands, classes and redshifts of a model, not grown yet;
 * trees 0: as many as by default. */
int fc_rival_new(fc_classifier **rival, const fc_classifier *model, int trees, nn_error *error);

/* Grows a companion of a trained network on the training part alone, of objects of a known class, where their
 * features are in the set and the training's settings want it; compares both on the validation part, and
 * chooses the share there where a mixture is asked for. Its temperature is of each object by the trees that
 * have not seen it. Of many objects there are fewer trees. */
int fc_rival_grow(fc_classifier *model, const fc_lesson *lesson, nn_pool *pool, nn_error *error);
/* NN_BAD_DATA where a model from a file has a companion of other bands or classes, or a share of none. */
int fc_rival_check(const fc_classifier *model, nn_error *error);

#endif
