/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operation around the cores of mixers: takes sequences and heads apart and hands them out. */
#include "lib/parts/core.h"

#include <string.h>

/* Heads narrower than this come together in groups of about as many columns. */
enum { GROUP_COLUMNS = 16 };

/* An operation's own record; the settings follow it. */
typedef struct own_record {
    nn_core_view form; /* what all views share */
    nn_core_size size; /* of one group */
    int group;         /* heads of one */
    int k_column, v_column;
    size_t settings; /* bytes behind the record's beginning */
} own_record;

static const nn_core *core_of(const nn_op *op)
{
    return (const nn_core *)op->kind;
}

int nn_core_longest(const nn_tensor *x)
{
    return x->ragged ? x->ragged->longest : x->shape[1];
}

static int groups_of(const own_record *own)
{
    return (own->form.heads + own->group - 1) / own->group;
}

/* Sequence s and group g. Backward's fields only where the plan has gradients. */
static nn_core_view view_of(const nn_op *op, const nn_run *run, size_t s, int g, bool backward)
{
    const own_record *own = op->own;
    const nn_tensor *q = op->in[0], *kv = op->in[1], *extra = op->in[2], *y = op->out[0];
    nn_core_view view = own->form;
    size_t qs, ks;
    view.queries = nn_tokens(q, s, &qs);
    view.keys = nn_tokens(kv, s, &ks);
    view.head = g * own->group;
    view.heads = own->form.heads - view.head < own->group ? own->form.heads - view.head : own->group;
    view.settings = (const char *)own + own->settings;
    view.params = run->params;
    const int column = view.head * view.width;
    const size_t q_at = qs * (size_t)view.ldq + (size_t)column, y_at = qs * (size_t)view.ldy + (size_t)column,
                 k_at = ks * (size_t)view.ldkv + (size_t)(own->k_column + column),
                 v_at = ks * (size_t)view.ldkv + (size_t)(own->v_column + column),
                 extra_at = qs * (size_t)view.ld_extra + (size_t)view.head;
    view.q = q->data + q_at;
    view.k = kv->data + k_at;
    view.v = kv->data + v_at;
    view.y = y->data + y_at;
    if (extra)
        view.extra = extra->data + extra_at;
    if (backward) {
        view.dq = q->grad + q_at;
        view.dk = kv->grad + k_at;
        view.dv = kv->grad + v_at;
        view.dy = y->grad + y_at;
        if (extra)
            view.d_extra = extra->grad + extra_at;
    }
    const nn_core_size *size = &own->size;
    const size_t before = qs * size->saved_query + ks * size->saved_key + s * size->saved_sequence,
                 one = (size_t)view.queries * size->saved_query + (size_t)view.keys * size->saved_key +
                       size->saved_sequence;
    view.saved = op->saved + before * (size_t)groups_of(own) + one * (size_t)g;
    return view;
}

void nn_core_forward(const nn_op *op, nn_run *run)
{
    size_t first, end;
    nn_share((size_t)groups_of(op->own), run, &first, &end);
    for (size_t s = 0; s < nn_sequences(op->in[0], run) && first < end; s++)
        for (size_t g = first; g < end; g++) {
            nn_core_view view = view_of(op, run, s, (int)g, false);
            view.scratch = nn_scratch(op, run);
            core_of(op)->forward(&view);
        }
}

void nn_core_backward(const nn_op *op, nn_run *run)
{
    for (size_t s = 0; s < nn_sequences(op->in[0], run); s++)
        for (int g = 0; g < groups_of(op->own); g++) {
            nn_core_view view = view_of(op, run, s, g, true);
            view.scratch = op->scratch_b;
            core_of(op)->backward(&view);
        }
}

void nn_core_spell(const nn_op *op, nn_graph *graph)
{
    const own_record *own = op->own;
    const nn_core *core = core_of(op);
    const int heads = own->form.heads, width = own->form.width;
    if (!core->spell || own->form.causal || op->in[2]) {
        nn_graph_fail(graph, "the operation '%s' has no form in ONNX", op->kind->name);
        return;
    }
    const nn_core_values values = {.q = nn_graph_heads(graph, op->in[0], 0, heads, width),
                                   .k = nn_graph_heads(graph, op->in[1], own->k_column, heads, width),
                                   .v = nn_graph_heads(graph, op->in[1], own->v_column, heads, width),
                                   .queries = op->in[0]->shape[1],
                                   .keys = op->in[1]->shape[1],
                                   .heads = heads,
                                   .width = width,
                                   .settings = (const char *)own + own->settings};
    nn_graph_is(graph, op->out[0], nn_graph_unheads(graph, core->spell(graph, &values), heads, width));
}

static const own_record *own_of(nn_plan *plan, const nn_core *core, const nn_projected *p,
                                const nn_core_options *options)
{
    enum { MOST = 256 };
    union {
        own_record record;
        char bytes[sizeof(own_record) + MOST];
    } own;
    memset(&own, 0, sizeof own);
    own_record *r = &own.record;
    if (options->settings_size > MOST) {
        nn_plan_fail(plan, "%s: too many settings", core->op.name);
        return NULL;
    }
    r->group = core->grouped && p->width < GROUP_COLUMNS ? GROUP_COLUMNS / p->width : 1;
    r->group = r->group < p->heads ? r->group : p->heads;
    r->form = (nn_core_view){.queries = nn_core_longest(p->q),
                             .keys = nn_core_longest(p->kv),
                             .heads = r->group,
                             .width = p->width,
                             .causal = options->causal,
                             .ldq = nn_width(p->q),
                             .ldkv = nn_width(p->kv),
                             .ldy = p->heads * p->width,
                             .ld_extra = options->extra ? nn_width(options->extra) : 0,
                             .settings = options->settings};
    r->size = core->size(&r->form);
    const size_t most = (size_t)1 << 30; /* kernels count a head's elements in int */
    if (r->size.forward > most || r->size.backward > most) {
        nn_plan_fail(plan, "%s: %d tokens are too many for it", core->op.name, r->form.keys);
        return NULL;
    }
    r->form.heads = p->heads;
    r->k_column = p->k_column;
    r->v_column = p->v_column;
    r->settings = sizeof(own_record);
    if (options->settings_size)
        memcpy(own.bytes + r->settings, options->settings, options->settings_size);
    return nn_plan_own(plan, &own, sizeof(own_record) + options->settings_size);
}

nn_tensor *nn_core_build(nn_plan *plan, const nn_core *core, const nn_projected *p, nn_core_options options)
{
    nn_tensor *q = p->q, *kv = p->kv;
    if (!nn_plan_ready(plan, core->op.name, 2, (nn_tensor *[]){q, kv}))
        return NULL;
    const bool alike = q->rank == kv->rank && !q->ragged == !kv->ragged && q->rank == (q->ragged ? 2 : 3) &&
                       (q->ragged || q->shape[0] == kv->shape[0]);
    if (!alike) {
        char a[64], b[64];
        nn_plan_fail(plan, "%s: %s and %s are not the same number of sequences", core->op.name,
                     nn_shape_text(q, a, sizeof a), nn_shape_text(kv, b, sizeof b));
        return NULL;
    }
    const own_record *own = own_of(plan, core, p, &options);
    if (!own)
        return NULL;
    int shape[NN_MAX_RANK];
    memcpy(shape, q->shape, sizeof shape);
    shape[q->rank - 1] = p->heads * p->width;
    const size_t sequences = (size_t)(q->ragged ? plan->batch : q->shape[0]), groups = (size_t)groups_of(own),
                 saved = nn_row_capacity(q) * own->size.saved_query +
                         nn_row_capacity(kv) * own->size.saved_key + sequences * own->size.saved_sequence;
    nn_op op = {.kind = &core->op,
                .in = {q, kv, options.extra},
                .out = {nn_plan_tensor(plan, q->rank, shape, q->ragged)},
                .saved_elements = groups * saved,
                .scratch_forward = own->size.forward,
                .scratch_backward = own->size.backward,
                .macs = (double)nn_row_capacity(q) * options.macs,
                .own = own};
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

/* Below this many multiply-adds plain vectorised loops beat a BLAS call. */
static const long small_product = 48L * 48 * 48;

void nn_core_multiply(nn_real *c, int ldc, bool transpose_a, const nn_real *a, int lda, const nn_real *b,
                      int ldb, int m, int n, int k, bool accumulate)
{
    if ((long)m * n * k <= small_product)
        nn_gemm_small(c, ldc, a, transpose_a ? 1 : lda, transpose_a ? lda : 1, b, ldb, m, n, k, accumulate);
    else
        nn_gemm(transpose_a, false, m, n, k, a, lda, b, ldb, accumulate ? 1 : 0, c, ldc);
}

void nn_core_multiply_across(nn_real *c, int ldc, const nn_real *a, int lda, const nn_real *b, int ldb, int m,
                             int n, int k, bool accumulate, nn_real *place)
{
    if ((long)m * n * k > small_product) {
        nn_gemm(false, true, m, n, k, a, lda, b, ldb, accumulate ? 1 : 0, c, ldc);
        return;
    }
    for (int j = 0; j < n; j++)
        for (int l = 0; l < k; l++)
            place[(size_t)l * (size_t)n + (size_t)j] = b[(size_t)j * (size_t)ldb + (size_t)l];
    nn_gemm_small(c, ldc, a, lda, 1, place, n, m, n, k, accumulate);
}
