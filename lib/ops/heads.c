/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The weights of linear maps head by head, for parts that multiply them by what is smaller than the tokens
 * before the tokens come in: (x W' ) k' = x (k W)', and P (x W') = (P x) W'. */
#include "lib/plan_internal.h"

#include <string.h>

/* Head h of the narrow side has columns [h width, (h+1) width), of the wide side [h wide, (h+1) wide). M_h
 * (width,wide) are its weights. */
typedef struct own_record {
    nn_heads_map map;
    int narrow_ld, narrow_at; /* of the narrow side's tensor: elements between tokens, first column */
} own_record;

/* Where M_h lies, stored (width,wide) or, by columns, transposed as (wide,width); elements between its rows.
 */
static size_t place_of(const nn_heads_map *map, int h)
{
    const size_t first = (size_t)h * (size_t)map->width;
    return map->weight + (map->by_columns ? first : first * (size_t)map->wide);
}

static int ld_of(const nn_heads_map *map)
{
    return map->by_columns ? map->heads * map->width : map->wide;
}

static void widen(nn_real *wide, const nn_real *narrow, const own_record *own, const nn_real *params,
                  int rows, bool accumulate)
{
    const nn_heads_map *map = &own->map;
    for (int h = 0; h < map->heads; h++)
        nn_gemm(false, map->by_columns, rows, map->wide, map->width,
                narrow + own->narrow_at + (size_t)h * (size_t)map->width, own->narrow_ld,
                params + place_of(map, h), ld_of(map), accumulate, wide + (size_t)h * (size_t)map->wide,
                map->heads * map->wide);
}

static void narrow(nn_real *narrow, const nn_real *wide, const own_record *own, const nn_real *params,
                   int rows, bool accumulate)
{
    const nn_heads_map *map = &own->map;
    for (int h = 0; h < map->heads; h++)
        nn_gemm(false, !map->by_columns, rows, map->width, map->wide, wide + (size_t)h * (size_t)map->wide,
                map->heads * map->wide, params + place_of(map, h), ld_of(map), accumulate,
                narrow + own->narrow_at + (size_t)h * (size_t)map->width, own->narrow_ld);
}

/* dM_h += narrow_h' wide_h */
static void add_weights(nn_real *grads, const nn_real *narrow, const nn_real *wide, const own_record *own,
                        int rows)
{
    const nn_heads_map *map = &own->map;
    for (int h = 0; h < map->heads; h++) {
        const nn_real *a = narrow + own->narrow_at + (size_t)h * (size_t)map->width,
                      *b = wide + (size_t)h * (size_t)map->wide;
        nn_real *dw = grads + place_of(map, h);
        if (map->by_columns)
            nn_gemm(true, false, map->wide, map->width, rows, b, map->heads * map->wide, a, own->narrow_ld, 1,
                    dw, ld_of(map));
        else
            nn_gemm(true, false, map->width, map->wide, rows, a, own->narrow_ld, b, map->heads * map->wide, 1,
                    dw, ld_of(map));
    }
}

/* --- widened: y_h = x_h M_h, and x_h . bias_h --- */

static void widen_forward(const nn_op *op, nn_run *run)
{
    const own_record *own = op->own;
    const nn_heads_map *map = &own->map;
    const nn_real *x = op->in[0]->data + own->narrow_at, *bias = run->params + map->bias;
    const size_t rows = nn_rows(op->in[0], run);
    widen(op->out[0]->data, op->in[0]->data, own, run->params, (int)rows, false);
    for (size_t r = 0; map->has_bias && r < rows; r++)
        for (int h = 0; h < map->heads; h++) {
            nn_real sum = 0;
            for (int c = 0; c < map->width; c++)
                sum +=
                    x[r * (size_t)own->narrow_ld + (size_t)(h * map->width + c)] * bias[h * map->width + c];
            op->out[1]->data[r * (size_t)map->heads + (size_t)h] = sum;
        }
}

static void widen_backward(const nn_op *op, nn_run *run)
{
    const own_record *own = op->own;
    const nn_heads_map *map = &own->map;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t rows = nn_rows(x, run);
    add_weights(run->grads, x->data, y->grad, own, (int)rows);
    if (nn_wants_grad(x))
        narrow(x->grad, y->grad, own, run->params, (int)rows, true);
    for (size_t r = 0; map->has_bias && r < rows; r++)
        for (int c = 0; c < map->heads * map->width; c++) {
            const nn_real dy = op->out[1]->grad[r * (size_t)map->heads + (size_t)(c / map->width)];
            const size_t at = r * (size_t)own->narrow_ld + (size_t)(own->narrow_at + c);
            run->grads[map->bias + (size_t)c] += dy * x->data[at];
            if (nn_wants_grad(x))
                x->grad[at] += dy * run->params[map->bias + (size_t)c];
        }
}

static const nn_op_kind widen_kind = {
    .name = "heads widened", .forward = widen_forward, .backward = widen_backward, .keeps_input = {true}};

/* --- narrowed: y_h = x_h M_h' + bias_h --- */

static void narrow_forward(const nn_op *op, nn_run *run)
{
    const own_record *own = op->own;
    const nn_heads_map *map = &own->map;
    const size_t rows = nn_rows(op->in[0], run), columns = (size_t)map->heads * (size_t)map->width;
    nn_real *y = op->out[0]->data;
    for (size_t r = 0; map->has_bias && r < rows; r++)
        memcpy(y + r * columns, run->params + map->bias, columns * sizeof *y);
    narrow(y, op->in[0]->data, own, run->params, (int)rows, map->has_bias);
}

static void narrow_backward(const nn_op *op, nn_run *run)
{
    const own_record *own = op->own;
    const nn_heads_map *map = &own->map;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t rows = nn_rows(x, run), columns = (size_t)map->heads * (size_t)map->width;
    add_weights(run->grads, y->grad, x->data, own, (int)rows);
    if (nn_wants_grad(x))
        widen(x->grad, y->grad, own, run->params, (int)rows, true);
    for (size_t r = 0; map->has_bias && r < rows; r++)
        nn_add(run->grads + map->bias, y->grad + r * columns, columns);
}

static const nn_op_kind narrow_kind = {
    .name = "heads narrowed", .forward = narrow_forward, .backward = narrow_backward, .keeps_input = {true}};

/* --- builders --- */

static nn_tensor *with_columns(nn_plan *plan, const nn_tensor *x, int columns)
{
    int shape[NN_MAX_RANK];
    memcpy(shape, x->shape, sizeof shape);
    shape[x->rank - 1] = columns;
    return nn_plan_tensor(plan, x->rank, shape, x->ragged);
}

static nn_op operation(nn_plan *plan, const nn_op_kind *kind, nn_tensor *x, const own_record *own)
{
    const nn_heads_map *map = &own->map;
    const size_t weights = (size_t)map->heads * (size_t)map->width * (size_t)map->wide;
    return (nn_op){.kind = kind,
                   .in = {x},
                   .has_params = true,
                   .weight = map->weight,
                   .macs = (double)nn_row_capacity(x) * (double)weights,
                   .parameters = weights + (map->has_bias ? (size_t)map->heads * (size_t)map->width : 0),
                   .own = nn_plan_own(plan, own, sizeof *own)};
}

nn_tensor *nn_heads_widen(nn_plan *plan, nn_tensor *x, int column, const nn_heads_map *map,
                          nn_tensor **biases)
{
    *biases = NULL;
    if (!nn_plan_ready(plan, "heads widened", 1, &x))
        return NULL;
    const own_record own = {*map, nn_width(x), column};
    nn_op op = operation(plan, &widen_kind, x, &own);
    op.out[0] = with_columns(plan, x, map->heads * map->wide);
    if (map->has_bias)
        *biases = op.out[1] = with_columns(plan, x, map->heads);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

nn_tensor *nn_heads_narrow(nn_plan *plan, nn_tensor *x, const nn_heads_map *map)
{
    if (!nn_plan_ready(plan, "heads narrowed", 1, &x))
        return NULL;
    const own_record own = {*map, map->heads * map->width, 0};
    nn_op op = operation(plan, &narrow_kind, x, &own);
    op.out[0] = with_columns(plan, x, map->heads * map->width);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
