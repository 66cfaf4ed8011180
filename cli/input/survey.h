/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labelled light curves in front of a classifier: what evaluate and early share. */
#ifndef CLI_SURVEY_H
#define CLI_SURVEY_H

#include "cli/input/objects.h"

typedef struct cli_labelled {
    char *label, *classes;
    int part, threads;
} cli_labelled;
extern const nn_option cli_labelled_options[];

/* A survey and its labels in front of a model. */
typedef struct cli_survey {
    fc_classifier *model;
    ds_catalogue *catalogue;
    cli_labels labels;
    ds_lightcurves *reader;
    nn_pool *pool;
    fc_engine *engine;
    int part; /* -1: all */
    const char *part_name;
    fc_sweep objects; /* ready to run */
} cli_survey;
/* path: of the photometry. Close after failure too. The model is borrowed. */
int cli_survey_open(cli_survey *survey, fc_classifier *model, const char *path, const cli_labelled *settings,
                    const cli_metadata *metadata, const cli_photometry *photometry, nn_error *error);
void cli_survey_close(cli_survey *set);

#endif
