/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A published-code checkpoint on ETTh1 must give the scores and forecasts it gave there. Needs the reference
 * folder. */
#include "forecast/scores/evaluate.h"
#include "forecast/tasks/series/series.h"
#include "forecast/training/fit.h"
#include "forecast/weights.h"
#include "lib/files/safetensors.h"
#include "tests/cmocka_all.h"
#include "tests/reference.h"

#include <math.h>
#include <stdlib.h>

enum { LOOKBACK = 96, HORIZON = 96, VARIATES = 7 };

typedef struct bench {
    ds_table *table;
    ds_split split;
    fc_model *model;
} bench;

static void open_bench(bench *b)
{
    nn_error error = {0};
    char path[1024];
    const fc_kind *kind = fc_kind_find("itransformer");
    void *config = calloc(1, kind->config_size);
    b->table = reference_table("ETTh1.csv");
    reference_split("ett-hour", b->table, &b->split);
    assert_int_equal(nn_options_default(kind->options, config, &error),
                     NN_OK); /* the defaults are that run's settings */
    if (fc_model_new(&b->model,
                     &(fc_request){.kind = kind,
                                   .config = config,
                                   .lookback = LOOKBACK,
                                   .horizon = HORIZON,
                                   .table = b->table,
                                   .features = "h",
                                   .seed = 1},
                     &error) != NN_OK ||
        fc_fit_scaler(b->model, &(fc_request){.table = b->table, .split = &b->split}, &error) != NN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(b->model->params->size, 841568);
    reference_path(path, sizeof path, "golden/itransformer_ETTh1_96_96.safetensors");
    if (fc_model_import_weights(b->model, path, &error) != NN_OK)
        fail_msg("%s", error.text);
    nn_options_clear(kind->options, config);
    free(config);
}

static void close_bench(bench *b)
{
    fc_model_free(b->model);
    ds_table_free(b->table);
}

static void test_scores(void **state)
{
    (void)state;
    reference_or_skip("golden/itransformer_ETTh1_96_96.safetensors");
    reference_or_skip("data/forecast/ETTh1.csv");
    nn_error error = {0};
    bench b = {0};
    open_bench(&b);
    fc_evaluation *e = NULL;
    const fc_score_request asked = {
        .model = b.model, .table = b.table, .split = &b.split, .part = "test", .threads = 1};
    if (fc_evaluate(&e, &asked, &error) != NN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(e->windows.count, 2785);
    assert_int_equal(e->points, 2785 * HORIZON * VARIATES);
    assert_string_equal(e->scores[0].name, "itransformer");
    if (!(fabs(e->scores[0].all.mse - 0.385884) <= 2e-6 && fabs(e->scores[0].all.mae - 0.404595) <= 2e-6))
        fail_msg("MSE %.8f, MAE %.8f", e->scores[0].all.mse, e->scores[0].all.mae);
    assert_true(e->beats_naive);
    fc_evaluation_free(e);
    close_bench(&b);
}

static void check_window(const bench *b, const nn_st_file *file, size_t window)
{
    nn_error error = {0};
    char name[32];
    double want[HORIZON * VARIATES];
    size_t row = 0;
    fc_window_view view;
    const fc_score_request asked = {.model = b->model, .table = b->table, .split = &b->split, .part = "test"};
    if (fc_evaluate_window(&view, &asked, window, &row, &error) != NN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(row, 11520 + window);
    snprintf(name, sizeof name, "window_%zu", window);
    const nn_st_tensor *tensor = nn_st_find(file, name);
    assert_non_null(tensor);
    assert_int_equal(tensor->count, HORIZON * VARIATES);
    nn_st_read_f64(file, tensor, want);
    for (int i = 0; i < HORIZON * VARIATES; i++) {
        double scaled =
            (view.forecast[i] - b->model->scaler.shift[i % VARIATES]) / b->model->scaler.scale[i % VARIATES];
        if (!(fabs(scaled - want[i]) <= 1e-4))
            fail_msg("window %zu, value %d: %.7f, not %.7f", window, i, scaled, want[i]);
    }
    fc_window_view_clear(&view);
}

static void test_windows(void **state)
{
    (void)state;
    reference_or_skip("golden/itransformer_ETTh1_96_96.pred.safetensors");
    reference_or_skip("data/forecast/ETTh1.csv");
    nn_error error = {0};
    char path[1024];
    bench b = {0};
    nn_st_file *file = NULL;
    open_bench(&b);
    reference_path(path, sizeof path, "golden/itransformer_ETTh1_96_96.pred.safetensors");
    if (nn_st_open(&file, path, &error) != NN_OK)
        fail_msg("%s", error.text);
    static const size_t windows[] = {0, 1, 1000, 2784};
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
        check_window(&b, file, windows[i]);
    nn_st_close(file);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scores), cmocka_unit_test(test_windows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
