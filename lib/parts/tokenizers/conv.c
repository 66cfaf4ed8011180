/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolutions, each with relu and a pool of the largest of three tokens two apart (CCT, Hassani et al. 2021,
 * arXiv 2104.05704, section 3.1). */
#include "lib/parts/tokens.h"

typedef struct conv {
    int kernel, stride, count;
} conv;

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x, int width)
{
    const conv *c = settings;
    for (int i = 0; i < c->count; i++)
        x = nn_tokens_conv(plan, nn_name(plan, "%s.conv%d", name, i), x, width, c->kernel / 2 * 2 + 1,
                           c->stride);
    return x;
}

static const nn_option options[] = {
    {"k", 0, NN_INT, offsetof(conv, kernel), "7", "N", 1, 1025, "rows of a convolution, an odd number"},
    {"s", 0, NN_INT, offsetof(conv, stride), "2", "N", 1, 1024, "rows from one place of it to the next"},
    {"n", 0, NN_INT, offsetof(conv, count), "1", "N", 1, 8, "convolutions one after another"},
    {0}};

const nn_tokenizer_kind nn_tokenizer_conv = {
    {"conv", "convolution, relu and max-pool, n times (CCT, arXiv 2104.05704)", "kdC", NN_PART_ORDER, options,
     sizeof(conv)},
    build,
    NULL};
