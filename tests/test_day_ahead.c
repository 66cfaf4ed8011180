/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Day-ahead forecasts of made-up prices: beside a plain ridge for each hour of the day, beside the same
 * without what is known beforehand, and fitted again as days come. */
#include "forecast/forecasters/linear/known.h"
#include "lib/kernels/dense.h"
#include "tests/cmocka_all.h"
#include "tests/price_like.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 24, DAYS = 400, ROWS = DAY * DAYS, COLUMNS = 3, START = 300, EVERY = 28 };

typedef struct world {
    double *values;
    ds_time *time;
    ds_table table;
    ds_view view;
    uint8_t role[COLUMNS];
    int index[COLUMNS];
    char *names[COLUMNS];
} world;

static void make(world *w, int known)
{
    *w = (world){.index = {0, 1, 2}, .names = {(char *)"price", (char *)"load", (char *)"wind"}};
    w->values = malloc(sizeof(double) * ROWS * COLUMNS);
    w->time = malloc(sizeof(ds_time) * ROWS);
    assert_true(w->values && w->time);
    price_like(w->values, ROWS, 5);
    for (int t = 0; t < ROWS; t++)
        w->time[t] = t * (DS_DAY / DAY);
    w->role[1] = w->role[2] = known ? DS_VIEW_FUTURE : DS_VIEW_PAST;
    w->table = (ds_table){.path = (char *)"table",
                          .rows = ROWS,
                          .columns = COLUMNS,
                          .values = w->values,
                          .time = w->time,
                          .names = w->names,
                          .frequency = {DS_UNIT_HOUR, 1, 0}};
    w->view = (ds_view){.table = &w->table,
                        .rows = ROWS,
                        .columns = COLUMNS,
                        .column = w->index,
                        .role = w->role,
                        .targets = 1,
                        .target = w->index,
                        .floor = NAN};
}

static void forget(world *w)
{
    free(w->values);
    free(w->time);
}

static void roll(void **state, const world *w, int days, nn_pool *pool)
{
    nn_error error = {0};
    if (fc_forecaster_roll(state, &fc_forecaster_linear, NULL, &w->view, (ds_part){0, (size_t)(DAY * days)},
                           DAY, DAY, pool, &error))
        fail_msg("%s", error.text);
}

/* Mean squared and absolute error of forecasts made every midnight from START on. */
typedef struct errors {
    double square, absolute;
} errors;

static errors walk(const world *w, nn_pool *pool)
{
    void *state = NULL;
    errors sum = {0};
    for (int day = START; day < DAYS; day++) {
        double out[DAY];
        if ((day - START) % EVERY == 0)
            roll(&state, w, day, pool);
        fc_forecaster_linear.forecast(state, &w->view, (size_t)(DAY * day), DAY, out);
        for (int h = 0; h < DAY; h++) {
            const double e = out[h] - w->values[(DAY * day + h) * COLUMNS];
            sum.square += e * e / (DAY * (DAYS - START));
            sum.absolute += fabs(e) / (DAY * (DAYS - START));
        }
    }
    fc_forecaster_free(state, &fc_forecaster_linear);
    return sum;
}

/* --- the plain ridge --- */

enum { LAGGED = 4 * DAY, KNOWN = 2 * 3 * DAY, F = LAGGED + KNOWN + 8, WIDE = F + DAY };

/* All hours of the prices of days -1, -2, -3, -7, of load and wind of days 0, -1, -7, and the day of the
 * week. */
static void explain(double *x, const double *z, int day)
{
    static const int lag[4] = {1, 2, 3, 7}, back[3] = {0, 1, 7};
    for (int i = 0; i < 4; i++)
        for (int h = 0; h < DAY; h++)
            *x++ = z[((day - lag[i]) * DAY + h) * COLUMNS];
    for (int i = 0; i < 3; i++)
        for (int h = 0; h < DAY; h++)
            for (int j = 1; j < COLUMNS; j++)
                *x++ = z[((day - back[i]) * DAY + h) * COLUMNS + j];
    for (int i = 0; i < 7; i++)
        *x++ = day % 7 == i;
    *x++ = 1;
    for (int h = 0; h < DAY; h++)
        *x++ = z[(day * DAY + h) * COLUMNS];
}

static void solve(double *theta, const double *z, int days, double strength)
{
    double *g = calloc((size_t)F * WIDE, sizeof *g), *room = malloc(sizeof(double) * F * F), row[WIDE];
    assert_true(g && room);
    for (int day = 7; day < days; day++) {
        explain(row, z, day);
        for (int i = 0; i < F; i++)
            for (int j = 0; j < WIDE; j++)
                g[i * WIDE + j] += row[i] * row[j];
    }
    for (int i = 0; i < F; i++) {
        memcpy(room + i * F, g + i * WIDE, F * sizeof *room);
        room[i * F + i] += i < F - 1 ? strength : 1e-6;
        memcpy(theta + i * DAY, g + i * WIDE + F, DAY * sizeof *theta);
    }
    assert_true(nn_dense_factor(F, room, F));
    nn_dense_solve(F, DAY, room, F, theta, DAY);
    free(g);
    free(room);
}

static errors score(const double *theta, const double *z, int from, int to)
{
    errors sum = {0};
    for (int day = from; day < to; day++) {
        double row[WIDE];
        explain(row, z, day);
        for (int h = 0; h < DAY; h++) {
            double e = -row[F + h];
            for (int i = 0; i < F; i++)
                e += row[i] * theta[i * DAY + h];
            sum.square += e * e / (DAY * (to - from));
            sum.absolute += fabs(e) / (DAY * (to - from));
        }
    }
    return sum;
}

/* Scaled by the first START days; the strength is that of the last 50 of them. */
static errors plain_ridge(const world *w)
{
    double *z = malloc(sizeof(double) * ROWS * COLUMNS), *theta = malloc(sizeof(double) * F * DAY), best = 1,
           least = INFINITY, mean[COLUMNS] = {0}, square[COLUMNS] = {0};
    const int n = START * DAY;
    errors all = {0};
    assert_true(z && theta);
    for (int t = 0; t < n; t++)
        for (int j = 0; j < COLUMNS; j++) {
            mean[j] += w->values[t * COLUMNS + j] / n;
            square[j] += w->values[t * COLUMNS + j] * w->values[t * COLUMNS + j] / n;
        }
    for (int i = 0; i < ROWS * COLUMNS; i++)
        z[i] = (w->values[i] - mean[i % COLUMNS]) /
               sqrt(square[i % COLUMNS] - mean[i % COLUMNS] * mean[i % COLUMNS]);
    for (double strength = .1; strength < 2e4; strength *= 10) {
        solve(theta, z, START - 50, strength);
        const double loss = score(theta, z, START - 50, START).square;
        if (loss < least)
            best = strength, least = loss;
    }
    for (int day = START; day < DAYS; day += EVERY) {
        const int to = day + EVERY < DAYS ? day + EVERY : DAYS;
        solve(theta, z, day, best);
        const errors some = score(theta, z, day, to);
        const double share = (double)(to - day) / (DAYS - START);
        all.square += some.square * share * (square[0] - mean[0] * mean[0]);
        all.absolute += some.absolute * share * sqrt(square[0] - mean[0] * mean[0]);
    }
    free(z);
    free(theta);
    return all;
}

static void test_beside_ridge(void **state)
{
    (void)state;
    world w;
    make(&w, 1);
    const errors own = walk(&w, NULL), plain = plain_ridge(&w);
    if (!(own.square <= plain.square && own.absolute <= plain.absolute))
        fail_msg("squared %g and absolute %g, of the plain ridge %g and %g", own.square, own.absolute,
                 plain.square, plain.absolute);
    forget(&w);
    make(&w, 0);
    const errors without = walk(&w, NULL);
    if (!(own.absolute <= .5 * without.absolute))
        fail_msg("absolute error %g with what is known, %g without", own.absolute, without.absolute);
    forget(&w);
}

/* Sums that go on come to what sums from the beginning do, for any number of threads. */
static void test_rolling(void **state)
{
    (void)state;
    world w;
    nn_pool *pool;
    nn_error error = {0};
    void *rolled = NULL, *side = NULL;
    make(&w, 1);
    assert_int_equal(nn_pool_new(&pool, 3, &error), NN_OK);
    roll(&rolled, &w, 300, NULL);
    roll(&side, &w, 300, pool);
    double first[DAY], later[DAY], threads[DAY], whole[DAY];
    fc_forecaster_linear.forecast(rolled, &w.view, ROWS - DAY, DAY, first);
    for (int days = 310; days <= 390; days += 40) {
        roll(&rolled, &w, days, NULL);
        roll(&side, &w, days, pool);
    }
    fc_forecaster_linear.forecast(rolled, &w.view, ROWS - DAY, DAY, later);
    fc_forecaster_linear.forecast(side, &w.view, ROWS - DAY, DAY, threads);
    assert_memory_equal(later, threads, sizeof later);
    assert_true(memcmp(first, later, sizeof first) != 0);
    fc_forecaster_free(side, &fc_forecaster_linear);
    side = NULL;
    roll(&side, &w, 300, NULL);
    roll(&side, &w, 390, NULL);
    fc_forecaster_linear.forecast(side, &w.view, ROWS - DAY, DAY, whole);
    for (int h = 0; h < DAY; h++)
        if (!(fabs(whole[h] - later[h]) < 1e-4))
            fail_msg("hour %d: %g in one step, %g in three", h, whole[h], later[h]);
    fc_forecaster_free(side, &fc_forecaster_linear);
    fc_forecaster_free(rolled, &fc_forecaster_linear);
    nn_pool_free(pool);
    forget(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_beside_ridge), cmocka_unit_test(test_rolling)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
