/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labelled light curves in front of a classifier: what evaluate and early share. */
#ifndef CLI_SURVEY_H
#define CLI_SURVEY_H

#include "cli/input/lightcurves/objects.h"
#include "cli/input/lightcurves/taxonomy.h"

typedef struct cli_survey_settings {
    char *label, *classes, *prior;
    int part;
    cli_answer_settings answers;
    cli_metadata metadata;
    cli_photometry photometry;
} cli_survey_settings;
extern const nn_option cli_survey_options[]; /* --label, --classes, --part */
enum { CLI_PART_ALL = 1 };                   /* of part */

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
int cli_survey_open(cli_survey *survey, fc_classifier *model, const char *path,
                    const cli_survey_settings *settings, int threads, nn_error *error);
void cli_survey_close(cli_survey *set);

#endif
