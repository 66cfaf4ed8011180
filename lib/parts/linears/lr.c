/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each linear map of an encoder is made of two with fewer columns between them, where those have fewer
 * weights (Greenformers, Cahyawijaya 2021, arXiv 2109.06762). */
#include "lib/parts/block.h"

typedef struct lr {
    int rank;
} lr;

static int rank(const void *settings)
{
    return ((const lr *)settings)->rank;
}

static const nn_option options[] = {
    {"r", 0, NN_INT, offsetof(lr, rank), "32", "N", 1, 65536, "columns between the two maps"}, {0}};

const nn_linear_kind nn_linear_lr = {
    {"lr", "each linear map of a block is two, by way of r columns (Greenformers, arXiv 2109.06762)",
     "r (m + n)", 0, options, sizeof(lr)},
    rank};
