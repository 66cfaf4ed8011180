/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files that a thread has read, so that none of its results takes the place of what it is made from. */
#ifndef NN_INPUTS_H
#define NN_INPUTS_H

#include <stdbool.h>
#include <sys/stat.h>

/* Notes a file, as stat sees it, for this thread. Files are told apart by device and inode, so that other
 * names, links and hard links count as the same. Only regular files count. */
void nn_input_note(const struct stat *status);
/* Whether this thread noted the file since it last forgot. */
bool nn_input_is(const struct stat *status);
/* Before and after a call of the library, which may read later what it wrote before. */
void nn_inputs_forget(void);

#endif
