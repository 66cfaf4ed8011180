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

/* The usual days on which clocks change. */
typedef enum ds_summer {
    DS_SUMMER_NONE,
    DS_SUMMER_EU,
    DS_SUMMER_US,
    DS_SUMMER_AU,
    DS_SUMMER_NZ,
    DS_SUMMER_CL
} ds_summer;

typedef struct ds_time_format {
    ds_time_kind kind;
    char pattern[64]; /* the strptime pattern of DS_TIME_STRPTIME; for the others empty */
    char separator;   /* between the parts of a date: '-', '/', '.', or 0 for 20160701 */
    char joint;       /* between date and time of day: 'T' or ' '; 0 where there is no time of day */
    bool padded;      /* 01 rather than 1 in the date */
    bool hour_padded; /* 00 rather than 0 in the hour */
    bool seconds;     /* the time of day has seconds */
    int fraction;     /* digits after the seconds' point */
    char zone[8];     /* "", "Z" or "+01:00": written as it was read, the stamp shifted accordingly */
    ds_summer summer; /* how the zone changes; DS_SUMMER_NONE: it stays as it is */
    char zones[2][8]; /* in winter and in summer, as the file writes them */
    short offsets[2]; /* minutes that these are ahead of UTC */
    bool local;       /* stamps are the zone's own clock taken as UTC: days and sessions follow that clock */
    bool monthly;     /* year and month only: 1949-01, 194901 */
    bool zone_hidden; /* only some stamps name the zone, as exports do in the night of a change of clocks */
    ds_time range;    /* stamps are written "begin - end", this long; 0: they are not */
    bool range_clock; /* of the end only the time of day is written */
    char range_mark[6]; /* what stands between them, blanks included */
} ds_time_format;

/* Feeds a column's texts one by one and finds the form they share. Day and month that could be either way
 * round stay open until a day above 12 decides; a file that never decides is an error that names
 * --time-format. Dates parted by points have the day first. Where rows differ in detail (a fraction, seconds,
 * another zone after the clocks changed), the format has the longest detail and the last zone.
 * Where stamps have different offsets, and one of the usual rules of summer time (ds_summer) gives the offset
 * of every one, the rule is kept and later stamps are written with the offset that it gives. Such stamps are
 * the local clock where fewer times of the day are seen by that clock than by UTC, as with days that begin at
 * local midnight and with hours of trading; a single offset is local where all stamps are midnight.
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
/* Whether _finish corrects every stamp by its value alone, so that equal ones may be given to it once. */
bool ds_time_reader_is_by_value(const ds_time_reader *reader);
/* Whether day and month could still be either way round; and, once they cannot, the correction of the
 * different stamps that were given out before, which _finish then leaves alone. */
bool ds_time_reader_is_open(const ds_time_reader *reader);
/* Whether the stamps are numbers whose form was not given: what _add gives is no time before _finish. */
bool ds_time_reader_is_bare(const ds_time_reader *reader);
void ds_time_reader_turn(ds_time_reader *reader, ds_time *times, size_t count);
void ds_time_reader_free(ds_time_reader *reader);

/* Stamps of a local clock that names no zone, in the order of the file, series s of them from end[s - 1] (0
 * for the first) to end[s]: where one of the usual rules of summer time explains every hour that stands twice
 * or not at all, they become UTC (of a zone that is guessed) and the format writes them as before. */
bool ds_local_clock_find(ds_time *times, const size_t *end, size_t series, ds_time step,
                         ds_time_format *format);
/* The most frequent step, of the first few thousand; 0: there is none of an hour or a part of it. */
ds_time ds_local_clock_step(const ds_time *times, size_t count);
/* Whether a step between neighbours is odd by an hour where one of the rules changes the clocks. */
bool ds_local_clock_leaps(ds_time one, ds_time other, ds_time step);

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
    DS_UNIT_BUSINESS_DAY, /* some days of the week: Monday to Friday, or others */
    DS_UNIT_WEEK,
    DS_UNIT_MONTH_DAYS, /* some days of each month, such as the 1st and the 15th */
    DS_UNIT_MONTH,
    DS_UNIT_QUARTER,
    DS_UNIT_YEAR
} ds_unit;

/* Anchors of months that are no day of the month. */
enum {
    DS_ANCHOR_LAST_WORKDAY = 32,
    DS_ANCHOR_FIRST_WORKDAY = 33,
    DS_ANCHOR_WEEKDAY = 34, /* and 7 (n - 1) + day: the n-th Monday (day 0) to Sunday, n = 5: the last */
    DS_ANCHOR_MOST = 68
};

/* Hours of a day of the week in which there are rows. */
typedef struct ds_session {
    int begin, end; /* seconds since Monday 00:00 of the first and the last row; end - begin is whole steps */
} ds_session;
enum { DS_MOST_SESSIONS = 28 };

typedef struct ds_frequency {
    ds_unit unit;
    int count;      /* every count units: 15 minutes, 2 weeks */
    int anchor_day; /* months and coarser: the day of month, 31 = the last, or a DS_ANCHOR; other units 0 */
    unsigned weekdays;   /* of DS_UNIT_BUSINESS_DAY: 1 << day, Monday 0; 0: Monday to Friday */
    unsigned month_days; /* of DS_UNIT_MONTH_DAYS: 1 << day of the month, 31: the last */
    int sessions;        /* seconds to hours: rows stand in these only; 0: around the clock */
    ds_session session[DS_MOST_SESSIONS]; /* in the order of the week */
} ds_frequency;

/* Room for a frequency as text. */
enum { DS_FREQUENCY_SIZE = 640 };

/* From pandas-like text: "h", "15min", "d", "b", "w", "MS" or "m", "q", "y", "10s", "250ms", "step"; days of
 * the week "d mon-sat"; days of the month "m:1,15", "m:15,last"; working days that months begin or end with,
 * "bms", "bme"; hours "15min mon-thu 09:00-12:00,13:00-17:00; fri 09:00-12:00", first and last row included.
 * NN_USAGE otherwise. */
int ds_frequency_parse(const char *text, ds_frequency *frequency, nn_error *error);
/* "15min": ds_frequency_parse reads it back (without the anchor). Returns the length as snprintf does. */
int ds_frequency_print(ds_frequency frequency, char *text, size_t size);
/* For people: "every 15 minutes", "business days". Returns the length as snprintf does. */
int ds_frequency_describe(ds_frequency frequency, char *text, size_t size);

/* The step of strictly increasing stamps: the largest regular step that most rows follow (gaps are allowed,
 * so that a file with holes still has its frequency). Days of the week, hours and days of the month on which
 * the history (of three weeks, five days, three months at least) has rows in less than one of ten are none of
 * the step, where more rows then follow each other than by a fixed step. NN_BAD_DATA naming --frequency when
 * fewer than half of the steps agree. */
int ds_frequency_infer(const ds_time *times, size_t count, ds_time_kind kind, ds_frequency *frequency,
                       nn_error *error);

/* The same for rows that go on with others of the frequency `known` (NULL: none): that one, where it says
 * more than a step of fixed length and as many rows follow each other by it as by what they show themselves.
 */
int ds_frequency_infer_like(const ds_frequency *known, const ds_time *times, size_t count, ds_time_kind kind,
                            ds_frequency *frequency, nn_error *error);

/* The stamp n steps (also negative) after time. */
ds_time ds_time_add(ds_frequency frequency, ds_time time, int64_t n);
/* How many steps lie between two stamps; -1 when to is not on the grid that starts at from, or lies before
 * it. */
int64_t ds_time_steps(ds_frequency frequency, ds_time from, ds_time to);
/* Whether the rows leave out days or hours that a regular step would have, other than Saturday and Sunday. */
bool ds_frequency_is_pattern(ds_frequency frequency);
/* The step without sessions: the hour between rows of an open day. */
ds_time ds_frequency_length(ds_frequency frequency);
/* Rows per natural season: 24 for hours, 96 for 15 minutes, 144 for 10 minutes, 7 for days, 5 for business
 * days, 52 for weeks, 12 for months, 4 for quarters, 1 otherwise; of sessions the rows of a day where all
 * open days have as many, else those of a week. */
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
