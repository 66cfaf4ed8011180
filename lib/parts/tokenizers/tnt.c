/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patches whose points attend to each other before the patches do (TNT, Han et al. 2021, arXiv 2103.00112,
 * eq. 4-7). */
#include "lib/parts/tokens.h"

typedef struct tnt {
    int length, inner, blocks;
} tnt;

/* The most heads up to 4 that share d columns evenly. */
static int heads_of(int d)
{
    return d % 4 == 0 ? 4 : d % 2 == 0 ? 2 : 1;
}

static nn_block block_of(int width)
{
    return (nn_block){.layout.kind = &nn_layout_pre.part,
                      .heads = heads_of(width),
                      .hidden = 2 * width,
                      .activation = NN_GELU,
                      .projection_no_bias = true};
}

static void rows(const void *settings, int *length, int *stride)
{
    *length = *stride = ((const tnt *)settings)->length;
}

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x, int width)
{
    const tnt *t = settings;
    const nn_block inner_block = block_of(t->inner), outer_block = block_of(width);
    nn_tensor *inner = nn_tokens_grid(plan, x, t->length); /* (B,P,m,C) */
    inner = nn_linear(plan, nn_name(plan, "%s.points", name), inner, t->inner);
    nn_tensor *outer = nn_tnt_lift(plan, nn_name(plan, "%s.lift", name), inner, width, true, 1e-5);
    if (!outer)
        return NULL;
    const int patches = outer->shape[1];
    outer = nn_concat(plan, nn_learned_tokens(plan, nn_name(plan, "%s.cls", name), 1, width, outer), outer);
    for (int i = 0; i < t->blocks; i++)
        nn_tnt_block(plan, nn_name(plan, "%s.block%d", name, i), &inner, &outer, &inner_block, &outer_block);
    return nn_slice(plan, outer, 1, patches);
}

static const nn_option options[] = {
    {"len", 0, NN_INT, offsetof(tnt, length), "8", "N", 1, 65536, "rows of a patch"},
    {"c", 0, NN_INT, offsetof(tnt, inner), "8", "N", 1, 65536, "columns of a row within its patch"},
    {"n", 0, NN_INT, offsetof(tnt, blocks), "1", "N", 1, 16, "blocks of rows and patches in turn"},
    {0}};

const nn_tokenizer_kind nn_tokenizer_tnt = {
    {"tnt", "patches whose rows attend to each other first (TNT, arXiv 2103.00112)",
     "8c^2 + 2c len + cd + 8d^2/len", NN_PART_ORDER | NN_PART_FIXED, options, sizeof(tnt)},
    build,
    rows};
