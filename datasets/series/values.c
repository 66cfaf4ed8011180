/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes one target out of a view as a plain series. */
#include "datasets/series/values.h"

size_t ds_values_first(const ds_view *view, int k, ds_part part)
{
    size_t row = part.begin;
    while (row < part.end && !ds_view_valid(view, row, k))
        row++;
    return row;
}

void ds_values_copy(const ds_view *view, int k, size_t from, size_t count, double *y)
{
    for (size_t i = 0; i < count; i++)
        y[i] = ds_view_valid(view, from + i, k) ? ds_view_value(view, from + i, k) : NAN;
}

void ds_values_bridged(const ds_view *view, int k, size_t from, size_t count, double *y)
{
    ds_values_copy(view, k, from, count, y);
    for (size_t i = 1; i < count; i++)
        if (isnan(y[i]))
            y[i] = y[i - 1];
}

bool ds_values_fill(double *x, size_t n)
{
    size_t last = n; /* known */
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        const size_t from = last == n ? 0 : last + 1;
        for (size_t j = from; j < i; j++)
            x[j] = last == n ? x[i] : x[last] + (x[i] - x[last]) * (double)(j - last) / (double)(i - last);
        last = i;
    }
    for (size_t j = last == n ? n : last + 1; j < n; j++)
        x[j] = x[last];
    return last < n;
}
