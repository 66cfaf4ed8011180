/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals of models of all kinds: forecast, kept in files, scored, the same for any number of threads. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nearly normal: a sum of twelve uniform numbers. */
static double noise(void)
{
    static uint32_t seed = 1;
    double sum = -6;
    for (int j = 0; j < 12; j++) {
        seed = seed * 1664525u + 1013904223u;
        sum += seed / 4294967296.0;
    }
    return sum;
}

/* Days of two columns: a level that forgets itself by and by, and twice as large a one. */
static void write_days(void)
{
    char *text = NULL;
    size_t size;
    double level[2] = {0};
    FILE *out = open_memstream(&text, &size);
    fputs("row,a,b\n", out);
    for (int i = 0; i < 1500; i++) {
        for (int k = 0; k < 2; k++)
            level[k] = .7 * level[k] + noise();
        fprintf(out, "%d,%.5f,%.5f\n", i, 20 + level[0], 50 + 2 * level[1]);
    }
    fclose(out);
    program_write("days.csv", text, size);
    free(text);
}

/* The number behind a comma-separated field of the row that begins with `row`. */
static double cell(const char *csv, const char *row, const char *heading)
{
    static char copy[20000];
    int at = 0, field = 0;
    if (!csv)
        return NAN;
    const size_t length = strcspn(csv, "\n");
    assert_true(length < sizeof copy);
    memcpy(copy, csv, length);
    copy[length] = 0;
    for (char *name = strtok(copy, ","); name; name = strtok(NULL, ","), field++)
        if (strcmp(name, heading) == 0)
            break;
    const char *line = strstr(csv, row);
    if (!line)
        fail_msg("no row %s in %s", row, csv);
    for (const char *c = line + 1; *c != '\n' && at < field; c++)
        if (*c == ',' && ++at == field)
            return strtod(c + 1, NULL);
    fail_msg("no %s", heading);
    return NAN;
}

static void check_kind(const char *kind, const char *more)
{
    char words[400];
    snprintf(words, sizeof words, "train days.csv --model %s %s --horizon 3 -o m.safetensors", kind, more);
    program_discard(program_expect(words, 0));
    program_result f = program_expect("forecast days.csv m.safetensors --level 80,95 --quantiles .5", 0);
    assert_non_null(strstr(f.out, "row,a,a-lo-80,a-hi-80,a-lo-95,a-hi-95,a-0.5,b,b-lo-80"));
    for (int column = 0; column < 2; column++) {
        const char *const names[][4] = {{"a-lo-95", "a-lo-80", "a-hi-80", "a-hi-95"},
                                        {"b-lo-95", "b-lo-80", "b-hi-80", "b-hi-95"}};
        for (int i = 1; i < 4; i++)
            assert_true(cell(f.out, "\n1502,", names[column][i]) >
                        cell(f.out, "\n1502,", names[column][i - 1]));
    }
    program_result_free(&f);
    program_result e = program_expect("evaluate days.csv m.safetensors --level 80,95 --csv - --quiet", 0);
    snprintf(words, sizeof words, "\n%s,,,", kind);
    const double within = cell(e.out, words, "coverage_80"), more_within = cell(e.out, words, "coverage_95");
    if (fabs(within - .8) > .05 || fabs(more_within - .95) > .03)
        fail_msg("%s: %g and %g within", kind, within, more_within);
    program_result_free(&e);
}

static void test_all_kinds(void **state)
{
    (void)state;
    write_days();
    check_kind("ets", "");
    check_kind("theta", "");
    check_kind("ar", "--lookback 8");
    check_kind("linear", "");
    check_kind("auto", "");
    check_kind("itransformer", "--lookback 8 --d-model 8 --heads 2 --layers 1 --epochs 1");
}

static void same(const char *one, const char *other)
{
    program_result a = program_expect(one, 0), b = program_expect(other, 0);
    assert_string_equal(a.out, b.out);
    program_result_free(&a);
    program_result_free(&b);
}

static void test_threads(void **state)
{
    (void)state;
    size_t size[2];
    program_discard(
        program_expect("train days.csv --model theta --horizon 3 --threads 1 -o one.safetensors", 0));
    program_discard(
        program_expect("train days.csv --model theta --horizon 3 --threads 3 -o three.safetensors", 0));
    char *one = program_read("one.safetensors", &size[0]),
         *three = program_read("three.safetensors", &size[1]);
    assert_true(one && three && size[0] == size[1] && memcmp(one, three, size[0]) == 0);
    free(one);
    free(three);
    same("evaluate days.csv one.safetensors --level 80 --csv - --quiet --threads 1",
         "evaluate days.csv one.safetensors --level 80 --csv - --quiet --threads 3");
}

static void test_backtest(void **state)
{
    (void)state;
    program_result r =
        program_expect("backtest days.csv --model ets --horizon 3 --folds 2 --level 80 --csv - --quiet", 0);
    assert_float_equal(cell(r.out, "\n\"ets\",,", "coverage_80"), .8, .03);
    assert_float_equal(cell(r.out, "\n\"ets\",2-2,", "coverage_80"), .8, .04);
    program_result_free(&r);
    r = program_expect("backtest days.csv --model ets --level 101", 2);
    assert_non_null(strstr(r.err, "is no list of percents"));
    program_result_free(&r);
}

/* What is written is what was scored. */
static void test_forecasts(void **state)
{
    (void)state;
    size_t size;
    program_discard(program_expect("train days.csv --model ets --horizon 3 -o m.safetensors", 0));
    program_result r =
        program_expect("evaluate days.csv m.safetensors --level 80 --forecasts rows.csv --csv - --quiet", 0);
    char *rows = program_read("rows.csv", &size);
    assert_non_null(rows);
    assert_int_equal(strncmp(rows, "unique_id,ds,cutoff,y,ets,ets-lo-80,ets-hi-80,repeat-last\na,", 60), 0);
    double within = 0, squares = 0, count = 0;
    for (char *line = strchr(rows, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        double ds, cutoff, y, f, low, high;
        if (sscanf(line, "%*[ab],%lf,%lf,%lf,%lf,%lf,%lf", &ds, &cutoff, &y, &f, &low, &high) != 6)
            fail_msg("%.60s", line);
        assert_true(ds > cutoff && ds <= cutoff + 3);
        within += y >= low && y <= high;
        squares += *line == 'a' ? (y - f) * (y - f) : 0;
        count++;
    }
    assert_float_equal(within / count, cell(r.out, "\nets,,", "coverage_80"), 1e-6);
    assert_true(squares > 0);
    free(rows);
    program_result_free(&r);
    r = program_expect(
        "backtest days.csv --model ets --horizon 3 --folds 2 --quantiles .9 --forecasts rows.csv --quiet", 0);
    program_result_free(&r);
    rows = program_read("rows.csv", &size);
    assert_int_equal(strncmp(rows, "unique_id,ds,cutoff,y,ets,ets-0.9,repeat-last\n", 46), 0);
    free(rows);
}

/* A line is continued exactly, and its intervals have no width. */
static void test_line(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("row,x\n", out);
    for (int i = 0; i < 40; i++)
        fprintf(out, "%d,%d\n", i, 5 + 3 * i);
    fclose(out);
    program_write("line.csv", text, size);
    free(text);
    program_result r = program_expect("forecast line.csv --horizon 2 --level 95", 0);
    assert_non_null(strstr(r.out, "\n40,125,125,125\n41,128,128,128\n"));
    program_result_free(&r);
    program_discard(program_expect("train line.csv --model drift --horizon 2 -o line.safetensors", 0));
    r = program_expect("forecast line.csv line.safetensors --level 95", 0);
    assert_non_null(strstr(r.out, "\n40,125,125,125\n41,128,128,128\n"));
    program_result_free(&r);
}

/* Paths: the same for the same seed and however many, between the ends of wide intervals, half of
 * them above the forecast. */
static void test_samples(void **state)
{
    (void)state;
    program_result one = program_expect("forecast days.csv --horizon 5 --samples 3 --quiet", 0);
    program_result many = program_expect("forecast days.csv --horizon 5 --level 99 --samples 400 --quiet", 0);
    program_result other =
        program_expect("forecast days.csv --horizon 5 --samples 3 --sample-seed 2 --quiet", 0);
    assert_non_null(strstr(one.out, "row,a,a-sample-1,a-sample-2,a-sample-3,b,b-sample-1"));
    assert_true(cell(one.out, "\n1502,", "a-sample-2") == cell(many.out, "\n1502,", "a-sample-2"));
    assert_true(cell(one.out, "\n1502,", "a-sample-2") != cell(other.out, "\n1502,", "a-sample-2"));
    assert_true(cell(one.out, "\n1502,", "a-sample-2") != cell(one.out, "\n1502,", "b-sample-2"));
    int above = 0, outside = 0;
    for (int i = 1; i <= 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "a-sample-%d", i);
        const double value = cell(many.out, "\n1503,", name);
        above += value > cell(many.out, "\n1503,", "a");
        outside +=
            value < cell(many.out, "\n1503,", "a-lo-99") || value > cell(many.out, "\n1503,", "a-hi-99");
    }
    assert_true(above >= 10 && above <= 30 && outside <= 3);
    program_result_free(&one);
    program_result_free(&many);
    program_result_free(&other);
    static const char *const kinds[] = {"ets", "linear", "naive", "auto"};
    for (int i = 0; i < 4; i++) { /* without any interval beside them */
        char words[200];
        snprintf(words, sizeof words, "forecast days.csv --horizon 3 --samples 2 --model %s", kinds[i]);
        one = program_expect(words, 0);
        assert_true(isfinite(cell(one.out, "\n1502,", "b-sample-2")));
        program_result_free(&one);
    }
    same("forecast days.csv --horizon 3 --samples 4 --level 80 --model arima --threads 1 --quiet",
         "forecast days.csv --horizon 3 --samples 4 --level 80 --model arima --threads 3 --quiet");
}

/* By the distribution of the model the two sides are alike, by the past they are what they were. */
static void test_own(void **state)
{
    (void)state;
    program_result own = program_expect("forecast days.csv --horizon 5 --level 80 --model ets --quiet", 0);
    program_result past =
        program_expect("forecast days.csv --horizon 5 --level 80 --model ets --intervals past --quiet", 0);
    assert_true(cell(own.out, "\n1502,", "a") == cell(past.out, "\n1502,", "a"));
    const double up = cell(own.out, "\n1503,", "a-hi-80") - cell(own.out, "\n1503,", "a"),
                 down = cell(own.out, "\n1503,", "a") - cell(own.out, "\n1503,", "a-lo-80"),
                 up_past = cell(past.out, "\n1503,", "a-hi-80") - cell(past.out, "\n1503,", "a"),
                 down_past = cell(past.out, "\n1503,", "a") - cell(past.out, "\n1503,", "a-lo-80");
    assert_float_equal(up, down, 1e-4);
    assert_true(fabs(up_past - down_past) > 1e-3 && fabs(up_past / up - 1) < .3);
    program_result_free(&own);
    program_result_free(&past);
}

/* A validation part of three horizons in which everything was four times as wild says little of what comes:
 * the errors of the rows before it count too. */
static void test_wild_validation(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("row,a\n", out);
    for (int i = 0; i < 1200; i++)
        fprintf(out, "%d,%.5f\n", i, 20 + (i >= 900 && i < 1000 ? 4 : 1) * noise());
    fclose(out);
    program_write("wild.csv", text, size);
    free(text);
    program_discard(program_expect(
        "train wild.csv --model mean --split 900/100/200 --horizon 30 -o wild.safetensors", 0));
    program_result f = program_expect("forecast wild.csv wild.safetensors --level 80", 0);
    const double width = cell(f.out, "\n1215,", "a-hi-80") - cell(f.out, "\n1215,", "a-lo-80");
    assert_true(width > 2 && width < 5); /* of the wild ones alone it would be about 10 */
    program_discard(f);
}

/* A series with one value has no errors: that is said, and the others have their intervals, also behind one
 * that nothing is known of. */
static void test_unknown(void **state)
{
    (void)state;
    static const char few[] = "date,a,b\n2020-01-01,,1\n2020-01-02,5,2\n2020-01-03,,3\n2020-01-04,,5\n";
    static const char *const kinds[] = {"auto", "ets", "linear", "naive", "arima"};
    char line[120];
    program_write("few.csv", few, sizeof few - 1);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        snprintf(line, sizeof line, "forecast few.csv --horizon 1 --level 80 --model %s", kinds[i]);
        program_result r = program_expect(line, 0);
        assert_non_null(strstr(r.err,
                               "1 of 2 series has too few values to tell how far forecasts err: nothing "
                               "stands beside that of 'a'"));
        assert_null(strstr(r.out, "nan"));
        assert_null(strstr(r.out, "inf"));
        assert_true(cell(r.out, "\n2020-01-05,", "b-lo-80") < cell(r.out, "\n2020-01-05,", "b-hi-80"));
        program_result_free(&r);
    }
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    fputs("date,a,b\n", f);
    for (int t = 0; t < 120; t++)
        fprintf(f, t < 118 ? "2020-%02d-%02d,,%d\n" : "2020-%02d-%02d,3,%d\n", 1 + t / 28, 1 + t % 28,
                t * 7 % 5);
    fclose(f);
    program_write("late.csv", text, size);
    free(text);
    program_discard(program_expect(
        "train late.csv --frequency d --on-gap keep --horizon 2 --model linear -o late.safetensors", 0));
    program_result r = program_expect("forecast late.csv late.safetensors --level 80", 0);
    assert_non_null(strstr(r.out, "b-lo-80"));
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_kinds),
                                       cmocka_unit_test(test_threads),
                                       cmocka_unit_test(test_backtest),
                                       cmocka_unit_test(test_forecasts),
                                       cmocka_unit_test(test_line),
                                       cmocka_unit_test(test_samples),
                                       cmocka_unit_test(test_own),
                                       cmocka_unit_test(test_unknown),
                                       cmocka_unit_test(test_wild_validation)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_intervals PROGRAM\n", stderr);
        return 2;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
