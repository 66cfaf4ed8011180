/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention of heads too narrow for matrix products to pay: the lanes of a vector are keys. */
#include "lib/kernels/attention_narrow.h"

#include "lib/kernels/vector_math.h"

#include <stdbool.h>

NN_INLINE nn_vector larger(nn_vector a, nn_vector b)
{
    return nn_select(a > b, a, b);
}

/* Of padded numbers. */
NN_INLINE nn_real largest_size(const nn_real *x, int padded)
{
    nn_vector sizes = {0};
    for (int j = 0; j < padded; j += NN_LANES)
        sizes = larger(sizes, larger(nn_load(x + j), -nn_load(x + j)));
    nn_real most = 0;
    for (int i = 0; i < NN_LANES; i++)
        most = sizes[i] > most ? sizes[i] : most;
    return most;
}

/* Queries i to i + NN_LANES, one per lane, times scale; zeros beyond nq. */
NN_INLINE void gather(nn_vector *query, const nn_real *q, int ldq, nn_real scale, int width, int count)
{
    for (int c = 0; c < width; c++) {
        nn_real lane[NN_LANES] = {0};
        for (int i = 0; i < count; i++)
            lane[i] = q[i * ldq + c] * scale;
        query[c] = nn_load(lane);
    }
}

/* Whether every |score| of the queries is below 40 powers of two: then no power leaves the range of single
 * precision, and the largest score need not be known. */
NN_INLINE bool are_near(const nn_vector *query, const nn_real *most, int width)
{
    nn_vector bound = {0};
    for (int c = 0; c < width; c++)
        bound += larger(query[c], -query[c]) * most[c];
    bool near = true;
    for (int i = 0; i < NN_LANES; i++)
        near &= bound[i] < 40;
    return near;
}

NN_INLINE nn_vector score(const nn_vector *query, const nn_real *kt, int j, int width, int padded)
{
    nn_vector x = query[0] * kt[j];
    for (int c = 1; c < width; c++)
        x += query[c] * kt[c * padded + j];
    return x;
}

NN_INLINE nn_vector largest_scores(const nn_vector *query, const nn_real *kt, int width, int nk, int padded)
{
    nn_vector most = score(query, kt, 0, width, padded);
    for (int j = 1; j < nk; j++)
        most = larger(most, score(query, kt, j, width, padded));
    return most;
}

/* Adds the power e of one key to the sums of e and of e v. */
NN_INLINE void take(nn_vector *total, nn_vector *sums, nn_vector e, const nn_real *vt, int j, int width,
                    int padded)
{
    *total += e;
    for (int c = 0; c < width; c++)
        sums[c] += e * vt[c * padded + j];
}

/* A query per lane: the sums over the keys need no adding up across lanes. */
NN_INLINE void forward(nn_real *out, int ldo, nn_real *lse, const nn_real *q, int ldq, const nn_real *kt,
                       const nn_real *vt, int width, int nq, int nk, int padded)
{
    const nn_real scale = (nn_real)M_LOG2E / NN_SQRT((nn_real)width);
    nn_real most[NN_NARROW];
    for (int c = 0; c < width; c++)
        most[c] = largest_size(kt + c * padded, padded);
    for (int i = 0; i < nq; i += NN_LANES) {
        int count = nq - i < NN_LANES ? nq - i : NN_LANES;
        nn_vector query[NN_NARROW], total = {0}, sums[NN_NARROW] = {{0}}, centre = {0};
        gather(query, q + i * ldq, ldq, scale, width, count);
        if (are_near(query, most, width)) {
            for (int j = 0; j < nk; j++)
                take(&total, sums, nn_power_of_two(score(query, kt, j, width, padded)), vt, j, width, padded);
        } else {
            const nn_vector least = nn_all(-126);
            centre = largest_scores(query, kt, width, nk, padded);
            for (int j = 0; j < nk; j++) {
                nn_vector x = score(query, kt, j, width, padded) - centre;
                take(&total, sums, nn_power_of_two(larger(x, least)), vt, j, width, padded);
            }
        }
        const nn_vector sizes = centre * (nn_real)M_LN2 + nn_logarithm(total);
        for (int k = 0; k < count; k++) {
            for (int c = 0; c < width; c++)
                out[(i + k) * ldo + c] = sums[c][k] / total[k];
            if (lse)
                lse[i + k] = sizes[k];
        }
    }
}

/* A query with its gradient, each number in all lanes: scores in powers of two, and their slopes to match. */
typedef struct asking {
    nn_vector query[NN_NARROW], dout[NN_NARROW], slope[NN_NARROW], sums[NN_NARROW]; /* sums: of dq */
    nn_vector lse, delta;
} asking;

NN_INLINE void ask(asking *a, const nn_real *q, const nn_real *dout, const nn_real *out, nn_real lse,
                   nn_real scale, int width)
{
    nn_real delta = 0;
    for (int c = 0; c < width; c++) {
        a->query[c] = nn_all(q[c] * scale * (nn_real)M_LOG2E);
        a->dout[c] = nn_all(dout[c]);
        a->slope[c] = nn_all(dout[c] * (nn_real)M_LN2);
        a->sums[c] = nn_all(0);
        delta += dout[c] * out[c];
    }
    a->lse = nn_all(lse * (nn_real)M_LOG2E);
    a->delta = nn_all(delta * (nn_real)M_LN2);
}

/* `queries` queries in turn against each stretch of keys, whose gradients are read and written once for all
 * of them. */
NN_INLINE void answer(asking *a, int queries, nn_real *dkt, nn_real *dvt, const nn_real *kt,
                      const nn_real *vt, int width, int padded)
{
    const nn_vector lowest = nn_all(-126);
    for (int j = 0; j < padded; j += NN_LANES) {
        nn_vector key[NN_NARROW], value[NN_NARROW], dk[NN_NARROW], dv[NN_NARROW];
        for (int c = 0; c < width; c++) {
            key[c] = nn_load(kt + c * padded + j);
            value[c] = nn_load(vt + c * padded + j);
            dk[c] = nn_load(dkt + c * padded + j);
            dv[c] = nn_load(dvt + c * padded + j);
        }
        for (int i = 0; i < queries; i++) {
            nn_vector x = -a[i].lse, ds = -a[i].delta;
            for (int c = 0; c < width; c++) {
                x += a[i].query[c] * key[c];
                ds += a[i].slope[c] * value[c];
            }
            const nn_vector p = nn_power_of_two(larger(x, lowest));
            ds *= p;
            for (int c = 0; c < width; c++) {
                a[i].sums[c] += ds * key[c];
                dk[c] += ds * a[i].query[c];
                dv[c] += p * a[i].dout[c];
            }
        }
        for (int c = 0; c < width; c++) {
            nn_store(dkt + c * padded + j, dk[c]);
            nn_store(dvt + c * padded + j, dv[c]);
        }
    }
}

NN_INLINE void backward(nn_real *dq, nn_real *dkt, nn_real *dvt, const nn_real *dout, const nn_real *out,
                        int ldo, const nn_real *lse, const nn_real *q, int ldq, const nn_real *kt,
                        const nn_real *vt, int width, int nq, int padded)
{
    enum { TOGETHER = 2 };
    const nn_real scale = 1 / NN_SQRT((nn_real)width);
    for (int i = 0; i < nq; i += TOGETHER) {
        asking a[TOGETHER];
        const int count = nq - i < TOGETHER ? nq - i : TOGETHER;
        for (int k = 0; k < count; k++)
            ask(&a[k], q + (i + k) * ldq, dout + (i + k) * ldo, out + (i + k) * ldo, lse[i + k], scale,
                width);
        if (count == TOGETHER)
            answer(a, TOGETHER, dkt, dvt, kt, vt, width, padded);
        else
            answer(a, 1, dkt, dvt, kt, vt, width, padded);
        for (int k = 0; k < count; k++)
            for (int c = 0; c < width; c++)
                dq[(i + k) * ldq + c] += scale * (nn_real)M_LOG2E * nn_lanes_sum(a[k].sums[c]);
    }
}

/* The width a constant: the sums stay in registers. */
#define BY_WIDTH(call)                                                                                       \
    do {                                                                                                     \
        switch (width) {                                                                                     \
        case 1:                                                                                              \
            call(1);                                                                                         \
            break;                                                                                           \
        case 2:                                                                                              \
            call(2);                                                                                         \
            break;                                                                                           \
        case 3:                                                                                              \
            call(3);                                                                                         \
            break;                                                                                           \
        default:                                                                                             \
            call(4);                                                                                         \
        }                                                                                                    \
    } while (0)

NN_CLONES void nn_attention_narrow_forward(nn_real *out, int ldo, nn_real *lse, const nn_real *q, int ldq,
                                           const nn_real *kt, const nn_real *vt, int width, int nq, int nk,
                                           int padded)
{
#define FORWARD(n) forward(out, ldo, lse, q, ldq, kt, vt, n, nq, nk, padded)
    BY_WIDTH(FORWARD);
}

NN_CLONES void nn_attention_narrow_backward(nn_real *dq, nn_real *dkt, nn_real *dvt, const nn_real *dout,
                                            const nn_real *out, int ldo, const nn_real *lse, const nn_real *q,
                                            int ldq, const nn_real *kt, const nn_real *vt, int width, int nq,
                                            int padded)
{
#define BACKWARD(n) backward(dq, dkt, dvt, dout, out, ldo, lse, q, ldq, kt, vt, n, nq, padded)
    BY_WIDTH(BACKWARD);
}
