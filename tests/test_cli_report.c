/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HTML page: well formed, without outside references, hostile names as text, dangers named, the
 * forecast's own numbers; and in a real browser where there is one. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void has(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("no '%s' in a page of %zu bytes", part, text ? strlen(text) : 0);
}

static void has_not(const char *text, const char *part)
{
    const char *at = strstr(text, part);
    if (at)
        fail_msg("'%s' in the page: %.80s", part, at);
}

/* Months of a season, a new level, rare demand, a short series, a sentinel, and names that mean harm. */
static void write_shop(const char *name)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("month,<script>alert(1)</script>,a&b\"'>,rare,short,\xe2\x80\xae"
          "evil,bad\n",
          out);
    for (int i = 0; i < 84; i++) {
        const double season = 20 * sin(6.28318530718 * i / 12), noise = sin(i * i % 17) + sin(i * 7 % 11);
        char brief[32] = "";
        if (i > 70)
            snprintf(brief, sizeof brief, "%g", 10 + noise);
        fprintf(out, "%d-%02d-01,%g,%g,%d,%s,%g,%g\n", 2017 + i / 12, i % 12 + 1,
                100 + season + noise + 90 * (i >= 60), 50 + season + noise, i % 4 == 1 ? 5 + i % 3 : 0, brief,
                30 + season / 2 + 2 * noise, i == 20 || i == 40 ? -9999 : 5 + noise);
    }
    fclose(out);
    program_write(name, text, size);
    free(text);
}

/* Every tag is closed in turn, and every & begins an entity. */
static void check_form(const char *page)
{
    char stack[64][16];
    int depth = 0;
    const char *at = strstr(page, "<html");
    assert_int_equal(strncmp(page, "<!DOCTYPE html>", 15), 0);
    for (; at && *at; at++) {
        if (*at == '&' && strncmp(at, "&amp;", 5) && strncmp(at, "&lt;", 4) && strncmp(at, "&gt;", 4) &&
            strncmp(at, "&quot;", 6) && strncmp(at, "&#39;", 5))
            fail_msg("a bare &: %.40s", at);
        if (*at != '<')
            continue;
        const char *end = strchr(at, '>');
        char name[16] = "";
        assert_non_null(end);
        sscanf(at + 1 + (at[1] == '/'), "%15[a-z0-9]", name);
        if (at[1] == '/') {
            if (depth == 0 || strcmp(stack[--depth], name) != 0)
                fail_msg("</%s> closes <%s>: %.60s", name, stack[depth], at);
        } else if (end[-1] != '/') {
            assert_true(depth < 64 && *name);
            memcpy(stack[depth++], name, sizeof name);
        }
        at = end;
    }
    assert_int_equal(depth, 0);
}

static void test_page(void **state)
{
    (void)state;
    size_t size;
    write_shop("shop.csv");
    program_result r = program_expect("report shop.csv --horizon 6 -o shop.html", 0);
    has(r.err, "report in shop.html");
    program_result_free(&r);
    char *page = program_read("shop.html", &size);
    check_form(page);
    static const char *const outside[] = {"http",    "src=",  "@import",     "url(",
                                          "<script", "<link", "\xe2\x80\xae"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        has_not(page, outside[i]);
    static const char *const inside[] = {"&lt;script&gt;alert(1)&lt;/script&gt;",
                                         "a&amp;b&quot;&#39;&gt;",
                                         "<svg viewBox=",
                                         "prefers-color-scheme:dark",
                                         "@media print",
                                         "width=device-width",
                                         "<strong>Rare demand</strong> (<bdi>rare</bdi>)",
                                         "<strong>A short past</strong> (<bdi>short</bdi>)",
                                         "<strong>A new level</strong>: <bdi>&lt;script",
                                         "near 2022-01-01",
                                         "-9999 stands 2 times",
                                         "season of 12 rows",
                                         "candidates at ",
                                         "auspex forecast shop.csv --horizon 6 --level 80,95"};
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
        has(page, inside[i]);
    program_result again = program_expect("report shop.csv --horizon 6 --threads 1", 0);
    assert_string_equal(again.out, page);
    program_result_free(&again);
    free(page);
}

/* The numbers are those of the command that the page names. */
static void test_numbers(void **state)
{
    (void)state;
    write_shop("shop.csv");
    program_result page = program_expect("report shop.csv --horizon 2 --columns rare,short", 0),
                   forecast =
                       program_expect("forecast shop.csv --horizon 2 --columns rare,short --level 80,95", 0);
    const char *line = strchr(forecast.out, '\n') + 1;
    double value, low;
    assert_int_equal(sscanf(line, "2024-01-01,%lf,%lf", &value, &low), 2);
    char cell[80];
    snprintf(cell, sizeof cell, "<td>2024-01-01</td><td>%.4f</td><td>", value);
    has(page.out, cell);
    has(page.out, "--columns rare,short");
    has_not(page.out, "alert(1)");
    program_result_free(&page);
    program_result_free(&forecast);
}

/* Many series: pictures of the first, one table of the others. */
static void test_many(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("shop,month,y\n", out);
    for (int s = 0; s < 15; s++)
        for (int i = 0; i < (s == 14 ? 0 : 30) + (s == 14); i++)
            fprintf(out, "shop%d,%d-%02d-01,%s%d\n", s, 2020 + i / 12, i % 12 + 1,
                    s == 13 && i > 20 ? "" : "1", i * (s + 1) % 7);
    fclose(out);
    program_write("many.csv", text, size);
    free(text);
    program_result r = program_expect("report many.csv --id shop --horizon 3", 0);
    check_form(r.out);
    has(r.out, "<h3>3 further series</h3>");
    int pictures = 0;
    for (const char *at = strstr(r.out, "history and forecast of"); at;
         at = strstr(at + 1, "history and forecast of"))
        pictures++;
    assert_int_equal(pictures, 12);
    program_result_free(&r);
    static const char *const little[] = {"y\n1\n", "y\n1\n2\n3\n4\n5\n", "y\n7\n7\n7\n7\n7\n7\n7\n7\n"};
    for (size_t i = 0; i < 3; i++) {
        r = program_run("report - --horizon 2", little[i]);
        assert_int_equal(r.status, 0);
        check_form(r.out);
        has(r.out, "A short past");
        program_result_free(&r);
    }
    r = program_expect("report nothing.csv", 3);
    program_result_free(&r);
}

static void test_full_disk(void **state)
{
    (void)state;
    write_shop("shop.csv");
    program_result r = program_expect("report shop.csv -o /dev/full", 1);
    if (!strstr(r.err, "/dev/full: a picture cannot be written: No space left on device"))
        fail_msg("%s", r.err);
    program_result_free(&r);
}

/* Promotions that are known beforehand are no series of the page. */
static void test_known(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("year,sales,promo\n", out);
    for (int i = 0; i < 80; i++)
        fprintf(out, i < 74 ? "%d,%d,%d\n" : "%d,%.0d,%d\n", 1900 + i, i < 74 ? 5 + i % 4 : 0, i % 3 == 0);
    fclose(out);
    program_write("promo.csv", text, size);
    free(text);
    program_result r = program_expect("report promo.csv -o promo.html", 0);
    if (!strstr(r.err, "the page is without 'promo'"))
        fail_msg("%s", r.err);
    program_result_free(&r);
    char *page = program_read("promo.html", NULL);
    has(page, "--exclude promo");
    free(page);
}

#define BROWSER "--headless --no-sandbox --disable-gpu"

/* What a browser makes of it: no script runs, no element is missing, and there is something to see. */
static void test_browser(void **state)
{
    (void)state;
    size_t size;
    write_shop("shop.csv");
    program_result r = program_expect("report shop.csv --horizon 6 -o shop.html", 0);
    program_result_free(&r);
    r = program_run_other("chromium", BROWSER " --window-size=500,1200 --screenshot=shop.png shop.html",
                          NULL);
    if (r.status == 127) {
        program_result_free(&r);
        print_message("no chromium: what a browser makes of the page is not tested\n");
        skip();
    }
    program_result_free(&r);
    char *picture = program_read("shop.png", &size);
    assert_non_null(picture);
    assert_true(size > 20000);
    free(picture);
    r = program_run_other("chromium", BROWSER " --dump-dom shop.html", NULL);
    has(r.out, "<h2>What was read</h2>");
    has(r.out, "&lt;script&gt;");
    has_not(r.out, "<script");
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_page),  cmocka_unit_test(test_numbers),
                                       cmocka_unit_test(test_many),  cmocka_unit_test(test_full_disk),
                                       cmocka_unit_test(test_known), cmocka_unit_test(test_browser)};
    if (argc < 2 || program_set_up(argv[1]))
        return 2;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
