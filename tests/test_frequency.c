/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps between rows: text, arithmetic, inference. */
#include "datasets/time/calendar.h"
#include "datasets/time/time.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static nn_error error;

enum { ROWS = 2000 };
static ds_time rows[ROWS];

static ds_time day(int year, int month, int of_month)
{
    return ds_days_from_date(year, month, of_month) * DS_DAY;
}

static ds_frequency parsed(const char *text)
{
    ds_frequency f;
    if (ds_frequency_parse(text, &f, &error))
        fail_msg("%s", error.text);
    return f;
}

static void test_text(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        ds_unit unit;
        int count;
        const char *printed, *described;
        int season;
    } known[] = {
        {"h", DS_UNIT_HOUR, 1, "h", "every hour", 24},
        {"H", DS_UNIT_HOUR, 1, "h", "every hour", 24},
        {"60min", DS_UNIT_HOUR, 1, "h", "every hour", 24},
        {"15min", DS_UNIT_MINUTE, 15, "15min", "every 15 minutes", 96},
        {"10T", DS_UNIT_MINUTE, 10, "10min", "every 10 minutes", 144},
        {"7min", DS_UNIT_MINUTE, 7, "7min", "every 7 minutes", 1},
        {"d", DS_UNIT_DAY, 1, "d", "every day", 7},
        {"24h", DS_UNIT_DAY, 1, "d", "every day", 7},
        {"2D", DS_UNIT_DAY, 2, "2d", "every 2 days", 1},
        {"b", DS_UNIT_BUSINESS_DAY, 1, "b", "business days", 5},
        {"W", DS_UNIT_WEEK, 1, "w", "every week", 52},
        {"14d", DS_UNIT_WEEK, 2, "2w", "every 2 weeks", 26},
        {"MS", DS_UNIT_MONTH, 1, "m", "every month", 12},
        {"m", DS_UNIT_MONTH, 1, "m", "every month", 12},
        {"ME", DS_UNIT_MONTH, 1, "m", "every month, on the last day", 12},
        {"3m", DS_UNIT_QUARTER, 1, "q", "every quarter", 4},
        {"q", DS_UNIT_QUARTER, 1, "q", "every quarter", 4},
        {"y", DS_UNIT_YEAR, 1, "y", "every year", 1},
        {"10s", DS_UNIT_SECOND, 10, "10s", "every 10 seconds", 1},
        {"250ms", DS_UNIT_MICROSECOND, 250000, "250ms", "every 250 milliseconds", 1},
        {"5us", DS_UNIT_MICROSECOND, 5, "5us", "every 5 microseconds", 1},
        {"step", DS_UNIT_STEP, 1, "step", "every row", 1},
        {"10step", DS_UNIT_STEP, 10, "10step", "every 10 rows", 1},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const ds_frequency f = parsed(known[i].text);
        char text[64];
        assert_int_equal(f.unit, known[i].unit);
        assert_int_equal(f.count, known[i].count);
        assert_int_equal(ds_frequency_print(f, text, sizeof text), strlen(known[i].printed));
        assert_string_equal(text, known[i].printed);
        const ds_frequency again = parsed(text);
        assert_true(again.unit == f.unit && again.count == f.count);
        assert_int_equal(ds_frequency_describe(f, text, sizeof text), strlen(known[i].described));
        assert_string_equal(text, known[i].described);
        assert_int_equal(ds_frequency_season(f), known[i].season);
    }
    static const char *const bad[] = {"",
                                      "x",
                                      "0h",
                                      "-1h",
                                      "1.5h",
                                      "h1",
                                      "99999999999h",
                                      "3000000000us",
                                      "15 min",
                                      "2147483647y",
                                      "2147483647w",
                                      "2147483647d",
                                      "min15",
                                      "99999999999999999999999s"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ds_frequency f;
        if (i == 9) /* large, but a number of years */
            assert_int_equal(ds_frequency_parse(bad[i], &f, &error), NN_OK);
        else
            assert_int_equal(ds_frequency_parse(bad[i], &f, &error), NN_USAGE);
    }
}

/* The n-th step by walking one day at a time. */
static ds_time walk_business_days(ds_time time, int n)
{
    const int way = n < 0 ? -1 : 1;
    int64_t days = ds_floor_div(time, DS_DAY);
    for (int left = abs(n); left > 0;) {
        days += way;
        left -= ds_weekday(days) < 5;
    }
    return days * DS_DAY + ds_floor_mod(time, DS_DAY);
}

static void test_business_days(void **context)
{
    (void)context;
    const ds_frequency f = {.unit = DS_UNIT_BUSINESS_DAY, .count = 1};
    for (int start = 0; start < 7; start++)
        for (int n = -40; n <= 40; n++) {
            const ds_time from = day(1970, 1, 5 + start) - 30 * DS_DAY + 5, to = ds_time_add(f, from, n);
            assert_true(to == (n ? walk_business_days(from, n) : from));
            const bool weekend = ds_weekday(ds_floor_div(from, DS_DAY)) > 4;
            assert_true(ds_time_steps(f, from, to) == (n == 0 ? 0 : weekend || n < 0 ? -1 : n));
        }
}

static void test_months(void **context)
{
    (void)context;
    const ds_frequency month = {DS_UNIT_MONTH, 1, 0}, last = {DS_UNIT_MONTH, 1, 31},
                       thirty = {DS_UNIT_MONTH, 1, 30};
    assert_true(ds_time_add(month, day(2016, 1, 31), 1) == day(2016, 2, 29));
    assert_true(ds_time_add(month, day(2015, 1, 31), 1) == day(2015, 2, 28));
    assert_true(ds_time_add(month, day(2016, 1, 15) + 5, -13) == day(2014, 12, 15) + 5);
    assert_true(ds_time_add(last, day(2016, 2, 29), 1) == day(2016, 3, 31));
    assert_true(ds_time_add(last, day(2016, 4, 30), 10) == day(2017, 2, 28));
    assert_true(ds_time_add(thirty, day(2016, 2, 29), 1) == day(2016, 3, 30));
    assert_true(ds_time_add((ds_frequency){DS_UNIT_QUARTER, 1, 31}, day(2016, 3, 31), 1) == day(2016, 6, 30));
    assert_true(ds_time_add((ds_frequency){DS_UNIT_YEAR, 1, 29}, day(2016, 2, 29), 4) == day(2020, 2, 29));
    assert_true(ds_time_steps(last, day(2016, 1, 31), day(2016, 2, 29)) == 1);
    assert_true(ds_time_steps(last, day(2016, 1, 31), day(2016, 2, 28)) == -1);
    assert_true(ds_time_steps(month, day(2016, 1, 15), day(2016, 2, 15) + 1) == -1);
    assert_true(ds_time_steps((ds_frequency){DS_UNIT_QUARTER, 1, 1}, day(2016, 1, 1), day(2016, 5, 1)) == -1);
    assert_true(ds_time_steps((ds_frequency){DS_UNIT_YEAR, 2, 1}, day(2016, 1, 1), day(2020, 1, 1)) == 2);
    assert_true(ds_time_steps(month, day(2016, 2, 1), day(2016, 1, 1)) == -1);
    assert_true(ds_time_steps(month, day(2016, 2, 1), day(2016, 2, 1)) == 0);
}

/* Steps forth and back, for every unit and random stamps on its grid. */
static void test_inverse(void **context)
{
    (void)context;
    uint64_t counter = 0;
    for (int i = 0; i < 200000; i++) {
        const ds_unit unit = (ds_unit)(i % (DS_UNIT_YEAR + 1));
        ds_frequency f = {.unit = unit, .count = 1 + (int)(nn_random(1, counter++) % 40)};
        ds_time time = ((int64_t)(nn_random(1, counter++) % 200000) - 100000) * DS_DAY;
        time += (int64_t)(nn_random(1, counter++) % (uint64_t)DS_DAY);
        const int64_t n = (int64_t)(nn_random(1, counter++) % 500);
        const int64_t days = ds_floor_div(time, DS_DAY);
        if (unit == DS_UNIT_BUSINESS_DAY && ds_weekday(days) > 4)
            time += 2 * DS_DAY;
        if (unit >= DS_UNIT_MONTH) {
            const ds_civil c = ds_civil_from(time);
            f.anchor_day = c.day == ds_month_days(c.year, c.month) ? 31 : c.day;
        }
        const ds_time later = ds_time_add(f, time, n);
        assert_true(ds_time_steps(f, time, later) == n);
        assert_true(ds_time_add(f, later, -n) == time);
        assert_true(n == 0 || later > time);
        assert_true(ds_time_steps(f, time, later + 1) ==
                    (unit <= DS_UNIT_MICROSECOND && f.count == 1 ? n + 1 : -1));
    }
}

static void test_extremes(void **context)
{
    (void)context;
    for (int unit = DS_UNIT_STEP; unit <= DS_UNIT_YEAR; unit++) {
        const ds_frequency f = {
            .unit = (ds_unit)unit, .count = INT_MAX, .anchor_day = unit >= DS_UNIT_MONTH ? 31 : 0};
        assert_true(ds_time_add(f, 0, INT64_MAX) == INT64_MAX);
        assert_true(ds_time_add(f, 0, INT64_MIN) == INT64_MIN);
        assert_true(ds_time_add(f, INT64_MAX - 1, INT_MAX) == INT64_MAX);
        assert_true(ds_time_steps(f, INT64_MIN, INT64_MAX) == -1);
        assert_true(ds_time_steps((ds_frequency){.unit = (ds_unit)unit}, 0, DS_DAY) == -1);
    }
}

static ds_frequency inferred(size_t count)
{
    ds_frequency f;
    if (ds_frequency_infer(rows, count, DS_TIME_ISO, &f, &error))
        fail_msg("%s", error.text);
    return f;
}

static void is(ds_frequency f, ds_unit unit, int count, int anchor)
{
    if (f.unit != unit || f.count != count || f.anchor_day != anchor)
        fail_msg("unit %d, count %d, anchor %d", (int)f.unit, f.count, f.anchor_day);
}

static size_t fill(ds_frequency f, ds_time from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        rows[i] = ds_time_add(f, from, (int64_t)i);
    return count;
}

/* Every step is found again in rows that follow it, also with a fifth of them missing. */
static void test_infer_all(void **context)
{
    (void)context;
    static const char *const steps[] = {"5us", "250ms", "s",  "10s", "min", "10min", "15min", "h",
                                        "3h",  "d",     "2d", "b",   "w",   "2w",    "4w",    "m",
                                        "2m",  "q",     "2q", "y",   "5y",  "13h",   "100d"};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        for (int variant = 0; variant < 6; variant++) {
            ds_frequency f = parsed(steps[s]);
            ds_time from = day(2016, 1, 4) + (variant % 2) * 9 * 3600 * DS_SECOND;
            if (f.unit >= DS_UNIT_MONTH) {
                f.anchor_day = (const int[]){1, 15, 31}[variant % 3];
                from = day(2016, 1, f.anchor_day);
            }
            size_t n = fill(f, from, 60), kept = 0;
            for (size_t i = 0; i < n; i++)
                if (variant < 3 || nn_random(s, i) % 5 != 0)
                    rows[kept++] = rows[i];
            is(inferred(kept), f.unit, f.count, f.anchor_day);
        }
}

static void test_infer_traps(void **context)
{
    (void)context;
    const ds_frequency ten = {DS_UNIT_MINUTE, 10, 0}, daily = {DS_UNIT_DAY, 1, 0};
    const ds_time start = day(2020, 1, 1);
    /* A duplicate and a gap of 100 minutes. */
    size_t n = fill(ten, start, 500);
    rows[100] = rows[99];
    for (size_t i = 300; i < n; i++)
        rows[i] += 90 * 60 * DS_SECOND;
    is(inferred(n), DS_UNIT_MINUTE, 10, 0);
    /* One Saturday makes working days days; a holiday does not. */
    n = fill((ds_frequency){DS_UNIT_BUSINESS_DAY, 1, 0}, day(2020, 1, 6), 100);
    memmove(rows + 50, rows + 51, 49 * sizeof *rows);
    is(inferred(99), DS_UNIT_BUSINESS_DAY, 1, 0);
    rows[98] = rows[97] + (6 - ds_weekday(ds_floor_div(rows[97], DS_DAY))) * DS_DAY;
    is(inferred(99), DS_UNIT_DAY, 1, 0);
    /* Five days of one week say nothing of weekends. */
    is(inferred(fill(daily, day(2020, 1, 6), 5)), DS_UNIT_DAY, 1, 0);
    is(inferred(fill(daily, day(2020, 1, 6), 12)), DS_UNIT_DAY, 1, 0);
    /* Months by their end, of which only some have 31 days; yearly ends of February. */
    rows[0] = day(2019, 4, 30), rows[1] = day(2019, 5, 31), rows[2] = day(2019, 6, 30);
    is(inferred(3), DS_UNIT_MONTH, 1, 31);
    rows[1] = day(2019, 5, 30);
    is(inferred(3), DS_UNIT_MONTH, 1, 30);
    rows[0] = day(2018, 2, 28), rows[1] = day(2019, 2, 28), rows[2] = day(2020, 2, 29);
    is(inferred(3), DS_UNIT_YEAR, 1, 31);
    rows[2] = day(2020, 2, 28);
    is(inferred(3), DS_UNIT_YEAR, 1, 28);
    /* Two steps of which one is twice the other. */
    rows[0] = 0, rows[1] = 2 * DS_DAY, rows[2] = 3 * DS_DAY;
    is(inferred(3), DS_UNIT_DAY, 1, 0);
    /* Row numbers. */
    ds_frequency f;
    for (int i = 0; i < 50; i++)
        rows[i] = i * 86400000000;
    assert_int_equal(ds_frequency_infer(rows, 50, DS_TIME_STEP, &f, &error), NN_BAD_DATA);
    for (int i = 0; i < 50; i++)
        rows[i] = 5 + i * 10;
    assert_int_equal(ds_frequency_infer(rows, 50, DS_TIME_STEP, &f, &error), NN_OK);
    is(f, DS_UNIT_STEP, 10, 0);
}

static void refused(size_t count)
{
    ds_frequency f;
    assert_int_equal(ds_frequency_infer(rows, count, DS_TIME_ISO, &f, &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "--frequency"));
}

static void test_infer_irregular(void **context)
{
    (void)context;
    refused(0);
    rows[0] = rows[1] = rows[2] = 7;
    refused(1);
    refused(3);
    for (size_t i = 1; i < ROWS; i++)
        rows[i] = rows[i - 1] + 1 + (int64_t)(nn_random(3, i) % 1000) * DS_SECOND;
    refused(ROWS);
    /* Not quite half of the steps agree. */
    for (size_t i = 1; i < 100; i++)
        rows[i] = rows[i - 1] + (i % 9 < 4 ? 3600 * DS_SECOND : (int64_t)(3601 + i) * DS_SECOND);
    refused(100);
    rows[0] = INT64_MIN, rows[1] = INT64_MAX;
    refused(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),        cmocka_unit_test(test_business_days),
        cmocka_unit_test(test_months),      cmocka_unit_test(test_inverse),
        cmocka_unit_test(test_extremes),    cmocka_unit_test(test_infer_all),
        cmocka_unit_test(test_infer_traps), cmocka_unit_test(test_infer_irregular),
    };
    return cmocka_run_group_tests_name("frequency", tests, NULL, NULL);
}
