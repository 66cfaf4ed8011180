/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HSTTN beside values of the authors' program: outputs at three time scales, loss and gradients; the size of
 * the published networks; what permuting the stations does. */
#include "forecast/models/hsttn.h"
#include "tests/golden_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In double little more than the rounding of the values in the file is left. */
static const double rough = sizeof(nn_real) == sizeof(float) ? 1 : 2e-2;

static void *new_config(const char *const (*settings)[2])
{
    nn_error error = {0};
    const fc_kind *kind = fc_kind_find("hsttn");
    assert_non_null(kind);
    void *config = calloc(1, kind->config_size);
    assert_non_null(config);
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    for (; (*settings)[0]; settings++)
        if (nn_option_set(nn_option_find(kind->options, (*settings)[0]), config, (*settings)[1], &error))
            fail_msg("%s", error.text);
    return config;
}

static void free_config(void *config)
{
    nn_options_clear(fc_kind_find("hsttn")->options, config);
    free(config);
}

/* Rows of the past, of the forecast and, coarse, of what is known of the future. */
typedef struct span_rows {
    int past, ahead, coarse;
} span_rows;

static void inputs_make(fc_stations_inputs *in, nn_plan *plan, int stations, span_rows rows,
                        int past_channels, int future_channels)
{
    *in = (fc_stations_inputs){.sizes = {.lookback = rows.past, .horizon = rows.ahead, .stations = stations},
                               .past_channels = past_channels,
                               .future_channels = future_channels};
    in->past = nn_input(plan, 3, (int[]){stations, rows.past, past_channels});
    in->future = nn_input(plan, 3, (int[]){stations, rows.coarse, future_channels});
}

static const char *const small[][2] = {{"preset", "paper"},        {"d-model", "8"}, {"heads", "2"},
                                       {"head-width", "4"},        {"d-ff", "16"},   {"dropout", "0"},
                                       {"embedding-dropout", "0"}, {NULL, NULL}};

/* The file also holds layers of the published program that it never uses. */
static void load_params(const nn_st_file *file, nn_params *params)
{
    int gradients = 0;
    for (int i = 0; i < params->count; i++) {
        const nn_param *p = &params->table[i];
        char name[160];
        snprintf(name, sizeof name, "grad/%s", p->name);
        const nn_st_tensor *tensor = nn_st_find(file, name);
        if (!tensor)
            fail_msg("no tensor %s", name);
        assert_int_equal(tensor->rank, p->rank);
        for (int d = 0; d < p->rank; d++)
            assert_int_equal(tensor->shape[d], p->shape[d]);
        golden_fill(file, "param/", p->name, params->data + p->offset, p->count);
    }
    for (size_t i = 0; i < nn_st_count(file); i++)
        gradients += strncmp(nn_st_at(file, i)->name, "grad/", 5) == 0;
    assert_int_equal(gradients, params->count);
}

static int size_in(const nn_st_file *file, const char *key)
{
    return atoi(golden_setting(file, key));
}

static void *config_of(const nn_st_file *file)
{
    const char *const settings[][2] = {{"preset", "paper"},
                                       {"d-model", golden_setting(file, "d_model")},
                                       {"heads", golden_setting(file, "n_heads")},
                                       {"head-width", golden_setting(file, "d_k")},
                                       {"d-ff", golden_setting(file, "d_ff")},
                                       {"encoder-layers", golden_setting(file, "n_enc_layers")},
                                       {"decoder-layers", golden_setting(file, "n_dec_layers")},
                                       {"dropout", "0"},
                                       {"embedding-dropout", "0"},
                                       {NULL, NULL}};
    return new_config(settings);
}

/* All sizes stand in the file. */
static void test_golden(void **state)
{
    (void)state;
    static const char *const names[] = {"output/scale1", "output/scale3", "output/scale6"};
    nn_error error = {0};
    nn_st_file *file = golden_open("hsttn_small");
    const int B = size_in(file, "B"), S = size_in(file, "Turbins"), M = size_in(file, "out_len");
    const int past = size_in(file, "enc_in"), future = size_in(file, "dec_in");
    const span_rows rows = {size_in(file, "in_len"), M, size_in(file, "pred_len")};
    void *config = config_of(file);
    nn_params *params = nn_params_new();
    nn_plan *plan = nn_plan_new(params, B, true);
    fc_stations_inputs in;
    nn_tensor *outputs[FC_HSTTN_SCALES], *target;
    inputs_make(&in, plan, S, rows, past, future);
    assert_int_equal(fc_hsttn_network(plan, config, &in, outputs), 3);
    for (int i = 0; i < 3; i++)
        nn_keep(plan, outputs[i]);
    target = nn_input(plan, 2, (int[]){S, M});
    nn_loss(plan, NN_MSE, 0, nn_reshape(plan, outputs[0], 3, (int[]){B, S, M}), target);
    if (nn_plan_compile(plan, &error) || nn_params_allocate(params, 1, &error))
        fail_msg("%s", error.text);
    load_params(file, params);
    golden_fill(file, "", "input/encoder", in.past->data, (size_t)(B * S * rows.past * past));
    golden_fill(file, "", "input/decoder", in.future->data, (size_t)(B * S * rows.coarse * future));
    golden_fill(file, "", "target", target->data, (size_t)(B * S * M));
    nn_real *grads = calloc(params->size, sizeof *grads);
    assert_non_null(grads);
    nn_run run = {.batch = B, .params = params->data, .grads = grads, .loss_scale = 1.0 / (B * S * M)};
    nn_plan_forward(plan, &run);
    for (int i = 0; i < 3; i++)
        golden_compare(file, "", names[i], outputs[i]->data, (size_t)(B * S * outputs[i]->shape[1]), rough);
    nn_real loss = (nn_real)run.loss;
    golden_compare(file, "", "loss", &loss, 1, rough);
    nn_plan_backward(plan, &run);
    for (int i = 0; i < params->count; i++) {
        const nn_param *p = &params->table[i];
        golden_compare(file, "grad/", p->name, grads + p->offset, p->count, rough);
    }
    free(grads);
    nn_plan_free(plan);
    nn_params_free(params);
    free_config(config);
    nn_st_close(file);
}

/* The specification's formula. */
static size_t formula(size_t el, size_t dl, size_t d, size_t i, size_t f, size_t c)
{
    return 6 * el * (4 * d * i + 2 * d * f) + 6 * dl * (8 * d * i + 2 * d * f) + 2 * (c * d + d) +
           2 * (2 * d * d + d) + (6 * d * d + d) + (4 * d * d + d) + 2 * d + 1;
}

static size_t size_of(const char *const (*settings)[2], int stations, int channels)
{
    nn_error error = {0};
    void *config = new_config(settings);
    nn_params *params = nn_params_new();
    nn_plan *plan = nn_plan_new(params, 1, false);
    fc_stations_inputs in;
    nn_tensor *outputs[FC_HSTTN_SCALES];
    inputs_make(&in, plan, stations, (span_rows){144, 144, 24}, channels, channels);
    assert_int_equal(fc_hsttn_network(plan, config, &in, outputs), 3);
    assert_int_equal(nn_plan_check(plan, &error), NN_OK);
    size_t size = params->size;
    nn_plan_free(plan);
    nn_params_free(params);
    free_config(config);
    return size;
}

static void test_published_sizes(void **state)
{
    (void)state;
    static const char *const kdd[][2] = {{"preset", "paper"}, {NULL, NULL}};
    static const char *const engie[][2] = {{"preset", "paper"}, {"d-ff", "1024"}, {NULL, NULL}};
    assert_int_equal(size_of(kdd, 134, 17), 32385537);
    assert_int_equal(size_of(kdd, 134, 17), formula(2, 1, 256, 512, 2048, 17));
    assert_int_equal(size_of(engie, 4, 36), 22958081);
    assert_int_equal(size_of(engie, 4, 36), formula(2, 1, 256, 512, 1024, 36));
    assert_int_equal(size_of(small, 3, 5), formula(2, 1, 8, 8, 16, 5));
}

/* --- permutation of stations --- */

enum { STATIONS = 5, ROWS = 12, PAST = 4, FUTURE = 3 };

/* Station s of the run is station order[s] of the data. */
static void forecast(nn_real *out, const char *const (*settings)[2], const int *order)
{
    nn_error error = {0};
    void *config = new_config(settings);
    nn_params *params = nn_params_new();
    nn_plan *plan = nn_plan_new(params, 1, false);
    double place[2 * STATIONS], adjacency[STATIONS * STATIONS];
    for (int s = 0; s < STATIONS; s++) {
        place[2 * s] = 0.3 * order[s] - 0.5;
        place[2 * s + 1] = sin(order[s]);
        for (int r = 0; r < STATIONS; r++)
            adjacency[s * STATIONS + r] = exp(-0.3 * (order[s] - order[r]) * (order[s] - order[r]));
    }
    const fc_stations_network *network = fc_kind_find("hsttn")->network;
    fc_stations_inputs in = {.sizes = {.lookback = 10, .horizon = 7, .stations = STATIONS},
                             .past_channels = PAST,
                             .future_channels = FUTURE,
                             .coordinates = place,
                             .adjacency = adjacency};
    in.past = nn_input(plan, 3, (int[]){STATIONS, ROWS, PAST});
    in.future = nn_input(plan, 3, (int[]){STATIONS, ROWS, FUTURE});
    in.history = nn_input(plan, 2, (int[]){STATIONS, in.sizes.lookback});
    nn_tensor *further[2];
    nn_tensor *y = nn_keep(plan, network->build(plan, config, &in, further));
    if (nn_plan_compile(plan, &error) || nn_params_allocate(params, 3, &error))
        fail_msg("%s", error.text);
    nn_tensor *ports[] = {in.past, in.future, in.history};
    for (int k = 0; k < 3; k++) {
        int size = ports[k]->shape[2] * (k < 2 ? ports[k]->shape[3] : 1);
        for (int s = 0; s < STATIONS; s++)
            for (int i = 0; i < size; i++)
                ports[k]->data[s * size + i] = (nn_real)sin(k + 1.7 * (order[s] * size + i));
    }
    nn_run run = {.batch = 1, .params = params->data};
    nn_plan_forward(plan, &run);
    memcpy(out, y->data, (size_t)(STATIONS * in.sizes.horizon) * sizeof *out);
    nn_plan_free(plan);
    nn_params_free(params);
    free_config(config);
}

/* The largest difference between permuted forecasts and forecasts of permuted stations. */
static double permutation_error(const char *const (*settings)[2])
{
    const int plain[STATIONS] = {0, 1, 2, 3, 4}, mixed[STATIONS] = {3, 0, 4, 1, 2};
    nn_real a[STATIONS * 7], b[STATIONS * 7];
    double most = 0;
    forecast(a, settings, plain);
    forecast(b, settings, mixed);
    for (int s = 0; s < STATIONS; s++)
        for (int h = 0; h < 7; h++)
            most = fmax(most, fabs((double)b[s * 7 + h] - (double)a[mixed[s] * 7 + h]));
    return most;
}

static void test_permutation(void **state)
{
    (void)state;
    static const char *const by_place[][2] = {{"station-encoding", "place"}, {NULL, NULL}};
    static const char *const none[][2] = {{"station-encoding", "none"}, {NULL, NULL}};
    static const char *const index[][2] = {{"station-encoding", "index"}, {NULL, NULL}};
    static const char *const masked[][2] = {
        {"station-encoding", "none"}, {"station-mask", "on"}, {NULL, NULL}};
    assert_true(permutation_error(by_place) < 1e-5);
    assert_true(permutation_error(none) < 1e-5);
    assert_true(permutation_error(index) > 1e-3);
    assert_true(permutation_error(masked) > 1e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden), cmocka_unit_test(test_published_sizes),
                                       cmocka_unit_test(test_permutation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
