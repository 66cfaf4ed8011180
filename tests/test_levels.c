/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels that stand in the program once per level of x86-64: every level that this processor can run gives
 * what the least one gives. (The tests of kernels see only the one that was chosen.) */
#include "lib/kernels/attention_few.h"
#include "lib/kernels/kernels.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 12000 };

#define AT(level)                                                                                            \
    extern __typeof__(nn_activation_forward) nn_activation_forward_##level;                                  \
    extern __typeof__(nn_activation_backward) nn_activation_backward_##level;                                \
    extern __typeof__(nn_attention_forward) nn_attention_forward_##level;                                    \
    extern __typeof__(nn_attention_backward) nn_attention_backward_##level;                                  \
    extern __typeof__(nn_attention_few_forward) nn_attention_few_forward_##level;                            \
    extern __typeof__(nn_attention_few_backward) nn_attention_few_backward_##level;                          \
    extern __typeof__(nn_attention_map) nn_attention_map_##level;                                            \
    extern __typeof__(nn_attention_scratch) nn_attention_scratch_##level;                                    \
    extern __typeof__(nn_layer_norm_forward) nn_layer_norm_forward_##level;                                  \
    extern __typeof__(nn_layer_norm_backward) nn_layer_norm_backward_##level;                                \
    extern __typeof__(nn_gemm_small) nn_gemm_small_##level;
AT(v1)
AT(v3)
AT(v4)

typedef struct kernels {
    const char *name;
    __typeof__(nn_activation_forward) *gelu;
    __typeof__(nn_activation_backward) *gelu_back;
    __typeof__(nn_attention_forward) *attend;
    __typeof__(nn_attention_backward) *attend_back;
    __typeof__(nn_attention_few_forward) *few;
    __typeof__(nn_attention_few_backward) *few_back;
    __typeof__(nn_attention_map) *map;
    __typeof__(nn_attention_scratch) *scratch;
    __typeof__(nn_gemm_small) *multiply;
    __typeof__(nn_layer_norm_forward) *norm;
    __typeof__(nn_layer_norm_backward) *norm_back;
} kernels;

#define KERNELS(level)                                                                                       \
    {                                                                                                        \
#level, nn_activation_forward_##level, nn_activation_backward_##level, nn_attention_forward_##level, \
            nn_attention_backward_##level, nn_attention_few_forward_##level,                                 \
            nn_attention_few_backward_##level, nn_attention_map_##level, nn_attention_scratch_##level,       \
            nn_gemm_small_##level, nn_layer_norm_forward_##level, nn_layer_norm_backward_##level             \
    }
static const kernels levels[] = {KERNELS(v1), KERNELS(v3), KERNELS(v4)};

static bool can_run(int level)
{
    return level == 0 ||
           (level == 1 ? __builtin_cpu_supports("x86-64-v3") != 0 : __builtin_cpu_supports("x86-64-v4") != 0);
}

static nn_real *draw(size_t n, unsigned seed)
{
    nn_real *x = malloc(n * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (nn_real)((double)seed / 2147483648.0 - 1.0);
    }
    return x;
}

static void close_to(const nn_real *x, const nn_real *twin, size_t n, const char *level, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)(x[i] - twin[i])) <= 1e-5 + 1e-5 * fabs((double)twin[i])))
            fail_msg("%s of level %s: element %zu is %.9g, not %.9g", what, level, i, (double)x[i],
                     (double)twin[i]);
}

static void activations(void **state)
{
    (void)state;
    nn_real y[2][3 * 37], dx[2][3 * 37], *x = draw(3 * 37, 1), *dy = draw(3 * 37, 2);
    const nn_mask mask = nn_mask_make(0.25, 1, 2, 3);
    for (int level = 0; level < 3; level++) {
        if (!can_run(level))
            continue;
        const int to = level > 0;
        for (int i = 0; i < 3 * 37; i++)
            dx[to][i] = 1;
        levels[level].gelu(y[to], x, NN_GELU, &mask, 5, 3, 37);
        levels[level].gelu_back(dx[to], dy, x, NN_GELU, &mask, 5, 3, 37, true);
        if (level) {
            close_to(y[1], y[0], 3 * 37, levels[level].name, "GELU");
            close_to(dx[1], dx[0], 3 * 37, levels[level].name, "the slope of GELU");
        }
    }
    free(x);
    free(dy);
}

/* out, lse, map of head 0, dq, dk, dv one after another. */
static size_t attend(nn_real *all, const kernels *k, int n, int width, bool causal)
{
    const int heads = 2, d = heads * width;
    const nn_attention_shape shape = {.heads = heads,
                                      .width = width,
                                      .causal = causal,
                                      .mask = nn_mask_make(0, 1, 1, 1),
                                      .ldq = d,
                                      .ldkv = d};
    const size_t size = (size_t)n * (size_t)d;
    nn_real *in = draw(4 * size, 7), *scratch = calloc(k->scratch(n, n, width), sizeof *scratch);
    assert_non_null(scratch);
    nn_real *out = all, *lse = out + size, *map = lse + heads * n, *dq = map + n * n;
    for (size_t i = 0; i < 3 * size; i++)
        dq[i] = 0;
    k->attend(out, lse, in, in + size, in + 2 * size, &shape, 0, n, n, scratch);
    if (!causal)
        k->map(map, in, in + size, lse, &shape, 0, n, n);
    k->attend_back(dq, dq + size, dq + 2 * size, in + 3 * size, out, lse, in, in + size, in + 2 * size,
                   &shape, 0, n, n, scratch);
    free(in);
    free(scratch);
    return 4 * size + (size_t)(heads * n + n * n);
}

static void attention(void **state)
{
    (void)state;
    static nn_real all[2][MOST];
    static const int shapes[][3] = {{1, 2, 0}, {5, 3, 0}, {16, 8, 0}, {17, 20, 0}, {33, 4, 0}, {37, 32, 1}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int level = 0; level < 3; level++) {
            if (!can_run(level))
                continue;
            const size_t n =
                attend(all[level > 0], &levels[level], shapes[s][0], shapes[s][1], shapes[s][2] != 0);
            assert_true(n <= MOST);
            if (level)
                close_to(all[1], all[0], n, levels[level].name, "attention");
        }
}

/* out, lse, dq, dk, dv of sequences that fill a vector and a part of the next, with dropout and hidden keys.
 */
static size_t attend_few(nn_real *all, const kernels *k, int n, int width, int sequences)
{
    const int heads = 3, d = heads * width;
    const size_t size = (size_t)(sequences * n * d), sums = (size_t)(sequences * heads * n);
    nn_real *in = draw(4 * size, 5), *seen = draw((size_t)(sequences * n), 6);
    nn_real *scratch = calloc(nn_attention_few_scratch(n, n, width), sizeof *scratch);
    assert_non_null(scratch);
    for (int i = 0; i < sequences * n; i++)
        seen[i] = seen[i] > 0 && i >= n;
    const nn_attention_shape shape = {.heads = heads,
                                      .width = width,
                                      .mask = nn_mask_make(0.2, 1, 1, 1),
                                      .seen = seen,
                                      .ldq = d,
                                      .ldkv = d};
    nn_real *lse = all + size, *dq = lse + sums;
    for (size_t i = 0; i < 3 * size; i++)
        dq[i] = 1;
    k->few(all, lse, in, in + size, in + 2 * size, &shape, 3, (size_t)sequences, n, n, scratch);
    k->few_back(dq, dq + size, dq + 2 * size, in + 3 * size, lse, in, in + size, in + 2 * size, &shape, 3,
                (size_t)sequences, n, n, true, true, scratch);
    free(in);
    free(seen);
    free(scratch);
    return 4 * size + sums;
}

static void attention_of_few(void **state)
{
    (void)state;
    static nn_real all[2][MOST];
    static const int shapes[][3] = {{1, 1, 7}, {5, 8, 6}, {9, 3, 12}, {17, 6, 7}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int level = 0; level < 3; level++) {
            if (!can_run(level))
                continue;
            const size_t n =
                attend_few(all[level > 0], &levels[level], shapes[s][0], shapes[s][1], shapes[s][2]);
            assert_true(n <= MOST);
            if (level)
                close_to(all[1], all[0], n, levels[level].name, "attention of a few tokens");
        }
}

/* The kernel of any length, one sequence after another. */
static void few_like_many(void **state)
{
    (void)state;
    enum { N = 9, WIDTH = 5, HEADS = 3, D = HEADS * WIDTH, SEQUENCES = 7, SIZE = SEQUENCES * N * D };
    static nn_real few[4 * SIZE + SEQUENCES * HEADS * N], many[4 * SIZE + SEQUENCES * HEADS * N];
    const size_t n = attend_few(few, &levels[can_run(2) ? 2 : can_run(1)], N, WIDTH, SEQUENCES);
    nn_real *in = draw(4 * SIZE, 5), *seen = draw(SEQUENCES * N, 6);
    nn_real *scratch = calloc(nn_attention_scratch(N, N, WIDTH), sizeof *scratch);
    assert_non_null(scratch);
    nn_real *lse = many + SIZE, *dq = lse + SEQUENCES * HEADS * N;
    for (int i = 0; i < SEQUENCES * N; i++)
        seen[i] = seen[i] > 0 && i >= N;
    for (int i = 0; i < 3 * SIZE; i++)
        dq[i] = 1;
    for (int s = 0; s < SEQUENCES; s++) {
        const nn_attention_shape shape = {.heads = HEADS,
                                          .width = WIDTH,
                                          .mask = nn_mask_make(0.2, 1, 1, 1),
                                          .seen = seen + s * N,
                                          .ldq = D,
                                          .ldkv = D};
        const nn_real *q = in + s * N * D, *k = q + SIZE, *v = k + SIZE, *dout = v + SIZE;
        nn_real *out = many + s * N * D, *sums = lse + s * HEADS * N, *to = dq + s * N * D;
        nn_attention_forward(out, sums, q, k, v, &shape, (uint64_t)(3 + s * N), N, N, scratch);
        nn_attention_backward(to, to + SIZE, to + 2 * SIZE, dout, out, sums, q, k, v, &shape,
                              (uint64_t)(3 + s * N), N, N, scratch);
    }
    close_to(few, many, n, "any length", "attention of a few tokens");
    free(in);
    free(seen);
    free(scratch);
}

static void norms(void **state)
{
    (void)state;
    enum { ROWS = 5, MOST_COLUMNS = 70 };
    for (int n = 1; n <= MOST_COLUMNS; n += n < 20 ? 5 : 11) {
        nn_real y[2][ROWS * MOST_COLUMNS], d[2][(ROWS + 2) * MOST_COLUMNS], stats[2 * ROWS];
        nn_real *x = draw((size_t)(ROWS * n), 8), *dy = draw((size_t)(ROWS * n), 9),
                *gain = draw((size_t)n, 10);
        for (int level = 0; level < 3; level++) {
            if (!can_run(level))
                continue;
            nn_real *to = d[level > 0], *dgain = to + ROWS * n;
            for (int i = 0; i < (ROWS + 2) * n; i++)
                to[i] = 1;
            levels[level].norm(y[level > 0], stats, x, gain, gain, (nn_real)1e-5, ROWS, n);
            levels[level].norm_back(to, dgain, dgain + n, dy, x, NULL, stats, gain, ROWS, n, true);
            if (level) {
                close_to(y[1], y[0], (size_t)(ROWS * n), levels[level].name, "a norm");
                close_to(d[1], d[0], (size_t)((ROWS + 2) * n), levels[level].name, "the slope of a norm");
            }
        }
        free(x);
        free(dy);
        free(gain);
    }
}

static void small_products(void **state)
{
    (void)state;
    for (int n = 1; n <= 37; n += 3) {
        nn_real c[2][7 * 37], *a = draw(7 * 9, 3), *b = draw(9 * 37, 4);
        for (int level = 0; level < 3; level++) {
            if (!can_run(level))
                continue;
            nn_real *to = c[level > 0];
            for (int i = 0; i < 7 * 37; i++)
                to[i] = 1;
            levels[level].multiply(to, 37, a, 9, 1, b, 37, 7, n, 9, n % 2 != 0);
            if (level)
                close_to(to, c[0], 7 * 37, levels[level].name, "a small product");
        }
        free(a);
        free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations),   cmocka_unit_test(attention), cmocka_unit_test(attention_of_few),
        cmocka_unit_test(few_like_many), cmocka_unit_test(norms),     cmocka_unit_test(small_products)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
