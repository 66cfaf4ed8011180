/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copy lag, periodic with a distractor, sparse recall. */
#include "bench/arena.h"

#include "lib/base/random.h"

#include <math.h>
#include <string.h>

static double value(uint64_t key, uint64_t counter)
{
    return 2 * nn_random_uniform(key, counter) - 1;
}

void bench_arena_copy(uint64_t key, int tokens, int lag, double *input, double *target)
{
    for (int t = 0; t < tokens; t++) {
        input[t] = value(key, (uint64_t)t);
        target[t] = t < lag ? 0 : input[t - lag];
    }
}

int bench_arena_periodic(uint64_t key, int tokens, double *input)
{
    static const double periods[BENCH_CLASSES] = {3, 5, 8, 13};
    const int class = (int)(BENCH_CLASSES * nn_random_uniform(key, 0));
    const double phase = 2 * M_PI * nn_random_uniform(key, 1), other = 2 + 14 * nn_random_uniform(key, 2),
                 shift = 2 * M_PI * nn_random_uniform(key, 3);
    for (int t = 0; t < tokens; t++)
        input[t] = sin(2 * M_PI * t / periods[class] + phase) + 2 * sin(2 * M_PI * t / other + shift) +
                   0.1 * value(key, 4 + (uint64_t)t);
    return class;
}

/* The first `events` of a shuffle of all tokens but the last, in order. */
static void draw_events(uint64_t key, int tokens, int events, int *place)
{
    for (int i = 0; i < tokens - 1; i++)
        place[i] = i;
    for (int e = 0; e < events; e++) {
        const int other = e + (int)(nn_random_uniform(key, (uint64_t)e) * (tokens - 1 - e)), kept = place[e];
        place[e] = place[other];
        place[other] = kept;
    }
    for (int e = 1; e < events; e++) {
        const int at = place[e];
        int k = e;
        for (; k > 0 && place[k - 1] > at; k--)
            place[k] = place[k - 1];
        place[k] = at;
    }
}

double bench_arena_recall(uint64_t key, int tokens, int events, double *input, int *place)
{
    draw_events(key, tokens, events, place);
    memset(input, 0, (size_t)tokens * BENCH_RECALL_CHANNELS * sizeof *input);
    for (int t = 0; t < tokens - 1; t++)
        input[t * BENCH_RECALL_CHANNELS] = value(key, (uint64_t)events + (uint64_t)t);
    for (int e = 0; e < events; e++)
        input[place[e] * BENCH_RECALL_CHANNELS + 1] = 1;
    const int asked = (int)(events * nn_random_uniform(key, (uint64_t)events + (uint64_t)tokens));
    input[(tokens - 1) * BENCH_RECALL_CHANNELS + 2] = (asked + 1.0) / events;
    return input[place[asked] * BENCH_RECALL_CHANNELS];
}
