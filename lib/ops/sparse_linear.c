/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear maps whose weights are dense times sparse, trained straight through (DSFormer, arXiv 2312.13211):
 * each block of rows of W is D S, where a column of S keeps the largest numbers of a dense proxy's. */
#include "lib/graph.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void nn_keep_largest(int *index, const double *column, size_t stride, int count, int kept)
{
    int found = 0;
    for (int r = 0; r < count; r++) { /* in the order of their sizes */
        int at = found < kept ? found++ : kept;
        for (; at > 0 && fabs(column[(size_t)index[at - 1] * stride]) < fabs(column[(size_t)r * stride]);
             at--)
            if (at < kept)
                index[at] = index[at - 1];
        if (at < kept)
            index[at] = r;
    }
    for (int i = 1; i < kept; i++) /* in that of their places */
        for (int k = i; k > 0 && index[k - 1] > index[k]; k--) {
            const int moved = index[k];
            index[k] = index[k - 1];
            index[k - 1] = moved;
        }
}

/* --- the operation --- */

typedef struct sparse_map {
    int blocks, rows, rank, kept; /* rows: of a block */
    size_t proxy;                 /* its place among the parameters, where weight is that of D */
} sparse_map;

/* S (blocks,rank,in) of the proxy. */
static void keep(const sparse_map *m, nn_real *sparse, const nn_real *proxy, int in)
{
    double column[NN_MOST_BASIS];
    int index[NN_MOST_BASIS];
    const size_t block = (size_t)m->rank * (size_t)in;
    memset(sparse, 0, (size_t)m->blocks * block * sizeof *sparse);
    for (size_t b = 0; b < (size_t)m->blocks; b++)
        for (int i = 0; i < in; i++) {
            const size_t at = b * block + (size_t)i;
            for (int r = 0; r < m->rank; r++)
                column[r] = (double)proxy[at + (size_t)r * (size_t)in];
            nn_keep_largest(index, column, 1, m->rank, m->kept);
            for (int k = 0; k < m->kept; k++) {
                const size_t place = at + (size_t)index[k] * (size_t)in;
                sparse[place] = proxy[place];
            }
        }
}

/* W (out,in), with S behind it. */
static void multiply(nn_real *w, const sparse_map *m, const nn_real *dense, const nn_real *proxy, int in,
                     int out)
{
    nn_real *sparse = w + (size_t)out * (size_t)in;
    keep(m, sparse, proxy, in);
    for (size_t b = 0; b < (size_t)m->blocks; b++)
        nn_gemm(false, false, m->rows, in, m->rank, dense + b * (size_t)(m->rows * m->rank), m->rank,
                sparse + b * (size_t)m->rank * (size_t)in, in, 0, w + b * (size_t)m->rows * (size_t)in, in);
}

/* saved: W (out,in), then S. */
static void forward(const nn_op *op, nn_run *run)
{
    const sparse_map *m = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int in = nn_width(x), out = nn_width(y);
    nn_real *w = op->saved;
    multiply(w, m, run->params + op->weight, run->params + m->proxy, in, out);
    nn_linear_forward(false, y->data, x->data, w, op->has_bias ? run->params + op->bias : NULL, 0,
                      nn_rows(x, run), in, out);
}

/* dW = dy' x; dD = dW S'; the proxy's is D' dW, where S is zero too. */
static void backward(const nn_op *op, nn_run *run)
{
    const sparse_map *m = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int in = nn_width(x), out = nn_width(y);
    const size_t size = (size_t)out * (size_t)in;
    const nn_real *w = op->saved, *sparse = w + size;
    nn_real *dw = op->scratch_b;
    memset(dw, 0, size * sizeof *dw);
    nn_linear_backward(nn_wants_grad(x) ? x->grad : NULL, dw, op->has_bias ? run->grads + op->bias : NULL,
                       y->grad, x->data, w, nn_rows(x, run), in, out, op->accumulate[0]);
    for (size_t b = 0; b < (size_t)m->blocks; b++) {
        const size_t dense = op->weight + b * (size_t)(m->rows * m->rank),
                     block = b * (size_t)m->rank * (size_t)in;
        const nn_real *rows = dw + b * (size_t)m->rows * (size_t)in;
        nn_gemm(false, true, m->rows, m->rank, in, rows, in, sparse + block, in, 1, run->grads + dense,
                m->rank);
        nn_gemm(true, false, m->rank, in, m->rows, run->params + dense, m->rank, rows, in, 1,
                run->grads + m->proxy + block, in);
    }
}

static void spell(const nn_op *op, nn_graph *graph)
{
    const sparse_map *m = op->own;
    const int in = nn_width(op->in[0]), out = nn_width(op->out[0]);
    const nn_real *params = graph->params->data;
    nn_real *w = malloc(((size_t)out + (size_t)(m->blocks * m->rank)) * (size_t)in * sizeof *w);
    if (!w) {
        nn_graph_no_memory(graph);
        return;
    }
    multiply(w, m, params + op->weight, params + m->proxy, in, out);
    int y = nn_graph_transpose(graph, nn_graph_reals(graph, w, 2, (int[]){out, in}), 2, (int[]){1, 0});
    y = nn_graph_two(graph, "MatMul", nn_graph_of(graph, op->in[0]), y);
    if (op->has_bias)
        y = nn_graph_two(graph, "Add", y, nn_graph_param(graph, op->bias, 1, &out));
    nn_graph_is(graph, op->out[0], y);
    free(w);
}

static const nn_op_kind kind = {.name = "dense times sparse",
                                .spell = spell,
                                .forward = forward,
                                .backward = backward,
                                .keeps_input = {true},
                                .sets_gradient = true};

/* --- building --- */

static bool want_params(nn_plan *plan, const char *name, nn_op *op, sparse_map *m, int in, int out, bool bias)
{
    const int dense[] = {m->blocks, m->rows, m->rank}, proxy[] = {m->blocks, m->rank, in};
    const nn_param *p =
        nn_plan_param(plan, nn_name(plan, "%s.dense", name), NN_INIT_UNIFORM, 1 / sqrt(m->kept), 3, dense);
    if (!p)
        return false;
    op->weight = p->offset;
    p = nn_plan_param(plan, nn_name(plan, "%s.proxy", name), NN_INIT_UNIFORM, 1 / sqrt(in), 3, proxy);
    if (!p)
        return false;
    m->proxy = p->offset;
    op->parameters =
        (size_t)m->rank * ((size_t)out + (size_t)m->blocks * (size_t)in) + (bias ? (size_t)out : 0);
    op->has_params = true;
    op->has_bias = bias;
    p = bias ? nn_plan_param(plan, nn_name(plan, "%s.bias", name), NN_INIT_UNIFORM, 1 / sqrt(in), 1, &out)
             : p;
    op->bias = p ? p->offset : 0;
    return p;
}

nn_tensor *nn_linear_sparse(nn_plan *plan, const char *name, nn_tensor *x, int out, nn_factor sizes,
                            bool no_bias)
{
    if (!nn_plan_ready(plan, "dense times sparse", 1, &x))
        return NULL;
    if (sizes.blocks < 1 || out % sizes.blocks || sizes.rank < 1 || sizes.rank > NN_MOST_BASIS ||
        sizes.kept < 1 || sizes.kept > sizes.rank) {
        nn_plan_fail(plan, "dense times sparse %s: %d numbers of %d, in %d blocks of %d rows", name,
                     sizes.kept, sizes.rank, sizes.blocks, out);
        return NULL;
    }
    const int in = nn_width(x);
    sparse_map m = {
        .blocks = sizes.blocks, .rows = out / sizes.blocks, .rank = sizes.rank, .kept = sizes.kept};
    nn_op op = {.kind = &kind, .in = {x}};
    if (!want_params(plan, name, &op, &m, in, out, !no_bias))
        return NULL;
    int shape[NN_MAX_RANK];
    memcpy(shape, x->shape, sizeof shape);
    shape[x->rank - 1] = out;
    op.own = nn_plan_own(plan, &m, sizeof m);
    op.out[0] = nn_plan_tensor(plan, x->rank, shape, x->ragged);
    op.saved_elements = (size_t)out * (size_t)in + (size_t)m.blocks * (size_t)m.rank * (size_t)in;
    op.scratch_backward = (size_t)out * (size_t)in;
    op.macs = (double)in * out * ((double)nn_row_capacity(x) + m.rank);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
