/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of ds_catalogue: which column is what, by its name. */
#ifndef DS_CATALOGUE_NAMES_H
#define DS_CATALOGUE_NAMES_H

#include "datasets/text/scan.h"

/* A column by its name: exactly, else in another case or with a broker's prefix; -1: there is none. */
int ds_catalogue_column(const ds_field *fields, int count, const char *name, size_t length);
/* The same for numbers: photoz, specz, mwebv and their errors (..._err) go by many names. *redshift: -9 and
 * the like stand for none. */
int ds_catalogue_number_column(const ds_field *fields, int count, const char *item, size_t length,
                               bool *redshift);
/* What a quantity of many names is in words, and the first name of its columns; NULL: it is none of these. */
const char *ds_catalogue_quantity(const char *item, size_t length, const char **column, bool *is_error);

#endif
