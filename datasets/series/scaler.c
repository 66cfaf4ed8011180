/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits shift and scale of every column to the training rows. */
#include "datasets/series/scaler.h"

#include "datasets/series/describe.h"
#include "datasets/series/quantile.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *const ds_scaler_names[] = {"standard", "minmax", "robust", "none", NULL};

const char *ds_scaler_name(ds_scaler_kind kind)
{
    return ds_scaler_names[kind];
}

static int allocate(ds_scaler *s, ds_scaler_kind kind, int columns, nn_error *error)
{
    const size_t n = columns > 0 ? (size_t)columns : 1;
    *s = (ds_scaler){.kind = kind, .columns = columns};
    s->shift = calloc(n, sizeof *s->shift);
    s->scale = calloc(n, sizeof *s->scale);
    if (s->shift && s->scale)
        return NN_OK;
    ds_scaler_clear(s);
    return nn_fail(error, NN_FAILED, "no memory for a scaler of %d columns", columns);
}

/* Mean and biased standard deviation; the second pass corrects the rounding of the first. */
static void fit_standard(const double *v, size_t n, double *shift, double *scale)
{
    double sum = 0, square = 0, rest = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    const double about = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        const double d = v[i] - about;
        square += d * d;
        rest += d;
    }
    rest /= (double)n;
    *shift = about + rest;
    *scale = sqrt(fmax(square / (double)n - rest * rest, 0));
}

/* Single precision has 24 bits: this leaves some 14 to what a column does about its level. */
static const double far_level = 1000;

static void fit_column(ds_scaler_kind kind, double *v, size_t n, double *shift, double *scale)
{
    double least = v[0], most = v[0];
    for (size_t i = 1; i < n; i++) {
        least = fmin(least, v[i]);
        most = fmax(most, v[i]);
    }
    *shift = least;
    *scale = most - least;
    if (kind == DS_NOSCALE) {
        fit_standard(v, n, shift, scale);
        *shift = fabs(*shift) > far_level * *scale ? *shift : 0;
        *scale = 1;
    } else if (least == most)
        *scale = 1;
    else if (kind == DS_STANDARD)
        fit_standard(v, n, shift, scale);
    else if (kind == DS_ROBUST) {
        *scale = -ds_quantile(v, n, 0.25);
        *shift = ds_quantile(v, n, 0.5);
        *scale += ds_quantile(v, n, 0.75);
    }
    if (*scale == 0)
        *scale = 1;
}

int ds_scaler_fit(ds_scaler *scaler, ds_scaler_kind kind, const ds_table *table, ds_part part,
                  nn_error *error)
{
    int code = allocate(scaler, kind, table->columns, error);
    if (code)
        return code;
    int fitted = 0;
    const size_t rows = part.end - part.begin;
    double *values = rows < SIZE_MAX / sizeof *values ? malloc((rows + 1) * sizeof *values) : NULL;
    if (!values)
        code = nn_fail(error, NN_FAILED, "no memory for a scaler over %zu rows", rows);
    for (int c = 0; c < table->columns && !code; c++) {
        const size_t n = ds_column_known(table, part, c, values);
        if (n == 0) {
            scaler->shift[c] = NAN;
            scaler->scale[c] = 1;
            continue;
        }
        fitted++;
        fit_column(kind, values, n, &scaler->shift[c], &scaler->scale[c]);
        if (!isfinite(scaler->shift[c]) || !isfinite(scaler->scale[c]))
            code = nn_fail(error, NN_BAD_DATA, "%s: the values of column '%.200s' are too large to be scaled",
                           table->path, table->names[c]);
    }
    free(values);
    if (!code && !fitted)
        code = nn_fail(error, NN_BAD_DATA, "%s: no column has a value in the training rows %zu to %zu",
                       table->path, part.begin + 1, part.end);
    if (code)
        ds_scaler_clear(scaler);
    return code;
}

int ds_scaler_copy(ds_scaler *to, const ds_scaler *from, nn_error *error)
{
    const int code = allocate(to, from->kind, from->columns, error);
    if (code)
        return code;
    memcpy(to->shift, from->shift, (size_t)from->columns * sizeof *to->shift);
    memcpy(to->scale, from->scale, (size_t)from->columns * sizeof *to->scale);
    return NN_OK;
}

void ds_scaler_clear(ds_scaler *scaler)
{
    free(scaler->shift);
    free(scaler->scale);
    scaler->shift = scaler->scale = NULL;
    scaler->columns = 0;
}
