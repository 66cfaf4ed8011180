/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Activations, dropout, residual connections. */
#include "lib/graph.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <string.h>

static nn_tensor *like(nn_plan *plan, const nn_tensor *x)
{
    return nn_plan_tensor(plan, x->rank, x->shape, x->ragged);
}

static bool rate_fits(nn_plan *plan, const char *operation, double rate)
{
    if (!(rate >= 0 && rate < 1))
        nn_plan_fail(plan, "%s: the dropout rate %g is not in [0, 1)", operation, rate);
    return rate >= 0 && rate < 1;
}

static nn_mask mask_of(const nn_op *op, const nn_run *run, double rate)
{
    return nn_mask_make(nn_plan_training(op->plan) ? rate : 0, run->seed, run->step, op->index);
}

static void activation_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const nn_mask mask = mask_of(op, run, op->as.activation.rate);
    const size_t width = (size_t)nn_width(x);
    for (nn_stretch s = {0}; nn_next_stretch(x, run, &s);)
        nn_activation_forward(y->data + s.row * width, x->data + s.row * width, op->as.activation.kind, &mask,
                              s.number, s.rows, nn_width(x));
}

static void activation_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const nn_mask mask = mask_of(op, run, op->as.activation.rate);
    const size_t width = (size_t)nn_width(x);
    for (nn_stretch s = {0}; nn_next_stretch(x, run, &s);)
        nn_activation_backward(x->grad + s.row * width, y->grad + s.row * width,
                               (op->as.activation.kind == NN_RELU ? y : x)->data + s.row * width,
                               op->as.activation.kind, &mask, s.number, s.rows, nn_width(x),
                               op->accumulate[0]);
}

/* GELU: x (1 + erf(x / sqrt 2)) / 2 */
static void activation_spell(const nn_op *op, nn_graph *graph)
{
    const int x = nn_graph_of(graph, op->in[0]);
    if (op->as.activation.kind == NN_RELU) {
        nn_graph_is(graph, op->out[0], nn_graph_one(graph, "Relu", x));
        return;
    }
    int y = nn_graph_one(graph, "Erf", nn_graph_two(graph, "Mul", x, nn_graph_real(graph, M_SQRT1_2)));
    y = nn_graph_two(graph, "Add", y, nn_graph_real(graph, 1));
    y = nn_graph_two(graph, "Mul", nn_graph_two(graph, "Mul", x, nn_graph_real(graph, 0.5)), y);
    nn_graph_is(graph, op->out[0], y);
}

static const nn_op_kind activation_kind = {.name = "activation",
                                           .spell = activation_spell,
                                           .spells_ragged = true,
                                           .forward = activation_forward,
                                           .backward = activation_backward,
                                           .divides = true,
                                           .keeps_input = {true},
                                           .sets_gradient = true,
                                           .replaces_gradient = true};

/* Whose output tells where its input was above 0. */
static const nn_op_kind relu_kind = {.name = "activation",
                                     .spell = activation_spell,
                                     .spells_ragged = true,
                                     .forward = activation_forward,
                                     .backward = activation_backward,
                                     .divides = true,
                                     .keeps_output = {true},
                                     .sets_gradient = true,
                                     .replaces_gradient = true,
                                     .replaces_input = true};

nn_tensor *nn_activation(nn_plan *plan, nn_tensor *x, nn_activation_kind kind, double dropout)
{
    if (!nn_plan_ready(plan, "activation", 1, &x) || !rate_fits(plan, "activation", dropout))
        return NULL;
    nn_op op = {
        .kind = kind == NN_RELU ? &relu_kind : &activation_kind, .in = {x}, .as.activation = {kind, dropout}};
    op.out[0] = like(plan, x);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

static void dropout_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0];
    const nn_mask mask = mask_of(op, run, op->as.dropout.rate);
    const size_t width = (size_t)nn_width(x);
    for (nn_stretch s = {0}; nn_next_stretch(x, run, &s);)
        nn_dropout_forward(op->out[0]->data + s.row * width, x->data + s.row * width, &mask, s.number, s.rows,
                           nn_width(x));
}

static void dropout_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0];
    const nn_mask mask = mask_of(op, run, op->as.dropout.rate);
    const size_t width = (size_t)nn_width(x);
    for (nn_stretch s = {0}; nn_next_stretch(x, run, &s);)
        nn_dropout_backward(x->grad + s.row * width, op->out[0]->grad + s.row * width, &mask, s.number,
                            s.rows, nn_width(x), op->accumulate[0]);
}

static const nn_op_kind dropout_kind = {.name = "dropout",
                                        .forward = dropout_forward,
                                        .backward = dropout_backward,
                                        .sets_gradient = true,
                                        .replaces_gradient = true,
                                        .replaces_input = true};

nn_tensor *nn_dropout(nn_plan *plan, nn_tensor *x, double rate)
{
    if (!nn_plan_ready(plan, "dropout", 1, &x) || !rate_fits(plan, "dropout", rate))
        return NULL;
    if (rate == 0 || !nn_plan_training(plan))
        return x;
    nn_op op = {.kind = &dropout_kind, .in = {x}, .as.dropout = {rate}};
    op.out[0] = like(plan, x);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

static void residual_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *branch = op->in[1], *y = op->out[0];
    const nn_mask mask = mask_of(op, run, op->as.dropout.rate);
    const size_t width = (size_t)nn_width(x);
    for (nn_stretch s = {0}; nn_next_stretch(x, run, &s);)
        nn_residual_forward(y->data + s.row * width, x->data + s.row * width, branch->data + s.row * width,
                            &mask, s.number, s.rows, nn_width(x));
}

static void residual_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *branch = op->in[1], *y = op->out[0];
    const nn_mask mask = mask_of(op, run, op->as.dropout.rate);
    const size_t width = (size_t)nn_width(x);
    if (nn_wants_grad(x) && !op->shared_gradient)
        nn_add_columns(x->grad, width, y->grad, width, width, nn_rows(x, run), op->accumulate[0]);
    if (nn_wants_grad(branch))
        for (nn_stretch s = {0}; nn_next_stretch(x, run, &s);)
            nn_dropout_backward(branch->grad + s.row * width, y->grad + s.row * width, &mask, s.number,
                                s.rows, nn_width(x), op->accumulate[1]);
}

static void residual_spell(const nn_op *op, nn_graph *graph)
{
    nn_graph_is(graph, op->out[0],
                nn_graph_two(graph, "Add", nn_graph_of(graph, op->in[0]), nn_graph_of(graph, op->in[1])));
}

static const nn_op_kind residual_kind = {.name = "residual",
                                         .spell = residual_spell,
                                         .spells_ragged = true,
                                         .forward = residual_forward,
                                         .backward = residual_backward,
                                         .divides = true,
                                         .sets_gradient = true,
                                         .passes_gradient = true};

nn_tensor *nn_residual(nn_plan *plan, nn_tensor *x, nn_tensor *branch, double dropout)
{
    if (!nn_plan_ready(plan, "residual", 2, (nn_tensor *[]){x, branch}) ||
        !rate_fits(plan, "residual", dropout))
        return NULL;
    if (x->rank != branch->rank || x->ragged != branch->ragged ||
        memcmp(x->shape, branch->shape, (size_t)x->rank * sizeof *x->shape)) {
        char a[64], b[64];
        nn_plan_fail(plan, "residual: %s and %s differ", nn_shape_text(x, a, sizeof a),
                     nn_shape_text(branch, b, sizeof b));
        return NULL;
    }
    nn_op op = {
        .kind = &residual_kind, .in = {x, branch}, .as.dropout = {dropout}, .plain_sum = dropout == 0};
    op.out[0] = like(plan, x);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
