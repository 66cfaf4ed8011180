/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The points of a light curve that a classifier looks at: those about its detections. */
#include "datasets/lightcurves/lightcurve.h"
#include "lib/base/memory.h"

#include <stdlib.h>
#include <string.h>

void ds_points_free(ds_points *points)
{
    free(points->time);
    *points = (ds_points){0};
}

int ds_points_reserve(ds_points *points, int count, nn_error *error)
{
    points->count = 0;
    if (count <= points->room)
        return NN_OK;
    const size_t room = (size_t)count + (size_t)count / 2;
    double *block = nn_resize(NULL, room, 3 * sizeof *block + 2, 1);
    if (!block)
        return nn_fail(error, NN_FAILED, "no memory for a light curve of %d points", count);
    free(points->time);
    points->room = (int)(room < INT32_MAX ? room : (size_t)count);
    points->time = block;
    points->flux = block + room;
    points->error = block + 2 * room;
    points->band = (uint8_t *)(block + 3 * room);
    points->detected = points->band + room;
    return NN_OK;
}

void ds_points_thin(ds_points *to, const ds_points *from, int most)
{
    const int all = from->count, count = all < most ? all : most;
    for (int i = 0; i < count && (to != from || count < all); i++) {
        const int at = count > 1 ? (int)((long)i * (all - 1) / (count - 1)) : 0;
        to->time[i] = from->time[at];
        to->flux[i] = from->flux[at];
        to->error[i] = from->error[at];
        to->band[i] = from->band[at];
        to->detected[i] = from->detected[at];
    }
    to->count = count;
}

static void add(ds_points *points, const ds_lightcurve *curve, int i)
{
    const int k = points->count++;
    points->time[k] = curve->time[i];
    points->flux[k] = curve->flux[i];
    points->error[k] = curve->error[i];
    points->band[k] = curve->band[i];
    points->detected[k] = curve->detected[i];
}

int ds_points_copy(ds_points *points, const ds_lightcurve *curve, nn_error *error)
{
    const int code = ds_points_reserve(points, curve->count, error);
    for (int i = 0; i < curve->count && !code; i++)
        add(points, curve, i);
    return code;
}

static void add_between(ds_points *points, const ds_lightcurve *curve, double from, double to)
{
    for (int i = 0; i < curve->count; i++)
        if (curve->time[i] > from && curve->time[i] < to)
            add(points, curve, i);
}

int ds_lightcurve_select(const ds_lightcurve *curve, double window, ds_points *points, double *start,
                         ds_selection *selection, nn_error *error)
{
    const double wide = 1000; /* days; the paper's code falls back on it */
    int first = 0, last = curve->count - 1;
    points->count = 0;
    *start = 0;
    *selection = DS_WITHOUT_DETECTION;
    while (first < curve->count && !curve->detected[first])
        first++;
    if (first == curve->count)
        return NN_OK;
    while (!curve->detected[last])
        last--;
    const int code = ds_points_reserve(points, curve->count, error);
    if (code)
        return code;
    *selection = DS_SELECTED;
    add_between(points, curve, curve->time[first] - window, curve->time[last] + window);
    if (points->count == 0) {
        *selection = DS_SELECTED_WIDE;
        add_between(points, curve, curve->time[first] - wide, curve->time[last] + wide);
    }
    *start = points->time[0];
    for (int i = 0; i < points->count; i++)
        points->time[i] -= *start;
    return NN_OK;
}
