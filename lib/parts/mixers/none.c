/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No mixing at all: every token stays alone, the control that shows what mixing is worth. */
#include "lib/parts/block.h"

const nn_mixer_kind nn_mixer_none = {
    {"none", "no mixing: every token alone, as a control", "0", NN_PART_CAUSAL, NULL, 0}, .build = NULL};
