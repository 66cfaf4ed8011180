/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What names of columns say about time. */
#ifndef DS_TIME_NAMES_H
#define DS_TIME_NAMES_H

#include <stdbool.h>

/* date, time, datetime, timestamp, ds in any case: such a column is the time whatever it holds. */
bool ds_name_is_usual(const char *name);
/* Some word of the name speaks of time: "Date of sale", "week", "Jahr", "TIME_PERIOD". */
bool ds_name_is_timely(const char *name);
/* Of a date: Date, Datum, time, but no year or hour. */
bool ds_name_is_date(const char *name);
/* Of a part of the calendar: month, weekday, hr, day of year. */
bool ds_name_is_calendar(const char *name);
/* Of weeks. */
bool ds_name_is_week(const char *name);
/* Of a running number: id, No, index, row, "Unnamed: 0", and no name at all. */
bool ds_name_is_counter(const char *name);
/* Of what tells things apart, such as id and store_id. */
bool ds_name_is_id(const char *name);
/* The part of a date that a name speaks of, as the letter of its conversion: Y m d H M S q V j; 'E': the hour
 * by its end, 'P': a period of the day; 0: none. */
char ds_name_part(const char *name);

#endif
