/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No feed-forward. */
#include "lib/parts/block.h"

const nn_ffn_kind nn_ffn_none = {{"none", "no feed-forward", "0", 0, NULL, 0}, NULL};
