/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of tensors, and with learned or fixed gains. */
#include "lib/graph.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <string.h>

/* --- of two tensors --- */

static size_t elements_of(const nn_tensor *x, const nn_run *run)
{
    return nn_rows(x, run) * (size_t)nn_width(x);
}

static void multiply_forward(const nn_op *op, nn_run *run)
{
    const nn_real *restrict a = op->in[0]->data, *restrict b = op->in[1]->data;
    nn_real *restrict y = op->out[0]->data;
    const size_t n = elements_of(op->in[0], run);
    for (size_t i = 0; i < n; i++)
        y[i] = a[i] * b[i];
}

static void multiply_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *a = op->in[0], *b = op->in[1];
    const nn_real *restrict dy = op->out[0]->grad;
    const size_t n = elements_of(a, run);
    for (size_t i = 0; nn_wants_grad(a) && i < n; i++)
        a->grad[i] += dy[i] * b->data[i];
    for (size_t i = 0; nn_wants_grad(b) && i < n; i++)
        b->grad[i] += dy[i] * a->data[i];
}

static void multiply_spell(const nn_op *op, nn_graph *graph)
{
    nn_graph_is(graph, op->out[0],
                nn_graph_two(graph, "Mul", nn_graph_of(graph, op->in[0]), nn_graph_of(graph, op->in[1])));
}

static const nn_op_kind multiply_kind = {.name = "multiply",
                                         .spell = multiply_spell,
                                         .spells_ragged = true,
                                         .forward = multiply_forward,
                                         .backward = multiply_backward,
                                         .keeps_input = {true, true}};

nn_tensor *nn_multiply(nn_plan *plan, nn_tensor *a, nn_tensor *b)
{
    if (!nn_plan_ready(plan, "multiply", 2, (nn_tensor *[]){a, b}))
        return NULL;
    if (a->rank != b->rank || memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) != 0) {
        char one[64], other[64];
        nn_plan_fail(plan, "multiply: %s and %s differ", nn_shape_text(a, one, sizeof one),
                     nn_shape_text(b, other, sizeof other));
        return NULL;
    }
    return nn_plan_record_map(plan, &(nn_op){.kind = &multiply_kind, .in = {a, b}});
}

/* --- with a number --- */

static void scale_forward(const nn_op *op, nn_run *run)
{
    const nn_real factor = (nn_real)(*(const double *)op->own), *restrict x = op->in[0]->data;
    nn_real *restrict y = op->out[0]->data;
    const size_t n = elements_of(op->in[0], run);
    for (size_t i = 0; i < n; i++)
        y[i] = factor * x[i];
}

static void scale_backward(const nn_op *op, nn_run *run)
{
    const nn_real factor = (nn_real)(*(const double *)op->own), *restrict dy = op->out[0]->grad;
    nn_real *restrict dx = op->in[0]->grad;
    const size_t n = elements_of(op->in[0], run);
    for (size_t i = 0; i < n; i++)
        dx[i] += factor * dy[i];
}

static void scale_spell(const nn_op *op, nn_graph *graph)
{
    const int factor = nn_graph_real(graph, *(const double *)op->own);
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "Mul", nn_graph_of(graph, op->in[0]), factor));
}

static const nn_op_kind scale_kind = {.name = "times",
                                      .spell = scale_spell,
                                      .spells_ragged = true,
                                      .forward = scale_forward,
                                      .backward = scale_backward};

nn_tensor *nn_times(nn_plan *plan, nn_tensor *x, double factor)
{
    return nn_plan_record_map(
        plan, &(nn_op){.kind = &scale_kind, .in = {x}, .own = nn_plan_own(plan, &factor, sizeof factor)});
}

/* --- with a learned gain --- */

/* Columns of the gain: all of x, or one for all of them. */
static size_t gains(const nn_op *op)
{
    return op->parameters;
}

static void gain_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const nn_real *gain = run->params + op->weight;
    const size_t rows = nn_rows(x, run), d = (size_t)nn_width(x), step = gains(op) > 1;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < d; c++)
            y->data[r * d + c] = gain[c * step] * x->data[r * d + c];
}

static void gain_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const nn_real *gain = run->params + op->weight;
    nn_real *dgain = run->grads + op->weight;
    const size_t rows = nn_rows(x, run), d = (size_t)nn_width(x), step = gains(op) > 1;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < d; c++) {
            const size_t i = r * d + c;
            dgain[c * step] += y->grad[i] * x->data[i];
            if (nn_wants_grad(x))
                x->grad[i] += gain[c * step] * y->grad[i];
        }
}

static void gain_spell(const nn_op *op, nn_graph *graph)
{
    const int count = (int)gains(op), gain = nn_graph_param(graph, op->weight, 1, &count);
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "Mul", nn_graph_of(graph, op->in[0]), gain));
}

static const nn_op_kind gain_kind = {.name = "gain",
                                     .spell = gain_spell,
                                     .spells_ragged = true,
                                     .forward = gain_forward,
                                     .backward = gain_backward,
                                     .keeps_input = {true}};

nn_tensor *nn_gain(nn_plan *plan, const char *name, nn_tensor *x, bool each, double first)
{
    if (!nn_plan_ready(plan, "gain", 1, &x))
        return NULL;
    const int count = each ? nn_width(x) : 1;
    const nn_param *param = nn_plan_param(plan, name, NN_INIT_VALUE, first, 1, &count);
    return nn_plan_record_map(plan, &(nn_op){.kind = &gain_kind,
                                             .in = {x},
                                             .has_params = true,
                                             .weight = param ? param->offset : 0,
                                             .parameters = (size_t)count});
}
