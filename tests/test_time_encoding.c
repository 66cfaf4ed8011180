/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The learned encoding of time sees how long gaps are, and comes with every kind of model. */
#include "forecast/tasks/series/forecast.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/series/view.h"
#include "forecast/tasks/table/time_encoding.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 12, LOOKBACK = 4 };

static nn_error error;
static double values[ROWS];
static ds_time stamps[ROWS];
static char *names[] = {"a"};
static ds_table table = {.path = "made",
                         .rows = ROWS,
                         .columns = 1,
                         .time = stamps,
                         .values = values,
                         .names = names,
                         .frequency = {.unit = DS_UNIT_DAY, .count = 1},
                         .layout = {.timed = true}};

/* Days 0 1 2 3, then a week's gap. */
static int set_up(void **state)
{
    (void)state;
    for (int t = 0; t < ROWS; t++) {
        stamps[t] = DS_DAY * (18000 + t + (t > 3 ? 7 : 0));
        values[t] = t * 37 % 11;
    }
    return 0;
}

static fc_model *make_model(const char *name)
{
    const fc_kind *kind = fc_kind_find(name);
    void *config = calloc(1, kind->config_size);
    fc_model *model;
    const ds_split split = {.train = {0, ROWS}};
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    if (fc_model_new(&model,
                     &(fc_request){.kind = kind,
                                   .config = config,
                                   .lookback = LOOKBACK,
                                   .horizon = 2,
                                   .table = &table,
                                   .features = "t2v",
                                   .seed = 3},
                     &error) ||
        ds_scaler_fit(&model->scaler, DS_STANDARD, &table, split.train, &error))
        fail_msg("%s", error.text);
    nn_options_clear(kind->options, config);
    free(config);
    return model;
}

static void test_inputs(void **state)
{
    (void)state;
    fc_model *model = make_model("itransformer");
    fc_scope scope;
    assert_int_equal(fc_scope_make(&scope, model, &table, NULL, &error), NN_OK);
    nn_plan *plan = nn_plan_new(model->params, 1, false);
    nn_ports ports = {0};
    fc_samples_build(&scope.samples, plan, &ports);
    nn_keep(plan, ports.output);
    assert_int_equal(nn_plan_compile(plan, &error), NN_OK);
    scope.samples.windows = (ds_windows){.count = ROWS - LOOKBACK - 1, .lookback = LOOKBACK, .horizon = 2};
    for (size_t w = 0; w < scope.samples.windows.count; w++) {
        fc_samples_load(&scope.samples, &w, 1, 0, &ports);
        for (size_t t = 0; t < LOOKBACK; t++) {
            const double days = (double)(stamps[w + t] - stamps[w + LOOKBACK - 1]) / (double)DS_DAY;
            if (fabs((double)ports.inputs[1]->data[t] - days / LOOKBACK) > 1e-6)
                fail_msg("window %zu row %zu: %g", w, t, (double)ports.inputs[1]->data[t]);
        }
    }
    nn_plan_free(plan);
    fc_scope_clear(&scope);
    fc_model_free(model);
}

static double first_forecast(const fc_model *model)
{
    fc_future *future;
    if (fc_forecast(&future, model, &table, 0, &error))
        fail_msg("%s", error.text);
    const double value = future->values[0];
    fc_future_free(future);
    return value;
}

/* The same values with other stamps are another forecast; stamps as a whole may move. */
static void test_gaps_matter(void **state)
{
    (void)state;
    static const char *const kinds[] = {"itransformer", "time2vec"};
    for (int k = 0; k < 2; k++) {
        set_up(NULL);
        fc_model *model = make_model(kinds[k]);
        const double before = first_forecast(model);
        for (int t = 0; t < ROWS; t++)
            stamps[t] += 100 * DS_DAY;
        assert_true(first_forecast(model) == before);
        for (int t = 0; t < ROWS - 1; t++)
            stamps[t] -= 5 * DS_DAY;
        assert_true(fabs(first_forecast(model) - before) > 1e-6);
        fc_model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_inputs, set_up),
        cmocka_unit_test(test_gaps_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
