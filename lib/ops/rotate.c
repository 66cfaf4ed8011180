/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows in another basis, which is not learnt with the weights. */
#include "lib/graph.h"
#include "lib/plan_internal.h"

/* y (rows,n) = x Q', or x Q the other way. */
static void rotate(nn_real *y, const nn_real *x, const nn_real *q, size_t rows, int n, bool back,
                   nn_real beta)
{
    nn_gemm(false, !back, (int)rows, n, n, x, n, q, n, beta, y, n);
}

static void forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    rotate(y->data, x->data, run->params + op->weight, nn_rows(x, run), nn_width(x), op->as.rotate.back, 0);
}

static void backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    rotate(x->grad, y->grad, run->params + op->weight, nn_rows(x, run), nn_width(x), !op->as.rotate.back, 1);
}

static void spell(const nn_op *op, nn_graph *graph)
{
    const int n = nn_width(op->in[0]);
    int q = nn_graph_param(graph, op->weight, 2, (int[]){n, n});
    if (!op->as.rotate.back)
        q = nn_graph_transpose(graph, q, 2, (int[]){1, 0});
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "MatMul", nn_graph_of(graph, op->in[0]), q));
}

static const nn_op_kind kind = {.name = "rotate", .spell = spell, .forward = forward, .backward = backward};

nn_tensor *nn_rotate(nn_plan *plan, const char *name, nn_tensor *x, bool back)
{
    if (!nn_plan_ready(plan, "rotate", 1, &x))
        return NULL;
    const int n = nn_width(x);
    nn_op op = {.kind = &kind, .in = {x}, .macs = (double)nn_row_capacity(x) * n * n};
    op.as.rotate.back = back;
    const nn_param *q =
        nn_plan_param(plan, nn_name(plan, "%s.weight", name), NN_INIT_ORTHOGONAL, 1, 2, (int[]){n, n});
    op.weight = q ? q->offset : 0;
    return nn_plan_record_map(plan, &op);
}
