/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps that are bare numbers. */
#include "datasets/time/calendar.h"
#include "datasets/time/reader.h"

enum { FIRST_YEAR = 1700, LAST_YEAR = 2300 };
#define EPOCH_LEAST    INT64_C(100000000)
#define EPOCH_LIMIT    INT64_C(10000000000)
#define EPOCH_MS_LEAST INT64_C(100000000000)
#define EPOCH_MS_LIMIT INT64_C(100000000000000)
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

static int add_epoch(ds_time_reader *r, const char *text, size_t length, int64_t whole, int micro,
                     ds_time *time, nn_error *error)
{
    const bool ms = r->given == DS_TIME_EPOCH_MS;
    const int64_t limit = ms ? SECONDS_LIMIT * 1000 : SECONDS_LIMIT;
    if (whole >= limit || whole <= -limit)
        return nn_fail(error, NN_BAD_DATA, "'%.*s' lies beyond the year 9999", ds_quoted(length), text);
    if (ms && micro % 1000 != 0)
        return nn_fail(error, NN_BAD_DATA, "'%.*s' is finer than a microsecond", ds_quoted(length), text);
    *time = ms ? whole * 1000 + micro / 1000 : whole * DS_SECOND + micro;
    return NN_OK;
}

static int add_given(ds_time_reader *r, const char *text, size_t length, int64_t whole, int micro,
                     int fraction, ds_time *time, nn_error *error)
{
    if (r->given == DS_TIME_EPOCH || r->given == DS_TIME_EPOCH_MS) {
        if (fraction > r->format.fraction)
            r->format.fraction = fraction;
        return add_epoch(r, text, length, whole, micro, time, error);
    }
    if (fraction > 0)
        return nn_fail(error, NN_BAD_DATA, "'%.*s' is not a whole number", ds_quoted(length), text);
    if (r->given == DS_TIME_YEAR && (whole < 1 || whole > 9999))
        return nn_fail(error, NN_BAD_DATA, "'%.*s' is not a year", ds_quoted(length), text);
    *time = r->given == DS_TIME_YEAR ? from_date(whole, 1, 1) : whole;
    return NN_OK;
}

int ds_number_add(ds_time_reader *r, const char *text, size_t length, ds_time *time, nn_error *error)
{
    int64_t whole;
    int micro, fraction;
    bool too_fine;
    if (!ds_decimal_read(text, length, &whole, &micro, &fraction, &too_fine))
        return ds_no_stamp(text, length, error);
    if (too_fine)
        return nn_fail(error, NN_BAD_DATA, "'%.*s' is finer than a microsecond", ds_quoted(length), text);
    if (r->is_given)
        return add_given(r, text, length, whole, micro, fraction, time, error);
    if (r->count == 0 || whole < r->least)
        r->least = whole;
    if (r->count == 0 || whole > r->most)
        r->most = whole;
    r->all_days = r->all_days && length == 8 && is_day(whole);
    r->all_months = r->all_months && length == 6 && is_month(whole);
    r->all_years = r->all_years && length == 4 && is_year(whole);
    if (fraction > 0 && !r->scaled) {
        r->scaled = true;
        r->whole = r->count;
    }
    if (r->scaled && (r->least < EPOCH_LEAST || r->most >= EPOCH_LIMIT))
        return nn_fail(
            error, NN_BAD_DATA,
            "'%.*s' is not a time stamp: only seconds since 1970 may have a fraction; --time-format "
            "describes another form, --time none takes rows as they come",
            ds_quoted(length), text);
    if (fraction > r->format.fraction)
        r->format.fraction = fraction;
    *time = r->scaled ? whole * DS_SECOND + micro : whole;
    return NN_OK;
}

static ds_time converted(const ds_time_format *f, ds_time number)
{
    switch (f->kind) {
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

void ds_number_settle(ds_time_reader *r, ds_time *times, size_t count)
{
    ds_time_format *f = &r->format;
    f->padded = f->hour_padded = true;
    if (r->is_given) {
        f->kind = r->given;
        return;
    }
    f->monthly = r->all_months;
    if (r->all_days || r->all_months)
        f->kind = DS_TIME_ISO;
    else if (r->all_years)
        f->kind = DS_TIME_YEAR;
    else if (r->least >= EPOCH_LEAST && r->most < EPOCH_LIMIT)
        f->kind = DS_TIME_EPOCH;
    else if (r->least >= EPOCH_MS_LEAST && r->most < EPOCH_MS_LIMIT)
        f->kind = DS_TIME_EPOCH_MS;
    else
        f->kind = DS_TIME_STEP;
    const size_t whole = r->scaled ? r->whole : r->count;
    for (size_t i = 0; i < whole && i < count; i++)
        times[i] = converted(f, times[i]);
}
