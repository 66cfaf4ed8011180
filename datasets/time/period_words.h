/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quarters and halves of a year that are named by a word: IV kw. 2014, 2. Halbjahr 1990, 2014K1; and periods
 * named by their months: Oct-Dec 2014. */
#ifndef DS_PERIOD_WORDS_H
#define DS_PERIOD_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* The pattern (pattern.h) that the text follows: one year, one number, also a Roman one, and between them
 * nothing or words for a quarter or half a year in the languages that public data come in. False where it is
 * no such text. style: the number is an ordinal one (ordinals.h); -1: it is none. */
bool ds_period_pattern(const char *text, size_t length, int style, char *pattern, size_t size);

/* The same of a text of one year and the first and the last month of two, three, four, six or twelve. */
bool ds_months_pattern(const char *text, size_t length, char *pattern, size_t size);

#endif
