/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sinusoidal positions, of a token's place or of its time. */
#include "lib/base/memory.h"
#include "lib/graph.h"
#include "lib/plan_internal.h"

#include <stdlib.h>
#include <string.h>

/* Adds the first `tokens` rows of the table to those of x. */
static void add_rows(nn_real *y, const nn_real *x, const nn_real *table, size_t elements)
{
    for (size_t i = 0; i < elements; i++)
        y[i] = x[i] + table[i];
}

static void position_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *times = op->in[1];
    nn_real *y = op->out[0]->data, *rates = op->scratch_f;
    int d = nn_width(x), longest = x->ragged ? x->ragged->longest : x->shape[1];
    nn_position_rates(rates, d);
    if (times) {
        for (int c = 0; c < d; c++)
            rates[c] *= (nn_real)op->as.position.factor;
        nn_position_forward(y, x->data, times->data + op->as.position.column, nn_width(times), rates,
                            nn_rows(x, run), d);
        return;
    }
    nn_real *table = rates + d;
    nn_position_table(table, rates, longest, d);
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        size_t tokens = (size_t)nn_tokens(x, s, &first), at = first * (size_t)d;
        add_rows(y + at, x->data + at, table, tokens * (size_t)d);
    }
}

static void position_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0];
    if (nn_wants_grad(x) && !op->shared_gradient)
        nn_add(x->grad, op->out[0]->grad, nn_rows(x, run) * (size_t)nn_width(x));
}

/* Sines of even columns, cosines of odd ones, of times rates. */
static int spell_times(const nn_op *op, nn_graph *graph)
{
    const int d = nn_width(op->in[0]), column = op->as.position.column;
    nn_real *rates = malloc(2 * (size_t)d * sizeof *rates);
    if (!rates) {
        nn_graph_no_memory(graph);
        return -1;
    }
    nn_position_rates(rates, d);
    for (int c = 0; c < d; c++) {
        rates[c] *= (nn_real)op->as.position.factor;
        rates[d + c] = c % 2 == 0;
    }
    const int times = nn_graph_slice(graph, nn_graph_of(graph, op->in[1]), 2, column, column + 1),
              phase = nn_graph_two(graph, "Mul", times, nn_graph_reals(graph, rates, 1, &d)),
              even = nn_graph_reals(graph, rates + d, 1, &d),
              odd = nn_graph_two(graph, "Sub", nn_graph_real(graph, 1), even);
    free(rates);
    return nn_graph_two(graph, "Add", nn_graph_two(graph, "Mul", nn_graph_one(graph, "Sin", phase), even),
                        nn_graph_two(graph, "Mul", nn_graph_one(graph, "Cos", phase), odd));
}

static int spell_places(const nn_op *op, nn_graph *graph)
{
    const int n = op->in[0]->shape[1], d = nn_width(op->in[0]);
    nn_real *rates = nn_resize(NULL, (size_t)(n + 1), (size_t)d, sizeof *rates);
    if (!rates) {
        nn_graph_no_memory(graph);
        return -1;
    }
    nn_position_rates(rates, d);
    nn_position_table(rates + d, rates, n, d);
    const int table = nn_graph_reals(graph, rates + d, 2, (int[]){n, d});
    free(rates);
    return table;
}

static void position_spell(const nn_op *op, nn_graph *graph)
{
    if (op->in[0]->ragged && !op->in[1]) {
        nn_graph_fail(graph, "places in sequences of different lengths have no form in ONNX");
        return;
    }
    const int table = op->in[1] ? spell_times(op, graph) : spell_places(op, graph);
    nn_graph_is(graph, op->out[0], nn_graph_two(graph, "Add", nn_graph_of(graph, op->in[0]), table));
}

static const nn_op_kind position_kind = {.name = "position",
                                         .spell = position_spell,
                                         .spells_ragged = true,
                                         .forward = position_forward,
                                         .backward = position_backward,
                                         .passes_gradient = true};

static bool times_fit(const nn_tensor *x, const nn_tensor *times, int column)
{
    return times->rank == x->rank && times->ragged == x->ragged && column >= 0 && column < nn_width(times) &&
           memcmp(times->shape, x->shape, (size_t)(x->rank - 1) * sizeof *x->shape) == 0;
}

nn_tensor *nn_position(nn_plan *plan, nn_tensor *x, nn_tensor *times, int column, double factor)
{
    if (!nn_plan_ready(plan, "position", 1, &x))
        return NULL;
    char a[64], b[64];
    if (!x->ragged && x->rank != 3) {
        nn_plan_fail(plan, "position: %s is no (B,T,d)", nn_shape_text(x, a, sizeof a));
        return NULL;
    }
    if (times && !times_fit(x, times, column)) {
        nn_plan_fail(plan, "position: %s has no column %d of times for each token of %s",
                     nn_shape_text(times, b, sizeof b), column, nn_shape_text(x, a, sizeof a));
        return NULL;
    }
    int longest = x->ragged ? x->ragged->longest : x->shape[1];
    nn_op op = {.kind = &position_kind, .in = {x, times}, .as.position = {column, factor}};
    op.scratch_forward = (size_t)nn_width(x) * ((times ? 0 : (size_t)longest) + 1);
    op.out[0] = nn_plan_tensor(plan, x->rank, x->shape, x->ragged);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
