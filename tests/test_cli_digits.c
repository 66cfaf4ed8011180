/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts are written as exactly as the file's own values need: levels far above their changes, and cents.
 */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static program_result run(const char *words)
{
    program_result r = program_run(words, NULL);
    if (r.status)
        fail_msg("auspex %s: exit code %d: %s", words, r.status, r.err);
    return r;
}

/* The file of a meter that stands at 1234567887 with two decimals. */
static void test_meter(void **state)
{
    (void)state;
    char words[600];
    const char *folder = getenv("AUSPEX_SOURCE");
    snprintf(words, sizeof words,
             "train %s/tests/cases/32-meter-reading-1e9.csv --lookback 28 --horizon 7 --d-model 16 --heads 2 "
             "--layers 1 "
             "--epochs 2 -q -o m.safetensors",
             folder);
    program_result r = run(words);
    program_result_free(&r);
    snprintf(words, sizeof words, "forecast %s/tests/cases/32-meter-reading-1e9.csv m.safetensors -q",
             folder);
    r = run(words);
    int different = 0;
    double last = 0;
    for (const char *line = strchr(r.out, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        const double value = atof(strchr(line + 1, ',') + 1);
        if (fabs(value - 1234567889) > 20)
            fail_msg("%.3f is far from the last value", value);
        different += value != last;
        last = value;
    }
    assert_in_range(different, 5, 7);
    program_result_free(&r);
}

/* Naive forecasts are values of the file, to the last of its digits, as text and as JSON. */
static void test_copies(void **state)
{
    (void)state;
    static const char *const values[] = {"2512345.67", "1234567890.12",    "0.1",
                                         "1e-7",       "123456789.123456", "98765.4321"};
    char text[4000] = "y\n", words[200];
    for (int i = 0; i < 60; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s\n", values[i % 6]);
    program_write("copies.csv", text, strlen(text));
    static const char *const kinds[] = {"naive", "seasonal-naive"};
    for (int k = 0; k < 2; k++) {
        snprintf(words, sizeof words,
                 "train copies.csv --model %s --lookback 6 --horizon 6 --season 6 -q -o n.safetensors",
                 kinds[k]);
        program_result r = run(words);
        program_result_free(&r);
        r = run("forecast copies.csv n.safetensors -q");
        char wanted[400] = "y\n";
        for (int i = 0; i < 6; i++)
            snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s\n",
                     k == 0 || i == 5 ? values[5]
                     : i == 3         ? "0.0000001"
                                      : values[i]);
        assert_string_equal(r.out, wanted);
        program_result_free(&r);
    }
    program_result r = run("forecast copies.csv n.safetensors -q --json");
    assert_non_null(strstr(r.out, "123456789.123456"));
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_meter), cmocka_unit_test(test_copies)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_digits PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
