/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations between time scales, and on grids of stations and times. */
#include "lib/graph.h"
#include "lib/plan_internal.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static bool dense3(nn_plan *plan, const char *operation, const nn_tensor *x)
{
    char text[64];
    bool fits = x->rank == 3 && !x->ragged;
    if (!fits)
        nn_plan_fail(plan, "%s: %s is not a dense tensor of rank 3", operation,
                     nn_shape_text(x, text, sizeof text));
    return fits;
}

/* --- average pooling --- */

static void average_pool_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    nn_average_pool_forward(y->data, x->data, nn_rows(y, run), op->as.scale.factor, nn_width(x));
}

static void average_pool_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    nn_average_pool_backward(x->grad, y->grad, nn_rows(y, run), op->as.scale.factor, nn_width(x),
                             op->accumulate[0]);
}

static void average_pool_spell(const nn_op *op, nn_graph *graph)
{
    const nn_tensor *y = op->out[0];
    int v = nn_graph_reshape(graph, nn_graph_of(graph, op->in[0]), 4,
                             (int[]){-1, y->shape[1], op->as.scale.factor, y->shape[2]});
    nn_graph_is(graph, y, nn_graph_mean(graph, v, 2, false));
}

static const nn_op_kind average_pool_kind = {.name = "average pool",
                                             .spell = average_pool_spell,
                                             .forward = average_pool_forward,
                                             .backward = average_pool_backward,
                                             .sets_gradient = true};

nn_tensor *nn_average_pool(nn_plan *plan, nn_tensor *x, int factor)
{
    if (!nn_plan_ready(plan, "average pool", 1, &x) || !dense3(plan, "average pool", x))
        return NULL;
    if (factor < 1 || x->shape[1] % factor) {
        char text[64];
        nn_plan_fail(plan, "average pool: the rows of %s are no whole groups of %d",
                     nn_shape_text(x, text, sizeof text), factor);
        return NULL;
    }
    if (factor == 1)
        return x;
    nn_op op = {.kind = &average_pool_kind, .in = {x}, .as.scale = {factor}};
    op.out[0] = nn_plan_tensor(plan, 3, (int[]){x->shape[0], x->shape[1] / factor, x->shape[2]}, NULL);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- up-sampling --- */

static void upsample_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    nn_upsample_forward(y->data, x->data, run->params + op->weight, run->params + op->bias, nn_rows(x, run),
                        nn_width(x), nn_width(y), op->as.scale.factor, op->scratch_f);
}

static void upsample_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    nn_upsample_backward(nn_wants_grad(x) ? x->grad : NULL, run->grads + op->weight, run->grads + op->bias,
                         y->grad, x->data, run->params + op->weight, nn_rows(x, run), nn_width(x),
                         nn_width(y), op->as.scale.factor, op->accumulate[0], op->scratch_b);
}

/* x (B,T,in) times the weight as (in,out factor); its columns (out,factor) become rows. */
static void upsample_spell(const nn_op *op, nn_graph *graph)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int in = nn_width(x), out = nn_width(y), factor = op->as.scale.factor;
    int v = nn_graph_two(graph, "MatMul", nn_graph_of(graph, x),
                         nn_graph_param(graph, op->weight, 2, (int[]){in, out * factor}));
    v = nn_graph_reshape(graph, v, 4, (int[]){-1, x->shape[1], out, factor});
    v = nn_graph_transpose(graph, v, 4, (int[]){0, 1, 3, 2});
    v = nn_graph_reshape(graph, v, 3, (int[]){-1, y->shape[1], out});
    nn_graph_is(graph, y, nn_graph_two(graph, "Add", v, nn_graph_param(graph, op->bias, 1, &out)));
}

static const nn_op_kind upsample_kind = {.name = "upsample",
                                         .spell = upsample_spell,
                                         .forward = upsample_forward,
                                         .backward = upsample_backward,
                                         .keeps_input = {true},
                                         .sets_gradient = true};

nn_tensor *nn_upsample(nn_plan *plan, const char *name, nn_tensor *x, int out, int factor)
{
    if (!nn_plan_ready(plan, "upsample", 1, &x) || !dense3(plan, "upsample", x))
        return NULL;
    if (out < 1 || factor < 1 || out > INT_MAX / factor || x->shape[1] > INT_MAX / factor) {
        char text[64];
        nn_plan_fail(plan, "upsample %s: %s by %d to %d columns is out of range", name,
                     nn_shape_text(x, text, sizeof text), factor, out);
        return NULL;
    }
    nn_op op = {.kind = &upsample_kind, .in = {x}, .as.scale = {factor}};
    double bound = 1 / sqrt((double)out * factor);
    const nn_param *w = nn_plan_param(plan, nn_name(plan, "%s.weight", name), NN_INIT_UNIFORM, bound, 4,
                                      (int[]){nn_width(x), out, 1, factor});
    op.weight = w ? w->offset : 0;
    const nn_param *b = nn_plan_param(plan, nn_name(plan, "%s.bias", name), NN_INIT_UNIFORM, bound, 1, &out);
    op.bias = b ? b->offset : 0;
    op.has_params = op.has_bias = true;
    op.parameters = (size_t)out * ((size_t)nn_width(x) * (size_t)factor + 1);
    op.out[0] = nn_plan_tensor(plan, 3, (int[]){x->shape[0], x->shape[1] * factor, out}, NULL);
    op.scratch_forward = op.scratch_backward = nn_row_capacity(x) * (size_t)out * (size_t)factor;
    op.macs = (double)nn_row_capacity(x) * nn_width(x) * out * factor;
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- a map for each row --- */

static void linear_each_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    nn_linear_each_forward(y->data, x->data, run->params + op->weight, run->params + op->bias,
                           nn_active(x, run), x->shape[1], nn_width(x), nn_width(y));
}

static void linear_each_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    nn_linear_each_backward(nn_wants_grad(x) ? x->grad : NULL, run->grads + op->weight, run->grads + op->bias,
                            y->grad, x->data, run->params + op->weight, nn_active(x, run), x->shape[1],
                            nn_width(x), nn_width(y));
}

/* (B,m,1,in) times (m,in,out) */
static void linear_each_spell(const nn_op *op, nn_graph *graph)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int m = x->shape[1], in = nn_width(x), out = nn_width(y);
    const int w = nn_graph_transpose(graph, nn_graph_param(graph, op->weight, 3, (int[]){m, out, in}), 3,
                                     (int[]){0, 2, 1});
    int v = nn_graph_reshape(graph, nn_graph_of(graph, x), 4, (int[]){-1, m, 1, in});
    v = nn_graph_reshape(graph, nn_graph_two(graph, "MatMul", v, w), 3, (int[]){-1, m, out});
    v = nn_graph_two(graph, "Add", v, nn_graph_param(graph, op->bias, 2, (int[]){m, out}));
    nn_graph_is(graph, y, v);
}

static const nn_op_kind linear_each_kind = {.name = "linear each",
                                            .spell = linear_each_spell,
                                            .forward = linear_each_forward,
                                            .backward = linear_each_backward,
                                            .keeps_input = {true}};

nn_tensor *nn_linear_each(nn_plan *plan, const char *name, nn_tensor *x, int out)
{
    if (!nn_plan_ready(plan, "linear each", 1, &x) || !dense3(plan, "linear each", x))
        return NULL;
    nn_op op = {.kind = &linear_each_kind, .in = {x}, .has_params = true, .has_bias = true};
    double bound = 1 / sqrt(nn_width(x));
    int m = x->shape[1], shape[] = {m, out, nn_width(x)};
    const nn_param *w =
        nn_plan_param(plan, nn_name(plan, "%s.weight", name), NN_INIT_UNIFORM, bound, 3, shape);
    op.weight = w ? w->offset : 0;
    op.parameters = w ? w->count + (size_t)m * (size_t)out : 0;
    const nn_param *b = nn_plan_param(plan, nn_name(plan, "%s.bias", name), NN_INIT_UNIFORM, bound, 2, shape);
    op.bias = b ? b->offset : 0;
    op.out[0] = nn_plan_tensor(plan, 3, (int[]){x->shape[0], m, out}, NULL);
    op.macs = (double)nn_row_capacity(x) * nn_width(x) * out;
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- regrouping a grid --- */

static void regroup_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    size_t m = (size_t)x->node->lead, size = m * nn_inner(x);
    for (size_t b = 0; b < nn_active(x, run) / m; b++)
        nn_regroup_forward(y->data + b * size, x->data + b * size, (int)m, x->shape[1], x->shape[2]);
}

static void regroup_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    size_t m = (size_t)x->node->lead, size = m * nn_inner(x);
    for (size_t b = 0; b < nn_active(x, run) / m; b++)
        nn_regroup_backward(x->grad + b * size, y->grad + b * size, (int)m, x->shape[1], x->shape[2],
                            op->accumulate[0]);
}

static void regroup_spell(const nn_op *op, nn_graph *graph)
{
    const nn_tensor *x = op->in[0];
    const int m = x->node->lead, n = x->shape[1], d = x->shape[2];
    int v = nn_graph_reshape(graph, nn_graph_of(graph, x), 4, (int[]){-1, m, n, d});
    v = nn_graph_transpose(graph, v, 4, (int[]){0, 2, 1, 3});
    nn_graph_is(graph, op->out[0], nn_graph_reshape(graph, v, 3, (int[]){-1, m, d}));
}

static const nn_op_kind regroup_kind = {.name = "regroup",
                                        .spell = regroup_spell,
                                        .forward = regroup_forward,
                                        .backward = regroup_backward,
                                        .sets_gradient = true};

nn_tensor *nn_regroup(nn_plan *plan, nn_tensor *x)
{
    if (!nn_plan_ready(plan, "regroup", 1, &x) || !dense3(plan, "regroup", x))
        return NULL;
    nn_op op = {.kind = &regroup_kind, .in = {x}};
    op.out[0] =
        nn_plan_tensor(plan, 3, (int[]){nn_plan_batch(plan) * x->shape[1], x->node->lead, x->shape[2]}, NULL);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* --- the same table added again and again --- */

/* A table of parameters or of constants serves the whole batch, a tensor (B,...) one sample. */
typedef struct repeats {
    const nn_real *table;
    nn_real *gradient;                 /* NULL: not wanted */
    size_t size, times, count, stride; /* of a table; its repeats; tables; elements between tables */
} repeats;

static repeats repeats_of(const nn_op *op, const nn_run *run)
{
    const nn_tensor *x = op->in[0], *t = op->in[1];
    size_t leads = nn_active(x, run);
    if (!t)
        return (repeats){
            run->params + op->weight, run->grads ? run->grads + op->weight : NULL, nn_inner(x), leads, 1, 0};
    nn_real *gradient = nn_wants_grad(t) ? t->grad : NULL;
    if (op->as.repeat.shared)
        return (repeats){t->data, gradient, nn_inner(x), leads, 1, 0};
    size_t count = nn_active(t, run);
    return (repeats){t->data, gradient, nn_inner(t), leads / count, count, nn_inner(t)};
}

static void add_repeated_forward(const nn_op *op, nn_run *run)
{
    repeats r = repeats_of(op, run);
    size_t block = r.size * r.times;
    for (size_t b = 0; b < r.count; b++)
        nn_add_repeated_forward(op->out[0]->data + b * block, op->in[0]->data + b * block,
                                r.table + b * r.stride, r.times, r.size);
}

static void add_repeated_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    repeats r = repeats_of(op, run);
    size_t block = r.size * r.times;
    for (size_t b = 0; r.gradient && b < r.count; b++)
        nn_add_repeated_backward(r.gradient + b * r.stride, y->grad + b * block, r.times, r.size);
    if (nn_wants_grad(x) && !op->shared_gradient)
        nn_add(x->grad, y->grad, block * r.count);
}

static void add_repeated_spell(const nn_op *op, nn_graph *graph)
{
    const nn_tensor *x = op->in[0], *t = op->in[1];
    const int n = x->shape[1], d = x->shape[2];
    int v = nn_graph_of(graph, x);
    if (!t || op->as.repeat.shared) {
        const int table = t ? nn_graph_of(graph, t) : nn_graph_param(graph, op->weight, 2, (int[]){n, d});
        nn_graph_is(graph, op->out[0], nn_graph_two(graph, "Add", v, table));
        return;
    }
    const int table = nn_graph_reshape(graph, nn_graph_of(graph, t), 4, (int[]){-1, 1, n, d});
    v = nn_graph_reshape(graph, v, 4, (int[]){-1, x->shape[0] / t->shape[0], n, d});
    v = nn_graph_two(graph, "Add", v, table);
    nn_graph_is(graph, op->out[0], nn_graph_reshape(graph, v, 3, (int[]){-1, n, d}));
}

static const nn_op_kind add_repeated_kind = {.name = "add repeated",
                                             .spell = add_repeated_spell,
                                             .forward = add_repeated_forward,
                                             .backward = add_repeated_backward,
                                             .passes_gradient = true};

static nn_tensor *record_repeated(nn_plan *plan, nn_op *op)
{
    op->kind = &add_repeated_kind;
    op->out[0] = nn_plan_tensor(plan, 3, op->in[0]->shape, NULL);
    return nn_plan_record(plan, op) ? op->out[0] : NULL;
}

nn_tensor *nn_add_repeated(nn_plan *plan, nn_tensor *x, nn_tensor *y)
{
    if (!nn_plan_ready(plan, "add repeated", 2, (nn_tensor *[]){x, y}) || !dense3(plan, "add repeated", x))
        return NULL;
    bool shared = y->rank == 2 && y->node->producer < 0;
    bool fits = shared ? y->shape[0] == x->shape[1] && y->shape[1] == x->shape[2]
                       : y->rank == 3 && !y->ragged && x->shape[0] % y->shape[0] == 0 &&
                             y->shape[1] == x->shape[1] && y->shape[2] == x->shape[2];
    if (!fits) {
        char a[64], b[64];
        nn_plan_fail(plan, "add repeated: %s is no whole number of %s", nn_shape_text(x, a, sizeof a),
                     nn_shape_text(y, b, sizeof b));
        return NULL;
    }
    return record_repeated(plan, &(nn_op){.in = {x, y}, .as.repeat = {shared}});
}

nn_tensor *nn_add_embedding(nn_plan *plan, const char *name, nn_tensor *x)
{
    if (!nn_plan_ready(plan, "embedding", 1, &x) || !dense3(plan, "embedding", x))
        return NULL;
    nn_op op = {.in = {x}, .has_params = true};
    const nn_param *w = nn_plan_param(plan, nn_name(plan, "%s.weight", name), NN_INIT_UNIFORM,
                                      1 / sqrt(nn_width(x)), 2, x->shape + 1);
    op.weight = w ? w->offset : 0;
    op.parameters = nn_inner(x);
    return record_repeated(plan, &op);
}

/* --- columns side by side --- */

static void concat_columns_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *a = op->in[0], *b = op->in[1], *y = op->out[0];
    size_t m = (size_t)nn_width(a), n = (size_t)nn_width(b), rows = nn_rows(y, run);
    nn_add_columns(y->data, m + n, a->data, m, m, rows, false);
    nn_add_columns(y->data + m, m + n, b->data, n, n, rows, false);
}

static void concat_columns_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *a = op->in[0], *b = op->in[1], *y = op->out[0];
    size_t m = (size_t)nn_width(a), n = (size_t)nn_width(b), rows = nn_rows(y, run);
    if (nn_wants_grad(a))
        nn_add_columns(a->grad, m, y->grad, m + n, m, rows, op->accumulate[0]);
    if (nn_wants_grad(b))
        nn_add_columns(b->grad, n, y->grad + m, m + n, n, rows, op->accumulate[1]);
}

static void concat_columns_spell(const nn_op *op, nn_graph *graph)
{
    const int parts[] = {nn_graph_of(graph, op->in[0]), nn_graph_of(graph, op->in[1])};
    nn_graph_is(graph, op->out[0], nn_graph_concat(graph, -1, 2, parts));
}

static const nn_op_kind concat_columns_kind = {.name = "concat columns",
                                               .spell = concat_columns_spell,
                                               .forward = concat_columns_forward,
                                               .backward = concat_columns_backward,
                                               .sets_gradient = true};

nn_tensor *nn_concat_columns(nn_plan *plan, nn_tensor *a, nn_tensor *b)
{
    if (!nn_plan_ready(plan, "concat columns", 2, (nn_tensor *[]){a, b}))
        return NULL;
    bool fits = a->rank == b->rank && a->rank > 1 && a->ragged == b->ragged &&
                nn_width(a) <= INT_MAX - nn_width(b) &&
                memcmp(a->shape, b->shape, (size_t)(a->rank - 1) * sizeof *a->shape) == 0;
    if (!fits) {
        char s[64], t[64];
        nn_plan_fail(plan, "concat columns: %s and %s differ beside their columns",
                     nn_shape_text(a, s, sizeof s), nn_shape_text(b, t, sizeof t));
        return NULL;
    }
    int shape[NN_MAX_RANK];
    memcpy(shape, a->shape, sizeof shape);
    shape[a->rank - 1] += nn_width(b);
    nn_op op = {.kind = &concat_columns_kind, .in = {a, b}};
    op.out[0] = nn_plan_tensor(plan, a->rank, shape, a->ragged);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
