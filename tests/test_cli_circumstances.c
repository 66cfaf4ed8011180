/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hostile circumstances that have met users once: each stays mended. What a machine lacks of memory stands in
 * test_cli_needs.c; links, pipes and files that change meanwhile in test_cli_files.c, test_output.c and
 * test_inputs.c. */
#include "seasons_file.h"

#include <float.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

static void write_text(const char *name, void (*fill)(FILE *out))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fill(out);
    fclose(out);
    program_write(name, text, size);
    free(text);
}

static bool has_word(const char *text, const char *word)
{
    for (const char *at = text; (at = strstr(at, word)); at++)
        if ((at == text || strchr(" ,:\n-", at[-1])) && strchr(" ,}\n", at[strlen(word)]))
            return true;
    return false;
}

/* No number that is none, or infinite, is printed. */
static void is_finite(const program_result *r)
{
    if (has_word(r->out, "inf") || has_word(r->out, "nan") || has_word(r->out, "Infinity"))
        fail_msg("%.2000s", r->out);
}

static void fill_prices(FILE *out)
{
    fputs("date,close\n", out);
    for (int i = 0; i < 90; i++)
        fprintf(out, "2020-%02d-%02d,%.2f\n", 1 + i / 28, 1 + i % 28, 50 + 5 * sin(i / 4.0) + i % 3);
}

/* Every weight of a model file, whose hash is then taken away. */
static void fill_weights(const char *from, const char *to, float value)
{
    size_t size;
    char *bytes = program_read(from, &size);
    uint64_t header;
    memcpy(&header, bytes, sizeof header);
    char *hash = strstr(bytes + 8, "auspex.hash");
    assert_non_null(hash);
    hash[10] = 'x';
    for (size_t i = 8 + header; i + 4 <= size; i += 4)
        memcpy(bytes + i, &value, sizeof value);
    program_write(to, bytes, size);
    free(bytes);
}

/* A model of prices whose weights are as large as can be: its forecast is infinite, and said to be none. */
static void test_infinite_forecasts_are_errors(void **state)
{
    (void)state;
    write_text("p.csv", fill_prices);
    program_discard(
        program_expect("train p.csv --prices --model time2vec --lookback 8 --norm none --epochs 1 "
                       "-o prices.st",
                       0));
    fill_weights("prices.st", "huge.st", FLT_MAX);
    static const char *const forms[] = {"", " --json", " --level 80"};
    for (int i = 0; i < 3; i++) {
        char words[100];
        snprintf(words, sizeof words, "forecast p.csv huge.st%s", forms[i]);
        program_result r = program_expect(words, 1);
        assert_non_null(strstr(r.err, "not finite"));
        assert_string_equal(r.out, "");
        program_result_free(&r);
    }
    program_refused("forecast p.csv huge.st -o none.csv", 1, "not finite");
    program_discard(program_expect(
        "train p.csv --on-gap linear --model itransformer --lookback 8 --horizon 2 --d-model 8 --heads 2 "
        "--layers 1 --epochs 1 -o plain.st",
        0));
    fill_weights("plain.st", "huge.st", FLT_MAX);
    program_refused("forecast p.csv huge.st -o none.csv", 1,
                    "the forecast of 'close' is not finite at step 1");
    assert_int_not_equal(access("none.csv", F_OK), 0);
}

static void fill_long_field(FILE *out)
{
    fputs("a,b\n1,2\n\"x", out);
    for (int i = 0; i < 70000; i++)
        putc('y', out);
    fputs("\",2\n3,4\n", out);
}

static void fill_open_quote(FILE *out)
{
    fputs("a,b\n1,2\n3,4\n5,\"6\n", out);
    for (int i = 0; i < 30000; i++)
        fputs("7,8\n", out);
}

static void fill_first_quote(FILE *out)
{
    fputs("a,b\n\"1,2\n", out);
    for (int i = 0; i < 30000; i++)
        fputs("7,8\n", out);
}

static void fill_header_quote(FILE *out)
{
    fputs("a,\"b\n", out);
    for (int i = 0; i < 30000; i++)
        fputs("7,8\n", out);
}

/* A quote that nobody closed: the message names the line and column where it stands, not one before it. */
static void test_open_quotes_are_placed(void **state)
{
    (void)state;
    static const struct {
        void (*fill)(FILE *out);
        const char *place;
    } cases[] = {{fill_long_field, "q.csv:3:1: "},
                 {fill_open_quote, "q.csv:4:2: "},
                 {fill_first_quote, "q.csv:2:1: "},
                 {fill_header_quote, "q.csv:1:2: "}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text("q.csv", cases[i].fill);
        program_refused("inspect q.csv", 3, cases[i].place);
        program_refused("forecast q.csv --horizon 2", 3, cases[i].place);
    }
}

static void fill_extremes(FILE *out)
{
    fputs("large,small,least,plain\n", out);
    for (int i = 0; i < 200; i++)
        fprintf(out, "%.4ge300,%de-300,%de-310,%d\n", 1.0 + i % 3 * 3, i % 5, i % 7, i % 4);
}

static void fill_spike(FILE *out)
{
    fputs("a,b\n", out);
    for (int i = 0; i < 300; i++)
        fprintf(out, "%g,%d\n", i == 120 ? 1e25 : 1 + i % 3, i % 5);
}

/* Columns that are extreme but finite are described by finite numbers, and pointed out. */
static void test_extremes_stay_finite(void **state)
{
    (void)state;
    write_text("extreme.csv", fill_extremes);
    static const char *const looks[] = {"inspect extreme.csv", "inspect extreme.csv --json",
                                        "correlate extreme.csv --target plain",
                                        "forecast extreme.csv --horizon 2", "select extreme.csv --horizon 2"};
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        program_result r = program_run(looks[i], NULL);
        assert_int_equal(r.status, 0);
        is_finite(&r);
        program_result_free(&r);
    }
    program_result r = program_expect("inspect extreme.csv", 0);
    assert_non_null(strstr(r.err, "'small' has no value beyond"));
    assert_non_null(strstr(r.err, "'least' has no value beyond"));
    program_result_free(&r);
    r = program_expect("train extreme.csv --columns small,plain --scaler minmax --lookback 8 --horizon 2 "
                       "--d-model 8 --heads 2 --epochs 1 -o extreme.st",
                       0);
    assert_non_null(strstr(r.err, "'small' has no value beyond"));
    program_result_free(&r);
    r = program_expect("forecast extreme.csv extreme.st", 0);
    assert_null(strstr(r.out, "-0,"));
    is_finite(&r);
    program_result_free(&r);
    write_text("spike.csv", fill_spike);
    program_refused("train spike.csv --lookback 8 --horizon 2 --d-model 8 --heads 2 --epochs 1 -o spike.st",
                    0, "1e+25 stands 1 time in 'a'");
}

static void fill_little(FILE *out)
{
    fputs("a,b\n", out);
    for (int i = 0; i < 60; i++)
        fprintf(out, "%ge-300,%d\n", 5 + i % 7 / 10.0, i % 5);
}

/* Values whose squares are 0 look constant to forecasts without a network: that is said. */
static void test_values_without_squares_are_named(void **state)
{
    (void)state;
    static const char *const looks[] = {"forecast little.csv --horizon 2 --model linear",
                                        "forecast little.csv --horizon 2", "anomalies little.csv",
                                        "select little.csv --horizon 2",
                                        "compare little.csv naive linear --horizon 2"};
    write_text("little.csv", fill_little);
    program_refused("forecast little.csv --horizon 2 --season 10000000", 2, "say nothing of a season");
    program_refused("select little.csv --horizon 2 --season 10000000", 2, "say nothing of a season");
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        program_refused(looks[i], 0, "'a' has no value beyond 5.6e-300");
}

/* One value in each column that no square of a double holds; a column of zeros with a one in it. */
static void fill_beyond(FILE *out)
{
    fputs("a,b,c,d\n", out);
    for (int i = 0; i < 120; i++)
        fprintf(out, "%g,%g,%d,%g\n", i == 60 ? 1e300 : 10 + i % 7, i == 119 ? -1e300 : 10 + i % 3, i == 60,
                i % 2 ? 1.7e308 : -1.7e308);
}

/* A sine without any error, whose model is exact, and another at times 1e-7 days apart. */
static void fill_exact(FILE *out)
{
    fputs("object_id,mjd,passband,flux,flux_err\n", out);
    for (int i = 0; i < 60; i++)
        fprintf(out, "1,%.3f,g,%.15g,0.001\n", 59000 + i * 1.37, 10 + sin(i * 1.37 * 2));
    for (int i = 0; i < 60; i++)
        fprintf(out, "2,%.7f,g,%.15g,0.001\n", 59000 + i * 1e-7, 10 + sin(i * 2.0));
}

/* What no number can say is an empty field of CSV, null in JSON, '-' in a table. */
static void test_nothing_printed_is_infinite(void **state)
{
    (void)state;
    static const char
        *const columns[] = {"a", "b", "c", "d"},
               *const looks[] = {
                   "forecast beyond.csv --columns %s --horizon 3 --level 80,95",
                   "forecast beyond.csv --columns %s --horizon 3 --level 80,95 --json",
                   "anomalies beyond.csv --columns %s --all",
                   "anomalies beyond.csv --columns %s --all --json",
                   "inspect beyond.csv --columns %s",
                   "select beyond.csv --columns %s --horizon 3",
                   "evaluate beyond.csv --columns %s --baselines --horizon 2",
                   "evaluate beyond.csv --columns %s --baselines --horizon 2 --json",
                   "compare beyond.csv naive linear --columns %s --horizon 3",
                   "backtest beyond.csv --columns %s --model linear --horizon 2 --lookback 5 --folds 2"};
    write_text("beyond.csv", fill_beyond);
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
            char words[200];
            snprintf(words, sizeof words, looks[i], columns[c]);
            program_result r = program_run(words, NULL);
            assert_true(r.status <= 3);
            if (has_word(r.out, "-inf"))
                fail_msg("%s: %.2000s", words, r.out);
            is_finite(&r);
            program_result_free(&r);
        }
    program_result r = program_expect("forecast beyond.csv --columns a --horizon 3 --level 80", 0);
    assert_non_null(strstr(r.err, "'a'")); /* says that nothing stands beside its forecast */
    program_result_free(&r);
    write_text("exact.csv", fill_exact);
    static const char *const periods[] = {"period exact.csv", "period exact.csv --box",
                                          "period exact.csv --harmonics 1", "features exact.csv --group all"};
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        r = program_expect(periods[i], 0);
        if (has_word(r.out, "-inf"))
            fail_msg("%s: %.2000s", periods[i], r.out);
        is_finite(&r);
        program_result_free(&r);
    }
}

enum { SERIES = 130 };

static void fill_many(FILE *out)
{
    fputs("id,date,v\n", out);
    for (int i = 0; i < SERIES; i++)
        for (int day = 1; day <= 2; day++)
            fprintf(out, "s%d,2020-01-0%d,%d\n", i, day, i % 7 + day);
}

static void fill_wide(FILE *out)
{
    for (int i = 0; i < SERIES; i++)
        fprintf(out, "%sc%d", i ? "," : "", i);
    for (int t = 0; t < 20; t++)
        for (int i = 0; i < SERIES; i++)
            fprintf(out, "%s%d", i ? "," : "\n", (t + 1) * (i + 3) % 11);
    putc('\n', out);
}

static int lines_of(const char *text)
{
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

/* Of very many series a table prints the first, and says how many there are; JSON and --all have them all. */
static void test_long_tables_are_cut(void **state)
{
    (void)state;
    static const char *const commands[] = {"inspect many.csv --id id", "inspect wide.csv",
                                           "inspect many.csv --id id --target v",
                                           "select wide.csv --horizon 2"};
    write_text("many.csv", fill_many);
    write_text("wide.csv", fill_wide);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char words[120];
        program_result r = program_expect(commands[i], 0);
        assert_true(lines_of(r.out) < 130);
        assert_non_null(strstr(r.out, "... and 30 more s"));
        program_result_free(&r);
        snprintf(words, sizeof words, "%s --all", commands[i]);
        r = program_expect(words, 0);
        assert_true(lines_of(r.out) > SERIES);
        assert_null(strstr(r.out, "... and"));
        program_result_free(&r);
        snprintf(words, sizeof words, "%s --json", commands[i]);
        r = program_expect(words, 0);
        assert_non_null(strstr(r.out, i % 2 ? "\"c129\"" : "\"s129\""));
        program_result_free(&r);
    }
}

/* A model file of many megabytes that another program shortens again and again ends no run by a signal. */
static void test_shortened_models(void **state)
{
    (void)state;
    seasons_write();
    program_discard(
        program_expect("train data.csv --model itransformer --lookback 14 --horizon 4 --d-model 1024 "
                       "--heads 2 --layers 2 --epochs 1 --batch 256 -o large.st",
                       0));
    size_t size;
    char *bytes = program_read("large.st", &size);
    assert_true(size > 20 << 20);
    for (int i = 0; i < 8; i++) {
        program_write("short.st", bytes, size);
        const pid_t pid = program_start("forecast data.csv short.st");
        usleep((useconds_t)(2000 * i));
        char path[1200];
        snprintf(path, sizeof path, "%s/short.st", program_folder());
        assert_int_equal(truncate(path, (off_t)size / 3), 0);
        program_result r = program_wait(pid);
        if (r.status != 0 && r.status != 3)
            fail_msg("exit code %d: %s", r.status, r.err);
        assert_int_equal(r.status == 3, strstr(r.err, "error: ") != NULL);
        program_result_free(&r);
    }
    free(bytes);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_infinite_forecasts_are_errors),
        cmocka_unit_test(test_open_quotes_are_placed),
        cmocka_unit_test(test_extremes_stay_finite),
        cmocka_unit_test(test_nothing_printed_is_infinite),
        cmocka_unit_test(test_values_without_squares_are_named),
        cmocka_unit_test(test_long_tables_are_cut),
        cmocka_unit_test(test_shortened_models),
    };
    if (program_set_up(argc > 1 ? argv[1] : NULL))
        return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
