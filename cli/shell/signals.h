/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaving in good order: no signal leaves a temporary file behind. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

void cli_signals_set(void);

/* While on, the first Ctrl-C, SIGTERM, SIGHUP, or the end of whoever reads standard error, only sets a flag,
 * and the second one ends the program. Otherwise the first one does. */
void cli_interrupt_wait(bool on);
bool cli_interrupted(void);
/* The signal that stopped the work; without one SIGINT. */
int cli_stopped_by(void);
/* Writing to standard error failed because nobody reads it: as if a signal had said so. */
void cli_reader_left(void);

/* Holds SIGPIPE back while another program (gnuplot) is being fed, whose early end is an error and no reason
 * to die. */
void cli_pipe_ignore(bool on);

/* Opens what the caller of the program closed among the three standard streams, so that no file takes their
 * place. Writing to such a standard output fails. */
void cli_streams_open(void);

#endif
