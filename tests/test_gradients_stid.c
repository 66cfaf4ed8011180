/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients of STID, and what it tells apart: stations and times that have the same look-back. */
#include "forecast/models/registry.h"
#include "forecast/tasks/stations/network.h"
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <math.h>
#include <stdlib.h>

enum { STATIONS = 3, LOOKBACK = 4, HORIZON = 2, SLOTS = 5, CLOCK = SLOTS + 7, CHANNELS = 2 };

typedef struct setting {
    void *config;
    bool known;
} setting;

static const fc_stations_network *network(void)
{
    return fc_kind_find("stid")->network;
}

static void *new_config(void)
{
    nn_error error = {0};
    const fc_kind *kind = fc_kind_find("stid");
    void *config = calloc(1, kind->config_size);
    assert_non_null(config);
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    assert_int_equal(nn_option_set(nn_option_find(kind->options, "d-model"), config, "6", &error), NN_OK);
    assert_int_equal(nn_option_set(nn_option_find(kind->options, "dropout"), config, "0", &error), NN_OK);
    return config;
}

static void build(graph *g, const void *config)
{
    const setting *s = config;
    nn_tensor *further[2];
    fc_stations_inputs in = {.sizes = {.lookback = LOOKBACK, .horizon = HORIZON, .stations = STATIONS},
                             .slots = SLOTS,
                             .known = s->known,
                             .history_width = LOOKBACK};
    in.history = graph_input(g, FILL_UNIFORM, 2, (int[]){STATIONS, LOOKBACK});
    in.clock = graph_plain_input(g, FILL_UNIFORM, 2, (int[]){1, CLOCK});
    in.future = s->known ? graph_input(g, FILL_UNIFORM, 3, (int[]){STATIONS, LOOKBACK, CHANNELS}) : NULL;
    graph_output(g, network()->build(g->plan, s->config, &in, further));
}

static void test_gradients(void **state)
{
    (void)state;
    for (int known = 0; known < 2; known++) {
        const setting s = {new_config(), known};
        const gradcheck_case c = {
            .name = known ? "stid, known" : "stid", .batch = 3, .build = build, .config = &s};
        gradcheck(&c);
        gradcheck_shards(&c);
        free(s.config);
    }
}

/* Output (STATIONS,HORIZON) of one sample whose look-backs are all the same, at a time of day and of the
 * week. */
static void run(nn_params *params, const void *config, int slot, int day, nn_real out[STATIONS * HORIZON])
{
    nn_error error = {0};
    nn_tensor *further[2];
    nn_plan *plan = nn_plan_new(params, 1, false);
    assert_non_null(plan);
    fc_stations_inputs in = {.sizes = {.lookback = LOOKBACK, .horizon = HORIZON, .stations = STATIONS},
                             .slots = SLOTS,
                             .history_width = LOOKBACK};
    in.history = nn_input(plan, 2, (int[]){STATIONS, LOOKBACK});
    in.clock = nn_input(plan, 2, (int[]){1, CLOCK});
    nn_tensor *y = network()->build(plan, config, &in, further);
    nn_keep(plan, y);
    if (nn_plan_compile(plan, &error))
        fail_msg("%s", error.text);
    if (!params->data)
        assert_int_equal(nn_params_allocate(params, 7, &error), NN_OK);
    for (int i = 0; i < STATIONS * LOOKBACK; i++)
        in.history->data[i] = (nn_real)(i % LOOKBACK);
    for (int i = 0; i < CLOCK; i++)
        in.clock->data[i] = i == slot || i == SLOTS + day;
    nn_run once = {.batch = 1, .params = params->data};
    nn_plan_forward(plan, &once);
    for (int i = 0; i < STATIONS * HORIZON; i++)
        out[i] = y->data[i];
    nn_plan_free(plan);
}

static bool differ(const nn_real *a, const nn_real *b, int count)
{
    for (int i = 0; i < count; i++)
        if (fabs((double)a[i] - (double)b[i]) < 1e-4)
            return false;
    return true;
}

static void test_tells_apart(void **state)
{
    (void)state;
    void *config = new_config();
    nn_params *params = nn_params_new();
    nn_real one[STATIONS * HORIZON], same[STATIONS * HORIZON], later[STATIONS * HORIZON],
        sunday[STATIONS * HORIZON];
    assert_non_null(params);
    run(params, config, 0, 0, one);
    run(params, config, 0, 0, same);
    run(params, config, 3, 0, later);
    run(params, config, 0, 6, sunday);
    assert_memory_equal(one, same, sizeof one);
    assert_true(differ(one, one + HORIZON, HORIZON) && differ(one + HORIZON, one + 2 * HORIZON, HORIZON));
    assert_true(differ(one, later, STATIONS * HORIZON) && differ(one, sunday, STATIONS * HORIZON));
    nn_params_free(params);
    free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradients), cmocka_unit_test(test_tells_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
