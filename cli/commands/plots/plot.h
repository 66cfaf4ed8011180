/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of `auspex plot`. */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include "cli/input/lightcurves/photometry.h"
#include "cli/input/reading.h"
#include "cli/shell/command.h"
#include "cli/shell/picture.h"

typedef struct cli_plot_settings {
    cli_common common;
    cli_reading reading;
    cli_photometry light;
    char *output, *script, *history, *title, *id, *csv, *fold;
    int last, layer, head, process, season, objects, page, axis;
    double window, shortest;
} cli_plot_settings;

/* The last operand is a CSV file. */
int cli_plot_series(const cli_run *run, cli_figure *figure, nn_error *error);
/* "components" FILE.csv */
int cli_plot_components(const cli_run *run, cli_figure *figure, nn_error *error);
/* "attention" DATA.csv... MODEL */
int cli_plot_attention(const cli_run *run, cli_figure *figure, nn_error *error);
/* "lightcurve" FILE */
int cli_plot_lightcurve(const cli_run *run, cli_figure *figure, nn_error *error);

#endif
