/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The passbands of a survey: names and effective wavelengths. */
#ifndef DS_BAND_H
#define DS_BAND_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { DS_BAND_LIMIT = 32, DS_BAND_NAME = 32 /* bytes, the closing NUL included */ };

typedef struct ds_bands {
    int count;
    char name[DS_BAND_LIMIT][DS_BAND_NAME];
    double wavelength[DS_BAND_LIMIT]; /* Angstrom */
} ds_bands;

/* ugrizy and gri with the wavelengths of Allam & McEwen (2021) [astronet]; ztf is what a column fid means. */
extern const ds_bands ds_bands_lsst, ds_bands_ztf;

/* "lsst", "ztf", or a list such as "g=4802,r=6231". NN_USAGE: a name twice, no wavelength, too many. */
int ds_bands_parse(ds_bands *bands, const char *text, nn_error *error);
/* "g=4802,r=6231": what ds_bands_parse reads. Returns the length (as snprintf). */
int ds_bands_print(const ds_bands *bands, char *text, size_t size);

/* The index of a band as surveys write it; -1: none of these. Exact names come first and case counts, as i
 * and I are different filters; else, where the set has the band meant: 0 to 5 for ugrizy (so ZTF's fid 1 to 3
 * are gri too), Y for y and y for Y, and a survey's name before the band (lsstu, LSST-u, DES-g, sdssg, ztfg,
 * ps1::g, bessellv) or after it (g_ztf), ZTF's filter codes (zg), LCO's (gp), or a stroke after it (r'). */
int ds_bands_find(const ds_bands *bands, const char *text, size_t length);

/* Bands in front of others: those of `more` whose names are none of `bands` are put behind these, as many as
 * there is room for. */
void ds_bands_join(ds_bands *bands, const ds_bands *more);
/* The same as ds_bands_parse, but a name may stand without its wavelength where it is one of `known` or a
 * filter of common use. */
int ds_bands_parse_known(ds_bands *bands, const char *text, const ds_bands *known, nn_error *error);

/* Adds a filter of common use, such as V, o or W1, with its wavelength; false: it is none of these, or there
 * is no room. */
bool ds_bands_add_known(ds_bands *bands, const char *text, size_t length);
void ds_bands_sort(ds_bands *bands); /* by wavelength */

#endif
