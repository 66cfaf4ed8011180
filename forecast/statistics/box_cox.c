/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Box-Cox transform, back, and the choice of its power. */
#include "forecast/statistics/box_cox.h"

#include <math.h>

double fc_box_cox(double y, double lambda)
{
    if (lambda == 0)
        return log(y);
    return (copysign(pow(fabs(y), lambda), y) - 1) / lambda;
}

double fc_box_cox_back(double x, double lambda, double variance)
{
    const double inner = lambda * x + 1;
    if (lambda == 0)
        return exp(x) * (1 + (variance > 0 ? variance / 2 : 0));
    if (lambda < 0 && inner <= 0)
        return NAN;
    const double median = copysign(pow(fabs(inner), 1 / lambda), inner);
    return variance > 0 ? median * (1 + variance * (1 - lambda) / (2 * inner * inner)) : median;
}

/* Mean and deviation of each season, the first rows left out that make none; deviations behind means. Returns
 * how many. */
static size_t describe(const double *y, size_t n, size_t length, double *room)
{
    const size_t seasons = n / length;
    y += n - seasons * length;
    for (size_t s = 0; s < seasons; s++) {
        double mean = 0, square = 0;
        for (size_t i = 0; i < length; i++)
            mean += y[s * length + i] / (double)length;
        for (size_t i = 0; i < length; i++)
            square += (y[s * length + i] - mean) * (y[s * length + i] - mean);
        room[s] = mean;
        room[seasons + s] = sqrt(square / (double)(length - 1));
    }
    return seasons;
}

/* The variation of deviation / mean^(1 - lambda) over the seasons. */
static double variation(const double *room, size_t seasons, double lambda)
{
    double mean = 0, square = 0;
    for (size_t s = 0; s < seasons; s++)
        mean += room[seasons + s] / pow(room[s], 1 - lambda) / (double)seasons;
    for (size_t s = 0; s < seasons; s++) {
        const double away = room[seasons + s] / pow(room[s], 1 - lambda) - mean;
        square += away * away;
    }
    return sqrt(square / (double)(seasons - 1)) / mean;
}

/* Where a step of Brent's method (1973) goes from: the best, second and third best places. */
typedef struct brent {
    double low, high, best, second, third, at_best, at_second, at_third;
    double step, before; /* the last two steps */
} brent;

/* The next place: the lowest point of the parabola through the three, or a golden section where that does not
 * shrink fast enough. */
static double next_place(brent *b, double tolerance)
{
    const double golden = (3 - sqrt(5)) * .5, middle = (b->low + b->high) / 2;
    double p = 0, q = 0, r = 0;
    if (fabs(b->before) > tolerance) {
        r = (b->best - b->second) * (b->at_best - b->at_third);
        q = (b->best - b->third) * (b->at_best - b->at_second);
        p = (b->best - b->third) * q - (b->best - b->second) * r;
        q = (q - r) * 2;
        if (q > 0)
            p = -p;
        else
            q = -q;
        r = b->before;
        b->before = b->step;
    }
    if (fabs(p) >= fabs(q * .5 * r) || p <= q * (b->low - b->best) || p >= q * (b->high - b->best)) {
        b->before = b->best < middle ? b->high - b->best : b->low - b->best;
        b->step = golden * b->before;
    } else {
        b->step = p / q;
        const double place = b->best + b->step;
        if (place - b->low < tolerance * 2 || b->high - place < tolerance * 2)
            b->step = b->best >= middle ? -tolerance : tolerance;
    }
    return fabs(b->step) >= tolerance ? b->best + b->step : b->best + copysign(tolerance, b->step);
}

static void learn(brent *b, double place, double value)
{
    if (value <= b->at_best) {
        if (place < b->best)
            b->high = b->best;
        else
            b->low = b->best;
        b->third = b->second;
        b->at_third = b->at_second;
        b->second = b->best;
        b->at_second = b->at_best;
        b->best = place;
        b->at_best = value;
        return;
    }
    if (place < b->best)
        b->low = place;
    else
        b->high = place;
    if (value <= b->at_second || b->second == b->best) {
        b->third = b->second;
        b->at_third = b->at_second;
        b->second = place;
        b->at_second = value;
    } else if (value <= b->at_third || b->third == b->best || b->third == b->second) {
        b->third = place;
        b->at_third = value;
    }
}

double fc_box_cox_guerrero(const double *y, size_t n, int period, double *room)
{
    const size_t length = period > 2 ? (size_t)period : 2;
    double low = -1;
    for (size_t i = 0; i < n; i++)
        if (y[i] <= 0)
            low = 0;
    if (n <= 2 * (size_t)period || n / length < 2)
        return 1;
    const size_t seasons = describe(y, n, length, room);
    const double start = low + (3 - sqrt(5)) * .5 * (2 - low), value = variation(room, seasons, start);
    brent b = {low, 2, start, start, start, value, value, value, 0, 0};
    for (int i = 0; i < 100; i++) {
        const double middle = (b.low + b.high) / 2, tolerance = 1.49e-8 * fabs(b.best) + 1.220703125e-4 / 3;
        if (fabs(b.best - middle) <= 2 * tolerance - (b.high - b.low) / 2)
            break;
        const double place = next_place(&b, tolerance);
        learn(&b, place, variation(room, seasons, place));
    }
    return isfinite(b.best) && isfinite(b.at_best) ? b.best : 1;
}
