/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The linear map beside a network of stations: what it sees, how its least squares are shrunk, and who trains
 * it. */
#include "forecast/tasks/stations_samples.h"
#include "tests/panel_data.h"

static void test_history(void **state)
{
    (void)state;
    nn_error error = {0};
    data d = new_data(&(form){0});
    fc_model *model = fit(&d, wide, 1);
    fc_panel_samples task;
    nn_real h[LOOKBACK + HORIZON + 2 * S];
    fc_stations_inputs sizes;
    fc_panel_sizes(model, &sizes);
    assert_int_equal(sizes.history_width, sizeof h / sizeof *h);
    assert_int_equal(fc_panel_samples_make(&task, model, d.panel, ROWS, &error), NN_OK);
    const float *values = task.series.values;
    for (size_t s = 0; s < S; s++) {
        fc_panel_history(&task, s, 100, h);
        for (size_t t = 0; t < LOOKBACK; t++)
            assert_true(h[t] == (nn_real)values[((90 + t) * S + s) * 3]);
        for (size_t t = 0; t < HORIZON; t++)
            assert_true(h[LOOKBACK + t] == (nn_real)values[((76 + t) * S + s) * 3]);
        for (size_t k = 0; k < 2 * S; k++)
            assert_true(h[LOOKBACK + HORIZON + k] == (nn_real)values[((99 - k / S) * S + k % S) * 3]);
        fc_panel_history(&task, s, 20, h); /* the first season is none */
        for (size_t t = 0; t < HORIZON; t++)
            assert_true(h[LOOKBACK + t] == (t < 4 ? 0 : (nn_real)values[((t - 4) * S + s) * 3]));
    }
    fc_panel_samples_clear(&task);
    fc_model_free(model);
    free_data(&d);
}

static void same_shortcut(const fc_model *a, const fc_model *b, bool same)
{
    const nn_param *w = nn_params_find(a->params, "shortcut.weight");
    const nn_real *x = a->params->data + w->offset, *y = b->params->data + w->offset;
    assert_int_equal(w->rank, 3);
    assert_int_equal(memcmp(x, y, w->count * sizeof *x) == 0, same);
}

/* The start with the ridge of validation's choice is none worse than others; only who asks for it trains it.
 */
static void test_ridge(void **state)
{
    (void)state;
    static const char *const moving[][2] = {
        {"season-rows", "24"}, {"shortcut-stations", "2"}, {"ridge", "10"}, {NULL, NULL}};
    static const char *const large[][2] = {{"season-rows", "24"},
                                           {"shortcut-stations", "2"},
                                           {"ridge", "10"},
                                           {"shortcut-training", "off"},
                                           {NULL, NULL}};
    data d = new_data(&(form){0});
    fc_model *best = fit(&d, wide, 1), *again = fit(&d, wide, 3), *trained = fit(&d, moving, 1),
             *shrunk = fit(&d, large, 1);
    double loss = best->record.start_validation_loss;
    assert_true(best->record.ridge >= 0.001 && best->record.ridge <= 10);
    assert_true(trained->record.best_epoch > 0);
    assert_true(loss < shrunk->record.start_validation_loss);
    assert_memory_equal(best->params->data, again->params->data, best->params->size * sizeof(nn_real));
    same_shortcut(shrunk, trained, false);
    for (int k = 0; k < 2; k++) { /* one more epoch leaves it where it was */
        fc_model *model = new_model(&d, k ? large : wide);
        nn_error error = {0};
        ds_split split;
        model->record.training.epochs = 1;
        assert_int_equal(ds_split_make("0.7/0.1/0.2", d.table, &split, &error), NN_OK);
        assert_int_equal(
            fc_fit(model, &(fc_request){.panel = d.panel, .split = &split, .threads = 1}, &error), NN_OK);
        same_shortcut(k ? shrunk : best, model, true);
        fc_model_free(model);
    }
    fc_model_free(best);
    fc_model_free(again);
    fc_model_free(trained);
    fc_model_free(shrunk);
    free_data(&d);
}

/* Least squares of a value that is known where the station's last one was high: what explains it elsewhere
 * does not count. */
static void test_gaps(void **state)
{
    (void)state;
    static const char *const own[][2] = {
        {"shortcut", "own"}, {"ridge", "1e-9"}, {"shortcut-training", "off"}, {NULL, NULL}};
    enum { T = 240 };
    nn_error error = {0};
    data d = new_data(&(form){0});
    fc_model *model = fit(&d, own, 1);
    fc_panel_samples task;
    assert_int_equal(fc_panel_samples_make(&task, model, d.panel, ROWS, &error), NN_OK);
    const nn_param *w = nn_params_find(model->params, "shortcut.weight"),
                   *b = nn_params_find(model->params, "shortcut.bias");
    /* y is 1 + 2 x after x above 0, anything else, and not valid, after others. */
    for (size_t i = 0; i < (size_t)ROWS * S; i++) {
        float *x = task.series.values + i * 3;
        *x = (float)sin(0.7 * (double)i * (double)(i % 13));
        task.series.target[i] = NAN;
    }
    for (size_t t = LOOKBACK; t < T + HORIZON; t++)
        for (size_t s = 0; s < S; s++) {
            float last = task.series.values[((t - 1) * S + s) * 3];
            task.series.target[t * S + s] = last > 0 ? 1 + 2 * last : NAN;
        }
    task.first = LOOKBACK;
    task.stride = 1;
    task.count = T - LOOKBACK;
    assert_int_equal(fc_panel_least_squares(model, &task, &task, &error), NN_OK);
    const nn_real *weights = model->params->data + w->offset;
    assert_true(fabs((double)model->params->data[b->offset] - 1) < 1e-3);
    for (int i = 0; i < LOOKBACK; i++)
        assert_true(fabs((double)weights[i] - (i == LOOKBACK - 1 ? 2 : 0)) < 1e-3);
    fc_panel_samples_clear(&task);
    fc_model_free(model);
    free_data(&d);
}

static void refuse(const data *d, const char *const (*settings)[2], const char *part)
{
    nn_error error = {0};
    const fc_kind *kind = fc_kind_find("hsttn");
    void *config = calloc(1, kind->config_size);
    fc_model *model;
    ds_split split;
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    for (; (*settings)[0]; settings++)
        assert_int_equal(
            nn_option_set(nn_option_find(kind->options, (*settings)[0]), config, (*settings)[1], &error),
            NN_OK);
    assert_int_equal(ds_split_make("0.7/0.1/0.2", d->table, &split, &error), NN_OK);
    int code = fc_model_new(&model,
                            &(fc_request){.kind = kind,
                                          .config = config,
                                          .lookback = LOOKBACK,
                                          .horizon = HORIZON,
                                          .panel = d->panel,
                                          .seed = 3},
                            &error);
    if (!code)
        code = fc_fit(model, &(fc_request){.panel = d->panel, .split = &split, .threads = 1}, &error);
    expect(code, NN_USAGE, &error, part);
    fc_model_free(model);
    nn_options_clear(kind->options, config);
    free(config);
}

static void test_shortcut_refusals(void **state)
{
    (void)state;
    data d = new_data(&(form){0});
    refuse(&d, (const char *const[][2]){{"season-rows", "4"}, {NULL, NULL}}, "--season-rows 4");
    refuse(&d, (const char *const[][2]){{"season-rows", "290"}, {NULL, NULL}}, "has a season before it");
    refuse(&d, (const char *const[][2]){{"shortcut-year", "on"}, {NULL, NULL}}, "less than a year");
    refuse(&d, (const char *const[][2]){{"shortcut", "own"}, {"shortcut-stations", "1"}, {NULL, NULL}},
           "--shortcut-stations");
    refuse(&d, (const char *const[][2]){{"shortcut", "network"}, {"shortcut-year", "on"}, {NULL, NULL}},
           "--shortcut-year");
    free_data(&d);
}

static int tear_down(void **state)
{
    (void)state;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_history), cmocka_unit_test(test_ridge),
                                       cmocka_unit_test(test_gaps), cmocka_unit_test(test_shortcut_refusals)};
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
