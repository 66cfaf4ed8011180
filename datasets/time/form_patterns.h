/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The patterns (pattern.h) that stamps are put together from; each list ends with NULL. */
#ifndef DS_FORM_PATTERNS_H
#define DS_FORM_PATTERNS_H

extern const char *const ds_form_dates[];
extern const char *const ds_form_periods[];    /* stamps without a day */
extern const char *const ds_form_weeks_only[]; /* of columns whose name says that they hold weeks */
extern const char *const ds_form_clocks[];
extern const char *const ds_form_fronts[]; /* clocks that stand before the date */
extern const char *const ds_form_heads[];
extern const char *const ds_form_zones[];

#endif
