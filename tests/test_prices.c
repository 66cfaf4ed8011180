/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Price files of every form, their join, and returns that lead back to prices. */
#include "datasets/prices/returns.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"
#include "tests/reference.h"

#include <math.h>

static nn_error error;

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", value, expected);
}
static const ds_price_settings plain = {.prices = 1};

/* Two files at most, by the names that csv_write_bytes gave them. */
static int read_files(ds_prices **prices, const char *one, const char *two, const ds_price_settings *settings,
                      const ds_read_options *options)
{
    static const ds_read_options defaults;
    char first[300], second[300];
    char *paths[] = {first, second};
    snprintf(first, sizeof first, "%s", csv_in_folder(one));
    snprintf(second, sizeof second, "%s", two ? csv_in_folder(two) : "");
    error = (nn_error){0};
    return ds_prices_read(prices, paths, two ? 2 : 1, options ? options : &defaults, settings, &error);
}

static void put(const char *name, const char *text)
{
    csv_write_bytes(name, text, strlen(text));
}

static void expect_error(int code, int expected, const char *says)
{
    if (code != expected || !strstr(error.text, says))
        fail_msg("code %d, '%s' has no '%s'", code, error.text, says);
}

static const char bars[] = "Date,Open,High,Low,Close,Adj Close,Volume\n"
                           "1/3/2014,10,12,9,11,5.5,100\n"
                           "1/6/2014,11,12,10,12,6,0\n"
                           "1/7/2014,12,13,11,12.5,6.25,300\n"
                           "1/8/2014,12,13,11,12.5,6.25,300\n"
                           "1/9/2014,12,13,11,12.5,6.25,300\n"
                           "1/13/2014,12,14,11,13,6.5,400\n";

/* --- reading --- */

static void test_bars(void **state)
{
    (void)state;
    ds_prices *p;
    const ds_price_settings ohlcv = {.prices = 1, .ohlcv = 1};
    put("XOM.csv", bars);
    assert_int_equal(read_files(&p, "XOM.csv", NULL, &ohlcv, NULL), NN_OK);
    assert_int_equal(p->close->rows, 6); /* no day is put between 9 and 13 January */
    assert_int_equal(p->close->columns, 1);
    assert_string_equal(p->close->names[0], "XOM");
    assert_true(p->adjusted[0]);
    near(p->close->values[5], 6.5, 0);
    near(p->extra[DS_OPEN][0], 5, 1e-15); /* adjusted like the close */
    near(p->extra[DS_HIGH][5], 7, 1e-15);
    near(p->extra[DS_VOLUME][1], 100, 0); /* 0 is taken as the day's before */
    assert_int_equal(p->idle, 1);
    char stamp[40];
    ds_time_print_iso(p->close->time[5], false, stamp, sizeof stamp);
    assert_string_equal(stamp, "2014-01-13");
    assert_int_equal(p->close->frequency.unit, DS_UNIT_BUSINESS_DAY);
    ds_prices_free(p);
}

static void test_long(void **state)
{
    (void)state;
    ds_prices *p;
    put("two.csv", "symbol,date,open,close,adjusted\n"
                   "A,2020-01-02,1,2,2\nA,2020-01-03,1,3,3\nA,2020-01-06,1,4,4\nA,2020-01-07,1,5,5\n"
                   "B,2020-01-03,1,7,7\nB,2020-01-06,1,8,8\nB,2020-01-07,1,9,9\nB,2020-01-08,1,9,9\n");
    assert_int_equal(read_files(&p, "two.csv", NULL, &plain, NULL), NN_OK);
    assert_int_equal(p->close->columns, 2);
    assert_int_equal(p->close->rows, 3);
    assert_int_equal(p->dropped, 2);
    assert_string_equal(p->close->names[1], "B");
    near(p->close->values[0], 3, 0);
    near(p->close->values[1], 7, 0);
    ds_prices_free(p);
    const ds_price_settings only = {.prices = 1, .tickers = "A"};
    assert_int_equal(read_files(&p, "two.csv", NULL, &only, NULL), NN_OK);
    assert_int_equal(p->close->rows, 4);
    assert_int_equal(p->dropped, 0);
    ds_prices_free(p);
}

static void test_wide_and_join(void **state)
{
    (void)state;
    ds_prices *p;
    put("wide.csv",
        "Date,C,D\n2014-01-03,1,2\n2014-01-06,2,3\n2014-01-07,3,\n2014-01-13,4,5\n2014-01-14,5,6\n"
        "2014-01-15,5,6\n2014-01-16,5,6\n");
    put("XOM.csv", bars);
    ds_read_options keep = {.on_missing = DS_KEEP};
    assert_int_equal(read_files(&p, "XOM.csv", "wide.csv", &plain, &keep), NN_OK);
    assert_int_equal(p->close->columns, 3);
    assert_int_equal(p->close->rows, 3); /* 3, 6, 13 January */
    assert_int_equal(p->dropped, 6);
    near(p->close->values[2 * 3 + 2], 5, 0);
    ds_prices_free(p);
    expect_error(read_files(&p, "XOM.csv", "wide.csv", &plain, NULL), NN_BAD_DATA, "wide.csv:4:3");
    /* The empty field does not matter to who asks for C alone. */
    const ds_price_settings only = {.prices = 1, .tickers = "XOM,C"};
    assert_int_equal(read_files(&p, "XOM.csv", "wide.csv", &only, NULL), NN_OK);
    assert_int_equal(p->close->rows, 4);
    ds_prices_free(p);
}

/* Stamps with the clock and zone of the exchange are days. */
static void test_zones(void **state)
{
    (void)state;
    ds_prices *p;
    put("A.csv", "Date,Close\n2024-03-07 00:00:00-05:00,1\n2024-03-08 00:00:00-05:00,2\n"
                 "2024-03-11 00:00:00-04:00,3\n2024-03-12 00:00:00-04:00,4\n");
    put("B.csv", "Date,Close\n2024-03-07,1\n2024-03-08,2\n2024-03-11,3\n2024-03-12,4\n");
    assert_int_equal(read_files(&p, "A.csv", "B.csv", &plain, NULL), NN_OK);
    assert_int_equal(p->close->rows, 4);
    assert_int_equal(p->dropped, 0);
    ds_prices_free(p);
}

static void test_bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"Date,Close\n2020-01-02,1\n2020-01-03,0\n2020-01-06,2\n", "'bad' has a price of 0 at 2020-01-03"},
        {"Date,Close\n2020-01-02,1\n2020-01-03,-2\n2020-01-06,2\n", "price of -2"},
        {"Date,Close\n2020-01-02,1\n2020-01-03,\n2020-01-06,2\n", "bad.csv:3:2"},
        {"Date,Close\n2020-01-02,1\n2020-01-03,abc\n2020-01-06,2\n", "'abc' is not a number"},
        {"Date,Close\n2020-01-02,1\n2020-01-02,2\n2020-01-06,2\n", "2020-01-02"},
        {"Date,Close\n2020-01-02,1\n", "bad.csv"},
        {"Close\n1\n2\n3\n4\n", "need a column of dates"},
        {"", "empty"},
    };
    ds_prices *p;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put("bad.csv", cases[i].text);
        expect_error(read_files(&p, "bad.csv", NULL, &plain, NULL), NN_BAD_DATA, cases[i].says);
    }
    put("a,b.csv", "Date,Close\n2020-01-02,1\n2020-01-03,2\n2020-01-06,2\n2020-01-07,2\n");
    expect_error(read_files(&p, "a,b.csv", NULL, &plain, NULL), NN_BAD_DATA, "cannot be a ticker");
    put("A.csv", "Date,Close\n2020-01-02,1\n2020-01-03,2\n2020-01-06,2\n2020-01-07,2\n");
    put("B.csv", "Date,Close\n2021-01-05,1\n2021-01-06,2\n2021-01-07,2\n2021-01-08,2\n");
    expect_error(read_files(&p, "A.csv", "B.csv", &plain, NULL), NN_BAD_DATA, "all of the 2 tickers have");
    expect_error(read_files(&p, "A.csv", "A.csv", &plain, NULL), NN_BAD_DATA, "'A' comes twice");
    const ds_price_settings other = {.prices = 1, .tickers = "A,C"};
    expect_error(read_files(&p, "A.csv", "B.csv", &other, NULL), NN_BAD_DATA, "no ticker 'C'");
    const ds_price_settings ohlcv = {.prices = 1, .ohlcv = 1};
    expect_error(read_files(&p, "A.csv", NULL, &ohlcv, NULL), NN_BAD_DATA, "no column open");
    const ds_read_options ahead = {.on_missing = DS_LINEAR}, fill = {.on_gap = DS_FORWARD};
    expect_error(read_files(&p, "A.csv", NULL, &plain, &ahead), NN_USAGE, "looks ahead");
    expect_error(read_files(&p, "A.csv", NULL, &plain, &fill), NN_USAGE, "--on-gap");
    put("C.csv", "Date,Open,High,Low,Close,Volume\n2020-01-02,1,1,1,1,-5\n2020-01-03,1,1,1,1,5\n");
    expect_error(read_files(&p, "C.csv", NULL, &ohlcv, NULL), NN_BAD_DATA, "volume of -5");
}

/* Files of every kind of trouble end in a table or an error. */
static void test_troubled_files(void **state)
{
    (void)state;
    static const char *const names[] = {"bom",    "comma",  "cr",     "cut",      "empty", "long", "numbers",
                                        "quotes", "ragged", "stamps", "unclosed", "utf16", "wide", "zipped"};
    const char *source = getenv("AUSPEX_SOURCE");
    const ds_price_settings settings[] = {
        {.prices = 1}, {.prices = 1, .ohlcv = 1}, {.prices = 1, .tickers = "a"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t k = 0; k < 3; k++) {
            char path[1024];
            char *paths[] = {path, path};
            const ds_read_options options = {.on_missing = DS_KEEP, .on_duplicate = DS_KEEP};
            ds_prices *p = NULL;
            snprintf(path, sizeof path, "%s/tests/fuzz/corpus/csv/%s.csv", source ? source : "..", names[i]);
            error = (nn_error){0};
            const int code = ds_prices_read(&p, paths, 1, &options, &settings[k], &error);
            assert_true(code == NN_OK ? p && p->close->rows > 2 : !p && *error.text);
            ds_prices_free(p);
            assert_int_not_equal(ds_prices_read(&p, paths, 2, &options, &settings[k], &error), NN_OK);
        }
}

static void test_real_files(void **state)
{
    (void)state;
    reference_or_skip("data/finance/arch/sp500.csv");
    static const struct {
        const char *one, *two;
        size_t rows, dropped;
    } cases[] = {{"arch/sp500.csv", "arch/nasdaq.csv", 5031, 0},
                 {"stocknet/XOM.csv", "stocknet/CVX.csv", 1258, 0},
                 {"skfolio/sp500_dataset.csv", "skfolio/sp500_index.csv", 8313, 0},
                 {"tidyquant/FANG.csv", NULL, 1008, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char a[600], b[600], inner[200];
        char *paths[] = {a, b};
        ds_prices *p;
        snprintf(inner, sizeof inner, "data/finance/%s", cases[i].one);
        reference_path(a, sizeof a, inner);
        snprintf(inner, sizeof inner, "data/finance/%s", cases[i].two ? cases[i].two : "");
        reference_path(b, sizeof b, inner);
        const ds_read_options options = {0};
        if (ds_prices_read(&p, paths, cases[i].two ? 2 : 1, &options, &plain, &error))
            fail_msg("%s", error.text);
        assert_int_equal(p->close->rows, cases[i].rows);
        assert_int_equal(p->dropped, cases[i].dropped);
        ds_prices_free(p);
    }
}

/* --- returns --- */

enum { DAYS = 400 };

static ds_prices *random_walk(void)
{
    char *text = NULL;
    size_t size;
    ds_prices *p;
    FILE *file = open_memstream(&text, &size);
    double a = 100, b = 20;
    fputs("Date,A,B\n", file);
    for (int t = 0; t < DAYS; t++) {
        const ds_frequency day = {.unit = DS_UNIT_BUSINESS_DAY, .count = 1};
        char stamp[40];
        ds_time_print_iso(ds_time_add(day, 18263 * DS_DAY, t), false, stamp, sizeof stamp);
        a *= exp(0.02 * (nn_random_uniform(1, (uint64_t)t) - 0.5));
        b *= exp(0.04 * (nn_random_uniform(2, (uint64_t)t) - 0.5));
        fprintf(file, "%s,%.6f,%.6f\n", stamp, a, b);
    }
    fclose(file);
    put("walk.csv", text);
    free(text);
    if (read_files(&p, "walk.csv", NULL, &plain, NULL))
        fail_msg("%s", error.text);
    return p;
}

static void check_path(const ds_prices *p, const ds_table *returns, const ds_price_settings *s, int ticker)
{
    const size_t w = ds_returns_offset(s);
    char *name = ds_returns_target(p->close->names[ticker], s);
    const int column = ds_table_column(returns, name);
    free(name);
    assert_true(column >= 0);
    for (size_t steps = 1; steps <= 20; steps += 19)
        for (size_t row = 0; row + steps <= returns->rows; row += 7) {
            double history[64], r[20], back[20], scratch[100];
            for (size_t i = 0; i < w; i++)
                history[i] = p->close->values[(row + i) * 2 + (size_t)ticker];
            for (size_t h = 0; h < steps; h++)
                r[h] = returns->values[(row + h) * (size_t)returns->columns + (size_t)column];
            ds_returns_decode(back, r, steps, history, s, scratch);
            for (size_t h = 0; h < steps; h++) {
                const double truth = p->close->values[(row + w + h) * 2 + (size_t)ticker];
                if (fabs(back[h] / truth - 1) > 1e-11)
                    fail_msg("smooth %d: day %zu step %zu: %.17g is not %.17g", s->smooth, row, h, back[h],
                             truth);
            }
        }
}

static void test_decoding_is_exact(void **state)
{
    (void)state;
    ds_prices *p = random_walk();
    for (int smooth = 0; smooth <= 14; smooth += 7)
        for (int kind = 0; kind < 2; kind++)
            for (int target = 0; target < 2; target++) {
                const ds_price_settings s = {
                    .prices = 1, .returns = kind, .smooth = smooth, .smooth_target = target};
                ds_table *returns;
                assert_int_equal(ds_returns_table(&returns, p, &s, &error), NN_OK);
                assert_int_equal(returns->rows, DAYS - ds_returns_offset(&s));
                assert_int_equal(returns->columns, smooth && !target ? 4 : 2);
                check_path(p, returns, &s, 0);
                check_path(p, returns, &s, 1);
                ds_table_free(returns);
            }
    ds_prices_free(p);
}

/* What a row says does not change with what comes after it. */
static void test_causal(void **state)
{
    (void)state;
    ds_prices *p = random_walk();
    const ds_price_settings s = {.prices = 1, .smooth = 5};
    ds_table *before, *after;
    assert_int_equal(ds_returns_table(&before, p, &s, &error), NN_OK);
    for (size_t i = 300 * 2; i < DAYS * 2; i++)
        p->close->values[i] *= 3;
    assert_int_equal(ds_returns_table(&after, p, &s, &error), NN_OK);
    for (size_t r = 0; r < before->rows; r++)
        for (int j = 0; j < 4; j++) {
            const double a = before->values[r * 4 + (size_t)j], b = after->values[r * 4 + (size_t)j];
            if (r + 5 < 300)
                assert_true(a == b);
            else if (r + 5 == 300)
                assert_true(a != b);
        }
    ds_table_free(before);
    ds_table_free(after);
    ds_prices_free(p);
}

static void test_merge(void **state)
{
    (void)state;
    ds_prices *p = random_walk();
    ds_table *returns, *merged;
    assert_int_equal(ds_returns_table(&returns, p, &plain, &error), NN_OK);
    for (int kind = DS_MERGE_GEOMETRIC; kind <= DS_MERGE_ARITHMETIC; kind++) {
        ds_merge m;
        const ds_part train = {0, 200};
        assert_int_equal(ds_merge_fit(&m, (ds_merge_kind)kind, returns, 1, train, &error), NN_OK);
        assert_int_equal(ds_merge_table(&merged, &m, returns, &error), NN_OK);
        assert_int_equal(merged->columns, 1);
        assert_string_equal(merged->names[0], "merged");
        for (size_t r = 0; r < 200; r++) {
            double z[2];
            for (int k = 0; k < 2; k++) {
                double least = INFINITY, most = -INFINITY;
                for (size_t i = 0; i < 200; i++) {
                    least = fmin(least, returns->values[i * 2 + (size_t)k]);
                    most = fmax(most, returns->values[i * 2 + (size_t)k]);
                }
                z[k] = (returns->values[r * 2 + (size_t)k] - least) / (most - least);
                near(ds_merge_value(&m, k, z[k]), returns->values[r * 2 + (size_t)k], 1e-15);
                z[k] = fmax(z[k], 1e-6);
            }
            const double mean = kind == DS_MERGE_GEOMETRIC ? sqrt(z[0] * z[1]) : (z[0] + z[1]) / 2;
            near(merged->values[r], mean, 2e-6);
        }
        ds_merge_clear(&m);
        ds_table_free(merged);
    }
    ds_table_free(returns);
    ds_prices_free(p);
}

static int remove_folder(void **state)
{
    (void)state;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bars),          cmocka_unit_test(test_long),
        cmocka_unit_test(test_wide_and_join), cmocka_unit_test(test_zones),
        cmocka_unit_test(test_bad_files),     cmocka_unit_test(test_troubled_files),
        cmocka_unit_test(test_real_files),    cmocka_unit_test(test_decoding_is_exact),
        cmocka_unit_test(test_causal),        cmocka_unit_test(test_merge),
    };
    return cmocka_run_group_tests(tests, NULL, remove_folder);
}
