/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Naive forecasts on the benchmark's files: windows, splits, scaling and metrics together, against known
 * scores. */
#include "forecast/scores/evaluate.h"
#include "forecast/tasks/series/series.h"
#include "forecast/training/fit.h"
#include "tests/brief.h"
#include "tests/cmocka_all.h"
#include "tests/reference.h"

#include <math.h>
#include <string.h>

typedef struct expectation {
    int horizon;
    size_t windows;
    double mse, mae;                   /* repeat-last */
    double seasonal_mse, seasonal_mae; /* NaN: not known */
} expectation;

/* The smallest model there is: only the baselines beside it matter here. */
static fc_model *small_model(const ds_table *table, const ds_split *split, int horizon)
{
    nn_error error = {0};
    fc_model *model = NULL;
    const fc_kind *kind = fc_kind_find("itransformer");
    void *config = calloc(1, kind->config_size);
    static const char *const settings[][2] = {{"d-model", "1"}, {"heads", "1"}, {"layers", "1"}};
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        assert_int_equal(
            nn_option_set(nn_option_find(kind->options, settings[i][0]), config, settings[i][1], &error),
            NN_OK);
    if (fc_model_new(&model,
                     &(fc_request){.kind = kind,
                                   .config = config,
                                   .lookback = 96,
                                   .horizon = horizon,
                                   .table = table,
                                   .features = "none",
                                   .seed = 1},
                     &error) != NN_OK ||
        fc_fit_scaler(model, &(fc_request){.table = table, .split = split}, &error) != NN_OK)
        fail_msg("%s", error.text);
    nn_options_clear(kind->options, config);
    free(config);
    return model;
}

static void near(const char *what, int horizon, double got, double want)
{
    if (!isnan(want) && !(fabs(got - want) <= 1e-6))
        fail_msg("%s, horizon %d: %.8f, not %.6f", what, horizon, got, want);
}

/* In brief of the first horizon alone. */
static void check(const char *file, const char *split_text, int season, const expectation *table_of,
                  int count)
{
    char name[256];
    snprintf(name, sizeof name, "data/forecast/%s", file);
    reference_or_skip(name);
    ds_table *table = reference_table(file);
    ds_split split;
    reference_split(split_text, table, &split);
    for (int i = 0; i < (brief() ? 1 : count); i++) {
        const expectation *x = &table_of[i];
        nn_error error = {0};
        fc_evaluation *e = NULL;
        fc_model *model = small_model(table, &split, x->horizon);
        const fc_score_request asked = {
            .model = model, .table = table, .split = &split, .part = "test", .threads = 1};
        if (fc_evaluate(&e, &asked, &error) != NN_OK)
            fail_msg("%s", error.text);
        assert_int_equal(e->windows.count, x->windows);
        assert_int_equal(e->season, season);
        assert_int_equal(e->skipped, 0);
        assert_string_equal(e->scores[1].name, "repeat-last");
        assert_string_equal(e->scores[2].name, "seasonal-naive");
        near("repeat-last MSE", x->horizon, e->scores[1].all.mse, x->mse);
        near("repeat-last MAE", x->horizon, e->scores[1].all.mae, x->mae);
        near("seasonal MSE", x->horizon, e->scores[2].all.mse, x->seasonal_mse);
        near("seasonal MAE", x->horizon, e->scores[2].all.mae, x->seasonal_mae);
        fc_evaluation_free(e);
        fc_model_free(model);
    }
    ds_table_free(table);
}

static void test_etth1(void **state)
{
    (void)state;
    static const expectation x[] = {{96, 2785, 1.294371, .713181, .512225, .433303},
                                    {192, 2689, 1.324880, .733101, .580781, .469160},
                                    {336, 2545, 1.329927, .745972, .649914, .500762},
                                    {720, 2161, 1.335121, .755045, .655405, .514122}};
    check("ETTh1.csv", "ett-hour", 24, x, 4);
}

static void test_ettm1(void **state)
{
    (void)state;
    static const expectation x[] = {{96, 11425, 1.213897, .664785, .422696, .386527},
                                    {192, 11329, 1.261195, .690363, .463144, .405699},
                                    {336, 11185, 1.286579, .707238, .496134, .425751},
                                    {720, 10801, 1.322312, .729468, .573934, .464500}};
    check("ETTm1.csv", "ett-minute", 96, x, 4);
}

static void test_exchange(void **state)
{
    (void)state;
    static const expectation x[] = {{96, 1422, .081126, .196357, NAN, NAN},
                                    {192, 1326, .167119, .288676, NAN, NAN},
                                    {336, 1182, .305700, .397815, NAN, NAN},
                                    {720, 798, .810064, .676445, NAN, NAN}};
    check("exchange_rate.csv", "0.7/0.1/0.2", 7, x, 4);
}

static void test_weather(void **state)
{
    (void)state;
    static const expectation x[] = {{96, 10444, .259133, .254220, .316707, .287956},
                                    {192, 10348, .309215, .291744, .342557, .304936},
                                    {336, 10204, .376412, .337708, .382691, .330935},
                                    {720, 9820, .465187, .393504, .443129, .370077}};
    check("weather.csv", "0.7/0.1/0.2", 144, x, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_etth1), cmocka_unit_test(test_ettm1),
                                       cmocka_unit_test(test_exchange), cmocka_unit_test(test_weather)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
