/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of months and of the days of the week. */
#ifndef DS_NAMES_H
#define DS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The month (1-12) or day of the week (Monday 1) that a text begins with, in any case, whole or cut to three
 * letters (also "Sept"); 0 where there is none. A name must not go on with another letter. */
int ds_name_find(const char *text, size_t length, bool month, size_t *taken);

/* German is 1, French 2, and so on as month_names.c has them; some languages stand there once more with the
 * names that follow a day's number, or with points behind short ones. English is 0 and no language here. */
enum { DS_LANGUAGES = 27 };
/* UTF-8, capital first. whole: else the short name. */
const char *ds_month_in(int language, int month, bool whole);

/* The month that a text begins with, in any case; month 0: with none. */
typedef struct ds_month_match {
    int month;    /* 1-12 */
    size_t taken; /* bytes of the text */
    unsigned whole,
        cut; /* a bit for each language in which it is the whole name, the short one; 1: English */
} ds_month_match;
ds_month_match ds_month_find(const char *text, size_t length);

/* The letter of UTF-8 that a text begins with, as a code point where it has one byte or two, and it in small
 * or as a capital. */
uint32_t ds_letter_read(const char *text, size_t length, size_t *bytes);
uint32_t ds_letter_lower(uint32_t letter);
uint32_t ds_letter_upper(uint32_t letter);

/* English; of days of the week Monday is 1. */
const char *ds_weekday_name(int weekday);

#endif
