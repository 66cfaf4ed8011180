/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Days and dates of the proleptic Gregorian calendar. */
#ifndef DS_CALENDAR_H
#define DS_CALENDAR_H

#include "datasets/time/time.h"

/* Division and remainder that round towards minus infinity; b > 0. */
static inline int64_t ds_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static inline int64_t ds_floor_mod(int64_t a, int64_t b)
{
    const int64_t r = a % b;
    return r < 0 ? r + b : r;
}

/* Days since 1970-01-01; month 1-12. The day may lie outside its month: it is simply counted on. */
int64_t ds_days_from_date(int64_t year, int month, int day);
void ds_date_from_days(int64_t days, int64_t *year, int *month, int *day);
int ds_month_days(int64_t year, int month);
/* Monday 0 to Sunday 6. */
int ds_weekday(int64_t days);
const char *ds_month_name(int month);

#endif
