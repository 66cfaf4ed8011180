/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Option tables: defaults, messages, round trips through JSON. */
#include "lib/base/nearest.h"
#include "lib/base/options.h"

#include <float.h>
#include <limits.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct record {
    int verbose, d_model, schedule;
    uint64_t seed;
    double rate;
    char *out, *columns, *methods;
} record;

#define AT(f) offsetof(record, f)
static const nn_option table[] = {
    {"verbose", 'v', NN_FLAG, AT(verbose), "false", NULL, 0, 0, "Says more"},
    {"d-model", 'd', NN_INT, AT(d_model), "512", "N", 1, 65536, "Width of a token"},
    {"schedule", 0, NN_CHOICE, AT(schedule), "cosine", "type1|type3|cosine|constant", 0, 0, "Learning rate"},
    {"seed", 's', NN_SEED, AT(seed), "18446744073709551615", "N", 0, 0, "Random seed"},
    {"rate", 0, NN_REAL, AT(rate), "1e-4", "R", 0, 1, "Step size"},
    {"out", 'o', NN_TEXT, AT(out), NULL, "FILE", 0, 0, "Output file"},
    {"columns", 0, NN_LIST, AT(columns), NULL, "LIST", 0, 0, "Columns"},
    {"methods", 0, NN_LIST, AT(methods), "naive,drift", "LIST", 0, 0, "Methods"},
    {0}};
static const nn_option whole = {"free", 0, NN_INT, AT(d_model), NULL, "N", 0, 0, "Any"};
static const nn_option any = {"any", 0, NN_REAL, AT(rate), NULL, "R", 0, 0, "Any"};

static void set(record *r, const char *name, const char *text)
{
    nn_error e = {0};
    if (nn_option_set(nn_option_find(table, name), r, text, &e))
        fail_msg("%s", e.text);
}

static void refused(const nn_option *option, const char *text, const char *message)
{
    record r = {.d_model = 7, .rate = 7, .seed = 7, .schedule = 7, .verbose = 7}, before = r;
    nn_error e = {0};
    assert_int_equal(nn_option_set(option, &r, text, &e), NN_USAGE);
    if (message)
        assert_string_equal(e.text, message);
    else
        assert_non_null(strstr(e.text, option->name));
    assert_memory_equal(&r, &before, sizeof r);
}

static void test_defaults(void **state)
{
    (void)state;
    record r = {0};
    nn_error e = {0};
    assert_int_equal(nn_options_default(table, &r, &e), NN_OK);
    assert_int_equal(r.verbose, 0);
    assert_int_equal(r.d_model, 512);
    assert_int_equal(r.schedule, 2);
    assert_true(r.seed == UINT64_MAX);
    assert_true(r.rate == 1e-4);
    assert_null(r.out);
    assert_string_equal(r.methods, "naive,drift");
    assert_null(nn_option_find(table, "d-mode"));
    nn_options_clear(table, &r);
    assert_null(r.methods);
}

static void test_messages(void **state)
{
    (void)state;
    const nn_option *d = nn_option_find(table, "d-model"), *c = nn_option_find(table, "schedule");
    const nn_option *s = nn_option_find(table, "seed"), *r = nn_option_find(table, "rate");
    refused(d, "abc", "--d-model: 'abc' is not a whole number (1 to 65536)");
    refused(d, "0", "--d-model: '0' is not in the allowed range (1 to 65536)");
    const char *ints[] = {"",    " 1", "1 ", "1.0", "0x10", "65537", "-", "+", "99999999999999999999",
                          "1e3", "--1"};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        refused(d, ints[i], NULL);
    refused(&whole, "2147483648", NULL);
    refused(&whole, "-2147483649", NULL);
    refused(c, "cosin",
            "--schedule: 'cosin' is none of type1, type3, cosine, constant; did you mean cosine?");
    refused(c, "linear", "--schedule: 'linear' is none of type1, type3, cosine, constant");
    const char *choices[] = {"", "type1|type3", "type", "|", "cosine "};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        refused(c, choices[i], NULL);
    const char *seeds[] = {"", "-1", "+1", "18446744073709551616", "1.", " 2"};
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        refused(s, seeds[i], NULL);
    const char *reals[] = {"",     "nan",  "inf",  "1e999", "0x1p-1", "0,5",
                           "0.5x", " 0.5", "-0.1", "1.01",  "-",      "e5"};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        refused(r, reals[i], NULL);
    refused(&table[0], "yes", "--verbose: 'yes' is not true or false");
}

static void test_real_round_trip(void **state)
{
    (void)state;
    const double values[] = {0, -0.0, 0.1, 1.0 / 3, 1e-4, DBL_MAX, DBL_MIN, 4.9e-324, -1e22, 123456789.125};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        record r = {.rate = values[i]}, back = {0};
        char text[40];
        assert_true(nn_option_get(&any, &r, text, sizeof text) < (int)sizeof text);
        assert_int_equal(nn_option_set(&any, &back, text, NULL), NN_OK);
        assert_memory_equal(&back.rate, &r.rate, sizeof r.rate);
    }
    record r = {.rate = 0.1};
    char text[40];
    nn_option_get(&any, &r, text, sizeof text);
    assert_string_equal(text, "0.1");
}

static void test_round_trip_and_copy(void **state)
{
    (void)state;
    record r = {0}, copy = {0}, back = {0};
    nn_error e = {0};
    assert_int_equal(nn_options_default(table, &r, &e), NN_OK);
    set(&r, "verbose", "true");
    set(&r, "d-model", "65536");
    set(&r, "schedule", "type1");
    set(&r, "seed", "0");
    set(&r, "rate", "0.3");
    set(&r, "out", "a b.csv");
    set(&r, "columns", "a,b");
    set(&r, "columns", "c");
    assert_string_equal(r.columns, "a,b,c");
    assert_int_equal(nn_options_copy(table, &copy, &r, &e), NN_OK);
    assert_ptr_not_equal(copy.out, r.out);
    for (const nn_option *o = table; o->name; o++) {
        char text[64], again[64];
        nn_option_get(o, &copy, text, sizeof text);
        assert_int_equal(nn_option_set(o, &back, text, &e), NN_OK);
        nn_option_get(o, &back, again, sizeof again);
        assert_string_equal(text, again);
    }
    assert_true(back.verbose == 1 && back.d_model == 65536 && back.schedule == 0 && back.seed == 0);
    set(&r, "out", "");
    assert_null(r.out);
    nn_options_clear(table, &r);
    nn_options_clear(table, &copy);
    nn_options_clear(table, &back);
}

static void test_list_default_is_replaced(void **state)
{
    (void)state;
    record r = {0};
    assert_int_equal(nn_options_default(table, &r, NULL), NN_OK);
    set(&r, "methods", "theta");
    set(&r, "methods", "ses");
    assert_string_equal(r.methods, "theta,ses");
    nn_options_clear(table, &r);
}

static void test_nearest(void **state)
{
    (void)state;
    const char *const words[] = {"train", NULL, "forecast", "backtest", "plot"};
    assert_int_equal(nn_nearest_word("forcast", words, 5), 2);
    assert_int_equal(nn_nearest_word("TRIAN", words, 5), 0);
    assert_int_equal(nn_nearest_word("back-test", words, 5), 3);
    assert_int_equal(nn_nearest_word("zebra", words, 5), -1);
    assert_int_equal(nn_nearest_word("", words, 5), -1);
    assert_int_equal(nn_nearest_word("plot", words, 0), -1);
    char longest[200];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(nn_nearest_word(longest, words, 5), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_real_round_trip),
        cmocka_unit_test(test_round_trip_and_copy),
        cmocka_unit_test(test_list_default_is_replaced),
        cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
