/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kinds of files and settings that once went wrong, on the command line. */
#include "cmocka_all.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL " --lookback 14 --horizon 7 --d-model 8 --heads 2 --layers 1 --epochs 1 --batch 8 --threads 1 "

static void says(const char *words, int status, const char *what)
{
    program_result r = program_run(words, NULL);
    if (r.status != status || (!strstr(r.out, what) && !strstr(r.err, what)))
        fail_msg("auspex %s: %d, '%s%s' does not say '%s'", words, r.status, r.out, r.err, what);
    program_result_free(&r);
}

static void write_text(const char *name, const char *text)
{
    program_write(name, text, strlen(text));
}

/* Two tickers as yfinance writes them. */
static void test_tickers(void **state)
{
    (void)state;
    static char text[20000];
    size_t n = (size_t)sprintf(text, "Price,Close,Close,Volume,Volume\nTicker,ACME,XYZ,ACME,XYZ\nDate,,,,\n");
    for (int i = 0; i < 140; i++)
        if (i % 7 < 5)
            n += (size_t)sprintf(text + n, "2022-%02d-%02d,%d.5,%d.25,100,200\n", 1 + (i + 2) / 28,
                                 1 + (i + 2) % 28, 50 + i % 9, 70 + i % 5);
    write_text("tickers.csv", text);
    says("train tickers.csv --prices --target ACME --frequency d --model time2vec --lookback 20 --norm none "
         "--epochs 1 "
         "-o t.st",
         0, "kept epoch");
    says("train tickers.csv --prices --target ACM --model time2vec --lookback 20 -o t.st", 2,
         "did you mean 'ACME'?");
}

/* The column of values of a long file, with rows of the future. */
static void test_long_target(void **state)
{
    (void)state;
    static char text[40000];
    size_t n = (size_t)sprintf(text, "unique_id,ds,y,promo\n");
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < 300; i++) {
            n += (size_t)sprintf(text + n, "%c,%d,", 'A' + s, 1000 + i);
            if (i < 290)
                n += (size_t)sprintf(text + n, "%d", i * 7 % 11);
            n += (size_t)sprintf(text + n, ",%d\n", i % 2);
        }
    write_text("long.csv", text);
    says("train long.csv --time ds --target y" SMALL "--loss pinball --quantile 0.2 -o l.st", 0,
         "4 columns, 2 to forecast");
    says("inspect l.st", 0, "pinball loss");
    says("train long.csv --target z" SMALL "-o l.st", 2, "there are A/y, A/promo");
    says("inspect long.csv --columns C", 2, "there are A, B");
}

static void test_settings(void **state)
{
    (void)state;
    write_text("five.csv", "date,y\n2022-01-01,1\n2022-01-02,2\n2022-01-03,3\n2022-01-04,4\n2022-01-05,5\n");
    write_text("one.csv", "date,y\n2022-01-01,1\n");
    write_text("week.csv", "week,y\n2024-W05,3\n");
    says("train five.csv --d-model 10 --heads 4 --lookback 1 --horizon 1 -o h.st", 2,
         "--d-model 8 or 12 or --heads 2 or 5 would do");
    says("train five.csv --model naive -o n.st", 0, "fitted");
    says("forecast five.csv n.st --steps 1", 0, "2022-01-06,5");
    says("forecast five.csv n.st --steps 1 --floor 6", 0, "2022-01-06,6");
    says("forecast one.csv --horizon 1", 3, "one row does not show the step between rows; --frequency d");
    says("forecast one.csv --horizon 1 --frequency d", 0, "2022-01-02,1");
    says("forecast week.csv --horizon 1", 0, "2024-W06,3");
    says("inspect five.csv --decimal , --thousands ,", 2, "name the same mark");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tickers), cmocka_unit_test(test_long_target),
                                       cmocka_unit_test(test_settings)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_kinds PROGRAM\n", stderr);
        return 2;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
