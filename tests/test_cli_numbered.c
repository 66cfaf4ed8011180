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

static program_result run(const char *words, int status)
{
    program_result r = program_run(words, NULL);
    if (r.status != status)
        fail_msg("auspex %s: exit code %d instead of %d: %s", words, r.status, status, r.err);
    return r;
}

static int make_models(void **state)
{
    (void)state;
    write_rows("numbered.csv", true, false);
    write_rows("bare.csv", false, false);
    write_rows("numbered-hole.csv", true, true);
    write_rows("bare-hole.csv", false, true);
    program_result r = run("train numbered.csv " SMALL " -o numbered.safetensors", 0);
    program_result_free(&r);
    r = run("train bare.csv " SMALL " -o bare.safetensors", 0);
    program_result_free(&r);
    return 0;
}

/* The entry of a document's key, of its last element where it is a list. */
static json_int_t number_of(const char *words, const char *key)
{
    program_result r = run(words, 0);
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
    program_result r = run("forecast numbered.csv numbered.safetensors -q", 0);
    assert_memory_equal(r.out, "time,a,b\n1120,", strlen("time,a,b\n1120,"));
    program_result_free(&r);
    r = run("forecast bare.csv bare.safetensors -q", 0);
    assert_memory_equal(r.out, "a,b\n", 4);
    program_result_free(&r);
}

/* The place of a missing value: the number in the file, or that of the row, counted from 1. */
static void test_place_of_a_hole(void **state)
{
    (void)state;
    program_result r = run("evaluate numbered-hole.csv numbered.safetensors --on-missing keep -q", 3);
    assert_non_null(strstr(r.err, "column 'a' has no value at 1100;"));
    program_result_free(&r);
    r = run("evaluate bare-hole.csv bare.safetensors --on-missing keep -q", 3);
    assert_non_null(strstr(r.err, "column 'a' has no value at row 101;"));
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_place_of_a_hole),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_numbered PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, make_models, NULL);
    program_tear_down();
    return failed;
}
