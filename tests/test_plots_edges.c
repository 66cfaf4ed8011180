/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of odd data, and of a gnuplot that is in trouble. */
#include "tests/brief.h"
#include "tests/plot_samples.h"

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
