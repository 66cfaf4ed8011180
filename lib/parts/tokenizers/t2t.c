/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows that overlap and attend to each other, then windows of those (T2T-ViT, Yuan et al. 2021, arXiv
 * 2101.11986, section 3.1). */
#include "lib/parts/tokens.h"

typedef struct t2t {
    int kernel, stride, merged, features;
} t2t;

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x, int width)
{
    const t2t *t = settings;
    return nn_tokens_t2t(plan, name, x,
                         (nn_t2t_options){.first = {t->kernel, t->stride, t->kernel / 2},
                                          .second = {3, 2, 1},
                                          .merged = t->merged,
                                          .width = width,
                                          .features = t->features,
                                          .epsilon = 1e-5});
}

static const nn_option options[] = {
    {"k", 0, NN_INT, offsetof(t2t, kernel), "7", "N", 1, 1025, "rows of the first windows"},
    {"s", 0, NN_INT, offsetof(t2t, stride), "2", "N", 1, 1024, "rows from one of them to the next"},
    {"m", 0, NN_INT, offsetof(t2t, merged), "32", "N", 1, 65536, "columns of their attention"},
    {"phi", 0, NN_INT, offsetof(t2t, features), "0", "N", 0, 4096,
     "random features in the place of attention's softmax (Performer); 0: softmax"},
    {0}};

const nn_tokenizer_kind nn_tokenizer_t2t = {
    {"t2t", "windows that attend to each other, and windows of those (T2T-ViT, arXiv 2101.11986)",
     "4kmC + 2Nm + 3dm", NN_PART_ORDER, options, sizeof(t2t)},
    build,
    NULL};
