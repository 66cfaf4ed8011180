/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting a table in time into training, validation and test parts. */
#ifndef DS_SPLIT_H
#define DS_SPLIT_H

#include "datasets/table/table.h"

typedef struct ds_part {
    size_t begin, end; /* rows whose values are the part's targets: [begin, end) */
} ds_part;

typedef struct ds_split {
    ds_part train, validation, test; /* in this order, no overlap; rows after test.end are unused */
} ds_split;

#define DS_SPLIT_DEFAULT "0.7/0.1/0.2"

/* Text forms: "ett-hour" (8640, 2880, 2880 rows: 12, 4, 4 months of 30 days), "ett-minute" (four times that);
 * ratios "0.7/0.1/0.2" (train int(0.7 n), test int(0.2 n), validation the rest, as the published loaders
 * cut); counts "8640/2880/2880"; dates "2017-07-01/2017-11-01" or "2017-07-01/2017-11-01/2018-03-01" (train
 * before the first, validation before the second, test before the third or to the end). NULL is
 * DS_SPLIT_DEFAULT. NN_USAGE for a text that is none of these, NN_BAD_DATA when the table has too few rows
 * for it. */
int ds_split_make(const char *text, const ds_table *table, ds_split *split, nn_error *error);
/* What a model kept: the text, or the default where it is NULL or empty. */
static inline const char *ds_split_text(const char *text)
{
    return text && *text ? text : DS_SPLIT_DEFAULT;
}

/* The part named "train", "validation" or "test"; NULL, with NN_USAGE, where it is none. */
const ds_part *ds_split_part(const ds_split *split, const char *name, nn_error *error);

#endif
