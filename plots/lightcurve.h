/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves: points with errors in the colours of their passbands, and what a model makes of them. */
#ifndef PL_LIGHTCURVE_H
#define PL_LIGHTCURVE_H

#include "plots/plot.h"

#include <stdint.h>

/* One object. */
typedef struct pl_light_panel {
    const char *title; /* over the panel; NULL: none */
    size_t count;
    const double *time, *value, *error; /* (count) */
    const uint8_t *band;                /* (count) 0..bands-1 */
    const uint8_t *detected;            /* (count): filled symbols, else open ones; NULL: all filled */
    const uint8_t *limit; /* (count): the value is one that nothing brighter than was seen at, an
                             arrow towards the faint; NULL: none is */
    /* A mean over a grid, and what lies about it; grid_count 0: none. */
    size_t grid_count;
    const double *grid_time;         /* (grid_count) */
    const double *mean, *low, *high; /* (grid_count, bands); mean NULL: the grid is for the map alone; low and
                                        high NULL: the mean alone */
} pl_light_panel;

typedef struct pl_lightcurve_plot {
    const char *title;
    const char *time_name, *value_name; /* "MJD", "flux"; of the axes */
    bool magnitudes;                    /* small values are bright: the axis runs downwards */
    int bands;
    const char *const *band_name; /* (bands) */
    const double *wavelength;     /* (bands) Angstrom: the colours follow them */
    const pl_light_panel *panels;
    int panel_count; /* 1 to PL_MOST_PANELS */
    /* A map of values 0 to 1 over the only panel's grid beneath the curves, one row per name; map_rows 0:
     * none. */
    const double *map; /* (map_rows, map_columns), columns evenly over the grid's times */
    int map_rows, map_columns;
    const char *const *map_name; /* (map_rows) */
    int cycles;                  /* times are phases of so many cycles; 0: they are times */
} pl_lightcurve_plot;
/* NN_USAGE for no points, too many panels or more than 32 bands. */
int pl_lightcurve(const pl_lightcurve_plot *plot, const pl_target *target, nn_error *error);

/* "#rrggbb" of each of count passbands: from violet to dark red by wavelength, told apart by the colour-blind
 * for six bands; text holds 8 bytes per band. */
void pl_band_colours(char (*text)[8], const double *wavelength, int count);

#endif
