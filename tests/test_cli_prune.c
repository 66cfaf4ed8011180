/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of tables and of light curves with parts left out, or sliced: they forecast and classify, their
 * files are smaller, and where nothing is left out they are the same. */
#include "forecast/model.h"
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void quietly(const char *words)
{
    program_result r = program_expect(words, 0);
    program_result_free(&r);
}

static void refused(const char *words, int status, const char *said)
{
    program_result r = program_expect(words, status);
    if (!strstr(r.err, said))
        fail_msg("auspex %s: no '%s' in:\n%s", words, said, r.err);
    program_result_free(&r);
}

/* Three series of which each follows the season of 7 in its own size. */
static void write_data(void)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("a,b,c\n", out);
    for (int i = 0; i < 400; i++)
        fprintf(out, "%.4f,%.4f,%.4f\n", 50 + 9 * sin(i % 7) + sin(i * i % 11), 20 + 3 * cos(i % 7),
                5 + sin(i % 7) + .01 * i);
    fclose(out);
    program_write("data.csv", text, size);
    free(text);
}

static long size_of(const char *name)
{
    size_t size;
    char *bytes = program_read(name, &size);
    assert_non_null(bytes);
    free(bytes);
    return (long)size;
}

/* Root mean square of the differences of two forecasts, over the root mean square of the first. */
static double apart(const char *words, const char *others)
{
    program_result x = program_expect(words, 0), y = program_expect(others, 0);
    double sum = 0, all = 0;
    const char *a = strchr(x.out, '\n'), *b = strchr(y.out, '\n');
    while (a && b && *++a && *++b) {
        char *end_a, *end_b;
        const double va = strtod(a, &end_a), vb = strtod(b, &end_b);
        sum += (va - vb) * (va - vb);
        all += va * va;
        a = strpbrk(end_a, ",\n");
        b = strpbrk(end_b, ",\n");
    }
    program_result_free(&x);
    program_result_free(&y);
    assert_true(all > 0);
    return sqrt(sum / all);
}

/* A bundled file under a name without blanks or underscores. */
static void bring(const char *sample, const char *name)
{
    char path[1200];
    const char *source = getenv("AUSPEX_SOURCE");
    snprintf(path, sizeof path, "%s/datasets/samples/%s", source ? source : ".", sample);
    FILE *from = fopen(path, "rb");
    assert_non_null(from);
    assert_int_equal(fseek(from, 0, SEEK_END), 0);
    const size_t size = (size_t)ftell(from);
    rewind(from);
    char *bytes = malloc(size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, size, from), size);
    fclose(from);
    program_write(name, bytes, size);
    free(bytes);
}

static bool same_bytes(const char *a, const char *b)
{
    size_t n, m;
    char *x = program_read(a, &n), *y = program_read(b, &m);
    assert_non_null(x);
    assert_non_null(y);
    const bool same = n == m && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}

/* A copy of a model whose setting is another. */
static void rewrite(const char *from, const char *to, const char *name, const char *value)
{
    fc_model *model;
    nn_error error = {0};
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", program_folder(), from);
    assert_int_equal(fc_model_load(&model, 0, path, &error), NN_OK);
    const nn_option *option = nn_option_find(model->kind->options, name);
    assert_int_equal(nn_option_set(option, model->config, value, &error), NN_OK);
    snprintf(path, sizeof path, "%s/%s", program_folder(), to);
    assert_int_equal(fc_model_save(model, path, &error), NN_OK);
    fc_model_free(model);
}

static void test_table(void **state)
{
    (void)state;
    write_data();
    quietly(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 32 --layers 2 --epochs 3 "
        "--seed 1 -o m.safetensors");
    program_result r =
        program_expect("prune m.safetensors --data data.csv --tolerance 3% --json -o p.safetensors", 0);
    assert_null(strstr(r.out, "\"removed\": 0,"));
    program_result_free(&r);
    assert_true(size_of("p.safetensors") < size_of("m.safetensors"));
    quietly("evaluate data.csv p.safetensors --json");
    quietly("forecast data.csv p.safetensors --level 80");
    quietly("update p.safetensors data.csv --split 0.6/0.2/0.2 -o again.safetensors");
    quietly("compress p.safetensors --lowrank rank=0.5 --quantise -o pl.safetensors");
    /* the same for any number of threads */
    quietly("prune m.safetensors --data data.csv --tolerance 3% --threads 1 -o p1.safetensors");
    assert_true(same_bytes("p.safetensors", "p1.safetensors"));
    /* most of it may go, and what is left is a model still */
    quietly("prune m.safetensors --data data.csv --tolerance 99% --groups 4 -o least.safetensors");
    assert_true(size_of("least.safetensors") < size_of("p.safetensors"));
    quietly("forecast data.csv least.safetensors");
}

/* Of a network of time tokens, with heads wider than the model's share, and nothing to leave out of one whose
 * parts cannot go. */
static void test_nothing(void **state)
{
    (void)state;
    quietly(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 16 --layers 1 --mixer none "
        "--ffn none --epochs 2 --seed 1 -o bare.safetensors");
    quietly("prune bare.safetensors --data data.csv -o same.safetensors");
    assert_true(same_bytes("bare.safetensors", "same.safetensors"));
    quietly("train data.csv --model time2vec --lookback 28 --horizon 7 --epochs 2 --ffn swiglu --mixer gated "
            "--seed 1 -o t.safetensors");
    quietly("prune t.safetensors --data data.csv --tolerance 20% -o tp.safetensors");
    quietly("forecast data.csv tp.safetensors");
}

static void test_slices(void **state)
{
    (void)state;
    quietly(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 32 --layers 2 --ffn nested "
        "--epochs 3 --seed 1 -o n.safetensors");
    quietly("slice n.safetensors --ffn 1 -o whole.safetensors");
    quietly("slice n.safetensors --ffn 1/4 -o quarter.safetensors");
    quietly("slice n.safetensors --ffn 1/4,1/2 --data data.csv -o mixed.safetensors");
    quietly("forecast data.csv mixed.safetensors");
    assert_true(apart("forecast data.csv n.safetensors", "forecast data.csv whole.safetensors") < 1e-6);
    assert_true(size_of("quarter.safetensors") < size_of("mixed.safetensors"));
    assert_true(size_of("mixed.safetensors") < size_of("n.safetensors"));
    rewrite("n.safetensors", "at.safetensors", "ffn", "nested:slice=4");
    assert_true(apart("forecast data.csv at.safetensors", "forecast data.csv quarter.safetensors") < 1e-6);
    assert_true(apart("forecast data.csv n.safetensors", "forecast data.csv quarter.safetensors") > 1e-4);
    refused("slice m.safetensors --ffn 1/4 -o x.safetensors", 2, "--ffn nested");
    refused("slice n.safetensors --ffn 1/0 -o x.safetensors", 2, "is no share");
    refused("slice n.safetensors --ffn 1/4,1/2,1 -o x.safetensors", 2, "one for each of the 2 layers");
    refused("slice n.safetensors -o x.safetensors", 2, "--ffn is missing");
}

static void test_light_curves(void **state)
{
    (void)state;
    bring("simulated_t2.safetensors", "t2.safetensors");
    bring("simulated_lightcurves.csv.gz", "sky.csv.gz");
    bring("simulated_lightcurves_metadata.csv", "meta.csv");
    quietly("prune t2.safetensors --data sky.csv.gz --metadata meta.csv --tolerance 2% -o p.safetensors");
    assert_true(size_of("p.safetensors") <= size_of("t2.safetensors"));
    quietly("classify sky.csv.gz p.safetensors --metadata meta.csv");
    quietly("evaluate sky.csv.gz p.safetensors --metadata meta.csv --json");
}

/* A small network from a large one: all of the teacher is another model than all of the truth. */
static void test_teacher(void **state)
{
    (void)state;
    quietly(
        "train data.csv --teacher m.safetensors --blend 1 --lookback 28 --horizon 7 --d-model 8 --layers 1 "
        "--epochs 3 --seed 1 -o pupil.safetensors");
    quietly(
        "train data.csv --teacher m.safetensors --blend 0 --lookback 28 --horizon 7 --d-model 8 --layers 1 "
        "--epochs 3 --seed 1 -o truth.safetensors");
    quietly("train data.csv --lookback 28 --horizon 7 --d-model 8 --layers 1 --epochs 3 --seed 1 "
            "-o alone.safetensors");
    assert_true(same_bytes("truth.safetensors", "alone.safetensors"));
    assert_false(same_bytes("truth.safetensors", "pupil.safetensors"));
    quietly(
        "train data.csv --teacher m.safetensors --blend 1 --lookback 28 --horizon 7 --d-model 8 --layers 1 "
        "--epochs 3 --seed 1 --threads 1 -o pupil1.safetensors");
    assert_true(same_bytes("pupil.safetensors", "pupil1.safetensors"));
    quietly("train sky.csv.gz --metadata meta.csv --model t2 --teacher t2.safetensors --d-model 16 --heads 4 "
            "--d-ff 32 --epochs 1 -o small.safetensors");
    refused("train data.csv --teacher m.safetensors --lookback 14 --horizon 7 -o x.safetensors", 2,
            "--lookback 28 --horizon 7");
    refused("train data.csv --teacher m.safetensors --lookback 28 --horizon 7 --split 0.5/0.2/0.3 -o "
            "x.safetensors",
            2, "with the same data");
    refused("train data.csv --model theta --teacher m.safetensors -o x.safetensors", 2, "is for networks");
    refused("train data.csv --blend 0.3 --lookback 28 --horizon 7 -o x.safetensors", 2, "none is named");
    refused(
        "train sky.csv.gz --metadata meta.csv --model t2 --grid 50 --teacher t2.safetensors -o x.safetensors",
        2, "sees objects otherwise");
}

static void test_refused(void **state)
{
    (void)state;
    quietly("train data.csv --model theta -o theta.safetensors");
    quietly("compress m.safetensors --quantise -o q.safetensors");
    refused("prune theta.safetensors --data data.csv -o x.safetensors", 2, "is no network");
    refused("prune q.safetensors --data data.csv -o x.safetensors", 2, "compressed already");
    refused("prune m.safetensors -o x.safetensors", 2, "--data names");
    refused("prune m.safetensors --data data.csv", 2, "--output is missing");
    refused("prune m.safetensors --data data.csv -o data.csv", 2, "written over");
    refused("prune m.safetensors --data data.csv --tolerance x -o x.safetensors", 2, "is no share");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),   cmocka_unit_test(test_nothing),
                                       cmocka_unit_test(test_slices),  cmocka_unit_test(test_light_curves),
                                       cmocka_unit_test(test_teacher), cmocka_unit_test(test_refused)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_prune PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
