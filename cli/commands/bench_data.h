/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The benches on a table of the user's: how the look-back, the depth and the shape of a network matter there.
 */
#ifndef CLI_BENCH_DATA_H
#define CLI_BENCH_DATA_H

#include "bench/bench.h"
#include "cli/input/lesson.h"

/* Whether there is one of that name: "lookback", "depth", "aspect". */
bool cli_bench_data_named(const char *name);
/* Adds a row for each network, all of as many parameters as the one as given, and for the naive forecasts and
 * linear; says what follows from them in notes. Rows that were done are there when it is stopped, too. */
int cli_bench_data(bench *self, const char *name, const cli_run *run, const char *path,
                   cli_lesson_settings *settings, nn_error *error);

#endif
