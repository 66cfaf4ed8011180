/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time2Vec (Kazemi et al. 2019, arXiv 1907.05321) over the value, over time and per feature. */
#include "lib/graph.h"
#include "lib/plan_internal.h"

#include <stdlib.h>
#include <string.h>

/* --- over the value: each row of the window has its own weights --- */

static void value_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    for (size_t b = 0; b < nn_active(x, run); b++)
        nn_time2vec_value_forward(y->data + b * nn_inner(y), x->data + b * nn_inner(x),
                                  run->params + op->weight, x->shape[1], x->shape[2],
                                  op->as.time2vec.averaged, op->scratch_f);
}

static void value_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    for (size_t b = 0; b < nn_active(x, run); b++)
        nn_time2vec_value_backward(nn_wants_grad(x) ? x->grad + b * nn_inner(x) : NULL,
                                   run->grads + op->weight, y->grad + b * nn_inner(y),
                                   x->data + b * nn_inner(x), run->params + op->weight, x->shape[1],
                                   x->shape[2], op->as.time2vec.averaged, op->scratch_b);
}

/* A weight of the layer, the i-th of six for each row: (L,1). */
static int row_weight(const nn_op *op, nn_graph *graph, int i)
{
    const int length = op->in[0]->shape[1];
    return nn_graph_param(graph, op->weight + (size_t)i * (size_t)length, 2, (int[]){length, 1});
}

static void value_spell(const nn_op *op, nn_graph *graph)
{
    const int x = nn_graph_of(graph, op->in[0]), averaged = op->as.time2vec.averaged;
    const int price = nn_graph_mean(
        graph, averaged < nn_width(op->in[0]) ? nn_graph_slice(graph, x, 2, 0, averaged) : x, 2, true);
    int parts[4] = {x};
    for (int i = 0; i < 3; i++) {
        const int product = nn_graph_two(graph, "Mul", price, row_weight(op, graph, 2 * i));
        const int phase = nn_graph_two(graph, "Add", product, row_weight(op, graph, 2 * i + 1));
        parts[i + 1] = i ? nn_graph_one(graph, i == 1 ? "Sin" : "Cos", phase) : phase;
    }
    nn_graph_is(graph, op->out[0], nn_graph_concat(graph, 2, 4, parts));
}

static const nn_op_kind value_kind = {.name = "time2vec value",
                                      .spell = value_spell,
                                      .forward = value_forward,
                                      .backward = value_backward,
                                      .keeps_input = {true}};

/* --- over time: [x, linear, sines] with the scalar tau of each row --- */

/* The place of each row in its window when no time is given; the same for every sample. */
static const nn_real *times(const nn_op *op, const nn_run *run, nn_real *places)
{
    const nn_tensor *x = op->in[0];
    if (op->in[1])
        return op->in[1]->data;
    size_t length = (size_t)x->shape[1], rows = nn_rows(x, run);
    for (size_t r = 0; r < rows; r++)
        places[r] = (nn_real)(r % length) / (nn_real)length;
    return places;
}

static void time_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    size_t rows = nn_rows(x, run), f = (size_t)nn_width(x), ldy = (size_t)nn_width(y);
    const nn_real *tau = times(op, run, op->scratch_f);
    for (size_t r = 0; r < rows; r++)
        memcpy(y->data + r * ldy, x->data + r * f, f * sizeof *y->data);
    nn_time2vec_waves_forward(y->data + f, (int)ldy, tau, run->params + op->weight, rows, 1,
                              op->as.time2vec.waves, op->scratch_f + rows);
}

static void time_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *tau = op->in[1], *y = op->out[0];
    size_t rows = nn_rows(x, run), f = (size_t)nn_width(x), ldy = (size_t)nn_width(y);
    for (size_t r = 0; nn_wants_grad(x) && r < rows; r++)
        nn_add(x->grad + r * f, y->grad + r * ldy, f);
    nn_time2vec_waves_backward(tau && nn_wants_grad(tau) ? tau->grad : NULL, run->grads + op->weight,
                               y->grad + f, (int)ldy, times(op, run, op->scratch_b), run->params + op->weight,
                               rows, 1, op->as.time2vec.waves, op->scratch_b + rows);
}

/* Lines w x + b and sines of n numbers (...,n), side by side: (...,n + n waves). */
static int waves_of(const nn_op *op, nn_graph *graph, int x, int n)
{
    const int k = op->as.time2vec.waves, waves = n * k;
    const size_t sines = op->weight + 2 * (size_t)n;
    int line = nn_graph_two(graph, "Mul", x, nn_graph_param(graph, op->weight, 1, &n)), sine = x;
    line = nn_graph_two(graph, "Add", line, nn_graph_param(graph, op->weight + (size_t)n, 1, &n));
    const int rank = op->in[0]->ragged ? 3 : op->in[0]->rank;
    if (n > 1) { /* each number k times in a row */
        int shape[NN_MAX_RANK + 1] = {0};
        shape[rank] = 1;
        sine = nn_graph_reshape(graph, x, rank + 1, shape); /* (...,n,1) */
        sine = nn_graph_two(graph, "Mul", sine, nn_graph_param(graph, sines, 2, (int[]){n, k}));
        shape[rank - 1] = waves;
        sine = nn_graph_reshape(graph, sine, rank, shape);
    } else
        sine = nn_graph_two(graph, "Mul", x, nn_graph_param(graph, sines, 1, &k));
    sine = nn_graph_two(graph, "Add", sine, nn_graph_param(graph, sines + (size_t)waves, 1, &waves));
    return nn_graph_concat(graph, -1, 2, (int[]){line, nn_graph_one(graph, "Sin", sine)});
}

static void time_spell(const nn_op *op, nn_graph *graph)
{
    const int x = nn_graph_of(graph, op->in[0]), length = op->in[0]->shape[1];
    int tau;
    if (op->in[1])
        tau = nn_graph_of(graph, op->in[1]);
    else { /* each row's place, for all samples: a column of x less itself, plus the places */
        nn_real *places = calloc((size_t)length, sizeof *places);
        for (int t = 0; places && t < length; t++)
            places[t] = (nn_real)t / (nn_real)length;
        const int table = places ? nn_graph_reals(graph, places, 2, (int[]){length, 1}) : -1;
        free(places);
        const int column = nn_graph_slice(graph, x, 2, 0, 1);
        tau = nn_graph_two(graph, "Add", nn_graph_two(graph, "Mul", column, nn_graph_real(graph, 0)), table);
    }
    nn_graph_is(graph, op->out[0], nn_graph_concat(graph, 2, 2, (int[]){x, waves_of(op, graph, tau, 1)}));
}

static const nn_op_kind time_kind = {.name = "time2vec time",
                                     .spell = time_spell,
                                     .forward = time_forward,
                                     .backward = time_backward,
                                     .keeps_input = {false, true}};

/* --- per feature --- */

static void feature_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    nn_time2vec_waves_forward(y->data, nn_width(y), x->data, run->params + op->weight, nn_rows(x, run),
                              nn_width(x), op->as.time2vec.waves, op->scratch_f);
}

static void feature_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    nn_time2vec_waves_backward(nn_wants_grad(x) ? x->grad : NULL, run->grads + op->weight, y->grad,
                               nn_width(y), x->data, run->params + op->weight, nn_rows(x, run), nn_width(x),
                               op->as.time2vec.waves, op->scratch_b);
}

static void feature_spell(const nn_op *op, nn_graph *graph)
{
    nn_graph_is(graph, op->out[0], waves_of(op, graph, nn_graph_of(graph, op->in[0]), nn_width(op->in[0])));
}

static const nn_op_kind feature_kind = {.name = "time2vec feature",
                                        .spell = feature_spell,
                                        .spells_ragged = true,
                                        .forward = feature_forward,
                                        .backward = feature_backward,
                                        .keeps_input = {true}};

/* --- builder --- */

static const nn_op_kind *const kinds[] = {&value_kind, &time_kind, &feature_kind};

/* The kernels read the parameters of one layer as one stretch. */
static bool want_params(nn_plan *plan, nn_op *op, const char *name, int rank, const int *shape_lin,
                        const int *shape_waves, double bound)
{
    static const char *const parts[] = {"w_lin", "b_lin", "w_sin", "b_sin", "w_cos", "b_cos"};
    int count = op->as.time2vec.form == NN_TIME2VEC_VALUE ? 6 : 4;
    for (int i = 0; i < count; i++) {
        double within = i == 2 || i == 4 ? bound : 0.05;
        const nn_param *w = nn_plan_param(plan, nn_name(plan, "%s.%s", name, parts[i]), NN_INIT_UNIFORM,
                                          within, i < 2 ? 1 : rank, i < 2 ? shape_lin : shape_waves);
        if (!w)
            return false;
        op->weight = i ? op->weight : w->offset;
        if (w->offset != op->weight + op->parameters) {
            nn_plan_fail(plan, "time2vec %s: its parameters do not follow each other", name);
            return false;
        }
        op->parameters += w->count;
    }
    op->has_params = true;
    return true;
}

static bool fits(nn_plan *plan, const nn_tensor *x, const nn_time2vec_options *o)
{
    enum { MOST = 1 << 24 }; /* columns of an output */
    char text[64];
    int f = nn_width(x);
    const nn_tensor *tau = o->tau;
    nn_shape_text(x, text, sizeof text);
    if (o->form != NN_TIME2VEC_FEATURE && (x->rank != 3 || x->ragged))
        nn_plan_fail(plan, "time2vec: %s is not (B,L,F)", text);
    else if (o->form == NN_TIME2VEC_VALUE && (o->averaged < 0 || o->averaged > f))
        nn_plan_fail(plan, "time2vec: %s has no %d channels for a mean", text, o->averaged);
    else if (o->form != NN_TIME2VEC_VALUE && (o->waves < 1 || o->waves > MOST / f - 1))
        nn_plan_fail(plan, "time2vec: %d sines for %s are out of range", o->waves, text);
    else if (o->form == NN_TIME2VEC_TIME && tau &&
             (tau->rank != 3 || tau->shape[0] != x->shape[0] || tau->shape[1] != x->shape[1] ||
              tau->shape[2] != 1))
        nn_plan_fail(plan, "time2vec: the times of %s are not (B,L,1)", text);
    else
        return true;
    return false;
}

nn_tensor *nn_time2vec(nn_plan *plan, const char *name, nn_tensor *x, nn_time2vec_options options)
{
    if (!nn_plan_ready(plan, "time2vec", 1, &x) || !fits(plan, x, &options))
        return NULL;
    nn_time2vec_form form = options.form;
    bool value = form == NN_TIME2VEC_VALUE, time = form == NN_TIME2VEC_TIME;
    int f = nn_width(x), k = options.waves, n = time ? 1 : f, length = x->shape[1];
    nn_op op = {.kind = kinds[form],
                .in = {x, time ? options.tau : NULL},
                .as.time2vec = {form, options.averaged ? options.averaged : f, k}};
    const int *lin = value ? &length : &n;
    if (!want_params(plan, &op, name, value ? 1 : 2, lin, value ? &length : (int[]){n, k},
                     options.bound > 0 ? options.bound : 0.05))
        return NULL;
    int shape[NN_MAX_RANK];
    memcpy(shape, x->shape, sizeof shape);
    shape[x->rank - 1] = value ? f + 3 : time ? f + 1 + k : f * (1 + k);
    op.out[0] = nn_plan_tensor(plan, x->rank, shape, x->ragged);
    size_t rows = nn_row_capacity(x);
    op.scratch_forward = op.scratch_backward =
        value ? 3 * (size_t)length : rows * (size_t)n * (size_t)k + (time ? rows : 0);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
