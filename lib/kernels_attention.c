/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Softmax attention in tiles of queries. Keys and values of a head are transposed once, so that every product
 * runs along contiguous keys; the number of keys is padded to whole vectors, and the padding gets the weight
 * 0. */
#include "lib/attention_narrow.h"
#include "lib/kernels.h"
#include "lib/mask.h"
#include "lib/vector.h"

#include <string.h>

/* Below this many multiply-adds per product plain vectorised loops beat a BLAS call. */
static const long small_product = 48L * 48 * 48;

/* Differences below this give a weight of 0 (true value under 2e-28): the vector exp is fast up to 64 only.
 */
static const nn_real least_exponent = -64;

/* Queries per tile: a tile of scores stays in the second-level cache. */
static int tile_rows(int nq, int nk)
{
    int rows = 40000 / nn_round_up(nk, NN_LANES);
    rows = rows < 16 ? 16 : rows > 128 ? 128 : rows;
    return rows < nq ? rows : nq;
}

size_t nn_attention_scratch(int nq, int nk, int width)
{
    size_t padded = (size_t)nn_round_up(nk, NN_LANES);
    size_t rows = (size_t)tile_rows(nq, nk);
    return (width <= NN_NARROW ? 4 : 2) * (size_t)width * padded + 2 * rows * padded;
}

static bool is_narrow(const nn_attention_shape *shape)
{
    return shape->width <= NN_NARROW && !shape->bias && !shape->causal && !shape->mask.threshold;
}

/* C (m,n) = A B [+ C], whichever way is faster. */
static void product(nn_real *c, int ldc, bool transpose_a, const nn_real *a, int lda, const nn_real *b,
                    int ldb, int m, int n, int k, bool accumulate)
{
    if ((long)m * n * k <= small_product)
        nn_gemm_small(c, ldc, a, transpose_a ? 1 : lda, transpose_a ? lda : 1, b, ldb, m, n, k, accumulate);
    else
        nn_gemm(transpose_a, false, m, n, k, a, lda, b, ldb, accumulate ? 1 : 0, c, ldc);
}

/* t (width,padded) = x' for x (n, width) with stride ld, zeros beyond n. */
static void transpose_padded(nn_real *t, const nn_real *x, int ld, int n, int width, int padded)
{
    for (int c = 0; c < width; c++) {
        for (int j = 0; j < n; j++)
            t[c * padded + j] = x[(size_t)j * (size_t)ld + (size_t)c];
        for (int j = n; j < padded; j++)
            t[c * padded + j] = 0;
    }
}

/* The functions on one row of scores are expanded into the loops over a tile: for a dozen keys the calls
 * would cost more than the work. */
#define INLINE static inline __attribute__((always_inline))

/* Scales one row of scores, adds the bias, and hides what query i must not see. */
INLINE void finish_scores(nn_real *restrict s, const nn_real *restrict bias, nn_real scale, bool causal,
                          int i, int nk, int padded)
{
    for (int j = 0; j < padded; j++)
        s[j] *= scale;
    if (bias)
        for (int j = 0; j < nk; j++)
            s[j] += bias[j];
    for (int j = causal && i + 1 < nk ? i + 1 : nk; j < padded; j++)
        s[j] = -NN_INF;
}

/* s = exp(s - centre), exactly 0 where that is tiny. */
INLINE void exponentiate(nn_real *restrict s, nn_real centre, int padded)
{
    for (int j = 0; j < padded; j++) {
        nn_real x = s[j] - centre;
        nn_real e = NN_EXP(x > least_exponent ? x : least_exponent);
        s[j] = x > least_exponent ? e : 0;
    }
}

INLINE nn_real largest(const nn_real *s, int padded)
{
    nn_real most = -NN_INF;
#pragma omp simd reduction(max : most)
    for (int j = 0; j < padded; j++)
        most = s[j] > most ? s[j] : most;
    return most;
}

INLINE nn_real total(const nn_real *s, int padded)
{
    nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int j = 0; j < padded; j++)
        sum += s[j];
    return sum;
}

INLINE nn_real dot(const nn_real *a, const nn_real *b, int n)
{
    nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Softmax of one row in place; returns its log-sum-exp. A row that sees nothing becomes 0. */
INLINE nn_real softmax_row(nn_real *s, int padded)
{
    nn_real most = largest(s, padded);
    if (most == -NN_INF) {
        memset(s, 0, (size_t)padded * sizeof *s);
        return 0;
    }
    exponentiate(s, most, padded);
    nn_real sum = total(s, padded), share = 1 / sum;
    for (int j = 0; j < padded; j++)
        s[j] *= share;
    return most + NN_LOG(sum);
}

typedef struct tile_scratch {
    nn_real *kt, *vt; /* (width,padded) */
    nn_real *s, *ds;  /* (rows,padded) */
    int rows, padded;
} tile_scratch;

static tile_scratch cut_scratch(nn_real *scratch, int nq, int nk, int width)
{
    tile_scratch t = {.rows = tile_rows(nq, nk), .padded = nn_round_up(nk, NN_LANES)};
    t.kt = scratch;
    t.vt = t.kt + width * t.padded;
    t.s = t.vt + width * t.padded;
    t.ds = t.s + t.rows * t.padded;
    return t;
}

/* A stretch of queries of one head. */
typedef struct tile {
    int head, begin, rows, nk;
    uint64_t first_row; /* number of the tile's first row for the dropout mask; rows are shape->heads apart */
} tile;

static tile make_tile(const nn_attention_shape *shape, uint64_t first_query, int head, int begin, int most,
                      int nq, int nk)
{
    return (tile){.head = head,
                  .begin = begin,
                  .rows = nq - begin < most ? nq - begin : most,
                  .nk = nk,
                  .first_row = (first_query + (uint64_t)begin) * (uint64_t)shape->heads + (uint64_t)head};
}

INLINE const nn_real *bias_row(const nn_attention_shape *shape, int i, int nk)
{
    return shape->bias ? shape->bias + (size_t)i * (size_t)nk : NULL;
}

/* s = q k', q pointing at the head's columns of query 0. */
static void multiply_scores(const tile_scratch *t, const tile *at, const nn_real *q,
                            const nn_attention_shape *shape)
{
    product(t->s, t->padded, false, q + (size_t)at->begin * (size_t)shape->ldq, shape->ldq, t->kt, t->padded,
            at->rows, t->padded, shape->width, false);
}

/* Scores become weights with dropout; lse of the head gets the rows' log-sum-exp. */
NN_CLONES static void weigh_tile(const tile_scratch *t, const tile *at, nn_real *lse,
                                 const nn_attention_shape *shape)
{
    nn_real scale = 1 / NN_SQRT((nn_real)shape->width);
    for (int r = 0; r < at->rows; r++) {
        nn_real *restrict s = t->s + r * t->padded;
        int i = at->begin + r;
        finish_scores(s, bias_row(shape, i, at->nk), scale, shape->causal, i, at->nk, t->padded);
        lse[i] = softmax_row(s, t->padded);
        if (!shape->mask.threshold)
            continue;
        nn_mask_key key = nn_mask_key_of(&shape->mask, at->first_row + (uint64_t)r * (uint64_t)shape->heads);
        for (int j = 0; j < t->padded; j++)
            s[j] *= nn_mask_factor(key, shape->mask.threshold, shape->mask.scale, j);
    }
}

void nn_attention_forward(nn_real *out, nn_real *lse, const nn_real *q, const nn_real *k, const nn_real *v,
                          const nn_attention_shape *shape, uint64_t first_query, int nq, int nk,
                          nn_real *scratch)
{
    int width = shape->width, ldo = shape->heads * width;
    tile_scratch t = cut_scratch(scratch, nq, nk, width);
    for (int head = 0; head < shape->heads; head++) {
        transpose_padded(t.kt, k + head * width, shape->ldkv, nk, width, t.padded);
        if (is_narrow(shape)) {
            transpose_padded(t.vt, v + head * width, shape->ldkv, nk, width, t.padded);
            nn_attention_narrow_forward(out + head * width, ldo, lse ? lse + (size_t)head * (size_t)nq : NULL,
                                        q + head * width, shape->ldq, t.kt, t.vt, width, nq, nk, t.padded);
            continue;
        }
        for (int begin = 0; begin < nq; begin += t.rows) {
            tile at = make_tile(shape, first_query, head, begin, t.rows, nq, nk);
            multiply_scores(&t, &at, q + head * width, shape);
            weigh_tile(&t, &at, lse + (size_t)head * (size_t)nq, shape);
            product(out + (size_t)begin * (size_t)ldo + head * width, ldo, false, t.s, t.padded,
                    v + head * width, shape->ldkv, at.rows, width, nk, false);
        }
    }
}

/* From scores and ds = dout v': s becomes P M, ds becomes dS. dout, out: the head's columns of the tile's
 * first query. */
NN_CLONES static void differentiate_tile(const tile_scratch *t, const tile *at, const nn_real *dout,
                                         const nn_real *out, const nn_real *lse,
                                         const nn_attention_shape *shape)
{
    size_t ldo = (size_t)shape->heads * (size_t)shape->width;
    nn_real scale = 1 / NN_SQRT((nn_real)shape->width);
    for (int r = 0; r < at->rows; r++) {
        nn_real *restrict s = t->s + r * t->padded, *restrict ds = t->ds + r * t->padded;
        int i = at->begin + r;
        finish_scores(s, bias_row(shape, i, at->nk), scale, shape->causal, i, at->nk, t->padded);
        exponentiate(s, lse[i], t->padded);
        nn_real delta = dot(dout + (size_t)r * ldo, out + (size_t)r * ldo, shape->width);
        nn_mask_key key = nn_mask_key_of(&shape->mask, at->first_row + (uint64_t)r * (uint64_t)shape->heads);
        for (int j = 0; j < t->padded; j++) {
            nn_real p = s[j], factor = nn_mask_factor(key, shape->mask.threshold, shape->mask.scale, j);
            ds[j] = p * (factor * ds[j] - delta) * scale;
            s[j] = p * factor;
        }
    }
}

/* x (n,width) with stride ld += t' for t (width,padded) */
static void add_transposed(nn_real *x, int ld, const nn_real *t, int n, int width, int padded)
{
    for (int c = 0; c < width; c++)
        for (int j = 0; j < n; j++)
            x[(size_t)j * (size_t)ld + (size_t)c] += t[c * padded + j];
}

void nn_attention_backward(nn_real *dq, nn_real *dk, nn_real *dv, const nn_real *dout, const nn_real *out,
                           const nn_real *lse, const nn_real *q, const nn_real *k, const nn_real *v,
                           const nn_attention_shape *shape, uint64_t first_query, int nq, int nk,
                           nn_real *scratch)
{
    int width = shape->width, ldo = shape->heads * width, ldq = shape->ldq, ldkv = shape->ldkv;
    tile_scratch t = cut_scratch(scratch, nq, nk, width);
    for (int head = 0; head < shape->heads; head++) {
        int column = head * width;
        transpose_padded(t.kt, k + column, ldkv, nk, width, t.padded);
        transpose_padded(t.vt, v + column, ldkv, nk, width, t.padded);
        if (is_narrow(shape)) {
            nn_real *dkt = t.s,
                    *dvt = dkt + width * t.padded; /* scores are not stored: their place is free */
            memset(dkt, 0, 2 * (size_t)(width * t.padded) * sizeof *dkt);
            nn_attention_narrow_backward(dq + column, dkt, dvt, dout + column, out + column, ldo,
                                         lse + (size_t)head * (size_t)nq, q + column, ldq, t.kt, t.vt, width,
                                         nq, t.padded);
            add_transposed(dk + column, ldkv, dkt, nk, width, t.padded);
            add_transposed(dv + column, ldkv, dvt, nk, width, t.padded);
            continue;
        }
        for (int begin = 0; begin < nq; begin += t.rows) {
            tile at = make_tile(shape, first_query, head, begin, t.rows, nq, nk);
            size_t place = (size_t)begin * (size_t)ldo + (size_t)column;
            const nn_real *qt = q + (size_t)begin * (size_t)ldq + column;
            multiply_scores(&t, &at, q + column, shape);
            product(t.ds, t.padded, false, dout + place, ldo, t.vt, t.padded, at.rows, t.padded, width,
                    false);
            differentiate_tile(&t, &at, dout + place, out + place, lse + (size_t)head * (size_t)nq, shape);
            product(dv + column, ldkv, true, t.s, t.padded, dout + place, ldo, nk, width, at.rows, true);
            product(dq + (size_t)begin * (size_t)ldq + column, ldq, false, t.ds, t.padded, k + column, ldkv,
                    at.rows, width, nk, true);
            product(dk + column, ldkv, true, t.ds, t.padded, qt, ldq, nk, width, at.rows, true);
        }
    }
}

void nn_attention_map(nn_real *map, const nn_real *q, const nn_real *k, const nn_real *lse,
                      const nn_attention_shape *shape, int head, int nq, int nk)
{
    int width = shape->width;
    nn_real scale = 1 / NN_SQRT((nn_real)width);
    for (int i = 0; i < nq; i++) {
        nn_real *row = map + (size_t)i * (size_t)nk;
        const nn_real *query = q + (size_t)i * (size_t)shape->ldq + head * width;
        for (int j = 0; j < nk; j++)
            row[j] = dot(query, k + (size_t)j * (size_t)shape->ldkv + head * width, width);
        finish_scores(row, shape->bias ? shape->bias + (size_t)i * (size_t)nk : NULL, scale, shape->causal, i,
                      nk, nk);
        exponentiate(row, lse[(size_t)head * (size_t)nq + (size_t)i], nk);
    }
}
