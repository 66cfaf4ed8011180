/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Days from dates and back. */
#include "datasets/time/calendar.h"

/* A year that begins in March has its leap day at the end, so that the days before a month do not depend on
 * the year; 400 years have 146097 days. */
enum { DAYS_PER_ERA = 146097, DAYS_BEFORE_1970 = 719468 };

int64_t ds_days_from_date(int64_t year, int month, int day)
{
    const int64_t y = year - (month < 3);
    const int64_t era = ds_floor_div(y, 400);
    const int of_era = (int)(y - era * 400);
    const int march = month < 3 ? month + 9 : month - 3;
    const int day_of_year = (153 * march + 2) / 5 + day - 1;
    return era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - DAYS_BEFORE_1970;
}

void ds_date_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    const int64_t since = days + DAYS_BEFORE_1970;
    const int64_t era = ds_floor_div(since, DAYS_PER_ERA);
    const int of_era = (int)(since - era * DAYS_PER_ERA);
    const int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int day_of_year = of_era - (365 * y + y / 4 - y / 100);
    const int march = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * march + 2) / 5 + 1;
    *month = march < 10 ? march + 3 : march - 9;
    *year = era * 400 + y + (*month < 3);
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int ds_month_days(int64_t year, int month)
{
    static const signed char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

int ds_weekday(int64_t days)
{
    return (int)ds_floor_mod(days + 3, 7); /* 1970-01-01 was a Thursday */
}

const char *ds_month_name(int month)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    return names[month - 1];
}

/* The week that holds a day belongs to the year of its Thursday. */
static int iso_week(int64_t days)
{
    const int64_t thursday = days - ds_weekday(days) + 3;
    int64_t year;
    int month, day;
    ds_date_from_days(thursday, &year, &month, &day);
    return (int)((thursday - ds_days_from_date(year, 1, 1)) / 7) + 1;
}

ds_civil ds_civil_from(ds_time time)
{
    const int64_t days = ds_floor_div(time, DS_DAY);
    const int64_t clock = ds_floor_mod(time, DS_DAY);
    const int seconds = (int)(clock / DS_SECOND);
    ds_civil c;
    int64_t year;
    ds_date_from_days(days, &year, &c.month, &c.day);
    c.year = (int)year;
    c.hour = seconds / 3600;
    c.minute = seconds / 60 % 60;
    c.second = seconds % 60;
    c.microsecond = (int)(clock % DS_SECOND);
    c.weekday = ds_weekday(days);
    c.year_day = (int)(days - ds_days_from_date(year, 1, 1)) + 1;
    c.iso_week = iso_week(days);
    return c;
}

ds_time ds_time_from(const ds_civil *c)
{
    const int64_t seconds =
        ds_days_from_date(c->year, c->month, c->day) * 86400 + c->hour * 3600 + c->minute * 60 + c->second;
    return seconds * DS_SECOND + c->microsecond;
}
