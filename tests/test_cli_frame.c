/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may stand around the network of a table, from the command line: the table of a cycle, and the linear
 * forecast that it adds to. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 700, CYCLE = 24 };

static double number_after(const char *text, const char *key)
{
    const char *found = strstr(text, key);
    if (!found)
        fail_msg("no %s in %s", key, text);
    return atof(found + strlen(key));
}

static double number_of(const char *words, const char *key)
{
    program_result r = program_expect(words, 0);
    const double value = number_after(r.out, key);
    program_result_free(&r);
    return value;
}

/* A course of the day with sharp turns, and a slow wave beside it. */
static double value_at(int t, int column)
{
    const int hour = (t + 5 * column) % CYCLE;
    return (1 + column) * (hour * hour * 79 % 13 - 6) + 2 * sin(t * .05 + column);
}

static int setup(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    (void)state;
    assert_non_null(f);
    fputs("date,a,b\n", f);
    for (int t = 0; t < ROWS; t++)
        fprintf(f, "2020-01-%02d %02d:00:00,%.5f,%.5f\n", 1 + t / 24, t % 24, value_at(t, 0), value_at(t, 1));
    fclose(f);
    program_write("data.csv", text, size);
    free(text);
    return 0;
}

#define TRAIN "train data.csv --horizon 12 --split 0.6/0.2/0.2 --season 24 --lookback 6 "
#define SMALL "--model itransformer --d-model 8 --heads 2 --layers 1 --epochs 3 --features none "

/* A look-back of a quarter of a day does not show where in the day it stands; the table knows. */
static void test_cycle(void **state)
{
    (void)state;
#define LONGER "--epochs 30 --learning-rate 1e-2 "
    program_discard(program_expect(TRAIN SMALL LONGER "-o without.safetensors", 0));
    program_discard(program_expect(TRAIN SMALL LONGER "--cycle -1 --threads 1 -o cycle.safetensors", 0));
    program_discard(program_expect(TRAIN SMALL LONGER "--cycle 24 --threads 2 -o other.safetensors", 0));
    assert_true(program_same("cycle.safetensors", "other.safetensors"));
    const double without = number_of("evaluate data.csv without.safetensors --json", "\"mse\": "),
                 with = number_of("evaluate data.csv cycle.safetensors --json", "\"mse\": ");
    if (!(with < .5 * without))
        fail_msg("MSE %g with the cycle, %g without", with, without);
    program_result r = program_expect("inspect cycle.safetensors --parameters", 0);
    assert_non_null(strstr(r.out, "cycle.weight"));
    assert_non_null(strstr(r.out, "cycle 24"));
    program_result_free(&r);
    program_discard(program_expect(TRAIN SMALL "--cycle -1 --variates-per-batch 1 -o x.safetensors", 2));
    program_discard(program_expect(TRAIN "--model time2vec --epochs 1 --cycle -1 -o rows.safetensors", 0));
    program_discard(program_expect("forecast data.csv rows.safetensors", 0));
}

/* Forecasts that are fed back go on in the cycle: a day and a half is as good as half a day. */
static void test_fed_back(void **state)
{
    (void)state;
    program_result r = program_expect("forecast data.csv cycle.safetensors --steps 36", 0);
    const char *line = strchr(r.out, '\n');
    double sum[3] = {0};
    for (int h = 0; h < 36; h++) {
        const char *value = strchr(line + 1, ',');
        sum[h / 12] += fabs(atof(value + 1) - value_at(ROWS + h, 0)) / 12;
        line = strchr(line + 1, '\n');
    }
    if (!(sum[1] < 2.5 && sum[2] < 2.5))
        fail_msg("mean errors %g, %g, %g", sum[0], sum[1], sum[2]);
    program_result_free(&r);
}

/* Before its first step the network adds nothing to the linear forecast, and is kept so where nothing is
 * better; where it is trained, what is kept is no worse. */
static void test_base(void **state)
{
    (void)state;
    program_discard(program_expect(TRAIN SMALL "--base linear --threads 1 -o one.safetensors", 0));
    program_discard(program_expect(TRAIN SMALL "--base linear --threads 2 -o two.safetensors", 0));
    assert_true(program_same("one.safetensors", "two.safetensors"));
    program_result r = program_expect("inspect one.safetensors --json", 0);
    const double start = number_after(r.out, "\"start_validation_loss\": ");
    program_result_free(&r);
    program_discard(
        program_expect(TRAIN SMALL "--base linear --learning-rate 1e-12 -o still.safetensors", 0));
    const double still =
        number_of("evaluate data.csv still.safetensors --json --part validation", "\"mse\": ");
    assert_true(fabs(still - start) < 1e-5 * start);
    const double kept = number_of("evaluate data.csv one.safetensors --json --part validation", "\"mse\": ");
    if (!(kept <= start * 1.000001))
        fail_msg("MSE %g, of the linear forecast %g", kept, start);
    /* What is told of its files: as much as of others. */
    program_discard(program_expect("forecast data.csv still.safetensors --level 80", 0));
    r = program_expect("forecast data.csv one.safetensors --steps 13", 2);
    assert_non_null(strstr(r.err, "beyond the horizon of 12 that the model was fitted for"));
    program_result_free(&r);
    program_discard(program_expect("update one.safetensors data.csv -o x.safetensors", 0));
    program_discard(program_expect(
        "backtest data.csv --horizon 12 --lookback 6 --folds 2 --seeds 1 --base linear " SMALL, 0));
    program_discard(program_expect("plot attention data.csv one.safetensors", 0));
}

/* Patches are named by their rows, and the title stands in whole. */
static void test_patches(void **state)
{
    (void)state;
    program_discard(program_expect(
        "train data.csv --lookback 22 --horizon 6 --tokenizer patch:len=8 " SMALL "-o patch.safetensors", 0));
    program_result r = program_expect("plot attention data.csv patch.safetensors", 0);
    assert_non_null(strstr(r.out, "-20 to -13"));
    assert_non_null(strstr(r.out, "-8 to -1"));
    program_result_free(&r);
    program_discard(program_expect("plot attention data.csv patch.safetensors --plot-script patch.gp", 0));
    size_t size;
    char *text = program_read("patch.gp", &size);
    assert_non_null(text);
    assert_non_null(strstr(text, "Attention of itransformer, layer 1 (--layer 0), mean of heads"));
    free(text);
}

/* A mixer that counts tokens: the model is of its own columns, and says so of others. */
static void test_normlin(void **state)
{
    (void)state;
#define MIXED SMALL "--mixer normlin --features none "
    program_discard(program_expect(TRAIN MIXED "--threads 1 -o one.safetensors", 0));
    program_discard(program_expect(TRAIN MIXED "--threads 2 -o two.safetensors", 0));
    assert_true(program_same("one.safetensors", "two.safetensors"));
    program_discard(program_expect("forecast data.csv one.safetensors --steps 30", 0));
    program_discard(program_expect("evaluate data.csv one.safetensors", 0));
    program_result r = program_expect("inspect one.safetensors --parameters", 0);
    assert_non_null(strstr(r.out, "encoder.attn_layers.0.mixing.weight"));
    program_result_free(&r);
    program_discard(program_expect(TRAIN MIXED "--variates-per-batch 1 -o x.safetensors", 2));
    size_t size;
    char *text = program_read("data.csv", &size);
    assert_non_null(text);
    memcpy(text, "date,a,c", 8);
    program_write("other.csv", text, size);
    free(text);
    r = program_expect("evaluate other.csv one.safetensors", 3);
    if (!strstr(r.err, "the column 'b' that the model was trained on is missing"))
        fail_msg("%s", r.err);
    program_result_free(&r);
}

/* The basis is of the training rows, the same for every seed, and is kept. */
static void test_orthogonal(void **state)
{
    (void)state;
#define TURNED SMALL "--tokenizer orthogonal "
    program_discard(program_expect(TRAIN TURNED "--threads 1 -o one.safetensors", 0));
    program_discard(program_expect(TRAIN TURNED "--threads 2 -o two.safetensors", 0));
    assert_true(program_same("one.safetensors", "two.safetensors"));
    program_discard(program_expect("forecast data.csv one.safetensors --steps 30", 0));
    program_result r = program_expect("inspect one.safetensors --parameters", 0);
    assert_non_null(strstr(r.out, "orthogonal.in.weight"));
    assert_non_null(strstr(r.out, "orthogonal.out.weight"));
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cycle),   cmocka_unit_test(test_fed_back),   cmocka_unit_test(test_base),
        cmocka_unit_test(test_normlin), cmocka_unit_test(test_orthogonal), cmocka_unit_test(test_patches),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_frame PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, setup, NULL);
    program_tear_down();
    return failed;
}
