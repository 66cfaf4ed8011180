/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scripts that plots are drawn by, and that no name in them is run as code. */
#include "tests/brief.h"
#include "tests/plot_samples.h"

/* --- pictures --- */

static const struct {
    const char *path, *begin, *somewhere;
} pictures[] = {{"a.png", "\x89PNG\r\n", "IEND"}, {"a.svg", "<?xml", "</svg>"}, {"a.PDF", "%PDF-", "%%EOF"}};

static void test_pictures(void **state)
{
    (void)state;
    need_gnuplot();
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
            nn_error e = {0};
            if (plot_kind(kind, "load, kW", &(pl_target){.path = pictures[i].path}, &e))
                fail_msg("%s", e.text);
            assert_int_equal(count_files(), 1);
            size_t length;
            char *text = contents(pictures[i].path, &length);
            assert_memory_equal(text, pictures[i].begin, strlen(pictures[i].begin));
            assert_non_null(
                memmem(text + length - 32, 32, pictures[i].somewhere, strlen(pictures[i].somewhere)));
            assert_true(length > 3000);
            free(text);
            unlink(pictures[i].path);
        }
}

static void test_text_art(void **state)
{
    (void)state;
    need_gnuplot();
    for (int kind = 0; kind < KINDS; kind++) {
        char *text = drawn_as_text(kind, "load, kW", false, 72);
        assert_non_null(strstr(text, "load, kW"));
        assert_null(strpbrk(text, "\f\033"));
        int lines = 0;
        for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
            assert_true(end - line <= 72);
            assert_true(end == line || end[-1] != ' ');
        }
        assert_true(lines > (kind == 2 ? 4 : 15));
        free(text);
        text = drawn_as_text(kind, "load, kW", true, 72);
        assert_non_null(strchr(text, '\033'));
        free(text);
    }
}

/* --- names are data --- */

static const char *const names[] = {
    "`touch pwned`",
    "\"`touch pwned`\"",
    "'`touch pwned`'",
    "'; system('touch pwned'); #",
    "' . system('touch pwned') . '",
    "\"; system(\"touch pwned\"); \"",
    "\\'; system('touch pwned') #\\",
    "''; system(\"touch pwned\"); #",
    "'''; system(\"touch pwned\"); #",
    "a''''; system(\"touch pwned\"); #",
    "\\\"; system('touch pwned') #",
    "\\140touch pwned\\140",
    "a\nsystem 'touch pwned'\n!touch pwned\n",
    "a\r!touch pwned\r",
    "END\nEND\n!touch pwned",
    "$(touch pwned) ${HOME} @MACRO %s%n%g%% %f",
    "{/Symbol=40 a} {/:Bold x}^2_1 ~a{.b} &{c}",
    "trailing backslash \\",
    "\xff\xfe broken \xc3( \xed\xa0\x80 \xf5\x80\x80\x80 utf-8 \xe2\x82",
    "controls \x01\x02\x1b[31m\x7f \xc2\x9b end",
    "\xe2\x80\xae turned \xe2\x80\xa8 line \xef\xbb\xbf",
    "Z\xc3\xbcrich \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80",
    "<svg onload='x'> & \"</text>",
    "",
    NULL,
};

static void test_names_run_nothing(void **state)
{
    (void)state;
    need_gnuplot();
    char huge[5000];
    memset(huge, '`', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    for (size_t n = 0; n <= sizeof names / sizeof *names; n++) {
        const char *name = n < sizeof names / sizeof *names ? names[n] : huge;
        for (int kind = 0; kind < KINDS; kind++) {
            nn_error e = {0};
            /* No table of names has holes. */
            if ((!name && kind == 2) || (brief() && kind != (int)n % KINDS))
                continue;
            if (plot_kind(kind, name, &(pl_target){.path = "a.svg"}, &e))
                fail_msg("%s: %s", name ? name : "NULL", e.text);
            free(drawn_as_text(kind, name, false, 80));
            assert_int_equal(count_files(), 1);
            unlink("a.svg");
        }
    }
}

static char *script_of(int kind, const char *name)
{
    nn_error e = {0};
    if (plot_kind(kind, name, &(pl_target){.path = "a.png", .script = "a.gp", .only_script = true}, &e))
        fail_msg("%s", e.text);
    assert_int_equal(count_files(), 1);
    size_t length;
    char *text = contents("a.gp", &length);
    unlink("a.gp");
    return text;
}

/* Holds without gnuplot too. */
static void test_quoting(void **state)
{
    (void)state;
    char *text = script_of(2, "it's 5%\n`x` \"y\"\x01");
    assert_non_null(strstr(text, "set label \"it\\047s 5\\045 \\140x\\140 \\042y\\042\" at screen"));
    assert_non_null(strstr(text, "\"it\\047s 5\\045\\045 \\140x\\140 \\042y\\042\" 0"));
    free(text);
    text = script_of(1, "\xff"
                        "caf\xc3\xa9 \xed\xa0\x80");
    assert_non_null(strstr(text, "\"\\077caf\xc3\xa9 \\077\\077\\077\""));
    free(text);
    /* gnuplot would read \0523 as one character. */
    text = script_of(1, "kg/m**3");
    assert_non_null(strstr(text, "\"kg/m\\052\\052\\063\""));
    free(text);
    char name[400];
    for (int i = 0; i < 399; i++)
        name[i] = i % 2 ? '\xa9' : '\xc3';
    name[398] = '\0';
    text = script_of(0, name);
    assert_non_null(strstr(text, "\xa9\xe2\x80\xa6\""));
    assert_null(strstr(text, name));
    free(text);
}

/* gnuplot would take the first two for commands. */
static void test_path_names(void **state)
{
    (void)state;
    need_gnuplot();
    static const char *const paths[] = {"|touch pwned;.svg",
                                        "~.svg",
                                        "it's `touch pwned`.svg",
                                        "-a.svg",
                                        "''; system(\"touch pwned\") #.svg",
                                        "\".svg"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        nn_error e = {0};
        if (plot_kind(1, "x", &(pl_target){.path = paths[i], .script = "a.gp"}, &e))
            fail_msg("%s", e.text);
        assert_int_equal(unlink(paths[i]), 0);
        assert_int_equal(system("gnuplot -d a.gp"), 0);
        assert_int_equal(unlink(paths[i]), 0);
        unlink("a.gp");
        assert_int_equal(count_files(), 0);
    }
}

/* --- scripts --- */

static void test_script_draws_the_same(void **state)
{
    (void)state;
    need_gnuplot();
    for (int kind = 0; kind < KINDS; kind++) {
        nn_error e = {0};
        size_t first_length, second_length;
        if (plot_kind(kind, "load, kW", &(pl_target){.path = "a.png", .script = "a.gp"}, &e))
            fail_msg("%s", e.text);
        char *first = contents("a.png", &first_length);
        unlink("a.png");
        assert_int_equal(system("gnuplot -d a.gp"), 0);
        char *second = contents("a.png", &second_length);
        assert_int_equal(first_length, second_length);
        assert_memory_equal(first, second, first_length);
        free(first);
        free(second);
        unlink("a.png");
        unlink("a.gp");
    }
}

static char *forecast_script(ds_frequency frequency)
{
    nn_error e = {0};
    pl_target target = {.path = "a.pdf", .script = "a.gp", .only_script = true};
    setenv("AUSPEX_GNUPLOT", "/nonexistent", 1);
    if (plot_forecast("x", 1, frequency, &target, &e))
        fail_msg("%s", e.text);
    unsetenv("AUSPEX_GNUPLOT");
    size_t length;
    char *text = contents("a.gp", &length);
    unlink("a.gp");
    return text;
}

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        ds_frequency frequency;
        const char *first, *later, *data;
    } cases[] = {
        {{.unit = DS_UNIT_MINUTE, .count = 1},
         "\"00:00\\n1 Jul 2016\" 1467331200",
         ", \"01:00\" 1467334800",
         "\n1467331260 "},
        {{.unit = DS_UNIT_HOUR, .count = 1},
         "\"2 Jul\\n2016\" 1467417600",
         ", \"4 Jul\" 1467590400",
         "\n1467334800 "},
        {{.unit = DS_UNIT_DAY, .count = 1},
         "\"Jul\\n2016\" 1467331200",
         "\"Jan\\n2017\" 1483228800",
         "\n1467417600 "},
        {{.unit = DS_UNIT_MONTH, .count = 1, .anchor_day = 1},
         "\"2020\" 1577836800",
         "\"2025\" 1735689600",
         "\n1470009600 "},
        {{.unit = DS_UNIT_YEAR, .count = 1, .anchor_day = 1},
         "\"2050\" 2524608000",
         "\"2250\" 8835955200",
         "\n1498867200 "},
        {{.unit = DS_UNIT_MICROSECOND, .count = 250},
         "\"00:00:00.00\\n1 Jul 2016\" 1467331200",
         "\"00:00:00.02\"",
         "\n1467331200.000250 "},
        {{.unit = DS_UNIT_STEP, .count = 1}, "'0' 0", "'50' 50", "\n1 2.57"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = forecast_script(cases[i].frequency);
        const char *tics = strstr(text, "set xtics");
        assert_non_null(tics);
        if (!strstr(tics, cases[i].first) || !strstr(tics, cases[i].later) || !strstr(text, cases[i].data))
            fail_msg("%s, %s and %s are not in: %.300s", cases[i].first, cases[i].later, cases[i].data, tics);
        free(text);
    }
}

int main(void)
{
    installed = system("gnuplot --version >/dev/null 2>&1") == 0;
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_pictures), CASE(test_text_art),   CASE(test_names_run_nothing),
        CASE(test_quoting),  CASE(test_path_names), CASE(test_script_draws_the_same),
        CASE(test_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
