/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training of whole models on tables: on all columns, on random subsets, for some targets, and scores on
 * another number of columns than the one trained on. */
#include "forecast/scores/evaluate.h"
#include "forecast/tasks/series/series.h"
#include "forecast/training/fit.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 400 };

/* Hourly waves of one period with a phase of their own and a little noise from a fixed generator. */
static ds_table *new_waves(int columns)
{
    ds_table *table = calloc(1, sizeof *table);
    table->path = strdup("waves.csv");
    table->rows = ROWS;
    table->columns = columns;
    table->time = calloc(ROWS, sizeof *table->time);
    table->values = calloc((size_t)ROWS * (size_t)columns, sizeof *table->values);
    table->names = calloc((size_t)columns, sizeof *table->names);
    table->report.missing = calloc((size_t)columns, sizeof(size_t));
    table->frequency = (ds_frequency){.unit = DS_UNIT_HOUR, .count = 1};
    uint32_t state = 1;
    for (int j = 0; j < columns; j++) {
        char name[16];
        snprintf(name, sizeof name, "c%d", j);
        table->names[j] = strdup(name);
    }
    for (int t = 0; t < ROWS; t++) {
        table->time[t] = (ds_time)t * 3600 * DS_SECOND;
        for (int j = 0; j < columns; j++) {
            state = state * 1664525u + 1013904223u;
            double noise = (double)(state >> 8) / 0x1p24 - 0.5;
            table->values[t * columns + j] = 10 * j + sin(2 * M_PI * (t + 3 * j) / 24) + 0.1 * noise;
        }
    }
    return table;
}

static fc_model *fit(const ds_table *table, const char *targets, int subset, int threads)
{
    static const char *const settings[][2] = {
        {"d-model", "16"}, {"heads", "2"}, {"layers", "1"}, {"dropout", "0"}};
    nn_error error = {0};
    const fc_kind *kind = fc_kind_find("itransformer");
    void *config = calloc(1, kind->config_size);
    fc_model *model;
    ds_split split;
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        nn_option_set(nn_option_find(kind->options, settings[i][0]), config, settings[i][1], &error);
    if (ds_split_make("0.7/0.1/0.2", table, &split, &error) || fc_model_new(&model,
                                                                            &(fc_request){.kind = kind,
                                                                                          .config = config,
                                                                                          .lookback = 24,
                                                                                          .horizon = 8,
                                                                                          .table = table,
                                                                                          .targets = targets,
                                                                                          .seed = 3},
                                                                            &error))
        fail_msg("%s", error.text);
    model->record.training.epochs = 4;
    model->record.training.batch = 8;
    model->record.training.learning_rate = 3e-3;
    model->record.training.variates_per_batch = subset;
    if (fc_fit(model, &(fc_request){.table = table, .split = &split, .threads = threads}, &error))
        fail_msg("%s", error.text);
    nn_options_clear(kind->options, config);
    free(config);
    return model;
}

static double test_mse(const fc_model *model, const ds_table *table, int targets)
{
    nn_error error = {0};
    ds_split split;
    fc_evaluation *e;
    const fc_score_request asked = {
        .model = model, .table = table, .split = &split, .part = "test", .threads = 2};
    if (ds_split_make("0.7/0.1/0.2", table, &split, &error) || fc_evaluate(&e, &asked, &error))
        fail_msg("%s", error.text);
    assert_int_equal(e->targets, targets);
    assert_int_equal(e->windows.count, 80 - 8 + 1);
    assert_int_equal(e->points, e->windows.count * 8 * (size_t)targets);
    double mse = e->scores[0].all.mse;
    assert_true(mse < e->scores[1].all.mse); /* repeat-last knows nothing of waves */
    fc_evaluation_free(e);
    return mse;
}

static void test_subset_of_variates(void **state)
{
    (void)state;
    ds_table *table = new_waves(9);
    fc_model *all = fit(table, NULL, 0, 2), *some = fit(table, NULL, 3, 2), *one = fit(table, NULL, 1, 2);
    assert_true(test_mse(all, table, 9) < 0.3);
    assert_true(test_mse(some, table, 9) < 0.3);
    assert_true(test_mse(one, table, 9) < 0.6);
    for (int epoch = 0; epoch < some->record.epochs; epoch++)
        assert_true(isfinite(some->record.validation_loss[epoch]));
    fc_model_free(all);
    fc_model_free(some);
    fc_model_free(one);
    ds_table_free(table);
}

static void test_subset_is_the_same_for_any_threads(void **state)
{
    (void)state;
    ds_table *table = new_waves(6);
    fc_model *a = fit(table, NULL, 4, 1), *b = fit(table, NULL, 4, 3);
    assert_memory_equal(a->params->data, b->params->data, a->params->size * sizeof *a->params->data);
    fc_model_free(a);
    fc_model_free(b);
    ds_table_free(table);
}

static void test_other_number_of_variates(void **state)
{
    (void)state;
    ds_table *narrow = new_waves(4), *wide = new_waves(11), *shorter = new_waves(2);
    fc_model *model = fit(narrow, NULL, 0, 1);
    test_mse(model, narrow, 4);
    test_mse(model, shorter, 2);
    for (int j = 0; j < wide->columns; j++)
        wide->names[j][0] = 'x'; /* none of the model's columns: all of the table's are scored */
    test_mse(model, wide, 11);
    fc_model_free(model);
    ds_table_free(narrow);
    ds_table_free(wide);
    ds_table_free(shorter);
}

static void test_targets(void **state)
{
    (void)state;
    ds_table *table = new_waves(5);
    fc_model *model = fit(table, "c1,c3", 0, 1);
    test_mse(model, table, 2);
    fc_model_free(model);
    ds_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subset_of_variates),
        cmocka_unit_test(test_subset_is_the_same_for_any_threads),
        cmocka_unit_test(test_other_number_of_variates),
        cmocka_unit_test(test_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
