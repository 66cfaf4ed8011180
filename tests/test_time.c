/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates, time stamps in every form, and time features. */
#include "datasets/time/calendar.h"
#include "datasets/time/time.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static nn_error error;

static uint64_t draw(uint64_t *counter)
{
    return nn_random(2016, (*counter)++) >> 11;
}

/* Reads texts as one column; the time of each goes to times. */
static int read_column(const char *given, const char *const *texts, size_t count, ds_time *times,
                       ds_time_format *format)
{
    ds_time_reader *reader = ds_time_reader_new(given, &error);
    if (!reader)
        return error.code;
    int code = NN_OK;
    for (size_t i = 0; i < count && !code; i++)
        code = ds_time_reader_add(reader, texts[i], strlen(texts[i]), &times[i], &error);
    if (!code)
        code = ds_time_reader_finish(reader, times, count, format, &error);
    ds_time_reader_free(reader);
    return code;
}

static ds_time at(int year, int month, int day, int hour, int minute, int second, int microsecond)
{
    return ds_time_from(&(ds_civil){.year = year,
                                    .month = month,
                                    .day = day,
                                    .hour = hour,
                                    .minute = minute,
                                    .second = second,
                                    .microsecond = microsecond});
}

static void test_calendar(void **context)
{
    (void)context;
    /* 400 years by counting; 1800-01-01 was a Wednesday. */
    static const int usual[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = ds_days_from_date(1800, 1, 1);
    assert_true(days == -62091);
    int weekday = 2;
    for (int year = 1800; year < 2200; year++) {
        int year_day = 1;
        for (int month = 1; month <= 12; month++) {
            const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            const int length = usual[month - 1] + (month == 2 && leap);
            assert_int_equal(ds_month_days(year, month), length);
            for (int day = 1; day <= length; day++, year_day++, days++, weekday = (weekday + 1) % 7) {
                assert_true(ds_days_from_date(year, month, day) == days);
                const ds_time time = days * DS_DAY + DS_DAY - 1;
                const ds_civil c = ds_civil_from(time);
                assert_true(c.year == year && c.month == month && c.day == day && c.hour == 23 &&
                            c.minute == 59 && c.second == 59 && c.microsecond == 999999);
                assert_int_equal(c.weekday, weekday);
                assert_int_equal(c.year_day, year_day);
                assert_true(ds_time_from(&c) == time);
            }
        }
    }
    assert_true(at(1970, 1, 1, 0, 0, 0, 0) == 0);
    assert_true(at(2016, 7, 1, 1, 2, 3, 4) == INT64_C(1467334923000004));
    const ds_civil least = ds_civil_from(INT64_MIN), most = ds_civil_from(INT64_MAX);
    assert_int_equal(least.year, -290308);
    assert_int_equal(most.year, 294247);
}

static void test_iso_weeks(void **context)
{
    (void)context;
    static const struct {
        int year, month, day, week;
    } known[] = {{2005, 1, 1, 53},  {2005, 1, 2, 53},   {2005, 12, 31, 52}, {2007, 1, 1, 1},
                 {2008, 12, 29, 1}, {2008, 12, 31, 1},  {2009, 12, 31, 53}, {2010, 1, 3, 53},
                 {2010, 1, 4, 1},   {2020, 12, 31, 53}, {2016, 7, 1, 26}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_int_equal(ds_civil_from(at(known[i].year, known[i].month, known[i].day, 12, 0, 0, 0)).iso_week,
                         known[i].week);
}

/* Random stamps, written in a form, read back and written again. */
static void round_trip(const ds_time_format *format, uint64_t seed)
{
    enum { COUNT = 200 };
    static char texts[COUNT][80];
    const char *pointers[COUNT];
    ds_time wanted[COUNT], times[COUNT];
    uint64_t counter = seed * 1000000;
    int64_t unit = format->seconds ? DS_SECOND : 60 * DS_SECOND;
    for (int i = 0; i < format->fraction && i < 6; i++)
        unit /= 10;
    for (int i = 0; i < COUNT; i++) {
        const int64_t days = (int64_t)(draw(&counter) % 200000) - 90000;
        const int64_t clock = (int64_t)(draw(&counter) % (uint64_t)DS_DAY);
        wanted[i] = days * DS_DAY + (format->joint ? clock - clock % unit : 0);
        ds_time_print(format, wanted[i], texts[i], sizeof texts[i]);
        pointers[i] = texts[i];
    }
    ds_time_format found;
    if (read_column(NULL, pointers, COUNT, times, &found))
        fail_msg("%s", error.text);
    for (int i = 0; i < COUNT; i++) {
        char again[80];
        const int length = ds_time_print(&found, times[i], again, sizeof again);
        assert_true(times[i] == wanted[i]);
        assert_string_equal(again, texts[i]);
        assert_int_equal(length, strlen(texts[i]));
    }
}

static void test_round_trips(void **context)
{
    (void)context;
    static const char separators[] = {'-', '/', '.', 0};
    static const char *const zones[] = {"", "Z", "+01:00", "-0330", "+05", " UTC"};
    uint64_t seed = 0;
    for (int kind = DS_TIME_ISO; kind <= DS_TIME_DMY; kind++)
        for (int bits = 0; bits < 64; bits++)
            for (int s = 0; s < 4; s++) {
                ds_time_format f = {.kind = (ds_time_kind)kind, .separator = separators[s]};
                f.padded = bits & 1;
                f.joint = (bits & 2) ? ' ' : (bits & 4) ? 'T' : 0;
                f.hour_padded = bits & 8;
                f.seconds = bits & 16;
                f.fraction = (bits & 16) && (bits & 32) ? 1 + (bits + s) % 9 : 0;
                if (f.joint)
                    strcpy(f.zone, zones[(bits + s) % 6]);
                const bool year_last = kind == DS_TIME_MDY || kind == DS_TIME_DMY;
                if ((year_last && !f.separator) || (kind == DS_TIME_MDY && f.separator == '.') ||
                    (kind == DS_TIME_YMD && !f.separator))
                    continue;
                round_trip(&f, seed++);
            }
    assert_true(seed > 400);
}

static void print_is(const ds_time_format *format, ds_time time, const char *expected)
{
    char text[80];
    const int length = ds_time_print(format, time, text, sizeof text);
    assert_string_equal(text, expected);
    assert_int_equal(length, strlen(expected));
}

/* One text with what it means and the kind it is of. */
typedef struct sample {
    const char *given, *text;
    ds_time time;
    ds_time_kind kind;
} sample;

static void test_forms(void **context)
{
    (void)context;
    const ds_time july = at(2016, 7, 31, 0, 0, 0, 0), clock = at(2016, 7, 31, 4, 5, 0, 0);
    const sample samples[] = {
        {NULL, "2016-07-31", july, DS_TIME_ISO},
        {NULL, "20160731", july, DS_TIME_ISO},
        {NULL, "2016-07", at(2016, 7, 1, 0, 0, 0, 0), DS_TIME_ISO},
        {NULL, "201607", at(2016, 7, 1, 0, 0, 0, 0), DS_TIME_ISO},
        {NULL, "2016-07-31 04:05", clock, DS_TIME_ISO},
        {NULL, "2016-07-31T04:05:06", clock + 6 * DS_SECOND, DS_TIME_ISO},
        {NULL, "2016-07-31T04:05:06.250", clock + 6 * DS_SECOND + 250000, DS_TIME_ISO},
        {NULL, "2016-07-31T04:05:00Z", clock, DS_TIME_ISO},
        {NULL, "2016-07-31 05:05:00+01:00", clock, DS_TIME_ISO},
        {NULL, "2016-07-30 22:35-0530", clock, DS_TIME_ISO},
        {NULL, "2016/7/31 4:05", clock, DS_TIME_YMD},
        {NULL, "2016.07.31", july, DS_TIME_YMD},
        {NULL, "7/31/2016", july, DS_TIME_MDY},
        {NULL, "07-31-2016", july, DS_TIME_MDY},
        {NULL, "31/7/2016 4:05", clock, DS_TIME_DMY},
        {NULL, "31.7.2016", july, DS_TIME_DMY},
        {NULL, "1.7.2016", at(2016, 7, 1, 0, 0, 0, 0), DS_TIME_DMY},
        {"m/d/y", "1/7/2016", at(2016, 1, 7, 0, 0, 0, 0), DS_TIME_MDY},
        {"d/m/y", "1/7/2016", at(2016, 7, 1, 0, 0, 0, 0), DS_TIME_DMY},
        {"y/m/d", "2016/1/7", at(2016, 1, 7, 0, 0, 0, 0), DS_TIME_YMD},
        {"iso", "20160731", july, DS_TIME_ISO},
        {NULL, "1467936000", INT64_C(1467936000) * DS_SECOND, DS_TIME_EPOCH},
        {NULL, "1467936000.5", INT64_C(1467936000500000), DS_TIME_EPOCH},
        {NULL, "1467936000123", INT64_C(1467936000123000), DS_TIME_EPOCH_MS},
        {"epoch", "-1.25", -1250000, DS_TIME_EPOCH},
        {"epoch", "0", 0, DS_TIME_EPOCH},
        {"epoch-ms", "-1", -1000, DS_TIME_EPOCH_MS},
        {NULL, "1949", at(1949, 1, 1, 0, 0, 0, 0), DS_TIME_YEAR},
        {"year", "476", at(476, 1, 1, 0, 0, 0, 0), DS_TIME_YEAR},
        {NULL, "0", 0, DS_TIME_STEP},
        {NULL, "-17", -17, DS_TIME_STEP},
        {NULL, "1699", 1699, DS_TIME_STEP},
        {NULL, "20160230", 20160230, DS_TIME_STEP},
        {"step", "1949", 1949, DS_TIME_STEP},
        {"%d %b %Y, %H:%M", "31 Jul 2016, 04:05", clock, DS_TIME_STRPTIME},
        {"%m/%d/%Y %I:%M %p", "07/31/2016 04:05 AM", clock, DS_TIME_STRPTIME},
        {"%Y-%m-%dT%H:%M%z", "2016-07-31T06:05+0200", clock, DS_TIME_STRPTIME},
        {"%Y-%j", "2016-213", july, DS_TIME_STRPTIME},
        {"%-d.%-m.%y", "31.7.16", july, DS_TIME_STRPTIME},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const sample *s = &samples[i];
        ds_time time = -1;
        ds_time_format format;
        if (read_column(s->given, &s->text, 1, &time, &format))
            fail_msg("%s", error.text);
        if (time != s->time || format.kind != s->kind)
            fail_msg("'%s' is %lld of kind %d", s->text, (long long)time, (int)format.kind);
        if (s->given && strcmp(s->given, "year") == 0)
            continue; /* years before 1000 are written with four digits */
        print_is(&format, time, s->text);
    }
    ds_time midnight;
    ds_time_format format;
    assert_int_equal(read_column(NULL, (const char *const[]){"2016-07-31 24:00:00"}, 1, &midnight, &format),
                     NN_OK);
    assert_true(midnight == at(2016, 8, 1, 0, 0, 0, 0));
}

static void test_refused(void **context)
{
    (void)context;
    static const struct {
        const char *given, *text, *why;
    } bad[] = {
        {NULL, "", "missing"},
        {NULL, "abc", "not a time stamp"},
        {NULL, "2016-07-01x", "not a time stamp"},
        {NULL, "2016-07-01 ", "not a time stamp"},
        {NULL, "2016-07/01", "not a time stamp"},
        {NULL, "2016-007-01", "not a time stamp"},
        {NULL, "1/2/16", "not a time stamp"},
        {NULL, "2016-07-01 1:2", "not a time stamp"},
        {NULL, "2016-07-01 12:00 PM", "not a time stamp"},
        {NULL, "2016-07-01 12:00:00.", "not a time stamp"},
        {NULL, "2016-07-01 12:00+25:00", "not a time stamp"},
        {NULL, "2016-02-30", "February 2016 has 29 days"},
        {NULL, "1900-02-29", "February 1900 has 28 days"},
        {NULL, "2016-13-01", "no month 13"},
        {NULL, "2016-00-01", "no month 0"},
        {NULL, "2016-01-00", "no day 0"},
        {NULL, "2016-01-32", "no day 32"},
        {NULL, "31/31/2016", "no month 31"},
        {NULL, "2016-07-01 25:00", "hour"},
        {NULL, "2016-07-01 24:00:01", "hour"},
        {NULL, "2016-07-01 23:60", "minute"},
        {NULL, "2016-07-01 23:59:60", "second"},
        {NULL, "2016-07-01 23:59:59.1234567", "finer than a microsecond"},
        {NULL, "1.5", "fraction"},
        {NULL, "99999999999999999999", "not a time stamp"},
        {NULL, "1/2/2016", "--time-format"},
        {"iso", "2016/07/01", "--time-format"},
        {"iso", "2016-7-1", "--time-format"},
        {"m/d/y", "13/1/2016", "no month 13"},
        {"d/m/y", "2016-01-13", "--time-format"},
        {"y/m/d", "1/2/2016", "--time-format"},
        {"epoch", "253402300800", "beyond the year 9999"},
        {"epoch", "0.0000001", "finer than a microsecond"},
        {"epoch-ms", "0.0001", "finer than a microsecond"},
        {"year", "0", "not a year"},
        {"year", "19.5", "whole number"},
        {"step", "2.5", "whole number"},
        {"%Y-%m-%d", "2016-02-30", "February 2016 has 29 days"},
        {"%Y-%m-%d", "2016-02-20x", "goes on"},
        {"%Y-%m-%d", "20.2.2016", "does not follow"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ds_time time;
        ds_time_format format;
        if (read_column(bad[i].given, &bad[i].text, 1, &time, &format) != NN_BAD_DATA ||
            !strstr(error.text, bad[i].why))
            fail_msg("'%s': %s", bad[i].text, error.text);
    }
    static const char *const formats[] = {
        "",
        "dmy",
        "%",
        "%Y-%",
        "%H:%M",
        "%s",
        "%Y %Z",
        "%Y-%m-%dT%H:%M:%S.%f",
        "%Y xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        error.code = 0;
        assert_null(ds_time_reader_new(formats[i], &error));
        assert_int_equal(error.code, NN_USAGE);
    }
}

static int read_two(const char *given, const char *a, const char *b, ds_time times[2], ds_time_format *format)
{
    return read_column(given, (const char *const[]){a, b}, 2, times, format);
}

static void test_columns(void **context)
{
    (void)context;
    ds_time t[4];
    ds_time_format f;
    /* The second row tells which is the day of the first. */
    assert_int_equal(read_two(NULL, "2/3/2016 10:00+02:00", "25/3/2016 11:00+02:00", t, &f), NN_OK);
    assert_int_equal(f.kind, DS_TIME_DMY);
    assert_true(t[0] == at(2016, 3, 2, 8, 0, 0, 0) && t[1] == at(2016, 3, 25, 9, 0, 0, 0));
    assert_int_equal(read_two(NULL, "2/3/2016", "3/25/2016", t, &f), NN_OK);
    assert_int_equal(f.kind, DS_TIME_MDY);
    assert_true(t[0] == at(2016, 2, 3, 0, 0, 0, 0));
    assert_int_equal(read_two(NULL, "13/1/2016", "1/13/2016", t, &f), NN_BAD_DATA);
    assert_int_equal(read_two(NULL, "1/1/2016", "1/1/2017", t, &f), NN_OK);
    assert_int_equal(read_two(NULL, "1/1/2016", "2/1/2016", t, &f), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "--time-format"));
    /* One padding for all rows, told by whichever row shows it. */
    assert_int_equal(read_two(NULL, "1990/10/12 10:00", "1990/1/2 3:00", t, &f), NN_OK);
    assert_true(!f.padded && !f.hour_padded);
    assert_int_equal(read_two(NULL, "10-12-1990", "12-13-1990", t, &f), NN_OK);
    assert_true(f.padded);
    /* The longest detail. */
    assert_int_equal(read_two(NULL, "2016-01-01 00:00:00", "2016-01-01 00:00:00.125", t, &f), NN_OK);
    assert_int_equal(f.fraction, 3);
    assert_true(t[1] - t[0] == 125000);
    assert_int_equal(read_two(NULL, "2016-01-01", "2016-01-01 12:00", t, &f), NN_OK);
    assert_int_equal(f.joint, ' ');
    /* The clocks change. */
    assert_int_equal(read_two(NULL, "2016-03-27T01:00+01:00", "2016-03-27T03:00+02:00", t, &f), NN_OK);
    assert_true(t[1] - t[0] == 3600 * DS_SECOND);
    assert_string_equal(f.zone, "+02:00");
    assert_int_equal(read_two(NULL, "2016-03-27T01:00", "2016-03-27T03:00+02:00", t, &f), NN_BAD_DATA);
    assert_int_equal(read_two(NULL, "2016-03-27", "2016/03/28", t, &f), NN_BAD_DATA);
    assert_int_equal(read_two(NULL, "2016-03-27", "2016-04", t, &f), NN_BAD_DATA);
    assert_int_equal(read_two(NULL, "2016-03-27", "17", t, &f), NN_BAD_DATA);
    assert_int_equal(read_two(NULL, "17", "2016-03-27", t, &f), NN_BAD_DATA);
    assert_int_equal(read_two(NULL, "31/03/2016", "2016/03/27", t, &f), NN_BAD_DATA);
    /* A day that only a slow look refuses, after rows that went the short way. */
    assert_int_equal(read_two(NULL, "2015-02-28", "2015-02-29", t, &f), NN_BAD_DATA);
    /* Numbers are settled by all rows together. */
    assert_int_equal(read_two(NULL, "20160101", "20161301", t, &f), NN_OK);
    assert_int_equal(f.kind, DS_TIME_STEP);
    assert_true(t[0] == 20160101);
    assert_int_equal(read_two(NULL, "2016", "2301", t, &f), NN_OK);
    assert_int_equal(f.kind, DS_TIME_STEP);
    assert_int_equal(read_two(NULL, "1467936000", "1467936000.25", t, &f), NN_OK);
    assert_int_equal(f.kind, DS_TIME_EPOCH);
    assert_true(t[1] - t[0] == 250000 && t[0] == INT64_C(1467936000) * DS_SECOND);
    assert_int_equal(read_two(NULL, "1467936000.25", "5", t, &f), NN_BAD_DATA);
    assert_int_equal(read_column(NULL, NULL, 0, t, &f), NN_OK);
    assert_int_equal(read_two("%Y %H:%M %z", "2016 01:00 +0130", "2017 01:00 +0130", t, &f), NN_OK);
    print_is(&f, t[1], "2017 01:00 +0130");
}

static void test_print(void **context)
{
    (void)context;
    char text[64], small[5];
    ds_time time;
    assert_int_equal(ds_time_print_iso(at(2016, 7, 1, 4, 5, 6, 0), true, text, sizeof text), 19);
    assert_string_equal(text, "2016-07-01 04:05:06");
    ds_time_print_iso(at(2016, 7, 1, 4, 5, 6, 250000), true, text, sizeof text);
    assert_string_equal(text, "2016-07-01 04:05:06.250000");
    assert_int_equal(ds_time_print_iso(at(2016, 7, 1, 0, 0, 0, 0), false, small, sizeof small), 10);
    assert_string_equal(small, "2016");
    assert_int_equal(ds_time_print_iso(0, false, NULL, 0), 10);
    ds_time_print_iso(INT64_MAX, true, text, sizeof text);
    assert_string_equal(text, "294247-01-10 04:00:54.775807");
    assert_int_equal(ds_time_parse_iso("2016-07-01", &time, &error), NN_OK);
    assert_true(time == at(2016, 7, 1, 0, 0, 0, 0));
    assert_int_equal(ds_time_parse_iso("2016-07-01T12:30Z", &time, &error), NN_OK);
    assert_true(time == at(2016, 7, 1, 12, 30, 0, 0));
    static const char *const bad[] = {"",           "2016",     "2016-07",   "1/7/2016",
                                      "2016/07/01", "2016-7-1", "2016-02-30"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ds_time_parse_iso(bad[i], &time, &error), NN_BAD_DATA);
}

static void check_features(const char *set, ds_time time, const double *expected, int count)
{
    float out[DS_MAX_TIME_FEATURES];
    assert_int_equal(ds_time_features_count(set), count);
    ds_time_features(set, time, out);
    for (int i = 0; i < count; i++)
        assert_true(out[i] == (float)expected[i]);
}

static void test_features(void **context)
{
    (void)context;
    /* 2016-07-03 is a Sunday, day 185 of its year, in ISO week 26. */
    const ds_time t = at(2016, 7, 3, 23, 59, 30, 0);
    const double all[] = {30 / 59. - 0.5, 0.5, 0.5, 0.5, 2 / 30. - 0.5, 184 / 365. - 0.5};
    check_features("s", t, all, 6);
    check_features("t", t, all + 1, 5);
    check_features("h", t, all + 2, 4);
    check_features("d", t, all + 3, 3);
    check_features("b", t, all + 3, 3);
    check_features("w", t, (const double[]){2 / 30. - 0.5, 25 / 52. - 0.5}, 2);
    check_features("m", t, (const double[]){6 / 11. - 0.5}, 1);
    check_features("none", t, NULL, 0);
    assert_int_equal(ds_time_features_count("x"), -1);
    check_features("h", at(2018, 1, 1, 0, 0, 0, 0), (const double[]){-0.5, -0.5, -0.5, -0.5}, 4);
    check_features("d", at(2016, 12, 31, 0, 0, 0, 0), (const double[]){5 / 6. - 0.5, 0.5, 0.5}, 3);
    static const char *const fitting[] = {"none", "s", "s", "t", "h", "d", "b", "w", "d", "m", "m", "none"};
    for (int unit = DS_UNIT_STEP; unit <= DS_UNIT_YEAR; unit++)
        assert_string_equal(ds_time_features_for((ds_frequency){.unit = (ds_unit)unit, .count = 1}),
                            fitting[unit]);
}

/* Any bytes: no crash, and what is read is written in a form that reads back to the same time. */
static void test_noise(void **context)
{
    (void)context;
    static const char letters[] = "0123456789012345678901234567890-/.: TZ+x";
    uint64_t counter = 77000000000;
    size_t read = 0;
    for (int i = 0; i < 300000; i++) {
        char text[32], again[64];
        size_t length = draw(&counter) % 24;
        for (size_t k = 0; k < length; k++)
            text[k] = letters[draw(&counter) % (sizeof letters - 1)];
        if (i % 2) { /* near a good one */
            static const char *const good[] = {"2016-07-31 04:05:06.25+01:00", "1990/1/2 0:00",
                                               "31.12.2016 1:00"};
            snprintf(text, sizeof text, "%s", good[i / 2 % 3]);
            length = strlen(text);
            text[draw(&counter) % length] = letters[draw(&counter) % (sizeof letters - 1)];
        }
        text[length] = '\0';
        const char *pointer = text;
        ds_time time, back;
        ds_time_format format;
        if (read_column(NULL, &pointer, 1, &time, &format))
            continue;
        read++;
        ds_time_print(&format, time, again, sizeof again);
        pointer = again;
        if (read_column(format.kind == DS_TIME_MDY    ? "m/d/y"
                        : format.kind == DS_TIME_STEP ? "step"
                                                      : NULL,
                        &pointer, 1, &back, &format))
            fail_msg("'%s' -> '%s': %s", text, again, error.text);
        if (time != back)
            fail_msg("'%s' -> '%s'", text, again);
    }
    assert_true(read > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calendar), cmocka_unit_test(test_iso_weeks), cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_forms),    cmocka_unit_test(test_refused),   cmocka_unit_test(test_columns),
        cmocka_unit_test(test_print),    cmocka_unit_test(test_features),  cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
