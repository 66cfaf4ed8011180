/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention of a few tokens: NN_LANES pairs of a sequence and a head at once. Their queries, keys and values
 * are laid out with the pair as the innermost dimension, and all that follows is arithmetic on whole vectors,
 * with matrices whose elements are vectors. */
#include "lib/kernels/attention_few.h"
#include "lib/kernels/attention_weight.h"
#include "lib/kernels/mask.h"
#include "lib/kernels/vector_math.h"

#include <string.h>
#if defined(__AVX512F__) && !defined(NN_DOUBLE)
#include <immintrin.h>
#endif

/* MOST_SIZE: elements of a head's keys, beyond which a pair's matrices leave the cache. BLOCK: queries whose
 * scores are there at a time. */
enum { MOST_TOKENS = 32, MOST_SIZE = 512, BLOCK = 8 };

bool nn_attention_few_suits(const nn_attention_shape *shape, int nq, int nk)
{
    return nq <= MOST_TOKENS && nk <= MOST_TOKENS && nk * shape->width <= MOST_SIZE &&
           nq * shape->width <= MOST_SIZE && !shape->dbias && (!shape->bias || shape->bias_head == 0);
}

size_t nn_attention_few_scratch(int nq, int nk, int width)
{
    const size_t heads = (size_t)(2 * nq + 4 * nk) * (size_t)width, scores = 2 * (size_t)BLOCK * (size_t)nk;
    return (heads + scores + (size_t)(nq + nk) + 1) * NN_PAD;
}

/* --- matrices of vectors --- */

/* Element (i,j) is the vector at data + i*row + j*column. */
typedef struct matrix {
    nn_real *data;
    int row, column;
} matrix;

static matrix dense(nn_real *data, int columns)
{
    return (matrix){data, columns * NN_LANES, NN_LANES};
}

static matrix across(matrix a)
{
    return (matrix){a.data, a.column, a.row};
}

static matrix from_row(matrix a, int i)
{
    return (matrix){a.data + i * a.row, a.row, a.column};
}

/* What fits the registers: rows and columns of C that are summed together. */
#if NN_VECTOR_BYTES == 64
enum { ROWS = 4, COLUMNS = 4 };
#else
enum { ROWS = 4, COLUMNS = 2 };
#endif

NN_INLINE void tile(matrix c, const nn_real *a, matrix as, const nn_real *b, matrix bs, int k,
                    bool accumulate, int rows, int columns)
{
    nn_vector sum[ROWS][COLUMNS];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < columns; v++)
            sum[r][v] = accumulate ? nn_load(c.data + r * c.row + v * c.column) : (nn_vector){0};
    for (int l = 0; l < k; l++, a += as.column, b += bs.row) {
        nn_vector y[COLUMNS];
        for (int v = 0; v < columns; v++)
            y[v] = nn_load(b + v * bs.column);
        for (int r = 0; r < rows; r++) {
            const nn_vector x = nn_load(a + r * as.row);
            for (int v = 0; v < columns; v++)
                sum[r][v] += x * y[v];
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < columns; v++)
            nn_store(c.data + r * c.row + v * c.column, sum[r][v]);
}

#define TILE(r, v)                                                                                           \
    case (r)*8 + (v):                                                                                        \
        tile(at, a.data + i * a.row, a, b.data + j * b.column, b, k, accumulate, r, v);                      \
        break;
#if NN_VECTOR_BYTES == 64
#define TILES(r) TILE(r, 1) TILE(r, 2) TILE(r, 3) TILE(r, 4)
#else
#define TILES(r) TILE(r, 1) TILE(r, 2)
#endif

/* C (m,n) = A (m,k) B (k,n) [+ C]; rows and columns are shared out evenly among the tiles. */
static void multiply(matrix c, matrix a, matrix b, int m, int n, int k, bool accumulate)
{
    const int strips = (m + ROWS - 1) / ROWS, panels = (n + COLUMNS - 1) / COLUMNS;
    for (int p = 0; p < panels; p++)
        for (int s = 0; s < strips; s++) {
            const int i = m * s / strips, j = n * p / panels;
            const matrix at = {c.data + i * c.row + j * c.column, c.row, c.column};
            switch ((m * (s + 1) / strips - i) * 8 + n * (p + 1) / panels - j) {
                TILES(1) TILES(2) TILES(3) TILES(4)
            }
        }
}

/* --- pairs --- */

/* What a vector's lanes are: pairs first, first + 1, ... of all sequences and heads in turn. Lanes beyond the
 * last pair repeat it. */
typedef struct pairs {
    size_t sequence[NN_LANES];
    int head[NN_LANES];
    int count;
} pairs;

static pairs pairs_from(size_t first, size_t all, int first_head, int heads)
{
    pairs p = {.count = all - first < NN_LANES ? (int)(all - first) : NN_LANES};
    size_t sequence = first / (size_t)heads;
    int head = (int)(first % (size_t)heads);
    for (int i = 0; i < NN_LANES; i++) {
        p.sequence[i] = sequence;
        p.head[i] = first_head + head;
        if (i + 1 < p.count && ++head == heads) {
            head = 0;
            sequence++;
        }
    }
    return p;
}

/* Where the heads' columns of the tokens of each pair begin in a tensor of tokens ld apart. */
static void places(size_t place[NN_LANES], const pairs *p, int tokens, int ld, int width)
{
    for (int i = 0; i < NN_LANES; i++)
        place[i] = p->sequence[i] * (size_t)tokens * (size_t)ld + (size_t)(p->head[i] * width);
}

/* In each four lanes of a and b, with r the lane's number there: LOW a0 b0 a1 b1, FIRST a0 a1 b0 b1; HIGH and
 * LAST two lanes further on. */
#define FOUR        (NN_LANE_NUMBERS & ~3)
#define LANE        (NN_LANE_NUMBERS & 3)
#define LOW(a, b)   pick(a, b, FOUR + (LANE >> 1) + (LANE & 1) * NN_LANES)
#define HIGH(a, b)  pick(a, b, FOUR + (LANE >> 1) + (LANE & 1) * NN_LANES + 2)
#define FIRST(a, b) pick(a, b, FOUR + (LANE & 1) + (LANE >> 1) * NN_LANES)
#define LAST(a, b)  pick(a, b, FOUR + (LANE & 1) + (LANE >> 1) * NN_LANES + 2)

NN_INLINE nn_vector pick(nn_vector a, nn_vector b, nn_lanes from)
{
#ifdef __clang__ /* whose shuffle takes constants alone */
    nn_vector y;
    for (int i = 0; i < NN_LANES; i++)
        y[i] = from[i] < NN_LANES ? a[from[i]] : b[from[i] - NN_LANES];
    return y;
#else
    return __builtin_shuffle(a, b, from);
#endif
}

/* Where lane 4 g + r of four vectors has row r's columns 0 to 3 as vector r's lanes 4 g to 4 g + 3, vector c
 * gets column c; and back again. */
NN_INLINE void turn_fours(nn_vector x[4])
{
    const nn_vector ab = LOW(x[0], x[1]), cd = LOW(x[2], x[3]), ef = HIGH(x[0], x[1]), gh = HIGH(x[2], x[3]);
    x[0] = FIRST(ab, cd);
    x[1] = LAST(ab, cd);
    x[2] = FIRST(ef, gh);
    x[3] = LAST(ef, gh);
}

/* Four elements from each of NN_LANES / 4 places. */
NN_INLINE nn_vector load_fours(const nn_real *x, const size_t *place)
{
#if defined(__AVX512F__) && !defined(NN_DOUBLE)
    /* The compiler would load each by itself and then shuffle. */
    __m512 y = _mm512_castps128_ps512(_mm_loadu_ps(x + place[0]));
    y = _mm512_insertf32x4(y, _mm_loadu_ps(x + place[4]), 1);
    y = _mm512_insertf32x4(y, _mm_loadu_ps(x + place[8]), 2);
    return (nn_vector)_mm512_insertf32x4(y, _mm_loadu_ps(x + place[12]), 3);
#else
    nn_four part[NN_LANES / 4];
    nn_vector y;
    for (int i = 0; i < NN_LANES / 4; i++)
        part[i] = *(const nn_four_loose *)(x + place[4 * i]);
    memcpy(&y, part, sizeof y);
    return y;
#endif
}

/* t (tokens,width,lanes) = factor x. */
static void gather(nn_real *t, const nn_real *x, const pairs *p, int tokens, int ld, int width,
                   nn_real factor)
{
    size_t place[NN_LANES];
    places(place, p, tokens, ld, width);
    for (int n = 0; n < tokens; n++, x += ld, t += width * NN_LANES) {
        int c = 0;
        for (; c + 4 <= width; c += 4) {
            nn_vector turned[4];
            for (int r = 0; r < 4; r++)
                turned[r] = load_fours(x + c, place + r);
            turn_fours(turned);
            for (int r = 0; r < 4; r++)
                nn_store(t + (c + r) * NN_LANES, turned[r] * factor);
        }
        for (; c < width; c++)
            for (int i = 0; i < NN_LANES; i++)
                t[c * NN_LANES + i] = x[place[i] + (size_t)c] * factor;
    }
}

/* x = factor t, or x += factor t, of the pairs that there are. */
NN_INLINE void scatter(nn_real *x, const nn_real *t, const pairs *p, int tokens, int ld, int width, bool add,
                       nn_real factor)
{
    const int whole = p->count == NN_LANES ? width / 4 * 4 : 0;
    size_t place[NN_LANES];
    places(place, p, tokens, ld, width);
    for (int n = 0; n < tokens; n++, x += ld, t += width * NN_LANES) {
        for (int c = 0; c < whole; c += 4) {
            nn_vector turned[4];
            for (int r = 0; r < 4; r++)
                turned[r] = nn_load(t + (c + r) * NN_LANES) * factor;
            turn_fours(turned);
            for (int r = 0; r < 4; r++) {
                nn_four part[NN_LANES / 4];
                memcpy(part, &turned[r], sizeof part);
                for (int i = 0; i < NN_LANES / 4; i++) {
                    nn_four_loose *to = (nn_four_loose *)(x + place[4 * i + r] + c);
                    *to = add ? (nn_four)*to + part[i] : part[i];
                }
            }
        }
        for (int i = 0; i < p->count; i++)
            for (int c = whole; c < width; c++) {
                nn_real *to = x + place[i] + (size_t)c, y = factor * t[c * NN_LANES + i];
                *to = add ? *to + y : y;
            }
    }
}

static void put(nn_real *x, const nn_real *t, const pairs *p, int tokens, int ld, int width, nn_real factor)
{
    scatter(x, t, p, tokens, ld, width, false, factor);
}

static void add(nn_real *x, const nn_real *t, const pairs *p, int tokens, int ld, int width, nn_real factor)
{
    scatter(x, t, p, tokens, ld, width, true, factor);
}

static void give(nn_real *x, const nn_real *t, const pairs *p, int tokens, int ld, int width, nn_real factor,
                 bool adds)
{
    (adds ? add : put)(x, t, p, tokens, ld, width, factor);
}

/* --- scores, in powers of two --- */

typedef struct work {
    const nn_attention_shape *shape;
    pairs pairs;
    uint64_t first_query;
    nn_real *q, *k, *v, *dout, *dk, *dv; /* (tokens,width) of vectors; dout and below backward alone */
    nn_real *s, *ds;                     /* (BLOCK,nk) */
    nn_real *lse, *seen;                 /* (nq), (nk); lse is in powers of two in backward */
    int nq, nk;
} work;

static work cut(nn_real *scratch, const nn_attention_shape *shape, uint64_t first_query, int nq, int nk)
{
    const size_t line = NN_PAD * sizeof(nn_real), rest = (uintptr_t)scratch % line;
    const int queries = nq * shape->width * NN_LANES, keys = nk * shape->width * NN_LANES;
    work w = {.shape = shape, .first_query = first_query, .nq = nq, .nk = nk};
    w.q = scratch + (rest ? (line - rest) / sizeof(nn_real) : 0);
    w.k = w.q + queries;
    w.v = w.k + keys;
    w.s = w.v + keys;
    w.ds = w.s + BLOCK * nk * NN_LANES;
    w.lse = w.ds + BLOCK * nk * NN_LANES;
    w.seen = w.lse + nq * NN_LANES;
    w.dout = w.seen + nk * NN_LANES;
    w.dk = w.dout + queries;
    w.dv = w.dk + keys;
    return w;
}

static void take_pairs(work *w, size_t first, size_t all, int heads, const nn_real *q, const nn_real *k,
                       const nn_real *v)
{
    const nn_attention_shape *shape = w->shape;
    w->pairs = pairs_from(first, all, shape->first_head, heads);
    gather(w->q, q, &w->pairs, w->nq, shape->ldq, shape->width, nn_attention_scale(shape) * (nn_real)M_LOG2E);
    gather(w->k, k, &w->pairs, w->nk, shape->ldkv, shape->width, 1);
    gather(w->v, v, &w->pairs, w->nk, shape->ldkv, shape->width, 1);
    for (int j = 0; shape->seen && j < w->nk; j++)
        for (int i = 0; i < NN_LANES; i++)
            w->seen[j * NN_LANES + i] = shape->seen[w->pairs.sequence[i] * (size_t)w->nk + (size_t)j];
}

/* Keys that query i may look at. */
NN_INLINE int seen_of(const work *w, int i)
{
    return w->shape->causal && i + 1 < w->nk ? i + 1 : w->nk;
}

/* The bias is added to one row of scores, and what is not seen is hidden. */
NN_INLINE void finish_scores(const work *w, nn_real *s, int i, int count)
{
    const nn_attention_shape *shape = w->shape;
    if (shape->bias)
        for (int j = 0; j < count; j++)
            nn_store(s + j * NN_LANES, nn_load(s + j * NN_LANES) +
                                           shape->bias[(long)i * shape->bias_row + j] * (nn_real)M_LOG2E);
    if (shape->seen)
        for (int j = 0; j < count; j++)
            nn_store(s + j * NN_LANES, nn_select(nn_load(w->seen + j * NN_LANES) != 0,
                                                 nn_load(s + j * NN_LANES), nn_all(-NN_INF)));
}

/* The dropout keys of query i in each pair. */
static void mask_keys(nn_mask_key key[NN_LANES], const work *w, int i)
{
    const uint64_t heads = (uint64_t)w->shape->heads;
    for (int p = 0; p < NN_LANES; p++)
        key[p] = nn_mask_key_of(
            &w->shape->mask, (w->first_query + w->pairs.sequence[p] * (uint64_t)w->nq + (uint64_t)i) * heads +
                                 (uint64_t)w->pairs.head[p]);
}

NN_INLINE nn_vector mask_factors(const nn_mask_key key[NN_LANES], const nn_mask *mask, int column)
{
    nn_real factor[NN_LANES];
    for (int p = 0; p < NN_LANES; p++)
        factor[p] = nn_mask_factor(key[p], mask->threshold, mask->scale, column);
    return nn_load(factor);
}

/* Scores of query i become weights with dropout, which are yet to be multiplied by what is returned; w->lse
 * gets their log sum exp. A row that sees nothing becomes 0. */
NN_INLINE nn_vector weigh(const work *w, nn_real *s, int i)
{
    const int count = seen_of(w, i);
    nn_vector most = nn_all(-NN_INF), sum = {0};
    finish_scores(w, s, i, count);
    for (int j = 0; j < count; j++) {
        const nn_vector x = nn_load(s + j * NN_LANES);
        most = nn_select(x > most, x, most);
    }
    most = nn_select(most > -NN_INF, most, nn_all(0));
    for (int j = 0; j < count; j++) {
        const nn_vector e = nn_attention_power(nn_load(s + j * NN_LANES) - most);
        nn_store(s + j * NN_LANES, e);
        sum += e;
    }
    const nn_lanes any = sum > 0;
    const nn_vector total = nn_select(any, sum, nn_all(1));
    nn_store(w->lse + i * NN_LANES, nn_select(any, most * (nn_real)M_LN2 + nn_logarithm(total), nn_all(0)));
    memset(s + count * NN_LANES, 0, (size_t)((w->nk - count) * NN_LANES) * sizeof *s);
    if (w->shape->mask.threshold) {
        nn_mask_key key[NN_LANES];
        mask_keys(key, w, i);
        for (int j = 0; j < count; j++)
            nn_store(s + j * NN_LANES, nn_load(s + j * NN_LANES) * mask_factors(key, &w->shape->mask, j));
    }
    return 1 / total;
}

static int rows_of_block(const work *w, int begin)
{
    return w->nq - begin < BLOCK ? w->nq - begin : BLOCK;
}

void nn_attention_few_forward(nn_real *out, nn_real *lse, const nn_real *q, const nn_real *k,
                              const nn_real *v, const nn_attention_shape *shape, uint64_t first_query,
                              size_t sequences, int nq, int nk, nn_real *scratch)
{
    const int width = shape->width,
              heads = (shape->end_head ? shape->end_head : shape->heads) - shape->first_head;
    work w = cut(scratch, shape, first_query, nq, nk);
    const matrix queries = dense(w.q, width), keys = dense(w.k, width), values = dense(w.v, width),
                 scores = dense(w.s, nk);
    for (size_t first = 0, all = sequences * (size_t)heads; first < all; first += NN_LANES) {
        take_pairs(&w, first, all, heads, q, k, v);
        for (int begin = 0; begin < nq; begin += BLOCK) {
            const int rows = rows_of_block(&w, begin);
            nn_vector share[BLOCK];
            multiply(scores, from_row(queries, begin), across(keys), rows, nk, width, false);
            for (int r = 0; r < rows; r++)
                share[r] = weigh(&w, w.s + r * nk * NN_LANES, begin + r);
            /* Outputs take the place of queries that are done with. */
            multiply(from_row(queries, begin), scores, values, rows, width, nk, false);
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < width; c++) {
                    nn_real *y = w.q + ((begin + r) * width + c) * NN_LANES;
                    nn_store(y, nn_load(y) * share[r]);
                }
        }
        put(out, w.q, &w.pairs, nq, shape->heads * width, width, 1);
        if (lse)
            put(lse, w.lse, &w.pairs, 1, shape->heads * nq, nq, 1);
    }
}

/* From the scores s of query i, and ds = dout v': s becomes P M, ds becomes dS but for the scale. */
NN_INLINE void differentiate(const work *w, nn_real *s, nn_real *ds, int i)
{
    const int count = seen_of(w, i);
    const nn_mask *mask = &w->shape->mask;
    const nn_vector lse = nn_load(w->lse + i * NN_LANES);
    nn_vector delta = {0};
    nn_mask_key key[NN_LANES] = {{0}};
    if (mask->threshold)
        mask_keys(key, w, i);
    finish_scores(w, s, i, count);
    for (int j = 0; j < count; j++) {
        const nn_vector p = nn_attention_power(nn_load(s + j * NN_LANES) - lse);
        nn_vector dp = nn_load(ds + j * NN_LANES);
        if (mask->threshold) {
            const nn_vector factor = mask_factors(key, mask, j);
            dp *= factor;
            nn_store(ds + j * NN_LANES, dp);
        }
        nn_store(s + j * NN_LANES, p);
        delta += p * dp;
    }
    for (int j = 0; j < count; j++) {
        const nn_vector p = nn_load(s + j * NN_LANES);
        nn_store(ds + j * NN_LANES, p * (nn_load(ds + j * NN_LANES) - delta));
        if (mask->threshold)
            nn_store(s + j * NN_LANES, p * mask_factors(key, mask, j));
    }
    memset(s + count * NN_LANES, 0, (size_t)((w->nk - count) * NN_LANES) * sizeof *s);
    memset(ds + count * NN_LANES, 0, (size_t)((w->nk - count) * NN_LANES) * sizeof *ds);
}

/* All blocks of queries of the pairs in w; dq takes the place of the queries, but for the scale. */
static void differentiate_pairs(const work *w)
{
    const int width = w->shape->width, nk = w->nk;
    const matrix queries = dense(w->q, width), keys = dense(w->k, width), values = dense(w->v, width),
                 douts = dense(w->dout, width), scores = dense(w->s, nk), dscores = dense(w->ds, nk);
    for (int begin = 0; begin < w->nq; begin += BLOCK) {
        const int rows = rows_of_block(w, begin);
        const matrix query = from_row(queries, begin), dout = from_row(douts, begin);
        multiply(scores, query, across(keys), rows, nk, width, false);
        multiply(dscores, dout, across(values), rows, nk, width, false);
        for (int r = 0; r < rows; r++)
            differentiate(w, w->s + r * nk * NN_LANES, w->ds + r * nk * NN_LANES, begin + r);
        multiply(dense(w->dv, width), across(scores), dout, nk, width, rows, begin > 0);
        multiply(dense(w->dk, width), across(dscores), query, nk, width, rows, begin > 0);
        multiply(query, dscores, keys, rows, width, nk, false);
    }
}

void nn_attention_few_backward(nn_real *dq, nn_real *dk, nn_real *dv, const nn_real *dout, const nn_real *lse,
                               const nn_real *q, const nn_real *k, const nn_real *v,
                               const nn_attention_shape *shape, uint64_t first_query, size_t sequences,
                               int nq, int nk, bool adds_q, bool adds_kv, nn_real *scratch)
{
    const int width = shape->width, heads = shape->heads;
    work w = cut(scratch, shape, first_query, nq, nk);
    for (size_t first = 0, all = sequences * (size_t)heads; first < all; first += NN_LANES) {
        take_pairs(&w, first, all, heads, q, k, v);
        gather(w.dout, dout, &w.pairs, nq, heads * width, width, 1);
        gather(w.lse, lse, &w.pairs, 1, heads * nq, nq, (nn_real)M_LOG2E);
        differentiate_pairs(&w);
        give(dq, w.q, &w.pairs, nq, shape->ldq, width, nn_attention_scale(shape), adds_q);
        give(dk, w.dk, &w.pairs, nk, shape->ldkv, width, (nn_real)M_LN2, adds_kv);
        give(dv, w.dv, &w.pairs, nk, shape->ldkv, width, 1, adds_kv);
    }
}
