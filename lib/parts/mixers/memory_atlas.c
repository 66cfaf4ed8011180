/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network that learns the sequence while it is read (ATLAS, arXiv 2505.23735): y_t = M(q_t) by the memory
 * that learnt the windows before t's; then a step of its rule on the window's pairs of key and token. A
 * sequence begins with the memory of the parameters. As published, no gradient goes through the steps: each
 * window's gradient is that of the memory as it was then, and all of them are the parameters'. */
#include "lib/parts/mixers/memory.h"

#include "lib/plan_internal.h"

#include <math.h>
#include <string.h>

typedef struct atlas {
    nn_deep_memory net;
    nn_deep_rule rule;
    int window;
    size_t at[NN_DEEP_MEMORY_TENSORS]; /* its tensors among the parameters */
} atlas;

/* One tensor after another, to or from the plan's parameters. */
static void gather(const atlas *a, nn_real *memory, const nn_real *params)
{
    for (int i = 0; i < NN_DEEP_MEMORY_TENSORS; i++) {
        const nn_deep_tensor t = nn_deep_memory_tensor(&a->net, i);
        memcpy(memory + t.offset, params + a->at[i], t.count * sizeof *memory);
    }
}

static void scatter(const atlas *a, nn_real *grads, const nn_real *memory)
{
    for (int i = 0; i < NN_DEEP_MEMORY_TENSORS; i++) {
        const nn_deep_tensor t = nn_deep_memory_tensor(&a->net, i);
        nn_add(grads + a->at[i], memory + t.offset, t.count);
    }
}

/* saved: the memory of each window of each sequence, one after another. Returns where the next ones lie. */
static nn_real *read_sequence(const nn_op *op, nn_real *saved, const nn_real *params, size_t first, int n)
{
    const atlas *a = op->own;
    const size_t w = (size_t)a->net.width, size = nn_deep_memory_size(&a->net);
    const nn_real *q = op->in[0]->data, *x = op->in[1]->data;
    nn_real *momentum = op->scratch_f, *grads = momentum + size, *room = grads + size;
    memset(momentum, 0, size * sizeof *momentum);
    for (int begin = 0; begin < n; begin += a->window) {
        const int end = begin + a->window < n ? begin + a->window : n;
        if (begin == 0)
            gather(a, saved, params);
        for (int t = begin; t < end; t++)
            nn_deep_memory_recall(&a->net, saved, op->out[0]->data + (first + (size_t)t) * w,
                                  q + (first + (size_t)t) * w, room);
        if (end < n) {
            const size_t from = (first + (size_t)begin) * w;
            memset(grads, 0, size * sizeof *grads);
            nn_deep_memory_study(&a->net, &a->rule, saved, grads, q + from, x + from, w, end - begin, 1,
                                 room);
            memcpy(saved + size, saved, size * sizeof *saved);
            nn_deep_memory_learn(&a->net, &a->rule, saved + size, momentum, grads, room);
        }
        saved += size;
    }
    return saved;
}

static void forward(const nn_op *op, nn_run *run)
{
    nn_real *saved = op->saved;
    for (size_t s = 0; s < nn_sequences(op->in[0], run); s++) {
        size_t first;
        const int n = nn_tokens(op->in[0], s, &first);
        saved = read_sequence(op, saved, run->params, first, n);
    }
}

static void backward(const nn_op *op, nn_run *run)
{
    const atlas *a = op->own;
    const size_t w = (size_t)a->net.width, size = nn_deep_memory_size(&a->net);
    const nn_tensor *q = op->in[0], *y = op->out[0];
    nn_real *saved = op->saved, *grads = op->scratch_b, *told = grads + size, *room = told + w;
    memset(grads, 0, size * sizeof *grads);
    for (size_t s = 0; s < nn_sequences(q, run); s++) {
        size_t first;
        const int n = nn_tokens(q, s, &first);
        for (int t = 0; t < n; t++) {
            const size_t row = (first + (size_t)t) * w;
            nn_deep_memory_recall(&a->net, saved, told, q->data + row, room);
            nn_deep_memory_back(&a->net, saved, grads, nn_wants_grad(q) ? q->grad + row : NULL, y->grad + row,
                                q->data + row, room);
            if ((t + 1) % a->window == 0 || t + 1 == n)
                saved += size;
        }
    }
    scatter(a, run->grads, grads);
}

static const nn_op_kind kind = {
    .name = "deep memory", .forward = forward, .backward = backward, .keeps_input = {true}};

/* --- building --- */

static bool want_memory(nn_plan *plan, const char *name, atlas *a)
{
    for (int i = 0; i < NN_DEEP_MEMORY_TENSORS; i++) {
        const nn_deep_tensor t = nn_deep_memory_tensor(&a->net, i);
        const bool zero = strstr(t.name, ".bias");
        const double bound = t.columns ? 1 / sqrt(t.columns) : 0;
        const nn_param *p = nn_plan_param(plan, nn_name(plan, "%s.mixer.%s", name, t.name),
                                          t.columns ? NN_INIT_UNIFORM
                                          : zero    ? NN_INIT_ZERO
                                                    : NN_INIT_ONE,
                                          bound, t.columns ? 2 : 1, (int[]){t.rows, t.columns});
        if (!p)
            return false;
        a->at[i] = p->offset;
    }
    return true;
}

/* Windows of all sequences at full capacity. */
static size_t windows_of(const nn_plan *plan, const nn_tensor *x, int window)
{
    const size_t c = (size_t)window;
    return x->ragged ? (size_t)x->shape[0] / c + (size_t)nn_plan_batch(plan)
                     : (size_t)x->shape[0] * (((size_t)x->shape[1] + c - 1) / c);
}

nn_tensor *nn_memory_atlas(nn_plan *plan, const char *name, const nn_block *block,
                           const nn_memory_settings *settings, nn_tensor *x)
{
    if (!nn_plan_ready(plan, "deep memory", 1, &x))
        return NULL;
    const int d = nn_width(x);
    atlas a = {.net = {.width = d, .key = settings->key, .hidden = settings->hidden, .epsilon = 1e-5},
               .rule = settings->learning,
               .window = settings->window};
    nn_tensor *q = nn_linear(plan, nn_name(plan, "%s.mixer.query", name), x, d);
    if (!q || !want_memory(plan, name, &a))
        return NULL;
    const size_t size = nn_deep_memory_size(&a.net), trace = nn_deep_memory_trace(&a.net) + (size_t)d,
                 room = nn_deep_memory_room(&a.net);
    nn_op op = {.kind = &kind, .in = {q, x}, .own = nn_plan_own(plan, &a, sizeof a), .has_params = true};
    op.out[0] = nn_plan_tensor(plan, x->rank, x->shape, x->ragged);
    op.parameters = size;
    op.saved_elements = (windows_of(plan, x, a.window) + 1) * size;
    op.scratch_forward = 2 * size + (trace > room ? trace : room);
    op.scratch_backward = size + (size_t)d + trace;
    op.macs = 4.0 * (double)nn_row_capacity(x) * (double)size; /* told, told again, and its gradient */
    nn_tensor *y = nn_plan_record(plan, &op) ? op.out[0] : NULL;
    return nn_block_output(plan, name, block, x, NULL, y);
}
