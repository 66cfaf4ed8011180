/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a picture goes: a file, a script, or nowhere. */
#include "cli/shell/picture.h"

#include "cli/shell/report.h"
#include "cli/shell/signals.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

cli_figure cli_figure_make(const char *path, const char *script, bool data_on_stdout)
{
    cli_figure figure = {.path = path, .script = script, .data_on_stdout = data_on_stdout, .saved = -1};
    FILE *stream = data_on_stdout ? stderr : stdout;
    figure.target = (pl_target){.path = path && strcmp(path, "-") != 0 ? path : NULL,
                                .script = script,
                                .only_script = !path && script,
                                .columns = path && strcmp(path, "-") == 0 ? cli_width(stream) : 0,
                                .colour = cli_colour(stream)};
    return figure;
}

bool cli_figure_wanted(const cli_figure *figure)
{
    return figure->path || figure->script;
}

int cli_figure_check(const cli_figure *figure, nn_error *error)
{
    return cli_figure_wanted(figure) ? pl_target_check(&figure->target, error) : NN_OK;
}

const pl_target *cli_figure_begin(cli_figure *figure)
{
    cli_progress_end();
    fflush(stdout);
    cli_pipe_ignore(true);
    if (figure->data_on_stdout && figure->path && !figure->target.path) {
        figure->saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        if (figure->saved >= 0)
            dup2(STDERR_FILENO, STDOUT_FILENO);
    }
    return &figure->target;
}

int cli_figure_end(cli_figure *figure, int code)
{
    fflush(stdout);
    if (figure->saved >= 0) {
        dup2(figure->saved, STDOUT_FILENO);
        close(figure->saved);
        figure->saved = -1;
    }
    cli_pipe_ignore(false);
    if (!code && figure->target.path)
        cli_say_note("picture in %s", figure->target.path);
    return code;
}
