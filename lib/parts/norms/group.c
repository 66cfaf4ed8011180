/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PoolFormer's norm: mean and variance over all tokens and columns of a sequence, gain and bias of each
 * column (Wu & He 2018, one group; arXiv 2111.11418). */
#include "lib/graph.h"
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

#include <math.h>

typedef struct moments {
    double mean, scale; /* 1 / sqrt(variance + epsilon) */
} moments;

static moments moments_of(const nn_real *x, size_t n, double epsilon)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    const double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += ((double)x[i] - mean) * ((double)x[i] - mean);
    return (moments){mean, 1 / sqrt(squares / (double)n + epsilon)};
}

static void forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(x);
    const nn_real *gain = run->params + op->weight, *bias = run->params + op->bias;
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const size_t n = (size_t)nn_tokens(x, s, &first) * d, begin = first * d;
        const moments m = moments_of(x->data + begin, n, *(const double *)op->own);
        for (size_t i = 0; i < n; i++)
            y->data[begin + i] =
                (nn_real)(((double)x->data[begin + i] - m.mean) * m.scale) * gain[i % d] + bias[i % d];
    }
}

/* With z the normed values and g = gain dy: dx = scale (g - mean g - z mean(g z)). */
static void backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(x);
    const nn_real *gain = run->params + op->weight;
    nn_real *dgain = run->grads + op->weight, *dbias = run->grads + op->bias;
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const size_t n = (size_t)nn_tokens(x, s, &first) * d, begin = first * d;
        const moments m = moments_of(x->data + begin, n, *(const double *)op->own);
        double sum = 0, dot = 0;
        for (size_t i = 0; i < n; i++) {
            const double dy = (double)y->grad[begin + i], z = ((double)x->data[begin + i] - m.mean) * m.scale;
            dgain[i % d] += (nn_real)(dy * z);
            dbias[i % d] += (nn_real)dy;
            sum += dy * (double)gain[i % d];
            dot += dy * (double)gain[i % d] * z;
        }
        for (size_t i = 0; nn_wants_grad(x) && i < n; i++) {
            const double z = ((double)x->data[begin + i] - m.mean) * m.scale,
                         g = (double)y->grad[begin + i] * (double)gain[i % d];
            x->grad[begin + i] += (nn_real)(m.scale * (g - sum / (double)n - z * dot / (double)n));
        }
    }
}

/* Over tokens and columns. */
static int mean_of_all(nn_graph *graph, int x)
{
    return nn_graph_mean(graph, nn_graph_mean(graph, x, 2, true), 1, true);
}

static void spell(const nn_op *op, nn_graph *graph)
{
    const int x = nn_graph_of(graph, op->in[0]), d = nn_width(op->in[0]);
    const int from_mean = nn_graph_two(graph, "Sub", x, mean_of_all(graph, x));
    int y = mean_of_all(graph, nn_graph_two(graph, "Mul", from_mean, from_mean));
    y = nn_graph_two(graph, "Add", y, nn_graph_real(graph, *(const double *)op->own));
    y = nn_graph_two(graph, "Div", from_mean, nn_graph_one(graph, "Sqrt", y));
    y = nn_graph_two(graph, "Mul", y, nn_graph_param(graph, op->weight, 1, &d));
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "Add", y, nn_graph_param(graph, op->bias, 1, &d)));
}

static const nn_op_kind kind = {.name = "group norm",
                                .spell = spell,
                                .spells_ragged = true,
                                .forward = forward,
                                .backward = backward,
                                .keeps_input = {true}};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x)
{
    (void)settings;
    const double epsilon = block->norm_epsilon > 0 ? block->norm_epsilon : 1e-5;
    const int d = x->shape[x->rank - 1];
    const nn_param *gain = nn_plan_param(plan, nn_name(plan, "%s.weight", name), NN_INIT_ONE, 0, 1, &d);
    const size_t weight = gain ? gain->offset : 0;
    const nn_param *bias = nn_plan_param(plan, nn_name(plan, "%s.bias", name), NN_INIT_ZERO, 0, 1, &d);
    return nn_plan_record_map(plan, &(nn_op){.kind = &kind,
                                             .in = {x},
                                             .has_params = true,
                                             .weight = weight,
                                             .bias = bias ? bias->offset : 0,
                                             .has_bias = true,
                                             .parameters = 2 * (size_t)d,
                                             .own = nn_plan_own(plan, &epsilon, sizeof epsilon)});
}

const nn_norm_kind nn_norm_group = {
    {"group", "mean and variance of all of a sequence (Wu & He 2018, as in PoolFormer, arXiv 2111.11418)",
     "d", 0, NULL, 0},
    build};
