/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders of published networks where a command takes a model. */
#ifndef CLI_FOLDERS_H
#define CLI_FOLDERS_H

#include "cli/shell/command.h"

/* The words of a command line, in which a folder that stands for a model, among the operands or behind
 * --model, becomes --model KIND --init FOLDER, without training. *words is malloced, as many as *count says;
 * the texts are the arguments', or owned, for cli_folders_clear. NN_BAD_DATA where its config.json is of
 * another program. */
typedef struct cli_folders {
    char **words, **owned;
    int count, owned_count;
    int plain; /* the word "--", behind which there are no options; -1: there is none */
} cli_folders;
int cli_folders_open(cli_folders *folders, const cli_command *command, char **arguments, int count,
                     nn_error *error);
void cli_folders_clear(cli_folders *folders);

#endif
