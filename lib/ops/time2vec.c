/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time2Vec (Kazemi et al. 2019, arXiv 1907.05321) over the value, over time and per feature. */
#include "lib/plan_internal.h"

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

static const nn_op_kind value_kind = {
    .name = "time2vec value", .forward = value_forward, .backward = value_backward, .keeps_input = {true}};

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

static const nn_op_kind time_kind = {.name = "time2vec time",
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

static const nn_op_kind feature_kind = {.name = "time2vec feature",
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
