/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of periods and ranges of variable stars, class by class. */
#ifndef CLI_PERIOD_FIGURE_H
#define CLI_PERIOD_FIGURE_H

#include "cli/shell/picture.h"
#include "datasets/lightcurves/catalogue.h"

#include <stddef.h>

/* Stars, one after the other. Start from {0}. */
typedef struct cli_stars {
    double *period, *range;
    int *class; /* index of the label, -1: none */
    size_t count, room;
} cli_stars;

int cli_stars_add(cli_stars *stars, double period, double range, int class, nn_error *error);
void cli_stars_clear(cli_stars *stars);
/* catalogue: its first column of words has the classes; NULL: there are none. name: of the file. unit: of the
 * ranges. */
int cli_stars_draw(const cli_stars *stars, const ds_catalogue *catalogue, const char *name, const char *unit,
                   cli_figure *figure, nn_error *error);

#endif
