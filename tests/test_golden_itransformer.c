/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iTransformer beside values of the authors' code: output, attention, gradients, three Adam steps. */
#include "forecast/tasks/series/network.h"
#include "lib/optimiser.h"
#include "tests/golden_file.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct golden {
    nn_st_file *file;
    int batch, lookback, horizon, variates, features, heads, layers;
    const fc_kind *kind;
    void *config;
    nn_params *params;
    nn_plan *plan;
    fc_series_inputs inputs;
    nn_tensor *target, *output;
    nn_real *grads;
    nn_run run;
} golden;

static void set_option(golden *g, const char *name, const char *text)
{
    nn_error error = {0};
    const nn_option *option = nn_option_find(g->kind->options, name);
    assert_non_null(option);
    if (nn_option_set(option, g->config, text, &error) != NN_OK)
        fail_msg("%s", error.text);
}

static void read_settings(golden *g)
{
    nn_error error = {0};
    g->kind = fc_kind_find("itransformer");
    assert_non_null(g->kind);
    g->config = calloc(1, g->kind->config_size);
    assert_non_null(g->config);
    assert_int_equal(nn_options_default(g->kind->options, g->config, &error), NN_OK);
    set_option(g, "d-model", golden_setting(g->file, "d_model"));
    set_option(g, "d-ff", golden_setting(g->file, "d_ff"));
    set_option(g, "heads", golden_setting(g->file, "heads"));
    set_option(g, "layers", golden_setting(g->file, "layers"));
    set_option(g, "dropout", "0");
    assert_string_equal(golden_setting(g->file, "use_norm"), "True");
    g->batch = atoi(golden_setting(g->file, "batch"));
    g->lookback = atoi(golden_setting(g->file, "lookback"));
    g->horizon = atoi(golden_setting(g->file, "horizon"));
    g->variates = atoi(golden_setting(g->file, "variates"));
    g->features = atoi(golden_setting(g->file, "time_features"));
    g->heads = atoi(golden_setting(g->file, "heads"));
    g->layers = atoi(golden_setting(g->file, "layers"));
}

static void load_inputs(golden *g)
{
    size_t steps = (size_t)g->batch * g->lookback;
    golden_fill(g->file, "input/", "series", g->inputs.series->data, steps * g->variates);
    golden_fill(g->file, "input/", "time_features", g->inputs.time_features->data, steps * g->features);
    golden_fill(g->file, "", "target", g->target->data, (size_t)g->batch * g->horizon * g->variates);
}

static int open_golden(void **state)
{
    golden *g = calloc(1, sizeof *g);
    nn_error error = {0};
    assert_non_null(g);
    g->file = golden_open("itransformer_small");
    read_settings(g);
    g->params = nn_params_new();
    g->plan = nn_plan_new(g->params, g->batch, true);
    g->inputs = (fc_series_inputs){.series = nn_input(g->plan, 2, (int[]){g->lookback, g->variates}),
                                   .time_features = nn_input(g->plan, 2, (int[]){g->lookback, g->features}),
                                   .sizes = {.lookback = g->lookback,
                                             .horizon = g->horizon,
                                             .variates = g->variates,
                                             .features = g->features}};
    const fc_series_network *network = g->kind->network;
    g->target = nn_input(g->plan, 2, (int[]){g->horizon, g->variates});
    g->output = nn_keep(g->plan, network->build(g->plan, g->config, &g->inputs));
    nn_loss(g->plan, NN_MSE, 0, g->output, g->target);
    if (nn_plan_compile(g->plan, &error) != NN_OK || nn_params_allocate(g->params, 1, &error) != NN_OK)
        fail_msg("%s", error.text);
    golden_load_params(g->file, g->params);
    g->grads = calloc(g->params->size, sizeof *g->grads);
    assert_non_null(g->grads);
    g->run = (nn_run){.batch = g->batch,
                      .params = g->params->data,
                      .grads = g->grads,
                      .loss_scale = 1.0 / (g->batch * g->horizon * g->variates)};
    *state = g;
    return 0;
}

static int close_golden(void **state)
{
    golden *g = *state;
    nn_st_close(g->file);
    nn_options_clear(g->kind->options, g->config);
    free(g->config);
    nn_plan_free(g->plan);
    nn_params_free(g->params);
    free(g->grads);
    free(g);
    return 0;
}

static void pass(golden *g)
{
    load_inputs(g);
    g->run.loss = 0;
    nn_plan_forward(g->plan, &g->run);
    nn_plan_backward(g->plan, &g->run);
}

static void test_output(void **state)
{
    golden *g = *state;
    pass(g);
    golden_compare(g->file, "", "output", g->output->data, (size_t)g->batch * g->horizon * g->variates, 1);
    nn_real loss = (nn_real)g->run.loss;
    double *losses = golden_read(g->file, "", "adam_losses", 3);
    assert_true(fabs((double)loss - losses[0]) <= 1e-5 + 1e-4 * losses[0]);
    free(losses);
}

static void test_attention(void **state)
{
    golden *g = *state;
    load_inputs(g);
    nn_plan_forward(g->plan, &g->run);
    size_t tokens = (size_t)(g->variates + g->features), each = tokens * tokens;
    nn_real *maps = malloc((size_t)g->batch * g->heads * each * sizeof *maps);
    assert_non_null(maps);
    for (int layer = 0; layer < g->layers; layer++) {
        char name[32];
        nn_tensor *y = nn_plan_attention(g->plan, layer);
        assert_non_null(y);
        for (int b = 0; b < g->batch; b++)
            for (int h = 0; h < g->heads; h++)
                assert_true(nn_attention_weights(g->plan, y, &g->run, b, h,
                                                 maps + (size_t)(b * g->heads + h) * each));
        snprintf(name, sizeof name, "%d", layer);
        golden_compare(g->file, "attention/", name, maps, (size_t)g->batch * g->heads * each, 1);
    }
    assert_null(nn_plan_attention(g->plan, g->layers));
    free(maps);
}

static void test_gradients(void **state)
{
    golden *g = *state;
    pass(g);
    for (int i = 0; i < g->params->count; i++) {
        const nn_param *p = &g->params->table[i];
        golden_compare(g->file, "grad/", p->name, g->grads + p->offset, p->count, 1);
    }
}

/* A bias of all keys shifts every score of a query alike, which softmax does not see: its true gradient is
 * zero, and Adam makes whole steps of the rounding noise there, in a direction that means nothing. */
static void compare_noise(const golden *g, const char *name, const nn_real *got, size_t count, double reach)
{
    double *start = golden_read(g->file, "param/", name, count);
    for (size_t i = 0; i < count; i++)
        assert_true(fabs((double)got[i] - start[i]) <= reach);
    free(start);
}

static void test_adam(void **state)
{
    golden *g = *state;
    nn_error error = {0};
    nn_optimiser optimiser;
    nn_pool *pool = NULL;
    assert_int_equal(nn_optimiser_init(&optimiser, NN_ADAM, g->params->size, &error), NN_OK);
    assert_int_equal(nn_pool_new(&pool, 1, &error), NN_OK);
    double *losses = golden_read(g->file, "", "adam_losses", 3),
           rate = strtod(golden_setting(g->file, "adam_lr"), NULL);
    for (int step = 0; step < 3; step++) {
        pass(g);
        if (!(fabs(g->run.loss - losses[step]) <= 1e-5 + 1e-4 * losses[step]))
            fail_msg("loss of step %d: %.9g, not %.9g", step, g->run.loss, losses[step]);
        nn_optimiser_step(&optimiser, pool, g->params->data, &g->grads, 1, rate);
    }
    for (int i = 0; i < g->params->count; i++) {
        const nn_param *p = &g->params->table[i];
        if (strstr(p->name, "key_projection.bias"))
            compare_noise(g, p->name, g->params->data + p->offset, p->count, 3.01 * rate);
        else
            golden_compare(g->file, "adam3/", p->name, g->params->data + p->offset, p->count, 1);
    }
    free(losses);
    nn_pool_free(pool);
    nn_optimiser_clear(&optimiser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_output, open_golden, close_golden),
        cmocka_unit_test_setup_teardown(test_attention, open_golden, close_golden),
        cmocka_unit_test_setup_teardown(test_gradients, open_golden, close_golden),
        cmocka_unit_test_setup_teardown(test_adam, open_golden, close_golden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
