/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of whole vectors, for loops that keep their sums in registers: a call of the vector library would
 * spill them all to memory. Everything is expanded where it is used, for that function's processor. */
#ifndef NN_VECTOR_MATH_H
#define NN_VECTOR_MATH_H

#include "lib/kernels/vector.h"

#include <stddef.h>
#include <stdint.h>

/* No vector leaves a function. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define NN_INLINE static inline __attribute__((always_inline))

#ifdef NN_DOUBLE
typedef int64_t nn_lanes __attribute__((vector_size(NN_VECTOR_BYTES)));
#else
typedef int32_t nn_lanes __attribute__((vector_size(NN_VECTOR_BYTES)));
typedef uint32_t nn_bits __attribute__((vector_size(NN_VECTOR_BYTES))); /* which may overflow */
#endif

/* Numbers of the lanes. */
#if NN_VECTOR_BYTES == 64 && !defined(NN_DOUBLE)
#define NN_LANE_NUMBERS ((nn_lanes){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
#elif (NN_VECTOR_BYTES == 32) == defined(NN_DOUBLE)
#define NN_LANE_NUMBERS ((nn_lanes){0, 1, 2, 3})
#else
#define NN_LANE_NUMBERS ((nn_lanes){0, 1, 2, 3, 4, 5, 6, 7})
#endif

NN_INLINE nn_vector nn_load(const nn_real *x)
{
    return *(const nn_vector_loose *)x;
}

NN_INLINE void nn_store(nn_real *x, nn_vector v)
{
    *(nn_vector_loose *)x = v;
}

NN_INLINE nn_vector nn_all(nn_real x)
{
    return (nn_vector){0} + x;
}

/* yes where the mask is set, no elsewhere. */
NN_INLINE nn_vector nn_select(nn_lanes mask, nn_vector yes, nn_vector no)
{
    return (nn_vector)(((nn_lanes)yes & mask) | ((nn_lanes)no & ~mask));
}

/* Lane i of the result is lane i + by of v, round the end. */
NN_INLINE nn_vector nn_turn(nn_vector v, int by)
{
#ifdef __clang__ /* whose shuffle takes constants alone */
    nn_vector turned = v;
    for (int i = 0; i < NN_LANES; i++)
        turned[i] = v[(i + by) & (NN_LANES - 1)];
    return turned;
#else
    return __builtin_shuffle(v, (NN_LANE_NUMBERS + by) & (NN_LANES - 1));
#endif
}

/* The compiler would add the lanes one after another; here each step adds one half of them to the other. */
NN_INLINE nn_real nn_lanes_sum(nn_vector v)
{
#pragma GCC unroll 4
    for (int half = NN_LANES / 2; half; half /= 2)
        v += nn_turn(v, half);
    return v[0];
}

/* exp of arguments from -87 to 87; below that the result is e^-87, and so it is for NaN. */
#ifdef NN_DOUBLE
NN_INLINE nn_vector nn_exponential(nn_vector x)
{
    for (int i = 0; i < NN_LANES; i++)
        x[i] = exp(x[i] > -87 ? x[i] : -87);
    return x;
}
#else
/* exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln(2) / 2, and exp(r) by the minimax polynomial of degree
 * 6 in Cephes' expf (Moshier 1992). Within 2 units in the last place. */
NN_INLINE nn_vector nn_exponential(nn_vector x)
{
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number in the lowest bits */
    x = nn_select(x > -87.0f, x, nn_all(-87.0f));
    nn_vector shifted = x * 1.44269504088896341f + magic, n = shifted - magic;
    nn_vector r = x - n * 0.693359375f - n * -2.12194440e-4f;
    nn_vector p = nn_all(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    nn_lanes exponent = ((nn_lanes)shifted - (nn_lanes)nn_all(magic) + 127) << 23;
    return p * (nn_vector)exponent;
}
#endif

/* 2^x from -126 to 126: n = round(x), 2^(x - n) by the polynomial of degree 5 with the least relative error,
 * 7.5e-8. The magic number's own bits fall off the left end. Beyond that range, and of NaN, it is any number.
 */
#ifdef NN_DOUBLE
NN_INLINE nn_vector nn_power_of_two(nn_vector x)
{
    for (int i = 0; i < NN_LANES; i++)
        x[i] = exp2(x[i]);
    return x;
}
#else
NN_INLINE nn_vector nn_power_of_two(nn_vector x)
{
    const float magic = 12582912.0f;
    nn_vector shifted = x + magic, r = x - (shifted - magic);
    nn_vector p = r * 1.3276472e-3f + 9.6755413e-3f;
    p = p * r + 5.5507133e-2f;
    p = p * r + 2.4022120e-1f;
    p = p * r + 6.9314697e-1f;
    p = p * r + 1.0f;
    return (nn_vector)((nn_bits)p + ((nn_bits)shifted << 23));
}
#endif

/* ln x of positive numbers that are not denormal. */
#ifdef NN_DOUBLE
NN_INLINE nn_vector nn_logarithm(nn_vector x)
{
    for (int i = 0; i < NN_LANES; i++)
        x[i] = log(x[i]);
    return x;
}
#else
/* x = 2^n (1 + f) with 1 + f from sqrt(1/2) to sqrt(2), and ln(1 + f) by the polynomial in Cephes' logf
 * (Moshier 1992). Within 2 units in the last place. */
NN_INLINE nn_vector nn_logarithm(nn_vector x)
{
    const nn_lanes bits = (nn_lanes)x, large = (bits & 0x7fffff) > 0x3504f3;
    const nn_vector n = __builtin_convertvector((bits >> 23) - 127 - large, nn_vector);
    const nn_vector f = (nn_vector)((bits & 0x7fffff) | (0x3f800000 + (large & -0x800000))) - 1, z = f * f;
    nn_vector p = nn_all(7.0376836292e-2f);
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    return n * 0.693359375f + (f + (p * f * z + n * -2.12194440e-4f - 0.5f * z));
}
#endif

/* The standard normal distribution function; *bell becomes exp(-x^2 / 2). */
#ifdef NN_DOUBLE
NN_INLINE nn_vector nn_normal(nn_vector x, nn_vector *bell)
{
    for (int i = 0; i < NN_LANES; i++) {
        (*bell)[i] = exp(-0.5 * x[i] * x[i]);
        x[i] = 0.5 * erfc(-0.70710678118654752440 * x[i]);
    }
    return x;
}
#else
/* 1 - Phi(u) = exp(-u^2 / 2) t p(t) with t = 1 / (1 + 0.27 u), the form of Abramowitz & Stegun 26.2.17; p is
 * of degree 8, fitted for the least largest relative error, 2.4e-8, on 0 <= u <= 14. */
NN_INLINE nn_vector nn_normal(nn_vector x, nn_vector *bell)
{
    nn_vector u = (nn_vector)((nn_lanes)x & 0x7fffffff), t = 1 / (1 + 0.27f * u);
    nn_vector p = nn_all(0.028915610164403915f);
    p = p * t - 0.12625689804553986f;
    p = p * t + 0.16929475963115692f;
    p = p * t - 0.06862478703260422f;
    p = p * t + 0.10740203410387039f;
    p = p * t + 0.07223919034004211f;
    p = p * t + 0.10175944119691849f;
    p = p * t + 0.10755046457052231f;
    p = p * t + 0.10772018134593964f;
    *bell = nn_exponential(-0.5f * u * u);
    nn_vector tail = p * t * *bell;
    return nn_select(x < 0, tail, 1 - tail);
}
#endif

/* --- transposition --- */

typedef nn_real nn_four __attribute__((vector_size(4 * sizeof(nn_real))));
typedef nn_real nn_four_loose
    __attribute__((vector_size(4 * sizeof(nn_real)), aligned(sizeof(nn_real)), may_alias));
#ifdef NN_DOUBLE
typedef int64_t nn_four_lanes __attribute__((vector_size(32)));
#else
typedef int32_t nn_four_lanes __attribute__((vector_size(16)));
#endif

/* Lanes of a and b by number: those of b are 4 to 7. */
#ifdef __clang__
#define NN_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define NN_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (nn_four_lanes){__VA_ARGS__})
#endif
#define NN_LOW(a, b)   NN_SHUFFLE(a, b, 0, 4, 1, 5)
#define NN_HIGH(a, b)  NN_SHUFFLE(a, b, 2, 6, 3, 7)
#define NN_FIRST(a, b) NN_SHUFFLE(a, b, 0, 1, 4, 5)
#define NN_LAST(a, b)  NN_SHUFFLE(a, b, 2, 3, 6, 7)

NN_INLINE void nn_transpose_four(nn_real *t, size_t ldt, const nn_real *x, size_t ldx)
{
    nn_four a = *(const nn_four_loose *)x, b = *(const nn_four_loose *)(x + ldx),
            c = *(const nn_four_loose *)(x + 2 * ldx), d = *(const nn_four_loose *)(x + 3 * ldx);
    nn_four ab = NN_LOW(a, b), cd = NN_LOW(c, d);
    *(nn_four_loose *)t = NN_FIRST(ab, cd);
    *(nn_four_loose *)(t + ldt) = NN_LAST(ab, cd);
    ab = NN_HIGH(a, b);
    cd = NN_HIGH(c, d);
    *(nn_four_loose *)(t + 2 * ldt) = NN_FIRST(ab, cd);
    *(nn_four_loose *)(t + 3 * ldt) = NN_LAST(ab, cd);
}

/* t (columns,rows) = x' for x (rows,columns). */
NN_INLINE void nn_transpose_matrix(nn_real *t, size_t ldt, const nn_real *x, size_t ldx, int rows,
                                   int columns)
{
    int whole_rows = rows / 4 * 4, whole_columns = columns / 4 * 4;
    for (int j = 0; j < whole_columns; j += 4)
        for (int i = 0; i < whole_rows; i += 4)
            nn_transpose_four(t + (size_t)j * ldt + i, ldt, x + (size_t)i * ldx + j, ldx);
    for (int j = 0; j < columns; j++)
        for (int i = j < whole_columns ? whole_rows : 0; i < rows; i++)
            t[(size_t)j * ldt + (size_t)i] = x[(size_t)i * ldx + (size_t)j];
}

#endif
