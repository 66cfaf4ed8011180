/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eigenvalues and eigenvectors of a symmetric matrix in double, by plain loops over rows: no product here is
 * worth a buffer of OpenBLAS, which asks for 128 MB at its first one and waits for ever where they are not to
 * be had. */
#include "lib/kernels/dense.h"
#include "lib/kernels/vector.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { TURNS = 50 }; /* steps of an eigenvalue, of which a few are usual */

static double *row(double *a, int n, int i)
{
    return a + (size_t)i * (size_t)n;
}

NN_CLONES static double dot(const double *x, const double *y, int n)
{
    double sum[8] = {0};
    int i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; l++)
            sum[l] += x[i + l] * y[i + l];
    for (; i < n; i++)
        sum[0] += x[i] * y[i];
    return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

NN_CLONES static void add(double *restrict y, double factor, const double *restrict x, int n)
{
    for (int i = 0; i < n; i++)
        y[i] += factor * x[i];
}

/* y -= a v + b w. */
NN_CLONES static void take_two(double *restrict y, double a, const double *restrict v, double b,
                               const double *restrict w, int n)
{
    for (int i = 0; i < n; i++)
        y[i] -= a * v[i] + b * w[i];
}

/* x, y = c x - s y, s x + c y. */
NN_CLONES static void turn(double *restrict x, double *restrict y, double c, double s, int n)
{
    for (int i = 0; i < n; i++) {
        const double was = x[i];
        x[i] = c * was - s * y[i];
        y[i] = s * was + c * y[i];
    }
}

/* v (n) becomes the v of the reflection I - b v v' that brings it onto its first axis, where *length is
 * what it is then; b, or 0 where it lies there already. */
static double reflect(double *v, int n, double *length)
{
    const double rest = dot(v + 1, v + 1, n - 1), first = v[0];
    *length = first;
    if (!(rest > 0))
        return 0;
    *length = copysign(sqrt(first * first + rest), -first);
    v[0] = first - *length;
    return 2 / (v[0] * v[0] + rest);
}

/* A becomes the diagonal d and, beside it, e (n - 1): row i keeps behind the diagonal the reflection that was
 * made of it, and on it its factor. w: n. */
static void make_tridiagonal(int n, double *a, double *d, double *e, double *w)
{
    for (int k = 0; k < n; k++) {
        double *v = row(a, n, k) + k + 1;
        const int m = n - k - 1;
        d[k] = row(a, n, k)[k];
        const double b = m > 0 ? reflect(v, m, &e[k]) : 0;
        row(a, n, k)[k] = b;
        if (b == 0)
            continue;
        for (int i = 0; i < m; i++)
            w[i] = b * dot(row(a, n, k + 1 + i) + k + 1, v, m);
        add(w, -b / 2 * dot(w, v, m), v, m);
        for (int i = 0; i < m; i++)
            take_two(row(a, n, k + 1 + i) + k + 1, v[i], w, w[i], v, m);
    }
}

/* The reflections that make_tridiagonal kept become their product, transposed. */
static void gather(int n, double *a)
{
    for (int k = n - 1; k >= 0; k--) {
        double *v = row(a, n, k) + k + 1;
        const double b = row(a, n, k)[k];
        for (int i = k + 1; i < n && b != 0; i++) {
            double *x = row(a, n, i) + k + 1;
            add(x, -b * dot(x, v, n - k - 1), v, n - k - 1);
        }
        for (int i = k; i < n; i++)
            row(a, n, i)[k] = row(a, n, k)[i] = i == k;
    }
}

/* The implicit step of the rows p to q with Wilkinson's shift (Golub & Van Loan, algorithm 8.3.2). rows: what
 * turns along; NULL: nothing. */
static void step(int n, int p, int q, double *d, double *e, double *rows)
{
    const double half = (d[q - 1] - d[q]) / 2, off = e[q - 1];
    double x = d[p] - (d[q] - off * off / (half + copysign(hypot(half, off), half))), z = e[p];
    for (int k = p; k < q; k++) {
        const double length = hypot(x, z), c = length > 0 ? x / length : 1, s = length > 0 ? -z / length : 0;
        if (k > p)
            e[k - 1] = length;
        const double left = d[k], right = d[k + 1], beside = e[k];
        d[k] = c * c * left - 2 * c * s * beside + s * s * right;
        d[k + 1] = s * s * left + 2 * c * s * beside + c * c * right;
        e[k] = c * s * (left - right) + (c * c - s * s) * beside;
        x = e[k];
        if (k + 1 < q) {
            z = -s * e[k + 1];
            e[k + 1] *= c;
        }
        if (rows)
            turn(row(rows, n, k), row(rows, n, k + 1), c, s, n);
    }
}

static bool make_diagonal(int n, double *d, double *e, double *rows)
{
    int left = TURNS * n;
    for (int q = n - 1; q > 0;) {
        for (int i = 0; i < q; i++)
            if (fabs(e[i]) <= DBL_EPSILON * (fabs(d[i]) + fabs(d[i + 1])))
                e[i] = 0;
        if (e[q - 1] == 0) {
            q--;
            continue;
        }
        int p = q - 1;
        while (p > 0 && e[p - 1] != 0)
            p--;
        if (!left--)
            return false;
        step(n, p, q, d, e, rows);
    }
    return true;
}

/* Falling, and the rows with them. */
static void sort(int n, double *d, double *rows, double *room)
{
    for (int i = 0; i < n; i++) {
        int most = i;
        for (int j = i + 1; j < n; j++)
            most = d[j] > d[most] ? j : most;
        if (most == i)
            continue;
        const double value = d[i];
        d[i] = d[most];
        d[most] = value;
        if (rows) {
            const size_t size = (size_t)n * sizeof *rows;
            memcpy(room, row(rows, n, i), size);
            memcpy(row(rows, n, i), row(rows, n, most), size);
            memcpy(row(rows, n, most), room, size);
        }
    }
}

bool nn_dense_eigen(bool vectors, int n, double *a, double *value, double *room)
{
    double most = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            const double size = fabs(row(a, n, i)[j]);
            if (!isfinite(size))
                return false;
            most = fmax(most, size);
        }
    int power = 0; /* squares of what is left have no overflow, and none of the largest is lost */
    frexp(most, &power);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            row(a, n, i)[j] = row(a, n, j)[i] = ldexp(row(a, n, i)[j], -power);
    make_tridiagonal(n, a, value, room, room + n);
    if (vectors)
        gather(n, a);
    if (!make_diagonal(n, value, room, vectors ? a : NULL))
        return false;
    for (int i = 0; i < n; i++)
        value[i] = ldexp(value[i], power);
    sort(n, value, vectors ? a : NULL, room);
    return true;
}
