/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of `auspex evaluate` in their three forms. */
#ifndef CLI_SERIES_SCORES_H
#define CLI_SERIES_SCORES_H

#include "forecast/scores/evaluate.h"

#include <stdio.h>

typedef struct cli_scored {
    const fc_evaluation *evaluation;
    const fc_model *model;
    const char *data;  /* name of the file */
    const char *part;  /* "test" */
    const char *split; /* as --split takes it */
} cli_scored;

void cli_series_print(const cli_scored *scored, bool per_variate, bool per_step);
int cli_series_json(const cli_scored *scored, nn_error *error);
/* One line per forecaster, then per forecaster and variate, then per forecaster and step. */
int cli_series_csv(const cli_scored *scored, const char *path, nn_error *error);

#endif
