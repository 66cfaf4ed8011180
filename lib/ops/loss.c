/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operation that adds a loss of prediction and target. */
#include "lib/plan_internal.h"

#include <string.h>

static void loss_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0];
    run->loss += run->loss_scale * op->as.loss.weight *
                 nn_loss_sum(x->data, op->in[1]->data, op->as.loss.kind, op->as.loss.parameter,
                             nn_rows(x, run), nn_width(x));
}

static void loss_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0];
    double scale = run->loss_scale * op->as.loss.weight;
    if (op->as.loss.kind == NN_CROSS_ENTROPY)
        nn_cross_entropy_backward(x->grad, x->data, op->in[1]->data, scale, nn_rows(x, run), nn_width(x));
    else
        nn_loss_backward(x->grad, x->data, op->in[1]->data, op->as.loss.kind, op->as.loss.parameter, scale,
                         nn_active(x, run) * nn_inner(x));
}

static const nn_op_kind loss_kind = {
    .name = "loss", .forward = loss_forward, .backward = loss_backward, .keeps_input = {true, true}};

void nn_loss(nn_plan *plan, nn_loss_kind kind, double parameter, nn_tensor *prediction, nn_tensor *target)
{
    nn_loss_weighted(plan, kind, parameter, 1, prediction, target);
}

void nn_loss_weighted(nn_plan *plan, nn_loss_kind kind, double parameter, double weight,
                      nn_tensor *prediction, nn_tensor *target)
{
    if (!nn_plan_ready(plan, "loss", 2, (nn_tensor *[]){prediction, target}))
        return;
    char a[64], b[64];
    if (prediction->rank != target->rank ||
        memcmp(prediction->shape, target->shape, (size_t)target->rank * sizeof *target->shape))
        nn_plan_fail(plan, "loss: prediction %s and target %s differ", nn_shape_text(prediction, a, sizeof a),
                     nn_shape_text(target, b, sizeof b));
    else if (nn_wants_grad(target))
        nn_plan_fail(plan, "loss: the target %s must not want a gradient",
                     nn_shape_text(target, b, sizeof b));
    else if ((kind == NN_HUBER && !(parameter > 0)) ||
             (kind == NN_PINBALL && !(parameter > 0 && parameter < 1)))
        nn_plan_fail(plan, "loss: the parameter %g is out of range", parameter);
    else
        nn_plan_record(
            plan,
            &(nn_op){.kind = &loss_kind, .in = {prediction, target}, .as.loss = {kind, parameter, weight}});
}
