/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables in FITS files, through cfitsio where the program is built with it. */
#ifndef DS_FITS_H
#define DS_FITS_H

#include "datasets/text/scan.h"

/* Told by content; plain or gzip. false for what cannot be opened, and for pipes. */
bool ds_is_fits(const char *path);

/* The first table of a file as rows of text, the names of its columns first; line 1 is the names. NN_BAD_DATA
 * without cfitsio. */
int ds_fits_rows(const char *path, ds_row_handler handler, void *context, nn_error *error);

/* What cfitsio says about a status; without cfitsio, that it is not there. */
int ds_fits_fail(const char *path, int status, nn_error *error);
#ifdef AUSPEX_FITS
/* The first extension, which must be a binary table; *file is a fitsfile. */
int ds_fits_open_table(void **file, const char *path, nn_error *error);
void ds_fits_close(void *file);
#endif

#endif
