/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that explains the program, made from the tables of the commands. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/shell/command.h"

#include <stdio.h>

void cli_help_program(FILE *out);
/* kind: whose settings are listed; NULL for commands without a model. purpose: of the models whose options
 * are. */
void cli_help_command(FILE *out, const cli_command *command, const fc_kind *kind, fc_purpose purpose);

/* manual.c: the man page as scdoc source; command NULL: the whole program. */
void cli_manual(FILE *out, const cli_command *command);

/* markdown.c: the reference; command NULL: all of it, a heading of the first level before each page. */
void cli_markdown(FILE *out, const cli_command *command);

/* completion.c: a script for the shell; NN_USAGE when it is none of bash, zsh and fish. */
int cli_completion(FILE *out, const char *shell, nn_error *error);

typedef struct cli_exit_code {
    int code;
    const char *meaning;
} cli_exit_code;
extern const cli_exit_code cli_exit_codes[]; /* the entry without a meaning ends them */

/* "-o, --output FILE"; the pieces of the label around the name. */
void cli_option_label(const nn_option *option, char *text, size_t size);
/* The help sentence with the default: "windows per step (default 32)". */
void cli_option_help(const nn_option *option, char *text, size_t size);

/* The scores of a section one by one: after m (NULL: the first), those with a meaning that no section before
 * has explained; NULL at the end. */
const fc_metric *cli_score_next(const cli_score_section *all, const cli_score_section *section,
                                const fc_metric *m);
/* "what it is ("key" in JSON and CSV)". */
void cli_score_help(const fc_metric *metric, char *text, size_t size);

#endif
