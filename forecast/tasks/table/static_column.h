/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What never changes within a series of a long file, as a column of numbers that a model goes by. */
#ifndef FC_STATIC_COLUMN_H
#define FC_STATIC_COLUMN_H

#include "forecast/files/fields.h"

typedef struct fc_static_column {
    char *name;     /* of the file's column; owned */
    char *category; /* that it is 1 for; NULL: numbers, less their mean, by their spread; owned */
    double mean, spread;
} fc_static_column;

extern const fc_field fc_static_fields[]; /* of an fc_static_column */

#endif
