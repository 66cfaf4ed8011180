/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated wind farm: weather that travels, turbines that keep to their curve, faults as asked. */
#include "datasets/simulate/wind.h"

#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE (60 * DS_SECOND)

static const ds_wind_settings usual = {.seed = 1,
                                       .stations = 20,
                                       .start = 18383 * DS_DAY, /* 2020-05-01 */
                                       .step = 10 * MINUTE,
                                       .rows = 30 * 144,
                                       .spacing = 1000,
                                       .speed = 7.5,
                                       .direction = 240,
                                       .curtailed = 0.03,
                                       .faults = 0.03};

static ds_wind *make(const ds_wind_settings *settings)
{
    nn_error error;
    ds_wind *wind;
    assert_int_equal(ds_wind_new(&wind, settings, &error), NN_OK);
    return wind;
}

static ds_wind_row *rows_of(const ds_wind *wind, const ds_wind_settings *settings, int station)
{
    nn_error error;
    ds_wind_row *rows = calloc(settings->rows, sizeof *rows);
    assert_non_null(rows);
    assert_int_equal(ds_wind_station(wind, station, rows, &error), NN_OK);
    return rows;
}

static void near(double found, double wanted, double off, const char *what)
{
    if (!(fabs(found - wanted) <= off))
        fail_msg("%s: %.6g instead of %.6g +- %.3g", what, found, wanted, off);
}

/* --- the curve --- */

static void test_power_curve(void **state)
{
    (void)state;
    assert_true(ds_turbine_power(0) == 0 && ds_turbine_power(DS_TURBINE_CUT_IN - 1e-9) == 0);
    assert_true(ds_turbine_power(DS_TURBINE_CUT_OUT + 1e-9) == 0 && ds_turbine_power(NAN) == 0);
    assert_true(ds_turbine_power(DS_TURBINE_CUT_IN) > 20);
    double before = 0;
    for (double wind = DS_TURBINE_CUT_IN; wind <= DS_TURBINE_CUT_OUT; wind += 0.05) {
        const double power = ds_turbine_power(wind);
        assert_true(power >= before && power <= DS_TURBINE_RATED);
        before = power;
    }
    /* 0.5 rho A cp v^3 far below rated power. */
    near(ds_turbine_power(6), 0.5e-3 * 1.225 * M_PI * 41 * 41 * 0.44 * 216, 0.1, "power at 6 m/s");
    near(ds_turbine_power(14), DS_TURBINE_RATED, 10, "power at 14 m/s");
}

static void check_row(const ds_wind_row *r, size_t counts[7])
{
    counts[r->state]++;
    assert_true(r->free_wind >= 0 && r->free_wind < 60);
    if (r->state == DS_TURBINE_MISSING) {
        assert_true(isnan(r->wspd) && isnan(r->wdir) && isnan(r->etmp) && isnan(r->itmp) && isnan(r->ndir));
        assert_true(isnan(r->pab) && isnan(r->prtv) && isnan(r->patv));
        return;
    }
    assert_true(r->wspd >= 0 && fabs(r->wdir) <= 180 && fabs(r->ndir) <= 720 && r->pab >= 0 && r->pab <= 90);
    assert_true(r->etmp > -40 && r->etmp < 50 && r->itmp > r->etmp);
    assert_true(r->patv <= 1.05 * DS_TURBINE_RATED && r->patv >= -0.31 * DS_TURBINE_RATED);
    const double curve = ds_turbine_power(r->free_wind);
    if (r->state == DS_TURBINE_RUNNING)
        near(r->patv, curve, 0.041 * curve, "power of a turbine in order");
    else if (r->state == DS_TURBINE_CURTAILED)
        assert_true(r->patv < curve && r->pab > 1);
    else if (r->state == DS_TURBINE_IDLE)
        assert_true(r->patv < 0 && r->patv > -2 && r->free_wind < 3.21);
    else if (r->state == DS_TURBINE_STORM)
        assert_true(r->patv < 0 && r->patv > -2 && r->pab > 89 && r->free_wind > 20);
    else if (r->state == DS_TURBINE_NEGATIVE)
        assert_true(r->patv <= -0.02 * DS_TURBINE_RATED);
}

static void test_rows_keep_to_the_curve(void **state)
{
    (void)state;
    size_t counts[7] = {0};
    for (int windy = 0; windy < 2; windy++) {
        ds_wind_settings settings = usual;
        settings.speed = windy ? 15 : 7.5;
        ds_wind *wind = make(&settings);
        for (int station = 0; station < settings.stations; station += 5) {
            ds_wind_row *rows = rows_of(wind, &settings, station);
            for (size_t i = 0; i < settings.rows; i++)
                check_row(rows + i, counts);
            free(rows);
        }
        ds_wind_free(wind);
    }
    for (int state_ = DS_TURBINE_RUNNING; state_ <= DS_TURBINE_MISSING; state_++)
        if (counts[state_] < 20)
            fail_msg("%zu rows of state %s", counts[state_], ds_turbine_state_name((ds_turbine_state)state_));
}

/* --- shares --- */

static void test_shares_are_those_asked_for(void **state)
{
    (void)state;
    static const double asked[][2] = {{0, 0}, {0.2, 0}, {0, 0.2}, {0.1, 0.3}};
    for (size_t k = 0; k < sizeof asked / sizeof *asked; k++) {
        ds_wind_settings settings = usual;
        settings.rows = 120 * 144;
        settings.faults = asked[k][0];
        settings.curtailed = asked[k][1];
        settings.speed = 14;
        ds_wind *wind = make(&settings);
        double counts[7] = {0}, windy = 0;
        for (int station = 0; station < settings.stations; station++) {
            ds_wind_row *rows = rows_of(wind, &settings, station);
            for (size_t i = 0; i < settings.rows; i++) {
                const bool blows = rows[i].free_wind > 10 && rows[i].free_wind < 19;
                counts[rows[i].state] += rows[i].state >= DS_TURBINE_STUCK || blows;
                windy += blows && rows[i].state <= DS_TURBINE_CURTAILED;
            }
            free(rows);
        }
        ds_wind_free(wind);
        const double all = (double)settings.rows * settings.stations, third = asked[k][0] / 3;
        near(counts[DS_TURBINE_STUCK] / all, third, 0.2 * third, "share of stuck rows");
        near(counts[DS_TURBINE_NEGATIVE] / all, third, 0.15 * third, "share of negative rows");
        near(counts[DS_TURBINE_MISSING] / all, third, 0.15 * third, "share of missing rows");
        near(counts[DS_TURBINE_CURTAILED] / windy, asked[k][1], 0.12 * asked[k][1],
             "share of curtailed rows");
    }
}

static void test_stuck_sensors_repeat(void **state)
{
    (void)state;
    ds_wind_settings settings = usual;
    settings.faults = 0.3;
    ds_wind *wind = make(&settings);
    ds_wind_row *rows = rows_of(wind, &settings, 3);
    int repeats = 0;
    for (size_t i = 1; i < settings.rows; i++)
        if (rows[i].state == DS_TURBINE_STUCK && rows[i - 1].state == DS_TURBINE_STUCK) {
            repeats++;
            assert_true(rows[i].wspd == rows[i - 1].wspd && rows[i].patv == rows[i - 1].patv);
        } else if (rows[i].state == DS_TURBINE_RUNNING && rows[i - 1].state == DS_TURBINE_RUNNING) {
            assert_true(rows[i].wspd != rows[i - 1].wspd);
        }
    assert_true(repeats > 50);
    free(rows);
    ds_wind_free(wind);
}

/* --- weather --- */

enum { LENGTH = 480, LAGS = 60 };

static void remove_slow(const double *in, double *out)
{
    const int half = 30;
    for (int i = 0; i < LENGTH; i++) {
        double sum = 0;
        int n = 0;
        for (int k = i - half; k <= i + half; k++)
            if (k >= 0 && k < LENGTH) {
                sum += in[k];
                n++;
            }
        out[i] = in[i] - sum / n;
    }
}

/* The lag of b behind a with the largest correlation. */
static int best_lag(const double *a, const double *b, double *correlation)
{
    int best = 0;
    *correlation = -2;
    for (int lag = -LAGS; lag <= LAGS; lag++) {
        double ab = 0, aa = 0, bb = 0;
        for (int i = LAGS; i < LENGTH - LAGS; i++) {
            ab += a[i] * b[i + lag];
            aa += a[i] * a[i];
            bb += b[i + lag] * b[i + lag];
        }
        if (ab / sqrt(aa * bb) > *correlation) {
            *correlation = ab / sqrt(aa * bb);
            best = lag;
        }
    }
    return best;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* In stretches of steady wind, what the first turbine sees comes to the last after distance / speed. */
static void test_gusts_travel(void **state)
{
    (void)state;
    ds_wind_settings settings = usual;
    settings.step = MINUTE;
    settings.rows = 60 * 1440;
    settings.spacing = 3000;
    ds_wind *wind = make(&settings);
    double x[2], y[2], off[400], speeds[2][LENGTH], quick[2][LENGTH], lags = 0;
    int windows = 0;
    ds_wind_place(wind, 0, x, y);
    ds_wind_place(wind, 19, x + 1, y + 1);
    for (int start = LENGTH; start + 2 * LENGTH < (int)settings.rows && windows < 400; start += LENGTH) {
        double direction = 0, least = 1e9, most = -1e9, mean = 0;
        for (int i = 0; i < LENGTH; i++)
            for (int s = 0; s < 2; s++) {
                double d;
                ds_wind_at(wind, s ? 19 : 0, (start + i) * MINUTE, &speeds[s][i], &d);
                direction += d / (2 * LENGTH);
                mean += speeds[s][i] / (2 * LENGTH);
                least = fmin(least, d);
                most = fmax(most, d);
            }
        const double along =
            -(x[1] - x[0]) * sin(direction * M_PI / 180) - (y[1] - y[0]) * cos(direction * M_PI / 180);
        const double expected = along / mean / 60;
        if (most - least > 45 || mean < 5 || fabs(expected) > 40)
            continue;
        remove_slow(speeds[0], quick[0]);
        remove_slow(speeds[1], quick[1]);
        double correlation;
        off[windows++] = fabs(best_lag(quick[0], quick[1], &correlation) - expected);
        lags += fabs(expected);
    }
    assert_true(windows >= 25);
    qsort(off, (size_t)windows, sizeof *off, by_value);
    near(off[windows / 2], 0, 2.5, "minutes between travel time and largest correlation, median");
    near(off[windows * 3 / 4], 0, 7, "the same, upper quartile"); /* fronts have a course of their own */
    assert_true(lags / windows > 10);                             /* so that agreeing means something */
    ds_wind_free(wind);
}

static void test_mean_and_spread_of_the_wind(void **state)
{
    (void)state;
    ds_wind_settings settings = usual;
    settings.rows = 3 * 365 * 144;
    settings.stations = 1;
    ds_wind *wind = make(&settings);
    double sum = 0, squares = 0, speed, direction, night = 0, day = 0;
    const int every = 3;
    size_t n = 0;
    for (size_t i = 0; i < settings.rows; i += every, n++) {
        ds_wind_at(wind, 0, (ds_time)i * settings.step, &speed, &direction);
        sum += speed;
        squares += speed * speed;
        night += i % 144 / 6 >= 20 ? speed : 0;
        day += i % 144 / 6 >= 8 && i % 144 / 6 < 12 ? speed : 0;
    }
    const double mean = sum / (double)n, deviation = sqrt(squares / (double)n - mean * mean);
    near(mean, 7.5, 0.8, "mean wind");
    near(deviation / mean, 0.5, 0.08, "spread against mean (Weibull, shape 2.1)");
    near(night / day, 1.12 / 0.88, 0.1, "night against morning");
    ds_wind_free(wind);
}

/* Wakes: a turbine loses wind against a lone one in the same weather, and only behind others. */
static void test_wakes(void **state)
{
    (void)state;
    ds_wind_settings settings = usual;
    settings.spacing = 500;
    settings.curtailed = settings.faults = 0;
    ds_wind *wind = make(&settings);
    double kept[2] = {0};
    static const int stations[2] = {4, 15}; /* north-east and south-west: the wind prevails from the latter */
    for (int k = 0; k < 2; k++) {
        ds_wind_row *rows = rows_of(wind, &settings, stations[k]);
        double waked = 0, free_ = 0;
        for (size_t i = 0; i < settings.rows; i++) {
            double speed, direction;
            ds_wind_at(wind, stations[k], (ds_time)i * settings.step + settings.step / 2, &speed, &direction);
            if (fabs(remainder(direction - 240, 360)) > 40)
                continue;
            waked += rows[i].free_wind;
            free_ += speed;
        }
        kept[k] = waked / free_;
        free(rows);
    }
    ds_wind_free(wind);
    assert_true(kept[1] > 0.985); /* nobody upwind */
    assert_true(kept[0] < 0.95 && kept[0] > 0.6);
    assert_true(kept[0] < kept[1] - 0.04);
}

static double correlation(const double *a, const double *b, size_t n)
{
    double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        ma += a[i] / (double)n;
        mb += b[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        ab += (a[i] - ma) * (b[i] - mb);
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
    }
    return ab / sqrt(aa * bb);
}

/* The forecast is good and not perfect, in both components. */
static void test_forecast(void **state)
{
    (void)state;
    enum { HOURS = 30 * 24 };
    ds_wind *wind = make(&usual);
    static double series[4][HOURS];
    for (int i = 0; i < HOURS; i++) {
        double speed, direction;
        ds_wind_at(wind, 7, i * 60 * MINUTE, &speed, &direction);
        series[0][i] = -speed * sin(direction * M_PI / 180);
        series[1][i] = -speed * cos(direction * M_PI / 180);
        ds_wind_forecast(wind, i * 60 * MINUTE, &series[2][i], &series[3][i]);
    }
    for (int k = 0; k < 2; k++) {
        const double r = correlation(series[k], series[2 + k], HOURS);
        assert_true(r > 0.8 && r < 0.985);
    }
    ds_wind_free(wind);
}

/* Longer series begin as shorter ones, and stations do not depend on the order in which they are made. */
static void test_prefix(void **state)
{
    (void)state;
    ds_wind_settings longer = usual, again = usual;
    longer.rows = 2 * usual.rows;
    again.seed = 2;
    ds_wind *a = make(&usual), *b = make(&longer), *c = make(&again);
    double u[2], v[2];
    ds_wind_row *long_rows = rows_of(b, &longer, 11), *rows = rows_of(a, &usual, 11);
    ds_wind_row *first = rows_of(a, &usual, 0), *twice = rows_of(a, &usual, 11),
                *other = rows_of(c, &usual, 11);
    bool differs = false;
    for (size_t i = 0; i < usual.rows; i++) {
        assert_memory_equal(&rows[i].free_wind, &long_rows[i].free_wind, sizeof(double));
        assert_memory_equal(&rows[i].patv, &long_rows[i].patv, sizeof(double));
        assert_memory_equal(&rows[i].patv, &twice[i].patv, sizeof(double));
        assert_int_equal(rows[i].state, long_rows[i].state);
        differs |= rows[i].free_wind != other[i].free_wind;
        ds_wind_forecast(a, (ds_time)i * usual.step, u, v);
        ds_wind_forecast(b, (ds_time)i * usual.step, u + 1, v + 1);
        assert_true(u[0] == u[1] && v[0] == v[1]);
    }
    assert_true(differs);
    free(long_rows);
    free(rows);
    free(first);
    free(twice);
    free(other);
    ds_wind_free(a);
    ds_wind_free(b);
    ds_wind_free(c);
}

/* Neighbours keep their distance, the centre is in the middle. */
static void test_places(void **state)
{
    (void)state;
    ds_wind *wind = make(&usual);
    double sum_x = 0, sum_y = 0;
    for (int i = 0; i < usual.stations; i++) {
        double x, y;
        ds_wind_place(wind, i, &x, &y);
        sum_x += x / usual.stations;
        sum_y += y / usual.stations;
        for (int k = 0; k < i; k++) {
            double x2, y2;
            ds_wind_place(wind, k, &x2, &y2);
            assert_true(hypot(x - x2, y - y2) >= 0.6 * usual.spacing);
        }
    }
    near(sum_x, 0, 0.2 * usual.spacing, "centre");
    near(sum_y, 0, 0.2 * usual.spacing, "centre");
    ds_wind_free(wind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_curve),
        cmocka_unit_test(test_rows_keep_to_the_curve),
        cmocka_unit_test(test_shares_are_those_asked_for),
        cmocka_unit_test(test_stuck_sensors_repeat),
        cmocka_unit_test(test_gusts_travel),
        cmocka_unit_test(test_mean_and_spread_of_the_wind),
        cmocka_unit_test(test_wakes),
        cmocka_unit_test(test_forecast),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
