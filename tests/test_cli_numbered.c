/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that are numbered rather than dated, from training to the forecast: no date is made up for them. */
#include "program.h"

#include "cmocka_all.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 120, FIRST = 1000, HOLE = 100 };

#define SMALL "--lookback 12 --horizon 4 --d-model 8 --heads 2 --layers 1 --epochs 1 --batch 8 -q --threads 1"

/* A wave and its double; with the number of the row in front, and without a value in row HOLE, where asked
 * for.
 */
static void write_rows(const char *name, bool numbered, bool hole)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs(numbered ? "time,a,b\n" : "a,b\n", file);
    for (int i = 0; i < ROWS; i++) {
        if (numbered)
            fprintf(file, "%d,", FIRST + i);
        if (!hole || i != HOLE)
            fprintf(file, "%.4f", sin(i / 3.0));
        fprintf(file, ",%.4f\n", 2 * sin(i / 3.0));
    }
    fclose(file);
    program_write(name, text, size);
    free(text);
}

static int make_models(void **state)
{
    (void)state;
    write_rows("numbered.csv", true, false);
    write_rows("bare.csv", false, false);
    write_rows("numbered-hole.csv", true, true);
    write_rows("bare-hole.csv", false, true);
    program_result r = program_expect("train numbered.csv " SMALL " -o numbered.safetensors", 0);
    program_result_free(&r);
    r = program_expect("train bare.csv " SMALL " -o bare.safetensors", 0);
    program_result_free(&r);
    return 0;
}

/* The entry of a document's key, of its last element where it is a list. */
static json_int_t number_of(const char *words, const char *key)
{
    program_result r = program_expect(words, 0);
    json_t *document = json_loads(r.out, 0, NULL);
    assert_non_null(document);
    const json_t *value = json_object_get(document, key);
    if (json_is_array(value))
        value = json_array_get(value, json_array_size(value) - 1);
    if (!json_is_integer(value))
        fail_msg("auspex %s: %s is no whole number in %s", words, key, r.out);
    json_int_t number = json_integer_value(value);
    json_decref(document);
    program_result_free(&r);
    return number;
}

static void test_json(void **state)
{
    (void)state;
    assert_int_equal(number_of("inspect numbered.csv --json -q", "first"), FIRST);
    assert_int_equal(number_of("inspect bare.csv --json -q", "last"), ROWS - 1);
    assert_int_equal(number_of("forecast numbered.csv numbered.safetensors --json -q", "time"),
                     FIRST + ROWS + 3);
    assert_int_equal(number_of("forecast bare.csv bare.safetensors --json -q", "time"), ROWS + 3);
}

static void test_csv(void **state)
{
    (void)state;
    program_result r = program_expect("forecast numbered.csv numbered.safetensors -q", 0);
    assert_memory_equal(r.out, "time,a,b\n1120,", strlen("time,a,b\n1120,"));
    program_result_free(&r);
    r = program_expect("forecast bare.csv bare.safetensors -q", 0);
    assert_memory_equal(r.out, "a,b\n", 4);
    program_result_free(&r);
}

/* The place of a missing value: the number in the file, or that of the row, counted from 1. */
static void test_place_of_a_hole(void **state)
{
    (void)state;
    program_result r =
        program_expect("evaluate numbered-hole.csv numbered.safetensors --on-missing keep -q", 3);
    assert_non_null(strstr(r.err, "column 'a' has no value at 1100;"));
    program_result_free(&r);
    r = program_expect("evaluate bare-hole.csv bare.safetensors --on-missing keep -q", 3);
    assert_non_null(strstr(r.err, "column 'a' has no value at row 101;"));
    program_result_free(&r);
}

static void says(const char *words, int status, const char *what)
{
    program_result r = program_expect(words, status);
    if (!strstr(r.out, what) && !strstr(r.err, what))
        fail_msg("auspex %s: '%s%s' does not say '%s'", words, r.out, r.err, what);
    program_result_free(&r);
}

/* The cycle that the training rows show is the season of all that is scored. */
static void test_season(void **state)
{
    (void)state;
    program_bring("tests/cases/29-numbered-rows-with-a-week.csv", "29-numbered-rows-with-a-week.csv");
    const char *small = " --lookback 24 --horizon 6 --d-model 8 --heads 2 --layers 1 --epochs 1 --threads 1";
    char words[400];
    says("inspect 29-numbered-rows-with-a-week.csv", 0, "season of 7 rows, found in the values");
    snprintf(words, sizeof words, "train 29-numbered-rows-with-a-week.csv%s -o week.safetensors", small);
    says(words, 0, "season of 7 rows, found in the training rows");
    says("evaluate 29-numbered-rows-with-a-week.csv week.safetensors", 0,
         "season 7 (found in the training rows)");
    says("evaluate 29-numbered-rows-with-a-week.csv week.safetensors", 0, "does NOT beat");
    says("evaluate 29-numbered-rows-with-a-week.csv week.safetensors --season 5", 0, "season 5\n");
    snprintf(words, sizeof words, "backtest 29-numbered-rows-with-a-week.csv%s --folds 2 --seeds 1", small);
    says(words, 0, "season 7 (found in the training rows)");
    says(words, 0, "does NOT beat seasonal-naive");
    says("train 29-numbered-rows-with-a-week.csv --model seasonal-naive --lookback 7 --horizon 14 -o "
         "last.safetensors",
         0, "season of 7 rows");
    program_result r = program_expect("forecast 29-numbered-rows-with-a-week.csv last.safetensors -q", 0);
    char *at = strchr(r.out, '\n') + 1, *next = at;
    for (int i = 0; i < 7; i++)
        next = strchr(next, '\n') + 1;
    assert_memory_equal(at, next, (size_t)(next - at)); /* a week is copied, not the last value */
    assert_memory_not_equal(at, strchr(at, '\n') + 1, 4);
    program_result_free(&r);
}

/* Without one there is no second copy of the last value. */
static void test_no_season(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    double walk = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs("y\n", file);
    for (unsigned i = 0, seed = 1; i < 200; i++) {
        seed = seed * 1103515245U + 12345U;
        walk += (double)(seed >> 16 & 1023) / 512.0 - 1;
        fprintf(file, "%.3f\n", walk);
    }
    fclose(file);
    program_write("walk.csv", text, size);
    free(text);
    program_discard(program_expect("train walk.csv " SMALL " -o walk.safetensors", 0));
    program_result r = program_expect("evaluate walk.csv walk.safetensors", 0);
    assert_non_null(strstr(r.out, "no season"));
    assert_null(strstr(r.out, "seasonal-naive"));
    program_result_free(&r);
    r = program_expect(
        "backtest walk.csv --folds 2 --seeds 1 --lookback 12 --horizon 4 --d-model 8 --heads 2 --epochs 1",
        0);
    assert_non_null(strstr(r.out, "no season"));
    assert_null(strstr(r.out, "seasonal-naive"));
    program_result_free(&r);
}

static void test_start(void **state)
{
    (void)state;
    program_discard(
        program_expect("train bare.csv --start 2012-03-01 --frequency h " SMALL " -o hours.safetensors", 0));
    says("forecast bare.csv hours.safetensors -q", 0, "time,a,b\n2012-03-06 00:00:00,");
    says("evaluate bare.csv hours.safetensors", 0, "season 24");
    says("inspect bare.csv --start 2012-01-31 --frequency m", 0, "2012-01-31 to 2021-12-31");
    says("inspect bare.csv --start 2012-03-01", 2, "--start needs --frequency");
    says("inspect numbered.csv --start 2012-03-01 --frequency h", 2, "files without stamps");
    says("inspect bare.csv --start soon --frequency h", 3, "--start: 'soon' is not a time stamp");
}

/* Numbers on the axis of a picture are rows, and no years. */
static void test_picture(void **state)
{
    (void)state;
    says("forecast bare.csv bare.safetensors --plot - -o x.csv", 0, " row\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_place_of_a_hole),
        cmocka_unit_test(test_season),
        cmocka_unit_test(test_no_season),
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_picture),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_numbered PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, make_models, NULL);
    program_tear_down();
    return failed;
}
