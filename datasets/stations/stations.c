/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distances and neighbours. */
#include "datasets/stations/stations.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* The haversine formula: exact for stations next to each other too. */
static double great_circle(const ds_stations *s, int i, int j)
{
    const double radian = M_PI / 180;
    const double a = s->latitude[i] * radian, b = s->latitude[j] * radian;
    const double up = sin((b - a) / 2), along = sin((s->longitude[j] - s->longitude[i]) * radian / 2);
    const double h = up * up + cos(a) * cos(b) * along * along;
    return 2 * DS_EARTH_RADIUS * asin(fmin(1, sqrt(h)));
}

double ds_stations_distance(const ds_stations *s, int i, int j)
{
    return s->spherical ? great_circle(s, i, j) : hypot(s->x[i] - s->x[j], s->y[i] - s->y[j]);
}

/* Insertion into the list of the nearest so far: k is small. */
int ds_stations_nearest(const ds_stations *s, int i, int k, int *nearest)
{
    int count = 0;
    for (int j = 0; j < s->count && k > 0; j++) {
        if (j == i)
            continue;
        const double d = ds_stations_distance(s, i, j);
        if (count == k && !(d < ds_stations_distance(s, i, nearest[k - 1])))
            continue;
        int at = count < k ? count++ : k - 1;
        while (at > 0 && d < ds_stations_distance(s, i, nearest[at - 1])) {
            nearest[at] = nearest[at - 1];
            at--;
        }
        nearest[at] = j;
    }
    return count;
}

static double deviation_of_distances(const ds_stations *s)
{
    double sum = 0, square = 0;
    const double pairs = (double)s->count * (s->count - 1) / 2;
    for (int i = 0; i < s->count; i++)
        for (int j = 0; j < i; j++)
            sum += ds_stations_distance(s, i, j);
    for (int i = 0; i < s->count; i++)
        for (int j = 0; j < i; j++) {
            const double d = ds_stations_distance(s, i, j) - sum / pairs;
            square += d * d;
        }
    return pairs > 0 ? sqrt(square / pairs) : 0;
}

int ds_stations_gaussian(const ds_stations *s, int neighbours, double sigma, double *adjacency,
                         nn_error *error)
{
    const size_t n = (size_t)s->count;
    const int k = neighbours > 0 && neighbours < s->count ? neighbours : s->count - 1;
    int *nearest = calloc((size_t)k + 1, sizeof *nearest);
    if (!nearest)
        return nn_fail(error, NN_FAILED, "%s: no memory", s->path);
    if (!(sigma > 0))
        sigma = deviation_of_distances(s);
    /* All distances alike (two stations, an equilateral triangle) have no spread: then they are the scale. */
    if (!(sigma > 0) && s->count > 1)
        sigma = ds_stations_distance(s, 0, 1);
    for (size_t i = 0; i < n * n; i++)
        adjacency[i] = 0;
    for (int i = 0; i < s->count; i++) {
        adjacency[(size_t)i * n + (size_t)i] = 1;
        const int count = ds_stations_nearest(s, i, k, nearest);
        for (int m = 0; m < count; m++) {
            const int j = nearest[m];
            const double d = sigma > 0 ? ds_stations_distance(s, i, j) / sigma : 0, w = exp(-d * d);
            adjacency[(size_t)i * n + (size_t)j] = adjacency[(size_t)j * n + (size_t)i] = w;
        }
    }
    free(nearest);
    return NN_OK;
}
