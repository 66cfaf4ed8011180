/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasters built upon others, STL's, and ARIMA as one, beside R's stlf and BoxCox.lambda. */
#include "forecast/forecasters.h"
#include "forecast/forecasters/arima/arima.h"
#include "forecast/statistics/box_cox.h"
#include "forecast/statistics/stl_seasons.h"
#include "lib/base/random.h"
#include "tests/statistical_file.h"

enum { MOST = 1500 };

/* A table of one column that is its own view. */
typedef struct world {
    double values[MOST];
    char *names[1];
    int column[1];
    uint8_t role[1];
    ds_table table;
    ds_view view;
} world;

static void make(world *w, const double *y, size_t rows)
{
    assert_true(rows <= MOST);
    memcpy(w->values, y, rows * sizeof *y);
    w->names[0] = (char *)"y";
    w->column[0] = 0;
    w->role[0] = DS_VIEW_TARGET;
    w->table = (ds_table){.path = (char *)"table",
                          .rows = rows,
                          .columns = 1,
                          .values = w->values,
                          .names = w->names,
                          .frequency = {.unit = DS_UNIT_STEP, .count = 1}};
    w->view = (ds_view){.table = &w->table,
                        .rows = rows,
                        .columns = 1,
                        .column = w->column,
                        .role = w->role,
                        .targets = 1,
                        .target = w->column,
                        .floor = NAN};
}

static void run(const fc_forecaster *f, const void *config, const double *y, size_t rows, size_t train,
                size_t origin, int horizon, int season, double *out)
{
    static world w;
    void *state;
    nn_error error = {0};
    make(&w, y, rows);
    if (fc_forecaster_fit(&state, f, config, &w.view, (ds_part){0, train}, horizon, season, &error))
        fail_msg("%s", error.text);
    f->forecast(state, &w.view, origin, horizon, out);
    fc_forecaster_free(state, f);
}

typedef struct totals {
    int naive, other, close, lambdas;
    double mase, its_mase;
} totals;

static double mase(const statistical_series *s, const double *forecast)
{
    const size_t lag = s->train > 2 * (size_t)s->period ? (size_t)s->period : 1;
    double scale = 0, error = 0;
    for (size_t i = lag; i < s->train; i++)
        scale += fabs(s->values[i] - s->values[i - lag]) / (double)(s->train - lag);
    for (int h = 0; h < s->horizon; h++)
        error += fabs(forecast[h] - s->values[s->train + (size_t)h]) / s->horizon;
    return error / scale;
}

/* stlf with `rest` on the rest: equal where it is naive; of the others, which find optima of their own, how
 * many come within a thousandth. */
static void check_stlf(const statistical_series *s, const char *rest, totals *t)
{
    char name[32], seasons[64] = "";
    double out[200], mean[200], away = 0, size = 0;
    snprintf(name, sizeof name, "stlf_%s", rest);
    const json_t *golden = json_object_get(s->r, name);
    if (!json_object_get(golden, "mean") || s->horizon > 200)
        return;
    for (int i = 0; i < s->seasons; i++)
        snprintf(seasons + strlen(seasons), sizeof seasons - strlen(seasons), "%s%d", i ? "," : "",
                 s->periods[i]);
    const fc_stl_config how = {.rest = (char *)rest, .seasons = seasons};
    run(&fc_forecaster_stl, &how, s->values, s->train, s->train, s->train, s->horizon, s->period, out);
    for (int h = 0; h < s->horizon; h++) {
        mean[h] = statistical_at(golden, "mean", (size_t)h);
        away = fmax(away, fabs(out[h] - mean[h]));
        size = fmax(size, fabs(mean[h]));
    }
    if (strcmp(rest, "naive") == 0) {
        t->naive++;
        if (!(away <= 1e-6 * size))
            fail_msg("%s, %s: %g off", s->name, name, away);
        return;
    }
    t->other++;
    t->close += away <= 1e-3 * size;
    t->mase += mase(s, out);
    t->its_mase += mase(s, mean);
}

static void check_series(const statistical_series *s, void *total)
{
    totals *t = total;
    const double want = statistical_number(json_object_get(s->r, "tests"), "boxcox_guerrero");
    double room[MOST];
    check_stlf(s, "naive", t);
    check_stlf(s, "ets", t);
    if (s->train < 400)
        check_stlf(s, "arima", t);
    if (!isfinite(want) || s->train > MOST || strcmp(s->kind, "edge") == 0)
        return;
    t->lambdas++;
    const double lambda = fc_box_cox_guerrero(s->values, s->train, s->period, room);
    if (!(fabs(lambda - want) <= 1e-4))
        fail_msg("%s: lambda %.9g, not %.9g", s->name, lambda, want);
}

static void test_goldens(void **state)
{
    (void)state;
    totals t = {0};
    statistical_each(check_series, &t);
    print_message("%d of stlf with naive equal, %d of %d with ets and arima within .001; MASE %.4f beside "
                  "R's %.4f; %d lambdas equal\n",
                  t.naive, t.close, t.other, t.mase / t.other, t.its_mase / t.other, t.lambdas);
    assert_true(t.mase <= 1.03 * t.its_mase);
}

static void test_powers(void **state)
{
    (void)state;
    const double lambdas[] = {-.5, 0, .3, 1, 2};
    for (size_t i = 0; i < 5; i++) {
        assert_true(fabs(fc_box_cox_back(fc_box_cox(7.5, lambdas[i]), lambdas[i], 0) - 7.5) < 1e-12);
        assert_true(fc_box_cox_back(fc_box_cox(7.5, lambdas[i]), lambdas[i], .01) >= 7.5 || lambdas[i] > 1);
    }
    assert_true(isnan(fc_box_cox_back(2.5, -.5, 0)));
    assert_true(fabs(fc_box_cox_back(1, 0, .2) - 1.1 * exp(1)) < 1e-12);
}

static double noise(size_t i)
{
    return sin(12.9898 * (double)i * (double)i + 78.233 * (double)i);
}

static void test_seasons_are_found(void **state)
{
    (void)state;
    static double y[1400];
    int periods[FC_SEASONS], count;
    nn_error error = {0};
    for (size_t i = 0; i < 1400; i++)
        y[i] = 10 + .01 * (double)i + 4 * sin(2 * M_PI * (double)i / 24) + 2 * (i % 24 < 6) -
               3 * (i / 24 % 7 >= 5) + .3 * noise(i);
    for (int usual = 1; usual <= 24; usual += 23) {
        assert_int_equal(fc_seasons_find(y, 1400, usual, periods, &count, &error), NN_OK);
        assert_int_equal(count, 2);
        assert_true(periods[0] == 24 && periods[1] == 168);
    }
    for (size_t i = 0; i < 1400; i++)
        y[i] = noise(i);
    assert_int_equal(fc_seasons_find(y, 1400, 1, periods, &count, &error), NN_OK);
    assert_int_equal(count, 0);
}

static void test_arima_sees_only_the_past(void **state)
{
    (void)state;
    double y[120], out[12], again[12];
    nn_error error = {0};
    fc_arima_model model = {0};
    const fc_arima_config how = {.order = (char *)"0,1,1,0,1,1"};
    const fc_arima_order order = {0, 1, 1, 0, 1, 1, 12, false};
    for (size_t i = 0; i < 120; i++)
        y[i] = 50 + .2 * (double)i + 5 * sin(2 * M_PI * (double)i / 12) + noise(i);
    y[40] = NAN;
    run(&fc_forecaster_arima, &how, y, 120, 100, 100, 12, 12, out);
    assert_int_equal(fc_arima_fit(&model, &order, FC_ARIMA_ML, y, 100, NULL, &error), NN_OK);
    assert_int_equal(fc_arima_forecast(&model, y, 100, NULL, 12, again, NULL, &error), NN_OK);
    assert_memory_equal(out, again, sizeof out);
    for (size_t i = 100; i < 120; i++)
        y[i] = 1e6;
    run(&fc_forecaster_arima, &how, y, 120, 100, 100, 12, 12, again);
    assert_memory_equal(out, again, sizeof out);
}

static void test_lines_and_constants(void **state)
{
    (void)state;
    const fc_forecaster *all[] = {&fc_forecaster_arima, &fc_forecaster_stl};
    double line[40], constant[40], out[5];
    for (size_t i = 0; i < 40; i++) {
        line[i] = 3 + .7 * (double)i;
        constant[i] = 7;
    }
    for (size_t f = 0; f < 2; f++) {
        for (size_t n = 1; n <= 40; n += 13) {
            run(all[f], NULL, constant, n, n, n, 5, 12, out);
            for (int h = 0; h < 5; h++)
                assert_true(fabs(out[h] - 7) < 1e-6);
        }
        const fc_stl_config drift = {.rest = (char *)"drift"};
        run(all[f], f == 1 ? &drift : NULL, line, 40, 40, 40, 5, 12, out);
        for (int h = 0; h < 5; h++)
            if (!(fabs(out[h] - (31 + .7 * h)) < 1e-4))
                fail_msg("forecaster %zu: %g instead of %g", f, out[h], 31 + .7 * h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_goldens), cmocka_unit_test(test_powers),
                                       cmocka_unit_test(test_seasons_are_found),
                                       cmocka_unit_test(test_arima_sees_only_the_past),
                                       cmocka_unit_test(test_lines_and_constants)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
