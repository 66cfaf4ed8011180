/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What forecasters say by distributions of their own: paths and quantiles that agree with each other and with
 * the forecast, the same for the same key however many there are, and zero width where nothing errs. */
#include "forecast/forecasters.h"
#include "forecast/statistics/transform.h"
#include "lib/base/random.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 240, SEASON = 12, HORIZON = 15, PATHS = 6000, SHARES = 5 };

typedef struct world {
    double values[ROWS];
    ds_time time[ROWS];
    ds_table table;
    char *name;
    int zero;
    uint8_t role;
    ds_view view;
} world;

static double normal(uint64_t i)
{
    double sum = -6;
    for (uint64_t j = 0; j < 12; j++)
        sum += nn_random_uniform(i, j);
    return sum;
}

static void make(world *w)
{
    *w = (world){.name = (char *)"y"};
    w->table =
        (ds_table){.rows = ROWS, .columns = 1, .names = &w->name, .values = w->values, .time = w->time};
    w->table.path = (char *)"made";
    w->view = (ds_view){.table = &w->table,
                        .rows = ROWS,
                        .columns = 1,
                        .column = &w->zero,
                        .role = &w->role,
                        .targets = 1,
                        .target = &w->zero,
                        .floor = NAN};
}

/* A level that walks, with a season that swings with it. */
static void fill(world *w, double noise)
{
    double level = 100;
    for (int t = 0; t < ROWS; t++) {
        level += .3 + noise * normal((uint64_t)t);
        w->values[t] = level * (1 + .2 * sin(2 * M_PI * t / SEASON)) + noise * normal((uint64_t)t + 10000);
        w->time[t] = t;
    }
}

static const double shares[SHARES] = {.025, .1, .5, .9, .975};

/* The normal quantiles of multiplicative errors are so by mean and variance alone. */
static void check_paths(const char *what, const double *paths, const double *quantile, const double *mean,
                        bool symmetric, double most)
{
    for (int h = 0; h < HORIZON; h++) {
        double sum = 0;
        int below[SHARES] = {0};
        const double wide = quantile[3 * HORIZON + h] - quantile[HORIZON + h];
        for (int i = 0; i < PATHS; i++) {
            sum += paths[i * HORIZON + h];
            for (int s = 0; s < SHARES; s++)
                below[s] += paths[i * HORIZON + h] < quantile[s * HORIZON + h];
        }
        if (!(wide > 0) || (symmetric && fabs(sum / PATHS - mean[h]) > .03 * wide))
            fail_msg("%s, step %d: mean of paths %g, forecast %g, width %g", what, h + 1, sum / PATHS,
                     mean[h], wide);
        for (int s = 0; s < SHARES; s++)
            if (fabs(below[s] / (double)PATHS - shares[s]) > most)
                fail_msg("%s, step %d: %g of the paths below the quantile of %g", what, h + 1,
                         below[s] / (double)PATHS, shares[s]);
    }
}

static void check(const char *what, const fc_forecaster *f, const void *config, bool symmetric)
{
    static world w;
    static double paths[PATHS * HORIZON], few[3 * HORIZON], quantile[SHARES * HORIZON], mean[HORIZON];
    void *state;
    nn_error error = {0};
    make(&w);
    fill(&w, 1);
    if (fc_forecaster_fit(&state, f, config, &w.view, (ds_part){0, ROWS}, HORIZON, SEASON, &error))
        fail_msg("%s: %s", what, error.text);
    const fc_outlook at = {&w.view, 0, HORIZON, ROWS};
    f->forecast(state, &w.view, ROWS, HORIZON, mean);
    assert_true(f->quantiles(state, at, shares, SHARES, quantile));
    assert_true(f->paths(state, at, 7, PATHS, paths));
    assert_true(f->paths(state, at, 7, 3, few));
    assert_memory_equal(paths, few, sizeof few);
    assert_memory_not_equal(paths, paths + HORIZON, HORIZON * sizeof *paths);
    check_paths(what, paths, quantile, mean, symmetric, *what == 'M' ? .05 : .03);
    assert_false(f->quantiles(state, (fc_outlook){&w.view, 0, HORIZON, 1}, shares, SHARES, quantile));
    fc_forecaster_free(state, f);
}

static void test_agree(void **state)
{
    (void)state;
    static const char *const forms[] = {"ANN", "AAdN", "MAM", "ANA", "MAdM", "MNM", "AAM", "MMN", "mean"};
    static const char *const orders[] = {"0,1,1,0,1,1", "2,0,0", "1,1,1,1,0,0", "auto"};
    for (int i = 0; i < 9; i++)
        check(forms[i], &fc_forecaster_ets, &(fc_ets_config){.form = (char *)forms[i]},
              strcmp(forms[i], "MMN") != 0);
    for (int i = 0; i <= FC_THETA_BOXCOX; i++)
        check("theta", &fc_forecaster_theta, &(fc_theta_config){.variant = i}, i < FC_THETA_BOXCOX);
    for (int i = 0; i < 4; i++)
        check(orders[i], &fc_forecaster_arima, &(fc_arima_config){.order = (char *)orders[i]}, true);
    check("flair", &fc_forecaster_flair, NULL, false);
    check("stl, ets", &fc_forecaster_stl, NULL, true);
    check("stl, arima", &fc_forecaster_stl, &(fc_stl_config){.rest = (char *)"arima"}, true);
}

/* What has no distribution says so. */
static void test_without(void **state)
{
    (void)state;
    static world w;
    void *fitted;
    double out[HORIZON];
    make(&w);
    fill(&w, 1);
    const fc_stl_config how = {.rest = (char *)"median"};
    assert_int_equal(fc_forecaster_fit(&fitted, &fc_forecaster_stl, &how, &w.view, (ds_part){0, ROWS},
                                       HORIZON, SEASON, NULL),
                     NN_OK);
    assert_false(
        fc_forecaster_stl.quantiles(fitted, (fc_outlook){&w.view, 0, HORIZON, ROWS}, shares, 1, out));
    fc_forecaster_free(fitted, &fc_forecaster_stl);
}

/* Errors of nothing: a constant. */
static void test_constant(void **state)
{
    (void)state;
    static world w;
    const fc_forecaster *all[] = {&fc_forecaster_ets, &fc_forecaster_theta, &fc_forecaster_arima,
                                  &fc_forecaster_flair};
    make(&w);
    for (int t = 0; t < ROWS; t++)
        w.values[t] = 7;
    for (int i = 0; i < 4; i++) {
        void *fitted;
        double out[SHARES * HORIZON];
        assert_int_equal(
            fc_forecaster_fit(&fitted, all[i], NULL, &w.view, (ds_part){0, ROWS}, HORIZON, SEASON, NULL),
            NN_OK);
        assert_true(all[i]->quantiles(fitted, (fc_outlook){&w.view, 0, HORIZON, ROWS}, shares, SHARES, out));
        for (int c = 0; c < SHARES * HORIZON; c++)
            assert_float_equal(out[c], 7, 1e-6);
        fc_forecaster_free(fitted, all[i]);
    }
}

/* On the scale of logarithms the same as on logarithms, brought back; also from a file. */
static void test_scale(void **state)
{
    (void)state;
    static world w, logs;
    void *fitted, *plain, *again;
    nn_error error = {0};
    double out[SHARES * HORIZON], expected[SHARES * HORIZON], mean[HORIZON], plain_mean[HORIZON];
    make(&w);
    make(&logs);
    fill(&w, 1);
    for (int t = 0; t < ROWS; t++)
        logs.values[t] = log(w.values[t]);
    const fc_ets_config how = {.form = (char *)"AAN", .scale = FC_LOG}, usual = {.form = (char *)"AAN"};
    const fc_forecaster *f = &fc_forecaster_ets;
    const ds_part all = {0, ROWS};
    assert_int_equal(fc_forecaster_fit(&fitted, f, &how, &w.view, all, HORIZON, SEASON, NULL), NN_OK);
    assert_int_equal(fc_forecaster_fit(&plain, f, &usual, &logs.view, all, HORIZON, SEASON, NULL), NN_OK);
    json_t *object = fc_forecaster_json(fitted, f);
    if (fc_forecaster_read(&again, f, object, "here", &error))
        fail_msg("%s", error.text);
    json_decref(object);
    fc_forecaster_forecast(f, again, &w.view, ROWS, HORIZON, mean);
    f->forecast(plain, &logs.view, ROWS, HORIZON, plain_mean);
    assert_true(
        fc_forecaster_quantiles(f, again, (fc_outlook){&w.view, 0, HORIZON, ROWS}, shares, SHARES, out));
    assert_true(f->quantiles(plain, (fc_outlook){&logs.view, 0, HORIZON, ROWS}, shares, SHARES, expected));
    for (int h = 0; h < HORIZON; h++)
        assert_float_equal(mean[h], exp(plain_mean[h]), 1e-6);
    for (int c = 0; c < SHARES * HORIZON; c++)
        assert_float_equal(out[c], exp(expected[c]), 1e-6);
    assert_true(fc_forecaster_paths(f, again, (fc_outlook){&w.view, 0, HORIZON, ROWS}, 3, 2, out));
    assert_true(f->paths(plain, (fc_outlook){&logs.view, 0, HORIZON, ROWS}, 3, 2, expected));
    for (int c = 0; c < 2 * HORIZON; c++)
        assert_float_equal(out[c], exp(expected[c]), 1e-6);
    fc_forecaster_free(fitted, f);
    fc_forecaster_free(plain, f);
    fc_forecaster_free(again, f);
    w.values[5] = 0;
    assert_int_equal(fc_forecaster_fit(&fitted, f, &how, &w.view, all, HORIZON, SEASON, &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "--transform log: 'y' is 0 in row 6, not above 0"));
}

/* Growth by a share goes on so. */
static void test_growth(void **state)
{
    (void)state;
    static world w;
    void *fitted;
    double out[HORIZON];
    make(&w);
    for (int t = 0; t < ROWS; t++)
        w.values[t] = 3 * pow(1.01, t);
    const fc_plain_config how = {FC_LOG};
    assert_int_equal(
        fc_forecaster_fit(&fitted, &fc_forecaster_drift, &how, &w.view, (ds_part){0, ROWS}, HORIZON, 1, NULL),
        NN_OK);
    fc_forecaster_forecast(&fc_forecaster_drift, fitted, &w.view, ROWS, HORIZON, out);
    for (int h = 0; h < HORIZON; h++)
        assert_float_equal(out[h], 3 * pow(1.01, ROWS + h), 1e-8);
    fc_forecaster_free(fitted, &fc_forecaster_drift);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_agree), cmocka_unit_test(test_without),
                                       cmocka_unit_test(test_constant), cmocka_unit_test(test_scale),
                                       cmocka_unit_test(test_growth)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
