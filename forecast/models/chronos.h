/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the networks of Chronos-Bolt and Chronos-2 share. */
#ifndef FC_CHRONOS_H
#define FC_CHRONOS_H

#include "forecast/pretrained/forecaster.h"

#include "lib/parts/block.h"

/* A block of T5 (Raffel et al. 2020, arXiv 1910.10683): RMS norms in front, no biases, scores that are not
 * scaled; names and places are the network's own. */
nn_block fc_chronos_block(const fc_pretrained_sizes *sizes);
/* The norm behind the blocks, with that name. */
nn_tensor *fc_chronos_norm(nn_plan *plan, const fc_pretrained_sizes *sizes, const char *name, nn_tensor *x);
/* An input (B*members, tokens, width). */
nn_tensor *fc_chronos_input(nn_plan *plan, int members, int tokens, int width);

#endif
