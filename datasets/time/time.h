/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time stamps: reading every common form, writing the input's own form again, the step between rows. */
#ifndef DS_TIME_H
#define DS_TIME_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Microseconds since 1970-01-01T00:00:00 UTC, proleptic Gregorian calendar, no leap seconds. Files without
 * zones are taken as UTC; a zone offset in the text is applied. In a table without dates (DS_STEP) it is a
 * plain row number. */
typedef int64_t ds_time;
#define DS_SECOND INT64_C(1000000)
#define DS_DAY    (INT64_C(86400) * DS_SECOND)

typedef struct ds_civil {
    int year, month, day; /* month 1-12, day 1-31 */
    int hour, minute, second, microsecond;
    int weekday;  /* Monday 0 to Sunday 6 */
    int year_day; /* 1-366 */
    int iso_week; /* 1-53 */
} ds_civil;
ds_civil ds_civil_from(ds_time time);
ds_time ds_time_from(const ds_civil *civil); /* reads year to microsecond only */

/* --- the form of the stamps --- */

typedef enum ds_time_kind {
    DS_TIME_ISO, /* 2016-07-01, 2016-07-01 00:00[:00[.ffffff]][Z|+hh:mm], with T or a blank; also 20160701 */
    DS_TIME_YMD, /* 1990/1/2 or 1990/1/2 3:04[:05] */
    DS_TIME_MDY, /* 1/2/1990 ... */
    DS_TIME_DMY, /* 2/1/1990 or 2.1.1990 or 2-1-1990 ... */
    DS_TIME_EPOCH,     /* seconds since 1970, possibly with a fraction */
    DS_TIME_EPOCH_MS,  /* milliseconds since 1970 */
    DS_TIME_EPOCH_US,  /* microseconds */
    DS_TIME_EPOCH_NS,  /* nanoseconds, whole microseconds of them */
    DS_TIME_EXCEL,     /* days since 1899-12-30, the time of day as their fraction */
    DS_TIME_STRPTIME,  /* a pattern, of the user or found */
    DS_TIME_YEAR,      /* a bare year, 1700 to 2300 */
    DS_TIME_DAY_CLOCK, /* a day's number and a time of day, in two columns: day 1 is given as 1970-01-01, but
                          no date is known */
    DS_TIME_STEP       /* whole numbers that are no dates, or no time column at all: the row's number */
} ds_time_kind;

typedef struct ds_time_format {
    ds_time_kind kind;
    char pattern[64];   /* the strptime pattern of DS_TIME_STRPTIME; for the others empty */
    char separator;     /* between the parts of a date: '-', '/', '.', or 0 for 20160701 */
    char joint;         /* between date and time of day: 'T' or ' '; 0 where there is no time of day */
    bool padded;        /* 01 rather than 1 in the date */
    bool hour_padded;   /* 00 rather than 0 in the hour */
    bool seconds;       /* the time of day has seconds */
    int fraction;       /* digits after the seconds' point */
    char zone[8];       /* "", "Z" or "+01:00": written as it was read, the stamp shifted accordingly */
    bool monthly;       /* year and month only: 1949-01, 194901 */
    bool zone_hidden;   /* only some stamps name the zone, as exports do in the night of a change of clocks */
    ds_time range;      /* stamps are written "begin - end", this long; 0: they are not */
    bool range_clock;   /* of the end only the time of day is written */
    char range_mark[6]; /* what stands between them, blanks included */
} ds_time_format;

/* Feeds a column's texts one by one and finds the form they share. Day and month that could be either way
 * round stay open until a day above 12 decides; a file that never decides is an error that names
 * --time-format. Dates parted by points have the day first. Where rows differ in detail (a fraction, seconds,
 * another zone after the clocks changed), the format has the longest detail and the last zone.
 * Of a range "a - b" the stamp is a. Where only some stamps name their zone, such as (CET), the others are
 * taken to stand in the zone named last before them, or first after them.
 *
 * A column of bare numbers is read as the first of these that all its rows allow:
 *   8 digits, dates from 17000101 to 23001231 -> DS_TIME_ISO without separator
 *   6 digits, months from 170001 to 230012    -> the same, monthly
 *   10, 12 or 14 digits, such a date with hour, minute, second -> DS_TIME_STRPTIME, %Y%m%d%H and so on
 *   4 digits, 1700 to 2300                    -> DS_TIME_YEAR
 *   1e8 to 1e10 (1973 to 2286)                -> DS_TIME_EPOCH; the only ones that may have a fraction
 *   1e11 to 1e14                              -> DS_TIME_EPOCH_MS
 *   1e14 to 1e17                              -> DS_TIME_EPOCH_US
 *   1e17 and more                             -> DS_TIME_EPOCH_NS
 *   any other whole numbers                   -> DS_TIME_STEP */
typedef struct ds_time_reader ds_time_reader;

/* given: NULL to find the form; or one of the names "iso", "y/m/d", "m/d/y", "d/m/y", "epoch", "epoch-ms",
 * "epoch-us", "epoch-ns", "excel", "year", "step"; or a pattern holding '%' (pattern.h). NULL with NN_USAGE
 * otherwise. */
ds_time_reader *ds_time_reader_new(const char *given, nn_error *error);
/* NN_BAD_DATA with "'abc' is not a time stamp ..." (no file or line: the caller adds them). */
int ds_time_reader_add(ds_time_reader *reader, const char *text, size_t length, ds_time *time,
                       nn_error *error);
/* Settles the form; times[0..count) are those given out by _add, in order, and are corrected where the form
 * was open. */
int ds_time_reader_finish(ds_time_reader *reader, ds_time *times, size_t count, ds_time_format *format,
                          nn_error *error);
/* Whether day and month could still be either way round. */
bool ds_time_reader_is_open(const ds_time_reader *reader);
void ds_time_reader_free(ds_time_reader *reader);

/* Writes a stamp in the form it was read in; returns the length as snprintf does. */
int ds_time_print(const ds_time_format *format, ds_time time, char *text, size_t size);
/* What a stamp in that form shows is later than UTC by this much: 0 without a zone. */
ds_time ds_time_zone(const ds_time_format *format);
/* Always ISO 8601, for messages and metadata: "2016-07-01 00:00:00", or "2016-07-01" without clock. */
int ds_time_print_iso(ds_time time, bool with_clock, char *text, size_t size);
/* Reads one ISO stamp (split dates on the command line). */
int ds_time_parse_iso(const char *text, ds_time *time, nn_error *error);

/* --- the step between rows --- */

typedef enum ds_unit {
    DS_UNIT_STEP, /* undated rows */
    DS_UNIT_MICROSECOND,
    DS_UNIT_SECOND,
    DS_UNIT_MINUTE,
    DS_UNIT_HOUR,
    DS_UNIT_DAY,
    DS_UNIT_BUSINESS_DAY, /* Monday to Friday */
    DS_UNIT_WEEK,
    DS_UNIT_MONTH,
    DS_UNIT_QUARTER,
    DS_UNIT_YEAR
} ds_unit;

typedef struct ds_frequency {
    ds_unit unit;
    int count;      /* every count units: 15 minutes, 2 weeks */
    int anchor_day; /* months and coarser: the day of month, 31 = the last; other units 0 */
} ds_frequency;

/* From pandas-like text: "h", "15min", "d", "b", "w", "MS" or "m", "q", "y", "10s", "250ms", "step"; NN_USAGE
 * otherwise. */
int ds_frequency_parse(const char *text, ds_frequency *frequency, nn_error *error);
/* "15min": ds_frequency_parse reads it back (without the anchor). Returns the length as snprintf does. */
int ds_frequency_print(ds_frequency frequency, char *text, size_t size);
/* For people: "every 15 minutes", "business days". Returns the length as snprintf does. */
int ds_frequency_describe(ds_frequency frequency, char *text, size_t size);

/* The step of strictly increasing stamps: the largest regular step that most rows follow (gaps are allowed,
 * so that a file with holes still has its frequency). NN_BAD_DATA naming --frequency when fewer than half of
 * the steps agree. */
int ds_frequency_infer(const ds_time *times, size_t count, ds_time_kind kind, ds_frequency *frequency,
                       nn_error *error);

/* The stamp n steps (also negative) after time. */
ds_time ds_time_add(ds_frequency frequency, ds_time time, int64_t n);
/* How many steps lie between two stamps; -1 when to is not on the grid that starts at from, or lies before
 * it. */
int64_t ds_time_steps(ds_frequency frequency, ds_time from, ds_time to);
/* Rows per natural season: 24 for hours, 96 for 15 minutes, 144 for 10 minutes, 7 for days, 5 for business
 * days, 52 for weeks, 12 for months, 4 for quarters, 1 otherwise. */
int ds_frequency_season(ds_frequency frequency);

/* --- time features --- */

/* Calendar position scaled to [-0.5, 0.5] as in Informer's and iTransformer's loaders: second/59, minute/59,
 * hour/23, weekday/6, day = (day-1)/30, year_day = (year_day-1)/365, iso_week = (iso_week-1)/52,
 * month = (month-1)/11, each less 0.5. A set of them is named by its code:
 *
 *   - "s": second, minute, hour, weekday, day, year_day
 *   - "t": minute, hour, weekday, day, year_day
 *   - "h": hour, weekday, day, year_day
 *   - "d" and "b": weekday, day, year_day
 *   - "w": day, iso_week
 *   - "m": month
 *   - "none": no features */
enum { DS_MAX_TIME_FEATURES = 6 };
/* The set that fits a frequency: "t" for minutes, "s" for seconds, ... "none" for DS_UNIT_STEP and years. */
const char *ds_time_features_for(ds_frequency frequency);
/* Number of features of a set, -1 when there is no set of that name. */
int ds_time_features_count(const char *set);
/* Into out[0..count of the set); nothing for a set that does not exist. */
void ds_time_features(const char *set, ds_time time, float *out);

#endif
