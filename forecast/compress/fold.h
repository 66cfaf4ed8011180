/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained network whose batch norms have become parts of its linear maps. */
#ifndef FC_FOLD_H
#define FC_FOLD_H

#include "forecast/model.h"

/* The same network without norms in its blocks. folded: how many norms there were. NN_USAGE where there are
 * none, or one cannot be folded. */
int fc_fold(fc_model *model, int *folded, nn_error *error);

#endif
