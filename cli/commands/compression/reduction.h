/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained network that is made smaller: what compress, prune and slice share, and fuse a part of. */
#ifndef CLI_REDUCTION_H
#define CLI_REDUCTION_H

#include "cli/input/trial_data.h"
#include "cli/output/sizes.h"

typedef struct cli_reduction {
    const char *path, *output;
    const cli_trial_settings *trial;
    fc_model *model, *whole; /* what becomes smaller; once it is measured, as it was */
    cli_trial_data data;
    cli_size before, after;
} cli_reduction;

/* NN_USAGE where a document and a model would both go to standard output. */
int cli_check_one_output(bool json, const char *output, nn_error *error);

/* Loads the model of path; clear after failure too. */
int cli_reduction_open(cli_reduction *r, nn_error *error);
/* The same of a network whose shapes are about to change, by what: the output is looked at before. */
int cli_reduction_begin(cli_reduction *r, bool json, const char *what, nn_error *error);
/* Reads the data, NN_USAGE where none are named, and what the model costs before them. */
int cli_reduction_measure(cli_reduction *r, nn_error *error);
/* Writes the smaller model, and what it costs. */
int cli_reduction_save(cli_reduction *r, nn_error *error);
/* The document of a command, such as "auspex.prune/1": the output's name; to be given to _print. */
json_t *cli_reduction_json(const cli_reduction *r, const char *schema);
int cli_reduction_print(const cli_reduction *r, json_t *document, nn_error *error);
void cli_reduction_clear(cli_reduction *r);

/* Trains a changed network for so many epochs at a tenth of its rate; its record keeps the rate. */
int cli_train_further(fc_model *model, int epochs, const fc_request *request, nn_error *error);

#endif
