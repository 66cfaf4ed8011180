/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A workspace that has seen its largest object allocates no more. */
#include "tests/cmocka_all.h"

#include "datasets/lightcurves/gp.h"
#include "tests/count_mallocs.h"

#include <math.h>

enum { MOST = 200, TIMES = 100 };

static void test_no_allocation(void **state)
{
    (void)state;
    static const double bands[] = {4802, 6231, 7542, 8690};
    static double time[MOST], wavelength[MOST], flux[MOST], error[MOST], mean[4 * TIMES], variance[4 * TIMES];
    ds_gp *gp = ds_gp_new(NULL);
    for (int i = 0; i < MOST; i++) {
        time[i] = 59000 + 0.7 * i;
        wavelength[i] = bands[i % 4];
        flux[i] = 50 * exp(-0.001 * (i - 90) * (i - 90)) + sin(13 * i);
        error[i] = 1;
    }
    long before = 0;
    for (size_t n = MOST; n > 0; n -= 7) {
        ds_gp_points points = {NULL, time, wavelength, flux, error, n};
        ds_gp_fit fit;
        assert_int_equal(ds_gp_fit_points(gp, &points, NULL, &fit, NULL), NN_OK);
        assert_int_equal(ds_gp_grid(gp, TIMES, bands, 4, NULL, mean, variance, NULL), NN_OK);
        if (n == MOST)
            before = count_mallocs();
        if (n < 8)
            break;
    }
    assert_true(before > 0);
    assert_int_equal(count_mallocs(), before);
    ds_gp_free(gp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
