/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models out of folders of published networks, for commands that take a model by its file. */
#ifndef CLI_PRETRAINED_H
#define CLI_PRETRAINED_H

#include "cli/input/reading.h"

/* The kind of the folder, and settings of it that name the folder and train nothing; for fc_kind_config_free,
 * also where it failed. */
int cli_pretrained_config(const fc_kind **kind, void **config, const char *folder, nn_error *error);

/* A model of all columns of the data, which was given the training part, though it learns nothing from it. */
typedef struct cli_pretrained {
    const char *folder, *data, *split; /* split NULL: the usual one */
    int horizon;                       /* rows; 0: one season, which is said */
    int season, threads;
} cli_pretrained;
int cli_pretrained_model(fc_model **model, const cli_pretrained *how, const cli_reading *reading,
                         nn_error *error);

#endif
