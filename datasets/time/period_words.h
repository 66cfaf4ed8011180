/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quarters and halves of a year that are named by a word: IV kw. 2014, 2. Halbjahr 1990, 2014K1. */
#ifndef DS_PERIOD_WORDS_H
#define DS_PERIOD_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* The pattern (pattern.h) that the text follows: one year, one number, also a Roman one, and between them
 * nothing or words for a quarter or half a year in the languages that public data come in. False where it is
 * no such text. */
bool ds_period_pattern(const char *text, size_t length, char *pattern, size_t size);

#endif
