/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How what was stopped goes on. */
#ifndef CLI_AGAIN_H
#define CLI_AGAIN_H

/* The words of the program's command line, borrowed. */
void cli_again_set(char *const *words, int count);

/* Says how work goes on of which `kept` is a part; NULL: nothing is kept, and nothing said. */
void cli_say_again(const char *kept);

#endif
