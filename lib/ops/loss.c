/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operation that adds a loss of prediction and target. */
#include "lib/plan_internal.h"

#include <math.h>
#include <string.h>

/* The tensor as (outer,steps,inner). */
typedef struct blocks {
    size_t outer, steps, inner;
} blocks;

static blocks blocks_of(const nn_op *op, const nn_run *run)
{
    const nn_tensor *x = op->in[0];
    const int axis = op->as.loss.steps.axis;
    blocks b = {.steps = (size_t)x->shape[axis], .inner = 1};
    for (int i = axis + 1; i < x->rank; i++)
        b.inner *= (size_t)x->shape[i];
    b.outer = nn_active(x, run) * nn_inner(x) / (b.steps * b.inner);
    return b;
}

static double step_weight(const nn_op *op, size_t step)
{
    return pow((double)step + 1, op->as.loss.steps.power) / op->as.loss.mean;
}

static void stepped_forward(const nn_op *op, nn_run *run)
{
    const blocks b = blocks_of(op, run);
    for (size_t h = 0; h < b.steps; h++) {
        double sum = 0;
        for (size_t o = 0; o < b.outer; o++) {
            const size_t at = (o * b.steps + h) * b.inner;
            sum += nn_loss_forward(op->in[0]->data + at, op->in[1]->data + at, op->as.loss.kind,
                                   op->as.loss.parameter, b.inner);
        }
        run->loss += run->loss_scale * step_weight(op, h) * sum;
    }
}

static void stepped_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0];
    const blocks b = blocks_of(op, run);
    for (size_t h = 0; h < b.steps; h++) {
        const double scale = run->loss_scale * step_weight(op, h);
        for (size_t o = 0; o < b.outer; o++) {
            const size_t at = (o * b.steps + h) * b.inner;
            nn_loss_backward(x->grad + at, x->data + at, op->in[1]->data + at, op->as.loss.kind,
                             op->as.loss.parameter, scale, b.inner);
        }
    }
}

static void loss_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0];
    if (op->as.loss.steps.power != 0) {
        stepped_forward(op, run);
        return;
    }
    run->loss += run->loss_scale * op->as.loss.weight *
                 nn_loss_sum(x->data, op->in[1]->data, op->as.loss.kind, op->as.loss.parameter,
                             nn_rows(x, run), nn_width(x));
}

static void loss_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0];
    double scale = run->loss_scale * op->as.loss.weight;
    if (op->as.loss.steps.power != 0)
        stepped_backward(op, run);
    else if (op->as.loss.kind == NN_CROSS_ENTROPY)
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

static double mean_power(int steps, double power)
{
    double sum = 0;
    for (int h = 1; h <= steps; h++)
        sum += pow(h, power);
    return sum / steps;
}

static void record(nn_plan *plan, nn_loss_kind kind, double parameter, double weight, nn_step_weights steps,
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
    else if (steps.power != 0 && (prediction->ragged || kind == NN_CROSS_ENTROPY || steps.axis < 1 ||
                                  steps.axis >= prediction->rank))
        nn_plan_fail(plan, "loss: %s has no steps along axis %d to weigh",
                     nn_shape_text(prediction, a, sizeof a), steps.axis);
    else if ((kind == NN_HUBER && !(parameter > 0)) ||
             (kind == NN_PINBALL && !(parameter > 0 && parameter < 1)))
        nn_plan_fail(plan, "loss: the parameter %g is out of range", parameter);
    else
        nn_plan_record(
            plan,
            &(nn_op){.kind = &loss_kind,
                     .in = {prediction, target},
                     .as.loss = {kind, parameter, weight, steps,
                                 steps.power != 0 ? mean_power(target->shape[steps.axis], steps.power) : 1}});
}

void nn_loss_weighted(nn_plan *plan, nn_loss_kind kind, double parameter, double weight,
                      nn_tensor *prediction, nn_tensor *target)
{
    record(plan, kind, parameter, weight, (nn_step_weights){0}, prediction, target);
}

void nn_loss_stepped(nn_plan *plan, nn_loss_kind kind, double parameter, nn_step_weights steps,
                     nn_tensor *prediction, nn_tensor *target)
{
    record(plan, kind, parameter, 1, steps, prediction, target);
}
