/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labelled light curves that a classifier is to learn from. */
#ifndef CLI_TRAINING_SET_H
#define CLI_TRAINING_SET_H

#include "cli/input/lightcurves/objects.h"
#include "forecast/tasks/lightcurves/training/fit.h"

typedef struct cli_training_settings {
    char *model, *label, *classes, *split, *taxonomy;
    double alpha;
    int augment;
    double missing;
    cli_photometry photometry;
    cli_metadata metadata;
} cli_training_settings;
extern const nn_option cli_training_options[]; /* --model, --label, --classes, --split */

typedef struct cli_training_set {
    ds_catalogue *catalogue;
    cli_labels labels;
    const char *names[FC_MOST_CLASSES];
    ds_lightcurves *reader;
    fc_class_set set;
} cli_training_set;

/* Reads the table of objects and opens the photometry: what the request's kind needs for a model. Sets the
 * request's objects and split_name. */
int cli_training_set_open(cli_training_set *self, const char *path, const cli_training_settings *settings,
                          fc_request *request, nn_error *error);
/* Notes in the record of the model where the objects come from, and reads their light curves as it sees them,
 * with the request's threads. */
int cli_training_set_read(cli_training_set *self, const cli_training_settings *settings, fc_model *model,
                          const fc_request *request, nn_error *error);
void cli_training_set_clear(cli_training_set *self);

#endif
