/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A learned token that stands before the others throughout the encoder (BERT, Devlin et al. 2019, arXiv
 * 1810.04805). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x)
{
    (void)name, (void)settings;
    return nn_first_pool(plan, x);
}

const nn_pooling_kind nn_pooling_cls = {
    {"cls", "a learned token before the others (BERT, arXiv 1810.04805)", "0", 0, NULL, 0}, build, true};
