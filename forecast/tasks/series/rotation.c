/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eigenvectors of the correlation between the places of windows. */
#include "forecast/tasks/series/rotation.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

/* x (rows) of one column. False where it has a gap. */
static bool take_column(double *x, const fc_series *series, int column, size_t begin, size_t rows)
{
    for (size_t t = 0; t < rows; t++)
        if (isnan(x[t] = (double)series->values[(begin + t) * (size_t)series->columns + (size_t)column]))
            return false;
    return true;
}

/* Adds the correlation between the n places of all windows of x into sum (n,n); each of its diagonals is a
 * sum that moves along by one product in and one out. product: n. False where a place does not vary. */
static bool add_correlation(gsl_matrix *sum, gsl_matrix *product, double *mean, const double *x, size_t rows,
                            size_t n)
{
    const size_t windows = rows - n + 1;
    for (size_t i = 0; i < n; i++) {
        mean[i] = 0;
        double first = 0;
        for (size_t w = 0; w < windows; w++) {
            mean[i] += x[w + i] / (double)windows;
            first += x[w] * x[w + i];
        }
        gsl_matrix_set(product, 0, i, first);
    }
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j < n; j++)
            gsl_matrix_set(product, i, j,
                           gsl_matrix_get(product, i - 1, j - 1) - x[i - 1] * x[j - 1] +
                               x[windows + i - 1] * x[windows + j - 1]);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            gsl_matrix_set(product, i, j,
                           gsl_matrix_get(product, i, j) / (double)windows - mean[i] * mean[j]);
    for (size_t i = 0; i < n; i++)
        if (gsl_matrix_get(product, i, i) < 1e-4)
            return false;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) {
            const double c = gsl_matrix_get(product, i, j) /
                             sqrt(gsl_matrix_get(product, i, i) * gsl_matrix_get(product, j, j));
            gsl_matrix_set(sum, i, j, gsl_matrix_get(sum, i, j) + c);
            if (i != j)
                gsl_matrix_set(sum, j, i, gsl_matrix_get(sum, j, i) + c);
        }
    return true;
}

/* Rows of out (n,n): the eigenvectors of sum, which is destroyed. */
static int decompose(nn_real *out, gsl_matrix *sum, gsl_matrix *vectors, gsl_vector *values)
{
    const size_t n = sum->size1;
    gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(n);
    int code = work ? gsl_eigen_symmv(sum, values, vectors, work) : GSL_ENOMEM;
    if (!code)
        code = gsl_eigen_symmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_DESC);
    for (size_t r = 0; r < n && !code; r++) {
        double largest = 0;
        for (size_t i = 0; i < n; i++)
            if (fabs(gsl_matrix_get(vectors, i, r)) > fabs(largest) + 1e-9)
                largest = gsl_matrix_get(vectors, i, r);
        for (size_t i = 0; i < n; i++)
            out[r * n + i] = (nn_real)(gsl_matrix_get(vectors, i, r) * (largest < 0 ? -1 : 1));
    }
    if (work)
        gsl_eigen_symmv_free(work);
    return code;
}

static int fit_one(nn_real *out, const fc_series *series, size_t begin, size_t rows, size_t n,
                   nn_error *error)
{
    gsl_matrix *sum = gsl_matrix_calloc(n, n), *product = gsl_matrix_alloc(n, n);
    gsl_vector *values = gsl_vector_alloc(n);
    double *x = malloc((rows + n) * sizeof *x);
    int code = sum && product && values && x ? NN_OK : nn_no_memory(error), used = 0;
    for (int j = 0; j < series->columns && !code && rows > n; j++)
        if (take_column(x, series, j, begin, rows))
            used += add_correlation(sum, product, x + rows, x, rows, n);
    if (!code && used && decompose(out, sum, product, values))
        code = nn_fail(error, NN_FAILED, "the correlation of %zu rows has no eigenvectors", n);
    gsl_matrix_free(sum);
    gsl_matrix_free(product);
    gsl_vector_free(values);
    free(x);
    return code;
}

int fc_series_rotation_fit(fc_model *model, const fc_series *series, size_t begin, size_t end,
                           nn_error *error)
{
    static const char *const names[] = {"orthogonal.in.weight", "orthogonal.out.weight"};
    int code = NN_OK;
    for (int i = 0; i < 2 && !code; i++) {
        const nn_param *param = nn_params_find(model->params, names[i]);
        if (param)
            code = fit_one(model->params->data + param->offset, series, begin, end - begin,
                           (size_t)param->shape[0], error);
    }
    return code;
}
