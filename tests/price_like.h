/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Made-up hourly prices with what drives them: for tests. */
#ifndef PRICE_LIKE_H
#define PRICE_LIKE_H

#include "lib/base/random.h"

#include <math.h>

/* Nearly normal. */
static inline double price_noise(uint64_t key, int t)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += nn_random_uniform(key + (uint64_t)i * 7919, (uint64_t)t);
    return sum;
}

/* values (rows,3): price, load, wind. Load has a season of a day, a week and a year; prices follow load less
 * wind along a curve that falls steeply below zero, times a level of fuel that drifts, with spikes both ways;
 * load and wind are as forecast the day before, with errors. */
static inline void price_like(double *values, int rows, uint64_t seed)
{
    const double pi = 3.14159265358979323846;
    double load_noise = 0, air = 0, fuel = 0, mood = 0, own = 0;
    for (int t = 0; t < rows; t++) {
        const int hour = t % 24, day = t / 24;
        if (hour == 0) {
            fuel += .012 * price_noise(seed + 1, day);
            mood = .8 * mood + 2 * price_noise(seed + 2, day);
        }
        load_noise = .98 * load_noise + .35 * price_noise(seed + 3, t);
        air = .985 * air + .17 * price_noise(seed + 4, t);
        own = .7 * own + 1.1 * price_noise(seed + 5, t);
        const double load = 50 - 6 * cos(2 * pi * (hour - 4) / 24) - 2 * cos(4 * pi * (hour - 8) / 24) -
                            (day % 7 >= 5 ? 7 : 0) + 5 * cos(2 * pi * day / 365.25) + load_noise,
                     wind = 18 / (1 + exp(-1.3 * air)), z = (load - wind - 38) / 8;
        const double high = z > 1 ? z - 1 : 0, low = z < -1 ? -1 - z : 0,
                     level = exp(fuel) * (40 + 18 * z + 6 * high * high - 9 * low * low + mood),
                     chance = nn_random_uniform(seed + 6, (uint64_t)t),
                     spike = chance < .001   ? -60
                             : chance < .003 ? 70
                                             : 0;
        values[3 * t] = level + own + spike;
        values[3 * t + 1] = load + .4 * price_noise(seed + 8, t);
        values[3 * t + 2] = wind + .8 * price_noise(seed + 9, t);
    }
}

#endif
