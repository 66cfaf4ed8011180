/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which sub-layers, heads and hidden units a network does better without (AxFormer, arXiv 2010.03688): they
 * are left out one after another, coarse before fine and those of little weight first, and what does not
 * raise the validation loss stays out. */
#ifndef FC_PRUNE_H
#define FC_PRUNE_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What there is of a layer, and what of it is left out. */
typedef struct fc_layer_cut {
    bool mixes, feeds;                  /* it has such a sub-layer */
    int heads, groups;                  /* of hidden units; 0: they do not go one by one */
    double *head_weight, *group_weight; /* how much they matter; owned */
    bool mixer_gone, ffn_gone;
    uint8_t *head_gone, *group_gone; /* owned */
} fc_layer_cut;
void fc_layer_cut_clear(fc_layer_cut *layer);

typedef enum fc_removal_kind { FC_CUT_MIXER, FC_CUT_FFN, FC_CUT_HEAD, FC_CUT_GROUP } fc_removal_kind;
typedef struct fc_removal {
    fc_removal_kind kind;
    int layer, index; /* of a head or a group; 0 */
    double loss;      /* without it */
    bool kept;        /* it stays out */
} fc_removal;

typedef struct fc_pruning {
    fc_layer_cut *layers;
    int count;
    double tolerance; /* a removal stays where the loss is at most 1 + tolerance times the least so far */
    /* The loss without what is gone. */
    int (*loss)(void *context, const fc_layer_cut *layers, double *loss, nn_error *error);
    void (*tried)(void *context, const fc_removal *removal); /* NULL: nobody listens */
    void *context;
} fc_pruning;

/* Marks in the layers what stays out; *loss: before, then after. A sub-layer's last head and last group are
 * never tried. */
int fc_prune(const fc_pruning *pruning, double *loss, nn_error *error);

/* The indices of `count` weights, the least first, of equal ones the first. */
void fc_prune_order(int *order, const double *weight, int count);

#endif
