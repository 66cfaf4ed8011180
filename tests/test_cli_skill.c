/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `auspex evaluate` says of a win, of chance and of a loss, in its three forms. */
#include "program.h"

#include "cmocka_all.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS = 400 };

#define SMALL                                                                                                \
    "--lookback 14 --horizon 4 --d-model 8 --heads 2 --layers 1 --batch 16 --seed 3 --epochs 20 "            \
    "--learning-rate 3e-3 --threads 1 -q "

static double uniform(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / (1 << 24) - 0.5;
}

/* Two random walks, seen through noise: the more of it, the worse is the last value as a forecast. */
static void write_walks(const char *name, double noise)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    unsigned state = 12345;
    double a = 0, b = 0;
    assert_non_null(file);
    fputs("date,a,b\n", file);
    for (int i = 0; i < ROWS; i++) {
        time_t when = 1577836800 + 86400 * (time_t)i;
        struct tm day;
        gmtime_r(&when, &day);
        a += uniform(&state);
        b += uniform(&state);
        double seen_a = a + noise * uniform(&state), seen_b = b + noise * uniform(&state);
        fprintf(file, "%d-%02d-%02d,%.4f,%.4f\n", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday, seen_a,
                seen_b);
    }
    fclose(file);
    program_write(name, text, size);
    free(text);
}

static int group_set_up(void **state)
{
    (void)state;
    static const struct {
        const char *data, *train;
        double noise;
    } files[] = {{"win.csv", "train win.csv " SMALL "-o win.safetensors", 3},
                 {"chance.csv", "train chance.csv " SMALL "-o chance.safetensors", 1.4},
                 {"loss.csv", "train loss.csv " SMALL "-o loss.safetensors", 0}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        write_walks(files[i].data, files[i].noise);
        program_result r = program_expect(files[i].train, 0);
        program_result_free(&r);
    }
    return 0;
}

/* Line breaks fall where the terminal's width puts them. */
static void says(const program_result *r, const char *words)
{
    char *text = strdup(r->out);
    assert_non_null(text);
    for (char *c = text; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    if (!strstr(text, words))
        fail_msg("'%s' is not in: %s", words, r->out);
    free(text);
}

static void expect_said(const char *words, int status, const char *first, const char *second)
{
    program_result r = program_expect(words, status);
    says(&r, first);
    says(&r, second);
    if (status == 4)
        assert_non_null(strstr(r.err, "not shown to beat the best naive forecast"));
    program_result_free(&r);
}

static void test_words(void **state)
{
    (void)state;
    expect_said("evaluate win.csv win.safetensors --require-skill", 0,
                "itransformer beats the best naive forecast, repeat-last: MSE ", "% lower (p < 0.001)");
    expect_said("evaluate chance.csv chance.safetensors", 0, "The MSE of itransformer, ",
                "% lower than that of the best naive forecast, repeat-last, ");
    expect_said("evaluate chance.csv chance.safetensors --require-skill", 4,
                "but the difference may be chance (p = 0.", "RMSE");
    expect_said("evaluate loss.csv loss.safetensors --require-skill", 4,
                "itransformer does NOT beat the naive forecast repeat-last: MSE ", "% higher (p = 0.");
}

/* The table has a column for it; the model itself and short parts have none. */
static void test_column(void **state)
{
    (void)state;
    program_result r = program_expect("evaluate win.csv win.safetensors", 0);
    char heading[200], model[200], naive[200];
    const char *table = strstr(r.out, "forecast  ");
    assert_non_null(table);
    assert_int_equal(sscanf(table, "%199[^\n]\n%199[^\n]\n%199[^\n]", heading, model, naive), 3);
    assert_string_equal(heading + strlen(heading) - 9, "E       p");
    assert_string_equal(model + strlen(model) - 3, "  -");
    assert_string_equal(naive + strlen(naive) - 8, "  <0.001");
    program_result_free(&r);
    r = program_expect("evaluate win.csv win.safetensors --split 302/80/18", 0);
    says(&r, "(p not defined: 15 windows are too few for a horizon of 4)");
    program_result_free(&r);
}

static json_t *scores_of(const char *words)
{
    program_result r = program_expect(words, 0);
    json_t *document = json_loads(r.out, 0, NULL);
    assert_non_null(document);
    program_result_free(&r);
    return document;
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value))
        fail_msg("%s is not a number", key);
    return json_number_value(value);
}

static void test_json(void **state)
{
    (void)state;
    json_t *document = scores_of("evaluate chance.csv chance.safetensors --json");
    const json_t *scores = json_object_get(document, "scores"), *model = json_array_get(scores, 0),
                 *last = json_array_get(scores, 1), *seasonal = json_array_get(scores, 2);
    assert_true(json_is_null(json_object_get(model, "p")) && json_is_null(json_object_get(model, "dm")));
    assert_true(number(model, "mse") < number(last, "mse"));
    assert_true(number(last, "dm") < 0 && number(seasonal, "dm") < number(last, "dm"));
    assert_true(number(last, "p") > 0.05 && number(last, "p") < 1);
    assert_true(number(seasonal, "p") < 0.05);
    assert_string_equal(json_string_value(json_object_get(document, "best_naive")), "repeat-last");
    assert_true(number(document, "p") == number(last, "p"));
    assert_true(json_is_false(json_object_get(document, "beats_naive")));
    assert_non_null(strstr(json_string_value(json_object_get(document, "verdict")), "may be chance"));
    json_decref(document);
    document = scores_of("evaluate win.csv win.safetensors --json --split 302/80/18 --require-skill");
    assert_true(json_is_null(json_object_get(document, "p")));
    assert_true(json_is_true(json_object_get(document, "beats_naive")));
    json_decref(document);
}

/* The same windows, the same test: threads do not matter. */
static void test_threads(void **state)
{
    (void)state;
    json_t *one = scores_of("evaluate chance.csv chance.safetensors --json --threads 1");
    json_t *four = scores_of("evaluate chance.csv chance.safetensors --json --threads 4");
    assert_true(number(one, "p") == number(four, "p"));
    json_decref(one);
    json_decref(four);
}

static void test_help(void **state)
{
    (void)state;
    program_result r = program_expect("help evaluate", 0);
    says(&r, "Diebold-Mariano");
    says(&r, "Above 0.05 a lower MSE is not called a win.");
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_column),
                                       cmocka_unit_test(test_json), cmocka_unit_test(test_threads),
                                       cmocka_unit_test(test_help)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_skill PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
