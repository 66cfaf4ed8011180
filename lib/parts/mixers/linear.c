/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear attention: y_i = phi(q_i) sum_j phi(k_j)' v_j / (phi(q_i) . sum_j phi(k_j)), with the feature maps
 * of features.h. A column of ones behind the values makes the denominator one more column of the numerator.
 */
#include "lib/parts/mixers/linear.h"

#include <string.h>

enum { ELU1, COS, PERF, HASH };

typedef struct linear {
    nn_heads heads;
    int phi, columns, anchors;
    double offset;
} linear;

nn_linear_sizes nn_linear_sizes_of(const nn_core_view *view)
{
    const nn_linear_form *form = view->settings;
    const int d = view->heads * view->width;
    return (nn_linear_sizes){view->heads * form->form.columns, d, d + view->heads};
}

/* --- pieces --- */

nn_feature_view nn_linear_features(const nn_core_view *view, bool query, nn_real *phi, nn_real *scratch)
{
    const nn_linear_form *form = view->settings;
    query = query || form->feature->shared;
    return (nn_feature_view){.tokens = query ? view->queries : view->keys,
                             .heads = view->heads,
                             .width = view->width,
                             .ldx = query ? view->ldq : view->ldkv,
                             .head = view->head,
                             .query = query,
                             .causal = view->causal,
                             .longer = view->queries > view->keys ? view->queries : view->keys,
                             .x = query ? view->q : view->k,
                             .dx = query ? view->dq : view->dk,
                             .phi = phi,
                             .scratch = scratch,
                             .form = &form->form,
                             .params = view->params};
}

/* vx (keys,x) = [v, ones]. */
void nn_linear_extend(nn_real *vx, const nn_core_view *view, nn_linear_sizes n)
{
    for (int j = 0; j < view->keys; j++) {
        nn_real *row = vx + product(j, n.x);
        memcpy(row, view->v + product(j, view->ldkv), (size_t)n.d * sizeof *row);
        for (int h = n.d; h < n.x; h++)
            row[h] = 1;
    }
}

/* A head's features meet its own values only. */
static void separate_heads(nn_real *s, const nn_core_view *view, nn_linear_sizes n)
{
    const int columns = n.c / view->heads;
    for (int r = 0; r < n.c && view->heads > 1; r++)
        for (int c = 0; c < n.x; c++)
            if (r / columns != (c < n.d ? c / view->width : c - n.d))
                s[product(r, n.x) + (size_t)c] = 0;
}

/* state (c,x) = features' values, of which the last columns are those of the denominators. */
static void gather(const nn_core_view *view, nn_real *state, const nn_real *phi, const nn_real *values,
                   int tokens, nn_linear_sizes n)
{
    nn_core_multiply(state, n.x, true, phi, n.c, values, n.x, n.c, n.x, tokens, false);
    separate_heads(state, view, n);
}

static const nn_real least = (nn_real)1e-6, most_share = (nn_real)1e6;

nn_real nn_linear_share(const nn_core_view *view, nn_real sum)
{
    const nn_feature_guard guard = ((const nn_linear_form *)view->settings)->feature->guard;
    return guard == NN_GUARD_CLAMP ? sum > least ? 1 / sum : most_share
           : guard == NN_GUARD_ADD ? 1 / (sum + least)
                                   : 1 / sum;
}

bool nn_linear_clamped(const nn_core_view *view, nn_real share)
{
    return ((const nn_linear_form *)view->settings)->feature->guard == NN_GUARD_CLAMP && share >= most_share;
}

/* y = num over its last columns; share (queries,heads) is what was multiplied by. */
void nn_linear_divide(const nn_core_view *view, const nn_real *num, nn_real *share, int first, int count,
                      nn_linear_sizes n)
{
    for (int i = 0; i < count; i++)
        for (int h = 0; h < view->heads; h++) {
            const nn_real *row = num + product(i, n.x) + h * view->width;
            const nn_real r = nn_linear_share(view, num[product(i, n.x) + (size_t)(n.d + h)]);
            nn_real *y = view->y + product(first + i, view->ldy) + h * view->width;
            share[product(first + i, view->heads) + (size_t)h] = r;
            for (int c = 0; c < view->width; c++)
                y[c] = row[c] * r;
        }
}

/* dnum (queries,x) of dy. */
void nn_linear_divide_back(nn_real *dnum, const nn_core_view *view, const nn_real *share, nn_linear_sizes n)
{
    for (int i = 0; i < view->queries; i++)
        for (int h = 0; h < view->heads; h++) {
            const size_t at = product(i, view->ldy) + (size_t)(h * view->width);
            const nn_real *dy = view->dy + at, *y = view->y + at,
                          r = share[product(i, view->heads) + (size_t)h];
            nn_real *row = dnum + product(i, n.x), sum = 0;
            for (int c = 0; c < view->width; c++) {
                row[h * view->width + c] = dy[c] * r;
                sum += dy[c] * y[c];
            }
            row[n.d + h] = nn_linear_clamped(view, r) ? 0 : -sum * r;
        }
}

static nn_core_size size(const nn_core_view *longest)
{
    const nn_linear_sizes n = nn_linear_sizes_of(longest);
    const nn_linear_form *form = longest->settings;
    const int tokens = longest->queries > longest->keys ? longest->queries : longest->keys;
    const size_t own = form->feature->scratch(&form->form, tokens, longest->width), state = product(n.c, n.x),
                 chunk = 2 * NN_LINEAR_CHUNK * NN_LINEAR_CHUNK + product(NN_LINEAR_CHUNK, n.c + n.x);
    return (nn_core_size){.saved_query = (size_t)longest->heads,
                          .saved_sequence = state,
                          .forward = product(tokens, 2 * n.c + 2 * n.x) + state + chunk + own,
                          .backward = product(tokens, 3 * n.c + 2 * n.x) + 2 * state + chunk + own};
}

/* --- every query takes up every key: several narrow heads together --- */

static void forward(const nn_core_view *view)
{
    if (view->heads == 1) {
        nn_linear_forward_one(view);
        return;
    }
    const nn_linear_sizes n = nn_linear_sizes_of(view);
    const nn_feature *feature = ((const nn_linear_form *)view->settings)->feature;
    const int tokens = view->queries > view->keys ? view->queries : view->keys;
    nn_real *state = view->saved, *share = state + product(n.c, n.x), *phi = view->scratch,
            *vx = phi + product(tokens, n.c), *own = vx + product(tokens, n.x);
    const nn_feature_view keys = nn_linear_features(view, false, phi, own),
                          queries = nn_linear_features(view, true, phi, own);
    feature->forward(&keys);
    nn_linear_extend(vx, view, n);
    gather(view, state, phi, vx, view->keys, n);
    feature->forward(&queries);
    nn_core_multiply(vx, n.x, false, phi, n.c, state, n.x, view->queries, n.x, n.c, false);
    nn_linear_divide(view, vx, share, 0, view->queries, n);
}

static void backward(const nn_core_view *view)
{
    if (view->heads == 1) {
        nn_linear_backward_one(view);
        return;
    }
    const nn_linear_sizes n = nn_linear_sizes_of(view);
    const nn_feature *feature = ((const nn_linear_form *)view->settings)->feature;
    const int tokens = view->queries > view->keys ? view->queries : view->keys;
    const nn_real *state = view->saved, *share = state + product(n.c, n.x);
    nn_real *phi = view->scratch, *dphi = phi + product(tokens, n.c), *x = dphi + product(tokens, n.c),
            *dstate = x + product(tokens, n.x), *place = dstate + product(n.c, n.x),
            *own = place + product(n.c, n.x);
    nn_feature_view queries = nn_linear_features(view, true, phi, own),
                    keys = nn_linear_features(view, false, phi, own);
    queries.dphi = keys.dphi = dphi;
    feature->forward(&queries);
    nn_linear_divide_back(x, view, share, n);
    nn_core_multiply_across(dphi, n.c, x, n.x, state, n.x, view->queries, n.c, n.x, false, place);
    gather(view, dstate, phi, x, view->queries, n);
    feature->backward(&queries);
    feature->forward(&keys);
    nn_linear_extend(x, view, n);
    nn_core_multiply_across(dphi, n.c, x, n.x, dstate, n.x, view->keys, n.c, n.x, false, place);
    nn_core_multiply(view->dv, view->ldkv, false, phi, n.c, dstate, n.x, view->keys, n.d, n.c, true);
    feature->backward(&keys);
}

/* --- the mixer --- */

/* elu(x) + 1 */
static int raised(nn_graph *graph, int x)
{
    return nn_graph_two(graph, "Add", nn_graph_one(graph, "Elu", x), nn_graph_real(graph, 1));
}

static int spell(nn_graph *graph, const nn_core_values *x)
{
    const nn_linear_form *form = x->settings;
    if (form->feature != &nn_feature_elu1) {
        nn_graph_fail(graph, "linear attention has a form in ONNX with phi=elu1 alone");
        return -1;
    }
    const int q = raised(graph, x->q), k = raised(graph, x->k);
    const int state =
        nn_graph_two(graph, "MatMul", nn_graph_transpose(graph, k, 4, (int[]){0, 1, 3, 2}), x->v);
    int sum = nn_graph_sum(graph, nn_graph_two(graph, "Mul", q, nn_graph_sum(graph, k, 2)), 3);
    sum = nn_graph_two(graph, "Add", sum, nn_graph_real(graph, (double)least));
    return nn_graph_two(graph, "Div", nn_graph_two(graph, "MatMul", q, state), sum);
}

static const nn_core core = {NN_CORE_OP_KEEPING("linear attention"), forward, backward, size, true, spell};
static const nn_core core_causal = {NN_CORE_OP_KEEPING("causal linear attention"),
                                    nn_linear_forward_causal,
                                    nn_linear_backward_causal,
                                    size,
                                    false,
                                    NULL};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    static const nn_feature *const features[] = {&nn_feature_elu1, &nn_feature_cos, &nn_feature_perf,
                                                 &nn_feature_hash};
    const linear *own = settings;
    nn_linear_form form = {.feature = features[own->phi],
                           .form = {.columns = own->columns, .anchors = own->anchors, .offset = own->offset}};
    nn_projected p;
    const bool projected = form.feature->shared
                               ? nn_block_project_shared(plan, name, block, &own->heads, x, &p)
                               : nn_block_project(plan, name, block, &own->heads, x, memory, &p);
    if (!projected ||
        !form.feature->prepare(plan, nn_name(plan, "%s.mixer", name), p.heads, p.width, &form.form))
        return NULL;
    const bool causal = !memory && block->causal;
    const double c = form.form.columns * (double)p.heads;
    nn_tensor *y = nn_core_build(plan, causal ? &core_causal : &core, &p,
                                 (nn_core_options){.settings = &form,
                                                   .settings_size = sizeof form,
                                                   .causal = causal,
                                                   .macs = 2 * c * (p.width + 1)});
    return nn_block_output(plan, name, block, x, memory, y);
}

unsigned nn_linear_flags(const void *settings)
{
    const unsigned flags[] = {NN_PART_CROSS | NN_PART_CAUSAL | NN_PART_QUERIES,
                              NN_PART_ORDER | NN_PART_CAUSAL,
                              NN_PART_CROSS | NN_PART_CAUSAL | NN_PART_QUERIES, 0};
    return flags[((const linear *)settings)->phi];
}

static const nn_option options[] = {
    {"phi", 0, NN_CHOICE, offsetof(linear, phi), "elu1", "elu1|cos|perf|hash", 0, 0,
     "feature map: of linear attention, cosFormer, Performer, EcoFormer"},
    {"m", 0, NN_INT, offsetof(linear, columns), "0", "N", 0, 4096,
     "features of a head of perf, bits of hash; 0: by the head's width"},
    {"anchors", 0, NN_INT, offsetof(linear, anchors), "25", "N", 1, 4096, "anchors of hash"},
    {"offset", 0, NN_REAL, offsetof(linear, offset), "0", "X", 0, 1e6,
     "what hash adds to products of codes; 0: bits + 1"},
    NN_HEADS_OPTIONS,
    {0}};

const nn_mixer_kind nn_mixer_linear = {
    {"linear", "attention by feature maps (arXiv 2006.16236, 2202.08791, 2009.14794, 2209.09004)",
     "4d^2 + 2d^2/h", NN_PART_CROSS | NN_PART_CAUSAL | NN_PART_QUERIES, options, sizeof(linear)},
    .build = build};
