/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Column summaries against plain loops, and cycles hidden in trends and noise. */
#include "datasets/series/describe.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static nn_error error;

static double normal(uint64_t key, uint64_t i)
{
    return sqrt(-2 * log(1 - nn_random_uniform(key, 2 * i))) *
           cos(2 * M_PI * nn_random_uniform(key, 2 * i + 1));
}

static ds_column_summary describe(double *values, uint8_t *filled, size_t rows)
{
    char *names[] = {"a"};
    const ds_table t = {
        .path = "t.csv", .rows = rows, .columns = 1, .values = values, .filled = filled, .names = names};
    ds_column_summary s;
    if (ds_describe_column(&t, 0, &s, &error))
        fail_msg("%s", error.text);
    return s;
}

static void near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-9 * (1 + fabs(expected))))
        fail_msg("%.17g is not %.17g", value, expected);
}

static void test_statistics(void **context)
{
    (void)context;
    double values[] = {4, 1, NAN, 8, 2, 77};
    uint8_t filled[] = {0, 0, 0, 0, 0, 1};
    const ds_column_summary s = describe(values, filled, 6);
    assert_int_equal(s.count, 4);
    assert_int_equal(s.missing, 2);
    near(s.mean, 3.75);
    near(s.deviation, 2.6809513236909020);
    near(s.least, 1);
    near(s.lower, 1.75);
    near(s.median, 3);
    near(s.upper, 5);
    near(s.most, 8);
    assert_true(s.period == 0 && s.period_share == 0);
}

static void test_lag1(void **context)
{
    (void)context;
    enum { ROWS = 3000 };
    static double x[ROWS];
    double product = 0, square = 0, mean = 0;
    for (int i = 0; i < ROWS; i++) {
        x[i] = (i ? 0.8 * x[i - 1] : 0) + normal(4, (uint64_t)i);
        mean += x[i] / ROWS;
    }
    for (int i = 0; i < ROWS; i++) {
        product += i ? (x[i] - mean) * (x[i - 1] - mean) : 0;
        square += (x[i] - mean) * (x[i] - mean);
    }
    near(describe(x, NULL, ROWS).lag1, product / square);
}

static void test_degenerate(void **context)
{
    (void)context;
    double constant[40], missing[40], huge[40];
    for (int i = 0; i < 40; i++) {
        constant[i] = 0.1;
        missing[i] = NAN;
        huge[i] = i % 2 ? 1e308 : -1e308;
    }
    ds_column_summary s = describe(constant, NULL, 40);
    assert_true(s.mean == 0.1 && s.deviation == 0 && s.lag1 == 0 && s.period == 0);
    s = describe(missing, NULL, 40);
    assert_true(s.count == 0 && s.missing == 40 && s.mean == 0);
    s = describe(huge, NULL, 40);
    assert_true(s.count == 40 && s.most == 1e308);
    s = describe(constant, NULL, 0);
    assert_int_equal(s.count, 0);
    s = describe(constant, NULL, 1);
    assert_int_equal(s.count, 1);
    missing[17] = 3;
    s = describe(missing, NULL, 40);
    assert_true(s.count == 1 && s.median == 3);
    for (int i = 0; i < 40; i++) /* a straight line is all trend */
        constant[i] = 3 + 7 * i;
    assert_true(describe(constant, NULL, 40).period == 0);
}

/* A cycle with a trend and noise of the same variance, at lengths of every kind, primes among them. */
static void test_cycles(void **context)
{
    (void)context;
    static const struct {
        size_t rows;
        double period;
    } known[] = {{100, 7},    {144, 12},    {240, 24},     {997, 12},    {2017, 7},
                 {8009, 24},  {17420, 24},  {17417, 168},  {52696, 144}, {69680, 96},
                 {10007, 52}, {20011, 365}, {300007, 288}, {9973, 2},    {5003, 3}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        double *x = malloc(known[k].rows * sizeof *x);
        assert_non_null(x);
        for (size_t i = 0; i < known[k].rows; i++)
            x[i] = 50 + 40.0 * (double)i / (double)known[k].rows + normal(k, i) +
                   sqrt(2) * cos(2 * M_PI * (double)i / known[k].period + 1);
        const ds_column_summary s = describe(x, NULL, known[k].rows);
        /* Within a tenth of a cycle over the whole length, and whole where that cannot tell more. */
        if (fabs(s.period - known[k].period) >
            0.25 * known[k].period * known[k].period / (double)known[k].rows)
            fail_msg("%zu rows of period %g: %g", known[k].rows, known[k].period, s.period);
        if (s.period_share < 0.3 || s.period_share > 0.8)
            fail_msg("%zu rows of period %g: share %g", known[k].rows, known[k].period, s.period_share);
        free(x);
    }
}

static void test_fractions_of_rows(void **context)
{
    (void)context;
    enum { ROWS = 20000 };
    static double x[ROWS];
    for (int i = 0; i < ROWS; i++)
        x[i] = cos(2 * M_PI * i / 12.5) + 0.1 * normal(3, (uint64_t)i);
    const double period = describe(x, NULL, ROWS).period;
    assert_true(fabs(period - 12.5) < 0.005);
}

static void test_no_cycle(void **context)
{
    (void)context;
    enum { TRIES = 300 };
    static const size_t lengths[] = {30, 60, 150, 1000};
    static double x[1000];
    int alarms = 0;
    for (size_t k = 0; k < 4; k++)
        for (uint64_t try = 0; try < TRIES; try++) {
            double noise = 0, walk = 0;
            for (size_t i = 0; i < lengths[k]; i++) {
                noise = normal(100 + try, i);
                walk += noise;
                x[i] = try % 2 ? walk : noise;
            }
            alarms += describe(x, NULL, lengths[k]).period != 0;
        }
    assert_in_range(alarms, 0, 8); /* of 1200 */
}

/* Holes are bridged, and do not hide the cycle. */
static void test_holes(void **context)
{
    (void)context;
    enum { ROWS = 2400 };
    static double x[ROWS];
    for (int i = 0; i < ROWS; i++)
        x[i] =
            nn_random_uniform(8, (uint64_t)i) < 0.2 || i < 5 || i > ROWS - 5 ? NAN : sin(2 * M_PI * i / 24);
    const ds_column_summary s = describe(x, NULL, ROWS);
    assert_true(s.period == 24 && s.missing > 300);
}

static void test_reference(void **context)
{
    (void)context;
    static const struct {
        const char *file, *column;
        double period, share;
    } known[] = {{"ETTh1.csv", "HUFL", 24, 0.3},
                 {"ETTm1.csv", "HUFL", 96, 0.3},
                 {"weather.csv", "T (degC)", 144, 0.1},
                 {"exchange_rate.csv", "OT", 0, 0}};
    const char *folder = getenv("AUSPEX_REFERENCE");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/data/forecast/%s", folder ? folder : "../shared", known[i].file);
        if (access(path, R_OK)) {
            print_message("%s is absent\n", path);
            skip();
        }
        ds_table *t;
        const ds_read_options options = {.on_gap = DS_KEEP, .on_duplicate = DS_KEEP};
        if (ds_table_read(&t, path, &options, &error))
            fail_msg("%s", error.text);
        ds_column_summary s;
        struct timespec from, to;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        assert_int_equal(ds_describe_column(t, ds_table_column(t, known[i].column), &s, &error), NN_OK);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        print_message("%s %s: period %g, %.0f %% of the variance, %.1f ms\n", known[i].file, known[i].column,
                      s.period, 100 * s.period_share,
                      (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) * 1e-6);
        assert_true(s.period == known[i].period && s.period_share >= known[i].share);
        ds_table_free(t);
    }
}

/* Numbers whose squares no double holds have a deviation all the same. */
static void test_extremes(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const double size = i ? 1e-300 : 1e300;
        double values[] = {size, 3 * size, size, 3 * size};
        const ds_column_summary s = describe(values, NULL, 4);
        assert_true(fabs(s.deviation / size - 1) < 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statistics), cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_lag1),       cmocka_unit_test(test_degenerate),
        cmocka_unit_test(test_cycles),     cmocka_unit_test(test_fractions_of_rows),
        cmocka_unit_test(test_no_cycle),   cmocka_unit_test(test_holes),
        cmocka_unit_test(test_reference),
    };
    return cmocka_run_group_tests_name("describe", tests, NULL, NULL);
}
