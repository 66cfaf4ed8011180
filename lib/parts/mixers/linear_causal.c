/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear attention that looks back only: chunk by chunk, with the state of all chunks before. */
#include "lib/parts/mixers/linear.h"

#include <string.h>

typedef struct causal_run {
    nn_real *phi_q, *phi_k, *vx, *x; /* (tokens,.) each; x: the numerator or its gradient */
    nn_real *weights, *place;        /* (NN_LINEAR_CHUNK,NN_LINEAR_CHUNK), and what a product needs */
    nn_linear_sizes n;
} causal_run;

static causal_run prepare_causal(const nn_core_view *view, nn_real **rest)
{
    causal_run r = {.n = nn_linear_sizes_of(view)};
    const nn_feature *feature = ((const nn_linear_form *)view->settings)->feature;
    const int tokens = view->queries;
    r.phi_q = view->scratch;
    r.phi_k = r.phi_q + product(tokens, r.n.c);
    r.vx = r.phi_k + product(tokens, r.n.c);
    r.x = r.vx + product(tokens, r.n.x);
    r.weights = r.x + product(tokens, r.n.x);
    r.place = r.weights + NN_LINEAR_CHUNK * NN_LINEAR_CHUNK;
    *rest = r.place + NN_LINEAR_CHUNK * NN_LINEAR_CHUNK + product(NN_LINEAR_CHUNK, r.n.c + r.n.x);
    const nn_feature_view queries = nn_linear_features(view, true, r.phi_q, *rest),
                          keys = nn_linear_features(view, false, r.phi_k, *rest);
    feature->forward(&queries);
    feature->forward(&keys);
    nn_linear_extend(r.vx, view, r.n);
    return r;
}

/* weights (rows,rows) = a b' on and below the diagonal, of rows of the given width. */
static void weigh_chunk(const causal_run *r, const nn_real *a, const nn_real *b, int width, int rows)
{
    nn_core_multiply_across(r->weights, NN_LINEAR_CHUNK, a, width, b, width, rows, rows, width, false,
                            r->place);
    for (int i = 0; i < rows; i++)
        for (int j = i + 1; j < rows; j++)
            r->weights[i * NN_LINEAR_CHUNK + j] = 0;
}

/* state += a' b over the rows of a chunk. */
static void add_chunk(const causal_run *r, nn_real *state, const nn_real *a, const nn_real *b, int rows)
{
    nn_core_multiply(state, r->n.x, true, a, r->n.c, b, r->n.x, r->n.c, r->n.x, rows, true);
}

static int rows_at(const nn_core_view *view, int begin)
{
    return view->queries - begin < NN_LINEAR_CHUNK ? view->queries - begin : NN_LINEAR_CHUNK;
}

void nn_linear_forward_causal(const nn_core_view *view)
{
    nn_real *state, *share = view->saved;
    const causal_run r = prepare_causal(view, &state);
    memset(state, 0, product(r.n.c, r.n.x) * sizeof *state);
    for (int begin = 0; begin < view->queries; begin += NN_LINEAR_CHUNK) {
        const int rows = rows_at(view, begin);
        const nn_real *q = r.phi_q + product(begin, r.n.c), *k = r.phi_k + product(begin, r.n.c),
                      *v = r.vx + product(begin, r.n.x);
        weigh_chunk(&r, q, k, r.n.c, rows);
        nn_core_multiply(r.x, r.n.x, false, r.weights, NN_LINEAR_CHUNK, v, r.n.x, rows, r.n.x, rows, false);
        nn_core_multiply(r.x, r.n.x, false, q, r.n.c, state, r.n.x, rows, r.n.x, r.n.c, true);
        nn_linear_divide(view, r.x, share, begin, rows, r.n);
        add_chunk(&r, state, k, v, rows);
    }
}

/* dphi of the queries, from the states before each chunk. */
static void causal_queries(const nn_core_view *view, const causal_run *r, nn_real *dphi, nn_real *state,
                           nn_real *place)
{
    memset(state, 0, product(r->n.c, r->n.x) * sizeof *state);
    for (int begin = 0; begin < view->queries; begin += NN_LINEAR_CHUNK) {
        const int rows = rows_at(view, begin);
        const nn_real *k = r->phi_k + product(begin, r->n.c), *v = r->vx + product(begin, r->n.x),
                      *dx = r->x + product(begin, r->n.x);
        nn_real *to = dphi + product(begin, r->n.c);
        weigh_chunk(r, dx, v, r->n.x, rows);
        nn_core_multiply(to, r->n.c, false, r->weights, NN_LINEAR_CHUNK, k, r->n.c, rows, r->n.c, rows,
                         false);
        nn_core_multiply_across(to, r->n.c, dx, r->n.x, state, r->n.x, rows, r->n.c, r->n.x, true, place);
        add_chunk(r, state, k, v, rows);
    }
}

/* dphi of the keys, and dv, from the gradients of the states behind each chunk. */
static void causal_keys(const nn_core_view *view, const causal_run *r, nn_real *dphi, nn_real *state,
                        nn_real *place)
{
    const int d = r->n.d;
    memset(state, 0, product(r->n.c, r->n.x) * sizeof *state);
    for (int begin = (view->queries - 1) / NN_LINEAR_CHUNK * NN_LINEAR_CHUNK; begin >= 0;
         begin -= NN_LINEAR_CHUNK) {
        const int rows = rows_at(view, begin);
        const nn_real *q = r->phi_q + product(begin, r->n.c), *k = r->phi_k + product(begin, r->n.c),
                      *v = r->vx + product(begin, r->n.x), *dx = r->x + product(begin, r->n.x);
        nn_real *to = dphi + product(begin, r->n.c), *dv = view->dv + product(begin, view->ldkv);
        weigh_chunk(r, q, k, r->n.c, rows);
        nn_core_multiply(dv, view->ldkv, true, r->weights, NN_LINEAR_CHUNK, dx, r->n.x, rows, d, rows, true);
        nn_core_multiply(dv, view->ldkv, false, k, r->n.c, state, r->n.x, rows, d, r->n.c, true);
        weigh_chunk(r, dx, v, r->n.x, rows);
        nn_core_multiply(to, r->n.c, true, r->weights, NN_LINEAR_CHUNK, q, r->n.c, rows, r->n.c, rows, false);
        nn_core_multiply_across(to, r->n.c, v, r->n.x, state, r->n.x, rows, r->n.c, r->n.x, true, place);
        add_chunk(r, state, q, dx, rows);
    }
}

void nn_linear_backward_causal(const nn_core_view *view)
{
    nn_real *dphi;
    const causal_run r = prepare_causal(view, &dphi);
    const nn_feature *feature = ((const nn_linear_form *)view->settings)->feature;
    nn_real *state = dphi + product(view->queries, r.n.c), *place = state + product(r.n.c, r.n.x),
            *own = place + product(r.n.c, r.n.x);
    nn_feature_view queries = nn_linear_features(view, true, r.phi_q, own),
                    keys = nn_linear_features(view, false, r.phi_k, own);
    queries.dphi = keys.dphi = dphi;
    nn_linear_divide_back(r.x, view, view->saved, r.n);
    causal_queries(view, &r, dphi, state, place);
    feature->backward(&queries);
    causal_keys(view, &r, dphi, state, place);
    feature->backward(&keys);
}
