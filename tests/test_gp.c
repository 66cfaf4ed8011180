/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Gaussian process beside a slow twin that inverts K by LU, derivatives beside differences, and points of
 * which no good can come. */
#include "tests/gp_object.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the twin --- */

static double covariance(double dt, double dw, double c, double length)
{
    double s = sqrt(3 * (dt * dt / (length * length) + dw * dw / (6000.0 * 6000.0)));
    return exp(c) * (1 + s) * exp(-s);
}

typedef struct twin {
    gsl_matrix *inverse;
    gsl_vector *alpha;
    double likelihood;
} twin;

static void twin_make(twin *t, const object *o, double c, double length)
{
    size_t n = o->count;
    gsl_matrix *k = gsl_matrix_alloc(n, n);
    gsl_permutation *p = gsl_permutation_alloc(n);
    t->inverse = gsl_matrix_alloc(n, n);
    t->alpha = gsl_vector_alloc(n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            gsl_matrix_set(
                k, i, j,
                covariance(o->time[i] - o->time[j], o->wavelength[i] - o->wavelength[j], c, length) +
                    (i == j ? o->error[i] * o->error[i] + 1.25e-12 : 0));
    int sign;
    gsl_linalg_LU_decomp(k, p, &sign);
    gsl_linalg_LU_invert(k, p, t->inverse);
    gsl_vector_const_view flux = gsl_vector_const_view_array(o->flux, n);
    gsl_blas_dgemv(CblasNoTrans, 1, t->inverse, &flux.vector, 0, t->alpha);
    double quadratic;
    gsl_blas_ddot(&flux.vector, t->alpha, &quadratic);
    t->likelihood = 0.5 * (quadratic + gsl_linalg_LU_lndet(k) + (double)n * log(2 * M_PI));
    gsl_matrix_free(k);
    gsl_permutation_free(p);
}

static void twin_free(twin *t)
{
    gsl_matrix_free(t->inverse);
    gsl_vector_free(t->alpha);
}

static void twin_predict(const twin *t, const object *o, double time, double wavelength, double c,
                         double length, double *mean, double *variance)
{
    double k[MOST];
    *mean = 0;
    *variance = exp(c);
    for (size_t i = 0; i < o->count; i++) {
        k[i] = covariance(time - o->time[i], wavelength - o->wavelength[i], c, length);
        *mean += k[i] * gsl_vector_get(t->alpha, i);
    }
    for (size_t i = 0; i < o->count; i++)
        for (size_t j = 0; j < o->count; j++)
            *variance -= k[i] * gsl_matrix_get(t->inverse, i, j) * k[j];
}

static void check_against_twin(ds_gp *gp, const object *o, double c, double length)
{
    nn_error error = {0};
    ds_gp_points points = points_of(o);
    ds_gp_fit fit;
    twin t;
    static double mean[100 * 6], variance[100 * 6], time[100];
    assert_int_equal(ds_gp_condition(gp, &points, c, length, 6000, &fit, &error), NN_OK);
    assert_int_equal(ds_gp_grid(gp, 100, bands, 6, time, mean, variance, &error), NN_OK);
    twin_make(&t, o, c, length);
    assert_near(fit.likelihood, t.likelihood, 1e-8 * (1 + fabs(t.likelihood)));
    assert_near(fit.length, length, 1e-12 * length);
    assert_near(fit.log_variance, c, 1e-12 * (1 + fabs(c)));
    for (size_t i = 0; i < 100; i += 9)
        for (size_t b = 0; b < 6; b++) {
            double m, v;
            twin_predict(&t, o, time[i], bands[b], c, length, &m, &v);
            assert_near(mean[i * 6 + b], m, 1e-8 * exp(c / 2));
            assert_near(variance[i * 6 + b], v, 1e-8 * exp(c));
        }
    twin_free(&t);
}

static void test_twin(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 7, 8, 9, 63, 64, 65, 130, 200};
    static object o;
    ds_gp *gp = ds_gp_new(NULL);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        make(&o, counts[i], i + 1, 100, 3);
        check_against_twin(gp, &o, 2 * log(60), 25);
        check_against_twin(gp, &o, 2 * log(5), 1);
        check_against_twin(gp, &o, 2 * log(300), 900);
    }
    ds_gp_free(gp);
}

static void test_grid_is_predict(void **state)
{
    (void)state;
    static object o;
    static double time[300], wavelength[300], mean[300 * 6], variance[300 * 6], one[300], spread[300],
        alone[300];
    nn_error error = {0};
    ds_gp *gp = ds_gp_new(NULL);
    ds_gp_fit fit;
    make(&o, 77, 5, 40, 2);
    ds_gp_points points = points_of(&o);
    assert_int_equal(ds_gp_fit_points(gp, &points, NULL, &fit, &error), NN_OK);
    assert_int_equal(ds_gp_grid(gp, 300, bands, 6, time, mean, variance, &error), NN_OK);
    for (size_t b = 0; b < 6; b++) {
        for (size_t i = 0; i < 300; i++)
            wavelength[i] = bands[b];
        assert_int_equal(ds_gp_predict(gp, time, wavelength, 300, one, spread, &error), NN_OK);
        assert_int_equal(ds_gp_predict(gp, time, wavelength, 300, alone, NULL, &error), NN_OK);
        for (size_t i = 0; i < 300; i++) {
            assert_near(mean[i * 6 + b], one[i], 1e-9);
            assert_near(variance[i * 6 + b], spread[i], 1e-9);
            assert_true(alone[i] == one[i]);
        }
    }
    wavelength[17] = NAN;
    assert_int_equal(ds_gp_predict(gp, time, wavelength, 300, one, NULL, &error), NN_BAD_DATA);
    ds_gp_free(gp);
}

/* --- derivatives and the minimum --- */

static void test_gradient(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 5, 8, 40, 97, 256};
    static object o;
    nn_error error = {0};
    ds_gp *gp = ds_gp_new(NULL);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        make(&o, counts[i], 40 + i, 80, i % 2 ? 2 : 20);
        ds_gp_points points = points_of(&o);
        ds_gp_fit fit;
        assert_int_equal(ds_gp_fit_points(gp, &points, NULL, &fit, &error), NN_OK);
        for (int trial = 0; trial < 9; trial++) {
            double at[2] = {2 * log(40) + 2 * (trial % 3 - 1), 2 * log(trial / 3 == 0   ? 1.7
                                                                       : trial / 3 == 1 ? 22
                                                                                        : 700)};
            double value, gradient[2];
            assert_int_equal(ds_gp_likelihood(gp, at[0], at[1], &value, gradient, &error), NN_OK);
            for (int j = 0; j < 2; j++) {
                double h = 1e-4, plus[2] = {at[0], at[1]}, minus[2] = {at[0], at[1]}, up, down;
                plus[j] += h;
                minus[j] -= h;
                assert_int_equal(ds_gp_likelihood(gp, plus[0], plus[1], &up, NULL, &error), NN_OK);
                assert_int_equal(ds_gp_likelihood(gp, minus[0], minus[1], &down, NULL, &error), NN_OK);
                assert_near(gradient[j], (up - down) / (2 * h),
                            1e-6 * (1 + fabs(gradient[j])) + 1e-9 * fabs(value));
            }
        }
    }
    ds_gp_free(gp);
}

/* The fit's values are no worse than those around them, within the bounds, nor than the start. */
static void check_minimum(ds_gp *gp, const ds_gp_fit *fit)
{
    nn_error error = {0};
    double m = 2 * log(fit->length), value;
    assert_int_equal(ds_gp_likelihood(gp, fit->log_variance_start, 2 * log(20), &value, NULL, &error), NN_OK);
    assert_true(fit->likelihood <= value + 1e-9);
    for (int i = 0; i < 8; i++) {
        double c = fit->log_variance + 1e-2 * cos(i * M_PI / 4), at = m + 1e-2 * sin(i * M_PI / 4);
        c = fmin(fmax(c, fit->log_variance_start - 10), fit->log_variance_start + 10);
        at = fmin(fmax(at, 0), 2 * log(1000));
        assert_int_equal(ds_gp_likelihood(gp, c, at, &value, NULL, &error), NN_OK);
        assert_true(fit->likelihood <= value + 1e-9 * (1 + fabs(value)));
    }
}

static void test_minimum(void **state)
{
    (void)state;
    static object o;
    nn_error error = {0};
    ds_gp *gp = ds_gp_new(NULL);
    for (unsigned long seed = 1; seed <= 40; seed++) {
        make(&o, 3 + (size_t)seed * 4, seed, seed % 3 ? 100 : 1, seed % 5 ? 4 : 60);
        ds_gp_points points = points_of(&o);
        ds_gp_fit fit;
        assert_int_equal(ds_gp_fit_points(gp, &points, NULL, &fit, &error), NN_OK);
        assert_int_equal(fit.status, DS_GP_FITTED);
        assert_true(fit.length >= 1 - 1e-12 && fit.length <= 1000 * (1 + 1e-12));
        assert_true(fabs(fit.log_variance - fit.log_variance_start) <= 10 + 1e-9);
        check_minimum(gp, &fit);
    }
    ds_gp_free(gp);
}

static void test_bounds(void **state)
{
    (void)state;
    static object o;
    nn_error error = {0};
    ds_gp *gp = ds_gp_new(NULL);
    ds_gp_fit fit;
    /* Noise alone at distinct times wants the shortest length; a constant the longest. */
    make(&o, 60, 3, 0, 1);
    for (size_t i = 0; i < 60; i++) {
        o.flux[i] = i % 2 ? 100 : -100;
        o.time[i] = 59000 + 3 * (double)i;
        o.wavelength[i] = 6231;
    }
    ds_gp_points points = points_of(&o);
    assert_int_equal(ds_gp_fit_points(gp, &points, NULL, &fit, &error), NN_OK);
    assert_int_equal(fit.status, DS_GP_FITTED);
    assert_near(fit.length, 1, 1e-9);
    for (size_t i = 0; i < 60; i++)
        o.flux[i] = 100;
    assert_int_equal(ds_gp_fit_points(gp, &points, NULL, &fit, &error), NN_OK);
    assert_int_equal(fit.status, DS_GP_FITTED);
    assert_near(fit.length, 1000, 1e-6);
    double time[5], mean[5];
    assert_int_equal(ds_gp_grid(gp, 5, bands + 2, 1, time, mean, NULL, &error), NN_OK);
    for (int i = 0; i < 5; i++)
        assert_near(mean[i], 100, 0.5);
    ds_gp_free(gp);
}

/* Along the bound of the length the variance is still to be found, wherever rounding leaves the way there:
 * scatter of small errors about one outlier, which sets where the variance starts. */
static void test_along_a_bound(void **state)
{
    (void)state;
    static object o;
    nn_error error = {0};
    ds_gp *gp = ds_gp_new(NULL);
    ds_gp_fit fit;
    int on_bound = 0;
    for (unsigned long seed = 1; seed <= 150; seed++) {
        make(&o, 30 + seed % 60, seed, 0, 1);
        for (size_t i = 0; i < o.count; i++) {
            o.flux[i] *= i == 7 ? 3 * (double)(seed % 9 + 1) : 1;
            o.error[i] = 0.05;
        }
        ds_gp_points points = points_of(&o);
        assert_int_equal(ds_gp_fit_points(gp, &points, NULL, &fit, &error), NN_OK);
        double value, gradient[2];
        assert_int_equal(
            ds_gp_likelihood(gp, fit.log_variance, 2 * log(fit.length), &value, gradient, &error), NN_OK);
        on_bound += fit.length < 1 + 1e-12;
        if (fabs(gradient[0]) > 1e-3)
            fail_msg("seed %lu: at %g days L falls by %g with ln variance", seed, fit.length, gradient[0]);
    }
    assert_true(on_bound > 50);
    ds_gp_free(gp);
}

static void test_settings(void **state)
{
    (void)state;
    static object o;
    nn_error error = {0};
    ds_gp *gp = ds_gp_new(NULL);
    ds_gp_fit fit;
    make(&o, 50, 9, 100, 3);
    ds_gp_points points = points_of(&o);
    ds_gp_settings s = ds_gp_defaults;
    s.most_evaluations = 2;
    assert_int_equal(ds_gp_fit_points(gp, &points, &s, &fit, &error), NN_OK);
    assert_int_equal(fit.status, DS_GP_UNSETTLED);
    assert_int_equal(fit.evaluations, 2);
    s = ds_gp_defaults;
    s.fixed = true;
    s.length = 33;
    assert_int_equal(ds_gp_fit_points(gp, &points, &s, &fit, &error), NN_OK);
    assert_int_equal(fit.status, DS_GP_FIXED);
    assert_near(fit.length, 33, 1e-9);
    assert_true(fit.log_variance == fit.log_variance_start);
    s.length = 0.5;
    assert_int_equal(ds_gp_fit_points(gp, &points, &s, &fit, &error), NN_USAGE);
    assert_int_equal(ds_gp_condition(gp, &points, 0, -1, 6000, &fit, &error), NN_USAGE);
    assert_int_equal(ds_gp_condition(gp, &points, 0, 1, 0, &fit, &error), NN_USAGE);
    ds_gp_free(gp);
}

/* --- points of which no good can come --- */

static void fit_and_predict(ds_gp *gp, const object *o, ds_gp_fit *fit)
{
    nn_error error = {0};
    ds_gp_points points = points_of(o);
    double time[10], mean[60], variance[60];
    if (ds_gp_fit_points(gp, &points, NULL, fit, &error))
        fail_msg("%s", error.text);
    assert_true(isfinite(fit->likelihood) && isfinite(fit->log_variance) && isfinite(fit->length));
    assert_int_equal(ds_gp_grid(gp, 10, bands, 6, time, mean, variance, &error), NN_OK);
    for (int i = 0; i < 60; i++)
        assert_true(isfinite(mean[i]) && isfinite(variance[i]) && variance[i] >= 0);
}

static void test_few_points(void **state)
{
    (void)state;
    ds_gp *gp = ds_gp_new(NULL);
    ds_gp_fit fit;
    object one = {{59000}, {6231}, {50}, {2}, 1};
    fit_and_predict(gp, &one, &fit);
    object same_time = {{59000, 59000}, {6231, 6231}, {50, 40}, {2, 2}, 2};
    fit_and_predict(gp, &same_time, &fit);
    object zero = {{59000, 59010, 59020}, {6231, 6231, 4802}, {0, 0, 0}, {1, 2, 3}, 3};
    fit_and_predict(gp, &zero, &fit);
    object nothing = {{59000, 59010}, {6231, 6231}, {0, 0}, {0, 0}, 2};
    fit_and_predict(gp, &nothing, &fit);
    ds_gp_free(gp);
}

static void test_sizes(void **state)
{
    (void)state;
    static object o;
    ds_gp *gp = ds_gp_new(NULL);
    ds_gp_fit fit, plain;
    make(&o, 60, 21, 100, 3);
    fit_and_predict(gp, &o, &plain);
    /* Another unit of flux moves L by n ln(unit) and nothing else. */
    static const double units[] = {1e-9, 1e9, 1e100};
    for (size_t u = 0; u < 3; u++) {
        object scaled = o;
        for (size_t i = 0; i < o.count; i++) {
            scaled.flux[i] *= units[u];
            scaled.error[i] *= units[u];
        }
        fit_and_predict(gp, &scaled, &fit);
        if (units[u] < 1) /* 1.25e-12 has a unit of its own */
            continue;
        assert_near(fit.likelihood - 60 * log(units[u]), plain.likelihood, 1e-6);
        assert_near(fit.length, plain.length, 1e-4 * plain.length);
    }
    for (size_t i = 0; i < o.count; i++) {
        o.flux[i] *= i % 7 ? 1 : 1e6;
        o.error[i] *= i % 5 ? 1 : 1e8;
    }
    fit_and_predict(gp, &o, &fit);
    for (size_t i = 0; i < o.count; i++)
        o.error[i] = 0;
    fit_and_predict(gp, &o, &fit);
    ds_gp_free(gp);
}

/* Points twice without noise: K has no inverse beyond the white noise, and none at all beside large fluxes.
 */
static void test_duplicates(void **state)
{
    (void)state;
    static object o;
    ds_gp *gp = ds_gp_new(NULL);
    ds_gp_fit fit;
    make(&o, 40, 8, 1e6, 0);
    for (size_t i = 20; i < 40; i++) {
        o.time[i] = o.time[i - 20];
        o.wavelength[i] = o.wavelength[i - 20];
        o.flux[i] = o.flux[i - 20];
    }
    fit_and_predict(gp, &o, &fit);
    assert_int_equal(fit.status, DS_GP_FELL_BACK);
    assert_true(fit.jitter > 0);
    assert_near(fit.length, 20, 1e-9);
    assert_true(fit.log_variance == fit.log_variance_start);
    double mean[20];
    nn_error error = {0};
    assert_int_equal(ds_gp_predict(gp, o.time, o.wavelength, 20, mean, NULL, &error), NN_OK);
    for (size_t i = 0; i < 20; i++)
        assert_near(mean[i], o.flux[i], 1e3);
    ds_gp_free(gp);
}

static void refused(ds_gp *gp, const object *o, const char *what)
{
    nn_error error = {0};
    ds_gp_points points = points_of(o);
    ds_gp_fit fit;
    double mean[6];
    assert_int_equal(ds_gp_fit_points(gp, &points, NULL, &fit, &error), NN_BAD_DATA);
    if (!strstr(error.text, "SN 7") || !strstr(error.text, what))
        fail_msg("'%s' does not name %s", error.text, what);
    assert_int_equal(ds_gp_grid(gp, 1, bands, 6, NULL, mean, NULL, &error), NN_FAILED);
}

static void test_refused(void **state)
{
    (void)state;
    static object good, o;
    ds_gp *gp = ds_gp_new(NULL);
    double mean[6];
    assert_int_equal(ds_gp_grid(gp, 1, bands, 6, NULL, mean, NULL, NULL), NN_FAILED);
    assert_int_equal(ds_gp_likelihood(gp, 0, 0, mean, NULL, NULL), NN_BAD_DATA);
    make(&good, 12, 2, 100, 3);
    o = good;
    o.flux[3] = NAN;
    refused(gp, &o, "flux of point 4");
    o = good;
    o.error[0] = INFINITY;
    refused(gp, &o, "error of point 1");
    o = good;
    o.time[11] = NAN;
    refused(gp, &o, "time of point 12");
    o = good;
    o.wavelength[2] = -INFINITY;
    refused(gp, &o, "wavelength of point 3");
    o = good;
    o.error[5] = -1;
    refused(gp, &o, "negative");
    o = good;
    o.count = 0;
    refused(gp, &o, "points, not 0");
    o = good;
    for (size_t i = 0; i < o.count; i++)
        o.flux[i] = 0, o.error[i] = 1e300;
    o.flux[2] = 1e-300, o.error[2] = 0;
    refused(gp, &o, "beside 1e-300");
    o.flux[1] = 1e300; /* its square is no number */
    refused(gp, &o, "cannot be used");
    ds_gp_free(gp);
    ds_gp_free(NULL);
}

/* Errors so small that float cannot tell the covariance from one that is not positive definite: the search in
 * double finds the minimum alone. */
static void test_beyond_float(void **state)
{
    (void)state;
    static object o;
    nn_error error = {0};
    ds_gp *gp = ds_gp_new(NULL);
    for (unsigned long seed = 1; seed <= 10; seed++) {
        make(&o, 90, seed, 1000, 1e-3);
        ds_gp_points points = points_of(&o);
        ds_gp_fit fit;
        assert_int_equal(ds_gp_fit_points(gp, &points, NULL, &fit, &error), NN_OK);
        assert_int_equal(fit.status, DS_GP_FITTED);
        check_minimum(gp, &fit);
    }
    ds_gp_free(gp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beyond_float),

        cmocka_unit_test(test_twin),         cmocka_unit_test(test_grid_is_predict),
        cmocka_unit_test(test_gradient),     cmocka_unit_test(test_minimum),
        cmocka_unit_test(test_bounds),       cmocka_unit_test(test_settings),
        cmocka_unit_test(test_few_points),   cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_duplicates),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_along_a_bound)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
