/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats in which photometry comes: a record for each, in a file of its own in formats/. */
#ifndef DS_LIGHT_FORMAT_H
#define DS_LIGHT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

struct ds_lightcurves;

typedef struct ds_light_format {
    const char *name;     /* for people */
    const char *suffixes; /* of its files in a folder, comma separated, in lower case */
    /* Whether a file is one, by its first bytes, at most DS_PEEK and without a byte order mark; path for
     * formats of several files, which go by names. */
    bool (*is)(const char *path, const char *start, size_t length);
    /* Sets the reader's step and close and, with the columns, its has_header, at once or in the first steps.
     * The source is the reader's until it is taken. */
    int (*open)(struct ds_lightcurves *r);
} ds_light_format;

/* The k-th, in the order in which they are asked; NULL after the last, which takes any file. */
const ds_light_format *ds_light_format_at(int k);
const ds_light_format *ds_light_format_of(const char *path, const char *start, size_t length);

#endif
