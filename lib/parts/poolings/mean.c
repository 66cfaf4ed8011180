/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mean of the tokens. */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x)
{
    (void)name, (void)settings;
    return nn_mean_pool(plan, x);
}

const nn_pooling_kind nn_pooling_mean = {{"mean", "the mean of all tokens", "d", 0, NULL, 0}, build, false};
