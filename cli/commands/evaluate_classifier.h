/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labelled objects in front of a classifier: what evaluate and early share. */
#ifndef CLI_EVALUATE_CLASSIFIER_H
#define CLI_EVALUATE_CLASSIFIER_H

#include "cli/input/objects.h"

typedef struct cli_labelled {
    char *label, *classes;
    int part, threads;
} cli_labelled;
extern const nn_option cli_labelled_options[];

/* A model, a survey and its labels, opened. */
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
/* operands: photometry, model. Close after failure too. */
int cli_survey_open(cli_survey *set, char *const operands[2], const cli_labelled *settings,
                    const cli_metadata *metadata, const cli_photometry *photometry, nn_error *error);
void cli_survey_close(cli_survey *set);

/* What scores are made of. Start from {0}. */
typedef struct cli_called {
    double *p, *nearest; /* (count, classes); nearest is meaningful where the engine was asked for it */
    int *label;
    size_t count, room, strange; /* strange: novelty of 0.99 or more */
} cli_called;
int cli_called_add(cli_called *called, const fc_slot *slot, int classes, nn_error *error);
void cli_called_clear(cli_called *called);

#endif
