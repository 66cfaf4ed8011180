/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STL, MSTL and the classical decomposition beside R's stl, mstl and decompose. */
#include "datasets/series/stl.h"
#include "tests/statistical_file.h"

typedef struct totals {
    int compared;
    double worst; /* difference, beside the largest value of the series */
} totals;

/* The rows that the file holds, all or the first and last 24, to its nine digits. */
static void compare(const statistical_series *s, const char *model, const char *key, const double *got,
                    totals *t)
{
    const json_t *want = json_object_get(json_object_get(s->r, model), key);
    const size_t count = json_array_size(want);
    double largest = 0;
    for (size_t i = 0; i < s->train; i++)
        largest = fmax(largest, fabs(s->values[i]));
    for (size_t i = 0; i < count; i++) {
        const size_t row = count == s->train || i < 24 ? i : s->train - 48 + i;
        const double difference = fabs(got[row] - json_number_value(json_array_get(want, i))) / largest;
        if (!(difference <= 1e-8))
            fail_msg("%s, %s, %s, row %zu: %.12g, not %.12g", s->name, model, key, row + 1, got[row],
                     json_number_value(json_array_get(want, i)));
        t->worst = fmax(t->worst, difference);
        t->compared++;
    }
}

static void check_stl(const statistical_series *s, const char *model, int window, bool robust, totals *t)
{
    if (!json_object_get(json_object_get(s->r, model), "seasonal"))
        return;
    nn_error error = {0};
    double season[2000], trend[2000];
    const ds_stl_options how = {.period = s->period, .season_window = window, .robust = robust};
    assert_int_equal(ds_stl(s->values, s->train, &how, season, trend, NULL, &error), NN_OK);
    compare(s, model, "seasonal", season, t);
    compare(s, model, "trend", trend, t);
}

static void check_mstl(const statistical_series *s, totals *t)
{
    if (!json_object_get(json_object_get(s->r, "mstl"), "Trend"))
        return;
    nn_error error = {0};
    static double season[4 * 2000], trend[2000];
    assert_int_equal(ds_mstl(s->values, s->train, s->periods, s->seasons, false, season, trend, &error),
                     NN_OK);
    compare(s, "mstl", "Trend", trend, t);
    for (int i = 0; i < s->seasons; i++) {
        char key[32];
        snprintf(key, sizeof key, "Seasonal%d", s->periods[i]);
        compare(s, "mstl", key, season + (size_t)i * s->train, t);
    }
}

static void check_series(const statistical_series *s, void *total)
{
    assert_true(s->train <= 2000);
    check_stl(s, "stl_periodic", 0, false, total);
    check_stl(s, "stl_7_robust", 7, true, total);
    check_mstl(s, total);
    const json_t *classical = json_object_get(s->r, "decompose");
    for (int m = 0; m < 2; m++) {
        const json_t *want = json_object_get(classical, m ? "multiplicative" : "additive");
        double figure[400];
        nn_error error = {0};
        if (!want)
            continue;
        assert_int_equal(ds_decompose(s->values, s->train, s->period, m, figure, NULL, &error), NN_OK);
        for (int i = 0; i < s->period; i++)
            statistical_near(s->name, "decompose", "figure", figure[i],
                             json_number_value(json_array_get(want, (size_t)i)), 1e-8, 1);
    }
}

static void test_goldens(void **state)
{
    (void)state;
    totals t = {0};
    statistical_each(check_series, &t);
    print_message("%d components, worst difference %.1e of the series' size\n", t.compared, t.worst);
    assert_true(t.compared > 500);
}

static void test_parts_of_a_made_series(void **state)
{
    (void)state;
    enum { ROWS = 400 };
    double y[ROWS], season[2 * ROWS], trend[ROWS], weight[ROWS];
    nn_error error = {0};
    for (int i = 0; i < ROWS; i++)
        y[i] = 10 + .01 * i + (i % 5 == 0 ? 3 : 0) + 2 * sin(2 * M_PI * i / 35.);
    const int periods[] = {5, 35};
    assert_int_equal(ds_mstl(y, ROWS, periods, 2, false, season, trend, &error), NN_OK);
    for (int i = 0; i < ROWS; i++) {
        assert_true(fabs(season[i] - (i % 5 == 0 ? 2.4 : -.6)) < .05);
        assert_true(fabs(season[ROWS + i] - 2 * sin(2 * M_PI * i / 35.)) < .05);
    }
    assert_true(ds_season_strength(y, season, trend, ROWS) > .3);
    y[200] += 100;
    const ds_stl_options how = {.period = 35, .robust = true};
    assert_int_equal(ds_stl(y, ROWS, &how, season, trend, weight, &error), NN_OK);
    assert_true(weight[200] == 0 && weight[100] > .3);
}

static void test_too_short(void **state)
{
    (void)state;
    double y[24] = {1, 2, 3}, season[24], trend[24];
    nn_error error = {0};
    const ds_stl_options how = {.period = 12};
    assert_int_equal(ds_stl(y, 24, &how, season, trend, NULL, &error), NN_BAD_DATA);
    assert_int_equal(ds_decompose(y, 23, 12, false, season, trend, &error), NN_BAD_DATA);
    assert_int_equal(ds_mstl(y, 24, &(const int){12}, 1, false, season, trend, &error), NN_OK);
    assert_true(season[3] == 0 && fabs(trend[20]) < .2);
    assert_int_equal(ds_mstl(y, 1, &(const int){12}, 1, false, season, trend, &error), NN_OK);
    assert_true(trend[0] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_goldens),
                                       cmocka_unit_test(test_parts_of_a_made_series),
                                       cmocka_unit_test(test_too_short)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
