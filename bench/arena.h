/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sequences of any length with known answers, in the manner of Long Range Arena (arXiv 2011.04006): what a
 * mixer has to carry from far away to solve them. Counters alone make them, so that any sample can be drawn
 * by any thread. */
#ifndef BENCH_ARENA_H
#define BENCH_ARENA_H

#include <stdint.h>

enum { BENCH_CLASSES = 4, BENCH_RECALL_CHANNELS = 3 };

/* Each token's answer is the value `lag` tokens before it, 0 for the first ones. input, target: tokens. */
void bench_arena_copy(uint64_t key, int tokens, int lag, double *input, double *target);
/* Which of four periods a wave has, under another one of twice its size and a little noise. input: tokens. */
int bench_arena_periodic(uint64_t key, int tokens, double *input);
/* Values, marks of `events` of them, and at the last token the share of the events up to the one that is
 * asked for: its value is the answer. input: tokens x 3. place: room for tokens. */
double bench_arena_recall(uint64_t key, int tokens, int events, double *input, int *place);

#endif
