/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time stamps as text. */
#include "datasets/time/calendar.h"
#include "datasets/time/pattern.h"
#include "datasets/time/stamp.h"
#include "datasets/time/zone.h"

#include <stdio.h>
#include <string.h>

typedef struct writer {
    char text[96];
    int length;
} writer;

static void put(writer *w, char c)
{
    if (w->length < (int)sizeof w->text - 1)
        w->text[w->length++] = c;
}

static void put_number(writer *w, int64_t value, int width)
{
    w->length +=
        snprintf(w->text + w->length, sizeof w->text - (size_t)w->length, "%0*lld", width, (long long)value);
}

/* Two digits, which is most of a stamp. */
static void put_two(writer *w, int value, bool padded)
{
    if (value >= 10 || padded)
        put(w, (char)('0' + value / 10));
    put(w, (char)('0' + value % 10));
}

static void put_year(writer *w, int year)
{
    if (year >= 0 && year <= 9999) {
        put_two(w, year / 100, true);
        put_two(w, year % 100, true);
    } else {
        put_number(w, year, 4);
    }
}

static void put_fraction(writer *w, int micro, int digits)
{
    int unit = 100000;
    if (digits > 0)
        put(w, '.');
    for (int i = 0; i < digits; i++, unit /= 10)
        put(w, (char)(unit ? '0' + micro / unit % 10 : '0'));
}

static int hand_out(writer *w, char *text, size_t size)
{
    w->text[w->length] = '\0';
    if (size > 0) {
        const size_t n = (size_t)w->length < size ? (size_t)w->length : size - 1;
        memcpy(text, w->text, n);
        text[n] = '\0';
    }
    return w->length;
}

static void put_separator(writer *w, const ds_time_format *f)
{
    if (f->separator)
        put(w, f->separator);
}

static void put_date(writer *w, const ds_time_format *f, const ds_civil *c)
{
    const bool padded = f->padded || !f->separator;
    if (f->kind == DS_TIME_MDY || f->kind == DS_TIME_DMY) {
        put_two(w, f->kind == DS_TIME_MDY ? c->month : c->day, padded);
        put_separator(w, f);
        put_two(w, f->kind == DS_TIME_MDY ? c->day : c->month, padded);
        put_separator(w, f);
        put_year(w, c->year);
        return;
    }
    put_year(w, c->year);
    put_separator(w, f);
    put_two(w, c->month, padded);
    if (f->monthly)
        return;
    put_separator(w, f);
    put_two(w, c->day, padded);
}

static void put_clock(writer *w, const ds_time_format *f, const ds_civil *c)
{
    put(w, f->joint);
    put_two(w, c->hour, f->hour_padded);
    put(w, ':');
    put_two(w, c->minute, true);
    if (!f->seconds)
        return;
    put(w, ':');
    put_two(w, c->second, true);
    put_fraction(w, c->microsecond, f->fraction);
}

/* unit: microseconds in one. */
static void put_epoch(writer *w, ds_time time, int64_t unit, int fraction)
{
    const uint64_t size = time < 0 ? 0 - (uint64_t)time : (uint64_t)time;
    if (time < 0)
        put(w, '-');
    put_number(w, (int64_t)(size / (uint64_t)unit), 1);
    put_fraction(w, (int)((int64_t)(size % (uint64_t)unit) * (DS_SECOND / unit)), fraction);
}

/* The day's number, and the time of day as its fraction. */
static void put_serial(writer *w, ds_time time, int fraction)
{
    char text[64];
    const int64_t days = ds_floor_div(time, DS_DAY) + DS_EXCEL_EPOCH;
    const double part = (double)ds_floor_mod(time, DS_DAY) / (double)DS_DAY;
    snprintf(text, sizeof text, "%.*f", fraction, (double)days + part);
    for (const char *p = text; *p; p++)
        put(w, *p);
}

static void put_nanoseconds(writer *w, ds_time time)
{
    put_number(w, time, 1);
    for (int i = 0; i < 3; i++)
        put(w, '0');
}

ds_time ds_time_zone(const ds_time_format *f)
{
    int minutes = 0;
    (void)ds_zone_read(f->zone, strnlen(f->zone, sizeof f->zone), &minutes);
    return f->local ? 0 : (ds_time)minutes * 60 * DS_SECOND;
}

static void put_day_clock(writer *w, const ds_time_format *f, ds_time time)
{
    const ds_civil c = ds_civil_from(time);
    put_number(w, ds_floor_div(time, DS_DAY) + 1, 1);
    put(w, ' ');
    put_two(w, c.hour, true);
    put(w, ':');
    put_two(w, c.minute, true);
    if (f->seconds) {
        put(w, ':');
        put_two(w, c.second, true);
    }
}

/* zone: as the file writes it. */
static void put_stamp(writer *w, const ds_time_format *f, ds_time local, const char zone[8])
{
    const ds_civil c = ds_civil_from(local);
    put_date(w, f, &c);
    if (f->joint) {
        put_clock(w, f, &c);
        for (size_t i = 0; !f->zone_hidden && i < sizeof f->zone && zone[i]; i++)
            put(w, zone[i]);
    }
}

static int print_one(const ds_time_format *f, ds_time time, char *text, size_t size)
{
    writer w = {.length = 0};
    int summer;
    const int zone_minutes = ds_zone_offset(f, time, &summer);
    ds_time local;
    if (f->local || __builtin_add_overflow(time, (int64_t)zone_minutes * 60 * DS_SECOND, &local))
        local = time;
    switch (f->kind) {
    case DS_TIME_STEP:
        put_number(&w, time, 1);
        break;
    case DS_TIME_DAY_CLOCK:
        put_day_clock(&w, f, time);
        break;
    case DS_TIME_EPOCH:
        put_epoch(&w, time, DS_SECOND, f->fraction);
        break;
    case DS_TIME_EPOCH_MS:
        put_epoch(&w, time, DS_SECOND / 1000, f->fraction);
        break;
    case DS_TIME_EPOCH_US:
        put_number(&w, time, 1);
        break;
    case DS_TIME_EPOCH_NS:
        put_nanoseconds(&w, time);
        break;
    case DS_TIME_EXCEL:
        put_serial(&w, time, f->fraction);
        break;
    case DS_TIME_YEAR:
        put_year(&w, ds_civil_from(time).year);
        break;
    case DS_TIME_STRPTIME:
        return ds_pattern_print(f->pattern, local, zone_minutes, text, size);
    case DS_TIME_ISO:
    case DS_TIME_YMD:
    case DS_TIME_MDY:
    case DS_TIME_DMY:
        put_stamp(&w, f, local, f->summer ? f->zones[summer] : f->zone);
        break;
    }
    return hand_out(&w, text, size);
}

/* "begin - end", as ranges are read. */
static int print_range(const ds_time_format *f, ds_time time, char *text, size_t size)
{
    char begin[96], end[96];
    ds_time stop;
    if (__builtin_add_overflow(time, f->range, &stop))
        stop = time;
    print_one(f, time, begin, sizeof begin);
    print_one(f, stop, end, sizeof end);
    const char *clock = f->range_clock ? strpbrk(end, " T") : NULL;
    return snprintf(text, size, "%s%s%s", begin, f->range_mark, clock ? clock + 1 : end);
}

int ds_time_print(const ds_time_format *f, ds_time time, char *text, size_t size)
{
    return f->range ? print_range(f, time, text, size) : print_one(f, time, text, size);
}

int ds_time_print_iso(ds_time time, bool with_clock, char *text, size_t size)
{
    const bool fine = ds_floor_mod(time, DS_SECOND) != 0;
    const ds_time_format f = {.kind = DS_TIME_ISO,
                              .separator = '-',
                              .joint = with_clock ? ' ' : '\0',
                              .padded = true,
                              .hour_padded = true,
                              .seconds = true,
                              .fraction = fine ? 6 : 0};
    return ds_time_print(&f, time, text, size);
}
