/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PoolFormer's mixer (arXiv 2111.11418): the mean of the neighbours within a window less the token itself,
 * y_t = mean of x over the part of [t - k/2, t + k/2] that there is, less x_t. */
#include "lib/parts/block.h"

typedef struct pool {
    int window;
} pool;

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)name, (void)block, (void)memory;
    return nn_times(plan, nn_moving_average(plan, x, ((const pool *)settings)->window, true), -1);
}

static const nn_option options[] = {
    {"k", 0, NN_INT, offsetof(pool, window), "3", "N", 1, 4095, "tokens of the window, an odd number"}, {0}};

const nn_mixer_kind nn_mixer_pool = {
    {"pool", "the mean of k neighbours less the token (PoolFormer, arXiv 2111.11418)", "kd", NN_PART_ORDER,
     options, sizeof(pool)},
    .build = build};
