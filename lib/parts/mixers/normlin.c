/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens mixed by one learned matrix of weights that are not negative and come to 1 in each row, in the place
 * of attention's (NormLin, OLinear, arXiv 2505.08550, eq. 4): y = A v, A = softplus(W) with each row divided
 * by its sum, between the value and the output projections of attention. */
#include "lib/graph.h"
#include "lib/kernels/vector.h"
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <stdlib.h>

/* As vector.h has it of other functions. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((simd("notinbranch"))) float logf(float);
__attribute__((simd("notinbranch"))) double log(double);
#endif

/* ln(1 + e^w), of which neither end overflows; the loop is of vectors. Returns their sum. */
NN_CLONES static double softplus(nn_real *to, const nn_real *w, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        to[j] = (w[j] > 0 ? w[j] : 0) + NN_LOG(1 + NN_EXP(-NN_FABS(w[j])));
    for (size_t j = 0; j < n; j++)
        sum += (double)to[j];
    return sum;
}

/* One mask of weights for all samples, as published. */
static nn_mask mask_of(const nn_op *op, const nn_run *run)
{
    return nn_mask_make(nn_plan_training(op->plan) ? op->as.dropout.rate : 0, run->seed, run->step,
                        op->index);
}

/* weights (n,n): A; shares (n): one over its rows' sums. */
static void normalise(nn_real *weights, nn_real *shares, const nn_real *w, int n)
{
    for (size_t i = 0; i < (size_t)n; i++) {
        nn_real *row = weights + i * (size_t)n;
        const nn_real share = shares[i] = (nn_real)(1 / softplus(row, w + i * (size_t)n, (size_t)n));
        for (size_t j = 0; j < (size_t)n; j++)
            row[j] *= share;
    }
}

static void forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int n = x->shape[1], d = x->shape[2];
    const size_t cells = (size_t)n * (size_t)n, size = nn_inner(x);
    const nn_mask mask = mask_of(op, run);
    nn_real *weights = op->saved, *used = op->saved + cells;
    normalise(weights, used + cells, run->params + op->weight, n);
    nn_dropout_forward(used, weights, &mask, 0, (size_t)n, n);
    for (size_t b = 0; b < nn_active(x, run); b++)
        nn_gemm(false, false, n, d, n, used, n, x->data + b * size, d, 0, y->data + b * size, d);
}

/* dw += (dweights - dot) share slope of a row, the slope of the softplus being 1 / (1 + e^-w). */
NN_CLONES static void differentiate_row(nn_real *dw, const nn_real *dweights, const nn_real *w, nn_real dot,
                                        nn_real share, size_t n)
{
    for (size_t j = 0; j < n; j++)
        dw[j] += (dweights[j] - dot) * share / (1 + NN_EXP(-w[j]));
}

/* dw += of dweights (n,n), through the rows' sums and the softplus. */
static void differentiate(nn_real *dw, const nn_real *dweights, const nn_real *weights, const nn_real *shares,
                          const nn_real *w, int n)
{
    for (size_t i = 0; i < (size_t)n; i++) {
        const size_t row = i * (size_t)n;
        double dot = 0;
        for (size_t j = row; j < row + (size_t)n; j++)
            dot += (double)dweights[j] * (double)weights[j];
        differentiate_row(dw + row, dweights + row, w + row, (nn_real)dot, shares[i], (size_t)n);
    }
}

static void backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int n = x->shape[1], d = x->shape[2];
    const size_t cells = (size_t)n * (size_t)n, size = nn_inner(x);
    const nn_mask mask = mask_of(op, run);
    const nn_real *weights = op->saved, *used = op->saved + cells;
    nn_real *dweights = op->scratch_b;
    for (size_t b = 0; b < nn_active(x, run); b++) {
        const nn_real *dy = y->grad + b * size;
        if (nn_wants_grad(x))
            nn_gemm(true, false, n, d, n, used, n, dy, d, 1, x->grad + b * size, d);
        nn_gemm(false, true, n, n, d, dy, d, x->data + b * size, d, b > 0, dweights, n);
    }
    nn_dropout_forward(dweights, dweights, &mask, 0, (size_t)n, n);
    differentiate(run->grads + op->weight, dweights, weights, used + cells, run->params + op->weight, n);
}

static void spell(const nn_op *op, nn_graph *graph)
{
    const int n = op->in[0]->shape[1];
    const size_t cells = (size_t)n * (size_t)n;
    nn_real *weights = malloc((cells + (size_t)n) * sizeof *weights);
    if (weights)
        normalise(weights, weights + cells, graph->params->data + op->weight, n);
    nn_graph_is(graph, op->out[0], nn_graph_mix(graph, nn_graph_of(graph, op->in[0]), weights, n, n));
    free(weights);
}

static const nn_op_kind kind = {
    .name = "normlin mixer", .spell = spell, .forward = forward, .backward = backward, .keeps_input = {true}};

static nn_tensor *mix(nn_plan *plan, const char *name, const nn_block *block, nn_tensor *x)
{
    if (x->rank != 3 || x->ragged) {
        char text[64];
        nn_plan_fail(plan, "%s: normlin wants as many tokens in every sequence, not %s", name,
                     nn_shape_text(x, text, sizeof text));
        return NULL;
    }
    const int n = x->shape[1];
    const size_t cells = (size_t)n * (size_t)n;
    nn_op op = {.kind = &kind,
                .in = {x},
                .has_params = true,
                .parameters = cells,
                .saved_elements = 2 * cells + (size_t)n,
                .scratch_backward = cells,
                .macs = (double)nn_row_capacity(x) * n * nn_width(x),
                .as.dropout.rate = nn_block_inner_dropout(block)};
    const nn_param *w =
        nn_plan_param(plan, nn_name(plan, "%s.mixing.weight", name), NN_INIT_MIXING, 0, 2, (int[]){n, n});
    op.weight = w ? w->offset : 0;
    return nn_plan_record_map(plan, &op);
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    const char *value = block->names.value ? block->names.value : "attention.value";
    (void)settings;
    if (!x)
        return NULL;
    nn_tensor *v =
        nn_linear_with(plan, nn_name(plan, "%s.%s", name, value), x, nn_width(x),
                       (nn_linear_options){.no_bias = block->attention_no_bias, .as_keras = block->as_keras});
    return v ? nn_block_output(plan, name, block, x, memory, mix(plan, name, block, v)) : NULL;
}

const nn_mixer_kind nn_mixer_normlin = {
    {"normlin", "one learned matrix of weights in the place of attention's (OLinear, arXiv 2505.08550)",
     "2d^2 + Nd", NN_PART_FIXED, NULL, 0},
    .build = build};
