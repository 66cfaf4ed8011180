/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decimal numbers in text, whatever the locale: read exactly as strtod does, only faster, and written
 * shortest. */
#ifndef DS_DECIMAL_H
#define DS_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ds_number_kind {
    DS_NUMBER_OK,
    DS_NUMBER_NONE,    /* not a number (also "nan": that is a missing value, no number) */
    DS_NUMBER_INFINITE /* "inf", "infinity", or too large for a double such as 1e999 */
} ds_number_kind;

/* Reads all of text[0..length): sign, digits, point (a comma when decimal_comma), exponent; no blanks, no
 * hexadecimal. Texts longer than 1000 bytes are no numbers. */
ds_number_kind ds_number_parse(const char *text, size_t length, bool decimal_comma, double *value);

/* digits / 10^decimals, correctly rounded; false: that takes more than the fast ways. */
bool ds_decimal_value(uint64_t digits, int decimals, double *value);

/* How exactly numbers of a column are wanted. */
enum { DS_ANY_DECIMALS = 400 };
typedef struct ds_exactness {
    double tolerance; /* what they may be off by; 0: 1e-9 of their size */
    int decimals;     /* most that the column's own have; DS_ANY_DECIMALS: not known */
} ds_exactness;

/* The shortest decimal that reads back to the same double where 15 digits do so with no more decimals than
 * the form's, as values of the file; else with an error of at most the tolerance and of 1e-9 of the value.
 * Without an exponent from 1e-9 to 1e15; NaN is the empty text. Returns the length; size must be at least
 * DS_NUMBER_SIZE. */
enum { DS_NUMBER_SIZE = 40 };
int ds_number_print(double value, ds_exactness form, bool decimal_comma, char *text, size_t size);
/* Decimals of a value that 15 digits say exactly; DS_ANY_DECIMALS where they do not. */
int ds_number_decimals(double value);
/* Whether they are at most so many, without printing; false also where that is not sure. */
bool ds_number_has_decimals(double value, int decimals);

/* Whether a field says that there is no value: empty, NA, nan, null, ?, ., .., : and the like in any case, or
 * one of `more`, a comma list (NULL: none), whose numbers stand for all ways to write them. */
bool ds_missing_word(const char *text, size_t length, const char *more);

#endif
