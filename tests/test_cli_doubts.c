/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts that cannot flatter, and data that cannot be trusted, told on the command line. */
#include "cmocka_all.h"
#include "program.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL " --lookback 14 --horizon 7 --d-model 8 --heads 2 --layers 1 --epochs 1 --batch 8 --threads 1"

/* NULL: it says nothing on standard error. */
static void says(const char *words, int status, const char *what)
{
    program_result r = program_expect(words, status);
    if (what ? !strstr(r.out, what) && !strstr(r.err, what) : *r.err != '\0')
        fail_msg("auspex %s: '%s%s' does not say '%s'", words, r.out, r.err, what ? what : "nothing");
    program_result_free(&r);
}

/* Rows `first` and on of a file that comes with the tests; dated: with its stamps, its first column. */
static void cut(const char *from, const char *to, int first, int count, bool dated)
{
    size_t size;
    char *text = program_read(from, &size), *out = calloc(size + 1, 1), *at = out, *line = text;
    assert_non_null(text);
    for (int i = 0; (line = i ? strtok(NULL, "\n") : strtok(text, "\n")); i++)
        if (i == 0 || (i > first && i <= first + count))
            at += sprintf(at, "%s\n", dated ? line : strchr(line, ',') + 1);
    program_write(to, out, strlen(out));
    free(text);
    free(out);
}

static void test_known_rows(void **state)
{
    (void)state;
    program_bring("tests/cases/31-rows-it-was-trained-on-all.csv", "31-rows-it-was-trained-on-all.csv");
    program_bring("tests/cases/31-rows-it-was-trained-on-first.csv", "31-rows-it-was-trained-on-first.csv");
    const char *all = "31-rows-it-was-trained-on-all.csv";
    says("train 31-rows-it-was-trained-on-all.csv" SMALL " -o known -q", 0, NULL);
    says("evaluate 31-rows-it-was-trained-on-all.csv known -q", 0, NULL);
    says("evaluate 31-rows-it-was-trained-on-first.csv known", 3,
         "60 of the 60 rows of the test part were trained on");
    says("evaluate 31-rows-it-was-trained-on-first.csv known --part test", 0,
         "These rows were trained on, 60 of the 60");
    says("evaluate 31-rows-it-was-trained-on-first.csv known --part test --require-skill", 4, "trained on");
    says("evaluate 31-rows-it-was-trained-on-first.csv known --part test --json", 0, "\"trained_rows\": 60");
    says("evaluate 31-rows-it-was-trained-on-all.csv known --part train", 0, "These rows were trained on");
    /* Rows without stamps are known by their values, wherever they stand; other values are other rows. */
    cut(all, "bare.csv", 0, 1000, false);
    cut(all, "part.csv", 100, 200, false);
    cut(all, "later.csv", 480, 120, false);
    says("train bare.csv" SMALL " -o bare -q", 0, NULL);
    says("evaluate part.csv bare", 3, "40 of the 40 rows of the test part were trained on");
    says("evaluate later.csv bare -q", 0, NULL);
    says("evaluate bare.csv bare -q", 0, NULL);
}

/* What was learnt is judged by what was to be learnt. */
static void test_losses(void **state)
{
    (void)state;
    const char *file = "31-rows-it-was-trained-on-all.csv";
    char words[400];
    snprintf(words, sizeof words, "train %s%s --loss pinball --quantile 0.1 -o low -q", file, SMALL);
    says(words, 0, NULL);
    says("evaluate 31-rows-it-was-trained-on-all.csv low", 0, "pinball loss (quantile 0.1)");
    program_result r = program_expect("evaluate 31-rows-it-was-trained-on-all.csv low --json", 0);
    assert_null(strstr(r.out, "MSE 0"));
    assert_non_null(strstr(r.out, "\"below\": 0."));
    program_result_free(&r);
    snprintf(words, sizeof words, "backtest %s%s --loss mae --folds 2 --seeds 1 -q", file, SMALL);
    says(words, 0, "its MAE is");
    snprintf(words, sizeof words, "train %s%s -o square -q", file, SMALL);
    says(words, 0, NULL);
    r = program_expect("evaluate 31-rows-it-was-trained-on-all.csv square", 0);
    assert_null(strstr(r.out, "loss"));
    assert_non_null(strstr(r.out, "MSE, units"));
    program_result_free(&r);
}

/* Columns in units of their own have no mean error in them. */
static void test_units(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs("date,share,heads\n", file);
    for (int i = 0; i < 200; i++)
        fprintf(file, "2021-%02d-%02d,%.3f,%d\n", 1 + i / 28, 1 + i % 28, 0.5 + 0.3 * sin(i / 3.0),
                9000 + i * 7919 % 1000);
    fclose(file);
    program_write("units.csv", text, size);
    free(text);
    says("train units.csv --on-gap keep" SMALL " -o units -q", 0, NULL);
    program_result r = program_expect("evaluate units.csv units", 0);
    assert_null(strstr(r.out, "units "));
    assert_null(strstr(r.out, "MSE, units"));
    program_result_free(&r);
    says("evaluate units.csv units --per-variate", 0, "MSE, units");
}

static void test_doubts(void **state)
{
    (void)state;
    static const char *const files[] = {"104-sentinels.csv", "106-tomorrow-as-a-column.csv",
                                        "107-constant.csv"};
    static const char *const notes[] = {"-9999 stands 3 times in 'temp', far from all other values",
                                        "'y_next_day' is 'y' 1 row later: is it known when forecasting?",
                                        "'a' is 5 in all rows"};
    for (int i = 0; i < 3; i++) {
        char words[400];
        char path[200];
        snprintf(path, sizeof path, "tests/cases/%s", files[i]);
        program_bring(path, files[i]);
        snprintf(words, sizeof words, "inspect %s", files[i]);
        says(words, 0, notes[i]);
        snprintf(words, sizeof words, "train %s%s -o doubts", files[i], SMALL);
        says(words, 0, notes[i]);
    }
    says("inspect 104-sentinels.csv", 0, "999.9 stands 1 time in 'wind'");
    says("inspect 104-sentinels.csv --missing -9999.0,999.90", 0, "4 missing values");
    says("correlate 106-tomorrow-as-a-column.csv --target y", 0, notes[1]);
    says("inspect 31-rows-it-was-trained-on-all.csv", 0, NULL);
    says("forecast 107-constant.csv doubts --steps 9 -q", 0, "-30,5,5\n");
    program_result r = program_expect("forecast 107-constant.csv doubts --steps 9 -q", 0);
    assert_null(strstr(r.out, "4.99"));
    assert_null(strstr(r.out, "5.00"));
    program_result_free(&r);
}

static void test_floor(void **state)
{
    (void)state;
    program_bring("tests/cases/103-counts.csv", "103-counts.csv");
    const char *counts =
        "--lookback 28 --horizon 7 --d-model 32 --heads 2 --epochs 60 --learning-rate 1e-3 -q";
    char words[400];
    snprintf(words, sizeof words, "train 103-counts.csv %s -o free", counts);
    says(words, 0, NULL);
    says("forecast 103-counts.csv free --steps 28", 0, "forecasts below 0 are written as 0");
    says("forecast 103-counts.csv free --steps 28 --min none", 0, ",-");
    program_result r = program_expect("forecast 103-counts.csv free --steps 28 --floor 0", 0);
    assert_null(strstr(r.out, ",-"));
    assert_non_null(strstr(r.out, ",0\n"));
    assert_null(strstr(r.err, "below 0"));
    program_result_free(&r);
    snprintf(words, sizeof words, "train 103-counts.csv %s --floor 0 -o bound", counts);
    says(words, 0, NULL);
    r = program_expect("forecast 103-counts.csv bound --steps 28", 0);
    assert_null(strstr(r.out, ",-"));
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_rows), cmocka_unit_test(test_losses), cmocka_unit_test(test_units),
        cmocka_unit_test(test_doubts),     cmocka_unit_test(test_floor),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_doubts PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
