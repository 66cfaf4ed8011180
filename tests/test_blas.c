/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linked like the program, calls of cblas_sgemm must reach OpenBLAS: GSL's reference BLAS, which libgsl
 * always brings along, would answer them just as well, thirty times slower. */
#include "tests/cmocka_all.h"

#include <dlfcn.h>
#include <fnmatch.h>
#include <gsl/gsl_cblas.h> /* declares the same functions as <cblas.h>; the two cannot be mixed */
#include <gsl/gsl_linalg.h>
#include <math.h>

static void answers(const char *name)
{
    /* Not the executable itself: its jump table can stand in for the function's address. */
    void *address = dlsym(RTLD_NEXT, name);
    Dl_info info;
    assert_non_null(address);
    assert_int_not_equal(dladdr(address, &info), 0);
    if (fnmatch("*openblas*", info.dli_fname, 0) != 0)
        fail_msg("%s is answered by %s", name, info.dli_fname);
}

static void openblas_answers(void **state)
{
    (void)state;
    answers("cblas_sgemm");
    answers("cblas_dgemm");
    answers("cblas_sgemv");
    answers("cblas_ddot"); /* GSL calls it */
}

/* Uses both libraries, so that neither can drop off the link line, and checks that they work side by side. */
static void both_libraries_work(void **state)
{
    (void)state;
    const float a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8};
    float c[4] = {0};
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 2, 2, 2, 1, a, 2, b, 2, 0, c, 2);
    const float product[] = {19, 22, 43, 50};
    assert_memory_equal(c, product, sizeof product);

    gsl_matrix *m = gsl_matrix_alloc(2, 2);
    assert_non_null(m);
    gsl_matrix_set(m, 0, 0, 4);
    gsl_matrix_set(m, 0, 1, 2);
    gsl_matrix_set(m, 1, 0, 2);
    gsl_matrix_set(m, 1, 1, 5);
    assert_int_equal(gsl_linalg_cholesky_decomp1(m), 0);
    assert_true(fabs(gsl_matrix_get(m, 0, 0) - 2) < 1e-14);
    assert_true(fabs(gsl_matrix_get(m, 1, 0) - 1) < 1e-14);
    assert_true(fabs(gsl_matrix_get(m, 1, 1) - 2) < 1e-14);
    gsl_matrix_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(openblas_answers),
                                       cmocka_unit_test(both_libraries_work)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
