/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where in a file its names and rows stand, and what stands around them. */
#ifndef DS_SHAPE_H
#define DS_SHAPE_H

#include "datasets/text/sample.h"

enum { DS_MOST_HEADER_ROWS = 4 };

typedef struct ds_shape {
    int columns;        /* cells of most rows */
    size_t names;       /* row of the sample with the names; SIZE_MAX: none */
    size_t header_rows; /* that one and those below it without a value: units, tickers */
    size_t first;       /* row of values */
    bool comment;       /* rows that begin with # are none */
    bool hashed;        /* the names themselves stand behind a # */
    bool hash_apart;    /* which is a cell of its own */
    bool short_names;   /* one name is missing, that of the first column */
} ds_shape;

/* The delimiter under which most rows have the same count of cells; 0: none of them makes two. */
char ds_shape_delimiter(const char *text, size_t length, bool whole, bool decimal_comma);
/* Rows that are no rows of values lose their cells: comments, repeated names, footers. */
ds_shape ds_shape_find(ds_sample *sample, bool headless);
/* Names that differ in case and blanks only. */
bool ds_shape_same_name(ds_text a, ds_text b);
bool ds_shape_is_value(ds_text cell); /* a number, or a stamp: it begins with a digit or holds two */

/* Some word of a text speaks of a total: "Subtotal", "2019 Total:", "Summe". */
bool ds_shape_is_total(ds_text t);

#endif
