/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `auspex evaluate` for panels of stations. */
#ifndef CLI_EVALUATE_PANEL_H
#define CLI_EVALUATE_PANEL_H

#include "cli/input/stations.h"
#include "cli/shell/picture.h"

/* What only panels have. */
typedef struct cli_panel_scoring {
    char *plot_map;
    double floor;
    int baselines, horizon, stride, order, contest;
} cli_panel_scoring;
extern const nn_option cli_panel_scoring_options[];

/* What every evaluation has, as the command's own options say. */
typedef struct cli_panel_asked_scores {
    const fc_model *model; /* NULL: simple forecasts alone */
    const cli_panel_scoring *scoring;
    const char *part, *split, *csv;
    int season, window, threads;
    bool json, per_station, per_step, require_skill;
    cli_figure *window_figure, *steps_figure;
} cli_panel_asked_scores;

/* The panel of a table as a model of panels knows it, with the stations of --stations or those that the model
 * remembers. Takes over the table, as cli_panel_make. */
int cli_panel_open(cli_panel *panel, ds_table **table, const fc_model *model,
                   const cli_panel_settings *settings, nn_error *error);

int cli_evaluate_panel(const cli_panel *panel, const cli_panel_asked_scores *asked,
                       const cli_panel_settings *settings, nn_error *error);

#endif
