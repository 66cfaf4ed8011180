/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands say where something would else happen without a word: columns that are left out, rows that
 * are too few, files that are none of what was wanted. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void has(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text ? text : "");
}

static void lacks(const char *text, const char *part)
{
    if (text && strstr(text, part))
        fail_msg("'%s' in:\n%s", part, text);
}

static void write_text(const char *name, const char *text)
{
    program_write(name, text, strlen(text));
}

static void put_day(FILE *out, int t)
{
    const time_t day = 1672531200 + (time_t)t * 86400;
    char stamp[16];
    strftime(stamp, sizeof stamp, "%F", gmtime(&day));
    fputs(stamp, out);
}

static bool is_on(int t)
{
    return t % 11 == 3 || t % 17 == 5;
}

static double sales(int t)
{
    return 100 + 5 * sin(t * 2 * M_PI / 7) + 2 * sin(t * 1.3 * t);
}

/* Days [begin,end) of sales up to `sold`, which a promotion lifts, and of promotions; sold < 0: no such
 * column. */
static void write_days(const char *name, int begin, int end, int sold, bool promoted)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs(sold < 0 ? "date,promo\n" : "date,sales,promo\n", out);
    for (int t = begin; t < end; t++) {
        const bool on = promoted && is_on(t);
        put_day(out, t);
        if (sold >= 0 && t < sold)
            fprintf(out, ",%.3f", sales(t) + (on ? 40 : 0));
        else if (sold >= 0)
            fputc(',', out);
        fprintf(out, ",%d\n", on);
    }
    fclose(out);
    program_write(name, text, size);
    free(text);
}

/* What is known of coming rows may stand in a file of its own, also without a model. */
static void test_future_file(void **state)
{
    (void)state;
    write_days("both.csv", 0, 314, 300, true);
    write_days("past.csv", 0, 300, 300, true);
    write_days("come.csv", 300, 314, -1, true);
    program_result whole = program_expect("forecast both.csv --future promo --target sales", 0);
    const char *const ways[] = {"forecast past.csv --future promo --future-file come.csv --horizon 14",
                                "forecast past.csv --future-file come.csv"};
    for (int i = 0; i < 2; i++) {
        program_result apart = program_expect(ways[i], 0);
        assert_string_equal(apart.out, whole.out);
        has(apart.err, "linear by 'promo' has errors");
        has(apart.err, "% below those of the best naive forecast, and is taken");
        program_result_free(&apart);
    }
    program_result_free(&whole);
    write_text("other.csv", "date,price\n2023-10-28,3\n");
    program_refused("forecast past.csv --future promo --future-file other.csv", 2, "promo");
}

/* A column that never changed tells nothing; one that does not help is not what makes another kind better. */
static void test_constant(void **state)
{
    (void)state;
    write_days("flat.csv", 0, 214, 200, false);
    program_result r = program_expect("forecast flat.csv --future promo --target sales", 0);
    has(r.err, "'promo' is the same in all past rows");
    lacks(r.err, "linear by");
    has(r.err, "less than the best naive forecast");
    assert_int_equal(strncmp(r.out, "date,sales\n", 11), 0);
    program_result_free(&r);
}

static void test_few_rows(void **state)
{
    (void)state;
    write_days("few.csv", 0, 35, 28, true);
    program_result r = program_expect("forecast few.csv --future promo --target sales", 0);
    has(r.err, "'promo' is left out, for the rows are too few");
    program_result_free(&r);
    r = program_expect("forecast few.csv --future promo --target sales --model linear", 0);
    has(r.err, "linear repeats the last value");
    has(r.err, "what is known beforehand is left out, for the rows are too few");
    program_result_free(&r);
}

static void test_returns(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    (void)state;
    fputs("month,v\n", out);
    for (int t = 0; t < 36; t++)
        fprintf(out, "%d-%02d,%d\n", 2020 + t / 12, t % 12 + 1, t == 30 ? -3 : 500 - 14 * t);
    fclose(out);
    program_write("returns.csv", text, size);
    free(text);
    program_result r = program_expect("forecast returns.csv --horizon 24", 0);
    has(r.err, "below its least past value, -3; --min 0 holds them at 0");
    program_result_free(&r);
    r = program_expect("forecast returns.csv --horizon 24 --min 0", 0);
    lacks(r.err, "--min 0 holds");
    program_result_free(&r);
}

static void test_names(void **state)
{
    (void)state;
    write_days("past.csv", 0, 60, 60, true);
    program_refused("forecast past.csv --level 80,80", 2, "--level: 80 stands twice");
    program_refused("forecast past.csv --quantiles .5,.1,.5", 2, "--quantiles: 0.5 stands twice");
    write_text("bare.csv", "3\n4\n5\n");
    program_refused("forecast bare.csv --horizon 1", 3, "the first line holds values, not names");
    program_discard(program_expect("forecast bare.csv --horizon 1 --no-header", 0));
    write_text("pandas.csv", "0\n4\n5\n");
    program_result r = program_expect("forecast pandas.csv --horizon 1", 0);
    has(r.err, "the first line holds whole numbers only");
    program_result_free(&r);
    program_refused("forecast pandas.csv --horizon 1 --strict", 3, "--no-header");
    write_text("ids.csv", "id,date,v\n5,2024-01-01,1\n5,2024-01-02,2\n7,2024-01-03,3\n9,2024-01-04,2\n");
    r = program_expect("forecast ids.csv --horizon 1", 0);
    has(r.err, "column 'id' holds whole numbers under the name of an id");
    assert_int_equal(strncmp(r.out, "date,v\n", 7), 0);
    program_result_free(&r);
}

static void test_without_known(void **state)
{
    (void)state;
    write_days("past.csv", 0, 120, 120, true);
    program_result r = program_expect("select past.csv --future promo --horizon 7", 0);
    has(r.err, "the choice is without 'promo'");
    lacks(r.out, "promo:");
    program_result_free(&r);
    r = program_expect("report past.csv --future promo --horizon 7 -o page.html", 0);
    has(r.err, "the page is without 'promo'");
    program_result_free(&r);
}

static void test_remedies(void **state)
{
    (void)state;
    write_days("past.csv", 0, 30, 30, false);
    program_refused("compare past.csv theta --horizon 12", 3,
                    "; --split 18/0/12 makes it longer, and --horizon 6");
    program_discard(program_expect("compare past.csv theta --horizon 12 --split 18/0/12", 0));
    program_refused("evaluate past.csv past.csv", 3, "is no model but text");
    program_discard(program_expect("train past.csv --model mean --horizon 3 -o m.model", 0));
    program_refused("evaluate past.csv m.model m.model", 2, "auspex compare past.csv MODEL MODEL");
}

/* Scored forecasts are written as forecasts are: naive ones as the values that they repeat, and no end of an
 * interval where no value can be. */
static void test_scored_rows(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    (void)state;
    fputs("date,v\n", out);
    for (int t = 0; t < 300; t++) {
        put_day(out, t);
        fprintf(out, ",%d\n", t % 7 > 3 ? 8 + t * t % 11 : t * t % 13 / 6);
    }
    fclose(out);
    write_text("counts.csv", text);
    free(text);
    program_discard(program_expect("train counts.csv --model linear --horizon 3 -o counts.model", 0));
    program_discard(program_expect("evaluate counts.csv counts.model --level 95 --forecasts rows.csv", 0));
    char *rows = program_read("rows.csv", &size);
    assert_int_equal(
        strncmp(rows, "unique_id,ds,cutoff,y,linear,linear-lo-95,linear-hi-95,repeat-last,seasonal-naive\n",
                80),
        0);
    int count = 0, held = 0;
    for (char *line = strchr(rows, '\n') + 1; *line; line = strchr(line, '\n') + 1, count++) {
        double cell[9] = {0};
        char *at = line;
        for (int i = 1; i < 9; i++) {
            at = strchr(at, ',') + 1;
            cell[i] = strtod(at, NULL);
        }
        assert_true(cell[7] == round(cell[7]) && cell[8] == round(cell[8]));
        assert_true(cell[5] >= 0 || cell[4] < 0);
        held += cell[5] == 0;
    }
    assert_true(count > 100 && held > 5);
    free(rows);
}

/* Dates are dates in both forms. */
static void test_stamps(void **state)
{
    (void)state;
    write_days("past.csv", 0, 60, 60, false);
    program_result r = program_expect("forecast past.csv --horizon 1 --json", 0);
    has(r.out, "\"2023-03-02\"");
    program_result_free(&r);
    write_text("hours.csv", "time,v\n2024-01-01 22:00,1\n2024-01-01 23:00,2\n2024-01-02 00:00,3\n");
    r = program_expect("forecast hours.csv --horizon 1 --json", 0);
    has(r.out, "\"2024-01-02 01:00:00\"");
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_future_file), cmocka_unit_test(test_constant),
        cmocka_unit_test(test_few_rows),    cmocka_unit_test(test_returns),
        cmocka_unit_test(test_names),       cmocka_unit_test(test_without_known),
        cmocka_unit_test(test_remedies),    cmocka_unit_test(test_scored_rows),
        cmocka_unit_test(test_stamps),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_said PROGRAM\n", stderr);
        return 2;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
