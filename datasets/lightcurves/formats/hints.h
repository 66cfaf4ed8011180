/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What self-describing tables (VOTable, FITS) say of their columns beside the names. */
#ifndef DS_HINTS_H
#define DS_HINTS_H

#include "datasets/lightcurves/lightcurve_internal.h"

/* Adds what is said of a column: its unit, and its UCD (IVOA, UCD1+), either of which may be NULL. NN_FAILED:
 * no memory. */
int ds_hints_add(ds_lightcurves *r, const char *name, const char *unit, const char *ucd);
/* What a UCD says a column is: a part, or -1. *magnitude: of a flux or error. */
int ds_hints_part(const char *ucd, bool *magnitude);

#endif
