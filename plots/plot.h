/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures through gnuplot: every plot is a self-contained script with its data inside, run by the gnuplot on
 * the PATH. What comes from a user's file (names, titles) is data and text in these scripts, never script. */
#ifndef PL_PLOT_H
#define PL_PLOT_H

#include "datasets/time/time.h"
#include "lib/base/error.h"

typedef struct pl_target {
    const char *path; /* picture by suffix: .png, .svg, .pdf; NULL: text art on standard output */
    const char
        *script; /* also write the self-contained .gp here; NULL: no. With only_script no picture is drawn */
    bool only_script;
    int columns, rows; /* size of the terminal for text art; 0: 100 x 30 */
    bool colour;       /* text art may use colour */
} pl_target;

/* NN_USAGE for a suffix that no terminal serves; call it before long work, so that a typo costs nothing. */
int pl_target_check(const pl_target *target, nn_error *error);

/* One series over time. NaN breaks the line. */
typedef struct pl_line {
    const char *name;
    const ds_time *time;
    const double *value;
    size_t count;
} pl_line;

enum { PL_MOST_PANELS = 12, PL_MOST_BANDS = 3 };

/* What lies between two lines of the same stamps, such as an interval about a forecast. The name of the lower
 * one is its percent, "95", said once for the picture; NULL: it is not. */
typedef struct pl_band {
    pl_line low, high;
} pl_band;

/* History with forecast and, in an evaluation, the truth; small multiples, one panel per variate, at most
 * PL_MOST_PANELS (the caller chooses which). */
typedef struct pl_forecast_panel {
    const char *title; /* the variate's name, with its unit where the file gives one */
    pl_line history;   /* the last stretch before the forecast */
    pl_line forecast;
    pl_line truth;                /* count 0: none */
    pl_line naive;                /* count 0: none */
    pl_line marks;                /* single points on top of all; count 0: none */
    pl_band bands[PL_MOST_BANDS]; /* about the forecast, the widest first; not in text art */
    int band_count;
} pl_forecast_panel;
typedef struct pl_forecast_plot {
    const char *title;
    ds_frequency frequency; /* chooses the dates' form on the axis; DS_UNIT_STEP: row numbers */
    const pl_forecast_panel *panels;
    int panel_count;
    int across; /* panels side by side, of a stack with little height; 0: as suits their number */
} pl_forecast_plot;
int pl_forecast(const pl_forecast_plot *plot, const pl_target *target, nn_error *error);

/* Training and validation loss by epoch, the kept epoch marked, optionally a horizontal line for the naive
 * forecast's loss on the validation part (NaN: none). */
typedef struct pl_loss_plot {
    const char *title;
    const char *loss_name; /* "MSE", on scaled values */
    const double *training, *validation;
    int epochs, best; /* best: 1-based epoch whose weights were kept; 0: none */
    double naive;
} pl_loss_plot;
int pl_loss(const pl_loss_plot *plot, const pl_target *target, nn_error *error);

/* A square or rectangular map with named rows and columns; row i, column j is value[i * columns + j]. NaN is
 * left blank. */
typedef struct pl_heatmap_plot {
    const char *title, *row_title, *column_title, *value_title;
    const char *const *row_names, *const *column_names;
    int rows, columns;
    const double *value;
    bool diverging; /* symmetric about zero (correlations) rather than from the least value to the largest
                       (attention) */
} pl_heatmap_plot;
int pl_heatmap(const pl_heatmap_plot *plot, const pl_target *target, nn_error *error);

/* Stations where they stand, coloured by a value, such as their error; both axes have one scale. A station
 * without a value (NaN) is an empty ring. */
typedef struct pl_station_map_plot {
    const char *title, *x_title, *y_title, *value_title;
    const char *const *names; /* NULL: none; shown where there are few */
    const double *x, *y, *value;
    int count;
} pl_station_map_plot;
int pl_station_map(const pl_station_map_plot *plot, const pl_target *target, nn_error *error);

/* Error by horizon step: several named curves (the model and its baselines). */
typedef struct pl_curve {
    const char *name;
    const double *value; /* count values for x = 1..count */
    int count;
} pl_curve;
typedef struct pl_curves_plot {
    const char *title, *x_title, *y_title;
    const pl_curve *curves;
    int curve_count;
} pl_curves_plot;
int pl_curves(const pl_curves_plot *plot, const pl_target *target, nn_error *error);

#endif
