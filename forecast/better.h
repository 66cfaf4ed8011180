/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a file holds a model that is better than one that was trained for the same. */
#ifndef FC_BETTER_H
#define FC_BETTER_H

#include "forecast/model.h"

/* The file has a model of the same kind, settings, columns, rows and loss, learnt from the same data, so that
 * the validation losses are of the same samples, and its own is lower by more than rounding; *loss is it. How
 * it was trained (epochs, learning rate, seed, ...) may differ. False for whatever is no such file, and for
 * models that were made smaller after their training. */
bool fc_better_in(const char *path, const fc_model *model, double *loss);

#endif
