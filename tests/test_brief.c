/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of numbers in small files: they come back, within what their form promises, and broken ones do not.
 */
#include "forecast/files/brief.h"
#include "lib/files/json.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *list_of(int n, int zeros)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(list, json_real(zeros && i % zeros ? 0 : (i - n / 3) * 1.7e3 / (i + 1)));
    return list;
}

static void compare(const json_t *got, const json_t *want, double share)
{
    assert_true(json_is_array(got));
    assert_int_equal(json_array_size(got), json_array_size(want));
    for (size_t i = 0; i < json_array_size(want); i++) {
        const double a = json_real_value(json_array_get(got, i)),
                     b = json_real_value(json_array_get(want, i));
        assert_true(json_is_real(json_array_get(got, i)));
        assert_true(fabs(a - b) <= share * fabs(b));
    }
}

static void there_and_back(int n, int zeros)
{
    json_t *list = list_of(n, zeros), *object = json_pack("{s:O,s:{s:O},s:s,s:[O,i]}", "many", list, "inside",
                                                          "whitener", list, "text", "f24", "mixed", list, 3);
    json_t *copy = json_deep_copy(object);
    assert_true(copy && fc_brief_pack(copy));
    assert_int_equal(json_is_array(json_object_get(copy, "many")), n < 6);
    assert_true(fc_brief_unpack(copy));
    compare(json_object_get(copy, "many"), list, 2e-5);
    compare(json_object_get(json_object_get(copy, "inside"), "whitener"), list, 1. / 256);
    compare(json_array_get(json_object_get(copy, "mixed"), 0), list, 2e-5);
    assert_string_equal(json_string_value(json_object_get(copy, "text")), "f24");
    /* what has been rounded once stays as it is */
    json_t *again = json_deep_copy(copy);
    assert_true(fc_brief_pack(again) && fc_brief_unpack(again) && json_equal(again, copy));
    json_decref(again);
    json_decref(copy);
    json_decref(object);
    json_decref(list);
}

static void test_there_and_back(void **state)
{
    (void)state;
    there_and_back(5, 0);
    there_and_back(6, 0);
    there_and_back(100, 0);
    there_and_back(1024, 2);
    there_and_back(49, 48);
}

static void test_broken(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"a\": {\"f24\": \"AAAA\", \"n\": 6}}",
                                        "{\"a\": {\"f24\": \"AAAAAAAAAAAAAAAAAAAAAAA*\", \"n\": 6}}",
                                        "{\"a\": {\"f24\": \"AAAAAAAAAAAAAAAAAAAAAAAA\", \"n\": 1000000000}}",
                                        "{\"a\": {\"f24\": \"AAAAAAAAAAAAAAAAAAAAAAAA\", \"n\": -6}}",
                                        "{\"a\": {\"f24\": 6, \"n\": 6}}",
                                        "{\"a\": {\"f24\": \"\", \"n\": 48, \"zeros\": \"AAAA\"}}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *value = json_loads(texts[i], 0, NULL);
        assert_non_null(value);
        assert_false(fc_brief_unpack(value));
        json_decref(value);
    }
    json_t *good = json_loads("{\"a\": {\"f24\": \"AAAAAAAAAAAAAAAAAAAAAAAA\", \"n\": 6}}", 0, NULL);
    assert_true(fc_brief_unpack(good));
    assert_int_equal(json_array_size(json_object_get(good, "a")), 6);
    json_decref(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_broken)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
