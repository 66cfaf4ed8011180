/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iTransformer beside values of the authors' code: output, attention, gradients, three Adam steps. */
#include "forecast/model.h"
#include "lib/optimiser.h"
#include "lib/safetensors.h"
#include "tests/cmocka_all.h"

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
    fc_inputs inputs;
    nn_tensor *target, *output;
    nn_real *grads;
    nn_run run;
} golden;

static const char *setting(const golden *g, const char *key)
{
    const char *text = nn_st_metadata(g->file, key);
    if (!text)
        fail_msg("no %s among the settings", key);
    return text;
}

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
    set_option(g, "d-model", setting(g, "d_model"));
    set_option(g, "d-ff", setting(g, "d_ff"));
    set_option(g, "heads", setting(g, "heads"));
    set_option(g, "layers", setting(g, "layers"));
    set_option(g, "dropout", "0");
    assert_string_equal(setting(g, "use_norm"), "True");
    g->batch = atoi(setting(g, "batch"));
    g->lookback = atoi(setting(g, "lookback"));
    g->horizon = atoi(setting(g, "horizon"));
    g->variates = atoi(setting(g, "variates"));
    g->features = atoi(setting(g, "time_features"));
    g->heads = atoi(setting(g, "heads"));
    g->layers = atoi(setting(g, "layers"));
}

static double *read(const golden *g, const char *prefix, const char *name, size_t count)
{
    char full[160];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    const nn_st_tensor *tensor = nn_st_find(g->file, full);
    if (!tensor)
        fail_msg("no tensor %s", full);
    assert_int_equal(tensor->count, count);
    double *values = malloc(count * sizeof *values);
    assert_non_null(values);
    nn_st_read_f64(g->file, tensor, values);
    return values;
}

static void fill(const golden *g, const char *prefix, const char *name, nn_real *to, size_t count)
{
    double *values = read(g, prefix, name, count);
    for (size_t i = 0; i < count; i++)
        to[i] = (nn_real)values[i];
    free(values);
}

static void compare(const golden *g, const char *prefix, const char *name, const nn_real *got, size_t count)
{
    double *want = read(g, prefix, name, count);
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - want[i]) <= 1e-5 + 1e-4 * fabs(want[i])))
            fail_msg("%s%s[%zu]: %.9g, not %.9g", prefix, name, i, (double)got[i], want[i]);
    free(want);
}

static void load_params(golden *g)
{
    size_t tensors = 0;
    for (int i = 0; i < g->params->count; i++) {
        const nn_param *p = &g->params->table[i];
        fill(g, "param/", p->name, g->params->data + p->offset, p->count);
    }
    for (size_t i = 0; i < nn_st_count(g->file); i++)
        tensors += strncmp(nn_st_at(g->file, i)->name, "param/", 6) == 0;
    assert_int_equal(tensors, g->params->count);
}

static void load_inputs(golden *g)
{
    size_t steps = (size_t)g->batch * g->lookback;
    fill(g, "input/", "series", g->inputs.series->data, steps * g->variates);
    fill(g, "input/", "time_features", g->inputs.time_features->data, steps * g->features);
    fill(g, "", "target", g->target->data, (size_t)g->batch * g->horizon * g->variates);
}

static int open_golden(void **state)
{
    golden *g = calloc(1, sizeof *g);
    nn_error error = {0};
    char path[1024];
    const char *source = getenv("AUSPEX_SOURCE");
    assert_non_null(g);
    snprintf(path, sizeof path, "%s/tests/golden/itransformer_small.safetensors", source ? source : ".");
    if (nn_st_open(&g->file, path, &error) != NN_OK)
        fail_msg("%s", error.text);
    read_settings(g);
    g->params = nn_params_new();
    g->plan = nn_plan_new(g->params, g->batch, true);
    g->inputs = (fc_inputs){.series = nn_input(g->plan, 2, (int[]){g->lookback, g->variates}),
                            .time_features = nn_input(g->plan, 2, (int[]){g->lookback, g->features}),
                            .lookback = g->lookback,
                            .horizon = g->horizon,
                            .variates = g->variates,
                            .features = g->features};
    g->target = nn_input(g->plan, 2, (int[]){g->horizon, g->variates});
    g->output = nn_keep(g->plan, g->kind->build(g->plan, g->config, &g->inputs));
    nn_loss(g->plan, NN_MSE, 0, g->output, g->target);
    if (nn_plan_compile(g->plan, &error) != NN_OK || nn_params_allocate(g->params, 1, &error) != NN_OK)
        fail_msg("%s", error.text);
    load_params(g);
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
    compare(g, "", "output", g->output->data, (size_t)g->batch * g->horizon * g->variates);
    nn_real loss = (nn_real)g->run.loss;
    double *losses = read(g, "", "adam_losses", 3);
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
        compare(g, "attention/", name, maps, (size_t)g->batch * g->heads * each);
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
        compare(g, "grad/", p->name, g->grads + p->offset, p->count);
    }
}

/* A bias of all keys shifts every score of a query alike, which softmax does not see: its true gradient is
 * zero, and Adam makes whole steps of the rounding noise there, in a direction that means nothing. */
static void compare_noise(const golden *g, const char *name, const nn_real *got, size_t count, double reach)
{
    double *start = read(g, "param/", name, count);
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
    double *losses = read(g, "", "adam_losses", 3), rate = strtod(setting(g, "adam_lr"), NULL);
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
            compare(g, "adam3/", p->name, g->params->data + p->offset, p->count);
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
