/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts a trained model into its file, or beside it where a better one is there. */
#ifndef CLI_KEEP_H
#define CLI_KEEP_H

#include "forecast/model.h"

extern const nn_option cli_force_options[]; /* of an int */

/* Where a model went. */
typedef struct cli_kept {
    char file[4096];      /* the name that was asked for, or another one beside it */
    bool beside;          /* a better model of the same data and settings has that name */
    double loss, of_that; /* validation losses of the new one and of that */
} cli_kept;

/* Saves the model as `path`, or, unless forced, beside a better one of that name. */
int cli_keep(cli_kept *kept, const fc_model *model, const char *path, bool force, nn_error *error);
/* Of a model that was put beside: fills error with a sentence that says so. NN_OK otherwise. */
int cli_kept_beside(const cli_kept *kept, const char *path, nn_error *error);

#endif
