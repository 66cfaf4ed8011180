/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program with the model kind time2vec: it learns what can be learned, and refuses what does not fit. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 300 };

#define TRAIN                                                                                                \
    "train data.csv --model time2vec --lookback 14 --horizon 4 --learning-rate 3e-3 --seed 3 --threads 1 "   \
    "-q "

/* Two weekly waves of a drifting level. */
static void write_data(void)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs("a,b,c\n", file);
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "%.4f,%.4f,%.4f\n", 10 + 3 * sin(2 * M_PI * i / 7), 5 + 2 * cos(2 * M_PI * i / 7),
                0.01 * i + sin(2 * M_PI * i / 7 + 1));
    fclose(file);
    program_write("data.csv", text, size);
    free(text);
}

static void expect_only(const char *words, int status)
{
    program_result r = program_expect(words, status);
    program_result_free(&r);
}

static int group_set_up(void **state)
{
    (void)state;
    write_data();
    expect_only(TRAIN "--epochs 6 -o model.safetensors", 0);
    return 0;
}

static void test_beats_naive(void **state)
{
    (void)state;
    static const char *const encodings[] = {"value", "time", "feature"};
    /* The season of these waves repeats itself exactly: only the last value can be beaten. */
    expect_only("evaluate data.csv model.safetensors --season 1 --require-skill", 0);
    expect_only("evaluate data.csv model.safetensors --require-skill", 4);
    for (int i = 0; i < 3; i++) {
        char words[300];
        snprintf(words, sizeof words,
                 TRAIN "--epochs 6 --encoding %s --sines 3 --residual paper -o other.safetensors",
                 encodings[i]);
        expect_only(words, 0);
        expect_only("evaluate data.csv other.safetensors --season 1 --require-skill", 0);
    }
    remove("other.safetensors");
}

static void test_forecast_and_inspect(void **state)
{
    (void)state;
    program_result r = program_expect("forecast data.csv model.safetensors --steps 9", 0);
    int lines = 0;
    for (const char *c = r.out; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 1 + 9);
    program_result_free(&r);
    r = program_expect("inspect model.safetensors --parameters", 0);
    assert_non_null(strstr(r.out, "time2vec"));
    assert_non_null(strstr(r.out, "t2v.w_sin"));
    assert_non_null(strstr(r.out, "block.1.q.kernel"));
    program_result_free(&r);
}

/* The rows of the window look at each other; -14 to -1, not the columns. */
static void test_attention(void **state)
{
    (void)state;
    expect_only("plot attention data.csv model.safetensors --layer 1 --head 3 -o map.svg", 0);
    char *picture = program_read("map.svg", NULL);
    assert_non_null(picture);
    assert_non_null(strstr(picture, ">-14<"));
    assert_non_null(strstr(picture, ">-1<"));
    free(picture);
    remove("map.svg");
}

static void test_threads_do_not_matter(void **state)
{
    (void)state;
    size_t size_a, size_b;
    expect_only(
        "train data.csv --model time2vec --lookback 14 --horizon 4 --learning-rate 3e-3 --seed 3 --epochs 6 "
        "--threads 3 -q -o threads.safetensors",
        0);
    char *a = program_read("model.safetensors", &size_a), *b = program_read("threads.safetensors", &size_b);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(a, b, size_a);
    free(a);
    free(b);
    remove("threads.safetensors");
}

/* What is given stands whatever the preset says. */
static void test_preset(void **state)
{
    (void)state;
    expect_only(TRAIN
                "--epochs 1 --heads 2 --preset paper --head-width 3 --d-ff 5 --blocks 1 -o paper.safetensors",
                0);
    program_result r = program_expect("inspect paper.safetensors --parameters", 0);
    assert_non_null(strstr(r.out, "heads 2, head-width 3, d-ff 5, blocks 1"));
    assert_non_null(strstr(r.out, "encoding value"));
    assert_non_null(strstr(r.out, "pool channels"));
    assert_non_null(strstr(r.out, "block.0.q.kernel"));
    assert_null(strstr(r.out, "block.1."));
    program_result_free(&r);
    expect_only("forecast data.csv paper.safetensors", 0);
    r = program_expect(
        "train data.csv --model time2vec --preset paper --lookback 14 --horizon 4 --batch 2 --plan", 0);
    assert_non_null(strstr(r.out, "time2vec value"));
    assert_non_null(strstr(r.out, "(2,14,3072)")); /* 12 heads of 256 */
    program_result_free(&r);
    remove("paper.safetensors");
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *words, *says;
    } cases[] = {
        {"--price-columns 4", "--price-columns: 4 are more than the data's 3 columns"},
        {"--encoding place", "none of preset, value, time, feature"},
        {"--sines 0", "--sines"},
        {"--variates-per-batch 2", "needs all variates at once"},
    };
    int files = program_files();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char words[300];
        snprintf(words, sizeof words, TRAIN "--epochs 1 %s -o x.safetensors", cases[i].words);
        program_result r = program_expect(words, 2);
        if (!strstr(r.err, cases[i].says))
            fail_msg("auspex %s: %s", words, r.err);
        program_result_free(&r);
    }
    assert_int_equal(program_files(), files);
    char two[200] = "a,b\n";
    for (int i = 0; i < 20; i++)
        snprintf(two + strlen(two), sizeof two - strlen(two), "%d,%d\n", i, i % 7);
    program_write("two.csv", two, strlen(two));
    program_result r = program_expect("forecast two.csv model.safetensors", 3);
    assert_non_null(strstr(r.err, "'c'"));
    program_result_free(&r);
    remove("two.csv");
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beats_naive), cmocka_unit_test(test_forecast_and_inspect),
        cmocka_unit_test(test_attention),   cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_preset),      cmocka_unit_test(test_refusals),
    };
    if (count < 2 || program_set_up(words[1])) {
        fputs("usage: test_cli_time2vec PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
