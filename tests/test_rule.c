/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules over columns: their values, their errors, their depth. */
#include "datasets/stations/rule.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *names[] = {"a", "b", "Wind speed", "nan", "x`y"};
enum { NAMES = sizeof names / sizeof *names };

static double value(const char *text, double a, double b)
{
    const double values[NAMES] = {a, b, 3, NAN, 7};
    nn_error error = {0};
    ds_rule *rule;
    if (ds_rule_new(&rule, text, names, NAMES, &error))
        fail_msg("%s: %s", text, error.text);
    const double v = ds_rule_value(rule, values);
    assert_int_equal(ds_rule_holds(rule, values), v != 0 && !isnan(v));
    ds_rule_free(rule);
    return v;
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double a, b, want;
    } cases[] = {{"1", 0, 0, 1},
                 {"a+b*2", 1, 2, 5},
                 {"(a+b)*2", 1, 2, 6},
                 {"a-b-1", 1, 2, -2},
                 {"8/2/2", 0, 0, 2},
                 {"-a", 3, 0, -3},
                 {"--a", 3, 0, 3},
                 {"+-+a", 3, 0, -3},
                 {"2*-a", 3, 0, -6},
                 {"1.5e2+.5", 0, 0, 150.5},
                 {"1e-2", 0, 0, 0.01},
                 {"a<b", 1, 2, 1},
                 {"a<b", 2, 2, 0},
                 {"a<=b", 2, 2, 1},
                 {"a>b", 2, 1, 1},
                 {"a>=b", 1, 2, 0},
                 {"a==b", 2, 2, 1},
                 {"a!=b", 2, 2, 0},
                 {"a<0||b>89", 1, 90, 1},
                 {"a<0||b>89", 1, 89, 0},
                 {"a<0 || b>89 && a>5", -1, 0, 1},
                 {"(a<0 || b>89) && a>5", -1, 0, 0},
                 {"!a", 0, 0, 1},
                 {"!!a", 5, 0, 1},
                 {"!a<1", 5, 0, 1},
                 {"!(a<1) && b", 5, 2, 1},
                 {"isnan(nan)", 0, 0, 1},
                 {"isnan( a + nan )", 0, 0, 1},
                 {"!isnan(a)", 0, 0, 1},
                 {"nan<1 || nan>1 || nan==nan || nan!=nan", 0, 0, 0},
                 {"nan || 0", 0, 0, 0},
                 {"!nan", 0, 0, 1},
                 {"\"Wind speed\" > 2.5", 0, 0, 1},
                 {"`Wind speed`*2", 0, 0, 6},
                 {"`x``y`", 0, 0, 7},
                 {"1/0 > 1e300", 0, 0, 1},
                 {"  a\t<\n1  ", 0, 0, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double got = value(cases[i].text, cases[i].a, cases[i].b);
        if (got != cases[i].want)
            fail_msg("%s with a %g b %g: %g, not %g", cases[i].text, cases[i].a, cases[i].b, got,
                     cases[i].want);
    }
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *say;
    } cases[] = {{"", "position 1: it ends where a number"},
                 {"a <", "position 4: it ends"},
                 {"a & b", "position 3: '&' where an operator"},
                 {"a = 1", "position 3: '=' where an operator"},
                 {"Patv < 0", "position 1: there is no column 'Patv'; the columns are a, b, Wind speed"},
                 {"(a", "position 3: the bracket of position 1 is not closed"},
                 {"a)", "position 2: ')' where an operator"},
                 {"a < b < 1", "position 7: '<' where &&"},
                 {"\"abc", "position 1: the name has no closing \""},
                 {"\"abc\"\"", "position 1: the name has no closing \""},
                 {"1e999", "a finite number"},
                 {"1.2.3", "a finite number"},
                 {"a b", "position 3: 'b' where an operator"},
                 {"isnan(a", "the bracket of position 6"},
                 {"isnan", "there is no column 'isnan'"},
                 {"a || || b", "position 6: '|' where a number"},
                 {"a == !b", "position 6: '!' where a number"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nn_error error = {0};
        ds_rule *rule = (ds_rule *)1;
        assert_int_equal(ds_rule_new(&rule, cases[i].text, names, NAMES, &error), NN_USAGE);
        assert_null(rule);
        if (!strstr(error.text, cases[i].say))
            fail_msg("%s: '%s' does not say '%s'", cases[i].text, error.text, cases[i].say);
    }
}

/* As deep as allowed and one more, and everything held back at every level: the stack must hold it. */
static void test_depth(void **state)
{
    (void)state;
    char text[DS_RULE_LENGTH + 1];
    for (int deep = DS_RULE_DEPTH - 1; deep <= DS_RULE_DEPTH; deep++) {
        size_t at = 0;
        for (int i = 0; i < deep; i++)
            at += (size_t)snprintf(text + at, sizeof text - at, "0||1&&1<1+1*(");
        at += (size_t)snprintf(text + at, sizeof text - at, "a");
        for (int i = 0; i < deep; i++)
            text[at++] = ')';
        text[at] = '\0';
        nn_error error = {0};
        ds_rule *rule;
        const int code = ds_rule_new(&rule, text, names, NAMES, &error);
        assert_int_equal(code, deep < DS_RULE_DEPTH ? NN_OK : NN_USAGE);
        if (!code)
            assert_true(ds_rule_holds(rule, (const double[NAMES]){1}));
        else
            assert_non_null(strstr(error.text, "deeper"));
        ds_rule_free(rule);
    }
    memset(text, '-', DS_RULE_LENGTH);
    text[DS_RULE_LENGTH - 1] = '1';
    text[DS_RULE_LENGTH] = '\0';
    assert_true(value(text, 0, 0) == -1);
    char *longer = malloc(DS_RULE_LENGTH + 2);
    memset(longer, '1', DS_RULE_LENGTH + 1);
    longer[DS_RULE_LENGTH + 1] = '\0';
    nn_error error = {0};
    ds_rule *rule;
    assert_int_equal(ds_rule_new(&rule, longer, names, NAMES, &error), NN_USAGE);
    free(longer);
}

/* The contest's rule beside itself written out. */
static void test_presets(void **state)
{
    (void)state;
    static char *columns[] = {"Wspd", "Wdir", "Etmp", "Itmp", "Ndir", "Pab1", "Pab2", "Pab3", "Prtv", "Patv"};
    static const double edges[] = {-721, -720, -181, -180, -1, 0, 2.5, 2.6, 89, 90, 180, 181, 720, 721, NAN};
    enum { EDGES = sizeof edges / sizeof *edges };
    for (const ds_rule_preset *p = ds_rule_presets; p->name; p++) {
        nn_error error = {0};
        ds_rule *rule;
        assert_ptr_equal(ds_rule_preset_find(p->name), p);
        if (ds_rule_new(&rule, p->text, columns, 10, &error))
            fail_msg("%s", error.text);
        const bool paper = !isnan(p->floor);
        uint32_t seed = 1;
        int held = 0, rounds = 20000;
        for (int round = 0; round < rounds; round++) {
            double v[10] = {5, 0, 20, 30, 0, 1, 1, 1, 0, 300};
            for (int change = 0; change < 2; change++) {
                seed = seed * 1664525u + 1013904223u;
                v[seed >> 8 & 15 ? (seed >> 8 & 15) % 10 : 9] = edges[(seed >> 16) % EDGES];
            }
            bool any = false;
            for (int i = 0; i < 10; i++)
                any |= isnan(v[i]);
            const bool angles = v[1] < -180 || v[1] > 180 || v[4] < -720 || v[4] > 720;
            const bool blades = v[5] > 89 || v[6] > 89 || v[7] > 89;
            const bool still = v[0] > 2.5 && (paper ? v[9] <= 0 : v[9] == 0);
            const bool want = angles || blades || still || (!paper && (any || v[9] < 0));
            assert_int_equal(ds_rule_holds(rule, v), want);
            held += want;
        }
        assert_true(held > rounds / 10 && held < rounds);
        ds_rule_free(rule);
    }
    assert_null(ds_rule_preset_find("Patv<0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_errors),
                                       cmocka_unit_test(test_depth), cmocka_unit_test(test_presets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
