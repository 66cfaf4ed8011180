/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scalers: the benchmark's numbers, quantiles by hand, and the way back. */
#include "datasets/series/scaler.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static nn_error error;

static ds_table *read_reference(const char *name)
{
    const char *folder = getenv("AUSPEX_REFERENCE");
    char path[1024];
    snprintf(path, sizeof path, "%s/data/forecast/%s", folder ? folder : "../shared", name);
    if (access(path, R_OK)) {
        print_message("%s is absent\n", path);
        return NULL;
    }
    ds_table *table;
    const ds_read_options options = {.on_gap = DS_KEEP, .on_duplicate = DS_KEEP, .on_missing = DS_ERROR};
    if (ds_table_read(&table, path, &options, &error))
        fail_msg("%s", error.text);
    return table;
}

static void test_benchmark(void **context)
{
    (void)context;
    static const struct {
        const char *file, *split, *column;
        double mean, deviation;
    } known[] = {
        {"ETTh1.csv", "ett-hour", "HUFL", 7.93774225, 5.81274941},
        {"ETTh1.csv", "ett-hour", "OT", 17.1282617, 9.17649102},
        {"ETTm1.csv", "ett-minute", "HUFL", 7.99001348, 5.83309267},
        {"ETTm1.csv", "ett-minute", "OT", 17.1249502, 9.17303527},
        {"weather.csv", NULL, "p (mbar)", 990.642462, 8.63070983},
        {"weather.csv", NULL, "OT", 411.054342, 383.957098},
        {"exchange_rate.csv", NULL, "OT", .604824869, .0952994969},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ds_table *t = read_reference(known[i].file);
        if (!t)
            skip();
        ds_split split;
        ds_scaler s;
        if (ds_split_make(known[i].split, t, &split, &error) ||
            ds_scaler_fit(&s, DS_STANDARD, t, split.train, &error))
            fail_msg("%s", error.text);
        const int c = ds_table_column(t, known[i].column);
        assert_true(c >= 0);
        if (fabs(s.shift[c] / known[i].mean - 1) > 1e-8 || fabs(s.scale[c] / known[i].deviation - 1) > 1e-8)
            fail_msg("%s %s: %.12g %.12g", known[i].file, known[i].column, s.shift[c], s.scale[c]);
        ds_scaler_clear(&s);
        ds_table_free(t);
    }
}

/* A table over values that stay the caller's. */
static ds_table over(double *values, size_t rows, int columns, char **names)
{
    return (ds_table){.path = "t.csv", .rows = rows, .columns = columns, .values = values, .names = names};
}

static void near(double value, double expected)
{
    if (fabs(value - expected) > 1e-12 * (1 + fabs(expected)))
        fail_msg("%.17g is not %.17g", value, expected);
}

static void test_kinds(void **context)
{
    (void)context;
    char *names[] = {"a", "b"};
    double values[] = {1, 5, 2, 5, 4, 5, 8, 5, 1000, -1000};
    ds_table t = over(values, 5, 2, names);
    static const struct {
        ds_scaler_kind kind;
        const char *name;
        double shift, scale, constant_shift;
    } known[] = {{DS_STANDARD, "standard", 3.75, 2.6809513236909020, 5},
                 {DS_MINMAX, "minmax", 1, 7, 5},
                 {DS_ROBUST, "robust", 3, 3.25, 5},
                 {DS_NOSCALE, "none", 0, 1, 5}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ds_scaler s, copy;
        assert_string_equal(ds_scaler_name(known[i].kind), known[i].name);
        assert_int_equal(ds_scaler_fit(&s, known[i].kind, &t, (ds_part){0, 4}, &error), NN_OK);
        near(s.shift[0], known[i].shift);
        near(s.scale[0], known[i].scale);
        near(s.shift[1], known[i].constant_shift);
        near(s.scale[1], 1);
        assert_int_equal(ds_scaler_copy(&copy, &s, &error), NN_OK);
        ds_scaler_clear(&s);
        near(copy.shift[0], known[i].shift);
        near(copy.scale[0], known[i].scale);
        assert_true(copy.kind == known[i].kind && copy.columns == 2);
        ds_scaler_clear(&copy);
    }
}

static void test_what_counts(void **context)
{
    (void)context;
    char *names[] = {"a"};
    double values[] = {100, 1, NAN, 3, 50, 7, 100};
    uint8_t filled[] = {0, 0, 0, 0, 1, 0, 0};
    ds_table t = over(values, 7, 1, names);
    ds_scaler s;
    t.filled = filled;
    assert_int_equal(ds_scaler_fit(&s, DS_MINMAX, &t, (ds_part){1, 6}, &error), NN_OK);
    near(s.shift[0], 1);
    near(s.scale[0], 6);
    ds_scaler_clear(&s);
    assert_int_equal(ds_scaler_fit(&s, DS_STANDARD, &t, (ds_part){2, 3}, &error), NN_BAD_DATA);
    assert_null(s.shift);
    assert_non_null(strstr(error.text, "no column has a value in the training rows 3 to 3"));
    /* One without values stops no other. */
    char *both[] = {"a", "b"};
    double pairs[] = {NAN, 4, NAN, 6};
    const ds_table two = over(pairs, 2, 2, both);
    assert_int_equal(ds_scaler_fit(&s, DS_STANDARD, &two, (ds_part){0, 2}, &error), NN_OK);
    assert_true(isnan(s.shift[0]) && s.scale[0] == 1 && s.shift[1] == 5 && s.scale[1] == 1);
    ds_scaler_clear(&s);
    /* Unscaled, a level far above its deviation is taken off, lest single precision lose it. */
    double level[] = {2500000.25, 2500000.5};
    const ds_table high = over(level, 2, 1, names);
    assert_int_equal(ds_scaler_fit(&s, DS_NOSCALE, &high, (ds_part){0, 2}, &error), NN_OK);
    assert_true(s.shift[0] == 2500000.375 && s.scale[0] == 1);
    ds_scaler_clear(&s);
    values[0] = DBL_MAX, values[1] = -DBL_MAX;
    assert_int_equal(ds_scaler_fit(&s, DS_MINMAX, &t, (ds_part){0, 2}, &error), NN_BAD_DATA);
    assert_int_equal(ds_scaler_fit(&s, DS_STANDARD, &t, (ds_part){0, 2}, &error), NN_BAD_DATA);
    /* Mostly the same value: no range between the quartiles, but no constant either. */
    double zeros[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
    t = over(zeros, 10, 1, names);
    assert_int_equal(ds_scaler_fit(&s, DS_ROBUST, &t, (ds_part){0, 10}, &error), NN_OK);
    near(s.shift[0], 0);
    near(s.scale[0], 1);
    ds_scaler_clear(&s);
    /* The mean of ten times 0.1 is not 0.1 in floating point: still a constant. */
    for (int i = 0; i < 10; i++)
        zeros[i] = 0.1;
    assert_int_equal(ds_scaler_fit(&s, DS_STANDARD, &t, (ds_part){0, 10}, &error), NN_OK);
    assert_true(s.shift[0] == 0.1 && s.scale[0] == 1);
    ds_scaler_clear(&s);
}

static void test_large_offset(void **context)
{
    (void)context;
    enum { ROWS = 1000 };
    static double values[ROWS];
    char *names[] = {"a"};
    for (int i = 0; i < ROWS; i++)
        values[i] = 1e9 + (i % 2 ? 0.5 : -0.5);
    const ds_table t = over(values, ROWS, 1, names);
    ds_scaler s;
    assert_int_equal(ds_scaler_fit(&s, DS_STANDARD, &t, (ds_part){0, ROWS}, &error), NN_OK);
    near(s.shift[0], 1e9);
    near(s.scale[0], 0.5);
    ds_scaler_clear(&s);
}

static void test_inverse(void **context)
{
    (void)context;
    enum { ROWS = 500, COLUMNS = 5 };
    static double values[ROWS * COLUMNS];
    char *names[] = {"a", "b", "c", "d", "e"};
    for (int i = 0; i < ROWS * COLUMNS; i++)
        values[i] = (nn_random_uniform(5, (uint64_t)i) - 0.3) * pow(10, i % COLUMNS * 3 - 5) + (i % 3);
    const ds_table t = over(values, ROWS, COLUMNS, names);
    for (int kind = DS_STANDARD; kind <= DS_NOSCALE; kind++) {
        ds_scaler s;
        assert_int_equal(ds_scaler_fit(&s, (ds_scaler_kind)kind, &t, (ds_part){0, 350}, &error), NN_OK);
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            const int c = i % COLUMNS;
            const double z = (values[i] - s.shift[c]) / s.scale[c];
            assert_true(ds_scaler_scaled(&s, c, values[i]) == z);
            const double back = ds_scaler_value(&s, c, z);
            assert_true(fabs(back - values[i]) <= 4 * DBL_EPSILON * (fabs(values[i]) + fabs(s.shift[c])));
        }
        ds_scaler_clear(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_benchmark),   cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_what_counts), cmocka_unit_test(test_large_offset),
        cmocka_unit_test(test_inverse),
    };
    return cmocka_run_group_tests_name("scaler", tests, NULL, NULL);
}
