/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixing among the sequences of a group, place by place, and a feed-forward beside a linear map. */
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

/* The tokens of a place become a sequence: (B*m,T,.) -> (B*T,m,.). A group of one stays as it is but for its
 * shape. */
static nn_tensor *turn(nn_plan *plan, nn_tensor *x, int groups)
{
    if (!x || x->shape[0] > groups)
        return nn_regroup(plan, x);
    return nn_reshape(plan, x, 3, (int[]){groups * x->shape[1], 1, x->shape[2]});
}

nn_tensor *nn_block_mix_across(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x,
                               nn_tensor *seen)
{
    nn_block places = *block;
    const int groups = nn_plan_batch(plan);
    if (!x || x->ragged || x->rank != 3) {
        nn_plan_fail(plan, "%s: there are no groups of sequences of one length", name);
        return NULL;
    }
    const int sequences = x->shape[0], tokens = x->shape[1], d = x->shape[2];
    places.seen = seen && sequences > groups ? turn(plan, seen, groups) : NULL;
    nn_tensor *y = nn_block_mix_pre(plan, name, &places, turn(plan, x, groups), NULL);
    if (!y || sequences > groups)
        return nn_regroup(plan, y);
    return nn_reshape(plan, y, 3, (int[]){groups, tokens, d});
}

nn_tensor *nn_residual_mlp(nn_plan *plan, const char *name, nn_tensor *x, int hidden, int out,
                           nn_activation_kind activation, double dropout)
{
    nn_tensor *h = nn_activation(plan, nn_linear(plan, nn_name(plan, "%s.hidden_layer", name), x, hidden),
                                 activation, 0);
    h = nn_linear(plan, nn_name(plan, "%s.output_layer", name), h, out);
    return nn_residual(plan, nn_linear(plan, nn_name(plan, "%s.residual_layer", name), x, out), h, dropout);
}
