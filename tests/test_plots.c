/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scripts that plots are drawn by, and that no name in them is run as code. */
#include "lib/base/output.h"
#include "plots/plot.h"
#include "plots/run.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/brief.h"
#include "tests/cmocka_all.h"

/* --- surroundings --- */

static char folder[64];
static int before = -1;
static bool installed;

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test_plots_XXXXXX");
    before = open(".", O_RDONLY | O_DIRECTORY);
    return before < 0 || !mkdtemp(folder) || chdir(folder) ? -1 : 0;
}

/* Fails where files were left that the test did not remove: pictures are, through remove_files. */
static int tear_down(void **state)
{
    (void)state;
    unsetenv("AUSPEX_GNUPLOT");
    int failed = fchdir(before);
    close(before);
    return rmdir(folder) || failed;
}

static int count_files(void)
{
    int count = 0;
    DIR *d = opendir(".");
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(d);
    return count;
}

static char *contents(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is not there", path);
    char *text = calloc(1, 1 << 24);
    assert_non_null(text);
    *length = fread(text, 1, (1 << 24) - 1, file);
    fclose(file);
    return text;
}

static void need_gnuplot(void)
{
    if (!installed) {
        print_message("gnuplot is not installed\n");
        skip();
    }
}

/* --- sample plots: every kind, with one name wherever a name can stand --- */

enum { HISTORY = 200, HORIZON = 48, KINDS = 5 };

static const ds_time start = INT64_C(1467331200) * DS_SECOND; /* 2016-07-01 00:00 */

static int plot_forecast(const char *name, int panels, ds_frequency frequency, const pl_target *target,
                         nn_error *e)
{
    static ds_time time[HISTORY + HORIZON];
    static double value[HISTORY + HORIZON], naive[HORIZON];
    for (int i = 0; i < HISTORY + HORIZON; i++) {
        time[i] = ds_time_add(frequency, frequency.unit == DS_UNIT_STEP ? 0 : start, i);
        value[i] = i == 50 ? NAN : 10 * sin(0.26 * i);
    }
    for (int i = 0; i < HORIZON; i++)
        naive[i] = value[HISTORY - 1];
    pl_forecast_panel panel[12];
    for (int i = 0; i < panels && i < 12; i++)
        panel[i] = (pl_forecast_panel){.title = name,
                                       .history = {name, time, value, HISTORY},
                                       .forecast = {name, time + HISTORY, value + HISTORY, HORIZON},
                                       .truth = {name, time + HISTORY, value + HISTORY, HORIZON},
                                       .naive = {name, time + HISTORY, naive, HORIZON}};
    return pl_forecast(&(pl_forecast_plot){name, frequency, panel, panels, 0}, target, e);
}

static int plot_kind(int kind, const char *name, const pl_target *target, nn_error *e)
{
    static const double falling[5] = {0.9, 0.6, 0.5, NAN, 0.45};
    static const double map[6] = {0.1, -0.9, NAN, 0.5, 0, 1};
    const char *const names[3] = {name, name, name};
    if (kind == 0)
        return plot_forecast(name, 3, (ds_frequency){.unit = DS_UNIT_HOUR, .count = 1}, target, e);
    if (kind == 1)
        return pl_loss(&(pl_loss_plot){name, name, falling, falling, 5, 3, 0.7}, target, e);
    if (kind == 2)
        return pl_heatmap(&(pl_heatmap_plot){name, name, name, name, names, names, 2, 3, map, true}, target,
                          e);
    if (kind == 4) {
        static const double x[3] = {0, 100, 50}, y[3] = {0, 0, 20};
        return pl_station_map(&(pl_station_map_plot){name, name, name, name, names, x, y, map, 3}, target, e);
    }
    const pl_curve curves[2] = {{name, falling, 5}, {name, map, 6}};
    return pl_curves(&(pl_curves_plot){name, name, name, curves, 2}, target, e);
}

/* Runs with standard output in a file, and gives back what came. */
static char *drawn_as_text(int kind, const char *name, bool colour, int columns)
{
    nn_error e = {0};
    fflush(stdout);
    int saved = dup(1), file = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(saved >= 0 && file >= 0 && dup2(file, 1) == 1);
    int code = plot_kind(kind, name, &(pl_target){.columns = columns, .rows = 24, .colour = colour}, &e);
    fflush(stdout);
    dup2(saved, 1);
    close(saved);
    close(file);
    if (code)
        fail_msg("%s", e.text);
    size_t length;
    char *text = contents("out", &length);
    unlink("out");
    return text;
}

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

/* --- data at the edge --- */

static void drawn(int code, const nn_error *e)
{
    if (code)
        fail_msg("%s", e->text);
    assert_int_equal(unlink("a.svg"), 0);
}

static void test_odd_data(void **state)
{
    (void)state;
    need_gnuplot();
    static const double values[][4] = {{NAN, NAN, NAN, NAN},
                                       {1, 1, 1, 1},
                                       {0, 0, 0, 0},
                                       {1e308, -1e308, INFINITY, -INFINITY},
                                       {1e149, -1e149, 0, 1},
                                       {1e-300, 2e-300, 0, 1e-310},
                                       {NAN, 5, NAN, 7},
                                       {1e9, 1e9 + 1e-5, 1e9, 1e9},
                                       {1e-6, 2e-6, 3e-6, 4e-6},
                                       {123456789, 223456789, 0, 1},
                                       {-3, -2, -1, -0.5}};
    static const ds_time times[][4] = {{0, 1, 2, 3},
                                       {5, 5, 5, 5},
                                       {INT64_MIN, 0, 1, INT64_MAX},
                                       {-DS_DAY, 0, DS_DAY, 2 * DS_DAY},
                                       {INT64_C(-200000000000000000), 0, 1, INT64_C(200000000000000000)},
                                       {INT64_MIN, INT64_MIN, INT64_MAX, INT64_MAX}};
    const pl_target target = {.path = "a.svg"};
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        nn_error e = {0};
        const double *y = values[v];
        drawn(pl_loss(&(pl_loss_plot){"t", "MSE", y, y, 4, 2, y[3]}, &target, &e), &e);
        drawn(pl_loss(&(pl_loss_plot){"t", "MSE", y, NULL, 1, 9, NAN}, &target, &e), &e);
        drawn(pl_curves(&(pl_curves_plot){"t", "x", "y", &(pl_curve){"c", y, 4}, 1}, &target, &e), &e);
        drawn(pl_heatmap(&(pl_heatmap_plot){"t", 0, 0, 0, 0, 0, 2, 2, y, v % 2}, &target, &e), &e);
        drawn(pl_station_map(&(pl_station_map_plot){"t", 0, 0, 0, 0, y, y, y, 4}, &target, &e), &e);
        for (size_t t = 0; t < sizeof times / sizeof *times; t++) {
            if (brief() && t != v % (sizeof times / sizeof *times))
                continue;
            pl_line line = {NULL, times[t], y, 4};
            pl_forecast_panel panels[2] = {{.title = "p", .history = line, .forecast = line, .naive = line},
                                           {.title = NULL}};
            ds_frequency frequency = {.unit = t % 2 ? DS_UNIT_SECOND : DS_UNIT_STEP, .count = 1};
            drawn(pl_forecast(&(pl_forecast_plot){NULL, frequency, panels, 2, 0}, &target, &e), &e);
            frequency.unit = DS_UNIT_HOUR;
            drawn(pl_forecast(&(pl_forecast_plot){NULL, frequency, panels, 1, 0}, &target, &e), &e);
        }
    }
}

static void test_panel_counts(void **state)
{
    (void)state;
    for (int panels = 1; panels <= 12; panels++) {
        nn_error e = {0};
        pl_target target = {.path = "a.svg", .script = "a.gp", .only_script = !installed};
        if (plot_forecast("x", panels, (ds_frequency){.unit = DS_UNIT_DAY, .count = 1}, &target, &e))
            fail_msg("%s", e.text);
        size_t length;
        char *text = contents("a.gp", &length);
        int plots = 0;
        for (char *at = text; (at = strstr(at, "\nplot $panel")); at++)
            plots++;
        assert_int_equal(plots, panels);
        free(text);
        unlink("a.gp");
        unlink("a.svg");
    }
}

static void test_refusals(void **state)
{
    (void)state;
    nn_error e = {0};
    pl_target target = {.path = "a.svg"};
    ds_frequency daily = {.unit = DS_UNIT_DAY, .count = 1};
    assert_int_equal(plot_forecast("x", 0, daily, &target, &e), NN_USAGE);
    assert_int_equal(plot_forecast("x", 13, daily, &target, &e), NN_USAGE);
    assert_int_equal(pl_loss(&(pl_loss_plot){.epochs = 0}, &target, &e), NN_USAGE);
    assert_int_equal(pl_heatmap(&(pl_heatmap_plot){.rows = 0, .columns = 5}, &target, &e), NN_USAGE);
    assert_int_equal(pl_heatmap(&(pl_heatmap_plot){.rows = 1 << 30, .columns = 1 << 30}, &target, &e),
                     NN_USAGE);
    assert_int_equal(pl_curves(&(pl_curves_plot){.curve_count = 0}, &target, &e), NN_USAGE);
    assert_int_equal(pl_station_map(&(pl_station_map_plot){.count = 0}, &target, &e), NN_USAGE);
    static const char *const bad[] = {"a.jpg", "png", "", "a.png/", "a\n.png", "-"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        target.path = bad[i];
        assert_int_equal(pl_target_check(&target, &e), NN_USAGE);
        assert_int_equal(plot_kind(1, "x", &target, &e), NN_USAGE);
    }
    target.path = "a.jpg";
    pl_target_check(&target, &e);
    assert_string_equal(e.text, "a.jpg: a picture's name ends in .png, .svg or .pdf");
    assert_int_equal(pl_target_check(&(pl_target){.only_script = true}, &e), NN_USAGE);
    assert_int_equal(pl_target_check(&(pl_target){.path = "a.png", .script = "a.png"}, &e), NN_USAGE);
    assert_int_equal(pl_target_check(&(pl_target){0}, &e), NN_OK);
    assert_int_equal(count_files(), 0);
}

/* --- trouble --- */

static void fails_with(const pl_target *target, const char *what)
{
    nn_error e = {0};
    assert_int_equal(plot_kind(0, "x", target, &e), NN_FAILED);
    if (!strstr(e.text, what))
        fail_msg("'%s' is not in '%s'", what, e.text);
}

static void test_full_disk(void **state)
{
    (void)state;
    fails_with(&(pl_target){.path = "a.png", .script = "/dev/full", .only_script = true}, "writing failed");
    fails_with(&(pl_target){.path = "a.png", .script = "none/a.gp"}, "folder does not exist");
    fails_with(&(pl_target){.path = "none/a.png"}, "folder does not exist");
    if (installed) {
        assert_int_equal(symlink("/dev/full", "a.png"), 0);
        fails_with(&(pl_target){.path = "a.png"}, "writing failed");
        unlink("a.png");
    }
    assert_int_equal(count_files(), 0);
}

static void test_no_gnuplot(void **state)
{
    (void)state;
    setenv("AUSPEX_GNUPLOT", "/nonexistent", 1);
    fails_with(&(pl_target){.path = "a.png"}, "/nonexistent, named by AUSPEX_GNUPLOT, does not exist");
    fails_with(&(pl_target){0}, "no picture was drawn");
    unsetenv("AUSPEX_GNUPLOT");
    char *path = strdup(getenv("PATH") ? getenv("PATH") : "");
    assert_non_null(path);
    setenv("PATH", "/nonexistent", 1);
    fails_with(&(pl_target){.path = "a.png"},
               "gnuplot is not installed (Debian: apt-get install gnuplot-nox)");
    assert_int_equal(count_files(), 0);
    fails_with(&(pl_target){.path = "a.png", .script = "a.gp"}, "its script is in a.gp");
    assert_int_equal(unlink("a.gp"), 0);
    assert_int_equal(count_files(), 0);
    setenv("PATH", path, 1);
    free(path);
}

static void pretend_gnuplot(const char *commands)
{
    FILE *file = fopen("fake", "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", commands);
    fclose(file);
    assert_int_equal(chmod("fake", 0700), 0);
    setenv("AUSPEX_GNUPLOT", "./fake", 1);
}

static void test_gnuplot_that_fails(void **state)
{
    (void)state;
    static const struct {
        const char *commands, *what;
    } cases[] = {
        {"exit 1", "it gave no reason"},
        {"cat >/dev/null", "it gave no reason"},
        {"echo half a picture; exit 3", "it gave no reason"},
        {"echo 'cannot open display' >&2; exit 1", "gnuplot: cannot open display"},
        {"printf '\\nplot x\\n   ^\\n  line 7: undefined variable\\n' >&2; exit 1",
         "gnuplot: line 7: undefined variable"},
        {"exec 0<&-; head -c 5000000 /dev/zero >&2; kill -SEGV $$", "gnuplot: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pretend_gnuplot(cases[i].commands);
        fails_with(&(pl_target){.path = "a.png"}, cases[i].what);
        assert_int_equal(count_files(), 1);
    }
    unlink("fake");
}

/* More than a pipe holds, to one that does not listen. */
static void test_script_nobody_reads(void **state)
{
    (void)state;
    size_t length = 4 << 20;
    char *script = calloc(1, length);
    FILE *null = fopen("/dev/null", "w");
    assert_true(script && null);
    nn_error e = {0};
    pretend_gnuplot("exit 0");
    assert_int_equal(pl_run(script, length, false, null, 20000, &e), NN_FAILED);
    pretend_gnuplot("echo picture; exit 0");
    assert_int_equal(pl_run(script, length, false, null, 20000, &e), NN_OK);
    fclose(null);
    free(script);
    unlink("fake");
}

static void test_gnuplot_that_hangs(void **state)
{
    (void)state;
    static const char *const ways[] = {"sleep 100", "exec >&- 2>&-; sleep 100",
                                       "trap '' TERM; echo x; sleep 100; sleep 100"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        nn_error e = {0};
        pretend_gnuplot(ways[i]);
        struct timespec begin, end;
        clock_gettime(CLOCK_MONOTONIC, &begin);
        FILE *null = fopen("/dev/null", "w");
        assert_non_null(null);
        assert_int_equal(pl_run("plot x\n", 7, false, null, 300, &e), NN_FAILED);
        fclose(null);
        clock_gettime(CLOCK_MONOTONIC, &end);
        assert_true(end.tv_sec - begin.tv_sec < 20);
        assert_non_null(strstr(e.text, "did not come to an end"));
    }
    unlink("fake");
}

int main(void)
{
    installed = system("gnuplot --version >/dev/null 2>&1") == 0;
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_pictures),
        CASE(test_text_art),
        CASE(test_names_run_nothing),
        CASE(test_quoting),
        CASE(test_path_names),
        CASE(test_script_draws_the_same),
        CASE(test_dates),
        CASE(test_odd_data),
        CASE(test_panel_counts),
        CASE(test_refusals),
        CASE(test_full_disk),
        CASE(test_no_gnuplot),
        CASE(test_gnuplot_that_fails),
        CASE(test_script_nobody_reads),
        CASE(test_gnuplot_that_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
