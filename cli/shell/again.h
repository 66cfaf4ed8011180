/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command lines for a shell: how what was stopped goes on, and their words. */
#ifndef CLI_AGAIN_H
#define CLI_AGAIN_H

#include <stdio.h>

/* A word as a shell takes it: in single quotes where it needs them. */
void cli_put_word(FILE *out, const char *word);

/* The words of the program's command line, borrowed. */
void cli_again_set(char *const *words, int count);

/* Says how work goes on of which `kept` is a part; NULL: nothing is kept, and nothing said. */
void cli_say_again(const char *kept);

#endif
