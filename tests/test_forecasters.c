/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasters without a network, and the view that they see a table through. */
#include "forecast/forecasters.h"
#include "forecast/model.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 60, COLUMNS = 3, HORIZON = 4 };

typedef struct world {
    double values[ROWS * COLUMNS];
    uint8_t filled[ROWS * COLUMNS], masked[ROWS * 2], role[COLUMNS];
    char *names[COLUMNS];
    ds_table table;
    ds_view view;
} world;

static const int all[COLUMNS] = {0, 1, 2}, targets[2] = {0, 2};

static void make(world *w, double (*value)(int row, int column))
{
    memset(w, 0, sizeof *w);
    for (int j = 0; j < COLUMNS; j++)
        w->names[j] = (char *)"column";
    for (int t = 0; t < ROWS; t++)
        for (int j = 0; j < COLUMNS; j++)
            w->values[t * COLUMNS + j] = value(t, j);
    w->role[1] = DS_VIEW_PAST;
    w->table = (ds_table){.path = (char *)"table",
                          .rows = ROWS,
                          .columns = COLUMNS,
                          .values = w->values,
                          .names = w->names,
                          .filled = w->filled,
                          .frequency = {.unit = DS_UNIT_STEP, .count = 1}};
    w->view = (ds_view){.table = &w->table,
                        .rows = ROWS,
                        .columns = COLUMNS,
                        .column = all,
                        .role = w->role,
                        .targets = 2,
                        .target = targets,
                        .masked = w->masked,
                        .floor = NAN};
}

static double line(int row, int column)
{
    return 10 * column + 0.5 * row;
}

static double wave(int row, int column)
{
    return column + (row % 5);
}

static void expect(double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%.12g instead of %.12g", value, wanted);
}

static void run(const world *w, const fc_forecaster *f, const void *config, size_t origin, int season,
                double *out)
{
    void *state;
    nn_error error = {0};
    if (fc_forecaster_fit(&state, f, config, &w->view, (ds_part){0, 40}, HORIZON, season, &error))
        fail_msg("%s", error.text);
    f->forecast(state, &w->view, origin, HORIZON, out);
    fc_forecaster_free(state, f);
}

static void test_values_that_are_no_truth(void **state)
{
    (void)state;
    world w;
    make(&w, line);
    w.filled[9 * COLUMNS + 2] = 1;
    w.masked[8 * 2 + 1] = 1;
    w.values[7 * COLUMNS + 2] = NAN;
    assert_true(ds_view_valid(&w.view, 9, 0));
    for (size_t row = 7; row < 10; row++)
        assert_false(ds_view_valid(&w.view, row, 1));
    expect(ds_view_last(&w.view, 10, 1), line(6, 2), 0);
    expect(ds_view_last(&w.view, 10, 0), line(9, 0), 0);
    assert_true(isnan(ds_view_last(&w.view, 0, 0)));
    w.view.floor = 21;
    expect(ds_view_value(&w.view, 0, 1), 21, 0);
    assert_int_equal(ds_view_first(&w.view, 1), 0);
}

static void test_naive(void **state)
{
    (void)state;
    world w;
    double out[HORIZON * 2];
    make(&w, line);
    run(&w, &fc_forecaster_naive, NULL, 45, 1, out);
    for (int h = 0; h < HORIZON; h++) {
        expect(out[2 * h], line(44, 0), 0);
        expect(out[2 * h + 1], line(44, 2), 0);
    }
    run(&w, &fc_forecaster_naive, NULL, 0, 1, out); /* nothing before: the training mean */
    expect(out[1], 20 + 0.5 * 19.5, 1e-12);
}

static void test_seasonal_naive(void **state)
{
    (void)state;
    world w;
    double out[HORIZON * 2];
    make(&w, wave);
    w.masked[(43 - 5) * 2] = 1; /* then the season before it */
    w.values[(43 - 10) * COLUMNS] = 77;
    run(&w, &fc_forecaster_seasonal_naive, NULL, 42, 5, out);
    for (int h = 0; h < HORIZON; h++) {
        expect(out[2 * h], h == 1 ? 77 : wave(42 + h, 0), 0);
        expect(out[2 * h + 1], wave(42 + h, 2), 0);
    }
    run(&w, &fc_forecaster_seasonal_naive, NULL, 3, 5, out); /* no whole season: the last value */
    expect(out[1], wave(2, 2), 0);
}

static void test_mean(void **state)
{
    (void)state;
    world w;
    double out[HORIZON * 2];
    make(&w, wave);
    run(&w, &fc_forecaster_mean, NULL, 50, 1, out);
    expect(out[0], 2, 1e-12);
    expect(out[2 * (HORIZON - 1) + 1], 4, 1e-12);
}

/* A recursion that the linear forecast must find: of the target's own value, and of its neighbour's. */
static double noise(int row, int column)
{
    return (double)(nn_random(7, (uint64_t)(row * COLUMNS + column)) % 1000) / 1000;
}

static void test_linear(void **state)
{
    (void)state;
    world w;
    double out[HORIZON * 2];
    make(&w, noise);
    for (int t = 1; t < ROWS; t++)
        w.values[t * COLUMNS] = 3 + 0.5 * w.values[(t - 1) * COLUMNS] + w.values[(t - 1) * COLUMNS + 2];
    fc_ar_config config = {.order = 1, .neighbours = -1};
    run(&w, &fc_forecaster_ar, &config, 50, 1, out);
    expect(out[0], w.values[50 * COLUMNS], 1e-4);
    make(&w, wave);
    config = (fc_ar_config){.order = 5};
    run(&w, &fc_forecaster_ar, &config, 50, 1, out);
    for (int h = 0; h < HORIZON; h++)
        expect(out[2 * h], wave(50 + h, 0), 1e-4);
}

/* --- statistical models --- */

/* A forecaster with settings. */
typedef struct asked {
    const fc_forecaster *forecaster;
    const void *config;
} asked;

#define ETS(text)                                                                                            \
    {                                                                                                        \
        &fc_forecaster_ets, &(const fc_ets_config)                                                           \
        {                                                                                                    \
            .form = (char *)text                                                                             \
        }                                                                                                    \
    }
#define THETA(which)                                                                                         \
    {                                                                                                        \
        &fc_forecaster_theta, &(const fc_theta_config)                                                       \
        {                                                                                                    \
            .variant = which                                                                                 \
        }                                                                                                    \
    }
#define CES(which)                                                                                           \
    {                                                                                                        \
        &fc_forecaster_ces, &(const fc_ces_config)                                                           \
        {                                                                                                    \
            .season = which                                                                                  \
        }                                                                                                    \
    }
#define DEMAND(which)                                                                                        \
    {                                                                                                        \
        &fc_forecaster_croston, &(const fc_croston_config)                                                   \
        {                                                                                                    \
            which, 0.2, 0.2                                                                                  \
        }                                                                                                    \
    }

/* A line and a season of five rows are continued exactly, over masked values as well; before the first value
 * stands the level. */
static void test_smoothing(void **state)
{
    (void)state;
    const asked lines[] = {ETS("AAN"), ETS("auto"), ETS("mean")};
    world w;
    double out[HORIZON * 2];
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        make(&w, line);
        for (int row = 10; row < 13; row++)
            w.masked[2 * row + 1] = 1;
        w.values[44 * COLUMNS] = NAN;
        run(&w, lines[i].forecaster, lines[i].config, 45, 5, out);
        for (int h = 0; h < HORIZON; h++) {
            expect(out[2 * h], line(45 + h, 0), 1e-6);
            expect(out[2 * h + 1], line(45 + h, 2), 1e-6);
        }
        run(&w, lines[i].forecaster, lines[i].config, 0, 5, out);
        expect(out[1], 20 + 0.5 * 19.3, 0.5);
    }
    make(&w, wave);
    run(&w, &fc_forecaster_ets, NULL, 51, 5, out);
    for (int h = 0; h < HORIZON; h++)
        expect(out[2 * h + 1], wave(51 + h, 2), 1e-6);
    make(&w, noise);
    const fc_ets_config simple = {.form = (char *)"ANN"}, none = {.form = (char *)"AAdX"};
    run(&w, &fc_forecaster_ets, &simple, 40, 5, out);
    expect(out[0], out[2], 0);
    void *fitted;
    nn_error error = {0};
    assert_int_equal(
        fc_forecaster_fit(&fitted, &fc_forecaster_ets, &none, &w.view, (ds_part){0, 40}, 1, 1, &error),
        NN_USAGE);
}

static const asked statistical[] = {ETS("ANN"),
                                    ETS("AAN"),
                                    ETS("AAdN"),
                                    ETS("MAM"),
                                    ETS("auto"),
                                    ETS("mean"),
                                    THETA(0),
                                    THETA(1),
                                    THETA(2),
                                    THETA(3),
                                    THETA(4),
                                    THETA(FC_THETA_AUTO),
                                    THETA(FC_THETA_BOXCOX),
                                    CES(0),
                                    CES(1),
                                    CES(2),
                                    CES(3),
                                    CES(4),
                                    DEMAND(0),
                                    DEMAND(1),
                                    DEMAND(3),
                                    DEMAND(4),
                                    DEMAND(5),
                                    {&fc_forecaster_drift, NULL},
                                    {&fc_forecaster_window_mean, NULL}};

enum { STATISTICAL = sizeof statistical / sizeof *statistical };

/* One, two, three values and a constant: something sensible from each. */
static void test_short_series(void **state)
{
    (void)state;
    world w;
    make(&w, line);
    for (int t = 0; t < ROWS; t++)
        w.values[t * COLUMNS] = 7;
    for (int i = 0; i < STATISTICAL; i++)
        for (size_t rows = 1; rows < 40; rows += rows < 12 ? 1 : 9) {
            void *fitted;
            double out[HORIZON * 2];
            nn_error error = {0};
            const fc_forecaster *f = statistical[i].forecaster;
            if (fc_forecaster_fit(&fitted, f, statistical[i].config, &w.view, (ds_part){0, rows}, HORIZON, 12,
                                  &error))
                fail_msg("%s", error.text);
            f->forecast(fitted, &w.view, rows, HORIZON, out);
            fc_forecaster_free(fitted, f);
            for (int h = 0; h < HORIZON; h++) {
                expect(out[2 * h], 7, 1e-6);
                expect(out[2 * h + 1], line((int)rows + h, 2), 12);
            }
        }
}

/* What a file holds of each forecasts the same; a target without values has its level. */
static void test_kept(void **state)
{
    (void)state;
    world w;
    make(&w, wave);
    for (int t = 0; t < ROWS; t++)
        w.values[t * COLUMNS + 2] += 0.2 * t + noise(t, 2);
    for (int t = 0; t < ROWS; t++)
        w.masked[2 * t] = 1;
    for (int i = 0; i < STATISTICAL; i++) {
        void *fitted, *again;
        double out[HORIZON * 2], same[HORIZON * 2];
        nn_error error = {0};
        const fc_forecaster *f = statistical[i].forecaster;
        if (fc_forecaster_fit(&fitted, f, statistical[i].config, &w.view, (ds_part){3, 40}, HORIZON, 5,
                              &error))
            fail_msg("%s", error.text);
        json_t *kept = fc_forecaster_json(fitted, f);
        assert_non_null(kept);
        if (fc_forecaster_read(&again, f, kept, "model", &error))
            fail_msg("%s", error.text);
        f->forecast(fitted, &w.view, 50, HORIZON, out);
        f->forecast(again, &w.view, 50, HORIZON, same);
        for (int h = 0; h < 2 * HORIZON; h++)
            expect(same[h], out[h], 1e-12 * fabs(out[h]));
        fc_forecaster_free(fitted, f);
        fc_forecaster_free(again, f);
        json_decref(kept);
    }
}

/* The same fit again costs nothing and is the same: the rows are not looked at. */
static void test_once(void **state)
{
    (void)state;
    world w;
    nn_error error = {0};
    make(&w, wave);
    const fc_forecaster *linear = fc_kind_find("linear")->forecaster;
    const ds_part train = {0, 50}, other = {0, 40};
    fc_shared_fit shared = {0};
    void *first, *again;
    double a[HORIZON * 2], b[HORIZON * 2];
    assert_int_equal(
        fc_forecaster_fit_once(&first, &shared, linear, NULL, &w.view, train, HORIZON, 5, NULL, &error),
        NN_OK);
    assert_int_equal(
        fc_forecaster_fit_once(&again, &shared, linear, NULL, NULL, train, HORIZON, 5, NULL, &error), NN_OK);
    fc_forecaster_forecast(linear, first, &w.view, 55, HORIZON, a);
    fc_forecaster_forecast(linear, again, &w.view, 55, HORIZON, b);
    assert_memory_equal(a, b, sizeof a);
    fc_forecaster_free(again, linear);
    /* Other rows are fitted, and what was kept stays. */
    assert_int_equal(
        fc_forecaster_fit_once(&again, &shared, linear, NULL, &w.view, other, HORIZON, 5, NULL, &error),
        NN_OK);
    assert_true(shared.train.end == train.end);
    fc_forecaster_free(again, linear);
    fc_forecaster_free(first, linear);
    fc_shared_fit_clear(&shared);
}

static void test_silent_targets(void **state)
{
    (void)state;
    world w;
    double out[HORIZON * 2];
    make(&w, wave);
    for (int t = 0; t < ROWS; t++)
        w.masked[2 * t] = 1;
    run(&w, &fc_forecaster_naive, NULL, 50, 1, out);
    expect(out[0], 4, 1e-12); /* like the other */
    memset(w.masked, 1, sizeof w.masked);
    void *fitted;
    nn_error error = {0};
    assert_int_equal(
        fc_forecaster_fit(&fitted, &fc_forecaster_naive, NULL, &w.view, (ds_part){0, 40}, 1, 1, &error),
        NN_BAD_DATA);
    assert_non_null(strstr(error.text, "no value of 'column' is valid"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_that_are_no_truth),
        cmocka_unit_test(test_naive),
        cmocka_unit_test(test_seasonal_naive),
        cmocka_unit_test(test_mean),
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_smoothing),
        cmocka_unit_test(test_short_series),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_silent_targets),
        cmocka_unit_test(test_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
