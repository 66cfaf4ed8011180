/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps that are bare numbers. */
#include "datasets/time/calendar.h"
#include "datasets/time/decimal.h"
#include "datasets/time/reader.h"
#include "lib/base/text.h"

#include <math.h>
#include <string.h>

enum { FIRST_YEAR = 1700, LAST_YEAR = 2300 };
#define EPOCH_LEAST    INT64_C(100000000)
#define EPOCH_LIMIT    INT64_C(10000000000)
#define EPOCH_MS_LEAST INT64_C(100000000000)
#define EPOCH_MS_LIMIT INT64_C(100000000000000)
#define EPOCH_US_LIMIT INT64_C(100000000000000000)
/* The end of the year 9999, in seconds either way. */
#define SECONDS_LIMIT INT64_C(253402300800)

static bool is_year(int64_t year)
{
    return year >= FIRST_YEAR && year <= LAST_YEAR;
}

static bool is_month(int64_t number)
{
    return is_year(number / 100) && number % 100 >= 1 && number % 100 <= 12;
}

static bool is_day(int64_t number)
{
    const int64_t day = number % 100;
    return number > 0 && is_month(number / 100) && day >= 1 &&
           day <= ds_month_days(number / 10000, (int)(number / 100 % 100));
}

static ds_time from_date(int64_t year, int64_t month, int64_t day)
{
    return ds_days_from_date(year, (int)month, (int)day) * DS_DAY;
}

/* yyyymmddhh, yyyymmddhhmm or yyyymmddhhmmss. */
static bool is_clocked(int64_t number, size_t length)
{
    for (; length > 10; length -= 2, number /= 100)
        if (number % 100 > 59)
            return false;
    return length == 10 && number % 100 < 24 && is_day(number / 100);
}

/* Units in a second. */
static int64_t epoch_scale(ds_time_kind kind)
{
    return kind == DS_TIME_EPOCH      ? 1
           : kind == DS_TIME_EPOCH_MS ? 1000
           : kind == DS_TIME_EPOCH_US ? DS_SECOND
                                      : DS_SECOND * 1000;
}

static int add_epoch(ds_time_reader *r, const char *text, size_t length, int64_t whole, int micro,
                     ds_time *time, nn_error *error)
{
    const int64_t scale = epoch_scale(r->given);
    int64_t limit;
    if (!__builtin_mul_overflow(SECONDS_LIMIT, scale, &limit) && (whole >= limit || whole <= -limit))
        return nn_fail(error, NN_BAD_DATA, "'%s' lies beyond the year 9999", NN_SHOWN(60, text, length));
    const bool ms = r->given == DS_TIME_EPOCH_MS, ns = r->given == DS_TIME_EPOCH_NS;
    if ((ms && micro % 1000 != 0) || (scale >= DS_SECOND && micro != 0) || (ns && whole % 1000 != 0))
        return nn_fail(error, NN_BAD_DATA, "'%s' is finer than a microsecond", NN_SHOWN(60, text, length));
    *time = ns ? whole / 1000 : whole * (DS_SECOND / scale) + micro / scale;
    return NN_OK;
}

/* A fraction of a day is never exact: it is rounded to a tenth of a second. */
static int add_serial(ds_time_reader *r, const char *text, size_t length, ds_time *time, nn_error *error)
{
    int64_t whole;
    int micro, fraction;
    bool too_fine;
    if (!ds_decimal_read(text, length, &whole, &micro, &fraction, &too_fine))
        return ds_no_stamp(text, length, error);
    const char *point = memchr(text, '.', length);
    double part = 0, unit = *text == '-' ? -0.1 : 0.1;
    for (const char *digit = point ? point + 1 : text + length; digit < text + length; digit++, unit /= 10)
        part += unit * (*digit - '0');
    const double days = (double)whole + part;
    if (days < -700000 || days > 3000000)
        return nn_fail(error, NN_BAD_DATA, "'%s' is no day number of a spreadsheet",
                       NN_SHOWN(60, text, length));
    const int digits = point ? (int)(text + length - point) - 1 : 0;
    if (digits > r->format.fraction)
        r->format.fraction = digits < 10 ? digits : 10;
    *time = (ds_time)llround((days - DS_EXCEL_EPOCH) * 864000) * (DS_SECOND / 10);
    return NN_OK;
}

static int add_given(ds_time_reader *r, const char *text, size_t length, int64_t whole, int micro,
                     int fraction, ds_time *time, nn_error *error)
{
    if (r->given >= DS_TIME_EPOCH && r->given <= DS_TIME_EPOCH_NS) {
        if (fraction > r->format.fraction)
            r->format.fraction = fraction;
        return add_epoch(r, text, length, whole, micro, time, error);
    }
    if (fraction > 0)
        return nn_fail(error, NN_BAD_DATA, "'%s' is not a whole number", NN_SHOWN(60, text, length));
    if (r->given == DS_TIME_YEAR && (whole < 1 || whole > 9999))
        return nn_fail(error, NN_BAD_DATA, "'%s' is not a year", NN_SHOWN(60, text, length));
    *time = r->given == DS_TIME_YEAR ? from_date(whole, 1, 1) : whole;
    return NN_OK;
}

int ds_number_add(ds_time_reader *r, const char *text, size_t length, ds_time *time, nn_error *error)
{
    int64_t whole;
    int micro, fraction;
    bool too_fine;
    if (r->is_given && r->given == DS_TIME_EXCEL)
        return add_serial(r, text, length, time, error);
    if (!ds_decimal_read(text, length, &whole, &micro, &fraction, &too_fine))
        return ds_no_stamp(text, length, error);
    if (too_fine)
        return nn_fail(error, NN_BAD_DATA, "'%s' is finer than a microsecond", NN_SHOWN(60, text, length));
    if (r->is_given)
        return add_given(r, text, length, whole, micro, fraction, time, error);
    if (r->count == 0 || whole < r->least)
        r->least = whole;
    if (r->count == 0 || whole > r->most)
        r->most = whole;
    r->all_days = r->all_days && length == 8 && is_day(whole);
    r->all_months = r->all_months && length == 6 && is_month(whole);
    r->all_years = r->all_years && length == 4 && is_year(whole);
    for (size_t i = 0; i < 3; i++)
        r->all_clocks[i] =
            r->all_clocks[i] && length == 10 + 2 * i && fraction == 0 && is_clocked(whole, length);
    if (fraction > 0 && !r->scaled) {
        r->scaled = true;
        r->whole = r->count;
    }
    if (r->scaled && (r->least < EPOCH_LEAST || r->most >= EPOCH_LIMIT))
        return nn_fail(error, NN_BAD_DATA,
                       "'%s' is not a time stamp: only seconds since 1970 may have a fraction; --time-format "
                       "describes another form, --time none takes rows as they come",
                       NN_SHOWN(60, text, length));
    if (fraction > r->format.fraction)
        r->format.fraction = fraction;
    *time = r->scaled ? whole * DS_SECOND + micro : whole;
    return NN_OK;
}

/* yyyymmddhh with as many minutes and seconds as places say. */
static ds_time from_clocked(int64_t number, int places)
{
    int64_t part[3] = {0}; /* second, minute, hour */
    for (int i = 2 - places; i < 3; i++, number /= 100)
        part[i] = number % 100;
    return from_date(number / 10000, number / 100 % 100, number % 100) +
           (part[2] * 3600 + part[1] * 60 + part[0]) * DS_SECOND;
}

static ds_time converted(const ds_time_format *f, ds_time number)
{
    switch (f->kind) {
    case DS_TIME_STRPTIME:
        return from_clocked(number, (int)(strlen(f->pattern) - strlen("%Y%m%d%H")) / 2);
    case DS_TIME_EPOCH_NS:
        return number / 1000;
    case DS_TIME_ISO:
        return f->monthly ? from_date(number / 100, number % 100, 1)
                          : from_date(number / 10000, number / 100 % 100, number % 100);
    case DS_TIME_YEAR:
        return from_date(number, 1, 1);
    case DS_TIME_EPOCH:
        return number * DS_SECOND;
    case DS_TIME_EPOCH_MS:
        return number * 1000;
    default:
        return number;
    }
}

static ds_time_kind settle_kind(const ds_time_reader *r)
{
    if (r->all_clocks[0] || r->all_clocks[1] || r->all_clocks[2])
        return DS_TIME_STRPTIME;
    if (r->all_days || r->all_months)
        return DS_TIME_ISO;
    if (r->all_years)
        return DS_TIME_YEAR;
    static const struct {
        int64_t least, limit;
        ds_time_kind kind;
    } epochs[] = {{EPOCH_LEAST, EPOCH_LIMIT, DS_TIME_EPOCH},
                  {EPOCH_MS_LEAST, EPOCH_MS_LIMIT, DS_TIME_EPOCH_MS},
                  {EPOCH_MS_LIMIT, EPOCH_US_LIMIT, DS_TIME_EPOCH_US},
                  {EPOCH_US_LIMIT, INT64_MAX, DS_TIME_EPOCH_NS}};
    for (size_t i = 0; i < sizeof epochs / sizeof *epochs; i++)
        if (r->least >= epochs[i].least && r->most < epochs[i].limit)
            return epochs[i].kind;
    return DS_TIME_STEP;
}

void ds_number_settle(ds_time_reader *r, ds_time *times, size_t count)
{
    static const char *const patterns[] = {"%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S"};
    ds_time_format *f = &r->format;
    f->padded = f->hour_padded = true;
    f->kind = r->is_given ? r->given : settle_kind(r);
    if (r->is_given)
        return;
    f->monthly = r->all_months;
    for (int i = 0; i < 3; i++)
        if (r->all_clocks[i])
            memcpy(f->pattern, patterns[i], strlen(patterns[i]) + 1);
    const size_t whole = r->scaled ? r->whole : r->count;
    for (size_t i = 0; i < whole && i < count; i++)
        times[i] = converted(f, times[i]);
}
