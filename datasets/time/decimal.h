/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decimal numbers in text, whatever the locale: read exactly as strtod does, only faster, and written
 * shortest. */
#ifndef DS_DECIMAL_H
#define DS_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

typedef enum ds_number_kind {
    DS_NUMBER_OK,
    DS_NUMBER_NONE,    /* not a number (also "nan": that is a missing value, no number) */
    DS_NUMBER_INFINITE /* "inf", "infinity", or too large for a double such as 1e999 */
} ds_number_kind;

/* Reads all of text[0..length): sign, digits, point (a comma when decimal_comma), exponent; no blanks, no
 * hexadecimal. Texts longer than 1000 bytes are no numbers. */
ds_number_kind ds_number_parse(const char *text, size_t length, bool decimal_comma, double *value);

/* The shortest decimal that reads back to the same double where 15 digits do so, as those of any file; else
 * with an error of at most `tolerance` and of 1e-9 of the value (tolerance 0: of that alone). Without an
 * exponent from 1e-9 to 1e15; NaN is the empty text. Returns the length; size must be at least
 * DS_NUMBER_SIZE. */
enum { DS_NUMBER_SIZE = 40 };
int ds_number_print(double value, double tolerance, bool decimal_comma, char *text, size_t size);

/* Whether a field says that there is no value: empty, NA, nan, null, ?, . and the like in any case, or one of
 * `more`, a comma list (NULL: none), whose numbers stand for all ways to write them. */
bool ds_missing_word(const char *text, size_t length, const char *more);

#endif
