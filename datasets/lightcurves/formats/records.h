/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photometry out of records: trees of values such as alerts with their history, whatever they are written in.
 *
 * A record that is an alert by its members (records_known.c) is read as that. Any other is looked through:
 * arrays of objects that measure (a time with a flux, magnitude or limit) are rows, arrays of numbers side by
 * side are columns, an object that measures by itself is a row; texts and numbers around them belong to each
 * row. */
#ifndef DS_RECORDS_H
#define DS_RECORDS_H

#include "datasets/lightcurves/formats/cells.h"

#include <jansson.h>

/* Rows of one record, which stands in that line (or has that number). NN_BAD_DATA: there is no photometry in
 * it. Nothing is kept of it. */
int ds_records_take(ds_cells *cells, const json_t *record, size_t line);

/* --- records that are known --- */

enum { DS_RECORD_PARTS = 6 };
typedef struct ds_record_kind {
    const char *name;
    const char *has;                    /* a member that only such records have */
    const char *parts[DS_RECORD_PARTS]; /* members that hold measurements, one or an array of them */
    const char *columns[12];            /* that such records may have, whether the first ones do or not */
    bool alert;                         /* its history comes again with the next one */
} ds_record_kind;
const ds_record_kind *ds_record_known(const json_t *record); /* NULL: none */

/* Whether an object's members tell of a measurement; arrays: the members are columns of such. */
bool ds_record_measures(const json_t *object, bool arrays);

bool ds_record_is_value(const char *key); /* by its name a flux or magnitude */
bool ds_record_is_part(const char *key);  /* a name of what holds measurements, not of an object or band */

/* --- inside --- */

/* An object, and those around it, whose values belong to each of its rows. */
typedef struct ds_record_level {
    const json_t *object;
    const char *key, *value; /* one more value, or NULL */
    const struct ds_record_level *up;
} ds_record_level;
/* A row of the object and what is around it. */
int ds_records_row(ds_cells *cells, const ds_record_level *level, size_t line);
/* Gaia's epoch photometry as an object per star with arrays of its transits. */
int ds_records_gaia(ds_cells *cells, const json_t *record, size_t line);
/* {"columns": [names], "data": [[values]]}, and as TAP services write it, with "metadata": [{"name": ...}].
 */
bool ds_records_is_table(const json_t *record);
int ds_records_table(ds_cells *cells, const json_t *record, size_t line);
int ds_records_put(ds_cells *cells, const char *name, const json_t *value);

#endif
