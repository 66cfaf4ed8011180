/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A field of a row of a CSV file, and how far its reading is. */
#ifndef DS_FIELD_H
#define DS_FIELD_H

#include "datasets/time/decimal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DS_FIELD_LIMIT = 1 << 16, /* bytes */
    DS_LINE_LIMIT = 8 << 20,  /* bytes */
    DS_COLUMN_LIMIT = 100000
};

typedef struct ds_field {
    const char *text; /* not terminated; valid during the call only */
    size_t length;
    double number; /* where known: what ds_number_parse gives for all of it, with a decimal point */
    bool known;    /* false: it may be a number all the same */
} ds_field;

static inline ds_field ds_field_of(const char *text, size_t length)
{
    return (ds_field){.text = text, .length = length};
}

/* ds_number_parse of a field. */
static inline ds_number_kind ds_field_number(const ds_field *field, bool decimal_comma, double *value)
{
    if (!field->known || decimal_comma)
        return ds_number_parse(field->text, field->length, decimal_comma, value);
    *value = field->number;
    return DS_NUMBER_OK;
}

/* How far a scan is, for a handler that wants to size its arrays. */
typedef struct ds_scan_progress {
    uint64_t size; /* bytes of the whole file, 0 when not known */
    uint64_t done; /* bytes of it handed out so far */
    double share;  /* of the file, packed as it may be; 0: not known */
} ds_scan_progress;

#endif
