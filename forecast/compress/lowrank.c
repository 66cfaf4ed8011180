/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One linear map as two smaller ones, by singular values or by the eigenvectors of its outputs. */
#include "forecast/compress/lowrank.h"

#include "lib/kernels/dense.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

void fc_lowrank_clear(fc_lowrank *l)
{
    free(l->u);
    free(l->v);
    free(l->s);
    *l = (fc_lowrank){0};
}

/* a (rows x columns, rows at least columns) becomes its left vectors, v (columns x columns) the right ones.
 */
static void decompose(double *a, int rows, int columns, double *v, double *s)
{
    gsl_matrix_view am = gsl_matrix_view_array(a, (size_t)rows, (size_t)columns),
                    vm = gsl_matrix_view_array(v, (size_t)columns, (size_t)columns);
    gsl_vector_view sv = gsl_vector_view_array(s, (size_t)columns);
    gsl_linalg_SV_decomp_jacobi(&am.matrix, &vm.matrix, &sv.vector);
}

static int reserve(fc_lowrank *l, int out, int in, nn_error *error)
{
    const int most = in < out ? in : out;
    *l = (fc_lowrank){.in = in, .out = out, .most = most};
    l->u = calloc((size_t)in * (size_t)most, sizeof *l->u);
    l->v = calloc((size_t)out * (size_t)most, sizeof *l->v);
    l->s = calloc((size_t)most, sizeof *l->s);
    if (l->u && l->v && l->s)
        return NN_OK;
    fc_lowrank_clear(l);
    return nn_no_memory(error);
}

int fc_lowrank_make(fc_lowrank *l, const double *weights, int out, int in, nn_error *error)
{
    if (reserve(l, out, in, error))
        return NN_FAILED;
    /* The taller of W and W' is taken apart. */
    double *tall = in >= out ? l->u : l->v;
    for (int o = 0; o < out; o++)
        for (int i = 0; i < in; i++)
            tall[in >= out ? (size_t)i * (size_t)out + (size_t)o : (size_t)o * (size_t)in + (size_t)i] =
                weights[(size_t)o * (size_t)in + (size_t)i];
    decompose(tall, in >= out ? in : out, l->most, in >= out ? l->v : l->u, l->s);
    return NN_OK;
}

/* w c w' into the symmetric (out,out); wc: room for out x in. */
static void outputs_of(double *symmetric, double *wc, const double *w, const double *c, int out, int in)
{
    const size_t n = (size_t)in, m = (size_t)out;
    for (size_t o = 0; o < m; o++)
        for (size_t k = 0; k < n; k++)
            for (size_t i = 0; i < n; i++)
                wc[o * n + i] += w[o * n + k] * c[k * n + i];
    for (size_t o = 0; o < m; o++)
        for (size_t p = 0; p <= o; p++) {
            double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += wc[o * n + i] * w[p * n + i];
            symmetric[o * m + p] = symmetric[p * m + o] = sum;
        }
}

/* s, and the columns of u, of eigenvectors (out,out), a row each, in the order of their values (out). */
static void take_vectors(fc_lowrank *l, const double *values, const double *vectors, const double *weights)
{
    const size_t n = (size_t)l->in, most = (size_t)l->most;
    for (size_t k = 0; k < most; k++) {
        const double value = values[k];
        l->s[k] = value > 0 ? sqrt(value) : 0;
        for (size_t o = 0; o < (size_t)l->out; o++) {
            const double v = l->v[o * most + k] = vectors[k * (size_t)l->out + o];
            for (size_t i = 0; i < n && l->s[k] > 0; i++)
                l->u[i * most + k] += weights[o * n + i] * v / l->s[k];
        }
    }
}

int fc_lowrank_weigh(fc_lowrank *l, const double *weights, const double *covariance, int out, int in,
                     nn_error *error)
{
    const size_t n = (size_t)in, m = (size_t)out;
    if (reserve(l, out, in, error))
        return NN_FAILED;
    double *symmetric = calloc(m * m, sizeof *symmetric), *wc = calloc(m * n, sizeof *wc),
           *values = malloc(3 * m * sizeof *values);
    int code = symmetric && wc && values ? NN_OK : nn_no_memory(error);
    if (!code) {
        outputs_of(symmetric, wc, weights, covariance, out, in);
        if (nn_dense_eigen(true, out, symmetric, values, values + m))
            take_vectors(l, values, symmetric, weights);
        else
            code =
                nn_fail(error, NN_FAILED, "the outputs of a map of %d to %d have no eigenvectors", in, out);
    }
    free(symmetric);
    free(wc);
    free(values);
    if (code)
        fc_lowrank_clear(l);
    return code;
}

int fc_lowrank_rank(const fc_lowrank *l, double energy)
{
    double all = 0, sum = 0;
    for (int k = 0; k < l->most; k++)
        all += l->s[k] * l->s[k];
    for (int k = 0; k < l->most; k++) {
        sum += l->s[k] * l->s[k];
        if (sum >= energy * all)
            return k + 1;
    }
    return l->most;
}

int fc_lowrank_limit(int in, int out)
{
    return (int)((int64_t)in * out / (in + out));
}

int fc_lowrank_asked(double asked, int limit)
{
    const int rank = (int)floor(asked < 1 ? limit * asked : asked);
    return rank < limit ? rank : 0;
}
