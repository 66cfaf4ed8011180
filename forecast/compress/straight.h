/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dense times sparse weights trained straight through (DSFormer, arXiv 2312.13211): a network whose factored
 * maps have proxies for a while. */
#ifndef FC_STRAIGHT_H
#define FC_STRAIGHT_H

#include "forecast/model.h"

/* Gives a model whose maps were factored (fc_maps_factor) proxies of them in the place of their weights,
 * which training then moves. */
int fc_straight_begin(fc_model *model, nn_error *error);
/* The factors of what the proxies became, and weights that are their products, in the proxies' place. */
int fc_straight_end(fc_model *model, nn_error *error);

#endif
