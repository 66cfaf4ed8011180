/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/attention_narrow.h"

#include "lib/vector.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* No vector leaves a function: all of these are expanded where they are used. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

INLINE nn_vector load(const nn_real *x)
{
    return *(const nn_vector_loose *)x;
}

INLINE void store(nn_real *x, nn_vector v)
{
    *(nn_vector_loose *)x = v;
}

INLINE nn_vector all(nn_real x)
{
    return (nn_vector){0} + x;
}

#ifdef NN_DOUBLE
typedef int64_t lane_numbers __attribute__((vector_size(64)));
static const lane_numbers lanes = {0, 1, 2, 3, 4, 5, 6, 7};
#else
typedef int32_t lane_numbers __attribute__((vector_size(64)));
static const lane_numbers lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#endif

INLINE nn_vector larger(nn_vector a, nn_vector b)
{
    lane_numbers first = a > b;
    return (nn_vector)(((lane_numbers)a & first) | ((lane_numbers)b & ~first));
}

/* Each step adds one half of the lanes to the other. */
INLINE nn_real sum_of(nn_vector v)
{
#pragma GCC unroll 4
    for (int half = NN_LANES / 2; half; half /= 2)
        v += __builtin_shuffle(v, (lanes + half) & (NN_LANES - 1));
    return v[0];
}

#ifdef NN_DOUBLE
INLINE nn_vector exponential(nn_vector x)
{
    for (int i = 0; i < NN_LANES; i++)
        x[i] = exp(x[i]);
    return x;
}
#else
/* A call of the vector library would spill every sum to memory. Arguments from -87 to 87, below that the
 * result is e^-87: exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln(2) / 2, and exp(r) by the minimax
 * polynomial of degree 6 in Cephes' expf (Moshier 1992). Within 2 units in the last place. */
INLINE nn_vector exponential(nn_vector x)
{
    typedef int32_t whole __attribute__((vector_size(64)));
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number in the lowest bits */
    whole enough = x > -87.0f, limit = (whole)all(-87.0f);
    x = (nn_vector)(((whole)x & enough) | (limit & ~enough));
    nn_vector shifted = x * 1.44269504088896341f + magic, n = shifted - magic;
    nn_vector r = x - n * 0.693359375f - n * -2.12194440e-4f;
    nn_vector p = all(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    whole exponent = ((whole)shifted - (whole)all(magic) + 127) << 23;
    return p * (nn_vector)exponent;
}
#endif

/* Scores of the keys [j, j + NN_LANES), the query already scaled. */
INLINE nn_vector scores(const nn_real *q, const nn_real *kt, int j, int width, int padded)
{
    nn_vector x = q[0] * load(kt + j);
    for (int c = 1; c < width; c++)
        x += q[c] * load(kt + c * padded + j);
    return x;
}

/* 2^x from -126 to 126: n = round(x), 2^(x - n) by the polynomial of degree 5 with the least relative error,
 * 7.5e-8. The magic number's own bits fall off the left end. */
#ifdef NN_DOUBLE
INLINE nn_vector power_of_two(nn_vector x)
{
    for (int i = 0; i < NN_LANES; i++)
        x[i] = exp2(x[i]);
    return x;
}
#else
INLINE nn_vector power_of_two(nn_vector x)
{
    typedef int32_t whole __attribute__((vector_size(64)));
    const float magic = 12582912.0f;
    nn_vector shifted = x + magic, r = x - (shifted - magic);
    nn_vector p = r * 1.3276472e-3f + 9.6755413e-3f;
    p = p * r + 5.5507133e-2f;
    p = p * r + 2.4022120e-1f;
    p = p * r + 6.9314697e-1f;
    p = p * r + 1.0f;
    return (nn_vector)((whole)p + ((whole)shifted << 23));
}
#endif

/* Of padded numbers. */
INLINE nn_real largest_size(const nn_real *x, int padded)
{
    nn_vector sizes = {0};
    for (int j = 0; j < padded; j += NN_LANES)
        sizes = larger(sizes, larger(load(x + j), -load(x + j)));
    nn_real most = 0;
    for (int i = 0; i < NN_LANES; i++)
        most = sizes[i] > most ? sizes[i] : most;
    return most;
}

/* Queries i to i + NN_LANES, one per lane, times scale; zeros beyond nq. */
INLINE void gather(nn_vector *query, const nn_real *q, int ldq, nn_real scale, int width, int count)
{
    for (int c = 0; c < width; c++) {
        nn_real lane[NN_LANES] = {0};
        for (int i = 0; i < count; i++)
            lane[i] = q[i * ldq + c] * scale;
        query[c] = load(lane);
    }
}

/* Whether every |score| of the queries is below 40 powers of two: then no power leaves the range of single
 * precision, and the largest score need not be known. */
INLINE bool are_near(const nn_vector *query, const nn_real *most, int width)
{
    nn_vector bound = {0};
    for (int c = 0; c < width; c++)
        bound += larger(query[c], -query[c]) * most[c];
    bool near = true;
    for (int i = 0; i < NN_LANES; i++)
        near &= bound[i] < 40;
    return near;
}

INLINE nn_vector score(const nn_vector *query, const nn_real *kt, int j, int width, int padded)
{
    nn_vector x = query[0] * kt[j];
    for (int c = 1; c < width; c++)
        x += query[c] * kt[c * padded + j];
    return x;
}

INLINE nn_vector largest_scores(const nn_vector *query, const nn_real *kt, int width, int nk, int padded)
{
    nn_vector most = score(query, kt, 0, width, padded);
    for (int j = 1; j < nk; j++)
        most = larger(most, score(query, kt, j, width, padded));
    return most;
}

/* Adds the power e of one key to the sums of e and of e v. */
INLINE void take(nn_vector *total, nn_vector *sums, nn_vector e, const nn_real *vt, int j, int width,
                 int padded)
{
    *total += e;
    for (int c = 0; c < width; c++)
        sums[c] += e * vt[c * padded + j];
}

/* A query per lane: the sums over the keys need no adding up across lanes. */
INLINE void forward(nn_real *out, int ldo, nn_real *lse, const nn_real *q, int ldq, const nn_real *kt,
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
                take(&total, sums, power_of_two(score(query, kt, j, width, padded)), vt, j, width, padded);
        } else {
            const nn_vector least = all(-126);
            centre = largest_scores(query, kt, width, nk, padded);
            for (int j = 0; j < nk; j++) {
                nn_vector x = score(query, kt, j, width, padded) - centre;
                take(&total, sums, power_of_two(larger(x, least)), vt, j, width, padded);
            }
        }
        for (int k = 0; k < count; k++) {
            for (int c = 0; c < width; c++)
                out[(i + k) * ldo + c] = sums[c][k] / total[k];
            if (lse)
                lse[i + k] = centre[k] * (nn_real)M_LN2 + NN_LOG(total[k]);
        }
    }
}

INLINE void backward(nn_real *dq, nn_real *dkt, nn_real *dvt, const nn_real *dout, const nn_real *out,
                     int ldo, const nn_real *lse, const nn_real *q, int ldq, const nn_real *kt,
                     const nn_real *vt, int width, int nq, int padded)
{
    nn_real scale = 1 / NN_SQRT((nn_real)width);
    for (int i = 0; i < nq; i++, q += ldq, dq += ldq, out += ldo, dout += ldo) {
        nn_real query[NN_NARROW], delta = 0;
        nn_vector sums[NN_NARROW] = {{0}};
        for (int c = 0; c < width; c++) {
            query[c] = q[c] * scale;
            delta += dout[c] * out[c];
        }
        for (int j = 0; j < padded; j += NN_LANES) {
            nn_vector p = exponential(scores(query, kt, j, width, padded) - lse[i]);
            nn_vector ds = p * (scores(dout, vt, j, width, padded) - delta);
            for (int c = 0; c < width; c++) {
                sums[c] += ds * load(kt + c * padded + j);
                store(dkt + c * padded + j, load(dkt + c * padded + j) + ds * query[c]);
                store(dvt + c * padded + j, load(dvt + c * padded + j) + p * dout[c]);
            }
        }
        for (int c = 0; c < width; c++)
            dq[c] += scale * sum_of(sums[c]);
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
