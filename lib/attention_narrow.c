/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/attention_narrow.h"

#include "lib/vector_math.h"

NN_INLINE nn_real sum_of(nn_vector v)
{
    nn_real part[NN_LANES];
    nn_store(part, v);
    for (int n = NN_LANES / 2; n > 0; n /= 2)
        for (int i = 0; i < n; i++)
            part[i] += part[i + n];
    return part[0];
}

/* Scores of the keys [j, j + NN_LANES), the query already scaled. */
NN_INLINE nn_vector scores(const nn_real *q, const nn_real *kt, int j, int width, int padded)
{
    nn_vector x = q[0] * nn_load(kt + j);
    for (int c = 1; c < width; c++)
        x += q[c] * nn_load(kt + c * padded + j);
    return x;
}

/* A bound of every |score| of the query: below 30 no exponential leaves the range of single precision, and
 * the largest score need not be known. */
NN_INLINE nn_real bound_of(const nn_real *q, const nn_real *most, int width)
{
    nn_real bound = 0;
    for (int c = 0; c < width; c++)
        bound += NN_FABS(q[c]) * most[c];
    return bound;
}

NN_INLINE nn_real largest_score(const nn_real *q, const nn_real *kt, int width, int nk, int padded)
{
    nn_real most = -NN_INF;
    for (int j = 0; j < nk; j++) {
        nn_real x = 0;
        for (int c = 0; c < width; c++)
            x += q[c] * kt[c * padded + j];
        most = x > most ? x : most;
    }
    return most;
}

/* Adds the exponentials e of one vector of keys to the sums of e and of e v. */
NN_INLINE void take(nn_vector *total, nn_vector *sums, nn_vector e, const nn_real *vt, int j, int width,
                    int padded)
{
    *total += e;
    for (int c = 0; c < width; c++)
        sums[c] += e * nn_load(vt + c * padded + j);
}

/* A mask of the lanes that hold keys in the last vector. */
NN_INLINE nn_vector hide(nn_vector e, int keys)
{
    for (int i = 0; i < NN_LANES; i++)
        e[i] = i < keys ? e[i] : 0;
    return e;
}

NN_INLINE void forward(nn_real *out, int ldo, nn_real *lse, const nn_real *q, int ldq, const nn_real *kt,
                       const nn_real *vt, int width, int nq, int nk, int padded)
{
    nn_real scale = 1 / NN_SQRT((nn_real)width), most[NN_NARROW] = {0};
    int whole = nk / NN_LANES * NN_LANES;
    for (int c = 0; c < width; c++)
        for (int j = 0; j < nk; j++)
            most[c] = NN_FMAX(most[c], NN_FABS(kt[c * padded + j]));
    for (int i = 0; i < nq; i++, q += ldq, out += ldo) {
        nn_real query[NN_NARROW];
        nn_vector total = {0}, sums[NN_NARROW] = {{0}};
        for (int c = 0; c < width; c++)
            query[c] = q[c] * scale;
        nn_real centre = bound_of(query, most, width) < 30 ? 0 : largest_score(query, kt, width, nk, padded);
        for (int j = 0; j < whole; j += NN_LANES)
            take(&total, sums, nn_exponential(scores(query, kt, j, width, padded) - centre), vt, j, width,
                 padded);
        if (whole < nk)
            take(&total, sums,
                 hide(nn_exponential(scores(query, kt, whole, width, padded) - centre), nk - whole), vt,
                 whole, width, padded);
        nn_real sum = sum_of(total);
        for (int c = 0; c < width; c++)
            out[c] = sum_of(sums[c]) / sum;
        if (lse)
            lse[i] = centre + NN_LOG(sum);
    }
}

NN_INLINE void backward(nn_real *dq, nn_real *dkt, nn_real *dvt, const nn_real *dout, const nn_real *out,
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
            nn_vector p = nn_exponential(scores(query, kt, j, width, padded) - lse[i]);
            nn_vector ds = p * (scores(dout, vt, j, width, padded) - delta);
            for (int c = 0; c < width; c++) {
                sums[c] += ds * nn_load(kt + c * padded + j);
                nn_store(dkt + c * padded + j, nn_load(dkt + c * padded + j) + ds * query[c]);
                nn_store(dvt + c * padded + j, nn_load(dvt + c * padded + j) + p * dout[c]);
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
