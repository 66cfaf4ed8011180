/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of months and of the days of the week. */
#ifndef DS_NAMES_H
#define DS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* The month (1-12) or day of the week (Monday 1) that a text begins with, in any case, whole or cut to three
 * letters (also "Sept"); 0 where there is none. A name must not go on with another letter. */
int ds_name_find(const char *text, size_t length, bool month, size_t *taken);

/* English; of days of the week Monday is 1. */
const char *ds_weekday_name(int weekday);

#endif
