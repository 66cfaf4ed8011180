/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Panels of series around a forecast, collected one by one. */
#ifndef CLI_SERIES_FIGURE_H
#define CLI_SERIES_FIGURE_H

#include "cli/shell/picture.h"
#include "datasets/table/table.h"

typedef struct cli_panels {
    pl_forecast_panel panel[PL_MOST_PANELS];
    int count, left_out;
    void *kept[(10 + 4 * PL_MOST_BANDS) *
               PL_MOST_PANELS]; /* values copied out of row-major arrays, and their times */
    int kept_count;
    int across;   /* see pl_forecast_plot */
    ds_time zone; /* added to all times: a picture shows the clock of the file */
} cli_panels;

/* Opens the next panel; NULL when there are PL_MOST_PANELS already (counted in left_out). */
pl_forecast_panel *cli_panels_add(cli_panels *panels, const char *title);
/* A column of row-major values, and the times of the rows. */
typedef struct cli_strip {
    const char *name;
    const ds_time *time;  /* count */
    const double *values; /* count x width */
    int column, width;
    size_t count;
} cli_strip;
int cli_panels_line(cli_panels *panels, pl_line *line, const cli_strip *strip, nn_error *error);
/* Draws, says how many series had no room, frees. */
int cli_panels_draw(cli_panels *panels, cli_figure *figure, const char *title, ds_frequency frequency,
                    nn_error *error);
void cli_panels_clear(cli_panels *panels);

#endif
