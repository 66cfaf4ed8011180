/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complex exponential smoothing at several points at once beside its twin for one, and the searches side by
 * side beside the choice that they are for. */
#include "cmocka_all.h"

#include "../forecast/forecasters/smoothing/ces_lanes.h"
#include "../forecast/forecasters/smoothing/ces_model.h"
#include "../forecast/statistics/lanes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 75, POINTS = 11 };

static void make_series(double *y)
{
    for (int t = 0; t < ROWS; t++)
        y[t] = 50 + t * .3 + 8 * sin(t * 2 * M_PI / 6) + (t * 37 % 11) * .4;
    y[7] = y[40] = NAN;
}

static fc_ces_motion motion_of(double a0, double a1)
{
    return (fc_ces_motion){a1 - 1, 1, 1 - a0, a0 - a1, a0 + a1};
}

static void turn(const fc_ces_motion *by, double *x, double e)
{
    const double x1 = x[0], x2 = x[1];
    x[0] = x1 + by->by1 * x2 + by->gain0 * e;
    x[1] = by->keep * x1 + by->by2 * x2 + by->gain1 * e;
}

/* Over y in the order of step, then the states as they are before the first value of the other order. */
static double go_over(const fc_ces_lane *lane, double *x, const double *y, int step, bool turned)
{
    const int period = lane->period;
    double sum = 0, old[2 * 7];
    for (int t = 0; t < ROWS; t++) {
        const double value = y[step > 0 ? t : ROWS - 1 - t];
        double *season = x + 2 + 2 * (t % period);
        const double e = isnan(value) ? 0 : value - ((lane->seasonal ? 0 : x[0]) + season[0]);
        sum += e * e;
        turn(&lane->row, x, e);
        turn(&lane->season, season, e);
    }
    if (!turned)
        return sum;
    turn(&lane->row, x, 0);
    for (int j = 0; j < period; j++)
        turn(&lane->season, x + 2 + 2 * j, 0);
    memcpy(old, x + 2, sizeof(double[2]) * (size_t)period);
    for (int j = 0; j < period; j++)
        memcpy(x + 2 + 2 * j, old + 2 * ((ROWS + period - 1 - j) % period), sizeof(double[2]));
    return sum;
}

static double slow_squares(const fc_ces_lane *lane, const double *y)
{
    double x[2 * 7];
    memcpy(x, lane->first, sizeof(double[2]) * (size_t)(1 + lane->period));
    go_over(lane, x, y, 1, true);
    go_over(lane, x, y, -1, true);
    return go_over(lane, x, y, 1, false);
}

static void lanes_sum_what_each_would(void **unused)
{
    (void)unused;
    double y[ROWS], squares[POINTS], first[POINTS][2 * 7], *room;
    fc_ces_lane lane[POINTS];
    make_series(y);
    const fc_ces_motion still = {.by2 = 1};
    for (int i = 0; i < POINTS; i++) {
        const fc_ces_motion own = motion_of(1.2 + .05 * i, 1 + .01 * i), other = motion_of(1.3, 1.01);
        const char kind = "NSPF"[i % 4];
        lane[i] = (fc_ces_lane){.row = kind == 'S' ? still : own,
                                .season = kind == 'S'   ? own
                                          : kind == 'F' ? other
                                                        : still,
                                .period = kind == 'N' ? 1 : 6,
                                .seasonal = kind == 'S',
                                .first = first[i]};
        lane[i].season.gain0 = kind == 'P' ? .2 : lane[i].season.gain0;
        for (int j = 0; j < 2 * 7; j++)
            first[i][j] = j < 2 ? 50 + i : kind == 'N' || (kind == 'P' && j % 2) ? 0 : j - 6;
    }
    assert_int_equal(posix_memalign((void **)&room, 64, FC_MOST_LANES * 4 * 7 * sizeof *room), 0);
    for (int count = 1; count <= POINTS; count += 5) {
        fc_ces_lanes(lane, count, 6, y, ROWS, room, squares);
        for (int i = 0; i < count; i++) {
            const double slow = slow_squares(&lane[i], y);
            if (!(fabs(squares[i] - slow) <= 1e-10 * slow))
                fail_msg("point %d of %d: %.12g, not %.12g", i, count, squares[i], slow);
        }
    }
    free(room);
}

static void searches_side_by_side_end_where_each_does(void **unused)
{
    (void)unused;
    double y[ROWS];
    fc_ces_model best, one;
    make_series(y);
    assert_true(fc_ces_choose(&best, 6, y, ROWS));
    double least = INFINITY;
    for (const char *kind = "NSPF"; *kind; kind++) {
        assert_true(fc_ces_fit(&one, *kind, 6, y, ROWS));
        if (one.kind == best.kind)
            assert_true(one.aicc == best.aicc && one.a[0] == best.a[0]);
        least = fmin(least, one.aicc);
        fc_ces_clear(&one);
    }
    assert_true(best.aicc == least);
    fc_ces_clear(&best);
    assert_false(fc_ces_fit(&one, 'P', 6, y, 11));
    assert_true(fc_ces_choose(&best, 6, y, 11));
    assert_int_equal(best.kind, 'N');
    fc_ces_clear(&best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lanes_sum_what_each_would),
                                       cmocka_unit_test(searches_side_by_side_end_where_each_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
