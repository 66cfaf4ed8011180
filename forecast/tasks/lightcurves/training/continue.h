/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained classifier that goes on with the labels of another survey. */
#ifndef FC_LIGHT_CONTINUE_H
#define FC_LIGHT_CONTINUE_H

#include "forecast/tasks/lightcurves/training/fit.h"

/* NN_USAGE where the kind is not trained by gradients. */
int fc_can_continue(const fc_model *model, nn_error *error);
/* Takes `base`. *model is base with the request's training, or, renewed, a model of its settings, scaling and
 * weights whose layer of classes is drawn anew for the request's classes. */
int fc_continue(fc_model **model, fc_model *base, const fc_request *request, bool renewed, nn_error *error);

#endif
