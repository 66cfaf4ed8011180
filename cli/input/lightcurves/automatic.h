/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train --model auto of light curves. */
#ifndef CLI_LIGHT_AUTOMATIC_H
#define CLI_LIGHT_AUTOMATIC_H

#include "cli/input/lightcurves/training_set.h"

/* Whether that is asked for. */
bool cli_light_auto_meant(const cli_training_settings *settings);
/* NN_USAGE for options that would decide what is chosen: of `kind`, but for --redshift, and others. */
int cli_light_auto_check(const fc_kind *kind, nn_error *error);
/* A forest, t2 and t2-points, each by itself and with the forest, trained on the labelled objects of a file;
 * the best on the validation objects, and a table of all on standard error. Of the request training, threads
 * and pool are used, and whether its settings, of t2, leave out redshifts. */
int cli_light_auto(fc_model **model, const char *path, const cli_training_settings *settings,
                   const fc_request *request, nn_error *error);

#endif
