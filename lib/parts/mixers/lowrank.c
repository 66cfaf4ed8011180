/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention over r combinations of the keys and values in place of all N: K' = E'K, V' = F'V with learned E
 * and F (Linformer, arXiv 2006.04768, eq. 7), or the first r rows of the cosine transform of each sequence's
 * own length; and DCT-Former (arXiv 2203.01178), whose queries are combined as well. */
#include "lib/graph.h"
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <stdlib.h>

typedef enum projection { LEARNED, SHARED, DCT, DCTFORMER } projection;

typedef struct lowrank {
    nn_heads heads;
    int rank, projection, places;
} lowrank;

/* How one operation combines tokens: the cosine transform takes all of the columns [column, column +
 * columns); learned weights are op->weight for the first half of them, op->bias for the second. */
typedef struct combination {
    int rank, column, columns;
    bool dct, back; /* back: from combinations to tokens */
} combination;

/* --- the cosine transform --- */

/* basis (n,r): column k is row k of the orthonormal DCT-II of n tokens, by cos((k+1)a) = 2 cos(a) cos(ka) -
 * cos((k-1)a). */
static void fill_cosines(nn_real *basis, int n, int r)
{
    const double first = sqrt(1.0 / n), other = sqrt(2.0 / n);
    for (int t = 0; t < n; t++) {
        const double c = cos(M_PI * (t + 0.5) / n);
        double before = c, now = 1;
        for (int k = 0; k < r; k++) {
            const double next = 2 * c * now - before;
            basis[(size_t)t * (size_t)r + (size_t)k] = (nn_real)(now * (k ? other : first));
            before = now;
            now = next;
        }
    }
}

/* --- one sequence --- */

/* Its n tokens (n,.) and r combinations (r,.) of them, and the weights (n,r) in between. */
typedef struct sequence {
    int n, r, ld_long, ld_short;
    size_t at_long, at_short; /* of its first elements */
} sequence;

static sequence sequence_of(const nn_op *op, const combination *c, size_t s)
{
    const nn_tensor *x = c->back ? op->out[0] : op->in[0], *z = c->back ? op->in[0] : op->out[0];
    size_t first, first_short;
    const int n = nn_tokens(x, s, &first), r = nn_tokens(z, s, &first_short);
    return (sequence){.n = n,
                      .r = r,
                      .ld_long = nn_width(x),
                      .ld_short = nn_width(z),
                      .at_long = first * (size_t)nn_width(x) + (size_t)c->column,
                      .at_short = first_short * (size_t)nn_width(z)};
}

/* to (m,columns) = W' from [+ to] with tokens on the side of from, or W from with them on that of to. */
static void combine(const sequence *q, bool to_tokens, nn_real *to, const nn_real *from, const nn_real *w,
                    int columns, bool adds)
{
    if (to_tokens)
        nn_gemm(false, false, q->n, columns, q->r, w, q->r, from, q->ld_short, adds, to, q->ld_long);
    else
        nn_gemm(true, false, q->r, columns, q->n, w, q->r, from, q->ld_long, adds, to, q->ld_short);
}

/* --- the operation --- */

static void set_offsets(const nn_op *op, const nn_run *run, const combination *c)
{
    const nn_tensor *x = op->in[0], *z = op->out[0];
    if (!z->ragged || c->back)
        return;
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        size_t first;
        const int n = nn_tokens(x, s, &first);
        z->ragged->offsets[s + 1] = z->ragged->offsets[s] + (c->dct && n < c->rank ? n : c->rank);
    }
}

static void forward(const nn_op *op, nn_run *run)
{
    const combination *c = op->own;
    set_offsets(op, run, c);
    for (size_t s = 0; s < nn_sequences(op->in[0], run); s++) {
        const sequence q = sequence_of(op, c, s);
        nn_real *to = op->out[0]->data + (c->back ? q.at_long : q.at_short);
        const nn_real *from = op->in[0]->data + (c->back ? q.at_short : q.at_long);
        if (c->dct) {
            fill_cosines(op->scratch_f, q.n, q.r);
            combine(&q, c->back, to, from, op->scratch_f, c->columns, false);
            continue;
        }
        const int half = c->columns / 2;
        combine(&q, false, to, from, run->params + op->weight, half, false);
        combine(&q, false, to + half, from + half, run->params + op->bias, half, false);
    }
}

/* dW (n,r) += X dZ' */
static void weigh(const sequence *q, nn_real *dw, const nn_real *x, const nn_real *dz, int columns)
{
    nn_gemm(false, true, q->n, q->r, columns, x, q->ld_long, dz, q->ld_short, 1, dw, q->r);
}

static void backward(const nn_op *op, nn_run *run)
{
    const combination *c = op->own;
    const nn_tensor *x = op->in[0];
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        const sequence q = sequence_of(op, c, s);
        const nn_real *dz = op->out[0]->grad + (c->back ? q.at_long : q.at_short);
        const size_t at = c->back ? q.at_short : q.at_long;
        if (c->dct) {
            fill_cosines(op->scratch_b, q.n, q.r);
            combine(&q, !c->back, x->grad + at, dz, op->scratch_b, c->columns, true);
            continue;
        }
        const int half = c->columns / 2;
        for (int i = 0; i < 2; i++) {
            const size_t w = i ? op->bias : op->weight, from = (size_t)(i * half);
            if (nn_wants_grad(x))
                combine(&q, true, x->grad + at + from, dz + from, run->params + w, half, true);
            weigh(&q, run->grads + w, x->data + at + from, dz + from, half);
        }
    }
}

/* The weights w (tokens,rank) of columns [column, column + columns) of x. */
static int combine_columns(nn_graph *graph, int x, const nn_real *w, const combination *c, int n, int r,
                           int column, int columns)
{
    const int part = nn_graph_slice(graph, x, 2, column, column + columns),
              weights = nn_graph_reals(graph, w, 2, (int[]){n, r});
    return nn_graph_two(graph, "MatMul",
                        c->back ? weights : nn_graph_transpose(graph, weights, 2, (int[]){1, 0}), part);
}

static void learned_spell(const nn_op *op, nn_graph *graph)
{
    const combination *c = op->own;
    const int x = nn_graph_of(graph, op->in[0]), n = op->in[0]->shape[1], half = c->columns / 2;
    const nn_real *params = graph->params->data;
    const int parts[] = {combine_columns(graph, x, params + op->weight, c, n, c->rank, c->column, half),
                         combine_columns(graph, x, params + op->bias, c, n, c->rank, c->column + half, half)};
    nn_graph_is(graph, op->out[0], nn_graph_concat(graph, 2, 2, parts));
}

static void dct_spell(const nn_op *op, nn_graph *graph)
{
    const combination *c = op->own;
    const nn_tensor *x = c->back ? op->out[0] : op->in[0], *z = c->back ? op->in[0] : op->out[0];
    const int n = x->shape[1], r = z->shape[1], first = c->back ? 0 : c->column;
    nn_real *basis = malloc((size_t)n * (size_t)r * sizeof *basis);
    if (basis) {
        fill_cosines(basis, n, r);
        nn_graph_is(graph, op->out[0],
                    combine_columns(graph, nn_graph_of(graph, op->in[0]), basis, c, n, r, first, c->columns));
    } else
        nn_graph_no_memory(graph);
    free(basis);
}

static const nn_op_kind learned_kind = {.name = "low rank",
                                        .spell = learned_spell,
                                        .forward = forward,
                                        .backward = backward,
                                        .keeps_input = {true}};
static const nn_op_kind dct_kind = {
    .name = "cosine transform", .spell = dct_spell, .forward = forward, .backward = backward};

/* --- building --- */

static int most_tokens(const nn_tensor *x)
{
    return x->ragged ? x->ragged->longest : x->shape[1];
}

/* name: of the sub-layer, with its prefix. */
static bool want_weights(nn_plan *plan, const char *name, const lowrank *set, nn_op *op, int tokens)
{
    const int shape[] = {set->places ? set->places : tokens, set->rank};
    const bool shared = set->projection == SHARED;
    if (shape[0] < tokens)
        nn_plan_fail(plan, "%s: weights of %d places cannot combine %d tokens", name, shape[0], tokens);
    const double bound = 1 / sqrt(shape[1]);
    const nn_param *w = nn_plan_param(plan, nn_name(plan, "%s%s.compress", name, shared ? "" : ".key"),
                                      NN_INIT_UNIFORM, bound, 2, shape);
    op->weight = op->bias = w ? w->offset : 0;
    op->parameters = w ? w->count : 0;
    if (shared)
        return w;
    w = nn_plan_param(plan, nn_name(plan, "%s.value.compress", name), NN_INIT_UNIFORM, bound, 2, shape);
    op->bias = w ? w->offset : 0;
    op->parameters *= 2;
    return w;
}

/* The operation from x to z, whichever of them is the shorter one. */
static nn_tensor *record(nn_plan *plan, nn_op *op, nn_tensor *x, nn_tensor *z, const combination *c,
                         int tokens)
{
    op->in[0] = x;
    op->out[0] = z;
    op->own = nn_plan_own(plan, c, sizeof *c);
    op->kind = c->dct ? &dct_kind : &learned_kind;
    op->has_params = !c->dct;
    op->scratch_forward = op->scratch_backward = c->dct ? (size_t)tokens * (size_t)c->rank : 0;
    op->macs = z ? (double)nn_row_capacity(c->back ? z : x) * c->rank * c->columns : 0;
    return nn_plan_record(plan, op) ? z : NULL;
}

/* Combinations of the tokens of x, which has them in c's columns. */
static nn_tensor *shorten(nn_plan *plan, const char *name, const lowrank *set, nn_tensor *x, combination c)
{
    const int tokens = most_tokens(x);
    nn_op op = {0};
    if (c.dct && c.rank > tokens)
        c.rank = tokens;
    if (!c.dct && !want_weights(plan, name, set, &op, tokens))
        return NULL;
    const int batch = nn_plan_batch(plan);
    nn_ragged *ragged = x->ragged ? nn_plan_ragged(plan, batch * c.rank, c.rank) : NULL;
    nn_tensor *z = ragged ? nn_plan_tensor(plan, 2, (int[]){batch * c.rank, c.columns}, ragged)
                          : nn_plan_tensor(plan, 3, (int[]){x->shape[0], c.rank, c.columns}, NULL);
    return record(plan, &op, x, z, &c, tokens);
}

static nn_tensor *lengthen(nn_plan *plan, const lowrank *set, nn_tensor *z, const nn_tensor *x)
{
    int shape[] = {x->shape[0], x->shape[1], nn_width(z)};
    const int tokens = most_tokens(x);
    if (x->rank == 2)
        shape[1] = shape[2];
    const combination c = {
        .rank = set->rank < tokens ? set->rank : tokens, .columns = nn_width(z), .dct = true, .back = true};
    return record(plan, &(nn_op){0}, z, nn_plan_tensor(plan, x->rank, shape, x->ragged), &c, tokens);
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    const lowrank *set = settings;
    const bool all = set->projection == DCTFORMER;
    nn_projected p;
    if (!nn_block_project(plan, name, block, &set->heads, x, memory, &p))
        return NULL;
    const int span = p.heads * p.width;
    nn_tensor *kv = shorten(plan, nn_name(plan, memory ? "%s.cross" : "%s.attention", name), set, p.kv,
                            (combination){.rank = set->rank,
                                          .column = all ? 0 : p.k_column,
                                          .columns = all ? 3 * span : 2 * span,
                                          .dct = set->projection >= DCT});
    nn_tensor *y = nn_attention(plan, all ? kv : p.q, kv,
                                (nn_attention_options){.heads = p.heads,
                                                       .width = p.width,
                                                       .q_column = p.q_column,
                                                       .k_column = all ? p.k_column : 0,
                                                       .v_column = all ? p.v_column : span,
                                                       .dropout = nn_block_inner_dropout(block)});
    if (all && y)
        y = lengthen(plan, set, y, x);
    return y ? nn_block_output(plan, name, block, x, memory, y) : NULL;
}

unsigned nn_lowrank_flags(const void *settings)
{
    static const unsigned flags[] = {[LEARNED] = NN_PART_FIXED | NN_PART_CROSS,
                                     [SHARED] = NN_PART_FIXED | NN_PART_CROSS,
                                     [DCT] = NN_PART_ORDER | NN_PART_CROSS,
                                     [DCTFORMER] = NN_PART_ORDER};
    return flags[((const lowrank *)settings)->projection];
}

static const nn_option options[] = {
    {"r", 0, NN_INT, offsetof(lowrank, rank), "16", "N", 1, 65536, "combinations of tokens that are kept"},
    {"proj", 0, NN_CHOICE, offsetof(lowrank, projection), "learned", "learned|shared|dct|dctformer", 0, 0,
     "weights of the combinations: learned ones of keys and of values, the same for both, or the lowest "
     "frequencies of the cosine transform, of keys and values or of queries too"},
    {"n", 0, NN_INT, offsetof(lowrank, places), "0", "N", 0, 1048576,
     "places that learned weights are for; 0: the tokens that there are"},
    NN_HEADS_OPTIONS,
    {0}};

const nn_mixer_kind nn_mixer_lowrank = {
    {"lowrank",
     "attention over r combinations of tokens (Linformer, arXiv 2006.04768; DCT-Former, arXiv 2203.01178)",
     "4d^2 + 4rd", NN_PART_FIXED | NN_PART_CROSS, options, sizeof(lowrank)},
    .build = build};
