/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention between a few tokens and many with the maps of the many opened: their weights are multiplied by
 * what belongs to the few, so that the many are never mapped. The same values by fewer products. */
#ifndef NN_LATENT_H
#define NN_LATENT_H

#include "lib/parts/block.h"

/* Whether it is possible and fewer products, `few` standing against the tokens of `many`. */
bool nn_latent_opens(const nn_plan *plan, const nn_projection *maps, const nn_tensor *few,
                     const nn_tensor *many);
/* What the few gather from the many, and the many from the few, each with its output projection. With dropout
 * of weights the biases of the gathered values stay whole. seen, NULL or of the many, and scale as
 * nn_attention_options has them. */
nn_tensor *nn_latent_gather(nn_plan *plan, const nn_projection *maps, nn_tensor *few, nn_tensor *many,
                            double dropout, nn_tensor *seen, double scale);
nn_tensor *nn_latent_send(nn_plan *plan, const nn_projection *maps, nn_tensor *few, nn_tensor *many,
                          double dropout);

#endif
