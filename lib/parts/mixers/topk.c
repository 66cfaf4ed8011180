/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention to the k keys with the largest scores of each query (AxFormer, arXiv 2010.03688, section 4.3): a
 * softmax over those alone. The choice itself has no gradient; of equal scores at the border the first keys
 * are taken. */
#include "lib/parts/core.h"

#include "lib/kernels/vector.h"

#include <math.h>
#include <string.h>

enum { TILE = 32 }; /* queries whose scores are held at a time */

typedef struct topk {
    nn_heads heads;
    int kept;
} topk;

static int kept_of(const nn_core_view *view, int seen)
{
    const int kept = ((const topk *)view->settings)->kept;
    return kept < seen ? kept : seen;
}

NN_CLONES static int count_from(const nn_real *restrict s, nn_real least, int n)
{
    int count = 0;
#pragma omp simd reduction(+ : count)
    for (int j = 0; j < n; j++)
        count += s[j] >= least;
    return count;
}

NN_CLONES static void range_of(const nn_real *restrict s, int n, nn_real *least, nn_real *most)
{
    nn_real low = s[0], high = s[0];
#pragma omp simd reduction(min : low) reduction(max : high)
    for (int j = 0; j < n; j++) {
        low = s[j] < low ? s[j] : low;
        high = s[j] > high ? s[j] : high;
    }
    *least = low;
    *most = high;
}

/* The largest `least` found by halving with at least kept scores from there up; *above: a bound that fewer
 * than kept reach, or +inf. */
static nn_real find_border(const nn_real *s, int n, int kept, nn_real *above)
{
    nn_real low, high;
    range_of(s, n, &low, &high);
    *above = NN_INF;
    if (kept == n || low == high)
        return low;
    /* Halving down to neighbouring numbers takes no more steps than a number has bits. */
    nn_real from = low, to = high;
    if (count_from(s, high, n) >= kept)
        return high;
    *above = high;
    for (;;) {
        const nn_real middle = from + (to - from) / 2;
        if (!(middle > from && middle < to))
            return from;
        const int count = count_from(s, middle, n);
        if (count == kept)
            return middle;
        if (count > kept)
            from = middle;
        else
            *above = to = middle;
    }
}

/* The kept keys' numbers, in their order. */
static void choose(const nn_real *s, int n, int kept, nn_real *chosen)
{
    nn_real above;
    const nn_real border = find_border(s, n, kept, &above);
    int ties = kept - (above < NN_INF ? count_from(s, above, n) : 0), found = 0;
    for (int j = 0; j < n && found < kept; j++)
        if (s[j] >= border && (s[j] >= above || ties-- > 0))
            chosen[found++] = (nn_real)j;
}

/* Softmax of the chosen scores. */
static void weigh(const nn_real *s, const nn_real *chosen, int kept, nn_real scale, nn_real *weights)
{
    nn_real most = -NN_INF, sum = 0;
    for (int r = 0; r < kept; r++)
        most = NN_FMAX(most, scale * s[(int)chosen[r]]);
    for (int r = 0; r < kept; r++) {
        weights[r] = NN_EXP(scale * s[(int)chosen[r]] - most);
        sum += weights[r];
    }
    for (int r = 0; r < kept; r++)
        weights[r] /= sum;
}

NN_CLONES static void add_scaled(nn_real *restrict y, const nn_real *restrict x, nn_real factor, int n)
{
    for (int c = 0; c < n; c++)
        y[c] += factor * x[c];
}

NN_CLONES static nn_real dot(const nn_real *restrict a, const nn_real *restrict b, int n)
{
    nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int c = 0; c < n; c++)
        sum += a[c] * b[c];
    return sum;
}

/* saved: for each query the numbers of its keys, then their weights. */
static nn_core_size size(const nn_core_view *longest)
{
    const size_t kept = (size_t)kept_of(longest, longest->keys), keys = (size_t)longest->keys;
    return (nn_core_size){
        .saved_query = 2 * kept, .forward = TILE * keys + keys * (size_t)longest->width, .backward = kept};
}

static int seen_by(const nn_core_view *view, int i)
{
    return view->causal && i + 1 < view->keys ? i + 1 : view->keys;
}

/* What a query saved, `stride` elements in all. */
static nn_real *saved_of(const nn_core_view *view, int i)
{
    return view->saved + (size_t)i * 2 * (size_t)kept_of(view, view->keys);
}

static void forward(const nn_core_view *view)
{
    const int w = view->width;
    const nn_real scale = 1 / NN_SQRT((nn_real)w);
    nn_real *scores = view->scratch, *place = scores + TILE * (size_t)view->keys;
    for (int begin = 0; begin < view->queries; begin += TILE) {
        const int rows = view->queries - begin < TILE ? view->queries - begin : TILE;
        nn_core_multiply_across(scores, view->keys, view->q + (size_t)begin * (size_t)view->ldq, view->ldq,
                                view->k, view->ldkv, rows, view->keys, w, false, place);
        for (int r = 0; r < rows; r++) {
            const int i = begin + r, seen = seen_by(view, i), kept = kept_of(view, seen);
            const nn_real *s = scores + (size_t)r * (size_t)view->keys;
            nn_real *chosen = saved_of(view, i), *weights = chosen + kept,
                    *y = view->y + (size_t)i * (size_t)view->ldy;
            choose(s, seen, kept, chosen);
            weigh(s, chosen, kept, scale, weights);
            memset(y, 0, (size_t)w * sizeof *y);
            for (int n = 0; n < kept; n++)
                add_scaled(y, view->v + (size_t)chosen[n] * (size_t)view->ldkv, weights[n], w);
        }
    }
}

static void backward(const nn_core_view *view)
{
    const int w = view->width;
    const nn_real scale = 1 / NN_SQRT((nn_real)w);
    nn_real *ds = view->scratch;
    for (int i = 0; i < view->queries; i++) {
        const int kept = kept_of(view, seen_by(view, i));
        const nn_real *chosen = saved_of(view, i), *weights = chosen + kept,
                      *dy = view->dy + (size_t)i * (size_t)view->ldy,
                      *q = view->q + (size_t)i * (size_t)view->ldq;
        nn_real mean = 0;
        for (int n = 0; n < kept; n++) {
            const size_t at = (size_t)chosen[n] * (size_t)view->ldkv;
            ds[n] = dot(dy, view->v + at, w);
            mean += weights[n] * ds[n];
            add_scaled(view->dv + at, dy, weights[n], w);
        }
        for (int n = 0; n < kept; n++) {
            const size_t at = (size_t)chosen[n] * (size_t)view->ldkv;
            const nn_real d = weights[n] * (ds[n] - mean) * scale;
            add_scaled(view->dq + (size_t)i * (size_t)view->ldq, view->k + at, d, w);
            add_scaled(view->dk + at, q, d, w);
        }
    }
}

static const nn_core core = {NN_CORE_OP("top-k attention"), forward, backward, size, false, NULL};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    nn_projected p;
    const topk *own = settings;
    if (!nn_block_project(plan, name, block, &own->heads, x, memory, &p))
        return NULL;
    const int keys = nn_core_longest(p.kv), kept = own->kept < keys ? own->kept : keys;
    nn_tensor *y = nn_core_build(plan, &core, &p,
                                 (nn_core_options){.settings = own,
                                                   .settings_size = sizeof *own,
                                                   .causal = !memory && block->causal,
                                                   .macs = (double)p.heads * p.width * (keys + kept)});
    return nn_block_output(plan, name, block, x, memory, y);
}

static const nn_option options[] = {
    {"k", 0, NN_INT, offsetof(topk, kept), "16", "N", 1, 65536, "keys that a query takes up"},
    NN_HEADS_OPTIONS,
    {0}};

const nn_mixer_kind nn_mixer_topk = {
    {"topk", "attention to the k keys of the largest scores (AxFormer, arXiv 2010.03688)", "4d^2 + Nd + kd",
     NN_PART_CROSS | NN_PART_CAUSAL | NN_PART_QUERIES, options, sizeof(topk)},
    .build = build};
