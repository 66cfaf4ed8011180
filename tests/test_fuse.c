/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Costs, maps and fused weights of two small networks beside reference values. */
#include "forecast/compress/transport.h"
#include "lib/files/json.h"
#include "tests/golden_file.h"

#include <math.h>
#include <stdbool.h>

typedef struct nets {
    nn_st_file *file;
    int inputs, widths[2], outputs, samples;
    double alpha, reg[2]; /* of weights, of activations */
    double *acts[2][2];   /* before the activation: net, layer; width x samples */
} nets;

static void open_nets(nets *n)
{
    *n = (nets){.file = golden_open("blocks/fuse")};
    json_t *s = json_loads(golden_setting(n->file, "settings"), 0, NULL);
    const json_t *reg = json_object_get(s, "regularisation"), *widths = json_object_get(s, "widths");
    n->inputs = (int)json_integer_value(json_object_get(s, "inputs"));
    n->outputs = (int)json_integer_value(json_object_get(s, "outputs"));
    n->samples = (int)json_integer_value(json_object_get(s, "samples"));
    n->alpha = json_number_value(json_object_get(s, "alpha"));
    n->reg[0] = json_number_value(json_object_get(reg, "wts"));
    n->reg[1] = json_number_value(json_object_get(reg, "acts"));
    assert_int_equal(json_array_size(widths), 2);
    for (size_t i = 0; i < 2; i++)
        n->widths[i] = (int)json_integer_value(json_array_get(widths, i));
    json_decref(s);
}

static double *read_net(const nets *n, int net, const char *name, int count)
{
    char text[40];
    snprintf(text, sizeof text, "net%d/%s", net, name);
    return golden_read(n->file, "", text, (size_t)count);
}

/* fc0, relu, layer norm, fc1: what each neuron makes of every sample. */
static void run_net(nets *n, int net)
{
    const int w0 = n->widths[0], w1 = n->widths[1], samples = n->samples;
    double *x = golden_read(n->file, "", "input", (size_t)(samples * n->inputs)),
           *a = read_net(n, net, "fc0.weight", w0 * n->inputs), *ab = read_net(n, net, "fc0.bias", w0),
           *g = read_net(n, net, "norm.weight", w0), *gb = read_net(n, net, "norm.bias", w0),
           *b = read_net(n, net, "fc1.weight", w1 * w0), *bb = read_net(n, net, "fc1.bias", w1);
    double *h = calloc((size_t)w0, sizeof *h);
    assert_non_null(h);
    n->acts[net][0] = calloc((size_t)(w0 * samples), sizeof(double));
    n->acts[net][1] = calloc((size_t)(w1 * samples), sizeof(double));
    assert_true(n->acts[net][0] && n->acts[net][1]);
    for (int s = 0; s < samples; s++) {
        double mean = 0, square = 0;
        for (int o = 0; o < w0; o++) {
            double sum = ab[o];
            for (int i = 0; i < n->inputs; i++)
                sum += a[o * n->inputs + i] * x[s * n->inputs + i];
            n->acts[net][0][o * samples + s] = sum;
            h[o] = sum > 0 ? sum : 0;
            mean += h[o] / w0;
        }
        for (int o = 0; o < w0; o++)
            square += (h[o] - mean) * (h[o] - mean) / w0;
        for (int o = 0; o < w1; o++) {
            double sum = bb[o];
            for (int i = 0; i < w0; i++)
                sum += b[o * w0 + i] * ((h[i] - mean) / sqrt(square + 1e-5) * g[i] + gb[i]);
            n->acts[net][1][o * samples + s] = sum;
        }
    }
    free(h);
    free(x);
    free(a);
    free(ab);
    free(g);
    free(gb);
    free(b);
    free(bb);
}

static void compare(const nets *n, const char *mode, const char *name, const double *got, int count,
                    bool soft)
{
    char text[60];
    snprintf(text, sizeof text, "%s/%s", mode, name);
    double *want = golden_read(n->file, "", text, (size_t)count);
    for (int i = 0; i < count; i++)
        if (!(fabs(got[i] - want[i]) <= (!golden_is_double(n->file) ? 1e-4
                                         : soft                     ? 1e-6
                                                                    : 1e-9) *
                                            (1 + fabs(want[i]))))
            fail_msg("%s[%d]: %.12g, not %.12g", text, i, got[i], want[i]);
    free(want);
}

/* W <- (1 - alpha) T_out' W0 T_in + alpha W1; either map may be none. out and in: of net 0. */
static double *fused(const nets *n, const char *name, int out, int in, const double *to, const double *ti,
                     double **aligned)
{
    double *w0 = read_net(n, 0, name, out * in), *w1 = read_net(n, 1, name, out * in),
           *half = calloc((size_t)(out * in), sizeof *half), *got = calloc((size_t)(out * in), sizeof *got);
    assert_true(half && got);
    for (int o = 0; o < out; o++)
        for (int j = 0; j < in; j++)
            for (int i = 0; i < in; i++)
                half[o * in + j] += w0[o * in + i] * (ti ? ti[i * in + j] : i == j);
    for (int p = 0; p < out; p++)
        for (int o = 0; o < out; o++)
            for (int j = 0; j < in; j++)
                got[p * in + j] += half[o * in + j] * (to ? to[o * out + p] : o == p);
    for (int i = 0; i < out * in; i++)
        got[i] = (1 - n->alpha) * got[i] + n->alpha * w1[i];
    if (aligned)
        *aligned = half;
    else
        free(half);
    free(w0);
    free(w1);
    return got;
}

static void check_fused(const nets *n, const char *mode, const char *name, int out, int in, const double *to,
                        const double *ti, bool soft)
{
    char text[60];
    double *got = fused(n, name, out, in, to, ti, NULL);
    snprintf(text, sizeof text, "fused/%s", name);
    compare(n, mode, text, got, out * in, soft);
    free(got);
}

static void check_mode(nets *n, const char *mode, bool activations, double reg)
{
    static const char *const layers[] = {"fc0.weight", "fc1.weight"};
    const int samples = n->samples, w0 = n->widths[0], w1 = n->widths[1];
    nn_error error = {0};
    double *map[2];
    for (int l = 0; l < 2; l++) {
        const int width = n->widths[l], in = l ? w0 : n->inputs;
        const size_t length = (size_t)(activations ? samples : in);
        double *a, *b, *cost = calloc((size_t)(width * width), sizeof *cost);
        map[l] = calloc((size_t)(width * width), sizeof(double));
        if (activations) {
            a = malloc((size_t)width * length * sizeof *a);
            b = malloc((size_t)width * length * sizeof *b);
            assert_true(a && b);
            memcpy(a, n->acts[0][l], (size_t)width * length * sizeof *a);
            memcpy(b, n->acts[1][l], (size_t)width * length * sizeof *b);
        } else {
            double *mixed = fused(n, layers[l], width, in, NULL, l ? map[0] : NULL, &a);
            free(mixed);
            b = read_net(n, 1, layers[l], width * in);
        }
        fc_transport_cost(cost, a, width, b, width, length, activations);
        assert_int_equal(fc_transport_map(map[l], cost, width, width, reg, &error), NN_OK);
        compare(n, mode, l ? "cost/fc1" : "cost/fc0", cost, width * width, reg > 0);
        compare(n, mode, l ? "map/fc1" : "map/fc0", map[l], width * width, reg > 0);
        free(a);
        free(b);
        free(cost);
    }
    const bool soft = reg > 0;
    check_fused(n, mode, "fc0.weight", w0, n->inputs, map[0], NULL, soft);
    check_fused(n, mode, "fc0.bias", w0, 1, map[0], NULL, soft);
    check_fused(n, mode, "norm.weight", w0, 1, map[0], NULL, soft);
    check_fused(n, mode, "norm.bias", w0, 1, map[0], NULL, soft);
    check_fused(n, mode, "fc1.weight", w1, w0, map[1], map[0], soft);
    check_fused(n, mode, "fc1.bias", w1, 1, map[1], NULL, soft);
    check_fused(n, mode, "fc2.weight", n->outputs, w1, NULL, map[1], soft);
    check_fused(n, mode, "fc2.bias", n->outputs, 1, NULL, NULL, soft);
    free(map[0]);
    free(map[1]);
}

static void test_published(void **state)
{
    (void)state;
    nets n;
    open_nets(&n);
    run_net(&n, 0);
    run_net(&n, 1);
    check_mode(&n, "wts_emd", false, 0);
    check_mode(&n, "acts_emd", true, 0);
    check_mode(&n, "wts_sinkhorn", false, n.reg[0]);
    check_mode(&n, "acts_sinkhorn", true, n.reg[1]);
    for (int i = 0; i < 4; i++)
        free(n.acts[i / 2][i % 2]);
    nn_st_close(n.file);
}

/* Of unlike numbers every column still has the sum 1, and every row the same. */
static void test_margins(void **state)
{
    (void)state;
    enum { N0 = 4, N1 = 6 };
    nn_error error = {0};
    double cost[N0 * N1], map[N0 * N1];
    for (int i = 0; i < N0 * N1; i++)
        cost[i] = 0.5 + 0.5 * sin(7 * i);
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(fc_transport_map(map, cost, N0, N1, turn ? 0.05 : 0, &error), NN_OK);
        for (int j = 0; j < N1; j++) {
            double sum = 0;
            for (int i = 0; i < N0; i++)
                sum += map[i * N1 + j];
            assert_true(fabs(sum - 1) < 1e-9);
        }
        for (int i = 0; i < N0; i++) {
            double sum = 0;
            for (int j = 0; j < N1; j++)
                sum += map[i * N1 + j];
            assert_true(fabs(sum - (double)N1 / N0) < 1e-8);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_published), cmocka_unit_test(test_margins)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
