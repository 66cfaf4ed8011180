/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small forms of text that files and options share. */
#ifndef NN_TEXT_FORMS_H
#define NN_TEXT_FORMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Steps through a comma-separated list, *cursor from its begin (NULL: empty) on; an item in double quotes may
 * hold commas. False after the last. The item lies in the list, not NUL-ended. */
bool nn_list_next(const char **cursor, const char **item, size_t *length);
/* Whether the list holds the name, and the number of its items. */
bool nn_list_has(const char *list, const char *name);
int nn_list_count(const char *list);
/* Appends a name, in quotes where it needs them, to a malloced list, "" at first. Without memory the list is
 * freed and becomes NULL, and stays so. */
void nn_list_add(char **list, const char *name);

/* What stands behind the last slash of a path. */
const char *nn_base_name(const char *path);

/* A text of a file as messages quote it: its first `most` bytes, and "..." where there are more. It lives as
 * long as the block around. */
#define NN_SHOWN(most, text, length) nn_shown((char[(most) + 4]){0}, (most), (text), (size_t)(length))
const char *nn_shown(char *shown, size_t most, const char *text, size_t length);

/* A field of a CSV line, quoted where RFC 4180 asks for it. */
void nn_csv_field(FILE *out, const char *text);
/* A field of so many digits; empty where the value is infinite or no number, as JSON has null for both. */
void nn_csv_number(FILE *out, double value, int digits);

/* How many bytes at text must not be shown as they are, and are better shown as '?': controls of 7 and 8
 * bits, characters that turn the direction of what follows (U+202A to U+202E, U+2066 to U+2069), separators
 * of lines and paragraphs (U+2028, U+2029), and bytes that are no UTF-8. 0: the character is harmless;
 * *length is then its number of bytes. */
int nn_text_harmful(const char *text, int *length);

/* Text within HTML, or within an attribute in quotes: what has a meaning there is escaped, bytes that are
 * controls or no UTF-8, and characters that turn the direction of what follows, become '?'. */
void nn_html_text(FILE *out, const char *text);

#endif
