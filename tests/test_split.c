/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Splits and windows: the published counts, every text form, and that no target leaves its part. */
#include "datasets/series/windows.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static nn_error error;

/* A table of hours without values: splitting looks only at stamps. */
static ds_table hours(size_t rows)
{
    ds_table t = {.path = "hours.csv", .rows = rows, .columns = 1};
    t.time = malloc((rows + 1) * sizeof *t.time);
    assert_non_null(t.time);
    for (size_t i = 0; i < rows; i++)
        t.time[i] = INT64_C(1467331200) * DS_SECOND + (ds_time)i * 3600 * DS_SECOND; /* 2016-07-01 */
    t.layout.timed = true;
    t.layout.format = (ds_time_format){.kind = DS_TIME_ISO, .separator = '-', .padded = true};
    return t;
}

static ds_split make(const char *text, size_t rows)
{
    ds_table t = hours(rows);
    ds_split split;
    if (ds_split_make(text, &t, &split, &error))
        fail_msg("%s", error.text);
    free(t.time);
    return split;
}

static void refused(const char *text, size_t rows, int code, const char *why)
{
    ds_table t = hours(rows);
    ds_split split;
    if (ds_split_make(text, &t, &split, &error) != code || error.code != code || !strstr(error.text, why))
        fail_msg("'%s': %s", text, error.text);
    free(t.time);
}

static size_t count_windows(const ds_part *part, int lookback, int horizon)
{
    ds_windows w;
    if (ds_windows_make(part, "tested", lookback, horizon, &w, &error))
        fail_msg("%s", error.text);
    return w.count;
}

/* The counts of the published loaders. */
static void test_published_counts(void **context)
{
    (void)context;
    static const struct {
        const char *split;
        size_t rows;
        int lookback, horizon;
        size_t train, validation, test;
    } known[] = {
        {"ett-hour", 17420, 96, 96, 8449, 2785, 2785},
        {"ett-hour", 17420, 96, 192, 8353, 2689, 2689},
        {"ett-hour", 17420, 96, 336, 8209, 2545, 2545},
        {"ett-hour", 17420, 96, 720, 7825, 2161, 2161},
        {"ett-minute", 69680, 96, 96, 34369, 11425, 11425},
        {"ett-minute", 69680, 96, 192, 34273, 11329, 11329},
        {"ett-minute", 69680, 96, 336, 34129, 11185, 11185},
        {"ett-minute", 69680, 96, 720, 33745, 10801, 10801},
        {NULL, 7588, 96, 96, 5120, 665, 1422},
        {NULL, 7588, 96, 192, 5024, 569, 1326},
        {NULL, 7588, 96, 336, 4880, 425, 1182},
        {NULL, 7588, 96, 720, 4496, 41, 798},
        {NULL, 52696, 96, 96, 36696, 5175, 10444},
        {NULL, 52696, 96, 720, 36072, 4551, 9820},
        {NULL, 26304, 96, 96, 18221, 2537, 5165},
        {NULL, 17544, 96, 96, 12089, 1661, 3413},
        {NULL, 52560, 96, 96, 36601, 5161, 10417},
        {NULL, 966, 36, 24, 617, 74, 170},
        {NULL, 966, 36, 36, 605, 62, 158},
        {NULL, 966, 36, 48, 593, 50, 146},
        {NULL, 966, 36, 60, 581, 38, 134},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const ds_split s = make(known[i].split, known[i].rows);
        assert_int_equal(count_windows(&s.train, known[i].lookback, known[i].horizon), known[i].train);
        assert_int_equal(count_windows(&s.validation, known[i].lookback, known[i].horizon),
                         known[i].validation);
        assert_int_equal(count_windows(&s.test, known[i].lookback, known[i].horizon), known[i].test);
    }
}

static void is(ds_split s, size_t a, size_t b, size_t c)
{
    assert_int_equal(s.train.begin, 0);
    assert_int_equal(s.train.end, a);
    assert_int_equal(s.validation.begin, a);
    assert_int_equal(s.validation.end, b);
    assert_int_equal(s.test.begin, b);
    assert_int_equal(s.test.end, c);
}

static void test_texts(void **context)
{
    (void)context;
    is(make("ett-hour", 17420), 8640, 11520, 14400);
    is(make("ett-minute", 57600), 34560, 46080, 57600);
    is(make("8640/2880/2880", 17420), 8640, 11520, 14400);
    is(make("10/0/5", 20), 10, 10, 15);
    is(make("0.7/0.1/0.2", 10), 7, 8, 10);
    is(make("0.7/0.1/0.2", 966), 676, 773, 966);
    is(make(".5/.25/.25", 101), 50, 76, 101);
    is(make("0.8/0/0.2", 100), 80, 80, 100);
    is(make("2016-07-02/2016-07-03", 100), 24, 48, 100);
    is(make("2016-07-02/2016-07-03/2016-07-04", 100), 24, 48, 72);
    is(make("2016-07-02 00:30/2016-07-03T12:00/2030-01-01", 100), 25, 60, 100);
    /* 0.7 n as a double lies below the whole number here. */
    is(make("0.7/0.1/0.2", 190), (size_t)(190 * 0.7), 152, 190);
}

static void test_refused(void **context)
{
    (void)context;
    static const char *const bad[] = {"",
                                      "x",
                                      "0.7",
                                      "0.7/0.3",
                                      "0.7/0.1/0.1",
                                      "7/8",
                                      "1/2/3/4",
                                      "0.7/0.1/0.2/",
                                      "/1/2",
                                      "0.5//0.5",
                                      "-1/2/3",
                                      "0/5/5",
                                      "nan/0.5/0.5",
                                      "0/0.5/0.5",
                                      "1.5/-0.5/0",
                                      "2016-07-02",
                                      "2016-07-02/x",
                                      "2016-07-03/2016-07-02",
                                      "2016-02-30/2016-07-03",
                                      "9999999999999999999999/1/1",
                                      "ett"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(bad[i], 100, NN_USAGE, "split");
    refused("ett-hour", 14399, NN_BAD_DATA, "14399");
    refused("60/20/21", 100, NN_BAD_DATA, "101");
    refused("0.7/0.1/0.2", 0, NN_BAD_DATA, "too few");
    refused("0.7/0.1/0.2", 3, NN_BAD_DATA, "too few");
    refused("2016-07-02/2016-07-03", 48, NN_BAD_DATA, "test");
    refused("2016-07-02/2016-07-02 00:30", 24, NN_BAD_DATA, "validation");
    refused("2016-07-01/2016-07-02", 100, NN_BAD_DATA, "training");
    ds_table t = hours(100);
    ds_split split;
    t.layout.timed = false;
    assert_int_equal(ds_split_make("2016-07-02/2016-07-03", &t, &split, &error), NN_USAGE);
    free(t.time);
}

/* Whatever the part: all rows of every target lie in it, every row that can be a target is one, inputs exist.
 */
static void test_no_window_leaves_its_part(void **context)
{
    (void)context;
    uint64_t counter = 0;
    for (int i = 0; i < 20000; i++) {
        const size_t begin = nn_random(9, counter++) % 60;
        const ds_part part = {begin, begin + nn_random(9, counter++) % 60};
        const int lookback = 1 + (int)(nn_random(9, counter++) % 30),
                  horizon = 1 + (int)(nn_random(9, counter++) % 30);
        ds_windows w = {0};
        const int code = ds_windows_make(&part, "tested", lookback, horizon, &w, &error);
        size_t fitting = 0, first = 0;
        for (size_t input = 0; input < part.end; input++) {
            const size_t target = input + (size_t)lookback;
            if (target >= part.begin && target + (size_t)horizon <= part.end && fitting++ == 0)
                first = input;
        }
        assert_int_equal(code, fitting ? NN_OK : NN_BAD_DATA);
        assert_int_equal(w.count, fitting);
        if (fitting)
            assert_int_equal(w.first, first);
    }
}

static void test_too_short(void **context)
{
    (void)context;
    ds_windows w;
    assert_int_equal(ds_windows_make(&(ds_part){0, 10}, "train", 6, 5, &w, &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "train"));
    assert_int_equal(ds_windows_make(&(ds_part){5, 5}, "test", 1, 1, &w, &error), NN_BAD_DATA);
    assert_int_equal(ds_windows_make(&(ds_part){0, 10}, "train", 0, 5, &w, &error), NN_USAGE);
    assert_int_equal(ds_windows_make(&(ds_part){0, 10}, "train", 5, -1, &w, &error), NN_USAGE);
    assert_int_equal(ds_windows_make(&(ds_part){0, 10}, "train", 2147483647, 2147483647, &w, &error),
                     NN_BAD_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_counts), cmocka_unit_test(test_texts),
        cmocka_unit_test(test_refused),          cmocka_unit_test(test_no_window_leaves_its_part),
        cmocka_unit_test(test_too_short),
    };
    return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
