/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only file that sees <cblas.h>: it cannot share a translation unit with GSL's. Functions are asked for
 * from OpenBLAS itself, so that GSL's slow ones of the same names, which libgsl brings along, cannot answer.
 */
#include "lib/kernels/blas.h"

#include <cblas.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#ifdef NN_BLAS_SONAME
#include <dlfcn.h>
#endif

static struct {
    bool there;
    int began; /* threads */
    __typeof__(cblas_sgemm) *sgemm;
    __typeof__(cblas_dgemm) *dgemm;
    __typeof__(openblas_set_num_threads) *set_threads;
    __typeof__(openblas_get_num_threads) *threads;
    __typeof__(openblas_get_parallel) *parallel;
    __typeof__(openblas_get_config) *config;
    __typeof__(openblas_get_corename) *kernels;
    void (*dynamic_init)(void), (*dynamic_quit)(void); /* of builds that choose their kernels at run time */
} blas;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what follows, and of loading */
static bool tried;
static int wanted; /* threads; 0: as many as it begins with */

#ifdef NN_BLAS_SONAME

static bool find_all(void)
{
    void *library = dlopen(NN_BLAS_SONAME, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return false;
    const struct {
        const char *name;
        void *to;
        bool needed;
    } all[] = {{"cblas_sgemm", &blas.sgemm, true},
               {"cblas_dgemm", &blas.dgemm, true},
               {"openblas_set_num_threads", &blas.set_threads, true},
               {"openblas_get_num_threads", &blas.threads, true},
               {"openblas_get_parallel", &blas.parallel, true},
               {"openblas_get_config", &blas.config, true},
               {"openblas_get_corename", &blas.kernels, true},
               {"gotoblas_dynamic_init", &blas.dynamic_init, false},
               {"gotoblas_dynamic_quit", &blas.dynamic_quit, false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        void *address = dlsym(library, all[i].name);
        if (!address && all[i].needed)
            return false;
        *(void **)all[i].to = address;
    }
    return true;
}

#else

extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

static bool find_all(void)
{
    blas.sgemm = cblas_sgemm;
    blas.dgemm = cblas_dgemm;
    blas.set_threads = openblas_set_num_threads;
    blas.threads = openblas_get_num_threads;
    blas.parallel = openblas_get_parallel;
    blas.config = openblas_get_config;
    blas.kernels = openblas_get_corename;
    blas.dynamic_init = gotoblas_dynamic_init;
    blas.dynamic_quit = gotoblas_dynamic_quit;
    return true;
}

#endif

bool nn_blas_open(void)
{
    if (__atomic_load_n(&blas.there, __ATOMIC_ACQUIRE))
        return true;
    pthread_mutex_lock(&lock);
    if (!tried && find_all()) {
        blas.began = blas.threads();
        if (wanted > 0)
            blas.set_threads(wanted);
        __atomic_store_n(&blas.there, true, __ATOMIC_RELEASE);
    }
    tried = true;
    pthread_mutex_unlock(&lock);
    return blas.there;
}

bool nn_blas_is_serial(void)
{
    return nn_blas_open() && blas.parallel() == 0;
}

void nn_blas_sgemm(bool transpose_a, bool transpose_b, int m, int n, int k, const float *a, int lda,
                   const float *b, int ldb, float beta, float *c, int ldc)
{
    blas.sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
               transpose_b ? CblasTrans : CblasNoTrans, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}

void nn_blas_dgemm(bool transpose_a, bool transpose_b, int m, int n, int k, const double *a, int lda,
                   const double *b, int ldb, double beta, double *c, int ldc)
{
    blas.dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
               transpose_b ? CblasTrans : CblasNoTrans, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
}

void nn_blas_set_threads(int threads)
{
    pthread_mutex_lock(&lock);
    wanted = threads;
    if (blas.there)
        blas.set_threads(threads > 0 ? threads : blas.began);
    pthread_mutex_unlock(&lock);
}

int nn_blas_threads(void)
{
    return __atomic_load_n(&blas.there, __ATOMIC_ACQUIRE) ? blas.threads() : 0;
}

const char *nn_blas_config(void)
{
    return nn_blas_open() ? blas.config() : "none";
}

const char *nn_blas_kernels(void)
{
    return nn_blas_open() ? blas.kernels() : "none";
}

void nn_blas_choose_again(void)
{
    if (!nn_blas_open() || !blas.dynamic_init || !blas.dynamic_quit)
        return;
    blas.dynamic_quit();
    blas.dynamic_init();
}

const void *nn_blas_address(bool doubles)
{
    if (!nn_blas_open())
        return NULL;
    return doubles ? *(void **)&blas.dgemm : *(void **)&blas.sgemm;
}
