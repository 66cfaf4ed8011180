/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decimal numbers are read to the same bit as strtod does and printed so that they read back. */
#include "datasets/text/short_number.h"
#include "datasets/text/split.h"
#include "datasets/time/decimal.h"
#include "tests/cmocka_all.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static long short_ones;

/* What is taken for a short number is one. */
static void same_when_short(const char *text, double expected)
{
    char padded[400] = {0};
    const size_t length = strlen(text);
    double value = -1;
    if (length > sizeof padded - DS_AT_ONCE)
        return;
    memcpy(padded, text, length);
    if (!ds_short_number(padded, length, &value))
        return;
    short_ones++;
    if (memcmp(&value, &expected, sizeof value) != 0 || strspn(text, "-.0123456789") < length)
        fail_msg("'%s': %a, strtod gives %a", text, value, expected);
}

static void same_as_strtod(const char *text)
{
    double value = -1, expected = strtod(text, NULL);
    same_when_short(text, expected);
    ds_number_kind kind = ds_number_parse(text, strlen(text), false, &value);
    if (isinf(expected)) {
        assert_int_equal(kind, DS_NUMBER_INFINITE);
        return;
    }
    if (kind != DS_NUMBER_OK || memcmp(&value, &expected, sizeof value) != 0)
        fail_msg("'%s': %a, strtod gives %a", text, value, expected);
}

static void test_like_strtod_on_random_texts(void **context)
{
    (void)context;
    for (int i = 0; i < 1000000; i++) {
        char text[80];
        int n = 0;
        if (next() % 3 == 0)
            text[n++] = next() % 4 ? '-' : '+';
        const int before = (int)(next() % 12), after = (int)(next() % 14);
        for (int d = 0; d < before; d++)
            text[n++] = (char)('0' + next() % 10);
        if (after || next() % 2)
            text[n++] = '.';
        for (int d = 0; d < after + (before == 0); d++)
            text[n++] = (char)('0' + next() % 10);
        if (next() % 4 == 0)
            n += sprintf(text + n, "e%d", (int)(next() % (next() % 8 ? 40 : 700)) - 20);
        text[n] = '\0';
        if (strspn(text, "+-.") == strlen(text))
            continue;
        same_as_strtod(text);
    }
}

static void test_like_strtod_on_printed_doubles(void **context)
{
    (void)context;
    for (int i = 0; i < 300000; i++) {
        union {
            uint64_t bits;
            double value;
        } u = {.bits = next()};
        char text[64];
        if (!isfinite(u.value))
            continue;
        snprintf(text, sizeof text, "%.*g", 15 + (int)(next() % 3), u.value);
        same_as_strtod(text);
        /* Half-way between two neighbours: the place where rounding twice would go wrong. */
        u.value = 1 + (double)(next() % (1u << 20)) / (1u << 20);
        snprintf(text, sizeof text, "%.17g", u.value);
        same_as_strtod(text);
    }
}

/* All fields of a few bytes, most of them numbers of all lengths. */
static void test_short_numbers(void **context)
{
    (void)context;
    const char letters[] = "0123456789012345678901234567890123456789..-+e ,x";
    long all = 0;
    short_ones = 0;
    for (int i = 0; i < 1000000; i++, all++) {
        char text[DS_AT_ONCE + 40] = {0};
        const int length = (int)(next() % 26), point = (int)(next() % 26);
        double value, expected;
        for (int k = 0; k < length; k++)
            text[k] = next() % 64 ? (char)('0' + next() % 10) : letters[next() % (sizeof letters - 1)];
        if (point < length)
            text[point] = '.';
        if (length && next() % 8 == 0)
            text[0] = '-';
        memset(text + length, (int)('0' + next() % 10), 3); /* what is behind does not count */
        const bool found = ds_short_number(text, (size_t)length, &value);
        short_ones += found;
        if (found && (ds_number_parse(text, (size_t)length, false, &expected) != DS_NUMBER_OK ||
                      memcmp(&value, &expected, sizeof value) != 0))
            fail_msg("'%.*s': %a, not %a", length, text, value, expected);
    }
    assert_true(short_ones > all / 3);
}

/* One field after the other. */
static size_t split_slowly(ds_field *fields, const char *p, const char *end, char delimiter)
{
    size_t count = 0;
    for (;; p++) {
        const char *from = p, *stop;
        while (p < end && *p != delimiter)
            p++;
        for (stop = p; from < stop && (*from == ' ' || *from == '\t');)
            from++;
        while (stop > from && (stop[-1] == ' ' || stop[-1] == '\t'))
            stop--;
        if (delimiter != ' ' || stop > from)
            fields[count++] = ds_field_of(from, (size_t)(stop - from));
        if (p == end)
            return count == 1 && fields[0].length == 0 ? 0 : count;
    }
}

static void test_splitting_beside_a_slow_one(void **context)
{
    (void)context;
    enum { LONGEST = 300 };
    const char delimiters[] = ",; \t|-5", letters[] = "0123456789.-,; \t|ab,,,,..";
    for (int i = 0; i < 300000; i++) {
        char text[LONGEST + DS_SPLIT_BEHIND + 1];
        ds_field fields[LONGEST + 2], slow[LONGEST + 2];
        const char delimiter = delimiters[next() % (sizeof delimiters - 1)];
        const size_t length = next() % (next() % 4 ? 40 : LONGEST),
                     room = next() % 4 ? LONGEST + 2 : next() % 5;
        for (size_t k = 0; k < sizeof text; k++)
            text[k] = next() % 3 ? (char)('0' + next() % 10) : letters[next() % (sizeof letters - 1)];
        text[length] = '\n';
        const size_t count = ds_split(fields, room, text, text + length, delimiter),
                     want = split_slowly(slow, text, text + length, delimiter);
        assert_int_equal(count, want);
        for (size_t k = 0; k < count && k < room; k++) {
            double value;
            assert_ptr_equal(fields[k].text, slow[k].text);
            assert_int_equal(fields[k].length, slow[k].length);
            assert_false(fields[k].known && strchr("-5", delimiter));
            if (fields[k].known) {
                assert_int_equal(ds_number_parse(fields[k].text, fields[k].length, false, &value),
                                 DS_NUMBER_OK);
                assert_memory_equal(&value, &fields[k].number, sizeof value);
            }
        }
    }
}

static void test_half_way_cases(void **context)
{
    (void)context;
    static const char *const texts[] = {"9007199254740993",
                                        "9007199254740993.0",
                                        "9007199254740992.5",
                                        "9007199254740995",
                                        "1.7976931348623157e308",
                                        "1.7976931348623159e308",
                                        "4.9e-324",
                                        "2.4e-324",
                                        "2.2250738585072011e-308",
                                        "18014398509481990",
                                        "36028797018963972",
                                        "4503599627370497.5",
                                        "4503599627370498.5",
                                        "0.1",
                                        "00000000000000000000000000.5",
                                        "123456789012345678901",
                                        "1e23",
                                        "8.41e21",
                                        "9223372036854775809",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "-0",
                                        "-0.0",
                                        "0e999",
                                        "1e-999",
                                        "0.000000000000000000000000000000001",
                                        "1e400",
                                        "-1e999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        same_as_strtod(texts[i]);
}

static void test_what_is_no_number(void **context)
{
    (void)context;
    static const char *const texts[] = {"",    "-",    "+",   ".",   "abc",    "1.2.3",     "1e",
                                        "1e+", "0x10", "1,5", "nan", "1 ",     " 1",        "--1",
                                        "1-2", "e5",   "1f",  "1_0", "NaN(1)", "2016-07-01"};
    double value;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(ds_number_parse(texts[i], strlen(texts[i]), false, &value), DS_NUMBER_NONE);
    static const char *const infinite[] = {"inf", "-inf", "+Infinity", "INF", "1e999"};
    for (size_t i = 0; i < sizeof infinite / sizeof *infinite; i++)
        assert_int_equal(ds_number_parse(infinite[i], strlen(infinite[i]), false, &value),
                         DS_NUMBER_INFINITE);
    char *many = malloc(5000);
    memset(many, '1', 5000);
    assert_int_equal(ds_number_parse(many, 5000, false, &value), DS_NUMBER_NONE);
    free(many);
}

static void test_decimal_comma(void **context)
{
    (void)context;
    double value;
    assert_int_equal(ds_number_parse("-1,25", 5, true, &value), DS_NUMBER_OK);
    assert_true(value == -1.25);
    assert_int_equal(ds_number_parse("1,23456789012345678901e-3", 25, true, &value), DS_NUMBER_OK);
    assert_true(value == 1.23456789012345678901e-3);
    assert_int_equal(ds_number_parse("1.5", 3, true, &value), DS_NUMBER_NONE);
    char text[DS_NUMBER_SIZE];
    ds_number_print(0.5, (ds_exactness){0, DS_ANY_DECIMALS}, true, text, sizeof text);
    assert_string_equal(text, "0,5");
}

static void test_only_the_length_is_read(void **context)
{
    (void)context;
    double value;
    assert_int_equal(ds_number_parse("12345678901234567890123,5", 23, false, &value), DS_NUMBER_OK);
    assert_true(value == 12345678901234567890123.0);
    assert_int_equal(ds_number_parse("123", 2, false, &value), DS_NUMBER_OK);
    assert_true(value == 12);
}

/* Any decimal of up to 15 digits comes back as it is, without zeros behind it; other doubles nearly. */
static void test_printing(void **context)
{
    (void)context;
    char text[DS_NUMBER_SIZE], other[64];
    for (int i = 0; i < 200000; i++) {
        union {
            uint64_t bits;
            double value;
        } u = {.bits = next()};
        if (!isfinite(u.value) || u.value == 0)
            continue;
        const double tolerance = i % 2 ? 0 : 1e-11 * fabs(u.value);
        const int n =
            ds_number_print(u.value, (ds_exactness){tolerance, DS_ANY_DECIMALS}, false, text, sizeof text);
        assert_int_equal(n, strlen(text));
        if (fabs(strtod(text, NULL) - u.value) > (i % 2 ? 1e-9 : 1e-11) * fabs(u.value))
            fail_msg("%a printed as %s", u.value, text);
        const double decimal = (double)(int64_t)(next() % 1000000000000000) / 1e6;
        ds_number_print(decimal, (ds_exactness){0, 6}, false, text, sizeof text);
        for (int d = 0; d < 7; d++)
            if (ds_number_has_decimals(decimal, d) != (ds_number_decimals(decimal) <= d))
                fail_msg("%.17g and %d decimals", decimal, d);
        if (ds_number_has_decimals(u.value, i % 16) && ds_number_decimals(u.value) > i % 16)
            fail_msg("%a has not %d decimals", u.value, i % 16);
        snprintf(other, sizeof other, "%.6f", decimal);
        if (strtod(text, NULL) != decimal || strlen(text) > strlen(other) || strchr(text, 'e') ||
            (strchr(text, '.') && text[strlen(text) - 1] == '0'))
            fail_msg("%s printed as %s", other, text);
    }
    static const struct {
        ds_exactness form;
        double value;
        const char *text;
    } known[] = {{{0, DS_ANY_DECIMALS}, 5.827, "5.827"},
                 {{0, 1}, 171.255975107842, "171.2559751"},
                 {{0, 2}, 0.1, "0.1"},
                 {{0, DS_ANY_DECIMALS}, -0.0, "-0"},
                 {{0, DS_ANY_DECIMALS}, 97857310, "97857310"},
                 {{0, DS_ANY_DECIMALS}, 2512345.67, "2512345.67"},
                 {{0, DS_ANY_DECIMALS}, 1234567890.0 + 1.0 / 3, "1234567890"},
                 {{1e-3, DS_ANY_DECIMALS}, 1234567890.0 + 1.0 / 3, "1234567890.333"},
                 {{0, DS_ANY_DECIMALS}, 20.0 / 3, "6.66666667"},
                 {{0, DS_ANY_DECIMALS}, 9.814542e-05, "0.00009814542"},
                 {{0, DS_ANY_DECIMALS}, 1e300, "1e+300"},
                 {{0, DS_ANY_DECIMALS}, 1e-300 / 3, "3.333333333e-301"},
                 {{0, DS_ANY_DECIMALS}, NAN, ""}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ds_number_print(known[i].value, known[i].form, false, text, sizeof text);
        assert_string_equal(text, known[i].text);
    }
    ds_number_print(0.5, (ds_exactness){0, DS_ANY_DECIMALS}, true, text, sizeof text);
    assert_string_equal(text, "0,5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_like_strtod_on_random_texts),
                                       cmocka_unit_test(test_like_strtod_on_printed_doubles),
                                       cmocka_unit_test(test_half_way_cases),
                                       cmocka_unit_test(test_short_numbers),
                                       cmocka_unit_test(test_splitting_beside_a_slow_one),
                                       cmocka_unit_test(test_what_is_no_number),
                                       cmocka_unit_test(test_decimal_comma),
                                       cmocka_unit_test(test_only_the_length_is_read),
                                       cmocka_unit_test(test_printing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
