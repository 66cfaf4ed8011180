/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all kernels of attention agree on: the scale of scores, and how a score becomes a weight. */
#ifndef NN_ATTENTION_WEIGHT_H
#define NN_ATTENTION_WEIGHT_H

#include "lib/kernels/kernels.h"
#include "lib/kernels/vector_math.h"

static inline nn_real nn_attention_scale(const nn_attention_shape *shape)
{
    return shape->scale > 0 ? shape->scale : 1 / NN_SQRT((nn_real)shape->width);
}

/* e^x of what a score is below the greatest, or below the log sum exp; below -64, where it is under 2e-28, 0:
 * the vector exp is fast up to 64 only. */
NN_INLINE nn_vector nn_attention_weight(nn_vector x)
{
    return nn_select(x > (nn_real)-64, nn_exponential(x), nn_all(0));
}

/* The same of a distance in powers of two: 2^x. */
NN_INLINE nn_vector nn_attention_power(nn_vector x)
{
    return nn_select(x > (nn_real)(-64 * M_LOG2E), nn_power_of_two(x), nn_all(0));
}

#endif
