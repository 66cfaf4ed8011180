/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Softmax attention in tiles of queries. Keys and values of a head are transposed or packed once, so that
 * every product runs along contiguous keys; the number of keys is padded to whole vectors, and the padding
 * gets the weight 0. */
#include "lib/kernels/attention_narrow.h"
#include "lib/kernels/attention_weight.h"
#include "lib/kernels/gemm_tiles.h"
#include "lib/kernels/kernels.h"
#include "lib/kernels/mask.h"
#include "lib/kernels/vector_math.h"

#include <string.h>

/* Below this many multiply-adds per product plain vectorised loops beat a BLAS call. */
static const long small_product = 48L * 48 * 48;

/* Queries per tile: a tile of scores stays in the second-level cache. */
static int tile_rows(int nq, int nk)
{
    int rows = 40000 / nn_round_up(nk, NN_PAD);
    rows = rows < 16 ? 16 : rows > 128 ? 128 : rows;
    return rows < nq ? rows : nq;
}

/* Keys or values of a head, packed either way. */
static size_t place_size(int nk, int width)
{
    return (size_t)nn_round_up(nk, 2 * NN_PAD) * (size_t)nn_round_up(width, 2 * NN_PAD);
}

size_t nn_attention_scratch(int nq, int nk, int width)
{
    size_t padded = (size_t)nn_round_up(nk, NN_PAD), rows = (size_t)tile_rows(nq, nk);
    size_t narrow = width <= NN_NARROW ? 2 * (size_t)width * padded : 0;
    return 3 * place_size(nk, width) + narrow + 2 * rows * padded;
}

static bool is_narrow(const nn_attention_shape *shape)
{
    return shape->width <= NN_NARROW && !shape->scale && !shape->bias && !shape->seen && !shape->causal &&
           !shape->mask.threshold;
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
    nn_transpose_matrix(t, (size_t)padded, x, (size_t)ld, n, width);
    for (int c = 0; c < width; c++)
        for (int j = n; j < padded; j++)
            t[c * padded + j] = 0;
}

/* The right-hand side B (k,n) of one product for each tile of queries. */
typedef struct operand {
    const nn_tiles *tiles; /* data is packed for them; NULL: it lies as it is, ld apart */
    const nn_real *data;
    int ld, n, k;
} operand;

/* B = x (nk,width). place is used when it is packed. */
static operand operand_of(const nn_tiles *tiles, nn_real *place, const nn_real *x, int ld, int nk, int width)
{
    if (tiles)
        nn_tiles_pack(tiles, place, false, x, ld, width, nk);
    return (operand){tiles, tiles ? place : x, ld, width, nk};
}

/* B = x' (width,padded). */
static operand operand_transposed(const nn_tiles *tiles, nn_real *place, const nn_real *x, int ld, int nk,
                                  int width, int padded)
{
    if (tiles)
        nn_tiles_pack(tiles, place, true, x, ld, nk, width);
    else
        transpose_padded(place, x, ld, nk, width, padded);
    return (operand){tiles, place, padded, padded, width};
}

/* C (m,n) = A B [+ C] */
static void multiply(nn_real *c, int ldc, const nn_real *a, int lda, const operand *b, int m, bool accumulate)
{
    if (b->tiles)
        nn_tiles_multiply_packed(b->tiles, c, ldc, accumulate ? c : NULL, ldc, false, a, lda, b->data, m,
                                 b->n, b->k, 0, b->n);
    else
        product(c, ldc, false, a, lda, b->data, b->ld, m, b->n, b->k, accumulate);
}

/* The functions on one row of scores are expanded into the loops over a tile: for a dozen keys the calls
 * would cost more than the work. */
/* Adds the bias to one row of scores and hides what query i must not see. Returns what the row is still to be
 * multiplied by. */
NN_INLINE nn_real finish_scores(nn_real *restrict s, const nn_real *restrict bias,
                                const nn_real *restrict visible, nn_real scale, bool causal, int i, int nk,
                                int padded)
{
    int seen = causal && i + 1 < nk ? i + 1 > 0 ? i + 1 : 0 : nk;
    if (bias) {
        for (int j = 0; j < nk; j++)
            s[j] = s[j] * scale + bias[j];
        scale = 1;
    }
    if (visible)
        for (int j = 0; j < nk; j++)
            s[j] = visible[j] == 0 ? -NN_INF : s[j];
    for (int j = seen / NN_LANES * NN_LANES; j < padded; j += NN_LANES)
        nn_store(s + j, nn_select(NN_LANE_NUMBERS + j < seen, nn_load(s + j), nn_all(-NN_INF)));
    return scale;
}

/* s = exp(scale s - centre), exactly 0 where that is tiny; returns the sum, lane by lane. */
NN_INLINE nn_vector exponentiate(nn_real *restrict s, nn_real scale, nn_real centre, int padded)
{
    nn_vector sum = {0};
    for (int j = 0; j < padded; j += NN_LANES) {
        nn_vector x = nn_load(s + j) * scale - centre;
        nn_vector e = nn_attention_weight(x);
        nn_store(s + j, e);
        sum += e;
    }
    return sum;
}

NN_INLINE nn_real largest(const nn_real *s, int padded)
{
    nn_real most = -NN_INF;
#pragma omp simd reduction(max : most)
    for (int j = 0; j < padded; j++)
        most = s[j] > most ? s[j] : most;
    return most;
}

NN_INLINE nn_real dot(const nn_real *a, const nn_real *b, int n)
{
    nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Softmax of one row of scores, times scale, in place, and its log-sum-exp unless lse is NULL. Returns what
 * the row is still to be multiplied by. A row that sees nothing becomes 0. */
NN_INLINE nn_real softmax_row(nn_real *s, nn_real *lse, nn_real scale, int padded)
{
    nn_real most = scale * largest(s, padded);
    if (most == -NN_INF) {
        memset(s, 0, (size_t)padded * sizeof *s);
        if (lse)
            *lse = 0;
        return 0;
    }
    nn_real sum = nn_lanes_sum(exponentiate(s, scale, most, padded));
    if (lse)
        *lse = most + NN_LOG(sum);
    return 1 / sum;
}

typedef struct tile_scratch {
    nn_real *kt, *vt, *k; /* keys and values transposed, and keys as they are: places for operands */
    nn_real *s, *ds;      /* (rows,padded) */
    int rows, padded;
    const nn_tiles *tiles; /* NULL: products are too small for them */
} tile_scratch;

static tile_scratch cut_scratch(nn_real *scratch, int nq, int nk, int width)
{
    tile_scratch t = {.rows = tile_rows(nq, nk), .padded = nn_round_up(nk, NN_PAD)};
    const nn_tiles *tiles = nn_tiles_here();
    if (tiles->multiply && (long)t.rows * t.padded * width > small_product)
        t.tiles = tiles;
    t.kt = scratch;
    t.vt = t.kt + place_size(nk, width);
    t.k = t.vt + place_size(nk, width);
    t.s = t.k + place_size(nk, width);
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

/* Where the bias of a head's query i begins; its gradient begins there too. */
NN_INLINE long bias_place(const nn_attention_shape *shape, int head, int i)
{
    return (long)head * shape->bias_head + (long)i * shape->bias_row;
}

NN_INLINE const nn_real *bias_row(const nn_attention_shape *shape, int head, int i)
{
    return shape->bias ? shape->bias + bias_place(shape, head, i) : NULL;
}

/* Scores become weights with dropout; lse of the head gets the rows' log-sum-exp. */
NN_INLINE void weigh_rows(const tile_scratch *t, const tile *at, nn_real *lse,
                          const nn_attention_shape *shape, int padded)
{
    nn_real scale = nn_attention_scale(shape);
    for (int r = 0; r < at->rows; r++) {
        nn_real *restrict s = t->s + r * padded;
        int i = at->begin + r;
        nn_real left = finish_scores(s, bias_row(shape, at->head, i), shape->seen, scale, shape->causal, i,
                                     at->nk, padded);
        nn_real share = softmax_row(s, lse ? lse + i : NULL, left, padded);
        nn_mask_key key = nn_mask_key_of(&shape->mask, at->first_row + (uint64_t)r * (uint64_t)shape->heads);
        if (shape->mask.threshold)
            for (int j = 0; j < padded; j++)
                s[j] *= share * nn_mask_factor(key, shape->mask.threshold, shape->mask.scale, j);
        else
            for (int j = 0; j < padded; j += NN_LANES)
                nn_store(s + j, nn_load(s + j) * share);
    }
}

/* With a length that the compiler knows, a short row stays in registers from one loop to the next. */
NN_CLONES static void weigh_tile(const tile_scratch *t, const tile *at, nn_real *lse,
                                 const nn_attention_shape *shape)
{
    if (t->padded == NN_PAD)
        weigh_rows(t, at, lse, shape, NN_PAD);
    else if (t->padded == 2 * NN_PAD)
        weigh_rows(t, at, lse, shape, 2 * NN_PAD);
    else
        weigh_rows(t, at, lse, shape, t->padded);
}

void nn_attention_forward(nn_real *out, nn_real *lse, const nn_real *q, const nn_real *k, const nn_real *v,
                          const nn_attention_shape *shape, uint64_t first_query, int nq, int nk,
                          nn_real *scratch)
{
    int width = shape->width, ldo = shape->heads * width;
    tile_scratch t = cut_scratch(scratch, nq, nk, width);
    int end = shape->end_head ? shape->end_head : shape->heads;
    for (int head = shape->first_head; head < end; head++) {
        int column = head * width;
        nn_real *sums = lse ? lse + (size_t)head * (size_t)nq : NULL;
        if (is_narrow(shape)) {
            transpose_padded(t.kt, k + column, shape->ldkv, nk, width, t.padded);
            transpose_padded(t.vt, v + column, shape->ldkv, nk, width, t.padded);
            nn_attention_narrow_forward(out + column, ldo, sums, q + column, shape->ldq, t.kt, t.vt, width,
                                        nq, nk, t.padded);
            continue;
        }
        operand keys = operand_transposed(t.tiles, t.kt, k + column, shape->ldkv, nk, width, t.padded);
        operand values = operand_of(t.tiles, t.vt, v + column, shape->ldkv, nk, width);
        for (int begin = 0; begin < nq; begin += t.rows) {
            tile at = make_tile(shape, first_query, head, begin, t.rows, nq, nk);
            const nn_real *queries = q + (size_t)begin * (size_t)shape->ldq + column;
            multiply(t.s, t.padded, queries, shape->ldq, &keys, at.rows, false);
            weigh_tile(&t, &at, sums, shape);
            multiply(out + (size_t)begin * (size_t)ldo + column, ldo, t.s, t.padded, &values, at.rows, false);
        }
    }
}

/* From scores and ds = dout v': s becomes P M, ds becomes dS. dout, out: the head's columns of the tile's
 * first query. */
NN_INLINE void differentiate_rows(const tile_scratch *t, const tile *at, const nn_real *dout,
                                  const nn_real *out, const nn_real *lse, const nn_attention_shape *shape,
                                  int padded)
{
    size_t ldo = (size_t)shape->heads * (size_t)shape->width;
    nn_real scale = nn_attention_scale(shape);
    for (int r = 0; r < at->rows; r++) {
        nn_real *restrict s = t->s + r * padded, *restrict ds = t->ds + r * padded;
        int i = at->begin + r;
        nn_real left = finish_scores(s, bias_row(shape, at->head, i), shape->seen, scale, shape->causal, i,
                                     at->nk, padded);
        exponentiate(s, left, lse[i], padded);
        nn_real delta = dot(dout + (size_t)r * ldo, out + (size_t)r * ldo, shape->width);
        nn_mask_key key = nn_mask_key_of(&shape->mask, at->first_row + (uint64_t)r * (uint64_t)shape->heads);
        for (int j = 0; j < padded; j++) {
            nn_real p = s[j], factor = nn_mask_factor(key, shape->mask.threshold, shape->mask.scale, j);
            ds[j] = p * (factor * ds[j] - delta) * scale;
            s[j] = p * factor;
        }
        if (shape->dbias) {
            nn_real *restrict dbias = shape->dbias + bias_place(shape, at->head, i);
            for (int j = 0; j < at->nk; j++)
                dbias[j] += ds[j] / scale;
        }
    }
}

NN_CLONES static void differentiate_tile(const tile_scratch *t, const tile *at, const nn_real *dout,
                                         const nn_real *out, const nn_real *lse,
                                         const nn_attention_shape *shape)
{
    if (t->padded == NN_PAD)
        differentiate_rows(t, at, dout, out, lse, shape, NN_PAD);
    else if (t->padded == 2 * NN_PAD)
        differentiate_rows(t, at, dout, out, lse, shape, 2 * NN_PAD);
    else
        differentiate_rows(t, at, dout, out, lse, shape, t->padded);
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
        const nn_real *sums = lse + (size_t)head * (size_t)nq;
        if (is_narrow(shape)) {
            nn_real *dkt = t.s,
                    *dvt = dkt + width * t.padded; /* scores are not stored: their place is free */
            transpose_padded(t.kt, k + column, ldkv, nk, width, t.padded);
            transpose_padded(t.vt, v + column, ldkv, nk, width, t.padded);
            memset(dkt, 0, 2 * (size_t)(width * t.padded) * sizeof *dkt);
            nn_attention_narrow_backward(dq + column, dkt, dvt, dout + column, out + column, ldo, sums,
                                         q + column, ldq, t.kt, t.vt, width, nq, t.padded);
            add_transposed(dk + column, ldkv, dkt, nk, width, t.padded);
            add_transposed(dv + column, ldkv, dvt, nk, width, t.padded);
            continue;
        }
        operand keys_across = operand_transposed(t.tiles, t.kt, k + column, ldkv, nk, width, t.padded);
        operand values_across = operand_transposed(t.tiles, t.vt, v + column, ldkv, nk, width, t.padded);
        operand keys = operand_of(t.tiles, t.k, k + column, ldkv, nk, width);
        for (int begin = 0; begin < nq; begin += t.rows) {
            tile at = make_tile(shape, first_query, head, begin, t.rows, nq, nk);
            size_t place = (size_t)begin * (size_t)ldo + (size_t)column;
            size_t query = (size_t)begin * (size_t)ldq + (size_t)column;
            multiply(t.s, t.padded, q + query, ldq, &keys_across, at.rows, false);
            multiply(t.ds, t.padded, dout + place, ldo, &values_across, at.rows, false);
            differentiate_tile(&t, &at, dout + place, out + place, sums, shape);
            product(dv + column, ldkv, true, t.s, t.padded, dout + place, ldo, nk, width, at.rows, true);
            multiply(dq + query, ldq, t.ds, t.padded, &keys, at.rows, true);
            product(dk + column, ldkv, true, t.ds, t.padded, q + query, ldq, nk, width, at.rows, true);
        }
    }
}

NN_CLONES void nn_attention_map(nn_real *map, const nn_real *q, const nn_real *k, const nn_real *lse,
                                const nn_attention_shape *shape, int head, int nq, int nk)
{
    int width = shape->width;
    nn_real scale = nn_attention_scale(shape);
    for (int i = 0; i < nq; i++) {
        nn_real *row = map + (size_t)i * (size_t)nk, centre = lse[(size_t)head * (size_t)nq + (size_t)i];
        const nn_real *query = q + (size_t)i * (size_t)shape->ldq + head * width,
                      *bias = bias_row(shape, head, i);
        for (int first = 0; first < nk; first += NN_LANES) {
            nn_real part[NN_LANES];
            int keys = nk - first < NN_LANES ? nk - first : NN_LANES;
            for (int j = 0; j < keys; j++)
                part[j] = dot(query, k + (size_t)(first + j) * (size_t)shape->ldkv + head * width, width);
            nn_real left =
                finish_scores(part, bias ? bias + first : NULL, shape->seen ? shape->seen + first : NULL,
                              scale, shape->causal, i - first, keys, NN_LANES);
            exponentiate(part, left, centre, NN_LANES);
            memcpy(row + first, part, (size_t)keys * sizeof *row);
        }
    }
}
