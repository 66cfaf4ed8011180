/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models out of folders of published networks, for commands that take a model by its file. */
#ifndef CLI_PRETRAINED_H
#define CLI_PRETRAINED_H

#include "cli/input/reading.h"

/* The option --weights FOLDER, and the variable of the environment that stands for it where it is not given.
 */
#define CLI_WEIGHTS_VARIABLE "AUSPEX_WEIGHTS"
#define CLI_WEIGHTS_OPTION(place)                                                                            \
    {                                                                                                        \
        "weights", 0, NN_TEXT, place, NULL, "FOLDER", 0, 0,                                                  \
            "a published network, such as chronos-bolt-small/, that is one more candidate for each series "  \
            "($AUSPEX_WEIGHTS)"                                                                              \
    }
/* folder NULL: that of the environment, if there is one. */
const char *cli_pretrained_wish(const char *folder);

/* What a published network is asked for. */
typedef struct cli_pretrained {
    const char *split; /* NULL: the usual one */
    int horizon;       /* rows; 0: one season, which is said */
    int season, threads;
} cli_pretrained;

/* The model that the last of a command's words names: of the command's purpose from its file; or, out of a
 * folder, of all columns of the data, which the first word names, and with their training part, though it
 * learns nothing from it. */
int cli_model_open(fc_model **model, const cli_run *run, const cli_reading *reading,
                   const cli_pretrained *how, nn_error *error);

/* NN_BAD_DATA for a folder that holds no published network, where a model is expected: says what would be
 * one. */
int cli_check_model(const char *path, nn_error *error);

#endif
