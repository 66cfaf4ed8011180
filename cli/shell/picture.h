/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a picture goes: a file by its suffix, text art for "-", and the script beside it. */
#ifndef CLI_FIGURE_H
#define CLI_FIGURE_H

#include "plots/plot.h"

#include <stdbool.h>

typedef struct cli_figure {
    const char *path;    /* NULL: no picture */
    const char *script;  /* NULL: no script */
    bool data_on_stdout; /* text art then goes to standard error */
    pl_target target;
    int saved; /* standard output while text art goes elsewhere, -1 otherwise */
} cli_figure;

cli_figure cli_figure_make(const char *path, const char *script, bool data_on_stdout);
bool cli_figure_wanted(const cli_figure *figure);
/* Before long work: NN_USAGE for a suffix that nothing can draw. */
int cli_figure_check(const cli_figure *figure, nn_error *error);
/* Around the drawing: pl_...(&plot, cli_figure_begin(&figure), error). */
const pl_target *cli_figure_begin(cli_figure *figure);
int cli_figure_end(cli_figure *figure, int code);

#endif
