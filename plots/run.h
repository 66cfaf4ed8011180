/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running gnuplot. Private to plots/. */
#ifndef PL_RUN_H
#define PL_RUN_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { PL_RUN_LIMIT = 60000 }; /* milliseconds */

/* Feeds the script to gnuplot (AUSPEX_GNUPLOT names another program) and copies what it draws to out.
 * text_art: takes out the form feeds and the blanks at the ends of lines. NN_FAILED with gnuplot's own words
 * when it objects, draws nothing, or is not done after limit milliseconds; then it is killed. */
int pl_run(const char *script, size_t length, bool text_art, FILE *out, int limit, nn_error *error);

#endif
