/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UTF-16 in either order of bytes, as spreadsheets export "Unicode text", into UTF-8. */
#ifndef DS_UTF16_H
#define DS_UTF16_H

#include <stddef.h>

typedef struct ds_utf16 {
    int order; /* 1: low byte first, 2: high byte first, 0: the text is not in UTF-16 */
    int byte;  /* the first of a unit whose second is still to come; 0: none */
    unsigned char first;
    unsigned high; /* the first half of a pair; 0: none */
} ds_utf16;

/* The order of the bytes that a text begins with, by its mark or, without one, by the zero beside nearly
 * every character; 0: it is not in UTF-16. */
int ds_utf16_order(const unsigned char *bytes, size_t length);

/* Decodes length bytes, which may end within a character; out has room for 3 bytes for every 2 and 3 more.
 * Halves of a pair that stand alone become U+FFFD. Returns the bytes written. */
size_t ds_utf16_decode(ds_utf16 *state, const unsigned char *bytes, size_t length, char *out);

#endif
