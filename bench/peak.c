/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chains of multiply-adds in registers, by their width. */
#include "bench/peak.h"

#define PRAGMA(text) _Pragma(#text)

/* The multiplication is by the sum, so that it cannot be taken out of the loop; sums begin at 0, 1, 2, ...,
 * so that no two of them are the same and the compiler cannot make one of them. A multiply-add takes some
 * four cycles and two or fewer begin in each: eight sums keep a core busy, and more hide what else it does.
 */
#define DEFINE_CHAINS(name, attributes, bytes, many)                                                         \
    attributes static float name(long rounds, float a, float b)                                              \
    {                                                                                                        \
        typedef float vector __attribute__((vector_size(bytes)));                                            \
        const vector x = a - (vector){0}, y = b - (vector){0};                                               \
        vector sum[many];                                                                                    \
        PRAGMA(GCC unroll many)                                                                              \
        for (int i = 0; i < many; i++)                                                                       \
            sum[i] = (float)i - (vector){0};                                                                 \
        for (long r = 0; r < rounds; r++)                                                                    \
            PRAGMA(GCC unroll many)                                                                          \
        for (int i = 0; i < many; i++)                                                                       \
            sum[i] = sum[i] * x + y;                                                                         \
        vector all = {0};                                                                                    \
        PRAGMA(GCC unroll many)                                                                              \
        for (int i = 0; i < many; i++)                                                                       \
            all += sum[i];                                                                                   \
        return all[0];                                                                                       \
    }

DEFINE_CHAINS(run_plain, , 16, 12)

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
DEFINE_CHAINS(run_wide, __attribute__((target("arch=x86-64-v4"))), 64, 24)
DEFINE_CHAINS(run_narrow, __attribute__((target("arch=x86-64-v3"))), 32, 12)

static const bench_chains all_chains[] = {{"AVX-512", 512, 24, run_wide},
                                          {"AVX2 with FMA", 256, 12, run_narrow},
                                          {"the baseline", 128, 12, run_plain},
                                          {0}};

const bench_chains *bench_chains_here(void)
{
    return __builtin_cpu_supports("x86-64-v4")   ? &all_chains[0]
           : __builtin_cpu_supports("x86-64-v3") ? &all_chains[1]
                                                 : &all_chains[2];
}
#else
const bench_chains *bench_chains_here(void)
{
    static const bench_chains plain[] = {{"the baseline", 128, 12, run_plain}, {0}};
    return plain;
}
#endif

double bench_chains_sum(const bench_chains *chains, long rounds)
{
    return (double)rounds * chains->sums + chains->sums * (chains->sums - 1) / 2.0;
}

double bench_chains_flops(const bench_chains *chains, long rounds)
{
    return 2.0 * (double)rounds * chains->sums * chains->bits / 32;
}
