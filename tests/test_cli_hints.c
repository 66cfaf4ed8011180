/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wrong words are answered with the right one, and sizes that do not fit with some of the same horizon that
 * do. */
#include "cmocka_all.h"
#include "program.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *words, *says;
} wrong[] = {
    {"train months.csv --lr 1", "unknown option --lr: here it is --learning-rate"},
    {"train months.csv --steps 3", "here it is --horizon"},
    {"train months.csv --freq m", "here it is --frequency"},
    {"train months.csv --input-size 3", "here it is --lookback"},
    {"train months.csv --target-column y", "here it is --target"},
    {"train months.csv --model t2 --target-column y", "here it is --label"},
    {"train months.csv --batch-size 3", "here it is --batch"},
    {"train months.csv --season-length 3", "here it is --season"},
    {"train months.csv --order 3", "--order is a setting of --model ar"},
    {"forecast months.csv model --epochs 3", "--epochs is no option of forecast, but of train, compress, "},
    {"train months.csv --lokback 3", "did you mean --lookback?"},
    {"train months.csv --=3", "unknown option --\n"}, /* nothing is near to no name */
    {"predict months.csv",
     "there is no command 'predict': here it is forecast, or for light curves classify"},
    {"fit", "here it is train"},
    {"test", "here it is evaluate"},
    {"help cv", "here it is backtest"},
    {"forcast", "did you mean forecast?"},
    {"inspect months.csv --columns sales,load,temp", "there is no column 'load'"},
    {"inspect months.csv --columns sale", "did you mean 'sales'?"},
    {"correlate months.csv --target Sales", "did you mean 'sales'?"},
    {"train months.csv --lookback 12 --horizon 3 --target SALES -o model", "did you mean 'sales'?"},
    {"train months.csv --lookback 12 --horizon 3 --target x -o model", "there are sales, temp"},
    {"inspect long.csv --id id --exclude south", "did you mean 'South'?"},
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        program_result r = program_expect(wrong[i].words, 2);
        if (!strstr(r.err, wrong[i].says))
            fail_msg("auspex %s: '%s' does not say '%s'", wrong[i].words, r.err, wrong[i].says);
        program_result_free(&r);
    }
}

/* What "would do" does: the command with the options that the error names, behind those given. */
static void follow(const char *words, const char *small)
{
    char again[600], options[200];
    program_result r = program_expect(words, 3);
    const char *end = strstr(r.err, " would do"), *begin = end;
    if (!end)
        fail_msg("auspex %s: '%s' says nothing that would do", words, r.err);
    while (begin > r.err && begin[-1] != ':')
        begin--;
    snprintf(options, sizeof options, "%.*s", (int)(end - begin), begin);
    assert_null(strstr(options, "--horizon"));
    snprintf(again, sizeof again, "%s%s%s", words, options, small);
    program_result_free(&r);
    r = program_expect(again, 0);
    program_result_free(&r);
}

static void test_sizes(void **state)
{
    (void)state;
    const char *small = " --d-model 8 --heads 2 --layers 1 --epochs 1 --threads 1 -q";
    follow("backtest months.csv --horizon 12 --lookback 24 --folds 3 --validation 0.125 --start 0.5", small);
    follow("backtest months.csv --horizon 24 --lookback 96 --validation 0.125 --folds 5 --start 0.5", small);
    /* What is left open fits by itself. */
    program_result fits =
        program_expect("backtest months.csv --horizon 12 --lookback 24 --folds 3 --d-model 8 --heads 2 "
                       "--layers 1 --epochs 1 --seeds 1",
                       0);
    assert_non_null(strstr(fits.err, "for a file of 150 rows: --validation 0.2"));
    program_result_free(&fits);
    follow("train months.csv --horizon 20 --lookback 24 -o model", small);
    follow("train months.csv --horizon 12 --lookback 96 -o model", small);
    follow("train months.csv --horizon 30 --lookback 96 -o model", small);
    program_result r = program_expect("train months.csv --model itransformer --horizon 140 -o model", 3);
    assert_non_null(strstr(r.err, "150 rows are too few for a horizon of 140"));
    program_result_free(&r);
}

static int write_files(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs("month,sales,temp\n", file);
    for (int i = 0; i < 150; i++)
        fprintf(file, "%d-%02d,%.2f,%d\n", 2000 + i / 12, 1 + i % 12, 100 + i + 10 * sin(i * M_PI / 6),
                i * 7 % 13);
    fclose(file);
    program_write("months.csv", text, size);
    free(text);
    const char *series =
        "id,date,y\nNorth,2020-01-01,1\nNorth,2020-01-02,2\nSouth,2020-01-01,3\nSouth,2020-01-02,4\n";
    program_write("long.csv", series, strlen(series));
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_sizes),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_hints PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, write_files, NULL);
    program_tear_down();
    return failed;
}
