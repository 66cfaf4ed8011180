/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output files that appear whole or not at all: written beside their final name and renamed at the end. */
#ifndef NN_OUTPUT_H
#define NN_OUTPUT_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdio.h>

typedef struct nn_output nn_output;

/* Opens path for writing through a temporary file in the same folder. "-" or NULL is standard output. A path
 * that exists and is no regular file (/dev/null, a pipe, a terminal), or is a file in memory that the thread
 * was lent (lib/files/inputs.h), is written directly. NULL and the reason on failure; a file that this thread
 * has read (lib/files/inputs.h) is refused, and so is a link that leads nowhere. Temporary files that killed
 * runs left in the folder are removed (lib/files/stray.h). */
nn_output *nn_output_open(const char *path, nn_error *error);

/* The stream to write to; owned by the output. */
FILE *nn_output_stream(nn_output *output);

/* The name of the temporary file, for programs that write it themselves; the final path where there is none.
 */
const char *nn_output_path(const nn_output *output);
/* Whether there is one: it can be read again before the commit. */
bool nn_output_is_temporary(const nn_output *output);

/* Flushes and saves to the disk what was written so far; fails with the system's reason for the first write
 * that failed. */
int nn_output_sync(nn_output *output, nn_error *error);

/* Flushes, checks every earlier write (a full disk is found here), saves to the disk, reads back and
 * compares, renames into place, saves the folder, frees. On failure the temporary file is removed and the old
 * file, if any, is untouched; so it is where memory was short anywhere (lib/base/shortage.h). A replaced file
 * keeps its mode and, where the system allows it, its owner; other hard links to it keep the old content. */
int nn_output_commit(nn_output *output, nn_error *error);

/* Removes the temporary file and frees; NULL is allowed. */
void nn_output_abandon(nn_output *output);

/* Commits where code is NN_OK, abandons else; returns the first code. NULL is allowed. */
int nn_output_end(nn_output *output, int code, nn_error *error);

/* Removes a file that was put in place, if it is there. */
void nn_output_remove(const char *path);

/* Removes the temporary files of all outputs still open. Async-signal-safe: call it when a signal ends the
 * program. */
void nn_output_abandon_all(void);

#endif
