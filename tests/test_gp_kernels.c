/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Gaussian process' kernels for wide registers beside those for all, in float beside double, and fits
 * that do not depend on what was fitted before. */
#include "tests/gp_object.h"

#include <stdlib.h>
#include <string.h>

static void test_kernels(void **state)
{
    (void)state;
    const gp_kernels *wide = gp_kernels_wide();
    if (!wide) {
        print_message("skipped: this processor has no AVX-512\n");
        skip();
    }
    enum { N = 75, PADDED = 80, STRIDE = 112 };
    static double t[PADDED], w[PADDED], f[PADDED], noise[PADDED], live[PADDED], z[2][PADDED],
        alpha[2][PADDED];
    static double u[2][PADDED * STRIDE], x[2][PADDED * STRIDE], slope[2][PADDED * STRIDE];
    static object o;
    make(&o, N, 77, 1, 0.1);
    for (int i = 0; i < N; i++) {
        t[i] = o.time[i] - 59000;
        w[i] = o.wavelength[i] / 6000;
        f[i] = o.flux[i];
        noise[i] = o.error[i] * o.error[i];
        live[i] = 1;
    }
    double value[2], gradient[2][2];
    for (int k = 0; k < 2; k++) {
        gp_system g = {N, PADDED, STRIDE, t, w, f, noise, live, u[k], x[k], slope[k], z[k], alpha[k]};
        const gp_kernels *kernels = k ? wide : &gp_kernels_plain;
        assert_true(kernels->decompose(&g, 0.3, 1.0 / 400, 0));
        value[k] = gp_likelihood(&g);
        kernels->gradient(&g, gradient[k]);
    }
    assert_near(value[0], value[1], 1e-10 * fabs(value[1]));
    for (int i = 0; i < 2; i++)
        assert_near(gradient[0][i], gradient[1][i], 1e-9 * (1 + fabs(gradient[1][i])));
    for (int i = 0; i < N; i++)
        assert_near(alpha[0][i], alpha[1][i], 1e-9 * (1 + fabs(alpha[1][i])));
}

/* The kernels in float, those for wide registers and those for all, beside the ones in double. */
static void check_rough(const object *o, const gp_rough_kernels *kernels)
{
    enum { MOST_PADDED = 208, STRIDE = 240 };
    static double t[MOST_PADDED], w[MOST_PADDED], f[MOST_PADDED], noise[MOST_PADDED], live[MOST_PADDED],
        z[MOST_PADDED], alpha[MOST_PADDED], matrices[3][MOST_PADDED * STRIDE];
    static float rough_vectors[7][MOST_PADDED], rough_matrices[3][MOST_PADDED * STRIDE];
    const size_t n = o->count, padded = (n + 7) / 8 * 8;
    gp_system g = {n, padded, STRIDE, t, w, f, noise, live, matrices[0], matrices[1], matrices[2], z, alpha};
    gp_rough_system rough = {n,
                             padded,
                             STRIDE,
                             rough_vectors[0],
                             rough_vectors[1],
                             rough_vectors[2],
                             rough_vectors[3],
                             rough_vectors[4],
                             rough_matrices[0],
                             rough_matrices[1],
                             rough_matrices[2],
                             rough_vectors[5],
                             rough_vectors[6]};
    memset(rough_matrices, 0xff, sizeof rough_matrices); /* what was there before is not looked at */
    for (size_t i = 0; i < MOST_PADDED; i++) {
        const bool is = i < n;
        rough.t[i] = t[i] = is ? o->time[i] - 59000 : 0;
        rough.w[i] = w[i] = is ? o->wavelength[i] / 6000 : 0;
        rough.f[i] = f[i] = is ? o->flux[i] / 100 : 0;
        rough.noise[i] = noise[i] = is ? o->error[i] * o->error[i] / 1e4 : 0;
        rough.live[i] = live[i] = is;
    }
    double value, rough_gradient[2], gradient[2];
    assert_true(kernels->evaluate(&rough, 0.3, 1.0 / 400, &value, rough_gradient));
    assert_true(gp_kernels_plain.decompose(&g, 0.3, 1.0 / 400, 0));
    gp_kernels_plain.gradient(&g, gradient);
    assert_near(value, gp_likelihood(&g) - 0.5 * (double)n * log(2 * M_PI), 1e-3);
    for (int i = 0; i < 2; i++)
        assert_near(rough_gradient[i], gradient[i], 1e-3 * (1 + fabs(gradient[i])));
}

static void test_rough_kernels(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 7, 8, 9, 16, 17, 24, 33, 75, 128, 200};
    static object o;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        make(&o, counts[i], 90 + i, 100, 5);
        check_rough(&o, &gp_rough_plain);
        if (gp_rough_wide())
            check_rough(&o, gp_rough_wide());
    }
}

static void read_off(ds_gp *gp, const object *o, double *numbers)
{
    nn_error error = {0};
    ds_gp_fit fit;
    ds_gp_points points = points_of(o);
    assert_int_equal(ds_gp_fit_points(gp, &points, NULL, &fit, &error), NN_OK);
    numbers[0] = fit.log_variance;
    numbers[1] = fit.length;
    numbers[2] = fit.likelihood;
    assert_int_equal(ds_gp_grid(gp, 10, bands, 6, NULL, numbers + 3, numbers + 63, &error), NN_OK);
}

/* To the last bit, whatever the workspace served before. */
static void test_alone(void **state)
{
    (void)state;
    static object o[2];
    double first[123], again[123], other[123];
    ds_gp *gp = ds_gp_new(NULL), *fresh = ds_gp_new(NULL);
    for (size_t n = 1; n < 100; n += 9) {
        make(&o[0], n, 1000 + n, 100, 5);
        make(&o[1], 140 - n, 2000 + n, 50, 1);
        read_off(gp, &o[0], first);
        read_off(gp, &o[1], other);
        read_off(gp, &o[0], again);
        read_off(fresh, &o[0], other);
        assert_memory_equal(first, again, sizeof first);
        assert_memory_equal(first, other, sizeof first);
    }
    ds_gp_free(gp);
    ds_gp_free(fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kernels), cmocka_unit_test(test_rough_kernels),
                                       cmocka_unit_test(test_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
