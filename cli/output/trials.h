/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a search tried and found, for people and for programs. */
#ifndef CLI_TRIALS_H
#define CLI_TRIALS_H

#include "forecast/search/halving.h"

typedef struct cli_trials {
    const fc_halving *found;
    const fc_space *space;
    const char *command; /* that trains the winner */
    const char *file;    /* where the winner is; NULL: nowhere */
    const char *data;
    const fc_model *first; /* of the settings as given */
} cli_trials;

void cli_trials_print(const cli_trials *trials); /* standard output */
/* A row for each training. path "-": standard output. */
int cli_trials_csv(const cli_trials *trials, const char *path, nn_error *error);
int cli_trials_json(const cli_trials *trials, nn_error *error);

#endif
