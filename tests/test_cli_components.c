/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trend, seasons and rest of a file: that they are found, and add up. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double line_at(int i)
{
    return 50 + .1 * i;
}

static double day_at(int i)
{
    return 9 * sin(6.28318530718 * i / 24);
}

static double week_at(int i)
{
    return i / 24 % 7 < 5 ? 4 : -10;
}

/* Hours with a line, a day and a week; one value is missing, and one series is short. */
static void write_hours(const char *name)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("id,time,load\n", out);
    for (int i = 0; i < 24 * 7 * 6; i++) {
        char value[32] = "";
        if (i != 500)
            snprintf(value, sizeof value, "%.6f", line_at(i) + day_at(i) + week_at(i));
        fprintf(out, "long,2020-%02d-%02d %02d:00,%s\n", 1 + i / 24 / 31, 1 + i / 24 % 31, i % 24, value);
    }
    for (int i = 0; i < 10; i++)
        fprintf(out, "short,2020-01-01 %02d:00,%d\n", i, i);
    fclose(out);
    program_write(name, text, size);
    free(text);
}

static void test_parts(void **state)
{
    (void)state;
    write_hours("hours.csv");
    program_result r = program_expect("plot components hours.csv --id id --csv -", 0);
    assert_int_equal(strncmp(r.out, "time,series,value,trend,season-24,season-168,rest\n", 50), 0);
    double off = 0, week = 0;
    int rows = 0, missing = 0;
    for (const char *at = strstr(r.out, "long,"); at; at = strstr(at + 1, "long,")) {
        double value, trend, day, seven, rest;
        const int found = sscanf(at + 5, "%lf,%lf,%lf,%lf,%lf", &value, &trend, &day, &seven, &rest);
        if (found < 5) {
            assert_int_equal(strncmp(at, "long,,", 6), 0);
            assert_int_equal(rows, 500);
            missing++;
        } else {
            off = fmax(off, fabs(value - trend - day - seven - rest));
            week = fmax(week, fabs(day + seven - day_at(rows) - week_at(rows)));
        }
        rows++;
    }
    assert_int_equal(rows, 24 * 7 * 6);
    assert_int_equal(missing, 1);
    assert_true(off < 1e-6);
    assert_true(week < 1.5);
    assert_non_null(strstr(r.out, "short,0,"));
    program_result_free(&r);
}

static void test_picture(void **state)
{
    (void)state;
    write_hours("hours.csv");
    program_result r = program_expect("plot components hours.csv --id id --plot-script parts.gp", 0);
    size_t size;
    char *script = program_read("parts.gp", &size);
    assert_non_null(script);
    assert_non_null(strstr(script, "season of 168 "));
    assert_non_null(strstr(script, "trend"));
    free(script);
    program_result_free(&r);
    r = program_expect("plot components hours.csv", 3); /* what names the series must be said */
    program_result_free(&r);
    r = program_expect("plot components", 2);
    assert_non_null(strstr(r.err, "plot components takes FILE.csv"));
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts), cmocka_unit_test(test_picture)};
    if (argc < 2 || program_set_up(argv[1]))
        return 2;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
