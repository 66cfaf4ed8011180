/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves as their pictures show them: in fluxes or magnitudes, over time or the phase of a period, with
 * upper limits as arrows and the Gaussian process behind. */
#ifndef CLI_LIGHT_FIGURE_H
#define CLI_LIGHT_FIGURE_H

#include "cli/shell/picture.h"
#include "datasets/lightcurves/lightcurve.h"
#include "plots/lightcurve.h"

typedef struct cli_light_look {
    bool magnitudes; /* 27.5 - 2.5 log10 of the flux; what is not above 2 errors becomes a limit of 5 */
    bool process;    /* with the Gaussian process */
    bool fold;
    double period;   /* of fold, days; 0: each object's best */
    double shortest; /* of those that are looked for, days */
} cli_light_look;

/* Objects of one picture; start from {.look, .bands}. */
typedef struct cli_light_figure {
    cli_light_look look;
    const ds_bands *bands; /* borrowed */
    int count;
    pl_light_panel panels[PL_MOST_PANELS];
    char titles[PL_MOST_PANELS][240];
    double *owned[PL_MOST_PANELS][2]; /* of the points; of the process */
} cli_light_figure;

/* Adds an object; its times are MJD. NN_BAD_DATA where nothing of it can be drawn. */
int cli_light_add(cli_light_figure *figure, const char *id, const ds_points *points, nn_error *error);
/* title NULL: of the object, where there is one. */
int cli_light_draw(const cli_light_figure *figure, const char *title, cli_figure *out, nn_error *error);
void cli_light_clear(cli_light_figure *figure);

#endif
