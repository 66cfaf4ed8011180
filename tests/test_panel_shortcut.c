/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The linear map beside a network of stations: what it sees, and what is refused; what
 * STID is told of the clock. */
#include "forecast/tasks/stations/samples.h"
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

/* The first hour of a forecast by the rows of a day, and its day of the week. */
static void test_clock(void **state)
{
    (void)state;
    nn_error error = {0};
    data d = new_data(&(form){0});
    fc_model *model;
    const fc_kind *kind = fc_kind_find("stid");
    void *config = calloc(1, kind->config_size);
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    assert_int_equal(fc_model_new(&model,
                                  &(fc_request){.kind = kind,
                                                .config = config,
                                                .lookback = LOOKBACK,
                                                .horizon = HORIZON,
                                                .panel = d.panel,
                                                .seed = 3},
                                  &error),
                     NN_OK);
    const int slots = fc_panel_slots(model);
    fc_panel_samples task;
    assert_int_equal(slots, 24);
    ds_split split;
    assert_int_equal(ds_split_make("0.7/0.1/0.2", d.table, &split, &error), NN_OK);
    model->record.training.epochs = 1;
    assert_int_equal(fc_fit(model, &(fc_request){.panel = d.panel, .split = &split, .threads = 1}, &error),
                     NN_OK);
    assert_int_equal(fc_panel_samples_make(&task, model, d.panel, ROWS, &error), NN_OK);
    for (size_t t = 0; t < ROWS; t++) {
        const ds_time time = ds_panel_time(d.panel, t);
        assert_int_equal(task.series.slot[2 * t], ds_civil_from(time).hour);
        assert_int_equal(task.series.slot[2 * t + 1], (time / DS_DAY + 3) % 7); /* 1970 began on a Thursday */
    }
    fc_panel_samples_clear(&task);
    fc_model_free(model);
    nn_options_clear(kind->options, config);
    free(config);
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
    refuse(&d, (const char *const[][2]){{"shortcut", "own"}, {"shortcut-year", "on"}, {NULL, NULL}},
           "less than a year");
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_history), cmocka_unit_test(test_clock),
                                       cmocka_unit_test(test_shortcut_refusals)};
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
