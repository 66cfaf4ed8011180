/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of a long file that never change within a series, from the command line: they carry what a series'
 * own past does not show, and what is wrong with them is said. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOPS = 32, MONTHS = 24, AHEAD = 8, LINES = 18, DAYS = 260, LATER = 40 };

static double noise(uint32_t i)
{
    i = (i ^ 61) ^ (i >> 16);
    i *= 9;
    i ^= i >> 4;
    i *= 0x27d4eb2d;
    i ^= i >> 15;
    return i / 4294967296.0 - .5;
}

static const char *const kinds[] = {"beach", "school", "ski", "park"};

/* Sales swing with the year as the kind of shop has it, and a shop has seen two of them at most. */
static double sales_at(int shop, int month)
{
    return (90 + 8 * shop) * (1 + .4 * cos(2 * M_PI * (month - 3 * (shop % 4)) / 12)) +
           9 * noise((uint32_t)(shop * 1000 + month));
}

/* Lines go up or down by their kind, too slowly for a few days to show. */
static double line_at(int line, int day)
{
    return 40 + line + (line % 2 ? 1 : -1) * day + 10 * noise((uint32_t)(line * 5000 + day));
}

/* code: the kinds as numbers; other: the kind of shop 5; changed: a row of shop 3 with another one. */
static void write_shops(const char *name, bool code, const char *other, int changed)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    fputs("shop,month,sales,kind,size\n", f);
    for (int s = 0; s < SHOPS; s++)
        for (int t = 0; t < MONTHS; t++) {
            fprintf(f, "shop%d,%d-%02d-01,%.3f,", s, 2020 + t / 12, 1 + t % 12, sales_at(s, t));
            const char *kind = s == 3 && t == changed ? "market" : s == 5 && other ? other : kinds[s % 4];
            if (code)
                fprintf(f, "%d,%d\n", 1 + s % 4, 100 + s);
            else
                fprintf(f, "%s,%d\n", kind, 100 + s);
        }
    fclose(f);
    program_write(name, text, size);
    free(text);
}

static void write_lines(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    fputs("id,ds,y,way\n", f);
    for (int s = 0; s < LINES; s++)
        for (int t = 0; t < DAYS; t++)
            fprintf(f, "L%d,%d,%.3f,%s\n", s, t, line_at(s, t), s % 2 ? "up" : "down");
    fclose(f);
    program_write("lines.csv", text, size);
    free(text);
}

static int setup(void **state)
{
    (void)state;
    write_shops("shops.csv", false, NULL, -1);
    write_shops("codes.csv", true, NULL, -1);
    write_shops("other.csv", false, "harbour", -1);
    write_shops("changed.csv", false, NULL, 7);
    write_lines();
    return 0;
}

/* Mean absolute error of a long forecast, whose third column has the values of `truth` in order of rows. */
static double error_of(const char *text, int series, int ahead, int from, double (*truth)(int, int))
{
    double sum = 0;
    const char *line = strchr(text, '\n');
    for (int i = 0; i < series * ahead; i++) {
        assert_non_null(line);
        const char *value = strchr(line + 1, ',');
        value = value ? strchr(value + 1, ',') : NULL;
        assert_non_null(value);
        sum += fabs(atof(value + 1) - truth(i / ahead, from + i % ahead));
        line = strchr(line + 1, '\n');
    }
    return sum / (series * ahead);
}

static double shops_error(const char *words)
{
    program_result r = program_expect(words, 0);
    const double error = error_of(r.out, SHOPS, AHEAD, MONTHS, sales_at);
    program_result_free(&r);
    return error;
}

#define SHOP "--id shop --target sales --horizon 8 --model linear "

static void test_linear(void **state)
{
    (void)state;
    const double with = shops_error("forecast shops.csv " SHOP "--static kind,size"),
                 codes = shops_error("forecast codes.csv " SHOP "--static kind"),
                 without = shops_error("forecast shops.csv " SHOP);
    if (!(with < .5 * without && codes < .5 * without && with < 4))
        fail_msg("error %g with the kinds, %g with their numbers, %g without", with, codes, without);
    program_result r = program_expect("forecast shops.csv " SHOP "--static kind", 0);
    assert_non_null(strstr(r.err, "all series together by"));
    program_result_free(&r);
}

static void test_network(void **state)
{
    (void)state;
    double error[2];
    for (int i = 0; i < 2; i++) {
        char words[300];
        snprintf(
            words, sizeof words,
            "train lines.csv --id id --target y --model itransformer --lookback 2 --horizon 40 --d-model 32 "
            "--heads 2 --layers 1 --dropout 0 --epochs 150 --split 0.8/0.2/0 %s -o net.safetensors",
            i ? "" : "--static way");
        program_discard(program_expect(words, 0));
        program_result r = program_expect("forecast lines.csv net.safetensors", 0);
        error[i] = error_of(r.out, LINES, LATER, DAYS, line_at);
        program_result_free(&r);
    }
    if (!(error[0] < .5 * error[1]))
        fail_msg("error %g with the ways, %g without", error[0], error[1]);
}

/* A model's file remembers what it goes by, and is the same for any number of threads. */
static void test_kept(void **state)
{
    (void)state;
    program_discard(
        program_expect("train shops.csv " SHOP "--static kind --threads 1 -o one.safetensors", 0));
    program_discard(
        program_expect("train shops.csv " SHOP "--static kind --threads 2 -o two.safetensors", 0));
    assert_true(program_same("one.safetensors", "two.safetensors"));
    program_discard(program_expect("forecast shops.csv one.safetensors --level 80", 0));
    program_result r = program_expect("forecast other.csv one.safetensors", 0);
    assert_non_null(
        strstr(r.err, "'shop5' has 'harbour' as 'kind', which no series of the training rows has"));
    program_result_free(&r);
    r = program_expect("train other.csv " SHOP "--static kind -o other.safetensors", 0);
    assert_null(strstr(r.err, "which no series"));
    program_result_free(&r);
    program_discard(program_expect("update one.safetensors shops.csv -o more.safetensors", 0));
    program_discard(
        program_expect("backtest shops.csv --id shop --target sales --horizon 3 --folds 2 --model "
                       "linear --static kind",
                       0));
    program_discard(
        program_expect("backtest shops.csv --id shop --target sales --horizon 3 --folds 2 --model "
                       "linear --static kind,size",
                       0)); /* sales are the only values left */
    program_discard(program_expect(
        "train lines.csv --id id --target y --model linear --horizon 8 --static way -o long.safetensors", 0));
    program_discard(program_expect("evaluate lines.csv long.safetensors", 0));
}

static void test_refused(void **state)
{
    (void)state;
    program_refused(
        "forecast changed.csv " SHOP "--static kind", 3,
        "changed.csv:81:4: static column 'kind' of series 'shop3' changes from 'park' to 'market'");
    program_refused("forecast shops.csv " SHOP "--static kin", 2, "did you mean 'kind'?");
    program_refused("forecast shops.csv " SHOP "--static shop", 2,
                    "column 'shop' cannot be both static and the name of a series");
    program_refused("forecast shops.csv --columns sales --on-duplicate mean --model linear --static kind", 2,
                    "--id names the column of series");
    program_refused("forecast shops.csv --id shop --target sales --horizon 8 --model ets --static kind", 2,
                    "--model ets does not go by what never changes in a series");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_linear), cmocka_unit_test(test_network),
                                       cmocka_unit_test(test_kept), cmocka_unit_test(test_refused)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_static PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, setup, NULL);
    program_tear_down();
    return failed;
}
