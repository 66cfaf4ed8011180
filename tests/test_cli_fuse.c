/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two networks fused from the command line: one and a copy of it in another order give that copy. */
#include "forecast/model.h"
#include "seasons_file.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 16, HEADS = 4, LAYERS = 2 };

/* What stood at place order[k] of a dimension stands at k. */
static void permute(fc_model *model, const char *name, int axis, const int *order)
{
    const nn_param *p = nn_params_find(model->params, name);
    if (!p)
        fail_msg("no %s", name);
    size_t inner = 1, n = (size_t)p->shape[axis];
    for (int k = axis + 1; k < p->rank; k++)
        inner *= (size_t)p->shape[k];
    nn_real *data = model->params->data + p->offset, *old = malloc(p->count * sizeof *old);
    assert_non_null(old);
    memcpy(old, data, p->count * sizeof *old);
    for (size_t e = 0; e < p->count; e++) {
        const size_t outer = e / (n * inner), place = e / inner % n;
        data[e] = old[(outer * n + (size_t)order[place]) * inner + e % inner];
    }
    free(old);
}

static void permute_layer(fc_model *model, int layer, const char *part, int axis, const int *order, bool bias)
{
    char name[80];
    snprintf(name, sizeof name, "encoder.attn_layers.%d.%s.weight", layer, part);
    permute(model, name, axis, order);
    snprintf(name, sizeof name, "encoder.attn_layers.%d.%s.bias", layer, part);
    if (bias)
        permute(model, name, 0, order);
}

/* The columns of tokens, heads and columns within them, and hidden units in another order. */
static void reorder(const char *from, const char *to)
{
    fc_model *model;
    nn_error error = {0};
    int stream[WIDTH], qk[WIDTH], v[WIDTH], hidden[WIDTH];
    const int width = WIDTH / HEADS;
    assert_int_equal(fc_model_load(&model, 0, from, &error), NN_OK);
    for (int i = 0; i < WIDTH; i++) {
        const int head = (i / width * 3 + 1) % HEADS;
        stream[i] = (5 * i + 3) % WIDTH;
        hidden[i] = (11 * i + 7) % WIDTH;
        qk[i] = head * width + (3 * (i % width) + 2) % width;
        v[i] = head * width + (i % width + 1) % width;
    }
    permute(model, "enc_embedding.value_embedding.weight", 0, stream);
    permute(model, "enc_embedding.value_embedding.bias", 0, stream);
    permute(model, "encoder.norm.weight", 0, stream);
    permute(model, "encoder.norm.bias", 0, stream);
    permute(model, "projector.weight", 1, stream);
    for (int l = 0; l < LAYERS; l++) {
        permute_layer(model, l, "attention.query_projection", 0, qk, true);
        permute_layer(model, l, "attention.key_projection", 0, qk, true);
        permute_layer(model, l, "attention.value_projection", 0, v, true);
        permute_layer(model, l, "attention.query_projection", 1, stream, false);
        permute_layer(model, l, "attention.key_projection", 1, stream, false);
        permute_layer(model, l, "attention.value_projection", 1, stream, false);
        permute_layer(model, l, "attention.out_projection", 0, stream, true);
        permute_layer(model, l, "attention.out_projection", 1, v, false);
        permute_layer(model, l, "conv1", 0, hidden, true);
        permute_layer(model, l, "conv1", 1, stream, false);
        permute_layer(model, l, "conv2", 0, stream, true);
        permute_layer(model, l, "conv2", 1, hidden, false);
        permute_layer(model, l, "norm1", 0, stream, true);
        permute_layer(model, l, "norm2", 0, stream, true);
    }
    assert_int_equal(fc_model_save(model, to, &error), NN_OK);
    fc_model_free(model);
}

/* The largest difference of two models' weights. */
static double apart(const char *a, const char *b)
{
    fc_model *x, *y;
    nn_error error = {0};
    double most = 0;
    assert_int_equal(fc_model_load(&x, 0, a, &error), NN_OK);
    assert_int_equal(fc_model_load(&y, 0, b, &error), NN_OK);
    assert_int_equal(x->params->size, y->params->size);
    for (size_t i = 0; i < x->params->size; i++)
        most = fmax(most, fabs((double)x->params->data[i] - (double)y->params->data[i]));
    fc_model_free(x);
    fc_model_free(y);
    return most;
}

static char path[1200]; /* of a file of the tests' folder */
static const char *in_folder(const char *name, char text[1200])
{
    snprintf(text, 1200, "%s/%s", program_folder(), name);
    return text;
}

static void test_permuted(void **state)
{
    (void)state;
    char other[1200];
    seasons_write();
    program_discard(program_expect(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 16 --heads 4 --layers 2 "
        "--epochs 3 --seed 1 -o a.safetensors",
        0));
    reorder(in_folder("a.safetensors", path), in_folder("b.safetensors", other));
    assert_true(apart(path, other) > 0.01);
    program_discard(program_expect(
        "fuse a.safetensors b.safetensors --data data.csv --align ot:reg=0 -o ab.safetensors", 0));
    assert_true(apart(in_folder("ab.safetensors", path), other) < 1e-6);
    program_discard(program_expect(
        "fuse a.safetensors b.safetensors --data data.csv --align ot:reg=0.001 -o soft.safetensors", 0));
    assert_true(apart(in_folder("soft.safetensors", path), other) < 1e-3);
}

static void test_apart(void **state)
{
    (void)state;
    program_discard(program_expect(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 16 --heads 4 --layers 2 "
        "--epochs 3 --seed 2 -o c.safetensors",
        0));
    program_result r = program_expect(
        "fuse a.safetensors c.safetensors --data data.csv --epochs 2 --json -o ac.safetensors", 0);
    assert_non_null(strstr(r.out, "\"fused\""));
    program_result_free(&r);
    program_discard(program_expect("forecast data.csv ac.safetensors --level 80", 0));
    program_discard(program_expect(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 32 --layers 2 --epochs 1 "
        "-o wide.safetensors",
        0));
    program_refused("fuse a.safetensors wide.safetensors --data data.csv -o x.safetensors", 2,
                    "of other settings");
    program_refused("fuse a.safetensors c.safetensors --data data.csv --align best -o x.safetensors", 2,
                    "is not ot:reg=R");
    program_refused("fuse a.safetensors c.safetensors -o x.safetensors", 2, "--data names");
    program_discard(program_expect("compress a.safetensors --quantise -o q.safetensors", 0));
    program_refused("fuse q.safetensors c.safetensors --data data.csv -o x.safetensors", 2,
                    "compressed already");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_permuted), cmocka_unit_test(test_apart)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_fuse PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
