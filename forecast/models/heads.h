/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention heads that share the columns of a model evenly. */
#ifndef FC_HEADS_H
#define FC_HEADS_H

#include "lib/base/error.h"

/* NN_USAGE, naming the nearest sizes that would do, where d_model is no multiple of heads; both are at
 * least 1. */
int fc_heads_check(int d_model, int heads, nn_error *error);

#endif
