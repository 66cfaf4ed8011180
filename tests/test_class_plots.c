/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of light curves and of classifiers: each is drawn whatever the names, none of which runs. */
#include "tests/cmocka_all.h"

#include "plots/class_plot.h"
#include "plots/lightcurve.h"
#include "plots/scatter.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static int before = -1;
static bool installed;

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test_class_plots_XXXXXX");
    before = open(".", O_RDONLY | O_DIRECTORY);
    return before < 0 || !mkdtemp(folder) || chdir(folder) ? -1 : 0;
}

/* Fails where a picture's names left a file of their own. */
static int tear_down(void **state)
{
    (void)state;
    int failed = fchdir(before);
    close(before);
    return rmdir(folder) || failed;
}

static void need_gnuplot(void)
{
    if (!installed) {
        print_message("gnuplot is not installed\n");
        skip();
    }
}

/* --- every kind of picture, with one name wherever a name can stand --- */

enum { KINDS = 5, POINTS = 60, GRID = 40, CLASSES = 3, BINS = 15 };

static int plot_lightcurve(const char *name, bool map, const pl_target *target, nn_error *error)
{
    static double time[POINTS], flux[POINTS], spread[POINTS], grid[GRID], mean[3 * GRID], low[3 * GRID],
        high[3 * GRID];
    static uint8_t band[POINTS], detected[POINTS], limit[POINTS];
    static const double wavelength[] = {4802, 6231, 7542}, cells[] = {0, 0.5, 1, NAN, 0.2, 0.3};
    const char *names[] = {name, name, name};
    for (int i = 0; i < POINTS; i++) {
        time[i] = 59000.25 + i;
        flux[i] = i == 7 ? NAN : 40 * exp(-0.01 * (i - 20) * (i - 20));
        spread[i] = i % 9 ? 2 : 200;
        band[i] = (uint8_t)(i % 2);
        detected[i] = flux[i] > 10;
        limit[i] = i % 7 == 3;
    }
    for (int i = 0; i < GRID; i++) {
        grid[i] = 59000 + 1.5 * i;
        for (int b = 0; b < 3; b++) {
            mean[3 * i + b] = 10 * b;
            low[3 * i + b] = 10 * b - 1;
            high[3 * i + b] = 10 * b + 1;
        }
    }
    const pl_light_panel panel = {name,  POINTS, time, flux, spread, band, detected,
                                  limit, GRID,   grid, mean, low,    high};
    const pl_light_panel panels[] = {panel, panel, panel};
    const pl_lightcurve_plot plot = {
        name,        name, name,  !map, 3, names, wavelength, panels, map ? 1 : 3, map ? cells : NULL,
        map ? 2 : 0, 3,    names, 0};
    return pl_lightcurve(&plot, target, error);
}

static int plot_scatter(const char *name, const pl_target *target, nn_error *error)
{
    static const double x[] = {0.1, 10, -1, NAN}, y[] = {0.5, 2, 3, 1};
    const pl_scatter_group groups[] = {{name, x, y, 4}, {name, x, y, 1}, {name, x, y, 0}};
    return pl_scatter(&(pl_scatter_plot){name, name, name, true, false, groups, 3}, target, error);
}

static int plot_kind(int kind, const char *name, const pl_target *target, nn_error *error)
{
    static const size_t counts[CLASSES * CLASSES] = {9, 1, 0, 2, 5, 0, 0, 0, 0};
    static const double x[] = {0, 0.5, 1}, y[] = {0, 0.9, 1};
    static double confidence[BINS], accuracy[BINS];
    static size_t in_bin[BINS];
    const char *names[CLASSES] = {name, name, name};
    for (int b = 0; b < BINS; b++) {
        in_bin[b] = (size_t)b;
        confidence[b] = b ? (b + 0.5) / BINS : NAN;
        accuracy[b] = b ? 0.9 * b / BINS : NAN;
    }
    const pl_ranking_curve curves[] = {
        {name, x, y, 3, 0.7, true}, {name, x, y, 3, NAN, false}, {name, x, y, 0, NAN, false}};
    pl_confusion_plot confusion = {name, CLASSES, names, counts};
    pl_ranking_plot ranking = {name, name, name, name, curves, 3, true};
    pl_reliability_plot reliability = {name, BINS, confidence, accuracy, NULL, NULL, in_bin, 0.05};
    const pl_early_curve early[] = {{name, x}, {name, y}};
    switch (kind) {
    case 0:
        return plot_lightcurve(name, false, target, error);
    case 1:
        return plot_lightcurve(name, true, target, error);
    case 2:
        return pl_class_scores(&(pl_class_scores_plot){name, confusion, ranking, ranking, reliability},
                               target, error);
    case 3:
        return pl_early(&(pl_early_plot){name, name, name, y, 3, early, 2}, target, error);
    default:
        return plot_scatter(name, target, error);
    }
}

static void check_starts(const char *path, const char *magic)
{
    char head[16] = "";
    struct stat file;
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    assert_true(fread(head, 1, sizeof head - 1, in) > 0);
    fclose(in);
    assert_int_equal(stat(path, &file), 0);
    if (memcmp(head, magic, strlen(magic)) != 0 || file.st_size < 2000)
        fail_msg("%s of %ld bytes does not begin like a picture", path, (long)file.st_size);
    unlink(path);
}

static const char *const hostile[] = {"SN Ia",          "",
                                      "`touch pwned`",  "\" ; system 'touch pwned' #",
                                      "'@x\\n%d",       "a\nset output 'pwned'\nb",
                                      "\xff\xfe bytes", "%s %n {/Bold x}_y^z"};

static void test_names(void **state)
{
    (void)state;
    need_gnuplot();
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
            nn_error error = {0};
            pl_target target = {.path = "a.png"};
            if (plot_kind(kind, hostile[i], &target, &error))
                fail_msg("kind %d, '%s': %s", kind, hostile[i], error.text);
            check_starts("a.png", "\x89PNG");
        }
}

static void test_formats(void **state)
{
    (void)state;
    need_gnuplot();
    for (int kind = 0; kind < KINDS; kind++) {
        nn_error error = {0};
        assert_int_equal(plot_kind(kind, "SN", &(pl_target){.path = "a.svg"}, &error), NN_OK);
        check_starts("a.svg", "<?xml");
        assert_int_equal(plot_kind(kind, "SN", &(pl_target){.path = "a.pdf"}, &error), NN_OK);
        check_starts("a.pdf", "%PDF");
        assert_int_equal(plot_kind(kind, "SN", &(pl_target){.path = "a.gif"}, &error), NN_USAGE);
    }
}

/* The script alone draws the same picture. */
static void test_script(void **state)
{
    (void)state;
    need_gnuplot();
    for (int kind = 0; kind < KINDS; kind++) {
        nn_error error = {0};
        pl_target target = {.path = "a.png", .script = "a.gp"};
        assert_int_equal(plot_kind(kind, "SN", &target, &error), NN_OK);
        check_starts("a.png", "\x89PNG");
        assert_int_equal(system("gnuplot -d a.gp 2>errors"), 0);
        check_starts("a.png", "\x89PNG");
        struct stat errors;
        assert_int_equal(stat("errors", &errors), 0);
        assert_int_equal(errors.st_size, 0);
        unlink("errors");
        unlink("a.gp");
    }
}

static void test_text_art(void **state)
{
    (void)state;
    need_gnuplot();
    for (int kind = 0; kind < KINDS; kind++) {
        nn_error error = {0};
        fflush(stdout);
        int saved = dup(1), file = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);
        dup2(file, 1);
        int code = plot_kind(kind, "SN", &(pl_target){.columns = 80, .rows = 24}, &error);
        fflush(stdout);
        dup2(saved, 1);
        close(saved);
        char text[8192] = "";
        assert_true(pread(file, text, sizeof text - 1, 0) > 100);
        close(file);
        unlink("out");
        if (code)
            fail_msg("kind %d: %s", kind, error.text);
        assert_non_null(strstr(text, "SN"));
    }
}

static void test_refused(void **state)
{
    (void)state;
    nn_error error = {0};
    const pl_target target = {.path = "a.png"};
    const char *const name = "x";
    const size_t counts = 1;
    const pl_light_panel none = {.count = 0}, one = {.count = 1};
    assert_int_equal(pl_lightcurve(&(pl_lightcurve_plot){.bands = 1}, &target, &error), NN_USAGE);
    assert_int_equal(
        pl_lightcurve(&(pl_lightcurve_plot){.bands = 1, .panels = &none, .panel_count = 1}, &target, &error),
        NN_USAGE);
    assert_int_equal(
        pl_lightcurve(&(pl_lightcurve_plot){.bands = 33, .panels = &one, .panel_count = 1}, &target, &error),
        NN_USAGE);
    const pl_class_scores_plot fine = {
        name, {name, 1, &name, &counts}, {.curve_count = 1}, {.curve_count = 1}, {.bins = 1}};
    for (int part = 0; part < 5; part++) {
        pl_class_scores_plot wrong = fine;
        if (part < 2)
            wrong.confusion.classes = part ? PL_MOST_CLASSES + 1 : 0;
        else if (part < 4)
            *(part == 2 ? &wrong.roc : &wrong.pr) = (pl_ranking_plot){0};
        else
            wrong.reliability.bins = 0;
        assert_int_equal(pl_class_scores(&wrong, &target, &error), NN_USAGE);
    }
    assert_int_equal(pl_early(&(pl_early_plot){.count = 1, .curve_count = 8}, &target, &error), NN_USAGE);
}

/* Bands keep their colour from picture to picture; bands of one colour are told apart by their order. */
static void test_colours(void **state)
{
    (void)state;
    static const double six[] = {3685, 4802, 6231, 7542, 8690, 9736}, two[] = {7500, 4800},
                        near[] = {6200, 6300, 6250};
    char all[6][8], some[2][8], close_by[3][8], one[1][8];
    pl_band_colours(all, six, 6);
    pl_band_colours(some, two, 2);
    assert_string_equal(some[0], all[3]);
    assert_string_equal(some[1], all[1]);
    pl_band_colours(close_by, near, 3);
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(all[i], all[j]);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(close_by[i], close_by[j]);
    pl_band_colours(one, six + 2, 1);
    assert_string_equal(one[0], all[2]);
}

int main(void)
{
    installed = system("gnuplot --version >/dev/null 2>&1") == 0;
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
                                       cmocka_unit_test_setup_teardown(test_formats, set_up, tear_down),
                                       cmocka_unit_test_setup_teardown(test_script, set_up, tear_down),
                                       cmocka_unit_test_setup_teardown(test_text_art, set_up, tear_down),
                                       cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_colours)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
