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
        {"bme", DS_UNIT_MONTH, 1, "m", "every month, on the last working day", 12},
        {"BMS", DS_UNIT_MONTH, 1, "m", "every month, on the first working day", 12},
        {"d mon-sat", DS_UNIT_BUSINESS_DAY, 1, "d mon-sat", "mon-sat", 6},
        {"d sun-thu", DS_UNIT_BUSINESS_DAY, 1, "d sun-thu", "sun-thu", 5},
        {"d fri,mon,wed", DS_UNIT_BUSINESS_DAY, 1, "d mon,wed,fri", "mon,wed,fri", 3},
        {"d mon-fri", DS_UNIT_BUSINESS_DAY, 1, "b", "business days", 5},
        {"sms", DS_UNIT_MONTH_DAYS, 1, "m:1,15", "days 1,15 of every month", 24},
        {"m:last,15", DS_UNIT_MONTH_DAYS, 1, "m:15,last", "days 15,last of every month", 24},
        {"m:1,11,21", DS_UNIT_MONTH_DAYS, 1, "m:1,11,21", "days 1,11,21 of every month", 36},
        {"60min mon-fri 09:30-15:30", DS_UNIT_HOUR, 1, "h mon-fri 09:30-15:30",
         "every hour, mon-fri 09:30-15:30", 7},
        {"15min mon-thu 09:00-11:30,13:00-15:00;fri 09:00-11:30", DS_UNIT_MINUTE, 15,
         "15min mon-thu 09:00-11:30,13:00-15:00; fri 09:00-11:30",
         "every 15 minutes, mon-thu 09:00-11:30,13:00-15:00; fri 09:00-11:30", 91},
        {"30s sat,sun 12:00", DS_UNIT_SECOND, 30, "30s sat-sun 12:00", "every 30 seconds, sat-sun 12:00", 1},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const ds_frequency f = parsed(known[i].text);
        char text[100];
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
                                      "99999999999999999999999s",
                                      "d mon-xyz",
                                      "2d mon-sat",
                                      "d mon-sun",
                                      "m:",
                                      "m:0",
                                      "m:32",
                                      "m:1,",
                                      "h mon-fri",
                                      "h mon-fri 9:00-17:00",
                                      "h mon-fri 09:00-17:30",
                                      "h mon-fri 17:00-09:00",
                                      "h mon-fri 09:00-12:00,11:00-13:00",
                                      "h mon-fri 09:00-25:00",
                                      "h mon-fri 09:00;",
                                      "d mon-fri 09:00",
                                      "min mon-sun 00:00,00:02,00:04,00:06,00:08"};
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
    const ds_frequency month = {.unit = DS_UNIT_MONTH, .count = 1},
                       last = {.unit = DS_UNIT_MONTH, .count = 1, .anchor_day = 31},
                       thirty = {.unit = DS_UNIT_MONTH, .count = 1, .anchor_day = 30};
    assert_true(ds_time_add(month, day(2016, 1, 31), 1) == day(2016, 2, 29));
    assert_true(ds_time_add(month, day(2015, 1, 31), 1) == day(2015, 2, 28));
    assert_true(ds_time_add(month, day(2016, 1, 15) + 5, -13) == day(2014, 12, 15) + 5);
    assert_true(ds_time_add(last, day(2016, 2, 29), 1) == day(2016, 3, 31));
    assert_true(ds_time_add(last, day(2016, 4, 30), 10) == day(2017, 2, 28));
    assert_true(ds_time_add(thirty, day(2016, 2, 29), 1) == day(2016, 3, 30));
    assert_true(ds_time_add((ds_frequency){.unit = DS_UNIT_QUARTER, .count = 1, .anchor_day = 31},
                            day(2016, 3, 31), 1) == day(2016, 6, 30));
    assert_true(ds_time_add((ds_frequency){.unit = DS_UNIT_YEAR, .count = 1, .anchor_day = 29},
                            day(2016, 2, 29), 4) == day(2020, 2, 29));
    assert_true(ds_time_steps(last, day(2016, 1, 31), day(2016, 2, 29)) == 1);
    assert_true(ds_time_steps(last, day(2016, 1, 31), day(2016, 2, 28)) == -1);
    assert_true(ds_time_steps(month, day(2016, 1, 15), day(2016, 2, 15) + 1) == -1);
    assert_true(ds_time_steps((ds_frequency){.unit = DS_UNIT_QUARTER, .count = 1, .anchor_day = 1},
                              day(2016, 1, 1), day(2016, 5, 1)) == -1);
    assert_true(ds_time_steps((ds_frequency){.unit = DS_UNIT_YEAR, .count = 2, .anchor_day = 1},
                              day(2016, 1, 1), day(2020, 1, 1)) == 2);
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
        if (unit == DS_UNIT_MONTH_DAYS)
            f.month_days = 1u << ds_civil_from(time).day | 1u << 7;
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

/* Steps that leave days and hours out: forth and back, in between, and the rows that a walk would find. */
static void test_patterns(void **context)
{
    (void)context;
    static const char *const steps[] = {"d mon-sat",
                                        "d sun-thu",
                                        "d tue,thu",
                                        "m:1,15",
                                        "m:15,last",
                                        "m:1,11,21",
                                        "bme",
                                        "bms",
                                        "bqe",
                                        "h mon-fri 09:30-15:30",
                                        "30min mon-fri 09:00-11:30,12:30-15:00",
                                        "h mon-fri 08:00-17:00; sat 09:00-13:00",
                                        "10min mon-sun 06:00-22:50",
                                        "h sun 17:00-23:00; mon-thu 00:00-23:00; fri 00:00-16:00"};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        const ds_frequency f = parsed(steps[s]);
        assert_true(ds_frequency_is_pattern(f));
        const ds_time start = ds_time_add(f, day(1999, 12, 20) + 3 * DS_SECOND, 1);
        for (int i = 0; i < 400; i++) {
            const int64_t n = (int64_t)(nn_random(s, (uint64_t)i) % 5000);
            const ds_time a = ds_time_add(f, start, n - 2500), b = ds_time_add(f, a, n),
                          c = ds_time_add(f, a, 1);
            assert_int_equal(ds_time_steps(f, a, b), n);
            assert_true(ds_time_add(f, b, -n) == a);
            assert_true(c > a && ds_time_add(f, c, -1) == a);
            assert_int_equal(ds_time_steps(f, a, c), 1);
            if (f.anchor_day)
                continue;
            const ds_time between = a + (c - a) / 2 / DS_DAY * DS_DAY + (f.sessions ? (c - a) / 2 : 0);
            if (between != a) {
                assert_int_equal(ds_time_steps(f, a, between), -1);
                assert_true(ds_time_add(f, between, 1) == c && ds_time_add(f, between, -1) == a);
            }
        }
    }
    const ds_frequency end = parsed("bme"), begin = parsed("bms");
    assert_true(ds_time_add(end, day(2022, 3, 31), 1) == day(2022, 4, 29));
    assert_true(ds_time_add(begin, day(2022, 4, 1), 1) == day(2022, 5, 2));
    assert_int_equal(ds_time_steps(end, day(2018, 2, 28), day(2018, 3, 29)), 1); /* Good Friday follows */
    const ds_frequency third = {
        .unit = DS_UNIT_MONTH, .count = 1, .anchor_day = DS_ANCHOR_WEEKDAY + 7 * 2 + 4};
    assert_true(ds_time_add(third, day(2022, 7, 15), 1) == day(2022, 8, 19));
    const ds_frequency last = {.unit = DS_UNIT_MONTH, .count = 1, .anchor_day = DS_ANCHOR_WEEKDAY + 7 * 4};
    assert_true(ds_time_add(last, day(2022, 7, 25), 1) == day(2022, 8, 29));
}

/* They are learned from rows, of which a few may be missing. */
static void test_learn_patterns(void **context)
{
    (void)context;
    static const struct {
        const char *step, *found;
        size_t count;
    } known[] = {
        {"d mon-sat", "d mon-sat", 60},
        {"d sun-thu", "d sun-thu", 60},
        {"d tue,thu", "d tue,thu", 40},
        {"d mon-sat", "d", 12}, /* too short to tell */
        {"m:1,15", "m:1,15", 20},
        {"m:15,last", "m:15,last", 20},
        {"m:1,11,21", "m:1,11,21", 60},
        {"h mon-fri 09:30-15:30", "h mon-fri 09:30-15:30", 150},
        {"30min mon-fri 09:00-11:30,12:30-15:00", "30min mon-fri 09:00-11:30,12:30-15:00", 300},
        {"h mon-fri 08:00-17:00; sat 09:00-13:00", "h mon-fri 08:00-17:00; sat 09:00-13:00", 500},
        {"10min mon-sun 06:00-22:50", "10min mon-sun 06:00-22:50", 1000},
        {"h sun 17:00-23:00; mon-thu 00:00-23:00; fri 00:00-16:00",
         "h mon-thu 00:00-23:00; fri 00:00-16:00; sun 17:00-23:00", 900},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        for (int holes = 0; holes < 2; holes++) {
            char text[100];
            const size_t n = fill(parsed(known[k].step),
                                  ds_time_add(parsed(known[k].step), day(2022, 1, 3), 1), known[k].count);
            size_t kept = 0;
            for (size_t i = 0; i < n; i++)
                if (!holes || nn_random(k, i) % 20 != 0)
                    rows[kept++] = rows[i];
            ds_frequency_print(inferred(kept), text, sizeof text);
            assert_string_equal(text, known[k].found);
        }
    static const char *const months[] = {"bme", "bms"};
    for (size_t k = 0; k < 2; k++)
        is(inferred(fill(parsed(months[k]), ds_time_add(parsed(months[k]), day(2022, 1, 31), 1), 30)),
           DS_UNIT_MONTH, 1, parsed(months[k]).anchor_day);
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
    const ds_frequency ten = {.unit = DS_UNIT_MINUTE, .count = 10}, daily = {.unit = DS_UNIT_DAY, .count = 1};
    const ds_time start = day(2020, 1, 1);
    /* A duplicate and a gap of 100 minutes. */
    size_t n = fill(ten, start, 500);
    rows[100] = rows[99];
    for (size_t i = 300; i < n; i++)
        rows[i] += 90 * 60 * DS_SECOND;
    is(inferred(n), DS_UNIT_MINUTE, 10, 0);
    /* Neither a holiday nor one Saturday in twenty weeks makes working days days. */
    n = fill((ds_frequency){.unit = DS_UNIT_BUSINESS_DAY, .count = 1}, day(2020, 1, 6), 100);
    memmove(rows + 50, rows + 51, 49 * sizeof *rows);
    is(inferred(99), DS_UNIT_BUSINESS_DAY, 1, 0);
    rows[98] = rows[97] + (5 - ds_weekday(ds_floor_div(rows[97], DS_DAY))) * DS_DAY;
    is(inferred(99), DS_UNIT_BUSINESS_DAY, 1, 0);
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
        cmocka_unit_test(test_text),           cmocka_unit_test(test_business_days),
        cmocka_unit_test(test_months),         cmocka_unit_test(test_inverse),
        cmocka_unit_test(test_extremes),       cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_learn_patterns), cmocka_unit_test(test_infer_all),
        cmocka_unit_test(test_infer_traps),    cmocka_unit_test(test_infer_irregular),
    };
    return cmocka_run_group_tests_name("frequency", tests, NULL, NULL);
}
