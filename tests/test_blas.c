/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products that the library's own tiles do not do must reach OpenBLAS: GSL's reference BLAS, which libgsl
 * always brings along under the same names, would answer them just as well, thirty times slower. And a start
 * does not wait for OpenBLAS. */
#include "tests/cmocka_all.h"

#include "lib/kernels/blas.h"

#include <dlfcn.h>
#include <fnmatch.h>
#include <gsl/gsl_blas.h>

static void nothing_loads_it_before_it_is_needed(void **state)
{
    (void)state;
    if (dlsym(RTLD_DEFAULT, "openblas_get_config"))
        skip(); /* a build that links it */
    nn_blas_set_threads(1);
    assert_int_equal(nn_blas_threads(), 0);
    assert_null(dlopen("libopenblas.so.0", RTLD_LAZY | RTLD_NOLOAD));
}

static void answers(const void *address)
{
    Dl_info info;
    assert_non_null(address);
    assert_int_not_equal(dladdr(address, &info), 0);
    if (fnmatch("*openblas*", info.dli_fname, 0) != 0)
        fail_msg("a product is answered by %s", info.dli_fname);
}

static void openblas_answers(void **state)
{
    (void)state;
    assert_true(nn_blas_open());
    answers(nn_blas_address(false));
    answers(nn_blas_address(true));
    assert_int_equal(nn_blas_threads(), 1);
    nn_blas_set_threads(2);
    assert_int_equal(nn_blas_threads(), nn_blas_is_serial() ? 1 : 2);
    nn_blas_set_threads(1);
}

/* Uses both, and checks that they work side by side. */
static void both_libraries_work(void **state)
{
    (void)state;
    const float a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8}, product[] = {19, 22, 43, 50},
                turned[] = {26, 38, 30, 44};
    const double x[] = {1, 2}, y[] = {3, 4}, one[] = {2}, two[] = {3};
    float c[4] = {0};
    double d[1] = {5};
    nn_blas_sgemm(false, false, 2, 2, 2, a, 2, b, 2, 0, c, 2);
    assert_memory_equal(c, product, sizeof product);
    nn_blas_sgemm(true, false, 2, 2, 2, a, 2, b, 2, 0, c, 2);
    assert_float_equal(c[0], turned[0], 0);
    nn_blas_dgemm(false, false, 1, 1, 1, one, 1, two, 1, 1, d, 1);
    assert_float_equal(d[0], 11, 0);
    const gsl_vector_const_view of_x = gsl_vector_const_view_array(x, 2),
                                of_y = gsl_vector_const_view_array(y, 2);
    double sum = 0;
    assert_int_equal(gsl_blas_ddot(&of_x.vector, &of_y.vector, &sum), 0);
    assert_float_equal(sum, 11, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_loads_it_before_it_is_needed),
                                       cmocka_unit_test(openblas_answers),
                                       cmocka_unit_test(both_libraries_work)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
