/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of eight and sixteen bits by vectors: AVX-512 and AVX VNNI, AVX-512 BF16, AVX2, and plain loops.
 */
#include "lib/kernels/low.h"

#include "lib/kernels/vector.h"

#include <string.h>

enum { WIDE = NN_LOW_COLUMNS };

/* --- plain --- */

/* Four bytes of a row of A against those of 16 columns. */
NN_CLONES static void plain_int8(void *acc, const uint8_t *a, int rows, size_t bytes, const uint8_t *b)
{
    for (int r = 0; r < rows; r++, a += bytes)
        for (int panel = 0; panel < 2; panel++) {
            const uint8_t *column = b + (size_t)panel * 16 * bytes;
            int32_t sum[16] = {0};
            for (size_t k = 0; k < bytes; k += 4, column += 64) {
                int32_t group[16];
                memcpy(group, column, sizeof group);
                for (int j = 0; j < 16; j++)
                    sum[j] += a[k] * ((int32_t)((uint32_t)group[j] << 24) >> 24) +
                              a[k + 1] * ((int32_t)((uint32_t)group[j] << 16) >> 24) +
                              a[k + 2] * ((int32_t)((uint32_t)group[j] << 8) >> 24) +
                              a[k + 3] * (group[j] >> 24);
            }
            memcpy((int32_t *)acc + r * WIDE + panel * 16, sum, sizeof sum);
        }
}

static inline float widen(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Two bfloat16 of a row of A against those of 16 columns. */
NN_CLONES static void plain_bf16(void *acc, const uint8_t *a, int rows, size_t bytes, const uint8_t *b)
{
    for (int r = 0; r < rows; r++, a += bytes)
        for (int panel = 0; panel < 2; panel++) {
            const uint8_t *column = b + (size_t)panel * 16 * bytes;
            float sum[16] = {0};
            for (size_t k = 0; k < bytes; k += 4, column += 64) {
                uint32_t group[16], pair;
                memcpy(group, column, sizeof group);
                memcpy(&pair, a + k, sizeof pair);
                const float low = widen(pair << 16), high = widen(pair & 0xffff0000);
                for (int j = 0; j < 16; j++)
                    sum[j] += low * widen(group[j] << 16) + high * widen(group[j] & 0xffff0000);
            }
            memcpy((float *)acc + r * WIDE + panel * 16, sum, sizeof sum);
        }
}

/* --- x86-64 --- */

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#include <immintrin.h>

#define PRAGMA(x) _Pragma(#x)
#define EACH(i, most)                                                                                        \
    PRAGMA(GCC unroll 16)                                                                                    \
    for (int i = 0; i < (most); i++)

/* Up to `most` rows of A against 32 columns, `vectors` of them side by side. name##_step adds four bytes of a
 * row times those of one vector of columns; name##_rows has a constant number of rows wherever it is
 * expanded, so that all sums get a register each. */
#define DEFINE(name, features, vector, vectors, most)                                                        \
    __attribute__((target(features), always_inline)) static inline void name##_rows(                         \
        int rows, uint8_t *acc, const uint8_t *a, size_t bytes, const uint8_t *b)                            \
    {                                                                                                        \
        enum { BYTES = sizeof(vector), EACH_PANEL = 64 / sizeof(vector) };                                   \
        vector sum[most][vectors];                                                                           \
        EACH(r, rows)                                                                                        \
        EACH(v, vectors)                                                                                     \
        sum[r][v] = (vector){0};                                                                             \
        for (size_t k = 0; k < bytes; k += 4)                                                                \
            EACH(r, rows)                                                                                    \
            {                                                                                                \
                int32_t four;                                                                                \
                memcpy(&four, a + (size_t)r * bytes + k, sizeof four);                                       \
                EACH(v, vectors)                                                                             \
                sum[r][v] = name##_step(sum[r][v], four,                                                     \
                                        b + (size_t)(v / EACH_PANEL) * 16 * bytes + 16 * k +                 \
                                            (size_t)(v % EACH_PANEL) * BYTES);                               \
            }                                                                                                \
        EACH(r, rows)                                                                                        \
        EACH(v, vectors)                                                                                     \
        memcpy(acc + r * 128 + v * BYTES, &sum[r][v], BYTES);                                                \
    }                                                                                                        \
    __attribute__((target(features))) static void name(void *acc, const uint8_t *a, int rows, size_t bytes,  \
                                                       const uint8_t *b)                                     \
    {                                                                                                        \
        uint8_t *to = acc;                                                                                   \
        for (; rows >= most; rows -= most, a += (size_t)(most)*bytes, to += (most)*128)                      \
            name##_rows(most, to, a, bytes, b);                                                              \
        for (; rows > 0; rows--, a += bytes, to += 128)                                                      \
            name##_rows(1, to, a, bytes, b);                                                                 \
    }
#define STEP(features) __attribute__((target(features), always_inline)) static inline

STEP("avx512f,avx512vnni") __m512i vnni_wide_step(__m512i sum, int32_t four, const uint8_t *columns)
{
    return _mm512_dpbusd_epi32(sum, _mm512_set1_epi32(four), _mm512_loadu_si512(columns));
}
DEFINE(vnni_wide, "avx512f,avx512vnni", __m512i, 2, 12)

STEP("avx512f,avx512bf16") __m512 bf16_wide_step(__m512 sum, int32_t four, const uint8_t *columns)
{
    return _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_epi32(four), (__m512bh)_mm512_loadu_si512(columns));
}
DEFINE(bf16_wide, "avx512f,avx512bf16", __m512, 2, 12)

STEP("avx2,avxvnni") __m256i vnni_narrow_step(__m256i sum, int32_t four, const uint8_t *columns)
{
    return _mm256_dpbusd_avx_epi32(sum, _mm256_set1_epi32(four), _mm256_loadu_si256((const void *)columns));
}
DEFINE(vnni_narrow, "avx2,avxvnni", __m256i, 4, 3)

/* Without instructions for bytes: those at even and odd places in 16 bits, whose products cannot overflow. */
STEP("avx2") __m256i avx2_int8_step(__m256i sum, int32_t four, const uint8_t *columns)
{
    const __m256i y = _mm256_loadu_si256((const void *)columns);
    const __m256i even =
        _mm256_madd_epi16(_mm256_set1_epi32(four & 0xff00ff), _mm256_srai_epi16(_mm256_slli_epi16(y, 8), 8));
    const __m256i odd = _mm256_madd_epi16(_mm256_set1_epi32(four >> 8 & 0xff00ff), _mm256_srai_epi16(y, 8));
    return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}
DEFINE(avx2_int8, "avx2", __m256i, 4, 2)

/* bfloat16 as the floats that they are the upper halves of. */
STEP("avx2,fma") __m256 avx2_bf16_step(__m256 sum, int32_t four, const uint8_t *columns)
{
    const __m256i y = _mm256_loadu_si256((const void *)columns), upper = _mm256_set1_epi32((int)0xffff0000);
    sum = _mm256_fmadd_ps((__m256)_mm256_set1_epi32((int32_t)((uint32_t)four << 16)),
                          (__m256)_mm256_slli_epi32(y, 16), sum);
    return _mm256_fmadd_ps((__m256)_mm256_and_si256(_mm256_set1_epi32(four), upper),
                           (__m256)_mm256_and_si256(y, upper), sum);
}
DEFINE(avx2_bf16, "avx2,fma", __m256, 4, 2)

int nn_low_vector_kernels(nn_precision precision, nn_low_kernel *kernels)
{
    int count = 0;
    if (precision == NN_INT8) {
        if (__builtin_cpu_supports("avx512vnni"))
            kernels[count++] = (nn_low_kernel){.name = "AVX-512 VNNI", .multiply = vnni_wide};
        if (__builtin_cpu_supports("avxvnni"))
            kernels[count++] = (nn_low_kernel){.name = "AVX VNNI", .multiply = vnni_narrow};
        if (__builtin_cpu_supports("avx2"))
            kernels[count++] = (nn_low_kernel){.name = "AVX2", .multiply = avx2_int8};
    } else {
        if (__builtin_cpu_supports("avx512bf16"))
            kernels[count++] = (nn_low_kernel){.name = "AVX-512 BF16", .multiply = bf16_wide};
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
            kernels[count++] = (nn_low_kernel){.name = "AVX2", .multiply = avx2_bf16};
    }
    kernels[count++] =
        (nn_low_kernel){.name = "plain loops", .multiply = precision == NN_INT8 ? plain_int8 : plain_bf16};
    return count;
}
#else
int nn_low_vector_kernels(nn_precision precision, nn_low_kernel *kernels)
{
    kernels[0] =
        (nn_low_kernel){.name = "plain loops", .multiply = precision == NN_INT8 ? plain_int8 : plain_bf16};
    return 1;
}
#endif
