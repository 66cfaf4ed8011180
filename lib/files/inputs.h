/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files to read: pipes that more than one look is taken at, files in memory that a thread was lent, and which
 * files a thread has read, so that none of its results takes the place of what it is made from. */
#ifndef NN_INPUTS_H
#define NN_INPUTS_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Notes a file, as stat sees it, for this thread. Files are told apart by device and inode, so that other
 * names, links and hard links count as the same. Only regular files count. */
void nn_input_note(const struct stat *status);
/* Whether this thread noted the file since it last forgot. */
bool nn_input_is(const struct stat *status);
/* Before and after a call of the library, which may read later what it wrote before. */
void nn_inputs_forget(void);

/* Opens a file to read; -1 with errno. A path that was kept is opened anew from its first byte. */
int nn_input_open(const char *path, int flags);
/* Whether a path can be opened more than once with the same bytes: a regular file, or one that was kept. */
bool nn_input_again(const char *path);
/* Where path is a pipe, reads all of it into memory, to be opened again and again under its name; NN_OK where
 * it is anything else. For the program's command line: up to 16 pipes, before any thread starts. */
int nn_input_keep(const char *path, nn_error *error);

/* Makes a file in memory (memfd_create) of bytes (NULL: an empty one) under a name that this thread reads and
 * writes it by, in place of any file of that name on the disk. Returns its descriptor, which the lender
 * closes when it was returned, as the name is his; -1: no memory, or there are too many. */
int nn_input_lend(const char *name, const void *bytes, size_t size, nn_error *error);
/* The descriptor of what this thread was lent under the name; -1: nothing. */
int nn_input_lent(const char *name);
/* What was lent last. */
void nn_input_return(void);
/* All of them. */
void nn_inputs_return(void);

#endif
