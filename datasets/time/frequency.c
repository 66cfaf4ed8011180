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

static ds_time add_business_days(ds_time time, int64_t steps)
{
    if (steps == 0)
        return time;
    if (steps > DAYS_LIMIT || steps < -DAYS_LIMIT)
        return saturated(steps);
    int64_t days = ds_floor_div(time, DS_DAY);
    const int64_t clock = ds_floor_mod(time, DS_DAY);
    const int weekday = ds_weekday(days);
    if (weekday > 4) /* a weekend counts as the working day that it is left from */
        days += steps > 0 ? 4 - weekday : 7 - weekday;
    const int64_t monday = days - ds_weekday(days), of_week = ds_weekday(days) + steps;
    days = monday + ds_floor_div(of_week, 5) * 7 + ds_floor_mod(of_week, 5);
    return add_fixed(clock, days, DS_DAY);
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
    const int wanted = anchor_day ? anchor_day : day, most = ds_month_days(year, month);
    return add_fixed(ds_floor_mod(time, DS_DAY),
                     ds_days_from_date(year, month, wanted < most ? wanted : most), DS_DAY);
}

ds_time ds_time_add(ds_frequency f, ds_time time, int64_t n)
{
    int64_t steps, months;
    if (__builtin_mul_overflow(n, (int64_t)f.count, &steps))
        return saturated(n);
    if (f.unit == DS_UNIT_BUSINESS_DAY)
        return add_business_days(time, steps);
    if (f.unit < DS_UNIT_MONTH)
        return add_fixed(time, steps, ds_unit_length(f.unit));
    if (__builtin_mul_overflow(steps, (int64_t)ds_unit_months(f.unit), &months))
        return saturated(n);
    return add_months(time, months, f.anchor_day);
}

/* Working days since a Monday long ago; -1 on a weekend. */
static int64_t business_index(int64_t days)
{
    const int weekday = ds_weekday(days);
    return weekday > 4 ? -1 : ((days - weekday + 3) / 7 + DAYS_LIMIT / 7) * 5 + weekday;
}

int64_t ds_month_index(ds_time time)
{
    int64_t year;
    int month, day;
    ds_date_from_days(ds_floor_div(time, DS_DAY), &year, &month, &day);
    return year * 12 + month;
}

int64_t ds_time_steps(ds_frequency f, ds_time from, ds_time to)
{
    int64_t distance, step;
    if (f.count < 1 || to < from || __builtin_sub_overflow(to, from, &distance))
        return -1;
    if (distance == 0)
        return 0;
    if (f.unit == DS_UNIT_BUSINESS_DAY) {
        const int64_t a = business_index(ds_floor_div(from, DS_DAY)),
                      b = business_index(ds_floor_div(to, DS_DAY));
        step = f.count;
        if (a < 0 || b < 0 || ds_floor_mod(from, DS_DAY) != ds_floor_mod(to, DS_DAY))
            return -1;
        distance = b - a;
    } else if (f.unit >= DS_UNIT_MONTH) {
        step = (int64_t)f.count * ds_unit_months(f.unit);
        distance = ds_month_index(to) - ds_month_index(from);
        if (distance == 0 || distance % step != 0 || ds_time_add(f, from, distance / step) != to)
            return -1;
    } else if (__builtin_mul_overflow((int64_t)f.count, ds_unit_length(f.unit), &step)) {
        return -1;
    }
    return distance % step == 0 ? distance / step : -1;
}

int ds_frequency_season(ds_frequency f)
{
    static const int units[] = {
        [DS_UNIT_MINUTE] = 1440, [DS_UNIT_HOUR] = 24,  [DS_UNIT_DAY] = 7,     [DS_UNIT_BUSINESS_DAY] = 5,
        [DS_UNIT_WEEK] = 52,     [DS_UNIT_MONTH] = 12, [DS_UNIT_QUARTER] = 4, [DS_UNIT_YEAR] = 1};
    if (f.unit < DS_UNIT_MINUTE || f.count < 1 || units[f.unit] % f.count != 0)
        return 1;
    return units[f.unit] / f.count;
}
