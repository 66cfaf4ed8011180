/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Activator's gated unit: y = project(LN(gelu(hidden x)) * LN(value x)), one norm for both (Activator, 2024).
 */
#include "lib/parts/ffns/gated_unit.h"

static nn_tensor *norm(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x)
{
    return nn_layer_norm(plan, nn_name(plan, "%s.gate.norm", name), x,
                         block->norm_epsilon > 0 ? block->norm_epsilon : 1e-5);
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x)
{
    const int hidden = nn_gated_hidden(block, settings);
    nn_tensor *h = nn_linear(plan, nn_name(plan, "%s.gate.hidden", name), x, hidden),
              *value = nn_linear(plan, nn_name(plan, "%s.gate.value", name), x, hidden);
    h = norm(plan, name, block, nn_activation(plan, h, NN_GELU, 0));
    h = nn_multiply(plan, h, norm(plan, name, block, value));
    h = nn_dropout(plan, h, nn_block_inner_dropout(block));
    return nn_linear(plan, nn_name(plan, "%s.gate.project", name), h, x->shape[x->rank - 1]);
}

static const nn_option options[] = {{"hidden", 0, NN_INT, offsetof(nn_gated_unit, hidden), "0", "N", 0,
                                     262144,
                                     "hidden units; 0: two thirds of the model's, to a multiple of 8"},
                                    {0}};

const nn_ffn_kind nn_ffn_activator = {{"activator",
                                       "normed gelu times normed value, one norm for both (Activator 2024)",
                                       "3dF", 0, options, sizeof(nn_gated_unit)},
                                      build};
