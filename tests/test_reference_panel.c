/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Panels of real data: the contest's score to its digits, and the linear forecasts that models have to beat.
 */
#include "forecast/scores/stations.h"
#include "tests/cmocka_all.h"
#include "tests/panel_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- SDWPF: days 15 and 16 after days 1 to 14 --- */

enum { TURBINES = 134, DAY = 144, FIRST = 14 * DAY, LONG = 2 * DAY };

typedef enum simple { ZERO, LAST, MEAN_CLIPPED, MEAN_VALID, DAY_BEFORE, SIMPLES } simple;

/* Published with the data: MAE, RMSE and score over 48 and 24 hours. */
static const double golden[2][SIMPLES][3] = {{{58.77983, 76.68091, 67.73037},
                                              {47.39776, 66.32751, 56.86264},
                                              {39.96197, 52.21081, 46.08639},
                                              {44.04766, 50.17693, 47.11230},
                                              {55.34965, 74.81604, 65.08284}},
                                             {{24.09680, 29.39007, 26.74344},
                                              {15.53040, 20.42150, 17.97595},
                                              {21.91530, 24.85354, 23.38442},
                                              {41.79187, 44.66942, 43.23064},
                                              {20.11618, 26.13645, 23.12631}}};

static double power(const ds_panel *p, size_t row, int turbine)
{
    return p->y[row * TURBINES + (size_t)turbine];
}

static double mean_of_history(const ds_panel *p, int turbine, bool valid_only)
{
    double sum = 0;
    size_t count = 0;
    for (size_t r = 0; r < FIRST; r++) {
        const double y = power(p, r, turbine);
        if (isnan(y) || (valid_only && !p->valid[r * TURBINES + (size_t)turbine]))
            continue;
        sum += y > 0 ? y : 0;
        count++;
    }
    return sum / (double)count;
}

static double last_of_history(const ds_panel *p, int turbine)
{
    size_t r = FIRST;
    while (isnan(power(p, r - 1, turbine)))
        r--;
    return power(p, r - 1, turbine);
}

static void forecast_simply(const ds_panel *p, simple how, int turbine, int horizon, double *out)
{
    for (int h = 0; h < horizon; h++) {
        double f = 0;
        if (how == LAST)
            f = last_of_history(p, turbine);
        else if (how == MEAN_CLIPPED)
            f = mean_of_history(p, turbine, false);
        else if (how == MEAN_VALID)
            f = mean_of_history(p, turbine, true);
        else if (how == DAY_BEFORE)
            f = power(p, FIRST - DAY + (size_t)(h % DAY), turbine);
        out[(size_t)h * TURBINES + (size_t)turbine] = f > 0 ? f : 0;
    }
}

static void test_contest(void **state)
{
    (void)state;
    const ds_read_options reading = {.id = "TurbID", .time = "Day,Tmstamp"};
    const ds_panel_options options = {.target = "Patv", .mask = "sdwpf"};
    reference_panel r =
        reference_panel_read("sdwpf_16d.csv.gz", "sdwpf_turb_location.csv", &reading, &options);
    const ds_panel *p = r.panel;
    assert_int_equal(p->count, TURBINES);
    assert_int_equal(p->rows, FIRST + LONG);
    assert_int_equal(p->missing_count, 2663);
    size_t valid = 0;
    for (size_t i = (size_t)FIRST * TURBINES; i < p->rows * TURBINES; i++)
        valid += p->valid[i];
    assert_int_equal(valid, 29669);
    double *forecast = malloc((size_t)LONG * TURBINES * sizeof *forecast);
    for (int w = 0; w < 2; w++)
        for (int how = 0; how < SIMPLES; how++) {
            const int horizon = w ? DAY : LONG;
            nn_error error = {0};
            fc_kdd k;
            for (int n = 0; n < TURBINES; n++)
                forecast_simply(p, how, n, horizon, forecast);
            if (fc_kdd_score(&k, p->y + (size_t)FIRST * TURBINES, forecast,
                             p->valid + (size_t)FIRST * TURBINES, horizon, TURBINES, false, &error))
                fail_msg("%s", error.text);
            const double got[3] = {k.mae, k.rmse, k.score};
            for (int i = 0; i < 3; i++)
                if (!(fabs(got[i] - golden[w][how][i]) < 5.1e-6))
                    fail_msg("%d hours, forecast %d, figure %d: %.6f, not %.5f", w ? 24 : 48, how, i, got[i],
                             golden[w][how][i]);
        }
    free(forecast);
    reference_panel_free(&r);
}

/* --- linear forecasts --- */

typedef struct bar {
    double persistence[2], ar[2], near[2]; /* MAE and RMSE at the last step */
} bar;

static void check(const char *what, fc_errors got, const double want[2], double tolerance)
{
    print_message("%-28s MAE %.4f (%.4f) RMSE %.4f (%.4f)\n", what, got.mae, want[0], got.rmse, want[1]);
    if (!(fabs(got.mae / want[0] - 1) <= tolerance) || !(fabs(got.rmse / want[1] - 1) <= tolerance))
        fail_msg("%s: MAE %.5f RMSE %.5f, not %.4f and %.4f", what, got.mae, got.rmse, want[0], want[1]);
}

static void check_bar(reference_panel *r, int horizon, int neighbours, const bar *want, double tolerance)
{
    nn_error error = {0};
    const size_t rows = r->panel->rows, test = rows / 5;
    const ds_split split = {{0, rows - test}, {rows - test, rows - test}, {rows - test, rows}};
    const fc_panel_settings settings = {
        .lookback = 3,
        .stride = 1,
        .baseline = {.horizon = horizon, .order = 3, .neighbours = neighbours, .floor = NAN}};
    fc_panel_evaluation *e;
    if (fc_panel_evaluate(&e, r->panel, &split, "test", &settings, &error))
        fail_msg("%s", error.text);
    check("repeat-last", e->scores[FC_PANEL_LAST].base.step[horizon - 1], want->persistence, tolerance);
    check("AR(3)", e->scores[FC_PANEL_AR].base.step[horizon - 1], want->ar, tolerance);
    check("AR(3) with neighbours", e->scores[FC_PANEL_AR_NEAR].base.step[horizon - 1], want->near, tolerance);
    print_message("%s\n", e->verdict);
    assert_true(e->best > 0);
    fc_panel_evaluation_free(e);
    reference_panel_free(r);
}

static void test_irish(void **state)
{
    (void)state;
    static const bar want = {{3.571, 4.716}, {3.239, 4.137}, {3.106, 3.985}};
    reference_panel r = reference_panel_read("irish_wind.csv", "irish_wind_stations.csv",
                                             &(ds_read_options){0}, &(ds_panel_options){0});
    check_bar(&r, 1, 0, &want, 5e-4);
}

/* The published figures leave open how missing values were treated and how many neighbours there were: within
 * one percent. */
static void test_gefcom(void **state)
{
    (void)state;
    static const bar want = {{.2036, .2824}, {.2066, .2566}, {.1867, .2363}};
    reference_panel r = reference_panel_read("gefcom2014_wind.csv", NULL, &(ds_read_options){.id = "ZONEID"},
                                             &(ds_panel_options){.target = "TARGETVAR", .future = "U10,V10"});
    check_bar(&r, 6, 0, &want, 0.01);
}

static void test_metr(void **state)
{
    (void)state;
    static const bar want = {{5.769, 10.86}, {5.613, 9.731}, {5.660, 9.500}};
    reference_panel r = reference_panel_read("metr_la_week.csv", "metr_la_stations.csv",
                                             &(ds_read_options){0}, &(ds_panel_options){0});
    check_bar(&r, 12, 8, &want, 0.01);
}

static void test_metr_adjacency(void **state)
{
    (void)state;
    reference_panel r = reference_panel_read("metr_la_week.csv", "metr_la_stations.csv",
                                             &(ds_read_options){0}, &(ds_panel_options){0});
    char path[1024];
    nn_error error = {0};
    double *adjacency;
    int part[207];
    reference_path(path, sizeof path, "data/spatial/metr_la_adj.csv");
    assert_int_equal(ds_adjacency_read(&adjacency, path, r.panel->ids, r.panel->count, &error), NN_OK);
    assert_true(adjacency[0] == 1);
    assert_int_equal(ds_adjacency_components(adjacency, r.panel->count, part), 2);
    assert_int_equal(ds_adjacency_check(adjacency, r.panel->ids, r.panel->count, "adj.csv", &error),
                     NN_BAD_DATA);
    assert_non_null(strstr(error.text, "'717804'"));
    free(adjacency);
    reference_panel_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_contest), cmocka_unit_test(test_irish),
                                       cmocka_unit_test(test_gefcom), cmocka_unit_test(test_metr),
                                       cmocka_unit_test(test_metr_adjacency)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
