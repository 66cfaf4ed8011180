/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts of arrays by the installed library beside the functions it wraps. */
#include "tests/api_models.h"

/* --- arrays --- */

static void compare_with_inner(const char *path, const ds_table *table, const int64_t *time, size_t rows,
                               int steps)
{
    auspex_error error = {.code = 5, .text = "before"};
    double forecast[MOST * COLUMNS];
    int64_t stamps[MOST];
    auspex_model *model = open_model(path);
    fc_future *future = inner_forecast(path, table, steps);
    assert_int_equal(future->targets, auspex_model_targets(model));
    const size_t skip = ROWS - rows;
    if (auspex_forecast(model, f.values + skip * COLUMNS, time ? time + skip : NULL, rows, steps, forecast,
                        stamps, &error))
        fail_msg("%s", error.text);
    assert_int_equal(error.code, 5);
    assert_string_equal(error.text, "before");
    assert_memory_equal(stamps, future->time, (size_t)future->steps * sizeof *stamps);
    assert_memory_equal(forecast, future->values,
                        (size_t)future->steps * (size_t)future->targets * sizeof *forecast);
    fc_future_free(future);
    auspex_model_close(model);
}

static void arrays_give_the_inner_forecast(void **state)
{
    (void)state;
    static const int steps[] = {0, 1, HORIZON, HORIZON + 1, MOST};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        compare_with_inner(f.all, f.table, f.time, ROWS, steps[i]);
        compare_with_inner(f.all, f.table, f.time, LOOKBACK, steps[i]);
        compare_with_inner(f.steps, f.undated, NULL, ROWS, steps[i]);
    }
    compare_with_inner(f.partial, f.table, f.time, ROWS, 0);
    compare_with_inner(f.partial, f.table, f.time, LOOKBACK + 1, 3);
}

static void forecasts_depend_on_values_and_stamps(void **state)
{
    (void)state;
    double first[HORIZON * COLUMNS], second[HORIZON * COLUMNS], values[ROWS * COLUMNS];
    int64_t time[ROWS], stamps[HORIZON];
    auspex_model *model = open_model(f.all);
    assert_int_equal(auspex_forecast(model, f.values, f.time, ROWS, 0, first, stamps, NULL), AUSPEX_OK);
    for (int h = 0; h < HORIZON; h++)
        assert_int_equal(stamps[h], begin + (ROWS + h) * hour);
    memcpy(values, f.values, sizeof values);
    values[(ROWS - LOOKBACK) * COLUMNS] += 5;
    assert_int_equal(auspex_forecast(model, values, f.time, ROWS, 0, second, NULL, NULL), AUSPEX_OK);
    assert_memory_not_equal(first, second, sizeof first);
    for (int r = 0; r < ROWS; r++)
        time[r] = f.time[r] + 7 * hour;
    assert_int_equal(auspex_forecast(model, f.values, time, ROWS, 0, second, stamps, NULL), AUSPEX_OK);
    assert_memory_not_equal(first, second, sizeof first);
    assert_int_equal(stamps[0], begin + (ROWS + 7) * hour);
    auspex_model_close(model);
}

static void rows_before_the_lookback_are_not_looked_at(void **state)
{
    (void)state;
    double first[HORIZON * COLUMNS], second[HORIZON * COLUMNS], values[ROWS * COLUMNS];
    int64_t time[ROWS];
    auspex_model *model = open_model(f.all);
    assert_int_equal(auspex_forecast(model, f.values, f.time, ROWS, 0, first, NULL, NULL), AUSPEX_OK);
    memcpy(values, f.values, sizeof values);
    memcpy(time, f.time, sizeof time);
    for (int r = 0; r < ROWS - LOOKBACK; r++) {
        values[r * COLUMNS] = NAN;
        time[r] = INT64_MAX;
    }
    assert_int_equal(auspex_forecast(model, values, time, ROWS, 0, second, NULL, NULL), AUSPEX_OK);
    assert_memory_equal(first, second, sizeof first);
    auspex_model_close(model);
}

/* The call fails with code and a message that holds part, and writes no result. */
static void refuse(const auspex_model *model, const double *values, const int64_t *time, size_t rows,
                   int steps, int code, const char *part)
{
    auspex_error error = {0};
    double forecast[MOST * COLUMNS], before[MOST * COLUMNS];
    int64_t stamps[MOST], stamps_before[MOST];
    memset(before, 0x5a, sizeof before);
    memset(stamps_before, 0x5a, sizeof stamps_before);
    memcpy(forecast, before, sizeof forecast);
    memcpy(stamps, stamps_before, sizeof stamps);
    assert_int_equal(auspex_forecast(model, values, time, rows, steps, forecast, stamps, &error), code);
    assert_int_equal(error.code, code);
    if (!strstr(error.text, part))
        fail_msg("'%s' does not hold '%s'", error.text, part);
    assert_memory_equal(forecast, before, sizeof before);
    assert_memory_equal(stamps, stamps_before, sizeof stamps);
    assert_int_equal(auspex_forecast(model, values, time, rows, steps, forecast, stamps, NULL), code);
}

static void arguments_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    auspex_model *all = open_model(f.all), *partial = open_model(f.partial);
    refuse(NULL, f.values, f.time, ROWS, 0, AUSPEX_USAGE, "model is NULL");
    refuse(all, NULL, f.time, ROWS, 0, AUSPEX_USAGE, "values is NULL");
    refuse(all, f.values, NULL, ROWS, 0, AUSPEX_USAGE, "time_us is NULL");
    refuse(all, f.values, f.time, ROWS, -1, AUSPEX_USAGE, "steps is -1");
    refuse(all, f.values, f.time, ROWS, 1000001, AUSPEX_USAGE, "steps is 1000001");
    refuse(partial, f.values, f.time, ROWS, HORIZON + 1, AUSPEX_USAGE, "only 2 of its 3 columns");
    refuse(all, f.values, f.time, LOOKBACK - 1, 0, AUSPEX_BAD_DATA, "11 rows; the model looks back over 12");
    refuse(all, f.values, f.time, 0, 0, AUSPEX_BAD_DATA, "0 rows");
    auspex_error error = {0};
    assert_int_equal(auspex_forecast(all, f.values, f.time, ROWS, 0, NULL, NULL, &error), AUSPEX_USAGE);
    assert_non_null(strstr(error.text, "forecast is NULL"));
    auspex_model_close(all);
    auspex_model_close(partial);
}

static void values_that_cannot_be_used_are_refused(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *part;
    } cases[] = {{NAN, "is not finite"},
                 {INFINITY, "is not finite"},
                 {-INFINITY, "is not finite"},
                 {1e300, "too far"}};
    double values[ROWS * COLUMNS];
    char part[100];
    auspex_model *model = open_model(f.all);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(values, f.values, sizeof values);
        values[(ROWS - LOOKBACK) * COLUMNS + 1] = cases[i].value;
        snprintf(part, sizeof part, "values: row %d, column 1 'wind, west' %s", ROWS - LOOKBACK,
                 *cases[i].part == 't' ? "lies" : "is");
        refuse(model, values, f.time, ROWS, 0, AUSPEX_BAD_DATA, part);
        refuse(model, values, f.time, ROWS, 0, AUSPEX_BAD_DATA, cases[i].part);
    }
    auspex_model_close(model);
}

static void stamps_that_cannot_be_used_are_refused(void **state)
{
    (void)state;
    int64_t time[ROWS];
    auspex_model *model = open_model(f.all), *steps = open_model(f.steps);
    memcpy(time, f.time, sizeof time);
    time[ROWS - 2] = time[ROWS - 1];
    refuse(model, f.values, time, ROWS, 0, AUSPEX_BAD_DATA, "time_us: row 59, ");
    time[ROWS - 2] = time[ROWS - 4];
    refuse(model, f.values, time, ROWS, 0, AUSPEX_BAD_DATA, "does not come after");
    refuse(steps, f.values, time, ROWS, 0, AUSPEX_BAD_DATA, "does not come after");
    static const int64_t strange[] = {INT64_MIN, INT64_MAX, INT64_C(253402300800000000),
                                      INT64_C(-62135596800000001)};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        memcpy(time, f.time, sizeof time);
        time[ROWS - 1] = strange[i];
        refuse(model, f.values, time, ROWS, 0, AUSPEX_BAD_DATA, "time_us: row 59, ");
    }
    auspex_model_close(model);
    auspex_model_close(steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_give_the_inner_forecast),
        cmocka_unit_test(forecasts_depend_on_values_and_stamps),
        cmocka_unit_test(rows_before_the_lookback_are_not_looked_at),
        cmocka_unit_test(arguments_that_make_no_sense_are_refused),
        cmocka_unit_test(values_that_cannot_be_used_are_refused),
        cmocka_unit_test(stamps_that_cannot_be_used_are_refused),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
