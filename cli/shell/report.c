/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said to the user on standard error: errors, notes and progress. */
#include "cli/shell/report.h"

#include "cli/shell/signals.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool quiet, want_colour = true, progress_shown;

void cli_report_set(bool is_quiet, bool colour)
{
    quiet = is_quiet;
    want_colour = colour;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

static bool dumb_terminal(void)
{
    const char *term = getenv("TERM");
    return !term || !*term || strcmp(term, "dumb") == 0;
}

bool cli_colour(FILE *stream)
{
    if (!want_colour || is_set("NO_COLOR"))
        return false;
    const char *force = getenv("FORCE_COLOR");
    if (force && *force && strcmp(force, "0") != 0)
        return true;
    return isatty(fileno(stream)) && !dumb_terminal();
}

int cli_width(FILE *stream)
{
    struct winsize size;
    int width = 80;
    const char *columns = getenv("COLUMNS");
    if (isatty(fileno(stream)) && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        width = size.ws_col;
    else if (columns && *columns)
        width = (int)strtol(columns, NULL, 10);
    return width < 40 ? (width > 0 ? 40 : 80) : width > 120 ? 120 : width;
}

/* --- messages --- */

void cli_progress_end(void)
{
    if (progress_shown)
        fputs("\r\033[K", stderr);
    progress_shown = false;
}

/* The whole message in one write, so that lines of several processes on one terminal do not mix. */
static void say(const char *prefix, const char *paint, const char *format, va_list arguments)
{
    char text[2048], clean[2048];
    vsnprintf(text, sizeof text, format, arguments);
    cli_clean(text, clean, sizeof clean);
    cli_progress_end();
    bool colour = *paint && cli_colour(stderr);
    if (fprintf(stderr, "%s%s%s%s%s\n", *prefix ? "auspex: " : "", colour ? paint : "", prefix,
                colour ? "\033[0m" : "", clean) < 0 &&
        errno == EPIPE)
        cli_reader_left();
}

void cli_say_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say("error: ", "\033[1;31m", format, arguments);
    va_end(arguments);
}

void cli_say_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!quiet)
        say("note: ", "\033[1;33m", format, arguments);
    va_end(arguments);
}

void cli_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!quiet)
        say("", "", format, arguments);
    va_end(arguments);
}

void cli_say_line(void *context, const char *line)
{
    (void)context;
    cli_say_note("%s", line);
}

void cli_progress(const char *format, ...)
{
    static double last;
    char text[256];
    if (quiet || !isatty(STDERR_FILENO) || dumb_terminal())
        return;
    const double now = nn_seconds();
    if (progress_shown && now - last < 0.1)
        return;
    last = now;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\r\033[K%.*s", cli_width(stderr) - 1, text);
    progress_shown = true;
}

int cli_flush_stdout(nn_error *error)
{
    errno = 0;
    int failed = fflush(stdout) != 0, reason = errno;
    if (!failed && !ferror(stdout))
        return NN_OK;
    return nn_fail(error, NN_FAILED, "standard output: writing failed: %s",
                   reason ? strerror(reason) : "an earlier write did not succeed");
}
