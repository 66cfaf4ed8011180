/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear forecasts of networks of stations: neighbours that lead, a profile of the day, what is known
 * beforehand and bends, years that are too few; stored, and for any number of threads. */
#include "forecast/forecasters/linear/data.h"
#include "tests/cmocka_all.h"

#include "lib/base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STATIONS = 4,
    VARIABLES = 2,
    COLUMNS = STATIONS * VARIABLES,
    DAY = 12,
    ROWS = 1500,
    TRAIN = 1300,
    HORIZON = 3
};

typedef struct world {
    double values[ROWS * COLUMNS];
    ds_time time[ROWS];
    ds_table table;
    ds_view view;
    uint8_t role[COLUMNS];
    int index[COLUMNS], target[STATIONS];
    char *names[COLUMNS];
} world;

/* Air that passes the stations one after the other. */
static double air(int row, int station)
{
    double sum = 0;
    for (int i = 0; i < 6; i++)
        sum += nn_random_uniform(3, (uint64_t)(row - station - i + 100)) - .5;
    return sum;
}

static double known(int row, int station)
{
    return 2 * nn_random_uniform(50 + (uint64_t)station, (uint64_t)row) - 1;
}

/* kind 0: air and the day; 1: the square of what is known. */
static void make(world *w, int kind, ds_time step)
{
    memset(w, 0, sizeof *w);
    for (int t = 0; t < ROWS; t++) {
        w->time[t] = t * step;
        for (int s = 0; s < STATIONS; s++) {
            const double u = known(t, s), day = 3 * (t % DAY < 4);
            w->values[t * COLUMNS + s * VARIABLES] =
                kind ? 5 + 4 * u * u + .1 * air(t, s) : 10 + day + air(t, s) + .02 * known(t + 7, s);
            w->values[t * COLUMNS + s * VARIABLES + 1] = u;
        }
    }
    for (int j = 0; j < COLUMNS; j++) {
        w->index[j] = j;
        w->names[j] = (char *)"x";
        w->role[j] = j % VARIABLES ? DS_VIEW_FUTURE : DS_VIEW_TARGET;
    }
    for (int s = 0; s < STATIONS; s++)
        w->target[s] = s * VARIABLES;
    w->table = (ds_table){.path = (char *)"table",
                          .rows = ROWS,
                          .columns = COLUMNS,
                          .values = w->values,
                          .time = w->time,
                          .names = w->names,
                          .frequency = {DS_UNIT_MINUTE, (int)(step / (DS_DAY / 1440)), 0}};
    w->view = (ds_view){.table = &w->table,
                        .rows = ROWS,
                        .columns = COLUMNS,
                        .column = w->index,
                        .role = w->role,
                        .targets = STATIONS,
                        .target = w->target,
                        .what = "power",
                        .floor = NAN};
}

static linear *fit(const world *w, nn_pool *pool)
{
    void *state;
    nn_error error = {0};
    if (fc_forecaster_fit_beside(&state, &fc_forecaster_linear, NULL, &w->view, (ds_part){0, TRAIN}, HORIZON,
                                 DAY, pool, &error))
        fail_msg("%s", error.text);
    return state;
}

/* Root of the mean squared error of a station at a step. */
static double error_of(const world *w, const void *fitted, int station, int step)
{
    double sum = 0;
    int count = 0;
    for (size_t origin = TRAIN; origin + HORIZON <= ROWS; origin++, count++) {
        double out[HORIZON * STATIONS];
        fc_forecaster_linear.forecast(fitted, &w->view, origin, HORIZON, out);
        const double e =
            out[step * STATIONS + station] - w->values[((int)origin + step) * COLUMNS + station * VARIABLES];
        sum += e * e;
    }
    return sqrt(sum / count);
}

static void at_most(double value, double most, const char *what)
{
    if (!(value <= most))
        fail_msg("%s: %g, at most %g expected", what, value, most);
}

static void test_neighbours(void **state)
{
    (void)state;
    static world w;
    make(&w, 0, DS_DAY / DAY);
    linear *fitted = fit(&w, NULL);
    assert_true(fitted->step_members > 0);
    at_most(error_of(&w, fitted, 3, 0), .1, "what a neighbour had before");
    at_most(error_of(&w, fitted, 3, 2), .1, "what the first station had three steps before");
    at_most(error_of(&w, fitted, 0, 0), .4, "the first station, whose air nobody saw");
    fc_forecaster_free(fitted, &fc_forecaster_linear);
}

static void test_bends(void **state)
{
    (void)state;
    static world w;
    make(&w, 1, DS_DAY / DAY);
    linear *fitted = fit(&w, NULL);
    at_most(error_of(&w, fitted, 1, 1), .6, "a square of what is known, which spreads by 1.2");
    assert_true(fitted->step_design[5] > 0);
    fc_forecaster_free(fitted, &fc_forecaster_linear);
}

/* Under three years nothing is said of the time of year. */
static void test_years(void **state)
{
    (void)state;
    static world w;
    make(&w, 0, DS_DAY / 2);
    for (int t = 0; t < ROWS; t++)
        for (int s = 0; s < STATIONS; s++)
            w.values[t * COLUMNS + s * VARIABLES] += 20 * sin(2 * 3.14159265358979323846 * t / 730.5);
    linear *fitted = fit(&w, NULL);
    for (int m = 0; m < fitted->step_members; m++)
        assert_int_equal(fitted->step_design[m * FC_STEP_DESIGN + 4], 0);
    fc_forecaster_free(fitted, &fc_forecaster_linear);
}

/* Sums of what cannot be known have no better forecast than the last one; and nothing is added up to more or
 * less than a whole. */
static void test_guard(void **state)
{
    (void)state;
    static world w;
    for (int walks = 0; walks < 2; walks++) {
        make(&w, 0, DS_DAY);
        for (int s = 0; s < STATIONS && walks; s++) {
            double sum = 0;
            for (int t = 0; t < ROWS; t++) {
                sum += nn_random_uniform(90 + (uint64_t)s, (uint64_t)t) - .5;
                w.values[t * COLUMNS + s * VARIABLES] = sum;
            }
        }
        linear *fitted = fit(&w, NULL);
        assert_int_equal(fitted->guard_steps, HORIZON);
        for (int i = 0; i < STATIONS * HORIZON; i++) {
            const double *share = fitted->guard + i * FC_GUARD_PARTS;
            double sum = 0;
            for (int p = 0; p < FC_GUARD_PARTS; p++) {
                assert_true(share[p] >= 0);
                sum += share[p];
            }
            assert_true(fabs(sum - 1) < 1e-9);
            if (walks)
                at_most(1 - share[FC_GUARD_LAST], .2, "what of a walk is not the last value");
            else
                at_most(1 - share[FC_GUARD_DESIGN], .2, "what of passing air is not its design's");
        }
        fc_forecaster_free(fitted, &fc_forecaster_linear);
    }
}

static void test_kept(void **state)
{
    (void)state;
    static world w;
    nn_error error = {0};
    nn_pool *pool;
    void *copy;
    double one[HORIZON * STATIONS], other[HORIZON * STATIONS];
    make(&w, 0, DS_DAY / DAY);
    linear *fitted = fit(&w, NULL);
    json_t *object = fc_forecaster_json(fitted, &fc_forecaster_linear);
    if (fc_forecaster_read(&copy, &fc_forecaster_linear, object, "file", &error))
        fail_msg("%s", error.text);
    fc_forecaster_linear.forecast(fitted, &w.view, TRAIN + 9, HORIZON, one);
    fc_forecaster_linear.forecast(copy, &w.view, TRAIN + 9, HORIZON, other);
    assert_memory_equal(one, other, sizeof one);
    fc_forecaster_free(copy, &fc_forecaster_linear);
    assert_int_equal(nn_pool_new(&pool, 3, &error), NN_OK);
    linear *side = fit(&w, pool);
    json_t *again = fc_forecaster_json(side, &fc_forecaster_linear);
    assert_true(json_equal(object, again));
    json_decref(again);
    fc_forecaster_free(side, &fc_forecaster_linear);
    nn_pool_free(pool);
    json_array_set_new(json_object_get(object, "step_design"), 1, json_integer(STATIONS));
    assert_int_equal(fc_forecaster_read(&copy, &fc_forecaster_linear, object, "file", &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "broken"));
    fc_forecaster_free(copy, &fc_forecaster_linear);
    json_object_del(object, "step_design");
    assert_int_equal(fc_forecaster_read(&copy, &fc_forecaster_linear, object, "file", &error), NN_BAD_DATA);
    fc_forecaster_free(copy, &fc_forecaster_linear);
    json_decref(object);
    fc_forecaster_free(fitted, &fc_forecaster_linear);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_neighbours), cmocka_unit_test(test_bends),
                                       cmocka_unit_test(test_years), cmocka_unit_test(test_guard),
                                       cmocka_unit_test(test_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
