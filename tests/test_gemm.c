/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix products beside a plain loop in double, for every kind of tile that this processor can run, and
 * nn_gemm as the library calls it. */
#include "lib/base/random.h"
#include "lib/kernels/gemm_split.h"
#include "lib/kernels/gemm_tiles.h"
#include "lib/kernels/kernels.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whole tiles, edges of each kind, depths beside and beyond one block. */
static const int sizes[][3] = {{1, 1, 1},    {2, 3, 5},     {11, 32, 17},  {14, 64, 8},    {15, 33, 40},
                               {29, 31, 96}, {7, 128, 512}, {5, 130, 513}, {13, 37, 1030}, {28, 257, 64}};
enum { SIZES = sizeof sizes / sizeof *sizes, MARGIN = 3 };

static const nn_real mark = (nn_real)-77;

static nn_real *draw(size_t n, uint64_t key)
{
    nn_real *x = malloc((n + 1) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = (nn_real)(2 * nn_random_uniform(key, i) - 1);
    return x;
}

typedef struct operands {
    bool transpose_a, transpose_b;
    int m, n, k, lda, ldb, ldc;
    nn_real *a, *b, *c, *start;
} operands;

static operands make(const int *size, int form)
{
    operands o = {.transpose_a = form & 1, .transpose_b = form & 2, .m = size[0], .n = size[1], .k = size[2]};
    o.lda = (o.transpose_a ? o.m : o.k) + MARGIN;
    o.ldb = (o.transpose_b ? o.k : o.n) + MARGIN;
    o.ldc = o.n + MARGIN;
    o.a = draw((size_t)(o.m + o.k) * (size_t)o.lda, 1);
    o.b = draw((size_t)(o.n + o.k) * (size_t)o.ldb, 2);
    o.c = malloc((size_t)o.m * (size_t)o.ldc * sizeof *o.c);
    o.start = draw((size_t)o.m * (size_t)o.ldc, 3);
    assert_non_null(o.c);
    for (int i = 0; i < o.m * o.ldc; i++)
        o.c[i] = mark;
    return o;
}

static void clear(operands *o)
{
    free(o->a);
    free(o->b);
    free(o->c);
    free(o->start);
}

/* Columns [begin,end) hold start + A B, all else is as it was. start_row < 0: no start. */
static void verify(const operands *o, const char *what, int start_row, int begin, int end)
{
    for (int i = 0; i < o->m; i++)
        for (int j = 0; j < o->ldc; j++) {
            nn_real got = o->c[i * o->ldc + j];
            double want = start_row < 0 ? 0 : (double)o->start[i * start_row + j], size = fabs(want);
            for (int l = 0; l < o->k && j < o->n; l++) {
                double term = (double)o->a[o->transpose_a ? l * o->lda + i : i * o->lda + l] *
                              (double)o->b[o->transpose_b ? j * o->ldb + l : l * o->ldb + j];
                want += term;
                size += fabs(term);
            }
            bool wanted = j >= begin && j < end;
            double limit = size * (sizeof(nn_real) == 4 ? 1e-6 : 1e-14);
            if (wanted ? !(fabs((double)got - want) <= limit) : got != mark)
                fail_msg("%s %d %d %d%s%s: C(%d,%d) is %.9g instead of %.9g", what, o->m, o->n, o->k,
                         o->transpose_a ? ", A'" : "", o->transpose_b ? ", B'" : "", i, j, (double)got,
                         wanted ? want : (double)mark);
        }
}

static void test_tiles(void **state)
{
    (void)state;
    for (const nn_tiles *tiles = nn_tiles_here(); tiles->multiply; tiles++)
        for (int s = 0; s < SIZES; s++)
            for (int form = 0; form < 4; form++) {
                operands o = make(sizes[s], form);
                const int start_rows[] = {-1, 0, o.ldc}; /* nothing, one row for all, a matrix */
                for (int f = 0; f < 3; f++) {
                    nn_tiles_multiply(tiles, o.c, o.ldc, f ? o.start : NULL, f ? start_rows[f] : 0,
                                      o.transpose_a, o.a, o.lda, o.transpose_b, o.b, o.ldb, o.m, o.n, o.k);
                    verify(&o, tiles->name, start_rows[f], 0, o.n);
                }
                clear(&o);
            }
}

/* Any stretch of columns and any stretch of rows has the very bytes of the whole product. */
static void test_packed(void **state)
{
    (void)state;
    for (const nn_tiles *tiles = nn_tiles_here(); tiles->multiply; tiles++)
        for (int s = 0; s < SIZES; s++)
            for (int form = 0; form < 4; form++) {
                operands o = make(sizes[s], form);
                nn_real *packed = malloc(nn_tiles_packed_size(tiles, o.n, o.k) * sizeof *packed);
                nn_real *whole = malloc((size_t)o.m * (size_t)o.ldc * sizeof *whole);
                assert_non_null(packed);
                assert_non_null(whole);
                nn_tiles_pack(tiles, packed, o.transpose_b, o.b, o.ldb, o.n, o.k);
                int end = o.n < tiles->columns ? o.n : tiles->columns;
                nn_tiles_multiply_packed(tiles, o.c, o.ldc, o.start, 0, o.transpose_a, o.a, o.lda, packed,
                                         o.m, o.n, o.k, 0, end);
                verify(&o, tiles->name, 0, 0, end);
                if (end < o.n)
                    nn_tiles_multiply_packed(tiles, o.c, o.ldc, o.start, 0, o.transpose_a, o.a, o.lda, packed,
                                             o.m, o.n, o.k, end, o.n);
                verify(&o, tiles->name, 0, 0, o.n);
                memcpy(whole, o.c, (size_t)o.m * (size_t)o.ldc * sizeof *whole);
                nn_tiles_multiply(tiles, o.c, o.ldc, o.start, 0, o.transpose_a, o.a, o.lda, o.transpose_b,
                                  o.b, o.ldb, o.m, o.n, o.k);
                assert_memory_equal(whole, o.c, (size_t)o.m * (size_t)o.ldc * sizeof *whole);
                for (int i = 0; i < o.m; i++) {
                    const nn_real *row = o.a + (o.transpose_a ? i : i * o.lda);
                    nn_tiles_multiply_packed(tiles, o.c + i * o.ldc, o.ldc, o.start, 0, o.transpose_a, row,
                                             o.lda, packed, 1, o.n, o.k, 0, o.n);
                }
                assert_memory_equal(whole, o.c, (size_t)o.m * (size_t)o.ldc * sizeof *whole);
                free(packed);
                free(whole);
                clear(&o);
            }
}

static void test_gemm(void **state)
{
    (void)state;
    for (int s = 0; s < SIZES; s++)
        for (int form = 0; form < 4; form++)
            for (int beta = 0; beta < 2; beta++) {
                operands o = make(sizes[s], form);
                for (int i = 0; beta && i < o.m; i++)
                    memcpy(o.c + i * o.ldc, o.start + i * o.ldc, (size_t)o.n * sizeof *o.c);
                nn_gemm(o.transpose_a, o.transpose_b, o.m, o.n, o.k, o.a, o.lda, o.b, o.ldb, (nn_real)beta,
                        o.c, o.ldc);
                verify(&o, "nn_gemm", beta ? o.ldc : -1, 0, o.n);
                clear(&o);
            }
}

/* --- split floats --- */

#ifndef NN_DOUBLE

enum { MOST_SPLITS = 2 };

/* In plain loops, and as this processor does. */
static int splits(const nn_split **all)
{
    all[0] = &nn_split_plain;
    all[1] = nn_split_here();
    return all[1] ? 2 : 1;
}

static void test_split(void **state)
{
    (void)state;
    const nn_split *all[MOST_SPLITS];
    for (int i = splits(all) - 1; i >= 0; i--)
        for (int s = 0; s < SIZES; s++)
            for (int form = 0; form < 4; form++) {
                operands o = make(sizes[s], form);
                const int start_rows[] = {-1, 0, o.ldc};
                for (int f = 0; f < 3; f++) {
                    nn_split_multiply(all[i], o.c, o.ldc, f ? o.start : NULL, f ? start_rows[f] : 0,
                                      o.transpose_a, o.a, o.lda, o.transpose_b, o.b, o.ldb, o.m, o.n, o.k);
                    verify(&o, all[i]->name, start_rows[f], 0, o.n);
                }
                clear(&o);
            }
}

/* Shares of rows and of columns have the very bytes of the whole product. */
static void test_split_packed(void **state)
{
    (void)state;
    const nn_split *all[MOST_SPLITS];
    for (int i = splits(all) - 1; i >= 0; i--)
        for (int s = 0; s < SIZES; s++)
            for (int form = 0; form < 4; form++) {
                operands o = make(sizes[s], form);
                void *packed = malloc(nn_split_packed_bytes(o.n, o.k));
                nn_real *whole = malloc((size_t)o.m * (size_t)o.ldc * sizeof *whole);
                assert_non_null(packed);
                assert_non_null(whole);
                nn_split_pack(packed, o.transpose_b, o.b, o.ldb, o.n, o.k);
                const int end = o.n < NN_SPLIT_COLUMNS ? o.n : NN_SPLIT_COLUMNS;
                nn_split_multiply_packed(all[i], o.c, o.ldc, o.start, 0, o.transpose_a, o.a, o.lda, packed,
                                         o.m, o.k, 0, end);
                verify(&o, all[i]->name, 0, 0, end);
                if (end < o.n)
                    nn_split_multiply_packed(all[i], o.c, o.ldc, o.start, 0, o.transpose_a, o.a, o.lda,
                                             packed, o.m, o.k, end, o.n);
                verify(&o, all[i]->name, 0, 0, o.n);
                memcpy(whole, o.c, (size_t)o.m * (size_t)o.ldc * sizeof *whole);
                for (int r = 0, rows; r < o.m; r += rows) {
                    rows = r + 7 < o.m ? 7 : o.m - r;
                    nn_split_multiply_packed(all[i], o.c + r * o.ldc, o.ldc, o.start, 0, o.transpose_a,
                                             o.a + (o.transpose_a ? r : r * o.lda), o.lda, packed, rows, o.k,
                                             0, o.n);
                }
                assert_memory_equal(whole, o.c, (size_t)o.m * (size_t)o.ldc * sizeof *whole);
                free(packed);
                free(whole);
                clear(&o);
            }
}

/* The three parts make up the number: a product with 1 gives it back, as with powers of two of either sign.
 */
static void test_split_exact(void **state)
{
    (void)state;
    const nn_split *all[MOST_SPLITS];
    enum { SIDE = 64 };
    static nn_real a[SIDE * SIDE], b[SIDE * SIDE], c[SIDE * SIDE];
    for (int i = splits(all) - 1; i >= 0; i--) {
        for (int at = 0; at < SIDE * SIDE; at++) {
            const double size = ldexp(1, at % 141 - 70);
            a[at] = (nn_real)(float)((2 * nn_random_uniform(5, (uint64_t)at) - 1) * size);
            b[at] = (nn_real)(at / SIDE == at % SIDE ? (at % 2 ? -0.25 : 4) : 0);
        }
        nn_split_multiply(all[i], c, SIDE, NULL, 0, false, a, SIDE, false, b, SIDE, SIDE, SIDE, SIDE);
        for (int at = 0; at < SIDE * SIDE; at++)
            assert_true(c[at] == a[at] * b[at % SIDE * (SIDE + 1)]);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tiles), cmocka_unit_test(test_packed),       cmocka_unit_test(test_gemm),
#ifndef NN_DOUBLE
        cmocka_unit_test(test_split), cmocka_unit_test(test_split_packed), cmocka_unit_test(test_split_exact),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
