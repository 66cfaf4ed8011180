/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ordinal numbers as stamps have them: 1st quarter, 18th December, 1er trimestre, Third Quarter. */
#ifndef DS_ORDINALS_H
#define DS_ORDINALS_H

#include <stddef.h>

/* The ways of writing them, 0 the English suffixes. */
enum { DS_ORDINALS = 20 };

/* The number from 1 to 99 that a text begins with in that style, and in *taken its bytes; 0 where there is
 * none. */
int ds_ordinal_read(int style, const char *text, size_t length, size_t *taken);

/* As snprintf. */
int ds_ordinal_print(int style, int value, char *text, size_t size);

#endif
