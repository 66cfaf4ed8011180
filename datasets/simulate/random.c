/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random variates of the simulators, from the counter-based generator. */
#include "datasets/simulate/source.h"

#include "lib/base/random.h"

#include <gsl/gsl_randist.h>
#include <math.h>

typedef struct stream {
    uint64_t key, counter;
} stream;

static void set(void *state, unsigned long seed)
{
    *(stream *)state = (stream){seed, 0};
}

static unsigned long get(void *state)
{
    stream *s = state;
    return (unsigned long)(nn_random(s->key, s->counter++) >> 32);
}

static double get_double(void *state)
{
    stream *s = state;
    return nn_random_uniform(s->key, s->counter++);
}

static const gsl_rng_type splitmix = {"splitmix64", 0xffffffffUL, 0, sizeof(stream), set, get, get_double};
const gsl_rng_type *const ds_sim_generator = &splitmix;

uint64_t ds_sim_mix(uint64_t seed, uint64_t number)
{
    return nn_random(nn_random(seed, 0), number);
}

double ds_sim_uniform(gsl_rng *rng, double least, double most)
{
    return least + (most - least) * gsl_rng_uniform(rng);
}

double ds_sim_normal(gsl_rng *rng, double mean, double deviation)
{
    return mean + gsl_ran_gaussian_ziggurat(rng, deviation);
}

double ds_sim_normal_within(gsl_rng *rng, double mean, double deviation, double least, double most)
{
    for (;;) {
        const double x = ds_sim_normal(rng, mean, deviation);
        if (x >= least && x <= most)
            return x;
    }
}

double ds_sim_split_normal(gsl_rng *rng, double peak, double below, double above, double least, double most)
{
    for (;;) {
        const bool under = gsl_rng_uniform(rng) * (below + above) < below;
        const double d = fabs(ds_sim_normal(rng, 0, 1));
        const double x = under ? peak - below * d : peak + above * d;
        if (x >= least && x <= most)
            return x;
    }
}

double ds_ou_step(double now, double steps, gsl_rng *rng)
{
    const double kept = exp(-steps);
    return now * kept + sqrt(-expm1(-2 * steps)) * ds_sim_normal(rng, 0, 1);
}
