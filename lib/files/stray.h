/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Temporary files of outputs: their names, and the end of those that killed runs left behind. */
#ifndef NN_STRAY_H
#define NN_STRAY_H

#include <stddef.h>
#include <stdint.h>

/* The name of a temporary file in the folder of path; 0, or ENAMETOOLONG. */
int nn_stray_name(char *name, size_t size, const char *path, uint64_t key);
/* Marks an open temporary file as in use for as long as it is open, for other processes to see. 0 when
 * another process took it for left over in this moment and has removed it. */
int nn_stray_hold(int fd);
/* Removes the temporary files in the folder of path that no process holds. Looks into a folder once. */
void nn_stray_remove(const char *path);
/* How many were removed so far. */
int nn_stray_removed(void);

#endif
