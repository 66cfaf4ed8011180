/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comma lists with quotes, sets of names, sizes that overflow, fields of CSV. */
#include "lib/base/memory.h"
#include "lib/base/names.h"
#include "lib/base/text.h"
#include "tests/cmocka_all.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void expect_items(const char *list, const char *const *items)
{
    const char *item;
    size_t length;
    int count = 0;
    for (const char *cursor = list; nn_list_next(&cursor, &item, &length); count++) {
        assert_non_null(items[count]);
        assert_int_equal(length, strlen(items[count]));
        assert_memory_equal(item, items[count], length);
        assert_true(nn_list_has(list, items[count]));
    }
    assert_null(items[count]);
    assert_int_equal(nn_list_count(list), count);
}

static void test_lists(void **state)
{
    (void)state;
    expect_items("a,b", (const char *const[]){"a", "b", NULL});
    expect_items(" a , b c ", (const char *const[]){"a", "b c", NULL});
    expect_items("\"a,b\", c", (const char *const[]){"a,b", "c", NULL});
    expect_items("", (const char *const[]){NULL});
    expect_items(NULL, (const char *const[]){NULL});
    assert_false(nn_list_has("ab,c", "a"));
    assert_false(nn_list_has(NULL, "a"));
}

/* What is added comes back as it was. */
static void test_added_names_return(void **state)
{
    (void)state;
    const char *const names[] = {"load", "wind, offshore", " padded ", "Größe", NULL};
    char *list = calloc(1, 1);
    for (int i = 0; names[i]; i++)
        nn_list_add(&list, names[i]);
    assert_non_null(list);
    expect_items(list, names);
    free(list);
}

static void test_names(void **state)
{
    (void)state;
    nn_names names = {0};
    char text[24];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 1000; i++) {
            snprintf(text, sizeof text, "id %d", i);
            assert_int_equal(nn_names_add(&names, text, strlen(text)), i);
        }
    assert_int_equal(names.count, 1000);
    assert_int_equal(nn_names_find(&names, "id 999", 6), 999);
    assert_int_equal(nn_names_find(&names, "id 9990", 7), -1);
    nn_names_free(&names);
    assert_int_equal(nn_names_find(&names, "id 1", 4), -1);
}

static void test_sizes(void **state)
{
    (void)state;
    assert_null(nn_resize(NULL, SIZE_MAX / 2, 3, 1));
    assert_null(nn_resize(NULL, SIZE_MAX / 4, 2, 4));
    void *block = nn_resize(NULL, 0, 8, 1);
    assert_non_null(block);
    free(block);
}

static void test_base_names(void **state)
{
    (void)state;
    assert_string_equal(nn_base_name("a/b/c.csv"), "c.csv");
    assert_string_equal(nn_base_name("c.csv"), "c.csv");
}

static void test_csv_fields(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    nn_csv_field(out, "plain");
    nn_csv_field(out, "a,b");
    nn_csv_field(out, "say \"x\"");
    fclose(out);
    assert_string_equal(text, "plain\"a,b\"\"say \"\"x\"\"\"");
    free(text);
}

static void expect_html(const char *text, const char *want)
{
    char *html;
    size_t size;
    FILE *out = open_memstream(&html, &size);
    nn_html_text(out, text);
    fclose(out);
    assert_string_equal(html, want);
    free(html);
}

static void test_html(void **state)
{
    (void)state;
    expect_html("<a href=\"x\">&'", "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
    expect_html("Gr\xc3\xb6\xc3\x9f"
                "e \xe2\x82\xac \xf0\x9f\x98\x80",
                "Gr\xc3\xb6\xc3\x9f"
                "e \xe2\x82\xac \xf0\x9f\x98\x80");
    expect_html("a\nb\x7f", "a?b?");
    expect_html("\xff\xc3-\xed\xa0\x80", "??"
                                         "-"
                                         "??"
                                         "?"); /* no UTF-8, a surrogate among it */
    expect_html("\xe2\x80\xae"
                "evil\xe2\x81\xa6",
                "?evil?");
    expect_html(NULL, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),      cmocka_unit_test(test_added_names_return),
        cmocka_unit_test(test_names),      cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_base_names), cmocka_unit_test(test_csv_fields),
        cmocka_unit_test(test_html),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
