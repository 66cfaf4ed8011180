/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear forecasts from the command line, with and without columns that are known beforehand. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 24 };

static double load_at(int t)
{
    return 50 + 8 * sin(t * 1.7) + 6 * sin(t * t * .013);
}

static double price_at(int t)
{
    return 20 + (1 + .05 * (t % 24)) * load_at(t);
}

enum { ROWS = 24 * 56 };

/* Rows [begin,end) of price and load; the price is known before row `until`; below 0: there is none. */
static void write_rows(const char *name, int begin, int end, int until)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    fputs(until >= 0 ? "date,price,load\n" : "date,load\n", f);
    for (int t = begin; t < end; t++) {
        const int day = t / 24, month = day < 31 ? 1 : 2;
        fprintf(f, "2020-%02d-%02d %02d:00:00,", month, 1 + day - 31 * (month - 1), t % 24);
        if (t < until)
            fprintf(f, "%.5f,", price_at(t));
        else if (until >= 0)
            fputc(',', f);
        fprintf(f, "%.5f\n", load_at(t));
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

static void test_known(void **state)
{
    (void)state;
    write_rows("past.csv", 0, ROWS, ROWS);
    write_rows("both.csv", 0, ROWS + AHEAD, ROWS);
    write_rows("future.csv", ROWS, ROWS + AHEAD, -1);
#define TRAIN "train past.csv --model linear --target price --horizon 24 --split 0.9/0.1/0 "
    program_discard(program_expect(TRAIN "--future load -o known.safetensors", 0));
    program_discard(program_expect(TRAIN "-o alone.safetensors", 0));
    program_result with = program_expect("forecast both.csv known.safetensors", 0),
                   other = program_expect("forecast past.csv known.safetensors --future-file future.csv", 0),
                   without = program_expect("forecast past.csv alone.safetensors", 0);
    assert_string_equal(with.out, other.out);
    if (!(error_of(with.out) < .5 * error_of(without.out)))
        fail_msg("error %g with what is known, %g without", error_of(with.out), error_of(without.out));
    program_result_free(&with);
    program_result_free(&other);
    program_result_free(&without);
    program_result r = program_expect("forecast past.csv known.safetensors", 3);
    assert_non_null(strstr(r.err, "column 'load' is known for 0 of the 24 rows to forecast"));
    assert_non_null(strstr(r.err, "--future-file"));
    program_result_free(&r);
}

static void test_refused(void **state)
{
    (void)state;
    write_rows("past.csv", 0, ROWS, ROWS);
    program_result r = program_expect(TRAIN "--future lod -o x.safetensors", 2);
    assert_non_null(strstr(r.err, "--future: there is no column 'lod'; did you mean 'load'?"));
    program_result_free(&r);
    r = program_expect(TRAIN "--future price -o x.safetensors", 2);
    assert_non_null(strstr(r.err, "'price' is to be forecast"));
    program_result_free(&r);
    r = program_expect("forecast past.csv alone.safetensors --future-file future.csv", 2);
    assert_non_null(strstr(r.err, "--future-file: the model has no variables known beforehand"));
    program_result_free(&r);
}

/* The scores, without the time they took. */
static char *scores(const char *words)
{
    program_result r = program_expect(words, 0);
    char *text = strdup(r.out), *seconds = strstr(text, "\"seconds\"");
    if (seconds)
        *seconds = 0;
    program_result_free(&r);
    return text;
}

/* The same bytes for any number of threads. */
static void test_threads(void **state)
{
    (void)state;
    write_rows("past.csv", 0, ROWS, ROWS);
    program_discard(program_expect(TRAIN "--threads 1 -o one.safetensors", 0));
    program_discard(program_expect(TRAIN "--threads 2 -o two.safetensors", 0));
    size_t size, other;
    char *one = program_read("one.safetensors", &size), *two = program_read("two.safetensors", &other);
    assert_true(one && two && size == other);
    assert_memory_equal(one, two, size);
    free(one);
    free(two);
    char *alone =
             scores("evaluate past.csv one.safetensors --split 0.6/0.1/0.3 --part test --threads 1 --json"),
         *three =
             scores("evaluate past.csv one.safetensors --split 0.6/0.1/0.3 --part test --threads 3 --json");
    assert_string_equal(alone, three);
    free(alone);
    free(three);
}

/* --- fitted again as the origins roll --- */

static double number_after(const char *text, const char *key)
{
    const char *found = strstr(text, key);
    if (!found)
        fail_msg("no %s in %s", key, text);
    return atof(found + strlen(key));
}

static void test_refits(void **state)
{
    (void)state;
    write_rows("past.csv", 0, ROWS, ROWS);
#define BACKTEST "backtest past.csv --target price --horizon 24 --folds 1 --start 0.75 --json "
    char *days = scores(BACKTEST "--model linear --future load --refit-every 7d --stride 24"),
         *rows = scores(BACKTEST "--model linear --future load --refit-every 168 --stride 24"),
         *once = scores(BACKTEST "--model linear --future load --stride 24");
    assert_string_equal(days, rows);
    assert_true(strcmp(days, once) != 0);
    assert_true(number_after(days, "\"windows\": ") == 14);
    free(days);
    free(rows);
    free(once);
    /* The mean of a rising line is a little less late. */
    char line[2000] = "a\n";
    for (int t = 0, at = 2; t < 300; t++)
        at += snprintf(line + at, sizeof line - (size_t)at, "%d\n", t);
    program_write("line.csv", line, strlen(line));
    char *late = scores("backtest line.csv --model mean --lookback 2 --horizon 2 --folds 1 --json"),
         *soon = scores(
             "backtest line.csv --model mean --lookback 2 --horizon 2 --folds 1 --refit-every 1 --json");
    const double before = number_after(late, "\"mse\": "), after = number_after(soon, "\"mse\": ");
    if (!(after < .8 * before))
        fail_msg("MSE %g fitted in every row, %g once", after, before);
    assert_true(number_after(late, "\"windows\": ") == number_after(soon, "\"windows\": "));
    free(late);
    free(soon);
    /* A network of stations: what is scored in parts is what is scored at once. */
    static const char places[] = "station,x,y\nprice,0,0\nload,1,0\n";
    program_write("places.csv", places, strlen(places));
#define STATIONS                                                                                             \
    "backtest past.csv --model naive --stations places.csv --lookback 2 --horizon 3 --folds 2 --json "
    char *whole = scores(STATIONS), *parts = scores(STATIONS "--refit-every 50");
    assert_string_equal(whole, parts);
    free(whole);
    free(parts);
    program_discard(program_expect(
        "backtest line.csv --model itransformer --d-model 8 --heads 2 --layers 1 --epochs 1 --seeds 1 "
        "--lookback 4 --horizon 2 --folds 1 --refit-every 60",
        0));
    program_discard(program_expect(
        "backtest line.csv --model mean --lookback 2 --horizon 2 --folds 1 --refit-every soon", 2));
    program_discard(program_expect(
        "backtest line.csv --model mean --lookback 2 --horizon 2 --folds 1 --refit-every 7d", 2));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_refits),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_linear PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
