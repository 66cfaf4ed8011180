/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complex exponential smoothing at several points of a search at once. */
#ifndef FC_CES_LANES_H
#define FC_CES_LANES_H

#include <stdbool.h>
#include <stddef.h>

/* One point: the pair of the last row and that of a season move by x0 <- x0 + by1 x1 + gain0 e, x1 <- keep x0
 * + by2 x1 + gain1 e. A kind without one of them has zeros there. */
typedef struct fc_ces_motion {
    double by1, keep, by2, gain0, gain1;
} fc_ces_motion;

typedef struct fc_ces_lane {
    fc_ces_motion row, season;
    int period;          /* 1, or that of the others */
    bool seasonal;       /* by the season alone: the last row's pair counts for nothing */
    const double *first; /* 2 (1 + period): states that the backcast begins with */
} fc_ces_lane;

/* squares (count): the sum of squared errors over y (n, NaN: no error) from the states that going over it and
 * back leads to. room: FC_MOST_LANES (lanes.h) times 4 (1 + period) doubles, at a multiple of 64 bytes. */
void fc_ces_lanes(const fc_ces_lane *lanes, int count, int period, const double *y, size_t n, double *room,
                  double *squares);

#endif
