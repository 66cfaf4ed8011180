/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eigenvectors of the correlation between the places of windows. */
#include "forecast/tasks/series/rotation.h"

#include "lib/kernels/dense.h"

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

/* Adds the correlation between the n places of all windows of x into the lower triangle of sum (n,n); each of
 * its diagonals is a sum that moves along by one product in and one out. product: n. False where a place does
 * not vary. */
static bool add_correlation(double *sum, double *product, double *mean, const double *x, size_t rows,
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
        product[i] = first;
    }
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j < n; j++)
            product[i * n + j] =
                product[(i - 1) * n + j - 1] - x[i - 1] * x[j - 1] + x[windows + i - 1] * x[windows + j - 1];
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            product[i * n + j] = product[i * n + j] / (double)windows - mean[i] * mean[j];
    for (size_t i = 0; i < n; i++)
        if (product[i * n + i] < 1e-4)
            return false;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            sum[j * n + i] += product[i * n + j] / sqrt(product[i * n + i] * product[j * n + j]);
    return true;
}

/* Rows of out (n,n): the eigenvectors of sum, which is lost, the largest of each positive. room: 3 n. */
static bool decompose(nn_real *out, double *sum, size_t n, double *room)
{
    if (!nn_dense_eigen(true, (int)n, sum, room, room + n))
        return false;
    for (size_t r = 0; r < n; r++) {
        const double *vector = sum + r * n;
        double largest = 0;
        for (size_t i = 0; i < n; i++)
            if (fabs(vector[i]) > fabs(largest) + 1e-9)
                largest = vector[i];
        for (size_t i = 0; i < n; i++)
            out[r * n + i] = (nn_real)(vector[i] * (largest < 0 ? -1 : 1));
    }
    return true;
}

static int fit_one(nn_real *out, const fc_series *series, size_t begin, size_t rows, size_t n,
                   nn_error *error)
{
    double *sum = calloc(n * n, sizeof *sum), *product = malloc((n * n + 3 * n) * sizeof *product);
    double *x = malloc((rows + n) * sizeof *x);
    int code = sum && product && x ? NN_OK : nn_no_memory(error), used = 0;
    for (int j = 0; j < series->columns && !code && rows > n; j++)
        if (take_column(x, series, j, begin, rows))
            used += add_correlation(sum, product, x + rows, x, rows, n);
    if (!code && used && !decompose(out, sum, n, product))
        code = nn_fail(error, NN_FAILED, "the correlation of %zu rows has no eigenvectors", n);
    free(sum);
    free(product);
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
