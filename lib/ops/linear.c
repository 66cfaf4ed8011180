/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear maps. */
#include "lib/graph.h"
#include "lib/kernels/low.h"
#include "lib/plan_internal.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* --- linear --- */

/* With few rows, threads share out the columns of y, so that each reads its own weights only. */
enum { ROWS_TO_SHARE = 128 };

/* The precision of a map that a plan records now. */
static nn_precision precision_of(const nn_plan *plan, int in)
{
    return nn_low_suits(in) ? plan->precision : NN_FLOAT;
}

/* Elements of one map's packed weights. */
static size_t pack_size(const nn_op *op, int out, int in)
{
    return op->precision ? nn_low_pack_bytes(op->precision, out, in) / sizeof(nn_real)
                         : nn_pack_size(op->split, out, in);
}

static void pack(const nn_op *op, nn_real *packed, bool transposed, const nn_real *w, int out, int in)
{
    if (op->precision)
        nn_low_pack(op->precision, packed, transposed, w, out, in);
    else
        nn_pack(op->split, packed, transposed, w, out, in);
}

/* What the sums of rows [row,row+rows) and columns [first,first+out) of y begin with, row after row: the
 * bias, or input 1, or both, which are then added in y. */
typedef struct start {
    const nn_real *data; /* NULL: 0 */
    int row;
} start;

static start start_of(const nn_op *op, const nn_run *run, int first, size_t row, size_t rows, int out)
{
    const nn_tensor *from = op->in[1], *y = op->out[0];
    const nn_real *bias = op->has_bias ? run->params + op->bias + first : NULL;
    const int all = nn_width(y);
    if (!from)
        return (start){bias, 0};
    const nn_real *data = from->data + row * (size_t)all + first;
    if (!bias)
        return (start){data, all};
    nn_real *to = y->data + row * (size_t)all + first;
    nn_add_columns(to, (size_t)all, data, (size_t)all, (size_t)out, rows, false);
    nn_add_columns(to, (size_t)all, bias, 0, (size_t)out, rows, true);
    return (start){to, all};
}

/* The gradient of what sums began with. */
static void pass_to_start(const nn_op *op, const nn_run *run)
{
    const nn_tensor *from = op->in[1], *y = op->out[0];
    const size_t width = (size_t)nn_width(y);
    if (from && nn_wants_grad(from) && !op->shared_gradient)
        nn_add_columns(from->grad, width, y->grad, width, width, nn_rows(y, run), op->accumulate[1]);
}

/* One map of the operation: columns [first,first+out) of y. */
static void forward_packed(const nn_op *op, const nn_run *run, const nn_real *packed, int first, int out)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int in = nn_width(x), all = nn_width(y),
              width = op->precision ? (int)NN_LOW_COLUMNS : nn_pack_columns(op->split);
    packed += first ? (size_t)(first / out) * pack_size(op, out, in) : 0;
    size_t row = 0, rows = nn_rows(x, run), column = 0, columns = (size_t)((out + width - 1) / width);
    if (rows >= ROWS_TO_SHARE)
        nn_share(rows, run, &row, &rows);
    else
        nn_share(columns, run, &column, &columns);
    int begin = (int)column * width, end = (int)columns * width;
    end = end < out ? end : out;
    nn_real *to = y->data + row * (size_t)all + first;
    const nn_real *from = x->data + row * (size_t)in;
    const start at = start_of(op, run, first, row, rows - row, out);
    if (op->precision)
        nn_low_linear_forward(op->precision, to, all, from, packed, at.data, rows - row, in, out, begin, end,
                              nn_scratch(op, run));
    else
        nn_linear_packed_forward(op->split, to, all, from, packed, at.data, at.row, rows - row, in, out,
                                 begin, end);
}

static void linear_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    size_t in = (size_t)nn_width(x), out = (size_t)nn_width(y), row, rows;
    const nn_real *packed = nn_op_packed(op, run);
    if (packed) {
        forward_packed(op, run, packed, 0, nn_width(y));
        return;
    }
    nn_share(nn_rows(x, run), run, &row, &rows);
    const start at = start_of(op, run, 0, row, rows - row, nn_width(y));
    nn_linear_forward(op->split, y->data + row * out, x->data + row * in, run->params + op->weight, at.data,
                      at.row, rows - row, nn_width(x), nn_width(y));
}

static void linear_pack(const nn_op *op, const nn_real *params, void *packed)
{
    pack(op, packed, true, params + op->weight, nn_width(op->out[0]), nn_width(op->in[0]));
}

static void linear_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    nn_linear_backward(nn_wants_grad(x) ? x->grad : NULL, run->grads + op->weight,
                       op->has_bias ? run->grads + op->bias : NULL, y->grad, x->data,
                       run->params + op->weight, nn_rows(x, run), nn_width(x), nn_width(y),
                       op->accumulate[0]);
    pass_to_start(op, run);
}

/* x W' + b */
static void linear_spell(const nn_op *op, nn_graph *graph)
{
    const int in = nn_width(op->in[0]), out = nn_width(op->out[0]);
    const int w = nn_graph_param(graph, op->weight, 2, (int[]){out, in});
    int y = nn_graph_two(graph, "MatMul", nn_graph_of(graph, op->in[0]),
                         nn_graph_transpose(graph, w, 2, (int[]){1, 0}));
    if (op->has_bias)
        y = nn_graph_two(graph, "Add", y, nn_graph_param(graph, op->bias, 1, &out));
    nn_graph_is(graph, op->out[0], y);
}

static const nn_op_kind linear_kind = {.name = "linear",
                                       .forward = linear_forward,
                                       .backward = linear_backward,
                                       .pack = linear_pack,
                                       .spell = linear_spell,
                                       .spells_ragged = true,
                                       .maps = true,
                                       .begins = true,
                                       .divides = true,
                                       .keeps_input = {true},
                                       .sets_gradient = true};

/* Weights stored (in,out) do not stack to one matrix: each map fills its own columns of y. */
static void keras_forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    size_t in = (size_t)nn_width(x), row, rows;
    int all = nn_width(y), out = all / op->as.linear.maps;
    const nn_real *packed = nn_op_packed(op, run);
    nn_share(nn_rows(x, run), run, &row, &rows);
    for (int first = 0; first < all; first += out)
        if (packed) {
            forward_packed(op, run, packed, first, out);
        } else {
            const start at = start_of(op, run, first, row, rows - row, out);
            nn_linear_kernel_forward(op->split, y->data + row * (size_t)all + first, all, x->data + row * in,
                                     run->params + op->weight + (size_t)first * in, at.data, at.row,
                                     rows - row, nn_width(x), out);
        }
}

static void keras_pack(const nn_op *op, const nn_real *params, void *packed)
{
    int in = nn_width(op->in[0]), all = nn_width(op->out[0]), out = all / op->as.linear.maps;
    nn_real *to = packed;
    for (int first = 0; first < all; first += out, to += pack_size(op, out, in))
        pack(op, to, false, params + op->weight + (size_t)first * (size_t)in, out, in);
}

static void keras_backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    int in = nn_width(x), all = nn_width(y), out = all / op->as.linear.maps;
    for (int first = 0; first < all; first += out) {
        size_t weight = op->weight + (size_t)first * (size_t)in;
        nn_linear_kernel_backward(nn_wants_grad(x) ? x->grad : NULL, run->grads + weight,
                                  op->has_bias ? run->grads + op->bias + first : NULL, y->grad + first, all,
                                  x->data, run->params + weight, nn_rows(x, run), in, out,
                                  op->accumulate[0] || first > 0);
    }
    pass_to_start(op, run);
}

/* The maps' columns side by side. */
static void keras_spell(const nn_op *op, nn_graph *graph)
{
    const int in = nn_width(op->in[0]), all = nn_width(op->out[0]), out = all / op->as.linear.maps;
    int w = -1, y;
    for (int i = 0; i < op->as.linear.maps; i++) {
        const size_t offset = op->weight + (size_t)i * (size_t)in * (size_t)out;
        const int more = nn_graph_param(graph, offset, 2, (int[]){in, out});
        w = i ? nn_graph_concat(graph, 1, 2, (int[]){w, more}) : more;
    }
    y = nn_graph_two(graph, "MatMul", nn_graph_of(graph, op->in[0]), w);
    if (op->has_bias)
        y = nn_graph_two(graph, "Add", y, nn_graph_param(graph, op->bias, 1, &all));
    nn_graph_is(graph, op->out[0], y);
}

static const nn_op_kind keras_kind = {.name = "linear",
                                      .forward = keras_forward,
                                      .backward = keras_backward,
                                      .pack = keras_pack,
                                      .spell = keras_spell,
                                      .spells_ragged = true,
                                      .maps = true,
                                      .by_columns = true,
                                      .begins = true,
                                      .divides = true,
                                      .keeps_input = {true},
                                      .sets_gradient = true};

/* The weights of several maps lie one after another, and so do their biases: one matrix product serves all.
 */
static bool want_linear_params(nn_plan *plan, nn_op *op, const char *const *names, int count, int in, int out,
                               nn_linear_options options)
{
    bool keras = options.as_keras;
    int rank = options.as_conv ? 3 : options.as_conv2d && !keras ? 4 : 2;
    double units = options.units ? options.units : out, bound = keras ? sqrt(6 / (in + units)) : 1 / sqrt(in);
    double bias_bound = !keras ? bound : options.glorot_bias ? sqrt(3 / units) : 0;
    for (int i = 0; i < count; i++) {
        const int keras_shape[] = {1, in, out}, shape[] = {out, in, 1, 1};
        const nn_param *w = nn_plan_param(plan, nn_name(plan, keras ? "%s.kernel" : "%s.weight", names[i]),
                                          NN_INIT_UNIFORM, bound, rank,
                                          !keras            ? shape
                                          : options.as_conv ? keras_shape
                                                            : keras_shape + 1);
        if (!w)
            return false;
        nn_params_mark_linear(plan->params, w);
        op->weight = i ? op->weight : w->offset;
        if (w->offset != op->weight + (size_t)i * (size_t)out * (size_t)in) {
            nn_plan_fail(plan, "linear %s: its weight does not follow that of %s in the parameter table",
                         names[i], names[0]);
            return false;
        }
    }
    for (int i = 0; i < count && !options.no_bias; i++) {
        const nn_param *b =
            nn_plan_param(plan, nn_name(plan, "%s.bias", names[i]),
                          bias_bound > 0 ? NN_INIT_UNIFORM : NN_INIT_ZERO, bias_bound, 1, &out);
        if (!b)
            return false;
        op->bias = i ? op->bias : b->offset;
    }
    op->has_bias = !options.no_bias;
    op->has_params = true;
    op->parameters = (size_t)count * (size_t)out * ((size_t)in + (options.no_bias ? 0 : 1));
    return true;
}

/* The columns between the two maps that one is made of; 0: it is one. */
static int rank_of(const nn_plan *plan, const char *name, int in, int out)
{
    const nn_factor *factor = nn_params_factor(plan->params, name);
    return factor ? factor->rank : (double)plan->rank * (in + out) < (double)in * out ? plan->rank : 0;
}

bool nn_linear_is_open(const nn_plan *plan, const char *name, int in, int out)
{
    return !plan->watched && !plan->error.code && rank_of(plan, name, in, out) == 0;
}

bool nn_linear_want(nn_plan *plan, const char *const *names, int count, int in, int out,
                    nn_linear_options options, nn_linear_place *places)
{
    nn_op op = {0};
    if (!want_linear_params(plan, &op, names, count, in, out, options))
        return false;
    for (int i = 0; i < count; i++)
        places[i] = (nn_linear_place){.weight = op.weight + (size_t)i * (size_t)in * (size_t)out,
                                      .bias = op.bias + (size_t)i * (size_t)out,
                                      .has_bias = op.has_bias,
                                      .by_columns = options.as_keras};
    return true;
}

/* A map of two: x first' second' + b. What is published of the whole map's form does not concern them. */
static nn_tensor *factored(nn_plan *plan, const char *name, nn_tensor *x, int rank, int out,
                           nn_linear_options options)
{
    const nn_factor *factor = nn_params_factor(plan->params, name);
    if (factor && factor->kept)
        return nn_linear_sparse(plan, name, x, out, *factor, options.no_bias);
    const int outside = nn_plan_set_rank(plan, 0);
    nn_tensor *h =
        nn_linear_with(plan, nn_name(plan, "%s.first", name), x, rank, (nn_linear_options){.no_bias = true});
    h = nn_linear_with(plan, nn_name(plan, "%s.second", name), h, out,
                       (nn_linear_options){.no_bias = options.no_bias});
    nn_plan_set_rank(plan, outside);
    return h;
}

/* Several maps of which some are of two: each by itself. */
static nn_tensor *apart(nn_plan *plan, const char *const *names, int count, nn_tensor *x, int out,
                        nn_linear_options options)
{
    nn_tensor *all = NULL;
    for (int i = 0; i < count; i++) {
        const int rank = rank_of(plan, names[i], nn_width(x), out);
        nn_tensor *y = rank > 0 ? factored(plan, names[i], x, rank, out, options)
                                : nn_linear_with(plan, names[i], x, out, options);
        all = i ? nn_concat_columns(plan, all, y) : y;
    }
    return all;
}

nn_tensor *nn_linear_several(nn_plan *plan, const char *const *names, int count, nn_tensor *x, int out,
                             nn_linear_options options)
{
    for (int i = 0; i < count; i++)
        if (x && rank_of(plan, names[i], nn_width(x), out) > 0)
            return apart(plan, names, count, x, out, options);
    if (!nn_plan_ready(plan, "linear", 1, &x))
        return NULL;
    if (count < 1 || out < 1 || out > INT_MAX / count) {
        nn_plan_fail(plan, "linear %s: %d maps of %d columns are out of range", count > 0 ? names[0] : "",
                     count, out);
        return NULL;
    }
    nn_op op = {
        .kind = options.as_keras ? &keras_kind : &linear_kind, .in = {x}, .as.linear = {.maps = count}};
    if (!want_linear_params(plan, &op, names, count, nn_width(x), out, options))
        return NULL;
    int shape[NN_MAX_RANK];
    memcpy(shape, x->shape, sizeof shape);
    shape[x->rank - 1] = count * out;
    op.out[0] = nn_plan_tensor(plan, x->rank, shape, x->ragged);
    op.macs = (double)nn_row_capacity(x) * nn_width(x) * count * out;
    op.precision = precision_of(plan, nn_width(x));
    const int columns = options.as_keras ? out : count * out; /* of a product */
    /* A sample's rows are the same whatever the batch and the threads. */
    const size_t rows = nn_row_capacity(x) / (size_t)plan->batch;
    op.split = !op.precision && nn_pack_splits(rows, columns, nn_width(x));
    op.packed_elements = (size_t)(count * out / columns) * pack_size(&op, columns, nn_width(x));
    if (op.precision)
        op.scratch_forward = nn_low_scratch_bytes(op.precision, nn_width(x)) / sizeof(nn_real);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

nn_tensor *nn_linear_with(nn_plan *plan, const char *name, nn_tensor *x, int out, nn_linear_options options)
{
    return nn_linear_several(plan, &name, 1, x, out, options);
}

nn_tensor *nn_linear(nn_plan *plan, const char *name, nn_tensor *x, int out)
{
    return nn_linear_several(plan, &name, 1, x, out, (nn_linear_options){0});
}
