/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the stations of a panel stand, and which of them are neighbours. */
#ifndef DS_STATIONS_H
#define DS_STATIONS_H

#include "lib/base/error.h"

#include <stdbool.h>

#define DS_EARTH_RADIUS 6371008.8 /* metres, mean radius of the IUGG */

/* S stations in the order of the panel they belong to. */
typedef struct ds_stations {
    char *path;
    int count;      /* S */
    char **ids;     /* S */
    bool spherical; /* the file gives degrees: distances run along great circles, in metres */
    bool metres;    /* x and y are metres about a centre, though no degrees are known */
    double *x, *y;  /* S: metres east and north of the centre when spherical or metres, else as in the
                       file */
    double *latitude, *longitude; /* S, degrees; NULL unless spherical */
    int attributes;               /* A: further columns of numbers, such as an elevation */
    char **attribute_names;       /* A */
    double *attribute;            /* S x A, NaN where the file has none */
    int unused;                   /* stations of the file that the panel does not have */
} ds_stations;

/* Reads a CSV file with a header, one row per station: ids, and either x and y or latitude and longitude
 * (lat, lon, lng, long), found by name in any order and case. The id column is the first one in which all of
 * names[0..count) occur; the stations come in that order whatever the file's. names NULL: the first column
 * without coordinates, in the file's order. NN_BAD_DATA that names what is wrong: stations without a row,
 * rows that repeat an id, missing coordinates, degrees out of range. All-or-nothing. */
int ds_stations_read(ds_stations **stations, const char *path, char *const *names, int count,
                     nn_error *error);
void ds_stations_free(ds_stations *stations);

/* Metres along the great circle, or in the file's unit in the plane. */
double ds_stations_distance(const ds_stations *stations, int i, int j);
/* The k stations nearest to station i without itself, nearest first, of equal ones the earlier; returns how
 * many there are (fewer than k in a small network). */
int ds_stations_nearest(const ds_stations *stations, int i, int k, int *nearest);

/* adjacency[i x S + j] = exp(-(d_ij / sigma)^2) where j is one of the `neighbours` nearest of i or the other
 * way round, 1 for i = j, else 0: symmetric. neighbours 0: all. sigma 0: the standard deviation of the
 * distances between different stations. (Shuman et al. 2013, doi 10.1109/MSP.2012.2235192, equation 1.) */
int ds_stations_gaussian(const ds_stations *stations, int neighbours, double sigma, double *adjacency,
                         nn_error *error);

/* Reads a square CSV of weights >= 0 into a new array (the caller's, free) in the order of names: with or
 * without a header of ids, with or without ids in the first column; what has no ids is taken in the order of
 * names. */
int ds_adjacency_read(double **adjacency, const char *path, char *const *names, int count, nn_error *error);

/* Numbers the parts that no weight in either direction joins, 0 for that of station 0; component may be NULL.
 * Returns their number, -1 without memory. */
int ds_adjacency_components(const double *adjacency, int count, int *component);
/* NN_BAD_DATA that names the stations cut off from the largest part; what: the file or rule for the message.
 */
int ds_adjacency_check(const double *adjacency, char *const *names, int count, const char *what,
                       nn_error *error);

#endif
