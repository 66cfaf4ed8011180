/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of frequencies. */
#ifndef DS_FREQUENCY_H
#define DS_FREQUENCY_H

#include "datasets/time/time.h"

/* Microseconds (rows for DS_UNIT_STEP) of one unit whose length is fixed; 0 for business days, months and
 * coarser. */
int64_t ds_unit_length(ds_unit unit);
/* Months of one unit; 0 for finer units. */
int ds_unit_months(ds_unit unit);
/* The same step in the largest unit that fits: 24 hours are a day, 3 months a quarter. count 0 when it is too
 * large. */
ds_frequency ds_frequency_fixed(int64_t microseconds);
ds_frequency ds_frequency_months(int64_t months, int anchor_day);
/* The day of the month that an anchor stands for. */
int ds_anchor_day(int64_t year, int month, int anchor);
/* The days of the week as a set, Monday to Friday where none is named. */
unsigned ds_frequency_weekdays(ds_frequency f);

/* session.c */
ds_time ds_session_add(const ds_frequency *f, ds_time time, int64_t n);
int64_t ds_session_steps(const ds_frequency *f, ds_time from, ds_time to);
int ds_session_season(const ds_frequency *f);

/* session_text.c: "mon-fri", and sessions; false where the text is none. Printing returns the length. */
bool ds_weekdays_parse(const char **text, unsigned *days);
int ds_weekdays_print(unsigned days, char *text, size_t size);
bool ds_sessions_parse(const char *text, ds_frequency *frequency);
int ds_sessions_print(const ds_frequency *frequency, char *text, size_t size);

/* frequency_learn.c, frequency_sessions.c: a pattern of days or hours under which more than `fixed` rows
 * stand one step behind the one before, in *f; false and *f as it was where there is none. step: the usual
 * one. */
bool ds_learn_weekdays(const ds_time *times, size_t count, int64_t step, size_t fixed, ds_frequency *f);
bool ds_learn_month_days(const ds_time *times, size_t count, size_t fixed, ds_frequency *f);
bool ds_learn_sessions(const ds_time *times, size_t count, int64_t step, size_t fixed, ds_frequency *f);
/* Working days and days of the week that months can be told by; 0: none. */
int ds_learn_anchor(const ds_time *times, size_t count);
/* Rows one step behind the one before. */
size_t ds_frequency_follows(ds_frequency f, const ds_time *times, size_t count);

/* Months from the year 0 on: neighbours in time differ by 1. */
int64_t ds_month_index(ds_time time);

#endif
