/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The periodogram beside least squares at each frequency, and periods of simulated stars. */
#include "tests/cmocka_all.h"

#include "datasets/lightcurves/period/periodogram.h"

#include <gsl/gsl_multifit.h>
#include <gsl/gsl_randist.h>
#include <math.h>

enum { COUNT = 120 };

typedef struct star {
    double time[COUNT], value[COUNT], error[COUNT];
    uint8_t band[COUNT];
} star;

static double no_light(double phase)
{
    (void)phase;
    return 0;
}

/* A steep rise and a slow decline, as of an RR Lyrae star; a deep and a shallow eclipse. */
static double rr_lyrae(double phase)
{
    return phase < 0.15 ? phase / 0.15 : 1 - (phase - 0.15) / 0.85;
}

static double eclipses(double phase)
{
    double first = fmin(phase, 1 - phase) / 0.06, second = fabs(phase - 0.5) / 0.06;
    return -exp(-first * first / 2) - 0.9 * exp(-second * second / 2);
}

static void make(star *s, double (*light)(double), double period, int bands, unsigned long seed)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    for (int i = 0; i < COUNT; i++) {
        double t = 53000 + 1100 * gsl_rng_uniform(rng), cycles = t / period;
        s->time[i] = t;
        s->band[i] = (uint8_t)(i % bands);
        s->error[i] = 0.03 + 0.05 * gsl_rng_uniform(rng);
        s->value[i] = 5 + 3 * s->band[i] + light(cycles - floor(cycles)) + gsl_ran_gaussian(rng, s->error[i]);
    }
    gsl_rng_free(rng);
}

static ds_period_points points_of(const star *s)
{
    return (ds_period_points){s->time, s->value, s->error, s->band, COUNT};
}

/* 1 - chi^2 of constant, sine and cosine over chi^2 of the constant. */
static double fitted_power(const star *s, double frequency)
{
    gsl_matrix *x = gsl_matrix_alloc(COUNT, 3), *cov = gsl_matrix_alloc(3, 3);
    gsl_vector *y = gsl_vector_alloc(COUNT), *w = gsl_vector_alloc(COUNT), *c = gsl_vector_alloc(3);
    gsl_multifit_linear_workspace *room = gsl_multifit_linear_alloc(COUNT, 3);
    double chi, sum = 0, weight = 0, flat = 0;
    for (size_t i = 0; i < COUNT; i++) {
        double angle = 2 * M_PI * frequency * (s->time[i] - 53000), one = 1 / (s->error[i] * s->error[i]);
        gsl_matrix_set(x, i, 0, 1);
        gsl_matrix_set(x, i, 1, cos(angle));
        gsl_matrix_set(x, i, 2, sin(angle));
        gsl_vector_set(y, i, s->value[i]);
        gsl_vector_set(w, i, one);
        sum += one * s->value[i];
        weight += one;
    }
    for (size_t i = 0; i < COUNT; i++)
        flat += pow((s->value[i] - sum / weight) / s->error[i], 2);
    gsl_multifit_wlinear(x, w, y, c, cov, &chi, room);
    gsl_multifit_linear_free(room);
    gsl_matrix_free(x);
    gsl_matrix_free(cov);
    gsl_vector_free(y);
    gsl_vector_free(w);
    gsl_vector_free(c);
    return 1 - chi / flat;
}

static ds_periodogram *load(const star *s)
{
    ds_periodogram *p = ds_periodogram_new(NULL);
    ds_period_points points = points_of(s);
    assert_non_null(p);
    assert_int_equal(ds_periodogram_load(p, &points, NULL), NN_OK);
    return p;
}

static void test_power_is_that_of_least_squares(void **state)
{
    (void)state;
    star s;
    make(&s, rr_lyrae, 0.57, 1, 1);
    ds_periodogram *p = load(&s);
    for (double f = 0.0007; f < 20; f *= 1.7)
        assert_float_equal(ds_periodogram_power(p, f), fitted_power(&s, f), 1e-9);
    ds_periodogram_free(p);
}

/* No frequency of the grid is better than what the search finds, each taken by itself. */
static void test_search_finds_the_highest(void **state)
{
    (void)state;
    star s;
    ds_period best;
    make(&s, no_light, 1, 2, 2);
    ds_periodogram *p = load(&s);
    ds_periodogram_search(p, 0.4, &best);
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < COUNT; i++) {
        low = fmin(low, s.time[i]);
        high = fmax(high, s.time[i]);
    }
    double step = 0.2 / (high - low);
    for (double f = 1 / (high - low); f < 1 / 0.4; f += step)
        assert_true(ds_periodogram_power(p, f) <= best.power + 1e-9);
    assert_float_equal(best.power, ds_periodogram_power(p, 1 / best.period), 1e-12);
    ds_periodogram_free(p);
}

static void check_period(double (*light)(double), double period, double wanted, int bands)
{
    star s;
    ds_period best;
    make(&s, light, period, bands, 3);
    ds_periodogram *p = load(&s);
    ds_periodogram_search(p, 0.05, &best);
    /* a tenth of a cycle over all of the 1100 days */
    assert_float_equal(1100 / best.period, 1100 / wanted, 0.1);
    ds_periodogram_free(p);
}

static void test_periods_of_stars(void **state)
{
    (void)state;
    check_period(rr_lyrae, 0.5743, 0.5743, 1);
    check_period(rr_lyrae, 0.0813, 0.0813, 1);
    check_period(rr_lyrae, 231.5, 231.5, 1);
    check_period(rr_lyrae, 0.5743, 0.5743, 3);
    /* two eclipses alike: a sinusoid has half the period */
    check_period(eclipses, 2.8673, 2.8673 / 2, 1);
}

static void test_maximum(void **state)
{
    (void)state;
    star s;
    ds_period best;
    make(&s, no_light, 1, 1, 4);
    for (int i = 0; i < COUNT; i++)
        s.value[i] = 7 + cos(2 * M_PI * (s.time[i] - 53000.25) / 3.7);
    ds_periodogram *p = load(&s);
    ds_periodogram_search(p, 0.5, &best);
    double cycles = (best.maximum - 53000.25) / 3.7;
    assert_float_equal(best.period, 3.7, 1e-6);
    assert_float_equal(best.power, 1, 1e-9);
    assert_float_equal(cycles - round(cycles), 0, 1e-4);
    ds_periodogram_free(p);
}

static void test_nothing_to_find(void **state)
{
    (void)state;
    star s;
    ds_period best;
    make(&s, rr_lyrae, 0.5, 1, 5);
    ds_periodogram *p = ds_periodogram_new(NULL);
    ds_period_points points = points_of(&s);
    points.count = 3;
    assert_int_equal(ds_periodogram_load(p, &points, NULL), NN_OK);
    ds_periodogram_search(p, 0.05, &best);
    assert_true(isnan(best.period));
    points.count = COUNT;
    for (int i = 0; i < COUNT; i++)
        s.value[i] = 4;
    assert_int_equal(ds_periodogram_load(p, &points, NULL), NN_OK);
    ds_periodogram_search(p, 0.05, &best);
    assert_true(isnan(best.period) || best.power < 1e-6);
    make(&s, rr_lyrae, 0.5, 1, 5);
    for (int i = 0; i < COUNT; i++)
        s.time[i] = 53000;
    assert_int_equal(ds_periodogram_load(p, &points, NULL), NN_OK);
    ds_periodogram_search(p, 0.05, &best);
    assert_true(isnan(best.period));
    ds_periodogram_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_is_that_of_least_squares),
        cmocka_unit_test(test_search_finds_the_highest),
        cmocka_unit_test(test_periods_of_stars),
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_nothing_to_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
