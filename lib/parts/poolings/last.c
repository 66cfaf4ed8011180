/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last token, of sequences that stand in an order. */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x)
{
    (void)name, (void)settings;
    return nn_last_pool(plan, x);
}

const nn_pooling_kind nn_pooling_last = {
    {"last", "the last token", "0", NN_PART_ORDER, NULL, 0}, build, false};
