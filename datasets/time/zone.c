/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When clocks change, by the usual rules. */
#include "datasets/time/zone.h"

#include "datasets/time/calendar.h"
#include "datasets/time/stamp.h"

#include <string.h>

/* A Sunday: the first one on or after a day of a month; day 0: the last of the month. The minute of that day
 * is by UTC or by the clock of winter. */
typedef struct change {
    int month, day, minute;
    bool by_utc;
} change;

typedef struct rule {
    int since; /* year */
    change begin, end;
} rule;

static const rule eu[] = {{1996, {3, 0, 60, true}, {10, 0, 60, true}},
                          {0, {3, 0, 60, true}, {9, 0, 60, true}}};
static const rule us[] = {{2007, {3, 8, 120, false}, {11, 1, 60, false}},
                          {1987, {4, 1, 120, false}, {10, 0, 60, false}},
                          {0, {4, 0, 120, false}, {10, 0, 60, false}}};
static const rule au[] = {{2008, {10, 1, 120, false}, {4, 1, 120, false}},
                          {0, {10, 0, 120, false}, {3, 0, 120, false}}};
static const rule nz[] = {{2007, {9, 0, 120, false}, {4, 1, 120, false}},
                          {0, {10, 1, 120, false}, {3, 15, 120, false}}};
static const rule cl[] = {{0, {9, 2, 240, true}, {4, 2, 180, true}}};
static const rule *const rules[] = {
    [DS_SUMMER_EU] = eu, [DS_SUMMER_US] = us, [DS_SUMMER_AU] = au, [DS_SUMMER_NZ] = nz, [DS_SUMMER_CL] = cl};

/* Microseconds since 1970, UTC. */
static ds_time instant(const change *c, int year, int winter)
{
    const int first = c->day ? c->day : ds_month_days(year, c->month) - 6;
    const int64_t days = ds_days_from_date(year, c->month, first);
    const int64_t sunday = days + (6 - ds_weekday(days));
    return (sunday * 1440 + c->minute - (c->by_utc ? 0 : winter)) * 60 * DS_SECOND;
}

bool ds_summer_at(ds_summer which, ds_time utc, int winter)
{
    if (which == DS_SUMMER_NONE)
        return false;
    const int year = ds_civil_from(utc).year;
    const rule *r = rules[which];
    while (r->since > year)
        r++;
    const ds_time begin = instant(&r->begin, year, winter), end = instant(&r->end, year, winter);
    return begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
}

int ds_zone_offset(const ds_time_format *f, ds_time time, int *summer)
{
    int minutes = 0;
    *summer = 0;
    if (f->summer == DS_SUMMER_NONE) {
        (void)ds_zone_read(f->zone, strnlen(f->zone, sizeof f->zone), &minutes);
        return minutes;
    }
    ds_time utc = time;
    if (f->local && __builtin_sub_overflow(time, (ds_time)f->offsets[1] * 60 * DS_SECOND, &utc))
        utc = time;
    *summer = ds_summer_at(f->summer, utc, f->offsets[0]);
    return f->offsets[*summer];
}
