/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The days of the week and of the month on which a history has rows. */
#include "datasets/time/calendar.h"
#include "datasets/time/frequency.h"

static bool one_clock(const ds_time *times, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (ds_floor_mod(times[i], DS_DAY) != ds_floor_mod(times[0], DS_DAY))
            return false;
    return count > 0;
}

bool ds_learn_weekdays(const ds_time *times, size_t count, int64_t step, size_t fixed, ds_frequency *f)
{
    size_t rows[7] = {0};
    unsigned set = 0;
    if (step <= 0 || step % DS_DAY != 0 || step >= 7 * DS_DAY || !one_clock(times, count))
        return false;
    const size_t weeks = (size_t)((times[count - 1] - times[0]) / DS_DAY / 7 + 1);
    for (size_t i = 0; i < count; i++)
        rows[ds_weekday(ds_floor_div(times[i], DS_DAY))]++;
    for (int day = 0; day < 7; day++)
        set |= 10 * rows[day] > weeks ? 1u << day : 0;
    if (weeks < 4 || set == 0 || set == 0x7f)
        return false;
    const ds_frequency found = {.unit = DS_UNIT_BUSINESS_DAY, .count = 1, .weekdays = set == 0x1f ? 0 : set};
    const size_t follows = ds_frequency_follows(found, times, count);
    if (follows <= fixed || 2 * follows < count - 1)
        return false;
    *f = found;
    return true;
}

/* How many rows stand on each day of a month; those on its last day count as day 31 where most months have
 * such a row. */
static void count_month_days(const ds_time *times, size_t count, size_t months, size_t rows[32])
{
    size_t last = 0;
    for (int turn = 0; turn < 2; turn++) {
        const bool apart = turn == 1 && 5 * last >= 3 * months;
        for (size_t i = 0; i < count; i++) {
            int64_t year;
            int month, day;
            ds_date_from_days(ds_floor_div(times[i], DS_DAY), &year, &month, &day);
            const bool ends = day == ds_month_days(year, month);
            last += turn == 0 && ends;
            if (turn == 1)
                rows[ends && apart ? 31 : day]++;
        }
    }
}

bool ds_learn_month_days(const ds_time *times, size_t count, size_t fixed, ds_frequency *f)
{
    size_t rows[32] = {0}, covered = 0;
    unsigned set = 0;
    if (count < 6 || !one_clock(times, count))
        return false;
    const size_t months = (size_t)(ds_month_index(times[count - 1]) - ds_month_index(times[0]) + 1);
    const size_t per_month = (count + months / 2) / months;
    if (months < 3 || per_month < 2 || per_month > 6)
        return false;
    count_month_days(times, count, months, rows);
    for (size_t k = 0; k < per_month; k++) {
        int best = 1;
        for (int day = 2; day <= 31; day++)
            best = rows[day] > rows[best] ? day : best;
        set |= 1u << best;
        covered += rows[best];
        rows[best] = 0;
    }
    const ds_frequency found = {.unit = DS_UNIT_MONTH_DAYS, .count = 1, .month_days = set};
    if (10 * covered < 9 * count || (size_t)__builtin_popcount(set) != per_month ||
        ds_frequency_follows(found, times, count) <= fixed)
        return false;
    *f = found;
    return true;
}

int ds_learn_anchor(const ds_time *times, size_t count)
{
    if (count < 3 || !one_clock(times, count))
        return 0;
    for (int anchor = DS_ANCHOR_LAST_WORKDAY; anchor <= DS_ANCHOR_MOST; anchor++) {
        const bool workday = anchor < DS_ANCHOR_WEEKDAY;
        size_t hits = 0, near = 0;
        for (size_t i = 0; i < count; i++) {
            int64_t year;
            int month, day;
            ds_date_from_days(ds_floor_div(times[i], DS_DAY), &year, &month, &day);
            const int away = day - ds_anchor_day(year, month, anchor);
            hits += away == 0;
            near += anchor == DS_ANCHOR_LAST_WORKDAY ? away <= 0 && away >= -4 : away >= 0 && away <= 4;
        }
        /* A holiday moves some of the working days. */
        if (workday ? near == count && 4 * hits >= 3 * count : 10 * hits >= 9 * count)
            return anchor;
    }
    return 0;
}
