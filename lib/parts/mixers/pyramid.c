/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Averages of three scales, each of the one before, weighed for each channel: y = w0 a3(x) + w1 a5(a3(x)) +
 * w2 a7(a5(a3(x))) (after P2AT, arXiv 2310.15025); borders are not counted. */
#include "lib/graph.h"
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

#include <math.h>

enum { SCALES = 3 };

typedef struct pyramid {
    int windows[SCALES];
} pyramid;

/* --- the weighed sum --- */

static void forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *y = op->out[0];
    const size_t d = (size_t)nn_width(y), elements = nn_rows(y, run) * d;
    const nn_real *w = run->params + op->weight;
    for (size_t i = 0; i < elements; i += d)
        for (size_t c = 0; c < d; c++)
            y->data[i + c] = w[c] * op->in[0]->data[i + c] + w[d + c] * op->in[1]->data[i + c] +
                             w[2 * d + c] * op->in[2]->data[i + c];
}

static void backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *y = op->out[0];
    const size_t d = (size_t)nn_width(y), elements = nn_rows(y, run) * d;
    for (size_t k = 0; k < SCALES; k++) {
        const nn_tensor *x = op->in[k];
        const nn_real *w = run->params + op->weight + k * d;
        nn_real *dw = run->grads + op->weight + k * d;
        for (size_t i = 0; i < elements; i += d) {
            for (size_t c = 0; c < d; c++)
                dw[c] += y->grad[i + c] * x->data[i + c];
            for (size_t c = 0; nn_wants_grad(x) && c < d; c++)
                x->grad[i + c] += y->grad[i + c] * w[c];
        }
    }
}

static void spell(const nn_op *op, nn_graph *graph)
{
    const int d = nn_width(op->out[0]);
    int y = -1;
    for (int k = 0; k < SCALES; k++) {
        const int w = nn_graph_param(graph, op->weight + (size_t)(k * d), 1, &d);
        const int part = nn_graph_two(graph, "Mul", nn_graph_of(graph, op->in[k]), w);
        y = k ? nn_graph_two(graph, "Add", y, part) : part;
    }
    nn_graph_is(graph, op->out[0], y);
}

static const nn_op_kind kind = {.name = "pyramid",
                                .spell = spell,
                                .forward = forward,
                                .backward = backward,
                                .keeps_input = {true, true, true}};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)block, (void)memory;
    if (!x)
        return NULL;
    const int shape[] = {SCALES, nn_width(x)};
    nn_op op = {.kind = &kind, .has_params = true, .parameters = (size_t)SCALES * (size_t)nn_width(x)};
    for (int k = 0; k < SCALES; k++)
        x = op.in[k] = nn_moving_average(plan, x, ((const pyramid *)settings)->windows[k], false);
    const nn_param *w = nn_plan_param(plan, nn_name(plan, "%s.mixer.weight", name), NN_INIT_UNIFORM,
                                      1 / sqrt(SCALES), 2, shape);
    op.weight = w ? w->offset : 0;
    return nn_plan_record_map(plan, &op);
}

#define WINDOW(name, k, fallback)                                                                            \
    {                                                                                                        \
        name, 0, NN_INT, offsetof(pyramid, windows) + (k) * sizeof(int), fallback, "N", 1, 4095,             \
            "tokens of that window, an odd number"                                                           \
    }
static const nn_option options[] = {WINDOW("k1", 0, "3"), WINDOW("k2", 1, "5"), WINDOW("k3", 2, "7"), {0}};

const nn_mixer_kind nn_mixer_pyramid = {
    {"pyramid", "averages of three scales, weighed for each channel (P2AT, arXiv 2310.15025)", "15d",
     NN_PART_ORDER, options, sizeof(pyramid)},
    .build = build};
