/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The likelihood of ARIMA at several points at once beside its twin for one. */
#include "forecast/forecasters/arima/internal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 151, POINTS = 19 };

static double noise(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / (1 << 24) - .5;
}

/* Points near white noise and some way to the edge of what is stationary, where rounding says what the value
 * is. */
static void make_points(double point[POINTS][ARIMA_LAGS], int lags, unsigned *state)
{
    memset(point, 0, sizeof(double[POINTS][ARIMA_LAGS]));
    for (int i = 1; i < POINTS; i++)
        for (int j = 0; j < lags; j++)
            point[i][j] = noise(state) * (i % 5 == 0 ? 5 : i % 3 == 0 ? 3 : 1);
}

static void compare(const fc_arima_order *order, size_t rows, int regressors, double shrink)
{
    double y[ROWS], x[2 * ROWS], point[POINTS][ARIMA_LAGS], value[POINTS], coefficient[ARIMA_LAGS];
    unsigned state = 7;
    arima_search s;
    nn_error error;
    for (size_t i = 0; i < rows; i++) {
        y[i] = 100 + (double)i + 9 * sin(.5235987755982988 * (double)i) + noise(&state);
        x[i] = noise(&state);
        x[rows + i] = i > rows / 2;
    }
    const fc_regressors more = {regressors, rows, x};
    assert_int_equal(arima_search_make(&s, order, y, rows, &more, &error), 0);
    arima_search_order(&s, order);
    s.shrink = shrink;
    make_points(point, fc_arima_lags(order), &state);
    for (int count = 1; count <= POINTS; count += 6) {
        arima_minus_logliks(&s, count, (const double(*)[ARIMA_LAGS])point, value);
        for (int i = 0; i < count; i++) {
            arima_point_to_coefficients(&s, point[i], coefficient);
            const double alone = arima_minus_loglik(&s, coefficient);
            if (isfinite(alone) ? !(fabs(value[i] - alone) <= 1e-6 * (1 + fabs(alone))) : value[i] != alone)
                fail_msg("(%d,%d,%d)(%d,%d,%d)[%d], %zu rows, point %d of %d: %.12g, not %.12g", order->p,
                         order->d, order->q, order->seasonal_p, order->seasonal_d, order->seasonal_q,
                         order->period, rows, i, count, value[i], alone);
        }
    }
    arima_search_free(&s);
}

static void several_points_have_the_values_of_each(void **unused)
{
    (void)unused;
    static const fc_arima_order orders[] = {
        {0, 0, 0, 0, 0, 0, 1, false}, {1, 0, 0, 0, 0, 0, 1, true},  {0, 1, 1, 0, 0, 0, 1, true},
        {5, 0, 5, 0, 0, 0, 1, true},  {2, 1, 2, 1, 0, 1, 12, true}, {0, 1, 1, 0, 1, 1, 12, false},
        {3, 0, 3, 1, 1, 1, 12, true}, {3, 0, 2, 2, 0, 2, 4, true},  {5, 1, 4, 1, 0, 1, 3, true},
        {0, 2, 1, 2, 0, 0, 7, false}, {1, 0, 0, 0, 1, 2, 24, true}};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        for (int regressors = 0; regressors <= 2; regressors += 2) {
            compare(&orders[i], ROWS, regressors, 1);
            compare(&orders[i], 38, regressors, 1 / 1.01);
        }
}

static void conditional_squares_have_them_too(void **unused)
{
    (void)unused;
    const fc_arima_order order = {2, 1, 1, 0, 0, 0, 1, true};
    double y[40], point[3][ARIMA_LAGS] = {{0}, {.3, -.2, .4}, {.9, .05, -.9}}, value[3];
    arima_search s;
    nn_error error;
    for (int i = 0; i < 40; i++)
        y[i] = (double)(i * i % 17);
    assert_int_equal(arima_search_make(&s, &order, y, 40, NULL, &error), 0);
    s.squares = true;
    arima_minus_logliks(&s, 3, (const double(*)[ARIMA_LAGS])point, value);
    for (int i = 0; i < 3; i++)
        assert_true(value[i] == arima_minus_loglik(&s, point[i]));
    arima_search_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(several_points_have_the_values_of_each),
                                       cmocka_unit_test(conditional_squares_have_them_too)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
