/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of tables that go by columns which are known beforehand, from the command line. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 12, ROWS = 700 };

static double load_at(int t)
{
    return 50 + 8 * sin(t * 1.7) + 6 * sin(t * t * .013);
}

static double price_at(int t)
{
    return 20 + 1.5 * load_at(t) + 3 * sin(t * 2 * M_PI / 24);
}

/* Rows [begin,end) of price and load, each known before a row of its own; below 0: the column is not there.
 */
static void write_rows(const char *name, int begin, int end, int priced, int loaded)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    fputs(priced >= 0 ? "date,price,load\n" : "date,load\n", f);
    for (int t = begin; t < end; t++) {
        fprintf(f, "2020-01-%02d %02d:00:00,", 1 + t / 24, t % 24);
        if (priced >= 0)
            fprintf(f, t < priced ? "%.5f," : ",", price_at(t));
        fprintf(f, t < loaded ? "%.5f\n" : "\n", load_at(t));
    }
    fclose(f);
    program_write(name, text, size);
    free(text);
}

static double error_of(const char *text)
{
    double sum = 0;
    const char *line = strchr(text, '\n');
    for (int h = 0; h < AHEAD; h++) {
        assert_non_null(line);
        const char *value = strchr(line + 1, ',');
        assert_non_null(value);
        sum += fabs(atof(value + 1) - price_at(ROWS + h)) / AHEAD;
        line = strchr(line + 1, '\n');
    }
    return sum;
}

static int setup(void **state)
{
    (void)state;
    write_rows("past.csv", 0, ROWS, ROWS, ROWS);
    write_rows("both.csv", 0, ROWS + AHEAD, ROWS, ROWS + AHEAD);
    write_rows("future.csv", ROWS, ROWS + AHEAD, -1, ROWS + AHEAD);
    write_rows("brief.csv", 0, ROWS + AHEAD, ROWS, ROWS + AHEAD - 3);
    return 0;
}

#define TRAIN "train past.csv --target price --horizon 12 --split 0.9/0.1/0 "
#define SMALL "--model itransformer --d-model 16 --heads 2 --layers 1 --epochs 2 --lookback 24 "

/* What is known says most of what is to be forecast: half the error at most, by either way of giving it. */
static void is_better(const char *settings)
{
    char words[400];
    snprintf(words, sizeof words, TRAIN "%s --future load -o known.safetensors", settings);
    program_discard(program_expect(words, 0));
    snprintf(words, sizeof words, TRAIN "%s -o alone.safetensors", settings);
    program_discard(program_expect(words, 0));
    program_result with = program_expect("forecast both.csv known.safetensors", 0),
                   other = program_expect("forecast past.csv known.safetensors --future-file future.csv", 0),
                   without = program_expect("forecast past.csv alone.safetensors", 0);
    assert_string_equal(with.out, other.out);
    if (!(error_of(with.out) < .5 * error_of(without.out)))
        fail_msg("%s: error %g with what is known, %g without", settings, error_of(with.out),
                 error_of(without.out));
    program_result_free(&with);
    program_result_free(&other);
    program_result_free(&without);
}

static void test_known(void **state)
{
    (void)state;
    is_better("--model itransformer --lookback 24");
    is_better("--model time2vec --lookback 12 --heads 2 --blocks 1 --dropout 0 --epochs 60");
}

static void test_reach(void **state)
{
    (void)state;
    program_discard(program_expect(TRAIN SMALL "--future load -o small.safetensors", 0));
    program_result r = program_expect("forecast past.csv small.safetensors", 3);
    assert_non_null(strstr(r.err, "column 'load' is known for 0 of the 12 rows to forecast"));
    program_result_free(&r);
    r = program_expect("forecast brief.csv small.safetensors", 3);
    assert_non_null(strstr(r.err, "column 'load' is known for 9 of the 12 rows to forecast"));
    program_result_free(&r);
    r = program_expect("forecast both.csv small.safetensors --steps 13", 2);
    assert_non_null(strstr(r.err, "--steps 13 goes beyond the horizon of 12"));
    program_result_free(&r);
    r = program_expect(TRAIN SMALL "--future lod -o x.safetensors", 2);
    assert_non_null(strstr(r.err, "--future: there is no column 'lod'; did you mean 'load'?"));
    program_result_free(&r);
    program_result most = program_expect("forecast both.csv small.safetensors", 0),
                   few = program_expect("forecast both.csv small.safetensors --steps 5", 0);
    assert_memory_equal(most.out, few.out, strlen(few.out));
    program_result_free(&most);
    program_result_free(&few);
}

/* Every command that opens windows does so of what is known, too: the last of them where no rows are to come.
 */
static void test_commands(void **state)
{
    (void)state;
    program_discard(program_expect(TRAIN SMALL "--future load --threads 1 -o one.safetensors", 0));
    program_discard(program_expect(TRAIN SMALL "--future load --threads 2 -o two.safetensors", 0));
    size_t size, other;
    char *one = program_read("one.safetensors", &size), *two = program_read("two.safetensors", &other);
    assert_true(one && two && size == other);
    assert_memory_equal(one, two, size);
    free(one);
    free(two);
    program_discard(program_expect("evaluate past.csv one.safetensors --split 0.6/0.2/0.2 --part test", 0));
    program_discard(program_expect(
        "backtest past.csv --target price --horizon 12 --future load --folds 2 --seeds 1 " SMALL, 0));
    program_discard(program_expect("plot attention past.csv one.safetensors", 0));
    program_discard(program_expect("plot attention both.csv one.safetensors", 0));
    program_discard(program_expect("update one.safetensors both.csv -o more.safetensors", 0));
    program_discard(program_expect("forecast both.csv more.safetensors --level 80", 0));
}

/* Of a long file each series has its own, and its own end. */
static void test_long(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    fputs("id,date,price,load\n", f);
    for (int s = 0; s < 2; s++)
        for (int t = 0; t < 400; t++) {
            fprintf(f, "%c,2020-01-%02d %02d:00:00,", 'A' + s, 1 + t / 24, t % 24);
            fprintf(f, t < 388 - 24 * s ? "%.4f," : ",", (2 - s) * load_at(t + 9 * s));
            fprintf(f, "%.4f\n", load_at(t + 9 * s));
        }
    fclose(f);
    program_write("long.csv", text, size);
    free(text);
    program_discard(program_expect(
        "train long.csv --id id --target price --future load --horizon 12 " SMALL "-o long.safetensors", 0));
    program_result r = program_expect("forecast long.csv long.safetensors", 0);
    assert_non_null(strstr(r.out, "A,2020-01-17 04:00:00,"));
    assert_non_null(strstr(r.out, "B,2020-01-16 04:00:00,"));
    program_result_free(&r);
}

/* Two series, each row of which is of the past or to come. */
static void write_both(const char *name, int begin, int end, bool past)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    fputs(past ? "id,ds,price,load\n" : "id,ds,load\n", f);
    for (int s = 0; s < 2; s++)
        for (int t = begin; t < end; t++) {
            fprintf(f, "%c,2020-01-%02d %02d:00:00,", 'A' + s, 1 + t / 24, t % 24);
            if (past)
                fprintf(f, t < 388 ? "%.4f," : ",", (2 - s) * load_at(t + 9 * s));
            fprintf(f, "%.4f\n", load_at(t + 9 * s));
        }
    fclose(f);
    program_write(name, text, size);
    free(text);
}

/* Of a long file the future names its columns as the past does, whatever the model calls each series of them.
 */
static void test_long_future(void **state)
{
    (void)state;
    write_both("longpast.csv", 0, 388, true);
    write_both("longboth.csv", 0, 400, true);
    write_both("longfuture.csv", 388, 400, false);
    program_discard(
        program_expect("train longpast.csv --id id --target price --future load --horizon 12 --model linear "
                       "-o linear.safetensors",
                       0));
    program_discard(
        program_expect("train longpast.csv --id id --target price --future load --horizon 12 " SMALL
                       "-o network.safetensors",
                       0));
    static const char *const models[] = {"linear.safetensors", "network.safetensors"};
    for (int i = 0; i < 2; i++) {
        char words[200];
        snprintf(words, sizeof words, "forecast longboth.csv %s", models[i]);
        program_result together = program_expect(words, 0);
        snprintf(words, sizeof words, "forecast longpast.csv %s --future-file longfuture.csv", models[i]);
        program_result apart = program_expect(words, 0);
        assert_string_equal(together.out, apart.out);
        program_result_free(&together);
        program_result_free(&apart);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known), cmocka_unit_test(test_reach),       cmocka_unit_test(test_commands),
        cmocka_unit_test(test_long),  cmocka_unit_test(test_long_future),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_known PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, setup, NULL);
    program_tear_down();
    return failed;
}
