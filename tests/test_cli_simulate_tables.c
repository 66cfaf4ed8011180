/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `auspex simulate` sales, power and shares: their form, and that they are made of what docs/simulation.md
 * says. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void works(const char *words)
{
    program_result r = program_run(words, NULL);
    if (r.status)
        fail_msg("auspex %s: exit code %d, said '%s'", words, r.status, r.err);
    program_result_free(&r);
}

static char *file(const char *name)
{
    size_t size;
    char *text = program_read(name, &size);
    if (!text)
        fail_msg("there is no %s", name);
    return text;
}

static void remove_all(const char *const *names)
{
    for (; *names; names++)
        assert_int_equal(remove(*names), 0);
    assert_int_equal(program_files(), 0);
}

/* The fields of a line, cut apart in place. */
static int fields_of(char *line, char **fields, int most)
{
    int count = 0;
    for (char *field; count < most && (field = strsep(&line, ","));)
        fields[count++] = field;
    return count;
}

/* The numbers of one column of a file, NaN where it is empty. */
static size_t column(const char *name, int which, double *values, size_t room)
{
    char *text = file(name), *rest = text, *fields[32];
    size_t count = 0;
    strsep(&rest, "\n");
    for (char *line; (line = strsep(&rest, "\n")) && *line; count++) {
        assert_true(fields_of(line, fields, 32) > which && count < room);
        values[count] = *fields[which] ? atof(fields[which]) : (double)NAN;
    }
    free(text);
    return count;
}

enum { ROOM = 30000 };
static double a[ROOM], b[ROOM], c[ROOM];

/* --- sales --- */

static void test_rows_of_sales_are_sums_of_days(void **state)
{
    (void)state;
    works("simulate sales -q --shops 2 --years 2 --by day -o d.csv --holidays h.csv");
    works("simulate sales -q --shops 2 --years 2 --by week -o w.csv");
    works("simulate sales -q --shops 2 --years 2 --by month -o m.csv");
    const size_t days = column("d.csv", 2, a, ROOM), weeks = column("w.csv", 2, b, ROOM);
    assert_int_equal(days, 2 * 730);
    assert_int_equal(weeks, 2 * 103); /* the one that ends on 1 January 2023 is no longer whole */
    for (size_t w = 0; w < 103; w++) {
        double sum = 0;
        for (size_t d = 0; d < 7; d++)
            sum += a[3 + 7 * w + d];
        assert_true(sum == b[w]);
    }
    assert_int_equal(column("m.csv", 2, c, ROOM), 48);
    double january = 0;
    for (size_t d = 730; d < 761; d++)
        january += a[d];
    assert_true(january == c[24]);
    char *holidays = file("h.csv");
    for (const char *const *line = (const char *const[]){"date,holiday\n", "2021-04-02,Good Friday\n",
                                                         "2022-04-18,Easter Monday\n", "2023-12-25,", NULL};
         *line; line++)
        assert_non_null(strstr(holidays, *line));
    free(holidays);
    assert_true(a[0] == 0 && a[91] == 0 && a[92] > 0); /* New Year, Good Friday, Saturday */
    remove_all((const char *const[]){"d.csv", "w.csv", "m.csv", "h.csv", NULL});
}

static void test_sales_lie_about_their_truth(void **state)
{
    (void)state;
    works("simulate sales -q --years 6 --by week --truth -o w.csv");
    const size_t rows = column("w.csv", 2, a, ROOM);
    assert_int_equal(column("w.csv", 7, b, ROOM), rows);
    assert_int_equal(column("w.csv", 3, c, ROOM), rows);
    double sum = 0, squares = 0, promotions = 0;
    for (size_t r = 0; r < rows; r++) {
        const double off = log(a[r] / b[r]);
        sum += off;
        squares += off * off;
        promotions += c[r];
    }
    const double mean = sum / (double)rows, deviation = sqrt(squares / (double)rows - mean * mean);
    assert_true(fabs(mean) < 0.03);
    assert_true(deviation > 0.06 && deviation < 0.14);
    assert_true(fabs(promotions / (double)rows - 0.15) < 0.03);
    remove_all((const char *const[]){"w.csv", NULL});
}

/* --- power and shares --- */

static void test_power_follows_what_is_known(void **state)
{
    (void)state;
    works("simulate power -q --years 1 --ahead 24 --truth -o p.csv");
    const size_t rows = column("p.csv", 1, a, ROOM);
    assert_int_equal(rows, 8784);
    column("p.csv", 5, b, ROOM);
    column("p.csv", 4, c, ROOM);
    double squares = 0, below = 0;
    for (size_t r = 0; r < rows; r++) {
        assert_true(isnan(a[r]) == (r >= 8760) && !isnan(b[r]));
        assert_true(r % 24 > 2 || c[r] == 0); /* no sun at night */
        if (r < 8760) {
            squares += (a[r] - b[r]) * (a[r] - b[r]);
            below += a[r] < 0;
        }
    }
    assert_true(fabs(sqrt(squares / 8760) - 4) < 0.4);
    assert_true(below > 20 && below < 600);
    remove_all((const char *const[]){"p.csv", NULL});
}

static double correlation(const double *x, size_t n, int lag)
{
    double mean = 0, top = 0, under = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        under += (x[i] - mean) * (x[i] - mean);
        if (i + (size_t)lag < n)
            top += (x[i] - mean) * (x[i + (size_t)lag] - mean);
    }
    return top / under;
}

static void test_shares_cannot_be_forecast_but_their_unrest_can(void **state)
{
    (void)state;
    works("simulate shares -q --years 20 --truth -o s.csv");
    const size_t rows = column("s.csv", 1, a, ROOM);
    assert_int_equal(rows, 5217);
    for (size_t r = 0; r + 1 < rows; r++) {
        b[r] = log(a[r + 1] / a[r]);
        c[r] = b[r] * b[r];
    }
    assert_true(fabs(correlation(b, rows - 1, 1)) < 0.045); /* three deviations of chance */
    assert_true(correlation(c, rows - 1, 1) > 0.06);
    char *text = file("s.csv");
    assert_non_null(strstr(text, "date,AAA,BBB,CCC,true_volatility\n2021-01-01,"));
    assert_null(strstr(text, "2021-01-02,")); /* a Saturday */
    free(text);
    remove_all((const char *const[]){"s.csv", NULL});
}

/* --- all of them --- */

static void test_longer_ones_begin_with_shorter_ones(void **state)
{
    (void)state;
    static const char *const subjects[] = {"sales --shops 1 --by day", "power", "shares --tickers 26"};
    for (size_t i = 0; i < 3; i++) {
        char words[120];
        snprintf(words, sizeof words, "simulate %s -q --years 1 --seed 5 -o a.csv", subjects[i]);
        works(words);
        snprintf(words, sizeof words, "simulate %s -q --years 2 --seed 5 -o b.csv", subjects[i]);
        works(words);
        snprintf(words, sizeof words, "simulate %s -q --years 1 --seed 6 -o c.csv", subjects[i]);
        works(words);
        char *one = file("a.csv"), *two = file("b.csv"), *other = file("c.csv");
        assert_true(strlen(one) < strlen(two));
        assert_memory_equal(one, two, strlen(one));
        assert_string_not_equal(one, other);
        free(one);
        free(two);
        free(other);
    }
    remove_all((const char *const[]){"a.csv", "b.csv", "c.csv", NULL});
}

static void test_wrong_command_lines(void **state)
{
    (void)state;
    static const struct {
        const char *words, *wanted;
    } cases[] = {
        {"simulate sales", "--output is missing"},
        {"simulate sales -o - --holidays -", "cannot both go to standard output"},
        {"simulate sales -o a.csv --tickers 2", "--tickers is an option of 'simulate shares'"},
        {"simulate power -o a.csv --shops 2", "--shops is an option of 'simulate sales'"},
        {"simulate power -o a.csv --days 2", "--days is an option of 'simulate wind'"},
        {"simulate wind -o a.csv --stations s.csv --years 2", "--years is an option of 'simulate sales'"},
        {"simulate shares -o a.csv --ahead 2", "nothing is known beforehand"},
        {"simulate sale -o a.csv", "did you mean sales?"},
        {"simulate sales -o a.csv --by hour", "--by"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        program_result r = program_run(cases[i].words, NULL);
        if (r.status != 2 || !strstr(r.err, cases[i].wanted))
            fail_msg("auspex %s: exit code %d, said '%s' instead of '%s'", cases[i].words, r.status, r.err,
                     cases[i].wanted);
        program_result_free(&r);
    }
    program_result r = program_run("simulate sales -q -o a.csv --holidays nowhere/h.csv", NULL);
    assert_int_equal(r.status, 1);
    program_result_free(&r);
    assert_int_equal(program_files(), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_of_sales_are_sums_of_days),
        cmocka_unit_test(test_sales_lie_about_their_truth),
        cmocka_unit_test(test_power_follows_what_is_known),
        cmocka_unit_test(test_shares_cannot_be_forecast_but_their_unrest_can),
        cmocka_unit_test(test_longer_ones_begin_with_shorter_ones),
        cmocka_unit_test(test_wrong_command_lines),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_simulate_tables PROGRAM\n", stderr);
        return 2;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
