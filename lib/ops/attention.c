/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operation of attention: shapes, saved values, and its weights for those who ask. */
#include "lib/graph.h"
#include "lib/kernels/attention_few.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int nn_relative_bucket(const nn_relative *relative, int distance)
{
    const int all = relative->back ? relative->buckets : relative->buckets / 2, single = all / 2;
    const int first = !relative->back && distance > 0 ? all : 0;
    const int far = !relative->back ? abs(distance) : distance < 0 ? -distance : 0;
    if (far < single || single < 1)
        return first + (far < all ? far : all - 1);
    /* In single precision, which tells buckets that a distance lies between from one another. */
    const float share = logf((float)far / (float)single) / (float)log((double)relative->distance / single);
    const int place = single + (int)(share * (float)(all - single));
    return first + (place < all ? place : all - 1);
}

/* What the distances 1 - nq to nk - 1 add to the scores of each head: (heads, nq + nk - 1). */
static int distances(int nq, int nk)
{
    return nq + nk - 1;
}

static void fill_relative(nn_real *values, const nn_op *op, const nn_run *run, int nq, int nk)
{
    const nn_attention_options *o = &op->as.attention;
    for (int d = 0; d < distances(nq, nk); d++) {
        const nn_real *row = run->params + op->weight +
                             (size_t)nn_relative_bucket(&o->relative, d - nq + 1) * (size_t)o->heads;
        for (int h = 0; h < o->heads; h++)
            values[h * distances(nq, nk) + d] = row[h];
    }
}

static void add_relative(const nn_real *gradients, const nn_op *op, const nn_run *run, int nq, int nk)
{
    const nn_attention_options *o = &op->as.attention;
    for (int d = 0; d < distances(nq, nk); d++) {
        nn_real *row =
            run->grads + op->weight + (size_t)nn_relative_bucket(&o->relative, d - nq + 1) * (size_t)o->heads;
        for (int h = 0; h < o->heads; h++)
            row[h] += gradients[h * distances(nq, nk) + d];
    }
}

/* Heads that share keys and values are queries of one head, `rows` for each token. */
static int rows_of(const nn_attention_options *o)
{
    return o->shared ? o->heads : 1;
}

static nn_attention_shape shape_of(const nn_op *op, const nn_run *run)
{
    const nn_attention_options *o = &op->as.attention;
    return (nn_attention_shape){
        .heads = o->heads / rows_of(o),
        .width = o->width,
        .scale = (nn_real)o->scale,
        .causal = o->causal,
        .bias = o->bias ? o->bias->data : NULL,
        .bias_row = o->bias ? o->bias->shape[1] : 0,
        .mask = nn_mask_make(nn_plan_training(op->plan) ? o->dropout : 0, run->seed, run->step, op->index),
        .ldq = o->shared ? o->width : nn_width(op->in[0]),
        .ldkv = nn_width(op->in[1])};
}

/* Makes the biases of the distances in `place`, of which the shape reads. Rows of a head's table overlap: the
 * next query's begins one entry before. */
static void take_relative(nn_attention_shape *shape, nn_real *place, const nn_op *op, const nn_run *run)
{
    const int nq = op->in[0]->shape[1], nk = op->in[1]->shape[1];
    if (!op->as.attention.relative.buckets)
        return;
    fill_relative(place, op, run, nq, nk);
    shape->bias = place + nq - 1;
    shape->bias_row = -1;
    shape->bias_head = distances(nq, nk);
}

static size_t relative_size(const nn_attention_options *o, int nq, int nk)
{
    return o->relative.buckets ? (size_t)o->heads * (size_t)distances(nq, nk) : 0;
}

/* The keys of sequence s that may be seen. */
static const nn_real *seen_of(const nn_attention_options *o, size_t s, int nk)
{
    return o->seen ? o->seen->data + s * (size_t)nk : NULL;
}

/* Whether all sequences go through the kernel of few tokens together: for that they are of one length. */
static bool is_few(const nn_op *op, const nn_attention_shape *shape)
{
    const nn_tensor *q = op->in[0], *kv = op->in[1];
    return !q->ragged && !op->as.attention.relative.buckets &&
           nn_attention_few_suits(shape, q->shape[1] * rows_of(&op->as.attention), kv->shape[1]);
}

static void attention_forward(const nn_op *op, nn_run *run)
{
    const nn_attention_options *o = &op->as.attention;
    const nn_tensor *q = op->in[0], *kv = op->in[1], *y = op->out[0];
    nn_attention_shape shape = shape_of(op, run);
    const int rows = rows_of(o);
    bool keeps = nn_plan_keeps(op->plan);
    size_t head, heads;
    nn_share((size_t)shape.heads, run, &head, &heads);
    if (head == heads)
        return;
    shape.first_head = (int)head;
    shape.end_head = (int)heads;
    nn_real *scratch = nn_scratch(op, run);
    take_relative(&shape, scratch, op, run);
    scratch += relative_size(o, q->shape[1], kv->shape[1]);
    if (is_few(op, &shape)) {
        shape.seen = seen_of(o, 0, 0);
        nn_attention_few_forward(y->data, keeps ? op->saved : NULL, q->data + o->q_column,
                                 kv->data + o->k_column, kv->data + o->v_column, &shape,
                                 nn_first_number(q, run, 0, 0) * (uint64_t)rows, nn_sequences(q, run),
                                 q->shape[1] * rows, kv->shape[1], scratch);
        return;
    }
    for (size_t s = 0; s < nn_sequences(q, run); s++) {
        size_t qs, ks;
        int nq = nn_tokens(q, s, &qs) * rows, nk = nn_tokens(kv, s, &ks);
        const nn_real *keys = kv->data + ks * (size_t)shape.ldkv;
        shape.seen = seen_of(o, s, nk);
        nn_attention_forward(
            y->data + qs * (size_t)nn_width(y), keeps ? op->saved + qs * (size_t)o->heads : NULL,
            q->data + qs * (size_t)nn_width(q) + o->q_column, keys + o->k_column, keys + o->v_column, &shape,
            nn_first_number(q, run, s, qs) * (uint64_t)rows, nq, nk, scratch);
    }
}

/* Whether the gradient of input k must be zero before a kernel writes to it: it adds to the queries' or the
 * keys' and values' columns, and leaves all others of the tensor alone. */
static bool wants_zeros(const nn_op *op, int k, bool adds)
{
    const nn_attention_options *o = &op->as.attention;
    const nn_tensor *q = op->in[0], *kv = op->in[1];
    const int queries = o->heads * o->width, pairs = 2 * (o->shared ? o->width : queries);
    const int written = q->node->root == kv->node->root ? queries + pairs : k == 0 ? queries : pairs;
    return nn_wants_grad(op->in[k]) && !op->accumulate[k] && (adds || written != nn_width(op->in[k]));
}

/* Gradients of the inputs become zero where that is wanted; returns, in adds, whether kernels add to each. */
static void prepare_gradients(const nn_op *op, const nn_run *run, bool few, bool adds[2])
{
    const bool same = op->in[0]->node->root == op->in[1]->node->root;
    for (int k = 0; k < 2; k++) {
        const nn_tensor *x = op->in[k];
        const bool zeros = (k == 0 || !same) && wants_zeros(op, k, !few);
        if (zeros)
            memset(x->grad, 0, nn_rows(x, run) * (size_t)nn_width(x) * sizeof *x->grad);
        adds[k] = !few || zeros || (same ? op->accumulate[0] : op->accumulate[k]);
    }
    adds[1] |= same && adds[0];
}

static void attention_backward(const nn_op *op, nn_run *run)
{
    const nn_attention_options *o = &op->as.attention;
    const nn_tensor *q = op->in[0], *kv = op->in[1], *y = op->out[0];
    nn_attention_shape shape = shape_of(op, run);
    const int rows = rows_of(o);
    const size_t table = relative_size(o, q->shape[1], kv->shape[1]);
    nn_real *gradients = op->scratch_b + table, *scratch = gradients + table;
    take_relative(&shape, op->scratch_b, op, run);
    if (table) {
        memset(gradients, 0, table * sizeof *gradients);
        shape.dbias = gradients + q->shape[1] - 1;
    }
    bool adds[2];
    prepare_gradients(op, run, is_few(op, &shape), adds);
    if (is_few(op, &shape)) {
        shape.seen = seen_of(o, 0, 0);
        nn_attention_few_backward(q->grad + o->q_column, kv->grad + o->k_column, kv->grad + o->v_column,
                                  y->grad, op->saved, q->data + o->q_column, kv->data + o->k_column,
                                  kv->data + o->v_column, &shape,
                                  nn_first_number(q, run, 0, 0) * (uint64_t)rows, nn_sequences(q, run),
                                  q->shape[1] * rows, kv->shape[1], adds[0], adds[1], scratch);
        return;
    }
    for (size_t s = 0; s < nn_sequences(q, run); s++) {
        size_t qs, ks;
        int nq = nn_tokens(q, s, &qs) * rows, nk = nn_tokens(kv, s, &ks);
        size_t qa = qs * (size_t)nn_width(q) + (size_t)o->q_column, ka = ks * (size_t)shape.ldkv;
        size_t ya = qs * (size_t)nn_width(y);
        const nn_real *keys = kv->data + ka;
        shape.seen = seen_of(o, s, nk);
        nn_attention_backward(q->grad + qa, kv->grad + ka + o->k_column, kv->grad + ka + o->v_column,
                              y->grad + ya, y->data + ya, op->saved + qs * (size_t)o->heads, q->data + qa,
                              keys + o->k_column, keys + o->v_column, &shape,
                              nn_first_number(q, run, s, qs) * (uint64_t)rows, nq, nk, scratch);
    }
    if (table)
        add_relative(gradients, op, run, q->shape[1], kv->shape[1]);
}

/* What is added to the scores: the bias, and minus infinity, or what is as good, where a query must not look.
 */
static int add_mask(const nn_op *op, nn_graph *graph, int scores)
{
    const nn_attention_options *o = &op->as.attention;
    const int nq = op->in[0]->shape[1], nk = op->in[1]->shape[1];
    if (o->bias)
        scores = nn_graph_two(graph, "Add", scores, nn_graph_of(graph, o->bias));
    if (!o->causal)
        return scores;
    nn_real *mask = calloc((size_t)nq * (size_t)nk, sizeof *mask);
    for (int i = 0; mask && i < nq; i++)
        for (int j = i + 1; j < nk; j++)
            mask[(size_t)i * (size_t)nk + (size_t)j] = (nn_real)-1e30;
    const int value = mask ? nn_graph_reals(graph, mask, 2, (int[]){nq, nk}) : -1;
    free(mask);
    return nn_graph_two(graph, "Add", scores, value);
}

static void attention_spell(const nn_op *op, nn_graph *graph)
{
    const nn_attention_options *o = &op->as.attention;
    const int kv_heads = o->shared ? 1 : o->heads;
    const bool ragged = op->in[0]->ragged || op->in[1]->ragged;
    if (o->seen || (ragged && (o->causal || o->bias)) ||
        (!ragged && relative_size(o, op->in[0]->shape[1], op->in[1]->shape[1]))) {
        nn_graph_fail(graph, "attention that hides keys or goes by distances has no form in ONNX");
        return;
    }
    const int q = nn_graph_heads(graph, op->in[0], o->q_column, o->heads, o->width),
              k = nn_graph_heads(graph, op->in[1], o->k_column, kv_heads, o->width),
              v = nn_graph_heads(graph, op->in[1], o->v_column, kv_heads, o->width);
    int y = nn_graph_two(graph, "MatMul", q, nn_graph_transpose(graph, k, 4, (int[]){0, 1, 3, 2}));
    y = nn_graph_two(graph, "Mul", y, nn_graph_real(graph, o->scale > 0 ? o->scale : 1 / sqrt(o->width)));
    y = nn_graph_two(graph, "MatMul", nn_graph_softmax(graph, add_mask(op, graph, y)), v);
    nn_graph_is(graph, op->out[0], nn_graph_unheads(graph, y, o->heads, o->width));
}

static const nn_op_kind attention_kind = {.name = "attention",
                                          .spell = attention_spell,
                                          .spells_ragged = true,
                                          .forward = attention_forward,
                                          .backward = attention_backward,
                                          .divides = true,
                                          .keeps_input = {true, true, true, true},
                                          .keeps_output = {true},
                                          .sets_gradient = true};

static bool attention_fits(nn_plan *plan, const nn_tensor *q, const nn_tensor *kv,
                           const nn_attention_options *o)
{
    char a[64], b[64];
    nn_shape_text(q, a, sizeof a);
    nn_shape_text(kv, b, sizeof b);
    long span = (long)o->heads * o->width, shared = o->shared ? o->width : span;
    bool ragged = q->ragged && kv->ragged && q->rank == 2 && kv->rank == 2;
    bool dense = !q->ragged && !kv->ragged && q->rank == 3 && kv->rank == 3 && q->shape[0] == kv->shape[0];
    if (!ragged && !dense)
        nn_plan_fail(plan, "attention: %s and %s are not the same number of sequences", a, b);
    else if (o->heads < 1 || o->width < 1 || o->q_column < 0 || o->k_column < 0 || o->v_column < 0 ||
             o->q_column + span > nn_width(q) || o->k_column + shared > nn_width(kv) ||
             o->v_column + shared > nn_width(kv) ||
             (o->shared && (span != nn_width(q) || o->causal || o->bias)))
        nn_plan_fail(plan, "attention: %d heads of %d columns do not lie within %s and %s", o->heads,
                     o->width, a, b);
    else if (!(o->dropout >= 0 && o->dropout < 1))
        nn_plan_fail(plan, "attention: the dropout rate %g is not in [0, 1)", o->dropout);
    else if (o->relative.buckets && (!dense || o->bias || o->shared || o->relative.buckets < 2 ||
                                     o->relative.distance <= o->relative.buckets / 2))
        nn_plan_fail(plan, "attention: %d buckets of distances up to %d do not fit %s and %s",
                     o->relative.buckets, o->relative.distance, a, b);
    else if (o->seen &&
             (!dense || o->seen->shape[0] != kv->shape[0] || nn_inner(o->seen) != (size_t)kv->shape[1]))
        nn_plan_fail(plan, "attention: what hides keys is not of the keys of %s", b);
    else if (o->bias && (!dense || o->bias->shape[0] != q->shape[1] || o->bias->shape[1] != kv->shape[1]))
        nn_plan_fail(plan, "attention: a bias of %d x %d does not fit %s and %s", o->bias->shape[0],
                     o->bias->shape[1], a, b);
    else
        return true;
    return false;
}

const nn_param *nn_relative_want(nn_plan *plan, const nn_relative *relative, int heads)
{
    return nn_plan_param(plan, relative->name, NN_INIT_UNIFORM, 0.1, 2, (int[]){relative->buckets, heads});
}

static bool want_relative(nn_plan *plan, nn_op *op)
{
    const nn_attention_options *o = &op->as.attention;
    const nn_param *table = nn_relative_want(plan, &o->relative, o->heads);
    if (!table)
        return false;
    op->weight = table->offset;
    op->parameters = table->count;
    op->has_params = true;
    return true;
}

nn_tensor *nn_attention(nn_plan *plan, nn_tensor *q, nn_tensor *kv, nn_attention_options options)
{
    if (!nn_plan_ready(plan, "attention", 2, (nn_tensor *[]){q, kv}) ||
        !attention_fits(plan, q, kv, &options))
        return NULL;
    int shape[NN_MAX_RANK];
    memcpy(shape, q->shape, sizeof shape);
    shape[q->rank - 1] = options.heads * options.width;
    int nq = q->ragged ? q->ragged->longest : q->shape[1],
        nk = kv->ragged ? kv->ragged->longest : kv->shape[1];
    nn_op op = {.kind = &attention_kind, .in = {q, kv, options.bias, options.seen}, .as.attention = options};
    op.out[0] = nn_plan_tensor(plan, q->rank, shape, q->ragged);
    op.saved_elements = nn_row_capacity(q) * (size_t)options.heads;
    const nn_attention_shape sizes = {.width = options.width};
    size_t scratch = nn_attention_scratch(nq * rows_of(&options), nk, options.width);
    if (nn_attention_few_suits(&sizes, nq * rows_of(&options), nk)) {
        const size_t few = nn_attention_few_scratch(nq * rows_of(&options), nk, options.width);
        scratch = few > scratch ? few : scratch;
    }
    op.scratch_forward = scratch + relative_size(&options, nq, nk);
    op.scratch_backward = scratch + 2 * relative_size(&options, nq, nk);
    if (options.relative.buckets && !want_relative(plan, &op))
        return NULL;
    op.macs = 2.0 * (double)nn_row_capacity(q) * nk * options.heads * options.width;
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

bool nn_attention_weights(const nn_plan *plan, const nn_tensor *y, const nn_run *run, int sample, int head,
                          nn_real *out)
{
    const nn_op *op = y->node->op;
    bool kept = op && op->kind == &attention_kind && !op->as.attention.shared &&
                !op->as.attention.relative.buckets && nn_plan_keeps(plan);
    if (!kept || head < 0 || head >= op->as.attention.heads || sample < 0 || sample >= run->batch)
        return false;
    const nn_attention_options *o = &op->as.attention;
    nn_attention_shape shape = shape_of(op, run);
    size_t qs, ks;
    int nq = nn_tokens(op->in[0], (size_t)sample, &qs), nk = nn_tokens(op->in[1], (size_t)sample, &ks);
    shape.seen = seen_of(o, (size_t)sample, nk);
    nn_attention_map(out, op->in[0]->data + qs * (size_t)shape.ldq + o->q_column,
                     op->in[1]->data + ks * (size_t)shape.ldkv + o->k_column,
                     op->saved + qs * (size_t)o->heads, &shape, head, nq, nk);
    return true;
}

nn_tensor *nn_plan_attention(const nn_plan *plan, int n)
{
    for (int i = 0; i < plan->op_count; i++)
        if (plan->ops[i]->kind == &attention_kind && n-- == 0)
            return plan->ops[i]->out[0];
    return NULL;
}
