/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights as dense times sparse matrices: made, and widened. */
#include "forecast/files/factor.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int fc_factored_make(fc_factored *f, int out, int in, int blocks, int rank, int kept, nn_error *error)
{
    *f = (fc_factored){.out = out, .in = in, .blocks = blocks, .rank = rank, .kept = kept};
    f->dense = calloc((size_t)out * (size_t)rank, sizeof *f->dense);
    f->values = calloc((size_t)blocks * (size_t)kept * (size_t)in, sizeof *f->values);
    f->index = calloc((size_t)blocks * (size_t)kept * (size_t)in, sizeof *f->index);
    if (f->dense && f->values && f->index)
        return NN_OK;
    fc_factored_clear(f);
    return nn_no_memory(error);
}

void fc_factored_clear(fc_factored *f)
{
    free(f->dense);
    free(f->values);
    free(f->index);
    *f = (fc_factored){0};
}

size_t fc_factored_size(const fc_factored *f)
{
    return (size_t)f->out * (size_t)f->rank + (size_t)f->blocks * (size_t)f->kept * (size_t)f->in;
}

void fc_factored_widen(const fc_factored *f, double *weights)
{
    const size_t in = (size_t)f->in, rows = (size_t)(f->out / f->blocks), rank = (size_t)f->rank,
                 kept = (size_t)f->kept;
    memset(weights, 0, (size_t)f->out * in * sizeof *weights);
    for (size_t b = 0; b < (size_t)f->blocks; b++)
        for (size_t k = 0; k < kept; k++)
            for (size_t i = 0; i < in; i++) {
                const size_t at = (b * kept + k) * in + i;
                for (size_t o = b * rows; o < (b + 1) * rows; o++)
                    weights[o * in + i] +=
                        (double)f->dense[o * rank + (size_t)f->index[at]] * (double)f->values[at];
            }
}

/* --- one block --- */

typedef struct block {
    const double *w; /* rows x in */
    int rows, in, rank, kept;
    double *d;     /* rows x rank, columns of length 1 */
    double *s;     /* rank x in */
    double *left;  /* rows: what is left of a column */
    double *gram;  /* rank x rank */
    double *right; /* rank x rows */
} block;

static void unit_column(block *b, int k)
{
    double square = 0;
    for (int r = 0; r < b->rows; r++)
        square += b->d[r * b->rank + k] * b->d[r * b->rank + k];
    for (int r = 0; r < b->rows; r++)
        b->d[r * b->rank + k] = square > 0 ? b->d[r * b->rank + k] / sqrt(square) : r == k % b->rows;
}

static void begin(block *b)
{
    for (int k = 0; k < b->rank; k++) {
        const int from = (int)((int64_t)k * b->in / b->rank);
        for (int r = 0; r < b->rows; r++)
            b->d[r * b->rank + k] = b->w[(size_t)r * (size_t)b->in + (size_t)from];
        unit_column(b, k);
    }
}

/* The numbers of the chosen columns that come nearest to column i; they are few: Gauss with the largest pivot
 * on the normal equations. */
static void solve_chosen(const block *b, int i, const int *chosen, int count, double *x)
{
    double a[FC_MOST_FACTOR_KEPT][FC_MOST_FACTOR_KEPT + 1];
    for (int p = 0; p < count; p++) {
        for (int q = 0; q <= count; q++) {
            a[p][q] = p == q ? 1e-12 : 0;
            for (int r = 0; r < b->rows; r++)
                a[p][q] +=
                    b->d[r * b->rank + chosen[p]] *
                    (q < count ? b->d[r * b->rank + chosen[q]] : b->w[(size_t)r * (size_t)b->in + (size_t)i]);
        }
    }
    for (int p = 0; p < count; p++)
        for (int q = p + 1; q < count; q++) {
            const double factor = a[q][p] / a[p][p];
            for (int k = p; k <= count; k++)
                a[q][k] -= factor * a[p][k];
        }
    for (int p = count - 1; p >= 0; p--) {
        x[p] = a[p][count];
        for (int q = p + 1; q < count; q++)
            x[p] -= a[p][q] * x[q];
        x[p] /= a[p][p];
    }
}

static void code_column(block *b, int i)
{
    int chosen[FC_MOST_FACTOR_KEPT], count = 0;
    double x[FC_MOST_FACTOR_KEPT];
    for (int r = 0; r < b->rows; r++)
        b->left[r] = b->w[(size_t)r * (size_t)b->in + (size_t)i];
    while (count < b->kept) {
        double most = 0;
        int best = -1;
        for (int k = 0; k < b->rank; k++) {
            double dot = 0;
            for (int r = 0; r < b->rows; r++)
                dot += b->d[r * b->rank + k] * b->left[r];
            bool taken = false;
            for (int p = 0; p < count; p++)
                taken = taken || chosen[p] == k;
            if (!taken && fabs(dot) > most) {
                most = fabs(dot);
                best = k;
            }
        }
        if (best < 0)
            break;
        chosen[count++] = best;
        solve_chosen(b, i, chosen, count, x);
        for (int r = 0; r < b->rows; r++) {
            b->left[r] = b->w[(size_t)r * (size_t)b->in + (size_t)i];
            for (int p = 0; p < count; p++)
                b->left[r] -= b->d[r * b->rank + chosen[p]] * x[p];
        }
    }
    for (int k = 0; k < b->rank; k++)
        b->s[(size_t)k * (size_t)b->in + (size_t)i] = 0;
    for (int p = 0; p < count; p++)
        b->s[(size_t)chosen[p] * (size_t)b->in + (size_t)i] = x[p];
}

/* D = W S' (S S')^-1, with a little more on the diagonal for columns that nobody chose. */
static void solve_basis(block *b)
{
    const size_t rank = (size_t)b->rank, in = (size_t)b->in;
    double trace = 0;
    for (size_t p = 0; p < rank; p++)
        for (size_t q = 0; q <= p; q++) {
            double sum = 0;
            for (size_t i = 0; i < in; i++)
                sum += b->s[p * in + i] * b->s[q * in + i];
            b->gram[p * rank + q] = b->gram[q * rank + p] = sum;
            trace += p == q ? sum : 0;
        }
    if (!(trace > 0))
        return;
    for (size_t p = 0; p < rank; p++)
        b->gram[p * rank + p] += 1e-9 * trace;
    if (!nn_dense_factor(b->rank, b->gram, b->rank))
        return;
    for (int r = 0; r < b->rows; r++) {
        for (size_t p = 0; p < rank; p++) {
            b->right[p] = 0;
            for (size_t i = 0; i < in; i++)
                b->right[p] += b->w[(size_t)r * in + i] * b->s[p * in + i];
        }
        nn_dense_solve(b->rank, 1, b->gram, b->rank, b->right, 1);
        memcpy(b->d + (size_t)r * rank, b->right, rank * sizeof *b->right);
    }
    for (int k = 0; k < b->rank; k++)
        unit_column(b, k);
}

static void keep_block(const block *b, fc_factored *f, int number)
{
    int index[FC_MOST_FACTOR_KEPT];
    const size_t in = (size_t)b->in, kept = (size_t)b->kept;
    for (size_t e = 0; e < (size_t)b->rows * (size_t)b->rank; e++)
        f->dense[(size_t)number * (size_t)b->rows * (size_t)b->rank + e] = (float)b->d[e];
    for (size_t i = 0; i < in; i++) {
        nn_keep_largest(index, b->s + i, in, b->rank, b->kept);
        for (size_t k = 0; k < kept; k++) {
            const size_t at = ((size_t)number * kept + k) * in + i;
            f->index[at] = (int8_t)index[k];
            f->values[at] = (float)b->s[(size_t)index[k] * in + i];
        }
    }
}

int fc_factor(fc_factored *f, const double *weights, int turns, nn_error *error)
{
    const int rows = f->out / f->blocks;
    const size_t rank = (size_t)f->rank, in = (size_t)f->in;
    block b = {.rows = rows, .in = f->in, .rank = f->rank, .kept = f->kept};
    b.d = calloc((size_t)rows * rank, sizeof *b.d);
    b.s = calloc(rank * in, sizeof *b.s);
    b.left = calloc((size_t)rows, sizeof *b.left);
    b.gram = calloc(rank * rank, sizeof *b.gram);
    b.right = calloc(rank, sizeof *b.right);
    const bool whole = b.d && b.s && b.left && b.gram && b.right;
    for (int n = 0; whole && n < f->blocks; n++) {
        b.w = weights + (size_t)n * (size_t)rows * in;
        begin(&b);
        for (int turn = 0; turn <= turns; turn++) {
            if (turn)
                solve_basis(&b);
            for (int i = 0; i < f->in; i++)
                code_column(&b, i);
        }
        keep_block(&b, f, n);
    }
    free(b.d);
    free(b.s);
    free(b.left);
    free(b.gram);
    free(b.right);
    return whole ? NN_OK : nn_no_memory(error);
}
