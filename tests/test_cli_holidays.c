/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of holidays, from the command line. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAYS = 400, TO_COME = 14, SERIES = 3 };

/* Holidays of all, or of one series. */
static bool is_closed(int series, int t)
{
    return series < 0 ? t % 23 == 5 || t % 37 == 11 : sin(t * t * .37 + series) > .97;
}

static double usual(int series, int t)
{
    return (series + 1) * (100 + 5 * sin(t * 2 * M_PI / 7));
}

static double sales(int series, bool own, int t)
{
    return usual(series, t) + sin(t * 1.3 * t + series) -
           (is_closed(own ? series : -1, t) ? 60 * (series + 1) : 0);
}

/* The day so many days behind 2023-01-01. */
static void print_day(FILE *out, int t, bool german)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 2023, month = 0;
    for (; t >= lengths[month]; month = (month + 1) % 12) {
        t -= lengths[month];
        year += month == 11;
    }
    if (german)
        fprintf(out, "%02d.%02d.%d", t + 1, month + 1, year);
    else
        fprintf(out, "%d-%02d-%02d", year, month + 1, t + 1);
}

typedef struct memory {
    char *text;
    size_t size;
    FILE *out;
} memory;

static void begin(memory *m, const char *heading)
{
    m->out = open_memstream(&m->text, &m->size);
    assert_non_null(m->out);
    fputs(heading, m->out);
}

static void end(memory *m, const char *name)
{
    fclose(m->out);
    program_write(name, m->text, m->size);
    free(m->text);
}

static void write_wide(const char *name, int rows)
{
    memory m;
    begin(&m, "date,sales\n");
    for (int t = 0; t < rows; t++) {
        print_day(m.out, t, false);
        fprintf(m.out, ",%.3f\n", sales(0, false, t));
    }
    end(&m, name);
}

/* Series end one after the other. */
static void write_long(const char *name, bool own)
{
    memory m;
    begin(&m, "store,date,sales\n");
    for (int s = 0; s < SERIES; s++)
        for (int t = 0; t < DAYS - (own ? 0 : 5 * s); t++) {
            fprintf(m.out, "S%d,", s);
            print_day(m.out, t, false);
            fprintf(m.out, ",%.3f\n", sales(s, own, t));
        }
    end(&m, name);
}

static int setup(void **state)
{
    (void)state;
    memory m, own;
    begin(&m, "day,name\n");
    begin(&own, "Datum;store;Grund\n");
    for (int t = 0; t < DAYS + TO_COME; t++) {
        if (is_closed(-1, t)) {
            print_day(m.out, t, false);
            fputs(",\"closed, for once\"\n", m.out);
        }
        for (int s = 0; s < SERIES; s++)
            if (is_closed(s, t)) {
                print_day(own.out, t, true);
                fprintf(own.out, ";S%d;x\n", s);
            }
    }
    end(&m, "closed.csv");
    end(&own, "own.csv");
    write_wide("shop.csv", DAYS);
    write_wide("past.csv", DAYS - 40);
    write_long("long.csv", false);
    write_long("ownlong.csv", true);
    program_write("steps.csv", "row,x\n1,1\n2,3\n3,2\n4,3\n", 22);
    return 0;
}

static double error_of(const char *text, int columns)
{
    double sum = 0;
    const char *line = strchr(text, '\n');
    for (int h = 0; h < TO_COME; h++, line = strchr(line + 1, '\n')) {
        const int t = DAYS + h;
        assert_non_null(line);
        const double truth = usual(0, t) - (is_closed(-1, t) ? 60 : 0);
        const char *value = line;
        for (int i = 0; i < columns; i++)
            value = strchr(value + 1, ',');
        sum += fabs(atof(value + 1) - truth) / TO_COME;
    }
    return sum;
}

/* The first score in the row of a forecaster. */
static double score_of(const char *words, const char *name)
{
    char row[80];
    program_result r = program_expect(words, 0);
    snprintf(row, sizeof row, "\n%s ", name);
    const char *at = strstr(r.out, row);
    assert_non_null(at);
    const double score = atof(at + strlen(row));
    program_result_free(&r);
    return score;
}

static void assert_half(double with, double without)
{
    if (!(with < .5 * without) || !(with >= 0))
        fail_msg("error %g with holidays, %g without", with, without);
}

static void test_alone(void **state)
{
    (void)state;
    program_result with = program_expect("forecast shop.csv --horizon 14 --holidays closed.csv", 0),
                   other = program_expect("forecast shop.csv --horizon 14 --quiet", 0);
    assert_int_equal(strncmp(with.out, "date,sales\n", 11), 0);
    assert_non_null(strstr(with.err, "linear by 'holiday' has errors"));
    assert_half(error_of(with.out, 1), error_of(other.out, 1));
    program_result_free(&with);
    program_result_free(&other);
    with = program_expect("forecast shop.csv --horizon 14 --holidays closed.csv --model ets", 0);
    assert_int_equal(strncmp(with.out, "date,sales\n", 11), 0);
    assert_non_null(strstr(with.err, "'holiday' is left out"));
    program_result_free(&with);
}

/* One model goes through all commands. */
static void test_model(void **state)
{
    (void)state;
    program_discard(program_expect(
        "train shop.csv --model linear --horizon 14 --holidays closed.csv -o with.safetensors", 0));
    program_discard(program_expect("train shop.csv --model linear --horizon 14 -o without.safetensors", 0));
    program_result with = program_expect("forecast shop.csv with.safetensors --holidays closed.csv", 0),
                   other = program_expect("forecast shop.csv without.safetensors", 0);
    assert_int_equal(strncmp(with.out, "date,sales\n", 11), 0);
    assert_half(error_of(with.out, 1), error_of(other.out, 1));
    program_result_free(&with);
    program_result_free(&other);
    const double own = score_of("evaluate shop.csv with.safetensors --holidays closed.csv", "linear"),
                 none = score_of("evaluate shop.csv without.safetensors", "linear");
    assert_half(own, none);
    assert_half(
        score_of("compare shop.csv with.safetensors without.safetensors --holidays closed.csv", "with"),
        none);
    assert_half(score_of("compare shop.csv auto linear --horizon 14 --holidays closed.csv", "linear"), none);
    program_refused("forecast shop.csv with.safetensors", 2, "the model goes by holidays: --holidays FILE");
    program_refused("evaluate shop.csv with.safetensors", 2, "the model goes by holidays: --holidays FILE");
    program_refused("compare shop.csv with.safetensors without.safetensors", 2, "the model goes by holidays");
    program_refused("forecast shop.csv without.safetensors --holidays closed.csv", 2, "trained without");
}

static void test_backtest(void **state)
{
    (void)state;
    assert_half(score_of("backtest shop.csv --model linear --horizon 14 --holidays closed.csv", "linear"),
                score_of("backtest shop.csv --model linear --horizon 14", "linear"));
    assert_half(
        score_of("backtest long.csv --id store --model linear --horizon 14 --holidays closed.csv", "linear"),
        score_of("backtest long.csv --id store --model linear --horizon 14", "linear"));
    /* Beside it the same without: what the file gives. */
    assert_half(score_of("backtest shop.csv --model linear --horizon 14 --holidays closed.csv --alone "
                         "--target sales",
                         "linear"),
                score_of("backtest shop.csv --model linear --horizon 14 --holidays closed.csv --alone "
                         "--target sales",
                         "linear, targets alone"));
}

static void test_update(void **state)
{
    (void)state;
    program_discard(program_expect(
        "train past.csv --model linear --horizon 14 --holidays closed.csv -o old.safetensors", 0));
    program_refused("update old.safetensors shop.csv -o new.safetensors", 2, "the model goes by holidays");
    program_discard(
        program_expect("update old.safetensors shop.csv --holidays closed.csv -o new.safetensors", 0));
    assert_half(score_of("evaluate shop.csv new.safetensors --holidays closed.csv", "linear"), .1);
}

static void test_long(void **state)
{
    (void)state;
    program_result r =
        program_expect("forecast long.csv --id store --horizon 14 --holidays closed.csv --level 80", 0);
    assert_int_equal(strncmp(r.out, "store,date,sales,sales-lo-80", 28), 0);
    assert_non_null(strstr(r.out, "\nS2,2024-01-26,")); /* from its own end */
    program_result_free(&r);
    program_discard(program_expect(
        "train long.csv --id store --model linear --horizon 14 --holidays closed.csv -o long.safetensors",
        0));
    program_discard(
        program_expect("train long.csv --id store --model linear --horizon 14 -o plain.safetensors", 0));
    assert_half(score_of("evaluate long.csv long.safetensors --holidays closed.csv", "linear"),
                score_of("evaluate long.csv plain.safetensors", "linear"));
    r = program_expect("forecast long.csv long.safetensors --holidays closed.csv", 0);
    assert_int_equal(strncmp(r.out, "store,date,sales\n", 17), 0);
    assert_half(error_of(r.out, 2), 20);
    program_result_free(&r);
    program_refused("forecast long.csv long.safetensors", 2, "the model goes by holidays");
}

/* A column of the file, named as the id is, says whose holidays they are. */
static void test_groups(void **state)
{
    (void)state;
    assert_half(
        score_of("backtest ownlong.csv --id store --model linear --horizon 14 --holidays own.csv", "linear"),
        score_of("backtest ownlong.csv --id store --model linear --horizon 14", "linear"));
    program_write("others.csv", "store,date\nX,2023-05-01\nY,2024-01-01\n", 37);
    program_refused("forecast ownlong.csv --id store --holidays others.csv", 3,
                    "others.csv:2:1: 'X' is no series of the data");
}

static void test_network(void **state)
{
    (void)state;
#define SMALL " --model itransformer --lookback 14 --horizon 7 --epochs 40 --learning-rate 3e-3 --d-model 64 "
    program_discard(program_expect("train shop.csv" SMALL "--holidays closed.csv -o network.safetensors", 0));
    program_discard(program_expect("train shop.csv" SMALL "-o blind.safetensors", 0));
    assert_half(score_of("evaluate shop.csv network.safetensors --holidays closed.csv", "itransformer"),
                score_of("evaluate shop.csv blind.safetensors", "itransformer"));
    program_discard(program_expect("plot attention shop.csv network.safetensors --holidays closed.csv", 0));
}

/* Dates in other columns and forms, and two names on a day. */
static void test_forms(void **state)
{
    (void)state;
    static const char *const files[] = {
        "holiday;ds;lower_window\nmay;01.05.2023;0\nnew year;01.01.2024;0\nlast;28.01.2023;0\n",
        "2023-05-01\n2024-01-01,New Year, again\n\n2023-01-28\n",
        "20230501\n20240101\n20230128\n",
        "date,name\n2023/05/01,x\n2024/01/01,y\n2023/01/28,z\n",
    };
    char *first = NULL;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        program_write("form.csv", files[i], strlen(files[i]));
        program_result r =
            program_expect("forecast shop.csv --horizon 7 --model linear --holidays form.csv", 0);
        if (first)
            assert_string_equal(r.out, first);
        else
            first = strdup(r.out);
        program_result_free(&r);
    }
    const char *twice = "day,name\n2023-05-01,Labour\n2023-05-01,Spring\n2023-01-28,z\n2024-01-01,y\n";
    program_write("form.csv", twice, strlen(twice));
    program_result r = program_expect("forecast shop.csv --horizon 7 --model linear --holidays form.csv", 0);
    assert_string_equal(r.out, first);
    assert_non_null(strstr(r.err, "2023-05-01 is 'Labour' and 'Spring': one holiday"));
    program_result_free(&r);
    free(first);
}

static void test_bad(void **state)
{
    (void)state;
#define TRY(text, code, said)                                                                                \
    program_write("bad.csv", text, strlen(text));                                                            \
    program_refused("forecast shop.csv --horizon 14 --holidays bad.csv", code, said)
    TRY("2022-12-25,x\n2023-12-25,y\n", 3, "bad.csv ends in 2023, and rows of 2024 of shop.csv");
    TRY("date\n2024-01-01\nsoon\n", 3, "bad.csv:3:1: 'soon' is no date");
    TRY("name,date\nx,2024-01-01\ny\n", 3, "bad.csv:3: no date: 1 fields, and dates stand in 2");
    TRY("2021-01-01\n2030-01-01\n", 3,
        "none of the dates of bad.csv, 2021-01-01 to 2030-01-01, lies in shop.csv");
    TRY("date,name\n", 3, "bad.csv holds no dates");
    TRY("name,what\nx,y\n", 3, "bad.csv:2: 'x' is no date");
    TRY("1/2/2023\n2/3/2024\n", 3, "day and month of its dates could be either");
    program_refused("forecast shop.csv --horizon 14 --holidays none.csv", 3, "none.csv");
    program_refused("forecast steps.csv --horizon 1 --holidays closed.csv", 2, "has no rows of days");
    program_refused("train shop.csv --model ets --holidays closed.csv -o x.safetensors", 2,
                    "--model ets does not go by what is known beforehand");
    program_refused("forecast shop.csv --stations s.csv --holidays closed.csv", 2,
                    "not for panels of stations");
    program_refused("anomalies shop.csv --holidays closed.csv", 2, "not for series without a model's file");
    /* The horizon runs into a year that the file says nothing of. */
    const char *short_of = "2023-01-06\n2023-05-01\n2024-01-01\n";
    program_write("bad.csv", short_of, strlen(short_of));
    program_discard(program_expect(
        "train shop.csv --model linear --horizon 340 --split 0.9/0/0.1 --holidays bad.csv -o far.safetensors",
        0));
    program_refused("forecast shop.csv far.safetensors --holidays bad.csv", 3,
                    "bad.csv ends in 2024, and rows of 2025");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone),   cmocka_unit_test(test_model), cmocka_unit_test(test_backtest),
        cmocka_unit_test(test_update),  cmocka_unit_test(test_long),  cmocka_unit_test(test_groups),
        cmocka_unit_test(test_network), cmocka_unit_test(test_forms), cmocka_unit_test(test_bad),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_holidays PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, setup, NULL);
    program_tear_down();
    return failed;
}
