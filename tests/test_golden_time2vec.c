/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Time2Vec encoder beside values of an independent program: output, loss and gradients with the paper's
 * residual and with the standard one; and the size of the published network. */
#include "forecast/models/time2vec.h"
#include "tests/golden_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In double little more than the rounding of the values in the file is left. */
static const double rough = sizeof(nn_real) == sizeof(float) ? 1 : 1e-3;

typedef struct golden {
    nn_st_file *file;
    int batch, lookback, features;
    const fc_kind *kind;
    void *config;
    nn_params *params;
    nn_plan *plan;
    nn_tensor *series, *target, *output;
    nn_real *grads;
    nn_run run;
} golden;

static void set_option(const fc_kind *kind, void *config, const char *name, const char *text)
{
    nn_error error = {0};
    const nn_option *option = nn_option_find(kind->options, name);
    assert_non_null(option);
    if (nn_option_set(option, config, text, &error) != NN_OK)
        fail_msg("%s", error.text);
}

static void *new_config(const fc_kind *kind)
{
    nn_error error = {0};
    void *config = calloc(1, kind->config_size);
    assert_non_null(config);
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    return config;
}

static void read_settings(golden *g)
{
    static const char *const same[][2] = {{"heads", "heads"},   {"head-width", "d_k"},
                                          {"d-ff", "d_ff"},     {"blocks", "blocks"},
                                          {"hidden", "hidden"}, {"residual", "residual"}};
    g->kind = fc_kind_find("time2vec");
    assert_non_null(g->kind);
    g->config = new_config(g->kind);
    set_option(g->kind, g->config, "preset", "paper");
    set_option(g->kind, g->config, "dropout", "0");
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        set_option(g->kind, g->config, same[i][0], golden_setting(g->file, same[i][1]));
    assert_string_equal(golden_setting(g->file, "layernorm_eps"), "1e-06");
    g->batch = atoi(golden_setting(g->file, "batch"));
    g->lookback = atoi(golden_setting(g->file, "lookback"));
    g->features = atoi(golden_setting(g->file, "features"));
}

static void open_golden(golden *g, const char *name)
{
    nn_error error = {0};
    *g = (golden){0};
    g->file = golden_open(name);
    read_settings(g);
    g->params = nn_params_new();
    g->plan = nn_plan_new(g->params, g->batch, true);
    g->series = nn_input(g->plan, 2, (int[]){g->lookback, g->features});
    g->target = nn_input(g->plan, 1, (int[]){1});
    fc_series_inputs in = {.series = g->series,
                           .sizes = {.lookback = g->lookback, .horizon = 1, .variates = g->features}};
    g->output = nn_keep(g->plan, fc_time2vec_network(g->plan, g->config, &in, 1));
    nn_loss(g->plan, NN_MSE, 0, g->output, g->target);
    if (nn_plan_compile(g->plan, &error) != NN_OK || nn_params_allocate(g->params, 1, &error) != NN_OK)
        fail_msg("%s", error.text);
    golden_load_params(g->file, g->params);
    g->grads = calloc(g->params->size, sizeof *g->grads);
    assert_non_null(g->grads);
    g->run = (nn_run){
        .batch = g->batch, .params = g->params->data, .grads = g->grads, .loss_scale = 1.0 / g->batch};
}

static void close_golden(golden *g)
{
    nn_st_close(g->file);
    nn_options_clear(g->kind->options, g->config);
    free(g->config);
    nn_plan_free(g->plan);
    nn_params_free(g->params);
    free(g->grads);
}

static void check_golden(const char *name)
{
    golden g;
    open_golden(&g, name);
    golden_fill(g.file, "", "input", g.series->data,
                (size_t)g.batch * (size_t)g.lookback * (size_t)g.features);
    golden_fill(g.file, "", "target", g.target->data, (size_t)g.batch);
    nn_plan_forward(g.plan, &g.run);
    golden_compare(g.file, "", "output", g.output->data, (size_t)g.batch, rough);
    nn_real loss = (nn_real)g.run.loss;
    golden_compare(g.file, "", "loss", &loss, 1, rough);
    nn_plan_backward(g.plan, &g.run);
    for (int i = 0; i < g.params->count; i++) {
        const nn_param *p = &g.params->table[i];
        golden_compare(g.file, "grad/", p->name, g.grads + p->offset, p->count, rough);
    }
    close_golden(&g);
}

static void test_paper(void **state)
{
    (void)state;
    check_golden("time2vec_paper_small");
}

static void test_standard(void **state)
{
    (void)state;
    check_golden("time2vec_standard_small");
}

/* 128 rows of open, high, low, close and volume; one value comes out. */
static void test_published_size(void **state)
{
    (void)state;
    nn_error error = {0};
    const fc_kind *kind = fc_kind_find("time2vec");
    void *config = new_config(kind);
    set_option(kind, config, "preset", "paper");
    nn_params *params = nn_params_new();
    assert_non_null(params);
    nn_plan *plan = nn_plan_new(params, 1, false);
    assert_non_null(plan);
    fc_series_inputs in = {.series = nn_input(plan, 2, (int[]){128, 5}),
                           .sizes = {.lookback = 128, .horizon = 1, .variates = 5}};
    assert_non_null(fc_time2vec_network(plan, config, &in, 1));
    assert_int_equal(nn_plan_check(plan, &error), NN_OK);
    assert_int_equal(params->size, 568689);
    nn_plan_free(plan);
    nn_params_free(params);
    nn_options_clear(kind->options, config);
    free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_paper), cmocka_unit_test(test_standard),
                                       cmocka_unit_test(test_published_size)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
