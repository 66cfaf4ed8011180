/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each linear map is one. */
#include "lib/parts/block.h"

static int rank(const void *settings)
{
    (void)settings;
    return 0;
}

const nn_linear_kind nn_linear_dense = {{"dense", "each linear map is one", "mn", 0, NULL, 0}, rank};
