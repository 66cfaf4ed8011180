/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every row is a token. */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x, int width)
{
    (void)settings;
    return nn_linear(plan, name, x, width);
}

const nn_tokenizer_kind nn_tokenizer_point = {
    {"point", "every row or point is a token", "dC", 0, NULL, 0}, build, NULL};
