/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained classifier that goes on with another survey's labelled light curves. */
#ifndef CLI_GOING_ON_H
#define CLI_GOING_ON_H

#include "cli/input/lightcurves/training_set.h"

typedef struct cli_going_on_settings {
    char *from;
} cli_going_on_settings;
extern const nn_option cli_going_on_options[]; /* --from */

/* In place of cli_training_set_open and fc_model_new: the model is that of --from, or, where the labels are
 * not its classes, one of its weights with a new layer of classes. Sets the request's objects, split_name and
 * goes_on. own: the options of the kind. */
int cli_going_on_open(fc_model **model, cli_training_set *set, const char *path,
                      const cli_training_settings *settings, const cli_going_on_settings *going_on,
                      fc_training *training, fc_request *request, nn_error *error);

#endif
