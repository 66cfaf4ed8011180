/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files of a folder hold photometry, by their names. */
#ifndef DS_PHOTOMETRY_FILES_H
#define DS_PHOTOMETRY_FILES_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct ds_photometry_files {
    char **path; /* in byte order of the files' names; malloced, as the table */
    size_t count;
    size_t skipped; /* hidden ones, folders, and files that are no photometry by their suffix */
} ds_photometry_files;

bool ds_is_folder(const char *path);
/* NN_BAD_DATA where the folder cannot be read or has no such file. Start from {0}; free it in any case. */
int ds_photometry_files_list(ds_photometry_files *files, const char *folder, nn_error *error);
void ds_photometry_files_free(ds_photometry_files *files);

/* How many bytes at the begin of a file's name are left without its suffix; all where it has none that is
 * known. */
size_t ds_photometry_stem(const char *name);

#endif
