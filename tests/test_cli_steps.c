/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the steps of the horizon count while training, and easy windows first, from the command line. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 500 };

/* A walk that returns: the further ahead, the harder. */
static int setup(void **state)
{
    char *text = NULL;
    size_t size = 0;
    double y[2] = {0};
    unsigned random = 1;
    FILE *f = open_memstream(&text, &size);
    (void)state;
    assert_non_null(f);
    fputs("a,b\n", f);
    for (int t = 0; t < ROWS; t++)
        for (int c = 0; c < 2; c++) {
            random = random * 1664525u + 1013904223u;
            y[c] = 0.8 * y[c] + (double)(random >> 8) / (1 << 24) - 0.5 + sin(t * 0.3);
            fprintf(f, "%.4f%c", y[c], c ? '\n' : ',');
        }
    fclose(f);
    program_write("data.csv", text, size);
    free(text);
    return 0;
}

#define TRAIN                                                                                                \
    "train data.csv --model itransformer --lookback 12 --horizon 8 --split 0.6/0.2/0.2 --season 1 "          \
    "--d-model 8 --heads 2 --layers 1 --batch 16 --learning-rate 1e-2 --patience 0 "

static bool file_says(const char *name, const char *words)
{
    size_t size;
    char *text = program_read(name, &size);
    assert_non_null(text);
    const bool found = memmem(text, size, words, strlen(words)) != NULL;
    free(text);
    return found;
}

/* A file of a training without them is as it was before there were any. */
static void test_defaults(void **state)
{
    (void)state;
    program_discard(program_expect(TRAIN "--epochs 2 -o plain.safetensors", 0));
    program_discard(
        program_expect(TRAIN "--epochs 2 --step-loss even --curriculum none -o said.safetensors", 0));
    assert_true(program_same("plain.safetensors", "said.safetensors"));
    assert_false(file_says("plain.safetensors", "step-loss"));
    assert_false(file_says("plain.safetensors", "curriculum"));
    program_discard(program_expect("forecast data.csv plain.safetensors", 0));
}

/* Another training each, kept in the file, the same on any number of threads. */
static void test_settings(void **state)
{
    (void)state;
    static const char *const settings[] = {"--step-loss decay ", "--step-loss growth ",
                                           "--curriculum easy-first ",
                                           "--step-loss decay --curriculum easy-first "};
    char words[600];
    program_discard(program_expect(TRAIN "--epochs 4 -o base.safetensors", 0));
    for (int i = 0; i < 4; i++) {
        snprintf(words, sizeof words, TRAIN "--epochs 4 %s--threads 1 --force -o one.safetensors",
                 settings[i]);
        program_discard(program_expect(words, 0));
        snprintf(words, sizeof words, TRAIN "--epochs 4 %s--threads 2 --force -o two.safetensors",
                 settings[i]);
        program_discard(program_expect(words, 0));
        assert_true(program_same("one.safetensors", "two.safetensors"));
        assert_false(program_same("one.safetensors", "base.safetensors"));
        assert_int_equal(file_says("one.safetensors", "step-loss"), i != 2);
        assert_int_equal(file_says("one.safetensors", "easy-first"), i >= 2);
        program_discard(program_expect("forecast data.csv one.safetensors", 0));
    }
    program_result r = program_expect("inspect one.safetensors", 0);
    assert_non_null(strstr(r.out, "step-loss decay"));
    assert_non_null(strstr(r.out, "curriculum easy-first"));
    program_result_free(&r);
}

/* Of the naive forecast the validation loss does not change: steps count there all the same. */
static void test_validation(void **state)
{
    (void)state;
    program_discard(program_expect(TRAIN "--epochs 1 --learning-rate 1e-12 -o still.safetensors", 0));
    program_discard(
        program_expect(TRAIN "--epochs 1 --learning-rate 1e-12 --step-loss growth -o grown.safetensors", 0));
    double loss[2];
    for (int i = 0; i < 2; i++) {
        program_result r =
            program_expect(i ? "inspect grown.safetensors --json" : "inspect still.safetensors --json", 0);
        const char *at = strstr(r.out, "\"validation_loss\": [");
        assert_non_null(at);
        loss[i] = strtod(at + strlen("\"validation_loss\": ["), NULL);
        program_result_free(&r);
    }
    assert_true(loss[0] > 0 && fabs(loss[1] / loss[0] - 1) < 1e-6);
}

static void test_refusals(void **state)
{
    (void)state;
    program_refused(TRAIN "--epochs 1 --curriculum easy-first -o x.safetensors", 2,
                    "takes --epochs 2 or more");
    program_refused(TRAIN "--epochs 1 --step-loss far -o x.safetensors", 2, "--step-loss");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_defaults), cmocka_unit_test(test_settings),
                                       cmocka_unit_test(test_validation), cmocka_unit_test(test_refusals)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_steps PROGRAM\n", stderr);
        return 2;
    }
    const int failed = cmocka_run_group_tests(tests, setup, NULL);
    program_tear_down();
    return failed;
}
