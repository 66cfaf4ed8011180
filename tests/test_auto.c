/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The choice by evidence: what rolling origins make of plain series, alike for any number of threads and
 * after a model's file. */
#include "forecast/forecasters/choice/choice.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES = 7, ROWS = 240, HORIZON = 12 };
enum { CONSTANT, LINE, DEMAND, SHORT, SEASON, EMPTY, WALK };

typedef struct world {
    double values[ROWS * SERIES];
    int column[SERIES];
    uint8_t role[SERIES];
    char *names[SERIES];
    ds_table table;
    ds_view view;
} world;

static double noise(int row, int series)
{
    return nn_random_uniform(7, (uint64_t)(row * SERIES + series)) - .5;
}

static double value_of(int row, int series, double before)
{
    switch (series) {
    case CONSTANT:
        return 5.25;
    case LINE:
        return 3 - .5 * row;
    case DEMAND:
        return noise(row, series) > .3 ? 4 + row % 3 : 0;
    case SHORT:
        return row == 100 || row == 101 ? 9 : NAN;
    case SEASON:
        return row < 200 ? 50 + .1 * row + 20 * (row % 12 < 3) + noise(row, series) : NAN;
    case EMPTY:
        return NAN;
    default:
        return before + noise(row, series);
    }
}

static void make(world *w)
{
    memset(w, 0, sizeof *w);
    for (int k = 0; k < SERIES; k++) {
        w->column[k] = k;
        w->names[k] = (char *)"series";
        for (int t = 0; t < ROWS; t++)
            w->values[t * SERIES + k] = value_of(t, k, t ? w->values[(t - 1) * SERIES + k] : 0);
    }
    w->table = (ds_table){.path = (char *)"table",
                          .rows = ROWS,
                          .columns = SERIES,
                          .values = w->values,
                          .names = w->names,
                          .frequency = {.unit = DS_UNIT_MONTH, .count = 1}};
    w->view = (ds_view){.table = &w->table,
                        .rows = ROWS,
                        .columns = SERIES,
                        .column = w->column,
                        .role = w->role,
                        .targets = SERIES,
                        .target = w->column,
                        .floor = NAN};
}

static void *fit(const world *w, nn_pool *pool)
{
    void *state;
    nn_error error = {0};
    if (fc_forecaster_fit_beside(&state, &fc_forecaster_auto, NULL, &w->view, (ds_part){0, ROWS}, HORIZON, 12,
                                 pool, &error))
        fail_msg("%s", error.text);
    return state;
}

/* (SERIES, HORIZON), each from its own end. */
static void forecast(const world *w, const void *state, double *out)
{
    for (int k = 0; k < SERIES; k++) {
        size_t end = ROWS;
        while (end > 0 && !ds_view_valid(&w->view, end - 1, k))
            end--;
        fc_forecaster_auto.forecast_one(state, &w->view, k, end, HORIZON, out + k * HORIZON);
    }
}

static void test_plain_series(void **unused)
{
    (void)unused;
    world *w = malloc(sizeof *w);
    double out[SERIES * HORIZON];
    make(w);
    void *state = fit(w, NULL);
    forecast(w, state, out);
    for (int h = 0; h < HORIZON; h++) {
        assert_true(out[CONSTANT * HORIZON + h] == 5.25);
        assert_true(fabs(out[LINE * HORIZON + h] - (3 - .5 * (ROWS + h))) < 1e-9);
        assert_true(out[SHORT * HORIZON + h] == 9);
        assert_true(out[DEMAND * HORIZON + h] > .4 && out[DEMAND * HORIZON + h] < 2);
        const int row = 200 + h;
        assert_true(fabs(out[SEASON * HORIZON + h] - (50 + .1 * row + 20 * (row % 12 < 3))) < 2);
        assert_true(isfinite(out[EMPTY * HORIZON + h]));
    }
    fc_forecaster_free(state, &fc_forecaster_auto);
    free(w);
}

/* No mixture is worse than 1.02 times the best naive forecast at the origins that chose it. */
static void test_beside_naive(void **unused)
{
    (void)unused;
    world *w = malloc(sizeof *w);
    int mixed = 0;
    make(w);
    for (int k = 0; k < SERIES; k++) {
        fc_trial t;
        fc_trial_begin(&t, &w->view, k, &(fc_trial_of){{0, ROWS}, HORIZON, 12, FC_PLAIN, NULL});
        assert_int_equal(t.code, NN_OK);
        for (int g = 0; g < t.tasks; g++)
            fc_trial_run(&t, g);
        fc_trials_decide(&t, 1);
        if (k == EMPTY) {
            assert_int_equal(t.count, 0);
        } else {
            double sum = 0;
            assert_true(isnan(t.error) || t.error <= 1.02 * t.candidate[t.naive].error);
            for (int c = 0; c < t.count; c++)
                sum += t.candidate[c].share;
            assert_true(fabs(sum - 1) < 1e-12);
        }
        assert_true(k != SHORT || t.origins == 0);
        mixed += t.count > 0 && t.candidate[t.naive].share > 0;
        fc_trial_clear(&t);
    }
    assert_true(mixed >= 2); /* the constant and the short one */
    free(w);
}

/* Series that turned all at once, not long ago, so that what goes on as before is wrong in all of them:
 * together they are held to the naive forecasts, by as much as it takes and no more. */
static void test_held_together(void **unused)
{
    (void)unused;
    enum { BRIEF = 15, AHEAD = 8 };
    world *w = malloc(sizeof *w);
    fc_trial trials[SERIES];
    double beside = 0, naive = 0;
    make(w);
    for (int t = 0; t < ROWS; t++)
        for (int k = 0; k < SERIES; k++) {
            const int at = t - (ROWS - BRIEF);
            w->values[t * SERIES + k] =
                at < 0 ? NAN : 100 + 6 * (at < 8 ? at : 16 - at) + (4 + k) * noise(t, k);
        }
    for (int k = 0; k < SERIES; k++) {
        fc_trial_begin(&trials[k], &w->view, k, &(fc_trial_of){{0, ROWS}, AHEAD, 4, FC_PLAIN, NULL});
        for (int g = 0; g < trials[k].tasks; g++)
            fc_trial_run(&trials[k], g);
    }
    fc_trials_decide(trials, SERIES);
    for (int k = 0; k < SERIES; k++) {
        const fc_trial *t = &trials[k];
        assert_int_equal(t->code, NN_OK);
        beside += log(t->error / t->candidate[t->naive].error) / SERIES;
        naive += t->candidate[t->naive].share / SERIES;
        fc_trial_clear(&trials[k]);
    }
    assert_true(beside <= log(1.02) + 1e-9);
    assert_true(naive > .3 && naive < .99);
    free(w);
}

static void test_threads_and_file(void **unused)
{
    (void)unused;
    world *w = malloc(sizeof *w);
    double one[SERIES * HORIZON], other[SERIES * HORIZON];
    nn_error error = {0};
    nn_pool *pool;
    make(w);
    assert_int_equal(nn_pool_new(&pool, 3, &error), NN_OK);
    void *alone = fit(w, NULL), *beside = fit(w, pool), *read = NULL;
    forecast(w, alone, one);
    forecast(w, beside, other);
    assert_memory_equal(one, other, sizeof one);
    json_t *object = fc_forecaster_json(alone, &fc_forecaster_auto);
    json_t *again = fc_forecaster_json(beside, &fc_forecaster_auto);
    assert_true(nn_json_whole() && json_equal(object, again));
    if (fc_forecaster_read(&read, &fc_forecaster_auto, object, "file", &error))
        fail_msg("%s", error.text);
    forecast(w, read, other);
    assert_memory_equal(one, other, sizeof one);
    fc_forecaster_free(read, &fc_forecaster_auto);
    json_object_del(json_array_get(json_array_get(json_object_get(object, "parts"), 0), 0), "forecaster");
    assert_int_equal(fc_forecaster_read(&read, &fc_forecaster_auto, object, "file", &error), NN_BAD_DATA);
    fc_forecaster_free(read, &fc_forecaster_auto);
    json_decref(object);
    json_decref(again);
    fc_forecaster_free(alone, &fc_forecaster_auto);
    fc_forecaster_free(beside, &fc_forecaster_auto);
    nn_pool_free(pool);
    free(w);
}

/* Whatever may be a part of a mixture forecasts the same after a model's file. */
static void test_parts_and_file(void **unused)
{
    (void)unused;
    static const char *const names[] = {
        "naive", "seasonal-naive", "drift", "mean",   "window-mean", "ets",         "ces",
        "dotm",  "theta-boxcox",   "stl",   "linear", "arima",       "quick-arima", "median"};
    world *w = malloc(sizeof *w);
    ds_strip strip;
    nn_error error = {0};
    make(w);
    assert_int_equal(ds_strip_make(&strip, &w->view, SEASON, 0, 200, &error), NN_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const fc_named *of = fc_forecaster_named(names[i]);
        double before[HORIZON], after[HORIZON];
        void *state, *read;
        assert_int_equal(fc_forecaster_fit(&state, of->forecaster, of->config, &strip.view, (ds_part){0, 200},
                                           HORIZON, 12, &error),
                         NN_OK);
        json_t *object = fc_forecaster_json(state, of->forecaster);
        if (fc_forecaster_read(&read, of->forecaster, object, "file", &error))
            fail_msg("%s: %s", names[i], error.text);
        of->forecaster->forecast(state, &strip.view, 200, HORIZON, before);
        of->forecaster->forecast(read, &strip.view, 200, HORIZON, after);
        if (memcmp(before, after, sizeof before) != 0)
            fail_msg("%s forecasts otherwise after its file", names[i]);
        json_decref(object);
        fc_forecaster_free(state, of->forecaster);
        fc_forecaster_free(read, of->forecaster);
    }
    ds_strip_clear(&strip);
    free(w);
}

/* Stamps that leap over rows leave the season in its step. */
static void test_gaps(void **unused)
{
    (void)unused;
    world *w = malloc(sizeof *w);
    ds_time time[ROWS];
    ds_strip strip;
    nn_error error = {0};
    make(w);
    w->table.time = time;
    w->table.layout.timed = true;
    w->table.report.gaps = 1;
    for (int t = 0; t < ROWS; t++)
        time[t] = ds_time_add(w->table.frequency, 0, t + (t >= 50 ? 7 : 0));
    assert_int_equal(ds_strip_make(&strip, &w->view, SEASON, 0, 60, &error), NN_OK);
    assert_int_equal(strip.rows, 67);
    assert_true(isnan(strip.values[50]) && isnan(strip.values[56]));
    assert_true(strip.values[57] == w->values[50 * SERIES + SEASON]);
    ds_strip_tail(&strip, 10);
    assert_true(strip.values[0] == w->values[50 * SERIES + SEASON]);
    ds_strip_clear(&strip);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_series),   cmocka_unit_test(test_beside_naive),
        cmocka_unit_test(test_held_together),  cmocka_unit_test(test_threads_and_file),
        cmocka_unit_test(test_parts_and_file), cmocka_unit_test(test_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
