/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows of rows that overlap, each mapped to a token (PatchTST, Nie et al. 2023, arXiv 2211.14730). */
#include "lib/parts/tokens.h"

typedef struct patch {
    int length, stride;
} patch;

static void rows(const void *settings, int *length, int *stride)
{
    const patch *p = settings;
    *length = p->length;
    *stride = p->stride ? p->stride : (p->length + 1) / 2;
}

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x, int width)
{
    int length, stride;
    rows(settings, &length, &stride);
    return nn_linear(plan, name, nn_tokens_patches(plan, x, length, stride), width);
}

static const nn_option options[] = {
    {"len", 0, NN_INT, offsetof(patch, length), "16", "N", 1, 65536, "rows of a patch"},
    {"stride", 0, NN_INT, offsetof(patch, stride), "0", "N", 0, 65536,
     "rows from one patch to the next; 0: half a patch"},
    {0}};

const nn_tokenizer_kind nn_tokenizer_patch = {{"patch",
                                               "windows of rows that overlap (PatchTST, arXiv 2211.14730)",
                                               "dC len", NN_PART_ORDER, options, sizeof(patch)},
                                              build,
                                              rows};
