/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Least squares' linear algebra beside sums written out, for sizes on either side of its blocks. */
#include "lib/kernels/dense.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>

enum { SPARE = 3, MOST = 140 };
static const double untouched = 1e30;

static double *draw(int rows, int columns, unsigned seed)
{
    double *x = malloc((size_t)rows * (size_t)(columns + SPARE) * sizeof *x);
    assert_non_null(x);
    for (int i = 0; i < rows * (columns + SPARE); i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = i % (columns + SPARE) < columns ? (double)seed / 2147483648.0 - 1.0 : untouched;
    }
    return x;
}

static void same(double x, double twin, const char *what, int n, int i, int j)
{
    if (!(fabs(x - twin) <= 1e-11 * (1 + fabs(twin))))
        fail_msg("%s of size %d: element (%d,%d) is %.17g, not %.17g", what, n, i, j, x, twin);
}

static void products(void **state)
{
    (void)state;
    for (int n = 1; n <= MOST; n += n < 5 ? 1 : 45)
        for (int transposed = 0; transposed < 2; transposed++) {
            const int m = n + 2, k = 17, lda = (transposed ? m : k) + SPARE, ld = n + SPARE;
            double *a = transposed ? draw(k, m, 1) : draw(m, k, 1), *b = draw(k, n, 2), *c = draw(m, n, 3),
                   *was = draw(m, n, 3);
            nn_dense_multiply(transposed, m, n, k, a, lda, b, ld, transposed, c, ld);
            for (int i = 0; i < m; i++)
                for (int j = 0; j < ld; j++) {
                    double sum = transposed || j >= n ? was[i * ld + j] : 0;
                    for (int l = 0; l < k && j < n; l++)
                        sum += a[transposed ? l * lda + i : i * lda + l] * b[l * ld + j];
                    same(c[i * ld + j], sum, "a product", n, i, j);
                }
            free(a);
            free(b);
            free(c);
            free(was);
        }
}

/* The lower triangle of G = A'A + n, and above it what must stay. */
static double *gram(int n, int rows)
{
    double *a = draw(rows, n, 4), *g = malloc((size_t)n * (size_t)n * sizeof *g);
    assert_non_null(g);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            g[i * n + j] = j > i ? untouched : i == j ? n : 0;
    nn_dense_gram(n, rows, a, n + SPARE, g, n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = j > i ? untouched : i == j ? n : 0;
            for (int l = 0; l < rows && j <= i; l++)
                sum += a[l * (n + SPARE) + i] * a[l * (n + SPARE) + j];
            same(g[i * n + j], sum, "a gram matrix", n, i, j);
        }
    free(a);
    return g;
}

/* L L' is G, and L L' X is B. */
static void solutions(void **state)
{
    (void)state;
    static const int sizes[] = {1, 2, 31, 64, 65, 129, MOST};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int m = 1; m < 80; m += m < 9 ? 7 : 66) {
            const int n = sizes[s], ld = m + SPARE;
            double *g = gram(n, 9), *l = gram(n, 9), *b = draw(n, m, 5), *x = draw(n, m, 5);
            assert_true(nn_dense_factor(n, l, n));
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++) {
                    double sum = j > i ? untouched : 0;
                    for (int k = 0; k <= j && j <= i; k++)
                        sum += l[i * n + k] * l[j * n + k];
                    same(j > i ? l[i * n + j] : sum, g[i * n + j], "a square", n, i, j);
                }
            nn_dense_solve(n, m, l, n, x, ld);
            for (int i = 0; i < n; i++)
                for (int j = 0; j < ld; j++) {
                    double sum = j < m ? 0 : x[i * ld + j];
                    for (int k = 0; k < n && j < m; k++)
                        sum += (k <= i ? g[i * n + k] : g[k * n + i]) * x[k * ld + j];
                    same(sum, b[i * ld + j], "a solution", n, i, j);
                }
            free(g);
            free(l);
            free(b);
            free(x);
        }
}

static void indefinite(void **state)
{
    (void)state;
    for (int n = 2; n <= MOST; n += 69) {
        double *g = gram(n, 3);
        g[n * n - 1] = -1;
        assert_false(nn_dense_factor(n, g, n));
        free(g);
        g = gram(n, 3);
        g[0] = NAN;
        assert_false(nn_dense_factor(n, g, n));
        free(g);
    }
}

/* Row v of v (n,n) times value is A v; rows are at right angles, of length 1, and values fall. */
static void check_eigen(const double *a, int n, double scale)
{
    double *v = malloc((size_t)n * (size_t)n * sizeof *v), *alone = malloc((size_t)n * (size_t)n * sizeof *v);
    double value[MOST], twin[MOST], room[2 * MOST];
    assert_true(v && alone);
    for (int i = 0; i < n * n; i++)
        v[i] = alone[i] = i % n > i / n ? untouched : a[i] * scale;
    assert_true(nn_dense_eigen(true, n, v, value, room));
    assert_true(nn_dense_eigen(false, n, alone, twin, room));
    for (int i = 0; i < n; i++) {
        same(twin[i] / scale, value[i] / scale, "an eigenvalue alone", n, i, 0);
        assert_true(i == 0 || value[i] <= value[i - 1]);
        for (int j = 0; j < n; j++) {
            double product = 0, angle = 0;
            for (int k = 0; k < n; k++) {
                product += a[j > k ? j * n + k : k * n + j] * v[i * n + k];
                angle += v[i * n + k] * v[j * n + k];
            }
            same(angle, i == j, "a right angle", n, i, j);
            same(product, value[i] / scale * v[i * n + j], "an eigenvector", n, i, j);
        }
    }
    free(v);
    free(alone);
}

static void eigenvectors(void **state)
{
    (void)state;
    for (int n = 1; n <= MOST; n += n < 5 ? 1 : 45) {
        double *full = gram(n, n + 1), *low = gram(n, 2);
        double *flat = calloc((size_t)n * (size_t)n, sizeof *flat);
        assert_non_null(flat);
        for (int i = 0; i < n; i++)
            full[i * n + i] -= 2 * n; /* some values are negative */
        check_eigen(full, n, 1);
        check_eigen(low, n, 1);     /* all values but two are the same */
        check_eigen(low, n, 1e304); /* its squares are infinite */
        check_eigen(low, n, 1e-304);
        check_eigen(flat, n, 1);
        for (int i = 0; i < n; i++)
            flat[i * n + i] = pow(10, -i);
        check_eigen(flat, n, 1);
        free(full);
        free(low);
        free(flat);
    }
}

static void no_eigenvectors(void **state)
{
    (void)state;
    double a[4] = {1, 0, NAN, 1}, value[2], room[4];
    assert_false(nn_dense_eigen(true, 2, a, value, room));
    a[2] = INFINITY;
    assert_false(nn_dense_eigen(false, 2, a, value, room));
}

static void bends(void **state)
{
    (void)state;
    for (int columns = 1; columns < 80; columns += 13) {
        const int rows = 9;
        double *a = draw(rows + 1, columns, 6), x[9], out[80];
        for (int i = 0; i < (rows + 1) * columns; i++)
            a[i] = sin(i);
        for (int i = 0; i < rows; i++)
            x[i] = i - 4.5;
        nn_dense_bend(out, x, (size_t)rows, (size_t)columns, a);
        for (int j = 0; j < columns; j++) {
            double z = a[rows * columns + j];
            for (int i = 0; i < rows; i++)
                z += fmax(-4, fmin(4, x[i])) * a[i * columns + j];
            z = fmax(-3, fmin(3, z));
            same(out[j], z * (27 + z * z) / (27 + 9 * z * z), "a bend", columns, 0, j);
        }
        free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(products),        cmocka_unit_test(solutions),
                                       cmocka_unit_test(indefinite),      cmocka_unit_test(eigenvectors),
                                       cmocka_unit_test(no_eigenvectors), cmocka_unit_test(bends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
