/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batch norm (Ioffe & Szegedy 2015, arXiv 1502.03167): in training by mean and variance of each column over
 * all tokens of a shard of the batch (Hoffer et al. 2017, arXiv 1705.08741), afterwards by the running ones
 * that the trainer keeps (NN_INIT_STATISTIC), so that it is one gain and one shift of each column. */
#include "lib/graph.h"
#include "lib/kernels/vector.h"
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

#include <string.h>

/* sums (n) += x's row, or += (x - mean)^2. */
NN_CLONES static void add_row(nn_real *restrict sums, const nn_real *restrict x, const nn_real *restrict mean,
                              size_t n)
{
    if (mean)
        for (size_t c = 0; c < n; c++)
            sums[c] += (x[c] - mean[c]) * (x[c] - mean[c]);
    else
        for (size_t c = 0; c < n; c++)
            sums[c] += x[c];
}

/* y = (x - mean) scale + shift */
NN_CLONES static void map_row(nn_real *restrict y, const nn_real *restrict x, const nn_real *restrict mean,
                              const nn_real *restrict scale, const nn_real *restrict shift, size_t n)
{
    for (size_t c = 0; c < n; c++)
        y[c] = (x[c] - mean[c]) * scale[c] + shift[c];
}

static void map_rows(const nn_op *op, nn_run *run, const nn_real *mean, const nn_real *scale)
{
    const size_t d = (size_t)nn_width(op->in[0]), rows = nn_rows(op->in[0], run);
    for (size_t r = 0; r < rows; r++)
        map_row(op->out[0]->data + r * d, op->in[0]->data + r * d, mean, scale, run->params + op->bias, d);
}

/* saved: mean, variance, 1 / sqrt(variance + epsilon). scratch: gain over deviation. */
static void forward_batch(const nn_op *op, nn_run *run)
{
    const size_t d = (size_t)nn_width(op->in[0]), rows = nn_rows(op->in[0], run);
    const nn_real *gain = run->params + op->weight;
    nn_real *mean = op->saved, *variance = mean + d, *share = variance + d;
    memset(mean, 0, 2 * d * sizeof *mean);
    for (size_t r = 0; r < rows; r++)
        add_row(mean, op->in[0]->data + r * d, NULL, d);
    for (size_t c = 0; c < d; c++)
        mean[c] /= (nn_real)(rows ? rows : 1);
    for (size_t r = 0; r < rows; r++)
        add_row(variance, op->in[0]->data + r * d, mean, d);
    for (size_t c = 0; c < d; c++) {
        variance[c] /= (nn_real)(rows ? rows : 1);
        share[c] = 1 / NN_SQRT(variance[c] + (nn_real)op->as.norm.epsilon);
        op->scratch_f[c] = share[c] * gain[c];
    }
    map_rows(op, run, mean, op->scratch_f);
}

/* With z the normed values, N rows: dx = gain share (dy - mean dy - z mean(dy z)). scratch: sums of dy and of
 * dy z. The running statistics' gradients hold N mean, N variance and N, from which the trainer goes on. */
static void backward_batch(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(x), rows = nn_rows(x, run);
    const nn_real *gain = run->params + op->weight, *mean = op->saved, *share = mean + 2 * d;
    nn_real *sum = op->scratch_b, *dot = sum + d, *running = run->grads + op->bias + d;
    memset(sum, 0, 2 * d * sizeof *sum);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < d; c++) {
            const size_t i = r * d + c;
            sum[c] += y->grad[i];
            dot[c] += y->grad[i] * (x->data[i] - mean[c]) * share[c];
        }
    for (size_t c = 0; c < d; c++) {
        run->grads[op->weight + c] += dot[c];
        run->grads[op->bias + c] += sum[c];
        for (size_t k = 0; k < 2; k++)
            running[k * d + c] += (nn_real)rows * op->saved[k * d + c];
        running[2 * d + c] += (nn_real)rows;
        sum[c] /= (nn_real)(rows ? rows : 1);
        dot[c] /= (nn_real)(rows ? rows : 1);
    }
    for (size_t r = 0; nn_wants_grad(x) && r < rows; r++)
        for (size_t c = 0; c < d; c++) {
            const size_t i = r * d + c;
            const nn_real z = (x->data[i] - mean[c]) * share[c];
            x->grad[i] += gain[c] * share[c] * (y->grad[i] - sum[c] - z * dot[c]);
        }
}

static const nn_op_kind batch_kind = {
    .name = "batch norm", .forward = forward_batch, .backward = backward_batch, .keeps_input = {true}};

/* By the running statistics, which stand behind the bias. */
static void forward_running(const nn_op *op, nn_run *run)
{
    const size_t d = (size_t)nn_width(op->in[0]);
    const nn_real *gain = run->params + op->weight, *mean = run->params + op->bias + d, *variance = mean + d;
    for (size_t c = 0; c < d; c++)
        op->scratch_f[c] = gain[c] / NN_SQRT(variance[c] + (nn_real)op->as.norm.epsilon);
    map_rows(op, run, mean, op->scratch_f);
}

static void running_spell(const nn_op *op, nn_graph *graph)
{
    const int d = nn_width(op->in[0]);
    int scale = nn_graph_two(graph, "Add", nn_graph_param(graph, op->bias + 2 * (size_t)d, 1, &d),
                             nn_graph_real(graph, op->as.norm.epsilon));
    scale = nn_graph_two(graph, "Div", nn_graph_param(graph, op->weight, 1, &d),
                         nn_graph_one(graph, "Sqrt", scale));
    int y = nn_graph_two(graph, "Sub", nn_graph_of(graph, op->in[0]),
                         nn_graph_param(graph, op->bias + (size_t)d, 1, &d));
    y = nn_graph_two(graph, "Mul", y, scale);
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "Add", y, nn_graph_param(graph, op->bias, 1, &d)));
}

static const nn_op_kind running_kind = {.name = "batch norm",
                                        .spell = running_spell,
                                        .spells_ragged = true,
                                        .forward = forward_running,
                                        .running = true};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x)
{
    (void)settings;
    const int d = x->shape[x->rank - 1];
    const bool training = nn_plan_training(plan);
    const nn_param *gain = nn_plan_param(plan, nn_name(plan, "%s.weight", name), NN_INIT_ONE, 0, 1, &d);
    const size_t weight = gain ? gain->offset : 0;
    const nn_param *shift = nn_plan_param(plan, nn_name(plan, "%s.bias", name), NN_INIT_ZERO, 0, 1, &d);
    const size_t bias = shift ? shift->offset : 0;
    const nn_param *running =
        nn_plan_param(plan, nn_name(plan, "%s.running", name), NN_INIT_STATISTIC, 0, 2, (int[]){3, d});
    if (running && running->offset != bias + (size_t)d)
        nn_plan_fail(plan, "%s: its statistics do not follow its shift in the parameter table", name);
    return nn_plan_record_map(
        plan, &(nn_op){.kind = training ? &batch_kind : &running_kind,
                       .in = {x},
                       .has_params = true,
                       .weight = weight,
                       .bias = bias,
                       .has_bias = true,
                       .parameters = 5 * (size_t)d,
                       .as.norm.epsilon = block->norm_epsilon > 0 ? block->norm_epsilon : 1e-5,
                       .saved_elements = training ? 3 * (size_t)d : 0,
                       .scratch_forward = (size_t)d,
                       .scratch_backward = 2 * (size_t)d});
}

const nn_norm_kind nn_norm_batch = {
    {"batch", "mean and variance of each column over the batch (Ioffe & Szegedy 2015, arXiv 1502.03167)", "d",
     0, NULL, 0},
    build};
