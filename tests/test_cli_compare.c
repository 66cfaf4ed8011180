/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several models in one table: order, tests, refusals; Holm's correction by hand. */
#include "program.h"

#include "cmocka_all.h"

#include "forecast/scores/ranking.h"
#include "forecast/statistics/skill.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void has(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text ? text : "");
}

/* Two series with a week of seven days and some noise. */
static void write_weeks(const char *name, int rows)
{
    char *text = NULL;
    size_t size;
    unsigned seed = 7;
    FILE *out = open_memstream(&text, &size);
    fputs("date,a,b\n", out);
    for (int i = 0; i < rows; i++) {
        double noise[2];
        for (int k = 0; k < 2; k++)
            noise[k] = (double)((seed = seed * 1103515245U + 12345U) >> 16 & 1023) / 1024 - .5;
        const time_t day = 1577836800 + (time_t)i * 86400;
        char stamp[16];
        strftime(stamp, sizeof stamp, "%F", gmtime(&day));
        fprintf(out, "%s,%g,%g\n", stamp, 10 * sin(i % 7) + noise[0], 100 + 5 * cos(i % 7) + noise[1]);
    }
    fclose(out);
    program_write(name, text, size);
    free(text);
}

static program_result compare(const char *words, int status)
{
    char line[400];
    snprintf(line, sizeof line, "compare %s", words);
    return program_expect(line, status);
}

/* The number that follows key in text. */
static double number(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    if (!at)
        fail_msg("no '%s' in:\n%s", key, text);
    return strtod(at + strlen(key), NULL);
}

static void test_order(void **state)
{
    (void)state;
    write_weeks("weeks.csv", 400);
    program_result r = compare("weeks.csv mean drift seasonal-naive stl --horizon 7 --season 7", 0);
    const char *stl = strstr(r.out, "\nstl "), *seasonal = strstr(r.out, "\nseasonal-naive "),
               *drift = strstr(r.out, "\ndrift "), *mean = strstr(r.out, "\nmean ");
    assert_non_null(stl);
    assert_true(stl < seasonal && seasonal < mean && mean < drift);
    assert_null(strstr(seasonal + 1, "\nseasonal-naive ")); /* asked for, and there anyway: once */
    has(r.out, "\nnaive ");
    has(r.out, "Better than the best naive forecast, seasonal-naive: stl (+");
    has(r.out, "Not better than seasonal-naive: ");
    program_result_free(&r);
    r = compare("weeks.csv mean --horizon 7 --season 7 --require-skill", 4);
    has(r.err, "none is shown to beat");
    program_result_free(&r);
}

/* A kind that is fitted at once has the settings that it has elsewhere: it learns what train has it learn. */
static void test_defaults(void **state)
{
    (void)state;
    write_weeks("weeks.csv", 400);
    program_discard(program_expect("train weeks.csv --model linear --lookback 1 --horizon 7 --season 7 "
                                   "--split 0.8/0/0.2 -o own.model",
                                   0));
    program_result r = program_expect("compare weeks.csv own.model linear --split 0.8/0/0.2 --json", 0);
    const char *own = strstr(r.out, "\"own.model\","), *kind = strstr(r.out, "\"linear\","),
               *naive = strstr(r.out, "\"seasonal-naive\",");
    assert_true(own && kind && naive);
    assert_true(number(kind, "\"mse\": ") == number(own, "\"mse\": "));
    assert_true(number(kind, "\"mse\": ") < .8 * number(naive, "\"mse\": "));
    program_result_free(&r);
}

/* One column is scored, by the same forecasts as beside others, also of a model from a file. */
static void test_target(void **state)
{
    (void)state;
    write_weeks("weeks.csv", 400);
    program_discard(program_expect("train weeks.csv --model linear --lookback 7 --horizon 7 -o t.model", 0));
    static const char *const words[] = {"weeks.csv stl --horizon 7 --season 7 --target b --per-variate",
                                        "weeks.csv t.model stl --target b --per-variate"};
    for (int i = 0; i < 2; i++) {
        program_result r = compare(words[i], 0);
        has(r.out, "of 1 series scored");
        has(r.out, "\nb  ");
        assert_null(strstr(r.out, "\na  "));
        program_result_free(&r);
    }
    program_refused("compare weeks.csv stl --target c", 2, "'c'");
    program_refused("compare weeks.csv t.model stl --target a,c", 2, "'a,c'");
    program_result r = program_expect("select weeks.csv --horizon 7 --target b", 0);
    has(r.out, "b: mean absolute errors");
    assert_null(strstr(r.out, "a: mean absolute errors"));
    program_result_free(&r);
    program_refused("select weeks.csv --horizon 7 --target c", 2, "--target: there is no column 'c'");
    program_refused("select weeks.csv --horizon 7 --target a --columns a", 2, "one will do");
}

/* What evaluate says of a model on every window is what stands in the table. */
static void test_as_evaluate(void **state)
{
    (void)state;
    write_weeks("weeks.csv", 400);
    program_result r =
        program_expect("train weeks.csv --model linear --lookback 7 --horizon 7 --season 7 -o l.model", 0);
    program_result_free(&r);
    r = program_expect("evaluate weeks.csv l.model --json", 0);
    const double mse = number(r.out, "\"mse\": "), mase = number(r.out, "\"mase\": ");
    program_result_free(&r);
    r = program_expect("compare weeks.csv drift l.model --stride 1 --json", 0);
    has(r.out, "\"schema\": \"auspex.compare/1\"");
    has(r.out, "\"best\": \"l.model\"");
    assert_true(fabs(number(r.out, "\"mse\": ") - mse) < 1e-5 * mse);
    assert_true(fabs(number(r.out, "\"mase\": ") - mase) < 1e-5 * mase);
    program_result_free(&r);
    program_result two = program_expect("compare weeks.csv l.model theta --threads 2 --csv -", 0);
    r = program_expect("compare weeks.csv l.model theta --threads 1 --csv -", 0);
    assert_string_equal(r.out, two.out);
    has(r.out, "forecast,series,step,mse,skill,p,p_holm,");
    has(r.out, "\nl.model,b,,");
    has(r.out, "\nl.model,,7,");
    program_result_free(&r);
    program_result_free(&two);
    r = program_expect("compare weeks.csv l.model --split 0.5/0.1/0.4", 3);
    has(r.err, "were trained on by l.model");
    program_result_free(&r);
    r = program_expect("compare weeks.csv l.model --split 0.5/0.1/0.4 --part test", 0);
    has(r.out, "trained on by l.model");
    program_result_free(&r);
    r = program_expect("compare weeks.csv l.model --horizon 8", 2);
    has(r.err, "not all models forecast more than 7 steps");
    program_result_free(&r);
}

/* A network sees as much as it was trained for, and shares its origins with the others. */
static void test_network(void **state)
{
    (void)state;
    write_weeks("weeks.csv", 400);
    program_result r =
        program_expect("train weeks.csv --lookback 14 --horizon 4 --season 7 --d-model 8 --heads 2"
                       " --layers 1 --epochs 1 -o n.model",
                       0);
    program_result_free(&r);
    r = program_expect("evaluate weeks.csv n.model --json", 0);
    const double mae = number(r.out, "\"mae_original\": "), windows = number(r.out, "\"windows\": ");
    program_result_free(&r);
    r = program_expect("compare weeks.csv n.model --stride 1 --json", 0);
    const char *own = strstr(r.out, "\"n.model\",");
    assert_non_null(own);
    assert_true(fabs(number(own, "\"mae_original\": ") - mae) < 1e-5 * mae);
    assert_true(number(r.out, "\"windows\": ") == windows);
    program_result_free(&r);
}

static void test_refusals(void **state)
{
    (void)state;
    write_weeks("weeks.csv", 60);
    program_result r = compare("weeks.csv nonsense", 2);
    has(r.err, "neither a model's file nor a kind");
    program_result_free(&r);
    r = compare("weeks.csv itransformer", 2);
    has(r.err, "has to be trained first");
    program_result_free(&r);
    r = compare("weeks.csv mean --horizon 20", 3);
    has(r.err, "fewer than the 20 of the horizon");
    program_result_free(&r);
    r = compare("weeks.csv mean --json --csv -", 2);
    has(r.err, "cannot both go to standard output");
    program_result_free(&r);
}

/* Holm's own steps: 4 x .005, 3 x .011, 2 x .02, 1 x .04 with the largest so far. */
static void test_holm(void **state)
{
    (void)state;
    double p[] = {.02, NAN, .005, .04, .011};
    const double want[] = {.04, NAN, .02, .04, .033};
    fc_holm(p, 5);
    for (int i = 0; i < 5; i++)
        assert_true(isnan(want[i]) ? isnan(p[i]) : fabs(p[i] - want[i]) < 1e-12);
    double large[] = {.6, .5};
    fc_holm(large, 2);
    assert_true(large[0] == 1 && large[1] == 1);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order),       cmocka_unit_test(test_defaults),
                                       cmocka_unit_test(test_as_evaluate), cmocka_unit_test(test_target),
                                       cmocka_unit_test(test_network),     cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_holm)};
    if (count < 2 || program_set_up(words[1]))
        return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
