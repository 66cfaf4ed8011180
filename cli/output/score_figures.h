/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pictures of an evaluation. */
#ifndef CLI_SCORE_FIGURES_H
#define CLI_SCORE_FIGURES_H

#include "cli/shell/picture.h"
#include "forecast/scores/score_table.h"

typedef struct cli_score_figures {
    cli_figure whole;  /* of forecasts one window; of classes confusion, curves and reliability */
    cli_figure steps;  /* the error by step ahead */
    cli_figure map;    /* of stations */
    cli_figure levels; /* of classes in a tree, confusion at each level */
    int window;
} cli_score_figures;

/* Before long work. */
int cli_score_figures_check(const cli_score_figures *figures, nn_error *error);
/* Draws those that are wanted; the scores must have what they show. */
int cli_scores_draw(const fc_scores *scores, cli_score_figures *figures, nn_error *error);

/* class_figure.c: confusion matrix, ROC and precision-recall curves, reliability of a classifier. */
int cli_classes_draw(const fc_scores *scores, cli_figure *figure, nn_error *error);
/* level_figure.c: confusion matrices of all levels, which the scores must have. */
int cli_levels_draw(const fc_scores *scores, cli_figure *figure, nn_error *error);

#endif
