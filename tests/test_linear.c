/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ridge regression on windows: its shared sums beside windows that are really built, what it must find
 * exactly, and that it does not depend on threads or on being stored. */
#include "forecast/forecasters/linear/parts.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void expect(double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%.12g instead of %.12g", value, wanted);
}

/* --- the slow twin --- */

enum { LONG = 90, LAGS = 7, LEVEL = 3, CYCLE = 4, STEPS = 3, REACH = 6, WIDE = LAGS + 1 + STEPS };
static const int step[STEPS] = {0, 2, 5};
static const fc_linear_shape shape = {
    .lags = LAGS, .level = LEVEL, .cycle = CYCLE, .steps = STEPS, .reach = REACH, .step = step};

/* One window of x whose lags begin at x[0], its cycle taken away: phi and y. */
static void build(double *z, const double *x, const double *table, int phase)
{
    double c, s;
    fc_linear_level(x + LAGS, LEVEL, &c, &s);
    for (int i = 0; i < LAGS; i++)
        z[i] = x[i] - c - (table ? table[((phase - LAGS + i) % CYCLE + CYCLE) % CYCLE] : 0);
    z[LAGS] = s;
    for (int a = 0; a < STEPS; a++)
        z[LAGS + 1 + a] = x[LAGS + step[a]] - c - (table ? table[(phase + step[a]) % CYCLE] : 0);
}

static double noise(int t, int k)
{
    return 3 * k + sin(t * .7 + k) + nn_random_uniform(5 + 100 * (uint64_t)k, (uint64_t)t);
}

static void test_sums(void **state)
{
    (void)state;
    double x[2][LONG], g[(LAGS + 1) * WIDE] = {0}, yy[STEPS] = {0}, phases[2 * CYCLE * WIDE] = {0};
    const size_t windows[2] = {LONG - LAGS - REACH + 1, 30};
    fc_linear_sums sums;
    nn_error error;
    assert_int_equal(fc_linear_sums_new(&sums, &shape, 2, &error), NN_OK);
    for (int k = 0; k < 2; k++) {
        for (int t = 0; t < LONG; t++)
            x[k][t] = noise(t, k);
        assert_int_equal(fc_linear_sums_add(&sums, k, x[k], 1 + k, windows[k], &error), NN_OK);
        for (size_t w = 0; w < windows[k]; w++) {
            double z[WIDE];
            build(z, x[k] + w, NULL, 0);
            for (int i = 0; i <= LAGS; i++)
                for (int a = 0; a < WIDE; a++)
                    g[i * WIDE + a] += z[i] * z[a];
            for (int a = 0; a < STEPS; a++)
                yy[a] += z[LAGS + 1 + a] * z[LAGS + 1 + a];
            for (int i = 0; i < WIDE; i++)
                phases[((size_t)k * CYCLE + (1 + (size_t)k + w) % CYCLE) * WIDE + (size_t)i] += z[i];
        }
    }
    for (int i = 0; i < (LAGS + 1) * WIDE; i++)
        expect(sums.g[i], g[i], 1e-9);
    for (int a = 0; a < STEPS; a++)
        expect(sums.yy[a], yy[a], 1e-9);
    for (int i = 0; i < 2 * CYCLE * WIDE; i++)
        expect(sums.phase[i], phases[i], 1e-9);
    assert_true(sums.windows == (double)(windows[0] + windows[1]));
    fc_linear_sums_free(&sums);
}

/* The weights solve the normal equations of windows without their cycle, and the loss is that of windows. */
static void test_solution(void **state)
{
    (void)state;
    double x[LONG], theta[(LAGS + 1) * STEPS], table[CYCLE], z[WIDE], loss = 0, g[(LAGS + 1) * WIDE] = {0};
    const size_t windows = LONG - LAGS - REACH + 1;
    fc_linear_sums sums;
    fc_linear_room room;
    nn_error error;
    for (int t = 0; t < LONG; t++)
        x[t] = noise(t, 0) + (t % CYCLE == 2 ? 5 : 0);
    assert_int_equal(fc_linear_sums_new(&sums, &shape, 1, &error), NN_OK);
    assert_int_equal(fc_linear_room_new(&room, &shape, &error), NN_OK);
    assert_int_equal(fc_linear_sums_add(&sums, 0, x, LAGS % CYCLE, windows, &error), NN_OK);
    assert_true(fc_linear_solve(theta, table, &sums, .01, &room));
    for (size_t w = 0; w < windows; w++) {
        build(z, x + w, table, (int)w + LAGS);
        for (int i = 0; i <= LAGS; i++)
            for (int a = 0; a < WIDE; a++)
                g[i * WIDE + a] += z[i] * z[a];
        for (int a = 0; a < STEPS; a++) {
            double e = -z[LAGS + 1 + a];
            for (int i = 0; i <= LAGS; i++)
                e += z[i] * theta[i * STEPS + a];
            loss += e * e / (double)(windows * STEPS);
        }
    }
    double trace = 0;
    for (int i = 0; i <= LAGS; i++)
        trace += g[i * WIDE + i];
    for (int i = 0; i <= LAGS; i++)
        for (int a = 0; a < STEPS; a++) {
            double left = g[i * WIDE + LAGS + 1 + a] - .01 * trace / (LAGS + 1) * theta[i * STEPS + a];
            for (int j = 0; j <= LAGS; j++)
                left -= g[i * WIDE + j] * theta[j * STEPS + a];
            expect(left, 0, 1e-8);
        }
    expect(fc_linear_loss(theta, table, &sums, &room), loss, 1e-10);
    assert_false(fc_linear_solve(theta, table, &sums, INFINITY, &room));
    assert_true(theta[0] == 0 && table[2] == 0);
    fc_linear_room_free(&room);
    fc_linear_sums_free(&sums);
}

/* One value says nothing of the place in a cycle: its table does. */
static void test_cycle(void **state)
{
    (void)state;
    const fc_linear_shape narrow = {.lags = 1, .level = 1, .cycle = CYCLE, .steps = 4, .reach = 4};
    double x[LONG], theta[2 * 4], table[CYCLE];
    fc_linear_sums sums;
    fc_linear_room room;
    nn_error error;
    for (int t = 0; t < LONG; t++)
        x[t] = 9 + (t % CYCLE == 2 ? 4 : 0);
    assert_int_equal(fc_linear_sums_new(&sums, &narrow, 1, &error), NN_OK);
    assert_int_equal(fc_linear_room_new(&room, &narrow, &error), NN_OK);
    assert_int_equal(fc_linear_sums_add(&sums, 0, x, 1, LONG - 5, &error), NN_OK);
    assert_true(fc_linear_solve(theta, table, &sums, 1e-6, &room));
    expect(table[2] - table[0], 4, .1);
    expect(table[1] - table[0], 0, .1);
    assert_true(fc_linear_loss(theta, table, &sums, &room) < .05);
    fc_linear_room_free(&room);
    fc_linear_sums_free(&sums);
}

/* --- as a forecaster --- */

enum { ROWS = 400, COLUMNS = 2, HORIZON = 6 };

typedef struct world {
    double values[ROWS * COLUMNS];
    ds_table table;
    ds_view view;
    uint8_t role[COLUMNS];
    int index[COLUMNS];
    char *names[COLUMNS];
} world;

static void make(world *w, size_t rows, double (*value)(int row, int column))
{
    *w = (world){.index = {0, 1}, .names = {(char *)"a", (char *)"b"}};
    for (int t = 0; t < ROWS; t++)
        for (int j = 0; j < COLUMNS; j++)
            w->values[t * COLUMNS + j] = value(t, j);
    w->table = (ds_table){.path = (char *)"table",
                          .rows = rows,
                          .columns = COLUMNS,
                          .values = w->values,
                          .names = w->names,
                          .frequency = {DS_UNIT_STEP, 1, 0}};
    w->view = (ds_view){.table = &w->table,
                        .rows = rows,
                        .columns = COLUMNS,
                        .column = w->index,
                        .role = w->role,
                        .targets = COLUMNS,
                        .target = w->index,
                        .floor = NAN};
}

static void *fit(const world *w, const fc_linear_config *config, int season, nn_pool *pool)
{
    void *state;
    nn_error error = {0};
    if (fc_forecaster_fit_beside(&state, &fc_forecaster_linear, config, &w->view, (ds_part){0, w->view.rows},
                                 HORIZON, season, pool, &error))
        fail_msg("%s", error.text);
    return state;
}

/* Two waves and, in the second column, a rising line: linear in the last values, without any noise. */
static double waves(int row, int column)
{
    return 40 + 5 * sin(row * .61) + 2 * cos(row * 1.7 + 1) + (column ? .3 * row : 0);
}

static void test_recovery(void **state)
{
    (void)state;
    world w;
    double out[HORIZON * COLUMNS];
    make(&w, 300, waves);
    void *fitted = fit(&w, NULL, 1, NULL);
    fc_forecaster_linear.forecast(fitted, &w.view, 300, HORIZON, out);
    for (int h = 0; h < HORIZON; h++)
        for (int j = 0; j < COLUMNS; j++)
            expect(out[h * COLUMNS + j], waves(300 + h, j), .02);
    fc_forecaster_free(fitted, &fc_forecaster_linear);
    const fc_linear_config exact = {.lags = 16, .level = 1, .strength = 1e-12};
    fitted = fit(&w, &exact, 1, NULL);
    fc_forecaster_linear.forecast(fitted, &w.view, 300, HORIZON, out);
    for (int h = 0; h < HORIZON; h++)
        for (int j = 0; j < COLUMNS; j++)
            expect(out[h * COLUMNS + j], waves(300 + h, j), 1e-4);
    fc_forecaster_free(fitted, &fc_forecaster_linear);
}

/* A walk: nothing to be found, so forecasts stay by the last value. */
static double walk(int row, int column)
{
    double sum = 0;
    for (int t = 0; t <= row; t++)
        sum += nn_random_uniform(9 + 100 * (uint64_t)column, (uint64_t)t) - .5;
    return sum;
}

static void test_nothing_to_find(void **state)
{
    (void)state;
    world w;
    double out[HORIZON * COLUMNS];
    make(&w, ROWS, walk);
    void *fitted = fit(&w, NULL, 7, NULL);
    fc_forecaster_linear.forecast(fitted, &w.view, ROWS, HORIZON, out);
    for (int h = 0; h < HORIZON; h++)
        for (int j = 0; j < COLUMNS; j++)
            expect(out[h * COLUMNS + j], walk(ROWS - 1, j), .1);
    fc_forecaster_free(fitted, &fc_forecaster_linear);
}

/* Any number of rows, also with gaps, gives a forecast; a constant stays. */
static void test_short_and_broken(void **state)
{
    (void)state;
    world w;
    double out[HORIZON * COLUMNS];
    for (size_t rows = 1; rows < 60; rows += rows < 10 ? 1 : 7) {
        make(&w, rows, waves);
        for (size_t t = 0; t < rows; t++)
            w.values[t * COLUMNS + 1] = t % 5 == 3 ? NAN : 7;
        void *fitted = fit(&w, NULL, 12, NULL);
        fc_forecaster_linear.forecast(fitted, &w.view, rows, HORIZON, out);
        for (int h = 0; h < HORIZON; h++) {
            assert_true(isfinite(out[h * COLUMNS]));
            expect(out[h * COLUMNS + 1], 7, 1e-9);
        }
        fc_forecaster_linear.forecast(fitted, &w.view, 0, HORIZON, out); /* nothing before */
        expect(out[1], 7, 1e-9);
        fc_forecaster_free(fitted, &fc_forecaster_linear);
    }
    make(&w, 300, waves);
    for (size_t t = 100; t < 130; t++) /* too long to be bridged: its windows are left out */
        w.values[t * COLUMNS] = NAN;
    void *fitted = fit(&w, &(fc_linear_config){.lags = 16, .level = 1, .strength = 1e-12}, 1, NULL);
    fc_forecaster_linear.forecast(fitted, &w.view, 300, HORIZON, out);
    for (int h = 0; h < HORIZON; h++)
        expect(out[h * COLUMNS], waves(300 + h, 0), 1e-3);
    fc_forecaster_free(fitted, &fc_forecaster_linear);
}

static double seasonal(int row, int column)
{
    return noise(row, column) + (row % 7 == column ? 4 : 0);
}

/* Threads change nothing, and neither does a file. */
static void test_kept(void **state)
{
    (void)state;
    world w;
    nn_error error = {0};
    double one[HORIZON * COLUMNS], other[HORIZON * COLUMNS];
    for (int each = 0; each < 2; each++) {
        const fc_linear_config config = {
            .cycle = 7, .sharing = each ? FC_LINEAR_EACH : FC_LINEAR_ONE, .strength = -1};
        make(&w, ROWS, seasonal);
        void *fitted = fit(&w, &config, 7, NULL), *copy;
        json_t *object = fc_forecaster_json(fitted, &fc_forecaster_linear);
        assert_int_equal(fc_forecaster_read(&copy, &fc_forecaster_linear, object, "file", &error), NN_OK);
        fc_forecaster_linear.forecast(fitted, &w.view, ROWS - 3, HORIZON, one);
        fc_forecaster_linear.forecast(copy, &w.view, ROWS - 3, HORIZON, other);
        assert_memory_equal(one, other, sizeof one);
        assert_true(fabs(one[0] - one[COLUMNS]) > 1e-6);
        nn_pool *pool;
        assert_int_equal(nn_pool_new(&pool, 3, &error), NN_OK);
        void *side = fit(&w, &config, 7, pool);
        json_t *again = fc_forecaster_json(side, &fc_forecaster_linear);
        assert_true(json_equal(object, again));
        nn_pool_free(pool);
        fc_forecaster_free(side, &fc_forecaster_linear);
        fc_forecaster_free(copy, &fc_forecaster_linear);
        fc_forecaster_free(fitted, &fc_forecaster_linear);
        json_decref(again);
        json_object_set_new(object, "weights", json_string("AAAA"));
        assert_int_equal(fc_forecaster_read(&copy, &fc_forecaster_linear, object, "file", &error),
                         NN_BAD_DATA);
        assert_non_null(strstr(error.text, "'weights'"));
        fc_forecaster_free(copy, &fc_forecaster_linear);
        json_decref(object);
    }
}

/* --- with what is known beforehand --- */

enum { DAY = 6 };

/* Column 0 follows column 1 in a way of its own in every row of a day, and is otherwise a level. */
static double priced(int row, int column)
{
    const double load = 20 + 5 * nn_random_uniform(77, (uint64_t)row),
                 noise_here = nn_random_uniform(78, (uint64_t)row) - .5;
    return column ? load : 100 + (1 + row % DAY) * load + noise_here;
}

static double known_error(const world *w, void *fitted, size_t from)
{
    double sum = 0;
    for (size_t origin = from; origin + HORIZON <= ROWS; origin += 5) {
        double out[HORIZON];
        fc_forecaster_linear.forecast(fitted, &w->view, origin, HORIZON, out);
        for (int h = 0; h < HORIZON; h++)
            sum += fabs(out[h] - priced((int)origin + h, 0));
    }
    return sum;
}

static void test_known(void **state)
{
    (void)state;
    static world w;
    nn_error error = {0};
    make(&w, ROWS, priced);
    w.view.targets = 1;
    w.role[1] = DS_VIEW_PAST;
    void *without, *with, *copy;
    assert_int_equal(fc_forecaster_fit(&without, &fc_forecaster_linear, NULL, &w.view, (ds_part){0, 340},
                                       HORIZON, DAY, &error),
                     NN_OK);
    w.role[1] = DS_VIEW_FUTURE;
    assert_int_equal(fc_forecaster_fit(&with, &fc_forecaster_linear, NULL, &w.view, (ds_part){0, 340},
                                       HORIZON, DAY, &error),
                     NN_OK);
    assert_true(known_error(&w, with, 340) < .2 * known_error(&w, without, 340));
    json_t *object = fc_forecaster_json(with, &fc_forecaster_linear);
    assert_int_equal(fc_forecaster_read(&copy, &fc_forecaster_linear, object, "file", &error), NN_OK);
    assert_true(known_error(&w, with, 340) == known_error(&w, copy, 340));
    fc_forecaster_free(copy, &fc_forecaster_linear);
    json_object_set_new(object, "known_block", json_integer(0));
    assert_int_equal(fc_forecaster_read(&copy, &fc_forecaster_linear, object, "file", &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "broken"));
    fc_forecaster_free(copy, &fc_forecaster_linear);
    json_decref(object);
    /* Of the rows behind the origin nothing but what is known counts. */
    double before[HORIZON], after[HORIZON];
    fc_forecaster_linear.forecast(with, &w.view, 350, HORIZON, before);
    for (int t = 350; t < ROWS; t++)
        w.values[t * COLUMNS] = -1e6;
    fc_forecaster_linear.forecast(with, &w.view, 350, HORIZON, after);
    assert_memory_equal(before, after, sizeof before);
    w.values[352 * COLUMNS + 1] += 3;
    fc_forecaster_linear.forecast(with, &w.view, 350, HORIZON, after);
    assert_true(fabs(before[2] - after[2]) > 3);
    fc_forecaster_free(with, &fc_forecaster_linear);
    fc_forecaster_free(without, &fc_forecaster_linear);
}

/* Column 0 does what column 1 did a day before. */
static double led(int row, int column)
{
    const int of = column ? row : row - DAY + 1000;
    const double lead = nn_random_uniform(79, (uint64_t)(column ? row + 1000 : of));
    return column ? lead : 50 + 10 * lead + .5 * nn_random_uniform(80, (uint64_t)row);
}

static double led_error(const world *w, void *fitted)
{
    double sum = 0;
    for (size_t origin = 340; origin + HORIZON <= ROWS; origin += 5) {
        double out[HORIZON];
        fc_forecaster_linear.forecast(fitted, &w->view, origin, HORIZON, out);
        for (int h = 0; h < HORIZON; h++)
            sum += fabs(out[h] - led((int)origin + h, 0));
    }
    return sum;
}

/* A column that is known up to the origin counts where it tells something, and where not the windows stand.
 */
static void test_past(void **state)
{
    (void)state;
    static world w;
    nn_error error = {0};
    double error_with[2], alone;
    void *windows;
    for (int useful = 0; useful < 2; useful++) {
        void *fitted, *copy;
        make(&w, ROWS, led);
        w.view.targets = 1;
        w.role[1] = DS_VIEW_PAST;
        for (int t = 0; t < ROWS && !useful; t++)
            w.values[t * COLUMNS + 1] = nn_random_uniform(81, (uint64_t)t);
        assert_int_equal(fc_forecaster_fit(&fitted, &fc_forecaster_linear, NULL, &w.view, (ds_part){0, 340},
                                           HORIZON, DAY, &error),
                         NN_OK);
        error_with[useful] = led_error(&w, fitted);
        json_t *object = fc_forecaster_json(fitted, &fc_forecaster_linear);
        assert_int_equal(fc_forecaster_read(&copy, &fc_forecaster_linear, object, "file", &error), NN_OK);
        assert_true(led_error(&w, copy) == led_error(&w, fitted));
        fc_forecaster_free(copy, &fc_forecaster_linear);
        fc_forecaster_free(fitted, &fc_forecaster_linear);
        json_decref(object);
    }
    w.view.columns = 1;
    assert_int_equal(fc_forecaster_fit(&windows, &fc_forecaster_linear, NULL, &w.view, (ds_part){0, 340},
                                       HORIZON, DAY, &error),
                     NN_OK);
    alone = led_error(&w, windows);
    fc_forecaster_free(windows, &fc_forecaster_linear);
    if (!(error_with[1] < .3 * alone && error_with[0] < 1.02 * alone))
        fail_msg("error %g with the column that leads, %g with one that tells nothing, %g without",
                 error_with[1], error_with[0], alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_solution),
        cmocka_unit_test(test_cycle),
        cmocka_unit_test(test_recovery),
        cmocka_unit_test(test_nothing_to_find),
        cmocka_unit_test(test_short_and_broken),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
