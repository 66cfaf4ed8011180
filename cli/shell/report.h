/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the program says: messages and progress on standard error, results on standard output. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdio.h>

/* Set once, before anything is said. */
void cli_report_set(bool quiet, bool colour);
/* Whether colour goes to this stream: a terminal that shows it, and nobody turned it off. */
bool cli_colour(FILE *stream);
/* Width of the terminal behind the stream, else 80; between 40 and 120. */
int cli_width(FILE *stream);

/* "auspex: error: ..."; never silenced. */
__attribute__((format(printf, 1, 2))) void cli_say_error(const char *format, ...);
/* "auspex: note: ..."; silent with --quiet. */
__attribute__((format(printf, 1, 2))) void cli_say_note(const char *format, ...);
/* A line without a prefix, such as the record of an epoch; silent with --quiet. */
__attribute__((format(printf, 1, 2))) void cli_say(const char *format, ...);
void cli_say_line(void *context, const char *line); /* cli_say_note as the callback of ds_table_notes */

/* One line that replaces itself, on a terminal only and never with --quiet; cli_progress_end erases it. Every
 * message above erases it first. Repaints at most ten times a second. */
__attribute__((format(printf, 1, 2))) void cli_progress(const char *format, ...);
void cli_progress_end(void);

/* "1 h 02 min", "3 min 20 s", "12.3 s". */
const char *cli_duration(double seconds, char text[32]);
/* 1234567 as "1 234 567". */
const char *cli_count(size_t count, char text[40]);

/* Text of a foreign file made harmless for a terminal: controls, newlines, and what turns the direction of
 * text become '?'. Returns out. */
const char *cli_clean(const char *text, char *out, size_t size);

/* Prints a paragraph that starts in column at; further lines start in column indent. Ends the line. */
void cli_wrap(FILE *out, const char *text, int at, int indent, int width);

/* Makes sure that everything written to standard output arrived. */
int cli_flush_stdout(nn_error *error);

#endif
