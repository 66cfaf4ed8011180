/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complex exponential smoothing with a point to a lane; ces_model.c has the same for one. */
#include "forecast/forecasters/smoothing/ces_lanes.h"
#include "forecast/statistics/lanes.h"

#include <string.h>

typedef struct motion {
    fc_lane by1, keep, by2, gain0, gain1;
} motion;

typedef struct strip {
    motion row, season;
    int period;
    size_t n;
    const double *y;
    fc_lane *x, *turned; /* 2 (1 + period) each */
} strip;

static void load_motion(motion *to, const fc_ces_motion *from, int lane)
{
    to->by1[lane] = from->by1;
    to->keep[lane] = from->keep;
    to->by2[lane] = from->by2;
    to->gain0[lane] = from->gain0;
    to->gain1[lane] = from->gain1;
}

static void load(strip *s, const fc_ces_lane *lanes, int count)
{
    memset(&s->row, 0, sizeof s->row);
    memset(&s->season, 0, sizeof s->season);
    memset(s->x, 0, (size_t)(2 * (1 + s->period)) * sizeof *s->x);
    for (int l = 0; l < count; l++) {
        load_motion(&s->row, &lanes[l].row, l);
        load_motion(&s->season, &lanes[l].season, l);
        for (int i = lanes[l].seasonal ? 2 : 0; i < 2 * (1 + lanes[l].period); i++)
            ((double *)&s->x[i])[l] = lanes[l].first[i];
    }
}

static inline void turn(const motion *by, fc_lane *x, fc_lane e)
{
    const fc_lane x1 = x[0], x2 = x[1];
    x[0] = (x1 + by->by1 * x2) + by->gain0 * e;
    x[1] = (by->keep * x1 + by->by2 * x2) + by->gain1 * e;
}

/* One way over the values from phase 0, step 1 or -1. */
static fc_lane pass(strip *s, const double *y, ptrdiff_t step)
{
    const motion row = s->row, by_season = s->season;
    fc_lane sum = {0}, pair[2] = {s->x[0], s->x[1]}, *season = s->x + 2, *const end = season + 2 * s->period;
    for (size_t t = 0; t < s->n; t++, y += step) {
        fc_lane e = {0};
        if (!isnan(*y))
            e = (*y - season[0]) - pair[0];
        sum += e * e;
        turn(&row, pair, e);
        turn(&by_season, season, e);
        season += 2;
        if (season == end)
            season = s->x + 2;
    }
    s->x[0] = pair[0];
    s->x[1] = pair[1];
    return sum;
}

static void turn_round(strip *s)
{
    const size_t period = (size_t)s->period;
    const fc_lane none = {0};
    turn(&s->row, s->x, none);
    for (size_t j = 0; j < period; j++)
        turn(&s->season, s->x + 2 + 2 * j, none);
    for (size_t j = 0; j < period; j++)
        memcpy(s->turned + 2 * j, s->x + 2 + 2 * ((s->n + period - 1 - j) % period), 2 * sizeof *s->turned);
    memcpy(s->x + 2, s->turned, 2 * period * sizeof *s->turned);
}

void fc_ces_lanes(const fc_ces_lane *lanes, int count, int period, const double *y, size_t n, double *room,
                  double *squares)
{
    strip s = {.period = period, .n = n, .y = y, .x = (fc_lane *)room};
    s.turned = s.x + 2 * (1 + period);
    for (int from = 0; from < count; from += FC_LANES) {
        const int some = count - from < FC_LANES ? count - from : FC_LANES;
        load(&s, lanes + from, some);
        pass(&s, y, 1);
        turn_round(&s);
        pass(&s, y + n - 1, -1);
        turn_round(&s);
        const fc_lane sum = pass(&s, y, 1);
        for (int l = 0; l < some; l++)
            squares[from + l] = sum[l];
    }
}
