/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in a file's header and id column: UTF-8, or Windows-1252 (and so Latin-1) as spreadsheets write it.
 */
#ifndef DS_ENCODING_H
#define DS_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* No overlong forms, no surrogates, nothing past U+10FFFF. */
bool ds_is_utf8(const char *text, size_t length);

/* A copy of Windows-1252 text in UTF-8, to be freed; NULL: no memory. The five bytes that Windows-1252 leaves
 * open become the control characters of Latin-1. */
char *ds_utf8_from_1252(const char *text, size_t length);

/* A copy in UTF-8 of a name in either; sets *recoded where the text was not UTF-8. NULL: no memory. */
char *ds_name_copy(const char *text, size_t length, bool *recoded);

/* Writes one character of UTF-8 text as Windows-1252, as '?' where it has none there; returns its length. */
size_t ds_put_1252(const char *text, FILE *stream);

#endif
