/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models continued on longer data: what changes, what is told of it, and what is refused. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void expect(const char *words, int status, const char *said)
{
    program_result r = program_expect(words, status);
    if (!strstr(r.err, said))
        fail_msg("auspex %s: no '%s' in:\n%s", words, said, r.err);
    program_result_free(&r);
}

/* The days [from, to) of a series; its first `other` values differ by 1. */
static void write_days(const char *name, int from, int to, int other)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("date,load\n", out);
    for (int i = from; i < to; i++) {
        const time_t day = 1577836800 + (time_t)i * 86400;
        char stamp[16];
        strftime(stamp, sizeof stamp, "%F", gmtime(&day));
        fprintf(out, "%s,%.6g\n", stamp, 50 + .1 * i + 9 * sin(i % 7) + 3 * sin(i * i % 11) + (i < other));
    }
    fclose(out);
    program_write(name, text, size);
    free(text);
}

static void same_forecasts(const char *words, const char *others)
{
    program_result a = program_expect(words, 0), b = program_expect(others, 0);
    assert_string_equal(a.out, b.out);
    program_result_free(&a);
    program_result_free(&b);
}

/* A forecaster that goes on is one fitted to all rows at once, whether the rows come in one file or two. */
static void test_forecaster(void **state)
{
    (void)state;
    write_days("old.csv", 0, 200, 0);
    write_days("longer.csv", 0, 300, 0);
    write_days("new.csv", 190, 300, 0);
    expect("train old.csv --model theta --horizon 7 -o t.model", 0, "fitted in");
    expect("train longer.csv --model theta --horizon 7 -o fresh.model", 0, "fitted in");
    expect("update t.model longer.csv -o one.model", 0, "300 rows, 100 of them new: 210 to train");
    expect("update t.model new.csv --history old.csv -o two.model", 0, "goes on with new.csv, 300 rows");
    same_forecasts("forecast longer.csv one.model -q", "forecast longer.csv fresh.model -q");
    same_forecasts("forecast longer.csv one.model -q", "forecast longer.csv two.model -q");
    program_result r = program_expect("inspect one.model", 0);
    assert_non_null(strstr(r.out, "continued  1 time, at first on 200 rows"));
    program_result_free(&r);
    expect("update one.model longer.csv", 0, "nothing new");
    expect("update t.model longer.csv --json", 0, "fitted again"); /* in place */
    expect("update t.model longer.csv", 0, "nothing new");
}

/* Numbers of rows: the last parts keep theirs and move. */
static void test_counts(void **state)
{
    (void)state;
    write_days("old.csv", 0, 200, 0);
    write_days("longer.csv", 0, 300, 0);
    expect("train old.csv --model theta --horizon 7 --split 160/0/40 -o t.model", 0, "fitted in");
    expect("update t.model longer.csv", 0, "260 to train, 0 to validate, 40 to test (260/0/40)");
    program_discard(program_expect("evaluate longer.csv t.model", 0));
}

static void test_network(void **state)
{
    (void)state;
    size_t before, after;
    write_days("old.csv", 0, 200, 0);
    write_days("longer.csv", 0, 300, 0);
    expect("train old.csv --lookback 14 --horizon 4 --d-model 8 --heads 2 --layers 1 --epochs 1 -o n.model",
           0, "kept epoch");
    char *first = program_read("n.model", &before);
    expect("update n.model old.csv -o same.model", 0, "nothing new");
    char *same = program_read("same.model", &after);
    assert_true(before == after && memcmp(first, same, before) == 0);
    expect("update n.model longer.csv -o two.model --epochs 2 --threads 2", 0, "kept epoch 2 of 2");
    expect("update n.model longer.csv -o one.model --epochs 2 --threads 1", 0, "kept epoch 2 of 2");
    char *one = program_read("one.model", &before), *two = program_read("two.model", &after);
    assert_true(before == after && memcmp(one, two, before) == 0);
    program_result r = program_expect("inspect one.model --json", 0);
    assert_non_null(strstr(r.out, "\"updates\": 1"));
    assert_non_null(strstr(r.out, "\"first_rows\": 200"));
    program_result_free(&r);
    /* A rate at which every step does harm leaves the weights where they were: the same forecasts. */
    expect("update n.model longer.csv -o bad.model --epochs 1 --learning-rate 5", 0, "are kept");
    same_forecasts("forecast longer.csv n.model -q", "forecast longer.csv bad.model -q");
    free(first);
    free(same);
    free(one);
    free(two);
}

static void test_refusals(void **state)
{
    (void)state;
    write_days("old.csv", 0, 200, 0);
    write_days("other.csv", 0, 300, 3);
    write_days("only.csv", 200, 300, 0);
    write_days("clash.csv", 190, 300, 195);
    write_days("late.csv", 210, 300, 0);
    expect("train old.csv --model theta --horizon 7 -o t.model", 0, "fitted in");
    expect("update t.model other.csv", 3, "at 2020-01-01 stand other values");
    expect("update t.model only.csv", 3, "--history OLD.csv");
    expect("update t.model only.csv --history old.csv -o x.model", 0, "fitted again");
    expect("update t.model clash.csv --history old.csv", 3, "rows that both have must agree");
    expect("update t.model late.csv --history old.csv", 3, "does not follow");
    expect("update old.csv t.model", 2, "is a model; it comes first here");
    expect("update t.model only.csv --stations s.csv", 2, "--stations is for panels");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forecaster), cmocka_unit_test(test_counts),
                                       cmocka_unit_test(test_network), cmocka_unit_test(test_refusals)};
    if (argc < 2 || program_set_up(argv[1]))
        return 2;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
