/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A survey's table of objects (one row each): labels, redshifts and other columns, joined by id. */
#ifndef DS_CATALOGUE_H
#define DS_CATALOGUE_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ds_catalogue ds_catalogue;

typedef struct ds_catalogue_options {
    const char *id;         /* column of ids; NULL: object_id, diaObjectId, SNID, oid, ... */
    const char *categories; /* columns of words or codes, comma separated: class labels, samples */
    const char *numbers;    /* columns of numbers, comma separated; photoz, photoz_err, specz, specz_err and
                               mwebv also stand for what the surveys call them */
    const char *missing;    /* further words for a missing value, comma separated */
    char delimiter;         /* 0: sniffed */
    bool decimal_comma;
    bool numbers_optional; /* columns of numbers that are not there have no value */
    bool repeated;         /* an object may have many rows, which must agree: photometry with labels */
    const char *hint;      /* behind an error about columns of numbers that are not there; NULL: none */
    bool *absent;          /* set where a column that was asked for is not there; NULL */
} ds_catalogue_options;

/* Reads the columns asked for; a column that is not there, an id twice (both lines are named), a row without
 * an id or a word where a number belongs is an error. A missing value is none. path "-" is standard input;
 * SNANA's HEAD.FITS works too. */
int ds_catalogue_read(ds_catalogue **catalogue, const char *path, const ds_catalogue_options *options,
                      nn_error *error);
void ds_catalogue_free(ds_catalogue *catalogue);

size_t ds_catalogue_rows(const ds_catalogue *catalogue);
/* The row of an id; -1: not there. Whole numbers are compared as text, so 007 is not 7; but
 * where there is no 123, 123.0 is it, and the other way round, as tables with gaps write whole numbers. */
long ds_catalogue_find(const ds_catalogue *catalogue, const char *id);
const char *ds_catalogue_id(const ds_catalogue *catalogue, size_t row);

/* The k-th column of options->numbers; NaN where missing. */
double ds_catalogue_number(const ds_catalogue *catalogue, int k, size_t row);

/* The k-th column of options->categories: its distinct values (in numeric order where all are whole numbers,
 * else in byte order), and the index of a row's value, -1 where missing. */
int ds_catalogue_categories(const ds_catalogue *catalogue, int k);
const char *ds_catalogue_category(const ds_catalogue *catalogue, int k, int value);
int ds_catalogue_value(const ds_catalogue *catalogue, int k, size_t row);
const char *ds_catalogue_category_name(const ds_catalogue *catalogue, int k);
/* Of the ids and values of the rows that have one, whatever their order (the sum of XXH64 of each row's);
 * never 0. */
uint64_t ds_catalogue_hash(const ds_catalogue *catalogue, int k);

#endif
