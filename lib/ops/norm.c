/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layer norm; instance norm over time and its inverse; the table of a cycle. */
#include "lib/base/memory.h"
#include "lib/graph.h"
#include "lib/plan_internal.h"

#include <stdlib.h>

static void layer_norm_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0];
    size_t row, rows, width = (size_t)nn_width(x);
    nn_share(nn_rows(x, run), run, &row, &rows);
    nn_layer_norm_forward(op->out[0]->data + row * width, op->saved + 2 * row, x->data + row * width,
                          op->has_params ? run->params + op->weight : NULL,
                          op->has_params ? run->params + op->bias : NULL, (nn_real)op->as.norm.epsilon,
                          rows - row, nn_width(x));
}

static void layer_norm_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0];
    nn_layer_norm_backward(nn_wants_grad(x) ? x->grad : NULL, op->has_params ? run->grads + op->weight : NULL,
                           op->has_params ? run->grads + op->bias : NULL, op->out[0]->grad,
                           op->has_params ? x->data : NULL, op->out[0]->data, op->saved,
                           op->has_params ? run->params + op->weight : NULL, nn_rows(x, run), nn_width(x),
                           op->accumulate[0]);
}

static void layer_norm_spell(const nn_op *op, nn_graph *graph)
{
    const int x = nn_graph_of(graph, op->in[0]), n = nn_width(op->in[0]), last = -1;
    const int from_mean = nn_graph_two(graph, "Sub", x, nn_graph_mean(graph, x, last, true));
    const int variance = nn_graph_mean(graph, nn_graph_two(graph, "Mul", from_mean, from_mean), last, true);
    int y = nn_graph_two(graph, "Add", variance, nn_graph_real(graph, op->as.norm.epsilon));
    y = nn_graph_two(graph, "Div", from_mean, nn_graph_one(graph, "Sqrt", y));
    if (op->has_params) {
        y = nn_graph_two(graph, "Mul", y, nn_graph_param(graph, op->weight, 1, &n));
        y = nn_graph_two(graph, "Add", y, nn_graph_param(graph, op->bias, 1, &n));
    }
    nn_graph_is(graph, op->out[0], y);
}

static const nn_op_kind layer_norm_kind = {.name = "layer norm",
                                           .spell = layer_norm_spell,
                                           .spells_ragged = true,
                                           .forward = layer_norm_forward,
                                           .backward = layer_norm_backward,
                                           .divides = true,
                                           .keeps_input = {true},
                                           .sets_gradient = true,
                                           .replaces_gradient = true};

/* Without a gain the output tells what the input was. */
static const nn_op_kind plain_norm_kind = {.name = "layer norm",
                                           .spell = layer_norm_spell,
                                           .spells_ragged = true,
                                           .forward = layer_norm_forward,
                                           .backward = layer_norm_backward,
                                           .divides = true,
                                           .keeps_output = {true},
                                           .sets_gradient = true,
                                           .replaces_gradient = true,
                                           .replaces_input = true};

static nn_tensor *layer_norm(nn_plan *plan, const char *name, const char *gain, const char *shift,
                             nn_tensor *x, double epsilon)
{
    if (!nn_plan_ready(plan, "layer norm", 1, &x))
        return NULL;
    nn_op op = {.kind = name ? &layer_norm_kind : &plain_norm_kind,
                .in = {x},
                .as.norm = {epsilon},
                .saved_elements = 2 * nn_row_capacity(x)};
    if (name) {
        int n = nn_width(x);
        const nn_param *gamma =
            nn_plan_param(plan, nn_name(plan, "%s.%s", name, gain), NN_INIT_ONE, 0, 1, &n);
        op.weight = gamma ? gamma->offset : 0;
        const nn_param *beta =
            nn_plan_param(plan, nn_name(plan, "%s.%s", name, shift), NN_INIT_ZERO, 0, 1, &n);
        op.bias = beta ? beta->offset : 0;
        op.has_params = true;
        op.parameters = 2 * (size_t)n;
    }
    op.out[0] = nn_plan_tensor(plan, x->rank, x->shape, x->ragged);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

nn_tensor *nn_layer_norm(nn_plan *plan, const char *name, nn_tensor *x, double epsilon)
{
    return layer_norm(plan, name, "weight", "bias", x, epsilon);
}

nn_tensor *nn_layer_norm_keras(nn_plan *plan, const char *name, nn_tensor *x, double epsilon)
{
    return layer_norm(plan, name, "gamma", "beta", x, epsilon);
}

/* --- instance norm: one sample (L,N) at a time --- */

static void instance_norm_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0], *stats = op->out[1];
    size_t size = nn_inner(x), samples = nn_active(x, run), n = (size_t)x->shape[2];
    for (size_t b = 0; b < samples; b++)
        nn_instance_norm_forward(y->data + b * size, stats->data + b * 2 * n, x->data + b * size, x->shape[1],
                                 x->shape[2]);
}

static void instance_norm_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0], *stats = op->out[1];
    size_t size = nn_inner(x), samples = nn_active(x, run), n = (size_t)x->shape[2];
    for (size_t b = 0; b < samples; b++)
        nn_instance_norm_backward(x->grad + b * size, y->grad + b * size, stats->grad + b * 2 * n,
                                  y->data + b * size, stats->data + b * 2 * n, x->shape[1], x->shape[2]);
}

static void instance_norm_spell(const nn_op *op, nn_graph *graph)
{
    const int x = nn_graph_of(graph, op->in[0]), mean = nn_graph_mean(graph, x, 1, true);
    const int from_mean = nn_graph_two(graph, "Sub", x, mean);
    const int variance = nn_graph_mean(graph, nn_graph_two(graph, "Mul", from_mean, from_mean), 1, true);
    const int deviation =
        nn_graph_one(graph, "Sqrt", nn_graph_two(graph, "Add", variance, nn_graph_real(graph, 1e-5)));
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "Div", from_mean, deviation));
    nn_graph_is(graph, op->out[1], nn_graph_concat(graph, 1, 2, (int[]){mean, deviation}));
}

static const nn_op_kind instance_norm_kind = {.name = "instance norm",
                                              .spell = instance_norm_spell,
                                              .forward = instance_norm_forward,
                                              .backward = instance_norm_backward,
                                              .keeps_output = {true, true}};

nn_tensor *nn_instance_norm(nn_plan *plan, nn_tensor *x, nn_tensor **stats)
{
    *stats = NULL;
    if (!nn_plan_ready(plan, "instance norm", 1, &x))
        return NULL;
    if (x->rank != 3 || x->ragged) {
        char text[64];
        nn_plan_fail(plan, "instance norm: %s is not (B,L,N)", nn_shape_text(x, text, sizeof text));
        return NULL;
    }
    nn_op op = {.kind = &instance_norm_kind, .in = {x}};
    op.out[0] = nn_plan_tensor(plan, 3, x->shape, NULL);
    op.out[1] = nn_plan_tensor(plan, 3, (int[]){x->shape[0], 2, x->shape[2]}, NULL);
    if (!nn_plan_record(plan, &op))
        return NULL;
    *stats = op.out[1];
    return op.out[0];
}

static void inverse_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    size_t size = nn_inner(x), samples = nn_active(x, run), n = (size_t)x->shape[2];
    for (size_t b = 0; b < samples; b++)
        nn_instance_norm_inverse_forward(y->data + b * size, x->data + b * size, op->in[1]->data + b * 2 * n,
                                         x->shape[1], x->shape[2]);
}

static void inverse_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *stats = op->in[1], *y = op->out[0];
    size_t size = nn_inner(x), samples = nn_active(x, run), n = (size_t)x->shape[2];
    for (size_t b = 0; b < samples; b++)
        nn_instance_norm_inverse_backward(nn_wants_grad(x) ? x->grad + b * size : NULL,
                                          nn_wants_grad(stats) ? stats->grad + b * 2 * n : NULL,
                                          y->grad + b * size, x->data + b * size, stats->data + b * 2 * n,
                                          x->shape[1], x->shape[2]);
}

/* x sigma + mu, or + the base where there is one. */
static void inverse_spell(const nn_op *op, nn_graph *graph)
{
    const int stats = nn_graph_of(graph, op->in[1]);
    const int scaled =
        nn_graph_two(graph, "Mul", nn_graph_of(graph, op->in[0]), nn_graph_slice(graph, stats, 1, 1, 2));
    const int base = op->in[2] ? nn_graph_of(graph, op->in[2]) : nn_graph_slice(graph, stats, 1, 0, 1);
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "Add", scaled, base));
}

static const nn_op_kind inverse_kind = {.name = "instance norm inverse",
                                        .spell = inverse_spell,
                                        .forward = inverse_forward,
                                        .backward = inverse_backward,
                                        .keeps_input = {true, true}};

nn_tensor *nn_instance_norm_inverse(nn_plan *plan, nn_tensor *x, nn_tensor *stats)
{
    if (!nn_plan_ready(plan, "instance norm inverse", 2, (nn_tensor *[]){x, stats}))
        return NULL;
    if (x->rank != 3 || stats->rank != 3 || stats->shape[1] != 2 || x->shape[0] != stats->shape[0] ||
        x->shape[2] != stats->shape[2]) {
        char a[64], b[64];
        nn_plan_fail(plan, "instance norm inverse: %s does not fit stats %s", nn_shape_text(x, a, sizeof a),
                     nn_shape_text(stats, b, sizeof b));
        return NULL;
    }
    nn_op op = {.kind = &inverse_kind, .in = {x, stats}};
    op.out[0] = nn_plan_tensor(plan, 3, x->shape, NULL);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

static void onto_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *base = op->in[2], *y = op->out[0];
    size_t size = nn_inner(x), samples = nn_active(x, run), n = (size_t)x->shape[2];
    for (size_t b = 0; b < samples; b++)
        nn_instance_norm_onto_forward(y->data + b * size, x->data + b * size, op->in[1]->data + b * 2 * n,
                                      base->data + b * size, x->shape[1], x->shape[2]);
}

static void onto_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *stats = op->in[1], *base = op->in[2], *y = op->out[0];
    size_t size = nn_inner(x), samples = nn_active(x, run), n = (size_t)x->shape[2];
    for (size_t b = 0; b < samples; b++)
        nn_instance_norm_onto_backward(nn_wants_grad(x) ? x->grad + b * size : NULL,
                                       nn_wants_grad(stats) ? stats->grad + b * 2 * n : NULL,
                                       nn_wants_grad(base) ? base->grad + b * size : NULL, y->grad + b * size,
                                       x->data + b * size, stats->data + b * 2 * n, x->shape[1], x->shape[2]);
}

static const nn_op_kind onto_kind = {.name = "instance norm onto",
                                     .spell = inverse_spell,
                                     .forward = onto_forward,
                                     .backward = onto_backward,
                                     .keeps_input = {true, true}};

nn_tensor *nn_instance_norm_onto(nn_plan *plan, nn_tensor *x, nn_tensor *stats, nn_tensor *base)
{
    if (!nn_plan_ready(plan, "instance norm onto", 3, (nn_tensor *[]){x, stats, base}))
        return NULL;
    bool fits = x->rank == 3 && stats->rank == 3 && base->rank == 3 && stats->shape[1] == 2;
    for (int i = 0; i < 3 && fits; i++)
        fits = x->shape[i] == base->shape[i] && (i == 1 || x->shape[i] == stats->shape[i]);
    if (!fits) {
        char a[64], b[64], c[64];
        nn_plan_fail(plan, "instance norm onto: %s does not fit stats %s and base %s",
                     nn_shape_text(x, a, sizeof a), nn_shape_text(stats, b, sizeof b),
                     nn_shape_text(base, c, sizeof c));
        return NULL;
    }
    nn_op op = {.kind = &onto_kind, .in = {x, stats, base}};
    op.out[0] = nn_plan_tensor(plan, 3, x->shape, NULL);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- the table of a cycle --- */

static int first_of(const nn_op *op, size_t sample)
{
    const long long at = (long long)op->in[1]->data[sample] + op->as.cycle.shift;
    return (int)(at % op->as.cycle.length);
}

static void cycle_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    size_t size = nn_inner(x), samples = nn_active(x, run);
    for (size_t b = 0; b < samples; b++)
        nn_cycle_forward(y->data + b * size, x->data + b * size, run->params + op->weight, first_of(op, b),
                         op->as.cycle.length, op->as.cycle.sign, x->shape[1], x->shape[2]);
}

static void cycle_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    size_t size = nn_inner(x), samples = nn_active(x, run);
    for (size_t b = 0; b < samples; b++)
        nn_cycle_backward(nn_wants_grad(x) ? x->grad + b * size : NULL, run->grads + op->weight,
                          y->grad + b * size, first_of(op, b), op->as.cycle.length, op->as.cycle.sign,
                          x->shape[1], x->shape[2]);
}

/* Rows (phase + shift + t) mod length of the table, of every sample. */
static void cycle_spell(const nn_op *op, nn_graph *graph)
{
    const nn_graph_attribute whole[] = {{.name = "to", .type = NN_GRAPH_WHOLE, .whole = {7}}, {0}};
    const int rows = op->in[0]->shape[1], length = op->as.cycle.length;
    int64_t *places = nn_resize(NULL, (size_t)rows, sizeof *places, 1);
    for (int t = 0; places && t < rows; t++)
        places[t] = op->as.cycle.shift + t;
    const int phase = nn_graph_of(graph, op->in[1]),
              steps = places ? nn_graph_wholes(graph, rows, places) : -1;
    free(places);
    int at = nn_graph_apply(graph, "Cast", 1, &phase, whole); /* (B,1) */
    at = nn_graph_two(graph, "Mod", nn_graph_two(graph, "Add", at, steps),
                      nn_graph_wholes(graph, 1, (int64_t[]){length}));
    const int table = nn_graph_param(graph, op->weight, 2, (int[]){length, op->in[0]->shape[2]});
    nn_graph_is(graph, op->out[0],
                nn_graph_two(graph, op->as.cycle.sign > 0 ? "Add" : "Sub", nn_graph_of(graph, op->in[0]),
                             nn_graph_two(graph, "Gather", table, at)));
}

static const nn_op_kind cycle_kind = {.name = "cycle",
                                      .spell = cycle_spell,
                                      .forward = cycle_forward,
                                      .backward = cycle_backward,
                                      .keeps_input = {false, true}};

nn_tensor *nn_cycle(nn_plan *plan, const char *name, nn_tensor *x, nn_tensor *phase, int length, int shift,
                    int sign)
{
    if (!nn_plan_ready(plan, "cycle", 2, (nn_tensor *[]){x, phase}))
        return NULL;
    if (x->rank != 3 || x->ragged || phase->rank != 2 || phase->shape[0] != x->shape[0] ||
        phase->shape[1] != 1 || length < 1 || shift < 0 || (sign != 1 && sign != -1)) {
        char a[64], b[64];
        nn_plan_fail(plan, "cycle %s: of %d rows from %d on, %s does not fit places %s", name, length, shift,
                     nn_shape_text(x, a, sizeof a), nn_shape_text(phase, b, sizeof b));
        return NULL;
    }
    nn_op op = {.kind = &cycle_kind, .in = {x, phase}, .has_params = true};
    op.as.cycle.length = length;
    op.as.cycle.shift = shift;
    op.as.cycle.sign = sign;
    const nn_param *table = nn_plan_param(plan, nn_name(plan, "%s.weight", name), NN_INIT_ZERO, 0, 2,
                                          (int[]){length, x->shape[2]});
    op.weight = table ? table->offset : 0;
    op.parameters = table ? table->count : 0;
    op.out[0] = nn_plan_tensor(plan, 3, x->shape, NULL);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
