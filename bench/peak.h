/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a core's multiply-adds reach with nothing to load: the limit of every matrix product. */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

/* Independent sums in registers of one width. */
typedef struct bench_chains {
    const char *name; /* of the instructions */
    int bits;         /* of a register */
    int sums;         /* in flight together */
    /* sum = a sum + b, `rounds` times, in each lane of each sum, the first of which begins at 0, the next at
     * 1 and so on; returns what one lane of all comes to together. */
    float (*run)(long rounds, float a, float b);
} bench_chains;

/* Those that this processor can run, the widest first; run NULL ends them. */
const bench_chains *bench_chains_here(void);
/* What run returns for a = b = 1, where that is below 2^24. */
double bench_chains_sum(const bench_chains *chains, long rounds);
/* Floating-point operations of so many rounds: a multiply-add is two. */
double bench_chains_flops(const bench_chains *chains, long rounds);

#endif
