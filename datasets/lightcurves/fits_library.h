/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cfitsio, loaded when the first FITS file is opened: linked to the program, it would bring some thirty
 * libraries (curl and what that needs) to every start. */
#ifndef DS_FITS_LIBRARY_H
#define DS_FITS_LIBRARY_H

#ifdef AUSPEX_FITS
#include "lib/base/error.h"

#include <fitsio.h>

#define DS_FITS_FUNCTIONS(X)                                                                                 \
    X(ffdkopn)                                                                                               \
    X(ffmahd)                                                                                                \
    X(ffclos) X(ffgerr) X(ffcmsg) X(ffgncl) X(ffgnrw) X(ffgcdw) X(ffgcv) X(ffkeyn) X(ffgky) X(ffgcno)

/* The functions by their short names, which the long ones of the manual are macros for. */
typedef struct ds_fits_library {
#define DS_FITS_MEMBER(name) __typeof__(name) *name;
    DS_FITS_FUNCTIONS(DS_FITS_MEMBER)
#undef DS_FITS_MEMBER
} ds_fits_library;
extern ds_fits_library ds_fits;

/* NN_FAILED where it is not installed. */
int ds_fits_load(const char *path, nn_error *error);

#endif
#endif
