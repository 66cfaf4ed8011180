/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arithmetic of steps. */
#include "datasets/time/frequency.h"

#include "datasets/time/calendar.h"

#include <limits.h>

int64_t ds_unit_length(ds_unit unit)
{
    switch (unit) {
    case DS_UNIT_STEP:
    case DS_UNIT_MICROSECOND:
        return 1;
    case DS_UNIT_SECOND:
        return DS_SECOND;
    case DS_UNIT_MINUTE:
        return 60 * DS_SECOND;
    case DS_UNIT_HOUR:
        return 3600 * DS_SECOND;
    case DS_UNIT_DAY:
        return DS_DAY;
    case DS_UNIT_WEEK:
        return 7 * DS_DAY;
    default:
        return 0;
    }
}

int ds_unit_months(ds_unit unit)
{
    return unit == DS_UNIT_MONTH ? 1 : unit == DS_UNIT_QUARTER ? 3 : unit == DS_UNIT_YEAR ? 12 : 0;
}

ds_frequency ds_frequency_fixed(int64_t microseconds)
{
    static const ds_unit units[] = {DS_UNIT_WEEK,   DS_UNIT_DAY,    DS_UNIT_HOUR,
                                    DS_UNIT_MINUTE, DS_UNIT_SECOND, DS_UNIT_MICROSECOND};
    size_t i = 0;
    while (microseconds % ds_unit_length(units[i]) != 0)
        i++;
    const int64_t count = microseconds / ds_unit_length(units[i]);
    return (ds_frequency){.unit = units[i], .count = count > INT_MAX ? 0 : (int)count};
}

ds_frequency ds_frequency_months(int64_t months, int anchor_day)
{
    const ds_unit unit = months % 12 == 0 ? DS_UNIT_YEAR : months % 3 == 0 ? DS_UNIT_QUARTER : DS_UNIT_MONTH;
    const int64_t count = months / ds_unit_months(unit);
    return (ds_frequency){.unit = unit, .count = count > INT_MAX ? 0 : (int)count, .anchor_day = anchor_day};
}

static int64_t saturated(int64_t direction)
{
    return direction < 0 ? INT64_MIN : INT64_MAX;
}

static ds_time add_fixed(ds_time time, int64_t steps, int64_t length)
{
    int64_t shift;
    ds_time sum;
    if (__builtin_mul_overflow(steps, length, &shift) || __builtin_add_overflow(time, shift, &sum))
        return saturated(steps);
    return sum;
}

/* Days that a time can lie away from 1970. */
#define DAYS_LIMIT (INT64_MAX / DS_DAY - 1)

unsigned ds_frequency_weekdays(ds_frequency f)
{
    return f.weekdays ? f.weekdays : 0x1f;
}

static unsigned month_days_of(ds_frequency f)
{
    return f.month_days ? f.month_days : 1u << 1;
}

static int count_bits(unsigned bits)
{
    return __builtin_popcount(bits);
}

/* Days of the set since a Monday long ago; a day that is none counts as the one that it is left from. */
static int64_t weekday_index(int64_t days, unsigned set, bool forward, bool *exact)
{
    const int weekday = ds_weekday(days), per_week = count_bits(set);
    const int before = count_bits(set & ((1u << weekday) - 1));
    *exact = set >> weekday & 1;
    return ds_floor_div(days + 3, 7) * per_week + before - (!*exact && forward);
}

static ds_time add_weekdays(ds_time time, int64_t steps, unsigned set)
{
    bool exact;
    if (steps == 0)
        return time;
    if (steps > DAYS_LIMIT || steps < -DAYS_LIMIT)
        return saturated(steps);
    const int per_week = count_bits(set);
    const int64_t index = weekday_index(ds_floor_div(time, DS_DAY), set, steps > 0, &exact) + steps;
    int day = 0;
    for (int64_t left = ds_floor_mod(index, per_week); left > 0 || !(set >> day & 1); day++)
        left -= set >> day & 1;
    return add_fixed(ds_floor_mod(time, DS_DAY), ds_floor_div(index, per_week) * 7 - 3 + day, DS_DAY);
}

/* The n-th of the set in a month. */
static int month_day(unsigned set, int n, int length)
{
    int day = 1;
    for (; n > 0 || !(set >> day & 1); day++)
        n -= set >> day & 1;
    return day < length ? day : length;
}

/* Days of the set since the year 0, the one at or before the day. */
static int64_t month_day_index(int64_t days, unsigned set, bool *exact)
{
    int64_t year;
    int month, day, before = 0;
    ds_date_from_days(days, &year, &month, &day);
    const int length = ds_month_days(year, month), per_month = count_bits(set);
    while (before < per_month && month_day(set, before, length) <= day)
        before++;
    *exact = before > 0 && month_day(set, before - 1, length) == day;
    return (year * 12 + month - 1) * per_month + before - 1;
}

static ds_time add_month_days(ds_time time, int64_t steps, unsigned set)
{
    bool exact;
    if (steps == 0)
        return time;
    if (steps > DAYS_LIMIT / 28 || steps < -DAYS_LIMIT / 28)
        return saturated(steps);
    int64_t index = month_day_index(ds_floor_div(time, DS_DAY), set, &exact) + steps;
    index += !exact && steps < 0;
    const int per_month = count_bits(set);
    const int64_t months = ds_floor_div(index, per_month), year = ds_floor_div(months, 12);
    const int month = (int)ds_floor_mod(months, 12) + 1;
    const int day = month_day(set, (int)ds_floor_mod(index, per_month), ds_month_days(year, month));
    return add_fixed(ds_floor_mod(time, DS_DAY), ds_days_from_date(year, month, day), DS_DAY);
}

int ds_anchor_day(int64_t year, int month, int anchor)
{
    const int length = ds_month_days(year, month);
    if (anchor <= 31)
        return anchor < length ? anchor : length;
    const int first = ds_weekday(ds_days_from_date(year, month, 1)), last = (first + length - 1) % 7;
    if (anchor == DS_ANCHOR_LAST_WORKDAY)
        return last > 4 ? length - (last - 4) : length;
    if (anchor == DS_ANCHOR_FIRST_WORKDAY)
        return first > 4 ? 8 - first : 1;
    const int n = (anchor - DS_ANCHOR_WEEKDAY) / 7, weekday = (anchor - DS_ANCHOR_WEEKDAY) % 7;
    return n == 4 ? length - (last - weekday + 7) % 7 : 1 + (weekday - first + 7) % 7 + 7 * n;
}

static ds_time add_months(ds_time time, int64_t months, int anchor_day)
{
    if (months == 0)
        return time;
    int64_t year;
    int month, day;
    if (months > DAYS_LIMIT / 28 || months < -DAYS_LIMIT / 28)
        return saturated(months);
    ds_date_from_days(ds_floor_div(time, DS_DAY), &year, &month, &day);
    const int64_t index = year * 12 + month - 1 + months;
    year = ds_floor_div(index, 12);
    month = (int)ds_floor_mod(index, 12) + 1;
    return add_fixed(
        ds_floor_mod(time, DS_DAY),
        ds_days_from_date(year, month, ds_anchor_day(year, month, anchor_day ? anchor_day : day)), DS_DAY);
}

ds_time ds_time_add(ds_frequency f, ds_time time, int64_t n)
{
    int64_t steps, months;
    if (__builtin_mul_overflow(n, (int64_t)f.count, &steps))
        return saturated(n);
    if (f.sessions)
        return ds_session_add(&f, time, n);
    if (f.unit == DS_UNIT_BUSINESS_DAY)
        return add_weekdays(time, steps, ds_frequency_weekdays(f));
    if (f.unit == DS_UNIT_MONTH_DAYS)
        return add_month_days(time, steps, month_days_of(f));
    if (f.unit < DS_UNIT_MONTH)
        return add_fixed(time, steps, ds_unit_length(f.unit));
    if (__builtin_mul_overflow(steps, (int64_t)ds_unit_months(f.unit), &months))
        return saturated(n);
    return add_months(time, months, f.anchor_day);
}

int64_t ds_month_index(ds_time time)
{
    int64_t year;
    int month, day;
    ds_date_from_days(ds_floor_div(time, DS_DAY), &year, &month, &day);
    return year * 12 + month;
}

/* How many days of a set lie between two that are of it; -1 where one is not, or the times of day differ. */
static int64_t count_days(ds_frequency f, ds_time from, ds_time to)
{
    bool a, b;
    const int64_t first = ds_floor_div(from, DS_DAY), last = ds_floor_div(to, DS_DAY);
    const unsigned set = f.unit == DS_UNIT_BUSINESS_DAY ? ds_frequency_weekdays(f) : month_days_of(f);
    const int64_t distance = f.unit == DS_UNIT_BUSINESS_DAY
                                 ? weekday_index(last, set, true, &b) - weekday_index(first, set, true, &a)
                                 : month_day_index(last, set, &b) - month_day_index(first, set, &a);
    return a && b && ds_floor_mod(from, DS_DAY) == ds_floor_mod(to, DS_DAY) ? distance : -1;
}

/* The same of months; working days at a month's edge may be moved by a holiday. */
static int64_t count_months(ds_frequency f, ds_time from, ds_time to)
{
    const int64_t step = (int64_t)f.count * ds_unit_months(f.unit);
    const int64_t distance = ds_month_index(to) - ds_month_index(from);
    const bool moves = f.anchor_day == DS_ANCHOR_LAST_WORKDAY || f.anchor_day == DS_ANCHOR_FIRST_WORKDAY;
    if (distance == 0 || distance % step != 0)
        return -1;
    const ds_time meant = ds_time_add(f, from, distance / step);
    return meant == to || (moves && (meant - to) % DS_DAY == 0) ? distance : -1;
}

int64_t ds_time_steps(ds_frequency f, ds_time from, ds_time to)
{
    int64_t distance, step = f.count;
    if (f.count < 1 || to < from || __builtin_sub_overflow(to, from, &distance))
        return -1;
    if (distance == 0)
        return 0;
    if (f.sessions)
        return ds_session_steps(&f, from, to);
    if (f.unit == DS_UNIT_BUSINESS_DAY || f.unit == DS_UNIT_MONTH_DAYS) {
        distance = count_days(f, from, to);
    } else if (f.unit >= DS_UNIT_MONTH) {
        step = (int64_t)f.count * ds_unit_months(f.unit);
        distance = count_months(f, from, to);
    } else if (__builtin_mul_overflow((int64_t)f.count, ds_unit_length(f.unit), &step)) {
        return -1;
    }
    return distance > 0 && distance % step == 0 ? distance / step : -1;
}

size_t ds_frequency_follows(ds_frequency f, const ds_time *times, size_t count)
{
    size_t follows = 0;
    for (size_t i = 1; i < count; i++)
        follows += ds_time_steps(f, times[i - 1], times[i]) == 1;
    return follows;
}

bool ds_frequency_is_pattern(ds_frequency f)
{
    return f.sessions || f.month_days || (f.unit == DS_UNIT_BUSINESS_DAY && f.weekdays) || f.anchor_day > 31;
}

ds_time ds_frequency_length(ds_frequency f)
{
    f.sessions = 0;
    f.weekdays = 0;
    return ds_time_add(f, 0, 1);
}

int ds_frequency_season(ds_frequency f)
{
    static const int units[] = {[DS_UNIT_MINUTE] = 1440,    [DS_UNIT_HOUR] = 24,   [DS_UNIT_DAY] = 7,
                                [DS_UNIT_BUSINESS_DAY] = 5, [DS_UNIT_WEEK] = 52,   [DS_UNIT_MONTH_DAYS] = 0,
                                [DS_UNIT_MONTH] = 12,       [DS_UNIT_QUARTER] = 4, [DS_UNIT_YEAR] = 1};
    if (f.sessions)
        return ds_session_season(&f);
    if (f.unit == DS_UNIT_BUSINESS_DAY && f.count == 1)
        return count_bits(ds_frequency_weekdays(f));
    if (f.unit == DS_UNIT_MONTH_DAYS && f.count == 1)
        return 12 * count_bits(month_days_of(f));
    if (f.unit < DS_UNIT_MINUTE || f.count < 1 || !units[f.unit] || units[f.unit] % f.count != 0)
        return 1;
    return units[f.unit] / f.count;
}
