/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gated attention as in lucidrains' iTransformer: softmax attention on the tokens' layer norm, without
 * biases, each head's output times the sigmoid of a learned map of the token. */
#include "lib/graph.h"
#include "lib/parts/block.h"

#include "lib/kernels/vector.h"
#include "lib/plan_internal.h"

/* --- a gate for each head --- */

static nn_real sigmoid(nn_real x)
{
    return 1 / (1 + NN_EXP(-x));
}

static void gate_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *gates = op->in[1], *y = op->out[0];
    const size_t places = nn_rows(x, run) * (size_t)nn_width(gates),
                 w = (size_t)(nn_width(x) / nn_width(gates));
    for (size_t i = 0; i < places; i++) {
        const nn_real open = sigmoid(gates->data[i]);
        for (size_t c = i * w; c < (i + 1) * w; c++)
            y->data[c] = x->data[c] * open;
    }
}

static void gate_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *gates = op->in[1], *y = op->out[0];
    const size_t places = nn_rows(x, run) * (size_t)nn_width(gates),
                 w = (size_t)(nn_width(x) / nn_width(gates));
    for (size_t i = 0; i < places; i++) {
        const nn_real open = sigmoid(gates->data[i]);
        nn_real sum = 0;
        for (size_t c = i * w; c < (i + 1) * w; c++) {
            sum += y->grad[c] * x->data[c];
            x->grad[c] += y->grad[c] * open;
        }
        gates->grad[i] += sum * open * (1 - open);
    }
}

static void gate_spell(const nn_op *op, nn_graph *graph)
{
    const int heads = nn_width(op->in[1]), d = nn_width(op->in[0]);
    const int x = nn_graph_reshape(graph, nn_graph_of(graph, op->in[0]), 4, (int[]){0, 0, heads, d / heads}),
              gates = nn_graph_reshape(graph, nn_graph_of(graph, op->in[1]), 4, (int[]){0, 0, heads, 1});
    const int y = nn_graph_two(graph, "Mul", x, nn_graph_one(graph, "Sigmoid", gates));
    nn_graph_is(graph, op->out[0], nn_graph_reshape(graph, y, 3, (int[]){0, 0, d}));
}

static const nn_op_kind gate_kind = {.name = "gate",
                                     .spell = gate_spell,
                                     .spells_ragged = true,
                                     .forward = gate_forward,
                                     .backward = gate_backward,
                                     .keeps_input = {true, true}};

/* --- the mixer --- */

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    nn_projected p;
    (void)memory;
    nn_block plain = *block;
    plain.attention_no_bias = true;
    nn_tensor *z = nn_layer_norm(plan, NULL, x, block->norm_epsilon > 0 ? block->norm_epsilon : 1e-5);
    z = nn_gain(plan, nn_name(plan, "%s.mixer.norm.weight", name), z, true, 1);
    if (!nn_block_project(plan, name, &plain, settings, z, NULL, &p))
        return NULL;
    nn_tensor *y = nn_block_attend(plan, block, &p);
    nn_tensor *gates = nn_linear_with(plan, nn_name(plan, "%s.mixer.gate", name), z, p.heads,
                                      (nn_linear_options){.no_bias = true});
    if (!nn_plan_ready(plan, "gate", 2, (nn_tensor *[]){y, gates}))
        return NULL;
    y = nn_plan_record_map(plan, &(nn_op){.kind = &gate_kind, .in = {y, gates}});
    return nn_block_output(plan, name, &plain, x, NULL, y);
}

static const nn_option options[] = {NN_HEADS_OPTIONS, {0}};

const nn_mixer_kind nn_mixer_gated = {
    {"gated", "softmax attention behind a norm, with a sigmoid gate for each head (lucidrains/iTransformer)",
     "4d^2 + 2Nd + hd", NN_PART_CAUSAL | NN_PART_MAP | NN_PART_BIAS | NN_PART_QUERIES, options,
     sizeof(nn_heads)},
    .build = build};
