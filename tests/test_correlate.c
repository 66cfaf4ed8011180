/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlations at lags, and what is chosen by them. */
#include "datasets/series/correlate.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <string.h>

enum { ROWS = 600, COLUMNS = 5 };

static nn_error error;

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", value, expected);
}
static double values[ROWS * COLUMNS];
static char *names[COLUMNS] = {"base", "leads", "same", "noise", "constant"};
static ds_table table = {.path = "made", .rows = ROWS, .columns = COLUMNS, .values = values, .names = names};
static const ds_part all = {0, ROWS};
static const ds_correlate_settings settings = {.lags = 5, .threshold = 0.6, .top = 3};

static double normal(uint64_t key, uint64_t i)
{
    return sqrt(-2 * log(1 - nn_random_uniform(key, 2 * i))) *
           cos(2 * M_PI * nn_random_uniform(key, 2 * i + 1));
}

/* base_t = leads_(t-2) with some noise. */
static void fill(void)
{
    for (size_t t = 0; t < ROWS; t++) {
        double *row = values + t * COLUMNS;
        row[1] = normal(1, t);
        row[0] = (t < 2 ? 0 : values[(t - 2) * COLUMNS + 1]) + 0.5 * normal(2, t);
        row[2] = -row[0] + 0.6 * normal(3, t);
        row[3] = normal(4, t);
        row[4] = 7;
    }
}

static ds_correlations *correlate(const ds_correlate_settings *s, ds_part part)
{
    ds_correlations *c;
    fill();
    if (ds_correlate(&c, &table, 0, part, s, &error))
        fail_msg("%s", error.text);
    return c;
}

static double rho(const ds_correlations *c, int i, int lag)
{
    return c->rho[i * (c->lags + 1) + lag];
}

static void test_values(void **state)
{
    (void)state;
    ds_correlations *c = correlate(&settings, all);
    assert_int_equal(c->count, 4);
    near(rho(c, 0, 2), 1 / sqrt(1.25), 0.03);
    near(rho(c, 0, 0), 0, 0.1);
    near(rho(c, 1, 0), -sqrt(1.25) / sqrt(1.25 + 0.36), 0.03);
    assert_true(isnan(rho(c, 3, 0)));
    for (int lag = 0; lag <= 5; lag++) { /* a slow twin */
        double x = 0, y = 0, xx = 0, yy = 0, xy = 0, n = ROWS - lag;
        for (int t = lag; t < ROWS; t++) {
            const double a = values[t * COLUMNS], b = values[(t - lag) * COLUMNS + 3];
            x += a / n, y += b / n, xx += a * a / n, yy += b * b / n, xy += a * b / n;
        }
        near(rho(c, 2, lag), (xy - x * y) / sqrt((xx - x * x) * (yy - y * y)), 1e-12);
    }
    assert_true(c->chosen[0] && c->chosen[1] && !c->chosen[2] && !c->chosen[3]);
    assert_int_equal(c->best_lag[0], 2);
    assert_int_equal(c->best_lag[1], 0);
    assert_false(c->noise);
    ds_correlations_free(c);
}

static void test_choices(void **state)
{
    (void)state;
    ds_correlate_settings s = settings;
    s.by = DS_LAGS_SAME;
    ds_correlations *c = correlate(&s, all);
    assert_true(!c->chosen[0] && c->chosen[1]);
    ds_correlations_free(c);
    s.by = DS_LAGS_PAST;
    c = correlate(&s, all);
    assert_true(c->chosen[0] && !c->chosen[1]);
    ds_correlations_free(c);
    s = settings;
    s.top = 1;
    c = correlate(&s, all);
    assert_int_equal(c->chosen[0] + c->chosen[1], 1);
    ds_correlations_free(c);
    uint8_t base[COLUMNS] = {1};
    int columns[COLUMNS], count;
    assert_int_equal(ds_select_columns(columns, &count, &table, base, all, &settings, &error), NN_OK);
    assert_int_equal(count, 3);
    assert_int_equal(columns[0] * 100 + columns[1] * 10 + columns[2], 12);
}

/* Ranks do not change under a monotone map. */
static void test_spearman(void **state)
{
    (void)state;
    ds_correlate_settings s = settings;
    s.method = 1;
    ds_correlations *before = correlate(&s, all), *after;
    for (size_t t = 0; t < ROWS; t++)
        values[t * COLUMNS + 1] = exp(3 * values[t * COLUMNS + 1]);
    assert_int_equal(ds_correlate(&after, &table, 0, all, &s, &error), NN_OK);
    near(rho(before, 0, 2), rho(after, 0, 2), 1e-12);
    assert_true(rho(after, 0, 2) > 0.85);
    ds_correlations_free(before);
    ds_correlations_free(after);
}

/* Only the part is looked at. */
static void test_part(void **state)
{
    (void)state;
    const ds_part train = {0, 300};
    ds_correlations *a = correlate(&settings, train), *b;
    for (size_t i = 300 * COLUMNS; i < ROWS * COLUMNS; i++)
        values[i] = 1e6;
    assert_int_equal(ds_correlate(&b, &table, 0, train, &settings, &error), NN_OK);
    for (int i = 0; i < 3 * 6; i++)
        assert_true(a->rho[i] == b->rho[i]);
    ds_correlations_free(a);
    ds_correlations_free(b);
}

static void test_noise(void **state)
{
    (void)state;
    fill();
    ds_correlations *c;
    ds_table two = table;
    for (size_t t = 0; t < ROWS; t++) {
        values[t * 2] = sin((double)(t * t % 1009));
        values[t * 2 + 1] = sin((double)(t * t * 3 % 997));
    }
    two.columns = 2;
    assert_int_equal(ds_correlate(&c, &two, 0, all, &settings, &error), NN_OK);
    int beyond = 0;
    for (int lag = 1; lag <= 5; lag++)
        beyond += fabs(rho(c, 0, lag)) > 2 / sqrt(ROWS);
    assert_int_equal(c->beyond, beyond);
    assert_int_equal(c->noise, beyond == 0);
    assert_false(c->chosen[0]);
    ds_correlations_free(c);
    const ds_part few = {0, 5};
    assert_int_equal(ds_correlate(&c, &table, 0, few, &settings, &error), NN_BAD_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_choices), cmocka_unit_test(test_spearman),
        cmocka_unit_test(test_part),   cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
