/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The periodogram of several harmonics and bands: one frequency beside GSL's least squares, and sums on a
 * grid and by turns beside those of one frequency. */
#include "tests/cmocka_all.h"

#include "datasets/lightcurves/period/spectrum.h"
#include "tests/count_mallocs.h"

#include <gsl/gsl_multifit.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.12g, not %.12g", got, want);
}

enum { MOST = 3000, SCANNED = 20000 };

typedef struct star {
    int count, bands;
    double time[MOST], value[MOST], error[MOST];
    uint8_t band[MOST];
} star;

static void make(star *s, int count, int bands, unsigned long seed)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    s->count = count;
    s->bands = bands;
    for (int i = 0; i < count; i++) {
        const double t = 53000 + 700 * gsl_rng_uniform(rng), phase = fmod(t / 0.7123, 1);
        s->time[i] = t;
        s->band[i] = (uint8_t)(2 * gsl_rng_uniform_int(rng, (unsigned long)bands)); /* odd bands are empty */
        s->error[i] = 0.03 + 0.05 * gsl_rng_uniform(rng);
        s->value[i] = 5 + 3 * s->band[i] + fmin(phase / 0.2, (1 - phase) / 0.8) +
                      gsl_ran_gaussian(rng, 3 * s->error[i]);
    }
    gsl_rng_free(rng);
}

static ds_spectrum *load(const star *s)
{
    ds_spectrum *p = ds_spectrum_new(NULL);
    const ds_period_points points = {s->time, s->value, s->error, s->band, s->count};
    assert_non_null(p);
    assert_int_equal(ds_spectrum_load(p, &points, NULL), NN_OK);
    return p;
}

/* --- one frequency --- */

/* chi^2 of the means of the bands and of harmonics. */
static double chi_squared(const star *s, double frequency, int harmonics)
{
    const size_t count = (size_t)s->count, terms = (size_t)(s->bands + 2 * harmonics);
    gsl_matrix *x = gsl_matrix_calloc(count, terms), *cov = gsl_matrix_alloc(terms, terms);
    gsl_vector *y = gsl_vector_alloc(count), *w = gsl_vector_alloc(count), *c = gsl_vector_alloc(terms);
    gsl_multifit_linear_workspace *room = gsl_multifit_linear_alloc(count, terms);
    double chi;
    for (size_t i = 0; i < count; i++) {
        gsl_matrix_set(x, i, s->band[i] / 2u, 1);
        for (int h = 1; h <= harmonics; h++) {
            const double angle = 2 * M_PI * h * frequency * (s->time[i] - 53000);
            gsl_matrix_set(x, i, (size_t)(s->bands + 2 * h - 2), cos(angle));
            gsl_matrix_set(x, i, (size_t)(s->bands + 2 * h - 1), sin(angle));
        }
        gsl_vector_set(y, i, s->value[i]);
        gsl_vector_set(w, i, 1 / (s->error[i] * s->error[i]));
    }
    gsl_multifit_wlinear(x, w, y, c, cov, &chi, room);
    gsl_multifit_linear_free(room);
    gsl_matrix_free(x);
    gsl_matrix_free(cov);
    gsl_vector_free(y);
    gsl_vector_free(w);
    gsl_vector_free(c);
    return chi;
}

static void test_power_is_that_of_least_squares(void **state)
{
    (void)state;
    static star s;
    for (int bands = 1; bands <= 3; bands++) {
        make(&s, 150, bands, (unsigned long)bands);
        ds_spectrum *p = load(&s);
        assert_int_equal(ds_spectrum_bands(p), bands);
        const double flat = chi_squared(&s, 0, 0);
        for (int harmonics = 1; harmonics <= DS_MOST_HARMONICS; harmonics++)
            for (double f = 0.003; f < 20; f *= 2.3)
                near(ds_spectrum_power(p, f, harmonics), 1 - chi_squared(&s, f, harmonics) / flat, 1e-9);
        ds_spectrum_free(p);
    }
}

/* The model takes away what its power says. */
static void test_fit(void **state)
{
    (void)state;
    static star s;
    double a[DS_MOST_HARMONICS], b[DS_MOST_HARMONICS];
    make(&s, 150, 1, 9);
    ds_spectrum *p = load(&s);
    const double f = 1 / 0.7123, power = ds_spectrum_fit(p, f, 4, a, b);
    double mean = 0, weights = 0, chi = 0, rest[MOST];
    for (int i = 0; i < s.count; i++) {
        rest[i] = s.value[i];
        for (int h = 1; h <= 4; h++) {
            const double angle = 2 * M_PI * h * f * (s.time[i] - ds_spectrum_middle(p));
            rest[i] -= a[h - 1] * cos(angle) + b[h - 1] * sin(angle);
        }
        mean += rest[i] / (s.error[i] * s.error[i]);
        weights += 1 / (s.error[i] * s.error[i]);
    }
    for (int i = 0; i < s.count; i++)
        chi += pow((rest[i] - mean / weights) / s.error[i], 2);
    near(power, 1 - chi / chi_squared(&s, 0, 0), 1e-10);
    near(power, ds_spectrum_power(p, f, 4), 1e-14);
    ds_spectrum_free(p);
}

/* --- many frequencies --- */

static double powers[SCANNED];

static void keep(void *context, long n, int count, const double *power)
{
    long *next = context;
    assert_int_equal(n, *next);
    memcpy(powers + n, power, (size_t)count * sizeof *power);
    *next += count;
}

static void check_steps(const star *s, int harmonics, ds_spectrum_way way, double step, double tolerance)
{
    ds_spectrum *p = load(s);
    const double first = 0.01;
    long n = 0;
    assert_int_equal(ds_spectrum_scan(p, first, step, SCANNED, harmonics, way, keep, &n, NULL), NN_OK);
    assert_int_equal(n, SCANNED);
    for (n = 0; n < SCANNED; n += n < 20 ? 1 : 37) {
        const double want = ds_spectrum_power(p, first + step * (double)n, harmonics);
        if (!(fabs(powers[n] - want) <= tolerance))
            fail_msg("%d points, %d bands, %d harmonics, frequency %ld: %.10g, not %.10g", s->count, s->bands,
                     harmonics, n, powers[n], want);
    }
    ds_spectrum_free(p);
}

static void check_scan(const star *s, int harmonics, ds_spectrum_way way, double tolerance)
{
    check_steps(s, harmonics, way, 0.2 / 700, tolerance);
}

/* Steps so fine that every second sum is made of its neighbours, and steps almost so. */
static void test_sums_between(void **state)
{
    (void)state;
    static star s;
    for (int bands = 1; bands <= 3; bands += 2)
        for (int harmonics = 1; harmonics <= DS_MOST_HARMONICS; harmonics += harmonics < 5 ? 1 : 3)
            for (int count = 90; count < MOST; count += 800) {
                make(&s, count, bands, 5);
                check_steps(&s, harmonics, DS_SPECTRUM_BEST, 0.2 / 700 / harmonics, 1e-6);
            }
    make(&s, 90, 2, 5);
    check_steps(&s, 1, DS_SPECTRUM_BEST, 0.22 / 700, 1e-6);
    check_steps(&s, 3, DS_SPECTRUM_BEST, 0.01 / 700, 1e-6);
}

static void test_scans_are_as_one_frequency(void **state)
{
    (void)state;
    static star s;
    for (int bands = 1; bands <= 3; bands += 2)
        for (int harmonics = 1; harmonics <= DS_MOST_HARMONICS; harmonics += harmonics < 5 ? 1 : 3) {
            make(&s, 90, bands, 5);
            check_scan(&s, harmonics, DS_SPECTRUM_DIRECT, 1e-9);
            check_scan(&s, harmonics, DS_SPECTRUM_FAST, 1e-6);
        }
    make(&s, MOST, 2, 6);
    check_scan(&s, 2, DS_SPECTRUM_BEST, 1e-6);
    check_scan(&s, 2, DS_SPECTRUM_DIRECT, 1e-9);
}

/* Fewer points than numbers, one time, one value. */
static void test_nothing_to_fit(void **state)
{
    (void)state;
    static star s;
    make(&s, 8, 1, 7);
    ds_spectrum *p = load(&s);
    near(ds_spectrum_power(p, 1.3, 4), 0, 0);
    assert_true(ds_spectrum_power(p, 1.3, 2) > 0);
    ds_spectrum_free(p);
    /* Values that never change, whatever the rounding of their mean. */
    static const double constant[] = {4, 12.333333, 14.237, 15.1, 100, 1e-9, -7e12};
    for (int k = 0; k < 2 * (int)(sizeof constant / sizeof *constant); k++) {
        make(&s, 60, 1 + k % 2, 7);
        for (int i = 0; i < s.count; i++)
            s.value[i] = constant[k / 2] + s.band[i];
        p = load(&s);
        near(ds_spectrum_variance(p), 0, 0);
        near(ds_spectrum_power(p, 1.3, 1), 0, 0);
        ds_spectrum_free(p);
    }
    make(&s, 60, 1, 7);
    for (int i = 0; i < s.count; i++)
        s.time[i] = 53000;
    p = load(&s);
    near(ds_spectrum_span(p), 0, 0);
    near(ds_spectrum_power(p, 1.3, 1), 0, 0);
    ds_spectrum_free(p);
    s.count = 0;
    p = load(&s);
    near(ds_spectrum_power(p, 1.3, 1), 0, 0);
    ds_spectrum_free(p);
}

static void test_no_memory_after_growth(void **state)
{
    (void)state;
    static star s;
    make(&s, 700, 2, 8);
    ds_spectrum *p = load(&s);
    const ds_spectrum_way ways[] = {DS_SPECTRUM_DIRECT, DS_SPECTRUM_FAST, DS_SPECTRUM_BEST};
    long n, before = 0;
    for (int round = 0; round < 2; round++) {
        before = count_mallocs();
        const ds_period_points points = {s.time, s.value, s.error, s.band, s.count - round};
        assert_int_equal(ds_spectrum_load(p, &points, NULL), NN_OK);
        for (int w = 0; w < 3; w++) {
            n = 0;
            assert_int_equal(ds_spectrum_scan(p, 0.1, 0.0001, 5000, 3, ways[w], keep, &n, NULL), NN_OK);
        }
    }
    assert_int_equal(count_mallocs() - before, 0);
    ds_spectrum_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_is_that_of_least_squares),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_sums_between),
        cmocka_unit_test(test_scans_are_as_one_frequency),
        cmocka_unit_test(test_nothing_to_fit),
        cmocka_unit_test(test_no_memory_after_growth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
