/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernels need to be vectorised by the compiler in a portable build. */
#ifndef NN_VECTOR_H
#define NN_VECTOR_H

#include "lib/base/real.h"

#include <math.h>

/* Hot kernels are compiled for AVX-512, AVX2 with FMA and the baseline, and the loader picks one. The
 * sanitizers' run-time libraries start too late for the resolvers that this needs. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&     \
    !defined(__SANITIZE_THREAD__) && !defined(NN_NO_CLONES) && !defined(NN_LEVEL)
#define NN_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define NN_CLONES
#endif

/* glibc has vector forms of these; the declarations let loops use them without giving up NaN and infinity. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((simd("notinbranch"))) float expf(float);
__attribute__((simd("notinbranch"))) float erff(float);
__attribute__((simd("notinbranch"))) float sinf(float);
__attribute__((simd("notinbranch"))) float cosf(float);
__attribute__((simd("notinbranch"))) double exp(double);
__attribute__((simd("notinbranch"))) double erf(double);
__attribute__((simd("notinbranch"))) double sin(double);
__attribute__((simd("notinbranch"))) double cos(double);
#endif

#ifdef NN_DOUBLE
#define NN_EXP  exp
#define NN_ERF  erf
#define NN_SIN  sin
#define NN_COS  cos
#define NN_LOG  log
#define NN_SQRT sqrt
#define NN_FABS fabs
#define NN_FMAX fmax
#define NN_INF  ((double)INFINITY)
#else
#define NN_EXP  expf
#define NN_ERF  erff
#define NN_SIN  sinf
#define NN_COS  cosf
#define NN_LOG  logf
#define NN_SQRT sqrtf
#define NN_FABS fabsf
#define NN_FMAX fmaxf
#define NN_INF  INFINITY
#endif

/* Before a loop of which no turn reads what another writes, though its arrays may be one and the same. */
#if defined(__clang__)
#define NN_TURNS_APART _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define NN_TURNS_APART _Pragma("GCC ivdep")
#else
#define NN_TURNS_APART
#endif

/* A vector as wide as a register of the level that the file is compiled for (lib/kernels/levels.c): a wider
 * one would live in memory. Loads and stores need no alignment. */
#if NN_LEVEL == 4 || defined(__AVX512F__)
#define NN_VECTOR_BYTES 64
#else
#define NN_VECTOR_BYTES 32
#endif
enum { NN_LANES = NN_VECTOR_BYTES / sizeof(nn_real) };
typedef nn_real nn_vector __attribute__((vector_size(NN_VECTOR_BYTES)));
typedef nn_real nn_vector_loose
    __attribute__((vector_size(NN_VECTOR_BYTES), aligned(sizeof(nn_real)), may_alias));

/* Rows of scores and transposed heads are padded to a multiple of this, whole vectors at every level. */
enum { NN_PAD = 64 / sizeof(nn_real) };

static inline int nn_round_up(int n, int multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

static inline int nn_least(int a, int b)
{
    return a < b ? a : b;
}

#endif
