/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of panels: training on valid values only, the same for any threads and without allocation in a step;
 * what a forecast may see; files, whole and broken. */
#include "datasets/table/extend.h"
#include "forecast/tasks/stations/samples.h"
#include "forecast/tasks/stations/stations.h"
#include "lib/base/clock.h"
#include "tests/count_mallocs.h"
#include "tests/panel_data.h"

#include <math.h>

static void test_learns(void **state)
{
    (void)state;
    data d = new_data(&(form){0});
    fc_model *model = fit(&d, NULL, 2);
    const fc_record *r = &model->record;
    const double loss = r->best_epoch ? r->validation_loss[r->best_epoch - 1] : r->start_validation_loss;
    assert_true(loss < 0.5 * r->naive_validation_loss);
    assert_int_equal(model->columns, S * 3);
    /* Nine days of training rows go round hours and weekdays, not round months and years. */
    assert_int_equal(fc_model_panel(model)->calendar, 3);
    fc_model_free(model);
    free_data(&d);
}

/* Time goes with the number of stations, not with its square. */
static void test_many(void **state)
{
    enum { MANY = 20000 };
    (void)state;
    nn_error error = {0};
    char **ids = calloc(2 * MANY, sizeof *ids);
    int *targets = calloc(MANY, sizeof *targets);
    for (int s = 0; s < MANY; s++) {
        assert_true(asprintf(&ids[s], "station number %d", s) > 0);
        ids[MANY + (s * 7 + 3) % MANY] = ids[s];
        targets[s] = 3 * s;
    }
    const ds_table table = {.path = (char *)"table"};
    ds_panel_variable variable = {.name = (char *)"y"};
    const ds_panel panel = {
        .table = &table, .variable = &variable, .count = MANY, .ids = ids, .targets = targets};
    const fc_panel known = {.stations = MANY, .ids = ids + MANY};
    fc_panel_order order;
    const double start = nn_seconds();
    assert_int_equal(fc_panel_order_make(&order, &known, &panel, &error), NN_OK);
    assert_true(nn_seconds() - start < 1);
    for (int s = 0; s < MANY; s++) {
        assert_ptr_equal(ids[order.place[s]], known.ids[s]);
        assert_int_equal(order.target[s], 3 * order.place[s]);
    }
    fc_panel_order_clear(&order);
    for (int s = 0; s < MANY; s++)
        free(ids[s]);
    free(ids);
    free(targets);
}

static fc_model *fit_linear(const data *d, const ds_split *split)
{
    nn_error error = {0};
    fc_model *model;
    const fc_kind *kind = fc_kind_find("linear");
    void *config = calloc(1, kind->config_size);
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    const fc_request request = {.kind = kind,
                                .config = config,
                                .lookback = LOOKBACK,
                                .horizon = HORIZON,
                                .panel = d->panel,
                                .split = split,
                                .threads = 1};
    if (fc_model_new(&model, &request, &error) || fc_fit(model, &request, &error))
        fail_msg("%s", error.text);
    nn_options_clear(kind->options, config);
    free(config);
    return model;
}

/* Before it has learnt anything the model is the linear forecast, of validation rows too; one that has learnt
 * next to nothing is so again, and a file keeps it. */
static void test_starts_linear(void **state)
{
    (void)state;
    nn_error error = {0};
    data d = new_data(&(form){0});
    fc_model *model = new_model(&d, NULL), *again;
    ds_split split;
    model->record.training.epochs = 1;
    model->record.training.learning_rate = 1e-12;
    assert_int_equal(ds_split_make("0.7/0.1/0.2", d.table, &split, &error), NN_OK);
    assert_int_equal(fc_fit(model, &(fc_request){.panel = d.panel, .split = &split, .threads = 1}, &error),
                     NN_OK);
    const nn_param *head = nn_params_find(model->params, "transformer.projection.weight");
    for (size_t i = 0; i < head->count; i++)
        assert_true(model->params->data[head->offset + i] == 0);
    assert_int_equal(model->record.best_epoch, 0);
    assert_true(model->record.start_validation_loss < 0.7 * model->record.naive_validation_loss);
    fc_model *linear = fit_linear(&d, &split);
    kept a = forecasts(model, &d, 1), b = forecasts(linear, &d, 1);
    for (int i = 0; i < 20; i++)
        for (int j = 0; j < S * HORIZON; j++)
            assert_true(fabs(a.values[i][j] - b.values[i][j]) < 1e-4 * (1 + fabs(b.values[i][j])));
    assert_int_equal(fc_model_save(model, "kept.safetensors", &error), NN_OK);
    assert_int_equal(fc_model_load(&again, FC_FORECASTS, "kept.safetensors", &error), NN_OK);
    remove("kept.safetensors");
    kept c = forecasts(again, &d, 1);
    assert_memory_equal(&a, &c, sizeof a);
    fc_model_free(again);
    fc_model_free(linear);
    fc_model_free(model);
    free_data(&d);
}

/* A network that adds to nothing. */
static const char *const alone[][2] = {{"base", "none"}, {NULL, NULL}};

static void test_same_for_any_threads(void **state)
{
    (void)state;
    static const char *const weights[][2] = {{"scale-weights", "1,0.5,0.25"}, {"base", "none"}, {NULL, NULL}};
    data d = new_data(&(form){0});
    fc_model *a = fit(&d, weights, 1), *b = fit(&d, weights, 3), *plain = fit(&d, alone, 1);
    size_t bytes = a->params->size * sizeof *a->params->data;
    assert_memory_equal(a->params->data, b->params->data, bytes);
    assert_int_equal(plain->params->size, a->params->size);
    assert_int_not_equal(memcmp(a->params->data, plain->params->data, bytes), 0);
    kept x = forecasts(a, &d, 1), y = forecasts(a, &d, 3);
    assert_memory_equal(&x, &y, sizeof x);
    fc_model_free(a);
    fc_model_free(b);
    fc_model_free(plain);
    free_data(&d);
}

/* Masked values may be anything: neither the scaler nor a weight feels them. */
static void test_masked_values_do_not_count(void **state)
{
    (void)state;
    data d = new_data(&(form){0}), w = new_data(&(form){.wild = true});
    fc_model *a = fit(&d, alone, 1), *b = fit(&w, alone, 1);
    assert_memory_equal(a->params->data, b->params->data, a->params->size * sizeof *a->params->data);
    for (int j = 0; j < a->columns; j++)
        assert_true(a->scaler.shift[j] == b->scaler.shift[j] && a->scaler.scale[j] == b->scaler.scale[j]);
    static const char *const unmasked[][2] = {{"loss-mask", "off"}, {"base", "none"}, {NULL, NULL}};
    fc_model *c = fit(&d, unmasked, 1);
    assert_int_not_equal(memcmp(a->params->data, c->params->data, a->params->size * sizeof *a->params->data),
                         0);
    fc_model_free(a);
    fc_model_free(b);
    fc_model_free(c);
    free_data(&d);
    free_data(&w);
}

/* A forecast from row 233 on sees no target from there on, and of the wind the rows of its horizon. */
static void test_sees_no_future(void **state)
{
    data d = new_data(&(form){0}), spoilt = new_data(&(form){.spoilt = 233}),
         stormy = new_data(&(form){.stormy = 233}), late = new_data(&(form){.stormy = 238});
    fc_model *model = fit(&d, *state, 1);
    /* Where the linear start was kept the network is silent: let it speak. */
    const nn_param *head = nn_params_find(model->params, "transformer.projection.weight");
    for (size_t i = 0; i < head->count; i++)
        model->params->data[head->offset + i] += (nn_real)0.1;
    kept plain = forecasts(model, &d, 1), other = forecasts(model, &spoilt, 1),
         wet = forecasts(model, &stormy, 1), dry = forecasts(model, &late, 1);
    enum { LAST = 19 }; /* its origin is 233 */
    assert_memory_equal(&plain, &other, sizeof plain);
    assert_memory_equal(&plain, &wet, LAST * sizeof plain.values[0]);
    assert_memory_not_equal(&plain.values[LAST], &wet.values[LAST], sizeof plain.values[0]);
    assert_memory_equal(&plain, &dry, sizeof plain);
    fc_model_free(model);
    free_data(&d);
    free_data(&spoilt);
    free_data(&stormy);
    free_data(&late);
}

static void test_other_order_of_stations(void **state)
{
    (void)state;
    data d = new_data(&(form){0}), r = new_data(&(form){.reversed = true});
    fc_model *model = fit(&d, NULL, 1);
    kept a = forecasts(model, &d, 1), b = forecasts(model, &r, 1);
    for (int i = 0; i < 20; i++)
        for (int s = 0; s < S; s++)
            assert_memory_equal(a.values[i] + s * HORIZON, b.values[i] + (S - 1 - s) * HORIZON,
                                HORIZON * sizeof(double));
    fc_model_free(model);
    free_data(&d);
    free_data(&r);
}

static void test_real_future(void **state)
{
    (void)state;
    data d = new_data(&(form){0}), open = new_data(&(form){.hollow = 7}),
         early = new_data(&(form){.hollow = 7, .calm = 4});
    fc_model *model = fit(&d, NULL, 1);
    nn_error error = {0};
    fc_future *a, *b;
    assert_int_equal(fc_panel_forecast(&a, model, open.panel, 0, &error), NN_OK);
    assert_int_equal(a->targets, S);
    assert_int_equal(a->steps, HORIZON);
    assert_true(a->time[0] == d.table->time[ROWS - 7]);
    static const char *const names[S] = {"s0/y", "s1/y", "s2/y", "s3/y"};
    for (int s = 0; s < S; s++)
        assert_string_equal(d.table->names[a->columns[s]], names[s]);
    expect(fc_panel_forecast(&b, model, early.panel, 0, &error), NN_BAD_DATA, &error, "wind");
    assert_null(b);
    error = (nn_error){0};
    expect(fc_panel_forecast(&b, model, open.panel, HORIZON + 1, &error), NN_USAGE, &error, "--steps 6");
    error = (nn_error){0};
    expect(fc_panel_forecasts(model, d.panel, (fc_panel_origins){LOOKBACK - 1, 1, 1}, 1, keep, NULL, &error),
           NN_BAD_DATA, &error, "looks back over 10");
    /* The wind that ended early comes from another table. */
    assert_int_equal(ds_table_extend(early.table, open.table, &error), NN_OK);
    assert_int_equal(early.table->rows, ROWS);
    assert_int_equal(fc_forecast(&b, model, early.table, 0, &error), NN_OK);
    assert_memory_equal(a->values, b->values, S * HORIZON * sizeof(double));
    fc_future_free(a);
    fc_future_free(b);
    fc_model_free(model);
    free_data(&d);
    free_data(&open);
    free_data(&early);
}

static void test_extend(void **state)
{
    (void)state;
    data d = new_data(&(form){.rows = 260, .alone = true}),
         more = new_data(&(form){.rows = 272, .alone = true});
    nn_error error = {0};
    assert_int_equal(ds_table_extend(d.table, more.table, &error), NN_OK);
    assert_int_equal(d.table->rows, 272);
    size_t cells = 272 * (size_t)d.table->columns;
    for (size_t i = 0; i < cells; i++)
        assert_true(d.table->values[i] == more.table->values[i] ||
                    (isnan(d.table->values[i]) && isnan(more.table->values[i])));
    assert_memory_equal(d.table->time, more.table->time, 272 * sizeof(ds_time));
    more.table->time[271] += 1;
    expect(ds_table_extend(d.table, more.table, &error), NN_BAD_DATA, &error, "does not follow");
    more.table->time[271] -= 1;
    for (int j = 0; j < more.table->columns; j++)
        more.table->names[j][0] = '-';
    error = (nn_error){0};
    expect(ds_table_extend(d.table, more.table, &error), NN_BAD_DATA, &error, "has no column of");
    free_data(&d);
    free_data(&more);
}

/* --- allocations --- */

typedef struct watch {
    long at_first, at_last;
} watch;

static int watch_mallocs(void *context, const fc_progress *p)
{
    watch *w = context;
    if (p->step == 1)
        w->at_first = count_mallocs();
    if (p->step < p->steps)
        w->at_last = count_mallocs();
    return 0;
}

static void test_no_mallocs_in_steps(void **state)
{
    (void)state;
    nn_error error = {0};
    static const char *const weights[][2] = {{"scale-weights", "1,0.5,0.25"}, {NULL, NULL}};
    data d = new_data(&(form){0});
    fc_model *model = new_model(&d, weights);
    ds_split split;
    watch w = {0};
    model->record.training.epochs = 1;
    assert_int_equal(ds_split_make("0.7/0.1/0.2", d.table, &split, &error), NN_OK);
    assert_int_equal(
        fc_fit(model,
               &(fc_request){
                   .panel = d.panel, .split = &split, .threads = 2, .progress = watch_mallocs, .context = &w},
               &error),
        NN_OK);
    assert_true(w.at_first > 0);
    assert_int_equal(w.at_first, w.at_last);
    fc_model_free(model);
    free_data(&d);
}

/* --- files --- */

static void test_file(void **state)
{
    (void)state;
    nn_error error = {0};
    data d = new_data(&(form){0});
    double near[S * S];
    for (int i = 0; i < S * S; i++)
        near[i] = i % (S + 1) == 0 ? 2 : 1.0 / (1 + i);
    d.panel->adjacency = near;
    fc_model *model = fit(&d, NULL, 1), *again;
    const char *path = csv_in_folder("panel.safetensors");
    if (fc_model_save(model, path, &error) || fc_model_load(&again, FC_FORECASTS, path, &error))
        fail_msg("%s", error.text);
    assert_string_equal(fc_model_panel(again)->mask, "bad");
    assert_memory_equal(fc_model_panel(again)->coordinates, fc_model_panel(model)->coordinates,
                        2 * S * sizeof(double));
    assert_memory_equal(fc_model_panel(again)->adjacency, fc_model_panel(model)->adjacency,
                        S * S * sizeof(double));
    assert_true(fc_model_panel(again)->adjacency[1] == 0.25);
    ds_panel *panel;
    assert_int_equal(fc_panel_open(&panel, again, d.table, &error), NN_OK);
    kept a = forecasts(model, &d, 1), b = forecasts(again, &(data){.panel = panel}, 1);
    assert_memory_equal(&a, &b, sizeof a);
    ds_panel_free(panel);
    /* A table without one of the stations or variables. */
    d.table->names[3][1] = 'x';
    d.table->layout.ids[1][1] = 'x';
    expect(fc_panel_open(&panel, again, d.table, &error), NN_BAD_DATA, &error, "station 's1'");
    fc_model_free(model);
    fc_model_free(again);
    free_data(&d);
}

typedef struct broken {
    const char *from, *to; /* of one length */
    const char *says;
} broken;

static const broken cases[] = {
    {"\\\"panel\\\":", "\\\"pamel\\\":", "auspex.data.panel is missing"},
    {"\\\"stations\\\":[\\\"s0\\\"", "\\\"stations\\\":[\\\"s1\\\"", "two stations are both named 's1'"},
    {"\\\"stations\\\":[\\\"s0\\\"", "\\\"stations\\\":[12    ",
     "entry 1 of auspex.data.panel.stations should be a text"},
    {"\\\"stations\\\":[\\\"s0\\\",", "\\\"stations\\\":[       ", "place should be a list of 6 numbers"},
    {"\\\"y\\\",\\\"target\\\"", "\\\"y\\\",\\\"past\\\"  ", "variables are broken"},
    {"\\\"wind\\\",\\\"future\\\"", "\\\"wind\\\",\\\"target\\\"", "variables are broken"},
    {"\\\"wind\\\",\\\"future\\\"", "\\\"wind\\\",\\\"master\\\"", "unknown role 'master'"},
    {"\\\"wind\\\",\\\"future\\\"", "\\\"y\\\"   ,\\\"future\\\"", "two variables are both named 'y'"},
    {"\\\"targets\\\":[true,false", "\\\"targets\\\":[false,true", "targets are broken"},
    {"\\\"place\\\":[", "\\\"place\\\":{", "JSON"},
    {"\\\"place\\\":[-", "\\\"place\\\":[x", "JSON"},
    {"\\\"static\\\":[]", "\\\"static\\\":12", "auspex.data.panel.static should be a list of 0 to 1000"},
    {"\\\"static_values\\\":[]", "\\\"static_values\\\":{}", "static_values should be a list of 0 numbers"},
    {"\\\"calendar\\\":", "\\\"calendor\\\":", "calendar should be a whole number"},
    {"\\\"mask\\\":\\\"bad\\\"", "\\\"mask\\\":     12", "mask should be a text"},
    {"\\\"factors\\\":\\\"3,2\\\"", "\\\"factors\\\":\\\"3,0\\\"", "--factors"},
    {"\\\"factors\\\":\\\"3,2\\\"", "\\\"factors\\\":\\\"2,3\\\"", "is missing"},
    {"\\\"scale-weights\\\":\\\"1,0,0\\\"", "\\\"scale-weights\\\":\\\"0,1,0\\\"", "--scale-weights"},
    {"\\\"d-model\\\":16", "\\\"d-model\\\":17", "shape"},
};

static void check_broken(const char *bytes, size_t size, const broken *b)
{
    fc_model *model = NULL;
    nn_error error = {0};
    const char *path = csv_write_bytes("broken.safetensors", bytes, size);
    int code = fc_model_load(&model, FC_FORECASTS, path, &error);
    if (code != NN_BAD_DATA || model || !strstr(error.text, b->says) || strpbrk(error.text, "\r\n"))
        fail_msg("%s: '%s' expected, code %d: %s", b->to, b->says, code, error.text);
}

static void test_broken_files(void **state)
{
    (void)state;
    nn_error error = {0};
    data d = new_data(&(form){0});
    fc_model *model = fit(&d, NULL, 1);
    static char whole[1 << 20], bytes[1 << 20];
    assert_int_equal(fc_model_save(model, csv_in_folder("good.safetensors"), &error), NN_OK);
    FILE *file = fopen(csv_in_folder("good.safetensors"), "rb");
    assert_non_null(file);
    size_t size = fread(whole, 1, sizeof whole, file);
    fclose(file);
    char *hash = memmem(whole, size, "\"auspex.hash\"", 13); /* which would tell first */
    assert_non_null(hash);
    memcpy(hash, "\"another.one\"", 13);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(bytes, whole, size);
        char *at = memmem(bytes, size, cases[i].from, strlen(cases[i].from));
        if (!at)
            fail_msg("the model holds no %s", cases[i].from);
        assert_int_equal(strlen(cases[i].from), strlen(cases[i].to));
        memcpy(at, cases[i].to, strlen(cases[i].to));
        check_broken(bytes, size, &cases[i]);
    }
    fc_model_free(model);
    free_data(&d);
}

static int tear_down(void **state)
{
    (void)state;
    csv_remove_folder();
    return 0;
}

/* With a pattern of names: only these tests. */
int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_learns),
                                       cmocka_unit_test(test_many),
                                       cmocka_unit_test(test_starts_linear),
                                       cmocka_unit_test(test_same_for_any_threads),
                                       cmocka_unit_test(test_masked_values_do_not_count),
                                       cmocka_unit_test(test_sees_no_future),
                                       cmocka_unit_test_prestate(test_sees_no_future, (void *)&wide),
                                       cmocka_unit_test(test_other_order_of_stations),
                                       cmocka_unit_test(test_real_future),
                                       cmocka_unit_test(test_extend),
                                       cmocka_unit_test(test_no_mallocs_in_steps),
                                       cmocka_unit_test(test_file),
                                       cmocka_unit_test(test_broken_files)};
    if (count > 1)
        cmocka_set_test_filter(words[1]);
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
