/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A span of time as people write it. */
#ifndef CLI_TIME_TEXT_H
#define CLI_TIME_TEXT_H

#include "lib/base/error.h"

/* "90", "90s", "10min" (or m), "1.5h" to seconds above 0; NN_USAGE naming the option. */
int cli_time_parse(const char *text, const char *option, double *seconds, nn_error *error);

#endif
