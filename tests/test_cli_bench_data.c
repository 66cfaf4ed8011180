/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The benches on generated tasks and on a table from the command line: networks of one size, the simple
 * forecasts beside, and a warning where a longer look-back is worse. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Three series that forget within days, and noise. */
static void write_data(void)
{
    char *text = NULL;
    size_t size;
    double y[3] = {0};
    unsigned state = 1;
    FILE *out = open_memstream(&text, &size);
    fputs("a,b,c\n", out);
    for (int i = 0; i < 900; i++)
        for (int c = 0; c < 3; c++) {
            state = state * 1664525u + 1013904223u;
            y[c] = 0.6 * y[c] + (double)(state >> 8) / (1 << 24) - 0.5;
            fprintf(out, "%.4f%c", 10 + y[c], c < 2 ? ',' : '\n');
        }
    fclose(out);
    program_write("data.csv", text, size);
    free(text);
}

#define SIZES "--horizon 7 --d-model 24 --heads 4 --batch 16 --epochs 2 --learning-rate 3e-3 --threads 1 "

/* The value of a figure in a row of CSV; NaN: there is none. */
static double figure(const char *csv, const char *name, const char *of)
{
    char want[200];
    snprintf(want, sizeof want, ",\"%s\",0,%s,", name, of);
    const char *at = strstr(csv, want);
    return !at || at[strlen(want)] == '\n' ? NAN : atof(at + strlen(want));
}

static void assert_rows(const char *csv, const char *const *names, double parameters)
{
    for (int i = 0; names[i]; i++) {
        if (!(figure(csv, names[i], "validation MSE") > 0) || !(figure(csv, names[i], "test MSE") > 0))
            fail_msg("no scores of '%s' in:\n%s", names[i], csv);
        assert_true(fabs(figure(csv, names[i], "parameters") / parameters - 1) <= 0.05);
    }
    assert_true(figure(csv, "repeat-last", "test MSE") > 0);
    assert_true(figure(csv, "linear", "test MSE") > 0);
}

static void test_lookback(void **state)
{
    (void)state;
    static const char *const rows[] = {"24 rows", "48 rows", "96 rows", "192 rows", NULL};
    write_data();
    program_result r = program_expect("bench lookback data.csv --lookback 48 --layers 1 " SIZES "--csv -", 0);
    assert_rows(r.out, rows, figure(r.out, "48 rows", "parameters"));
    assert_non_null(strstr(r.err, "twice as many rows of look-back change the validation MSE by +"));
    assert_non_null(strstr(r.err, "longer is worse here: 192 rows"));
    program_result_free(&r);
}

static void test_depth_and_aspect(void **state)
{
    (void)state;
    static const char *const depths[] = {"1 layer", "2 layers", "3 layers", "6 layers", NULL},
                             *const aspects[] = {"1 layer x 8 heads", "2 layers x 4 heads",
                                                 "4 layers x 2 heads", "8 layers x 1 heads", NULL};
    write_data();
    program_result r = program_expect("bench depth data.csv --lookback 14 --layers 2 " SIZES "--csv -", 0);
    assert_rows(r.out, depths, figure(r.out, "2 layers", "parameters"));
    program_result_free(&r);
    r = program_expect("bench aspect data.csv --lookback 14 --layers 2 " SIZES "--csv -", 0);
    assert_rows(r.out, aspects, figure(r.out, "2 layers x 4 heads", "parameters"));
    program_result_free(&r);
    r = program_expect("bench depth data.csv --model time2vec --lookback 14 --horizon 7 --epochs 1 --json -",
                       0);
    assert_non_null(strstr(r.out, "\"group\": \"depth\""));
    program_result_free(&r);
}

/* Rows of chosen lengths and mixers, to look at and as CSV. */
static void test_scaling(void **state)
{
    (void)state;
    program_result r =
        program_expect("bench scaling copy --lengths 16,40 --mixers mean,linear --steps 3 --threads 1", 0);
    static const char *const rows[] = {"\nmean 16 ", "\nlinear 16 ", "\nmean 40 ", "\nlinear 40 "};
    const char *at = strstr(r.out, "\ncopy ");
    for (int i = 0; i < 4; i++)
        assert_non_null(at = at ? strstr(at, rows[i]) : NULL);
    assert_null(strstr(at + 1, "\nmean"));
    program_result_free(&r);
    r = program_expect("bench scaling recall --lengths 16 --mixers mean --steps 3 --threads 1 --csv -", 0);
    assert_non_null(strstr(r.out, "recall,\"mean 16\",1,steps,3\n"));
    program_result_free(&r);
    program_refused("bench scaling --lengths 64,8", 2,
                    "--lengths: '8' is not a whole number from 16 to 16384");
    program_refused("bench scaling --lengths 64,,128", 2, "--lengths: '' is not");
}

static void test_refusals(void **state)
{
    (void)state;
    write_data();
    program_refused("bench width data.csv", 2, "'width' is none of scaling, lookback, depth, aspect");
    program_refused("bench depth", 2, "bench depth takes DATA.csv");
    program_refused("bench depth data.csv --model linear", 2, "linear has none");
    program_refused("bench scaling lag", 2, "there is no task 'lag'");
    program_refused("bench scaling copy --quick --mixer nothing", 2, "nothing");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lookback),
                                       cmocka_unit_test(test_depth_and_aspect),
                                       cmocka_unit_test(test_scaling), cmocka_unit_test(test_refusals)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_bench_data PROGRAM\n", stderr);
        return 2;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
