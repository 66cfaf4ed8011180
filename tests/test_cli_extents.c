/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Series that begin and end at different rows, from reading to the forecast: each goes on from its own end.
 */
#include "program.h"

#include "cmocka_all.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NETWORK "--lookback 28 --horizon 7 --d-model 16 --heads 2 --layers 1 --epochs 1 -o m.safetensors"

/* A command on a file of tests/cases; %s in words is its path. */
static program_result run_case(const char *words, const char *file, int status)
{
    char path[400], line[1000];
    snprintf(path, sizeof path, "%s/tests/cases/%s", getenv("AUSPEX_SOURCE"), file);
    snprintf(line, sizeof line, words, path);
    return program_expect(line, status);
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text);
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

/* Series A to 07-21, B to 07-01, C from 02-02. */
static void test_long_file(void **state)
{
    (void)state;
    static const char *const policies[] = {"", " --on-missing keep", " --on-missing forward"};
    for (size_t i = 0; i < 3; i++) {
        char words[300];
        snprintf(words, sizeof words, "train %%s " NETWORK "%s", policies[i]);
        program_result r = run_case(words, "71-different-ends.csv", 0);
        has(r.err, "'B' first, at 2022-07-01, 20 rows before it: nothing is filled in");
        has(r.err, "'C' last, at 2022-02-02");
        program_result_free(&r);
        r = run_case("forecast %s m.safetensors", "71-different-ends.csv", 0);
        has(r.out, "\nA,2022-07-22,");
        has(r.out, "\nA,2022-07-28,");
        has(r.out, "\nB,2022-07-02,");
        has(r.out, "\nB,2022-07-08,");
        has(r.out, "\nC,2022-07-22,");
        assert_int_equal(count_lines(r.out), 22);
        program_result_free(&r);
    }
    program_result r = run_case("forecast %s m.safetensors --json -q", "71-different-ends.csv", 0);
    has(strstr(r.out, "\"B\""), "\"2022-07-02\"");
    program_result_free(&r);
    program_discard(run_case("evaluate %s m.safetensors", "71-different-ends.csv", 0));
    program_discard(run_case("train %s --exclude B " NETWORK, "71-different-ends.csv", 0));
    r = run_case("forecast %s m.safetensors", "71-different-ends.csv", 0);
    assert_int_equal(count_lines(r.out), 15);
    program_result_free(&r);
}

/* Rows at the end that have no target yet. */
static void test_rows_to_come(void **state)
{
    (void)state;
    static const char *const policies[] = {"", " --on-missing forward"};
    for (size_t i = 0; i < 2; i++) {
        char words[300];
        snprintf(words, sizeof words, "train %%s --target y " NETWORK "%s", policies[i]);
        program_result r = run_case(words, "74-future-rows-empty.csv", 0);
        has(r.err, "'y' first, at 2022-07-07, 14 rows before it");
        has(r.err, "the last 14 rows have no value of a target: they are to come");
        has(r.err, "what 'promo' holds there is not used; --future promo goes by it");
        has(r.err, "130 rows to train, 19 to validate, 37 to test");
        program_result_free(&r);
        r = run_case("forecast %s m.safetensors", "74-future-rows-empty.csv", 0);
        assert_memory_equal(r.out, "date,y\n2022-07-08,", 18);
        program_result_free(&r);
    }
    program_result r = run_case("evaluate %s m.safetensors", "74-future-rows-empty.csv", 0);
    has(r.out, "217 values of 1 series scored, in");
    program_result_free(&r);
    r = run_case("train %s --target y --model linear --future promo --horizon 7 -o m.safetensors",
                 "74-future-rows-empty.csv", 0);
    assert_null(strstr(r.err, "is not used"));
    program_result_free(&r);
}

/* Two lines 100, 101, ... of `rows` and `short_rows` days, long or wide, and a third of few days. */
static void write_lines(bool wide, int rows, int short_rows, int few)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs(wide ? "date,A,B\n" : "unique_id,ds,y\n", file);
    for (int i = 0; i < rows; i++) {
        char day[32];
        snprintf(day, sizeof day, "20%02d-%02d-%02d", 22 + i / 336, i / 28 % 12 + 1, i % 28 + 1);
        if (!wide) {
            fprintf(file, "A,%s,%d\n", day, 100 + i);
            if (i < short_rows)
                fprintf(file, "B,%s,%d\n", day, 100 + i);
            if (i >= rows - few)
                fprintf(file, "C,%s,%d\n", day, 100 + i);
        } else if (i < short_rows) {
            fprintf(file, "%s,%d,%d\n", day, 100 + i, 100 + i);
        } else {
            fprintf(file, "%s,%d,\n", day, 100 + i);
        }
    }
    fclose(file);
    program_write(wide ? "wide.csv" : "long.csv", text, size);
    free(text);
}

static void test_forecasters(void **state)
{
    (void)state;
    write_lines(false, 300, 200, 0);
    program_discard(
        program_expect("train long.csv --on-gap keep --model drift --horizon 3 -o d.safetensors", 0));
    program_result r = program_expect("forecast long.csv d.safetensors -q", 0);
    has(r.out, ",400\nA,");
    has(r.out, ",402\nB,2022-08-05,300\nB,2022-08-06,301\nB,2022-08-07,302\n");
    program_result_free(&r);
    write_lines(true, 300, 297, 0);
    program_discard(
        program_expect("train wide.csv --on-gap keep --model drift --horizon 4 -o d.safetensors", 0));
    r = program_expect("forecast wide.csv d.safetensors -q", 0);
    assert_string_equal(r.out,
                        "date,A,B\n2022-11-18,,397\n2022-11-19,,398\n2022-11-20,,399\n2022-11-21,400,400\n"
                        "2022-11-22,401,\n2022-11-23,402,\n2022-11-24,403,\n");
    program_result_free(&r);
}

static void test_short_series(void **state)
{
    (void)state;
    write_lines(false, 300, 280, 0);
    program_discard(program_expect("train long.csv --on-gap keep " NETWORK, 0));
    write_lines(false, 300, 280, 10);
    program_result r = program_expect("forecast long.csv m.safetensors --on-gap keep", 0);
    has(r.err, "1 series of the file is none that the model was trained on and not forecast, such as 'C'");
    program_result_free(&r);
    write_lines(false, 40, 20, 0);
    r = program_expect("forecast long.csv m.safetensors --on-gap keep", 0);
    has(r.err, "1 of 2 series is too short for the look-back of 28 and not forecast, such as 'B'");
    assert_int_equal(count_lines(r.out), 8);
    program_result_free(&r);
    write_lines(false, 20, 10, 0);
    r = program_expect("forecast long.csv m.safetensors --on-gap keep", 3);
    has(r.err, "has 20 rows; the model looks back over 28");
    program_result_free(&r);
}

/* A model of all columns at once cannot do without one. */
static void test_fixed_columns(void **state)
{
    (void)state;
    write_lines(false, 300, 280, 0);
    program_discard(program_expect(
        "train long.csv --on-gap keep --model time2vec --lookback 28 --horizon 7 --epochs 1 -o m.safetensors",
        0));
    program_result r = program_expect("forecast long.csv m.safetensors", 3);
    has(r.err, "column 'B' has no value at");
    program_result_free(&r);
    write_lines(false, 300, 20, 0);
    r = program_expect("train long.csv --on-gap keep " NETWORK, 0);
    has(r.err,
        "1 of 2 columns has fewer than 29 values in the training rows and is not learnt from, such as 'B' "
        "with 20");
    program_result_free(&r);
    write_lines(false, 300, 20, 0);
    r = program_expect(
        "train long.csv --on-gap keep --columns B --split 12/4/4 --lookback 10 --horizon 3 --d-model 16 "
        "--heads 2 --layers 1 --epochs 1 -o m.safetensors",
        3);
    has(r.err, "--lookback 10 and --horizon 3 do not fit its 12 rows to train");
    program_result_free(&r);
}

/* Rows that are series and end at unlike points: every command goes, without an option. */
static void test_rows_as_series(void **state)
{
    (void)state;
    static const char *const files[] = {"53-rows-are-series.csv", "51-years-across.csv"};
    for (size_t i = 0; i < 2; i++) {
        program_result r =
            run_case("train %s --preset paper --d-model 16 --heads 2 --layers 1 --epochs 1 -o m.safetensors",
                     files[i], 0);
        has(r.err, i ? "for a file of 54 rows: --lookback 15 --horizon 6 --split 0.7/0.1/0.2"
                     : "for a file of 70 rows: --lookback 18 --horizon 10 --split 46/10/14");
        program_result_free(&r);
        r = run_case("evaluate %s m.safetensors", files[i], 0);
        has(r.out,
            i ? "90 values of 3 series scored" : "70 values of 4 series scored, 130 left out as missing");
        program_result_free(&r);
        r = run_case("forecast %s m.safetensors", files[i], 0);
        assert_int_equal(count_lines(r.out), i ? 7 : 33);
        program_result_free(&r);
        r = run_case("forecast %s", files[i], 0);
        has(r.out, i ? "2024" : "row,Y1,Y2,Y3,Y4\n49,,,,");
        program_result_free(&r);
        program_discard(run_case("train %s --transpose --model theta -o t.safetensors", files[i], 0));
        program_discard(run_case("evaluate %s t.safetensors", files[i], 0));
        r = run_case("backtest %s --preset paper --d-model 16 --heads 2 --layers 1 --epochs 1 --seeds 1",
                     files[i], 0);
        has(r.err, "--folds 2");
        program_result_free(&r);
        r = run_case("backtest %s --model theta --start 31", files[i], 0);
        has(r.out, i ? "   1  2000  " : "   1  row 31  ");
        program_result_free(&r);
    }
}

/* Three columns of which one begins late and one ends early. */
static void write_ragged(int rows, int begin, int end)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs("date,A,B,C\n", file);
    for (int i = 0; i < rows; i++) {
        fprintf(file, "20%02d-%02d-%02d,%d,", 22 + i / 336, i / 28 % 12 + 1, i % 28 + 1, 100 + i % 7);
        if (i >= begin)
            fprintf(file, "%d", 200 + i % 7);
        fputc(',', file);
        if (i < end)
            fprintf(file, "%d", 300 + i % 7);
        fputc('\n', file);
    }
    fclose(file);
    program_write("ragged.csv", text, size);
    free(text);
}

static void test_folds(void **state)
{
    (void)state;
    write_ragged(400, 250, 330);
    program_result r =
        program_expect("backtest ragged.csv --on-gap keep --lookback 28 --horizon 7 --d-model 16 --heads 2 "
                       "--layers 1 --epochs 1 --seeds 1",
                       0);
    has(r.err,
        "1 of 3 columns has fewer than 29 values in the training rows of some folds and is not learnt from "
        "there, such as 'B' in 3 of 5");
    has(r.out, "5 folds, 170 windows");
    program_result_free(&r);
    program_discard(program_expect("backtest ragged.csv --on-gap keep --model theta --horizon 7", 0));
    write_ragged(400, 320, 400);
    r = program_expect("train ragged.csv --on-gap keep --model theta --horizon 7 -o t.safetensors", 0);
    has(r.err, "1 of 3 columns has fewer than 1 value in the training rows and is not learnt from, such as "
               "'B' with 0");
    program_result_free(&r);
    r = program_expect("evaluate ragged.csv t.safetensors --on-gap keep", 0);
    has(r.out, "518 left out as missing");
    program_result_free(&r);
    program_discard(program_expect("train ragged.csv --on-gap keep " NETWORK, 0));
    r = program_expect("forecast ragged.csv m.safetensors", 0);
    has(r.err, "1 of 3 series had no values in the training rows and is not forecast, such as 'B'");
    program_result_free(&r);
}

/* Rows to come that hold what is planned: sales follow it, and it is no series to forecast. */
static void test_planned(void **state)
{
    (void)state;
    program_result r = run_case("forecast %s", "74-future-rows-empty.csv", 0);
    has(r.err, "'promo' goes on where 'y' has ended: it is taken as known beforehand");
    assert_memory_equal(r.out, "date,y\n2022-07-08,", 18);
    assert_int_equal(count_lines(r.out), 15);
    program_result_free(&r);
    r = run_case("forecast %s --strict", "74-future-rows-empty.csv", 3);
    has(r.err, "say --future promo, or --columns");
    program_result_free(&r);
    program_discard(run_case("forecast %s --strict --future promo", "74-future-rows-empty.csv", 0));
    program_discard(run_case("forecast %s --strict --columns y", "74-future-rows-empty.csv", 0));
    r = run_case("forecast %s --target y,promo --horizon 1", "74-future-rows-empty.csv", 0);
    has(r.out, "date,y,promo\n2022-07-08,");
    program_result_free(&r);
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    fputs("year,sales,promo\n", f);
    for (int i = 0; i < 210; i++)
        fprintf(f, i < 200 ? "%d,%d,%d\n" : "%d,%.0d,%d\n", 1800 + i,
                i < 200 ? 100 + i % 7 + 50 * (i * i % 11 < 3) : 0, i * i % 11 < 3);
    fclose(f);
    program_write("promo.csv", text, size);
    free(text);
    r = program_expect("forecast promo.csv --horizon 10", 0);
    has(r.err, "linear by 'promo' has errors");
    const char *line = strchr(r.out, '\n');
    for (int i = 200; i < 210; i++, line = strchr(line + 1, '\n')) {
        const double found = atof(strchr(line, ',') + 1), wanted = 100 + i % 7 + 50 * (i * i % 11 < 3);
        if (found < wanted - 8 || found > wanted + 8)
            fail_msg("row %d is %g, not %g", i, found, wanted);
    }
    program_result_free(&r);
}

/* A long file's column of values is named by its own name, and the horizon of what is no network is a season.
 */
static void test_named_values(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    fputs("shop,month,sales,promo\n", f);
    for (int k = 0; k < 2 * 300; k++)
        fprintf(f, "%c,%d-%02d,%d,%d\n", k / 300 ? 'B' : 'A', 1980 + k % 300 / 12, k % 12 + 1,
                50 + k % 12 + k % 5, k % 7 == 0);
    fclose(f);
    program_write("long.csv", text, size);
    free(text);
    program_result r =
        program_expect("backtest long.csv --id shop --target sales --model theta --folds 2", 0);
    has(r.err, "12 rows are forecast, one season");
    program_result_free(&r);
    r = program_expect("train long.csv --id shop --target sales --model theta -o t.safetensors", 0);
    has(r.err, "2 to forecast, look-back 1, horizon 12");
    program_result_free(&r);
}

/* A shop that has closed beside two that have not: each is a series. */
static void test_closed(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    fputs("year,a,b,c\n", f);
    for (int i = 0; i < 60; i++)
        fprintf(f, i < 50 ? "%d,%d,%d,%d\n" : "%d,%.0d,%d,%d\n", 1800 + i, i < 50 ? 1 + i % 5 : 0, 50 + i % 7,
                9 - i % 3);
    fclose(f);
    program_write("closed.csv", text, size);
    free(text);
    program_result r = program_expect("forecast closed.csv --horizon 1", 0);
    has(r.out, "year,a,b,c\n1850,");
    has(r.err, "--future b,c says that");
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_file),      cmocka_unit_test(test_planned),
        cmocka_unit_test(test_closed),         cmocka_unit_test(test_named_values),
        cmocka_unit_test(test_rows_to_come),   cmocka_unit_test(test_forecasters),
        cmocka_unit_test(test_short_series),   cmocka_unit_test(test_fixed_columns),
        cmocka_unit_test(test_rows_as_series), cmocka_unit_test(test_folds),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_extents PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
