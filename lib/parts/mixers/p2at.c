/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pyramid pooling of P2AT as published (arXiv 2310.15025): y = prelu(norm(W x)) and means of it over
 * three windows, p1, p1 again and p3 of p2 of p1, whose convolution gates y. The convolution's group of
 * column c sees the columns 3c to 3c+2 of [p1, p1, p3]; windows count places outside the sequence as zeros;
 * the norms have fixed statistics. */
#include "lib/graph.h"
#include "lib/kernels/vector.h"
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

#include <stdlib.h>

typedef struct p2at {
    int windows[3];
} p2at;

/* --- means over windows, zero outside --- */

static void means(const nn_op *op, nn_run *run, bool back)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int half = *(const int *)op->own / 2, d = nn_width(x);
    const nn_real share = 1 / (nn_real)(2 * half + 1);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        for (int t = 0; t < n; t++) {
            const size_t at = (first + (size_t)t) * (size_t)d;
            for (int c = 0; !back && c < d; c++)
                y->data[at + (size_t)c] = 0;
            for (int j = t < half ? 0 : t - half; j < n && j <= t + half; j++)
                for (int c = 0; c < d; c++) {
                    const size_t other = (first + (size_t)j) * (size_t)d + (size_t)c;
                    if (back)
                        x->grad[other] += share * y->grad[at + (size_t)c];
                    else
                        y->data[at + (size_t)c] += share * x->data[other];
                }
        }
    }
}

static void means_forward(const nn_op *op, nn_run *run)
{
    means(op, run, false);
}

static void means_backward(const nn_op *op, nn_run *run)
{
    means(op, run, true);
}

static void means_spell(const nn_op *op, nn_graph *graph)
{
    const int half = *(const int *)op->own / 2, n = op->in[0]->shape[1];
    nn_real *m = calloc((size_t)n * (size_t)n, sizeof *m);
    for (int t = 0; m && t < n; t++)
        for (int j = t < half ? 0 : t - half; j < n && j <= t + half; j++)
            m[(size_t)t * (size_t)n + (size_t)j] = 1 / (nn_real)(2 * half + 1);
    nn_graph_is(graph, op->out[0], nn_graph_mix(graph, nn_graph_of(graph, op->in[0]), m, n, n));
    free(m);
}

static const nn_op_kind means_kind = {.name = "zero-bordered means",
                                      .spell = means_spell,
                                      .forward = means_forward,
                                      .backward = means_backward};

static nn_tensor *mean_of(nn_plan *plan, nn_tensor *x, int window)
{
    if (!nn_plan_ready(plan, means_kind.name, 1, &x))
        return NULL;
    return nn_plan_record_map(
        plan, &(nn_op){.kind = &means_kind, .in = {x}, .own = nn_plan_own(plan, &window, sizeof window)});
}

/* --- prelu(gain (x - mean) / sqrt(variance + epsilon) + bias) --- */

typedef struct frozen {
    size_t mean, variance, slope;
    double epsilon;
} frozen;

/* Of column c: y = scale x + shift before prelu. */
static nn_real scale_of(const nn_op *op, const nn_run *run, size_t c)
{
    const frozen *f = op->own;
    return run->params[op->weight + c] / NN_SQRT(run->params[f->variance + c] + (nn_real)f->epsilon);
}

static void frozen_forward(const nn_op *op, nn_run *run)
{
    const frozen *f = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(x), rows = nn_rows(x, run);
    for (size_t c = 0; c < d; c++) {
        const nn_real scale = scale_of(op, run, c), mean = run->params[f->mean + c],
                      bias = run->params[op->bias + c], slope = run->params[f->slope + c];
        for (size_t i = c; i < rows * d; i += d) {
            const nn_real z = scale * (x->data[i] - mean) + bias;
            y->data[i] = z > 0 ? z : slope * z;
        }
    }
}

static void frozen_backward(const nn_op *op, nn_run *run)
{
    const frozen *f = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(x), rows = nn_rows(x, run);
    for (size_t c = 0; c < d; c++) {
        const nn_real scale = scale_of(op, run, c), mean = run->params[f->mean + c],
                      bias = run->params[op->bias + c], slope = run->params[f->slope + c],
                      each = 1 / NN_SQRT(run->params[f->variance + c] + (nn_real)f->epsilon);
        for (size_t i = c; i < rows * d; i += d) {
            const nn_real z = scale * (x->data[i] - mean) + bias,
                          dz = z > 0 ? y->grad[i] : slope * y->grad[i];
            if (z <= 0)
                run->grads[f->slope + c] += z * y->grad[i];
            run->grads[op->weight + c] += dz * (x->data[i] - mean) * each;
            run->grads[op->bias + c] += dz;
            if (nn_wants_grad(x))
                x->grad[i] += dz * scale;
        }
    }
}

static void frozen_spell(const nn_op *op, nn_graph *graph)
{
    const frozen *f = op->own;
    const int d = nn_width(op->in[0]);
    int scale = nn_graph_two(graph, "Add", nn_graph_param(graph, f->variance, 1, &d),
                             nn_graph_real(graph, f->epsilon));
    scale = nn_graph_two(graph, "Div", nn_graph_param(graph, op->weight, 1, &d),
                         nn_graph_one(graph, "Sqrt", scale));
    int z = nn_graph_two(graph, "Sub", nn_graph_of(graph, op->in[0]), nn_graph_param(graph, f->mean, 1, &d));
    z = nn_graph_two(graph, "Add", nn_graph_two(graph, "Mul", z, scale),
                     nn_graph_param(graph, op->bias, 1, &d));
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "PRelu", z, nn_graph_param(graph, f->slope, 1, &d)));
}

static const nn_op_kind frozen_kind = {.name = "norm and prelu",
                                       .spell = frozen_spell,
                                       .forward = frozen_forward,
                                       .backward = frozen_backward,
                                       .keeps_input = {true}};

static size_t vector_of(nn_plan *plan, const char *name, const char *part, int index, nn_init init,
                        double value, int d)
{
    const nn_param *p = nn_plan_param(plan, nn_name(plan, "%s.mixer.%s", name, nn_name(plan, part, index)),
                                      init, value, 1, &d);
    return p ? p->offset : 0;
}

static nn_tensor *normed(nn_plan *plan, const char *name, int index, nn_tensor *x, double epsilon)
{
    if (!nn_plan_ready(plan, frozen_kind.name, 1, &x))
        return NULL;
    const int d = nn_width(x);
    nn_op op = {.kind = &frozen_kind, .in = {x}, .has_params = true, .parameters = 3 * (size_t)d};
    op.weight = vector_of(plan, name, "norm%d.weight", index, NN_INIT_ONE, 0, d);
    op.bias = vector_of(plan, name, "norm%d.bias", index, NN_INIT_ZERO, 0, d);
    const frozen own = {.mean = vector_of(plan, name, "norm%d.mean", index, NN_INIT_CENTRE, 0, d),
                        .variance = vector_of(plan, name, "norm%d.var", index, NN_INIT_CENTRE, 1, d),
                        .slope = vector_of(plan, name, "prelu%d.weight", index, NN_INIT_VALUE, 0.25, d),
                        .epsilon = epsilon};
    op.own = nn_plan_own(plan, &own, sizeof own);
    return nn_plan_record_map(plan, &op);
}

/* --- the grouped convolution: (.,3d) -> (.,d), three places of three columns each --- */

enum { PLACES = 3, TOGETHER = 3 };

static void groups(const nn_op *op, nn_run *run, bool back)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t d = (size_t)nn_width(y);
    const nn_real *weight = run->params + op->weight;
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        for (int t = 0; t < n; t++)
            for (size_t c = 0; c < d; c++) {
                const size_t at = (first + (size_t)t) * d + c;
                nn_real sum = 0;
                for (int k = 0; k < PLACES * TOGETHER; k++) {
                    const int from = t + k % PLACES - PLACES / 2;
                    const size_t w = c * PLACES * TOGETHER + (size_t)k,
                                 other = (first + (size_t)from) * TOGETHER * d + c * TOGETHER +
                                         (size_t)(k / PLACES);
                    if (from < 0 || from >= n)
                        continue;
                    if (back) {
                        run->grads[op->weight + w] += y->grad[at] * x->data[other];
                        x->grad[other] += y->grad[at] * weight[w];
                    } else
                        sum += weight[w] * x->data[other];
                }
                if (!back)
                    y->data[at] = sum;
            }
    }
}

static void groups_forward(const nn_op *op, nn_run *run)
{
    groups(op, run, false);
}

static void groups_backward(const nn_op *op, nn_run *run)
{
    groups(op, run, true);
}

static void groups_spell(const nn_op *op, nn_graph *graph)
{
    const int d = nn_width(op->out[0]);
    const nn_graph_attribute attributes[] = {
        {.name = "group", .type = NN_GRAPH_WHOLE, .whole = {d}},
        {.name = "pads", .type = NN_GRAPH_WHOLES, .count = 2, .whole = {PLACES / 2, PLACES / 2}},
        {0}};
    const int inputs[] = {nn_graph_transpose(graph, nn_graph_of(graph, op->in[0]), 3, (int[]){0, 2, 1}),
                          nn_graph_param(graph, op->weight, 3, (int[]){d, TOGETHER, PLACES})};
    const int y = nn_graph_apply(graph, "Conv", 2, inputs, attributes);
    nn_graph_is(graph, op->out[0], nn_graph_transpose(graph, y, 3, (int[]){0, 2, 1}));
}

static const nn_op_kind groups_kind = {.name = "grouped convolution",
                                       .spell = groups_spell,
                                       .forward = groups_forward,
                                       .backward = groups_backward,
                                       .keeps_input = {true}};

static nn_tensor *grouped(nn_plan *plan, const char *name, nn_tensor *x, const nn_tensor *like)
{
    if (!nn_plan_ready(plan, groups_kind.name, 1, &x))
        return NULL;
    const int d = nn_width(like);
    const nn_param *w = nn_plan_param(plan, nn_name(plan, "%s.mixer.group.weight", name), NN_INIT_UNIFORM,
                                      1.0 / 3, 3, (int[]){d, TOGETHER, PLACES});
    nn_op op = {.kind = &groups_kind, .in = {x}, .has_params = true, .weight = w ? w->offset : 0};
    op.parameters = PLACES * TOGETHER * (size_t)d;
    op.out[0] = nn_plan_tensor(plan, like->rank, like->shape, like->ragged);
    op.macs = (double)nn_row_capacity(like) * d * PLACES * TOGETHER;
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- all of it --- */

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    const p2at *set = settings;
    (void)memory;
    const double epsilon = block->norm_epsilon > 0 ? block->norm_epsilon : 1e-5;
    nn_tensor *y = nn_linear_with(plan, nn_name(plan, "%s.mixer.reduce", name), x, nn_width(x),
                                  (nn_linear_options){.no_bias = true});
    y = normed(plan, name, 1, y, epsilon);
    nn_tensor *p1 = mean_of(plan, y, set->windows[0]);
    nn_tensor *p3 = mean_of(plan, mean_of(plan, p1, set->windows[1]), set->windows[2]);
    nn_tensor *all = nn_concat_columns(plan, nn_concat_columns(plan, p1, p1), p3);
    return nn_multiply(plan, normed(plan, name, 2, y ? grouped(plan, name, all, y) : NULL, epsilon), y);
}

static const nn_option options[] = {
    {"k1", 0, NN_INT, offsetof(p2at, windows[0]), "3", "N", 1, 4097,
     "tokens of the first mean, an odd number"},
    {"k2", 0, NN_INT, offsetof(p2at, windows[1]), "5", "N", 1, 4097, "of the second, of the first one's"},
    {"k3", 0, NN_INT, offsetof(p2at, windows[2]), "7", "N", 1, 4097, "of the third, of the second one's"},
    {0}};

const nn_mixer_kind nn_mixer_p2at = {
    {"p2at", "means over three windows gate the tokens, as published (P2AT, arXiv 2310.15025)", "d^2 + 24d",
     NN_PART_ORDER, options, sizeof(p2at)},
    .build = build};
