/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of a panel in their three forms. */
#ifndef CLI_PANEL_SCORES_H
#define CLI_PANEL_SCORES_H

#include "forecast/scores/stations.h"

typedef struct cli_panel_scored {
    const fc_panel_evaluation *evaluation;
    const char *data;  /* name of the file */
    const char *part;  /* "test" */
    const char *split; /* as --split takes it */
    double seconds;
} cli_panel_scored;

void cli_panel_scores_print(const cli_panel_scored *scored, bool per_station, bool per_step);
int cli_panel_scores_json(const cli_panel_scored *scored, nn_error *error);
/* One line per forecaster for all, for the farm, for each station, for each step, and for each step of the
 * farm. */
int cli_panel_scores_csv(const cli_panel_scored *scored, const char *path, nn_error *error);

#endif
