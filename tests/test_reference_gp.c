/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Optima of the Gaussian process for PLAsTiCC objects, found by another program, and the grid values that
 * astronet publishes for one of them (tallamjr/astronet, tests/int/test_gp_interpolation.py). */
#include "tests/cmocka_all.h"

#include "tests/photometry_file.h"

#include <math.h>

#define FILE_NAME "data/lightcurves/plasticc/plasticc_train_10objects.csv"

static void assert_near(double value, double wanted, double relative)
{
    if (!(fabs(value - wanted) <= relative * fabs(wanted)))
        fail_msg("%.12g is not within %g of %.12g", value, relative, wanted);
}

static void test_optima(void **state)
{
    (void)state;
    reference_or_skip(FILE_NAME);
    static const struct {
        long id;
        size_t count;
        double length, last_digit, likelihood;
    } wanted[] = {{615, 352, 2.950568, 1e-6, 2370.744470}, {730, 108, 193.174, 1e-3, 259.695297},
                  {745, 105, 102.877, 1e-3, 355.420434},   {1124, 121, 105.1596, 1e-4, 366.698300},
                  {1227, 278, 1.0, 1e-6, 824.174378},      {1926, 170, 20.1639, 1e-4, 595.956867}};
    static photometry p;
    nn_error error = {0};
    ds_gp *gp = ds_gp_new(&error);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        photometry_read(&p, FILE_NAME, wanted[i].id);
        photometry_keep(&p);
        assert_int_equal(p.count, wanted[i].count);
        ds_gp_points points = photometry_points(&p);
        ds_gp_fit fit;
        if (ds_gp_fit_points(gp, &points, NULL, &fit, &error))
            fail_msg("%s", error.text);
        assert_int_equal(fit.status, DS_GP_FITTED);
        assert_true(fit.jitter == 0);
        assert_near(fit.likelihood, wanted[i].likelihood, 1e-8);
        /* Lengths are listed with fewer digits. */
        double rounding = 0.5 * wanted[i].last_digit / wanted[i].length;
        assert_near(fit.length, wanted[i].length, 1e-6 + rounding);
    }
    ds_gp_free(gp);
}

static void test_object_1124(void **state)
{
    (void)state;
    reference_or_skip(FILE_NAME);
    static photometry p;
    nn_error error = {0};
    ds_gp *gp = ds_gp_new(&error);
    ds_gp_fit fit;
    photometry_read(&p, FILE_NAME, 1124);
    assert_int_equal(p.count, 352);
    photometry_keep(&p);
    ds_gp_points points = photometry_points(&p);
    ds_gp_settings settings = ds_gp_defaults;
    settings.fixed = true;
    assert_int_equal(ds_gp_fit_points(gp, &points, &settings, &fit, &error), NN_OK);
    assert_near(2 * exp(fit.log_variance_start / 2), 139.818405, 1e-8);
    assert_near(fit.likelihood, 431.245111, 1e-8);
    assert_int_equal(ds_gp_fit_points(gp, &points, NULL, &fit, &error), NN_OK);
    assert_near(fit.log_variance - fit.log_variance_start, -0.375060, 1e-5);
    static double mean[600], time[100];
    assert_int_equal(ds_gp_grid(gp, 100, photometry_wavelengths, 6, time, mean, NULL, &error), NN_OK);
    assert_near(time[99] - time[0], 133.9485, 1e-9);
    assert_near(mean[0], 8.267521, 1e-6);
    assert_near(mean[3 * 6], 4.778679, 1e-6);
    assert_near(mean[0], 8.266201199288844, 5e-4);
    assert_near(mean[3 * 6], 4.777761407937418, 5e-4);
    ds_gp_free(gp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_optima), cmocka_unit_test(test_object_1124)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
