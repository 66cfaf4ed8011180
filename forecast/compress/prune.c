/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which sub-layers, heads and hidden units a network does better without. */
#include "forecast/compress/prune.h"

#include <stdlib.h>

void fc_layer_cut_clear(fc_layer_cut *layer)
{
    free(layer->head_weight);
    free(layer->group_weight);
    free(layer->head_gone);
    free(layer->group_gone);
    *layer = (fc_layer_cut){0};
}

void fc_prune_order(int *order, const double *weight, int count)
{
    for (int i = 0; i < count; i++) {
        int at = i;
        for (; at > 0 && weight[order[at - 1]] > weight[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

typedef struct greedy {
    const fc_pruning *p;
    double least, now; /* losses */
} greedy;

static void mark(fc_layer_cut *l, fc_removal r, bool gone)
{
    switch (r.kind) {
    case FC_CUT_MIXER:
        l->mixer_gone = gone;
        break;
    case FC_CUT_FFN:
        l->ffn_gone = gone;
        break;
    case FC_CUT_HEAD:
        l->head_gone[r.index] = gone;
        break;
    case FC_CUT_GROUP:
        l->group_gone[r.index] = gone;
        break;
    }
}

static int try_one(greedy *g, fc_removal r, nn_error *error)
{
    fc_layer_cut *layer = &g->p->layers[r.layer];
    mark(layer, r, true);
    const int code = g->p->loss(g->p->context, g->p->layers, &r.loss, error);
    r.kept = !code && r.loss <= g->least * (1 + g->p->tolerance);
    if (!r.kept)
        mark(layer, r, false);
    else
        g->now = r.loss;
    if (r.kept && r.loss < g->least)
        g->least = r.loss;
    if (!code && g->p->tried)
        g->p->tried(g->p->context, &r);
    return code;
}

static int try_all(greedy *g, int layer, fc_removal_kind kind, int count, const double *weight,
                   nn_error *error)
{
    const uint8_t *gone =
        kind == FC_CUT_HEAD ? g->p->layers[layer].head_gone : g->p->layers[layer].group_gone;
    int *order = malloc(((size_t)count + 1) * sizeof *order), left = count;
    int code = order ? NN_OK : nn_no_memory(error);
    if (order)
        fc_prune_order(order, weight, count);
    for (int i = 0; i < count && left > 1 && !code; i++) {
        code = try_one(g, (fc_removal){.kind = kind, .layer = layer, .index = order[i]}, error);
        left -= gone[order[i]];
    }
    free(order);
    return code;
}

int fc_prune(const fc_pruning *p, double *loss, nn_error *error)
{
    greedy g = {.p = p};
    int code = p->loss(p->context, p->layers, &g.now, error);
    loss[0] = g.least = g.now;
    for (int i = 0; i < p->count && !code; i++) {
        if (p->layers[i].mixes)
            code = try_one(&g, (fc_removal){.kind = FC_CUT_MIXER, .layer = i}, error);
        if (!code && p->layers[i].feeds)
            code = try_one(&g, (fc_removal){.kind = FC_CUT_FFN, .layer = i}, error);
    }
    for (int i = 0; i < p->count && !code; i++)
        if (!p->layers[i].mixer_gone)
            code = try_all(&g, i, FC_CUT_HEAD, p->layers[i].heads, p->layers[i].head_weight, error);
    for (int i = 0; i < p->count && !code; i++)
        if (!p->layers[i].ffn_gone)
            code = try_all(&g, i, FC_CUT_GROUP, p->layers[i].groups, p->layers[i].group_weight, error);
    loss[1] = g.now;
    return code;
}
