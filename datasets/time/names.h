/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of months and of the days of the week. */
#ifndef DS_NAMES_H
#define DS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* The month (1-12) or day of the week (Monday 1) that a text begins with, in any case, whole or cut to three
 * letters (also "Sept"); 0 where there is none. A name must not go on with another letter. */
int ds_name_find(const char *text, size_t length, bool month, size_t *taken);

/* German, French, Spanish, Italian, Dutch, Portuguese are 1 to 6; English is 0 and no language here. */
enum { DS_LANGUAGES = 6 };
/* UTF-8, capital first. whole: else the short name. */
const char *ds_month_in(int language, int month, bool whole);
/* The month (1-12) that a text begins with in one of the languages, or in English; 0: in none. *languages: a
 * bit for each in which it is one, 1 for English; *whole: it is a whole name that has a short one. */
int ds_month_find(const char *text, size_t length, unsigned *languages, bool *whole, size_t *taken);

/* English; of days of the week Monday is 1. */
const char *ds_weekday_name(int weekday);

#endif
