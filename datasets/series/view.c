/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be asked of a view's targets: the last known value, the last known season, moments. */
#include "datasets/series/view.h"

double ds_view_last(const ds_view *view, size_t row, int k)
{
    while (row-- > 0)
        if (ds_view_valid(view, row, k))
            return ds_view_value(view, row, k);
    return NAN;
}

double ds_view_season(const ds_view *view, size_t row, int step, int season, int k)
{
    const size_t period = (size_t)season, place = (size_t)step % period;
    for (size_t back = period; back <= row; back += period)
        if (ds_view_valid(view, row - back + place, k))
            return ds_view_value(view, row - back + place, k);
    return NAN;
}

size_t ds_view_first(const ds_view *view, int k)
{
    size_t row = 0;
    while (row < view->rows && !ds_view_valid(view, row, k))
        row++;
    return row;
}

bool ds_view_moments(const ds_view *view, ds_part part, int k, double *mean, double *deviation)
{
    double m = 0, square = 0;
    size_t count = 0;
    for (size_t row = part.begin; row < part.end; row++) {
        if (!ds_view_valid(view, row, k))
            continue;
        const double value = ds_view_value(view, row, k), d = value - m;
        m += d / (double)++count;
        square += d * (value - m);
    }
    *mean = count ? m : NAN;
    *deviation = count ? sqrt(square / (double)count) : NAN;
    return count > 0;
}
