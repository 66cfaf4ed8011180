/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `auspex plot lightcurve`. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_said(const char *words, int status, const char *said)
{
    program_result r = program_expect(words, status);
    if (!strstr(r.err, said))
        fail_msg("auspex %s: '%s' is not in: %s", words, said, r.err);
    program_result_free(&r);
}

/* Objects a, b and c: two bumps, and one point twice without room for noise. */
static int group_set_up(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs("object_id,mjd,passband,flux,flux_err,detected\n", file);
    for (int o = 0; o < 2; o++)
        for (int i = 0; i < 40; i++) {
            double flux = 80 * exp(-0.005 * (i - 18) * (i - 18)) + 3 * sin(7.0 * i);
            fprintf(file, "%c,%d.5,%d,%.3f,3,%d\n", 'a' + o, 59000 + i, i % 6, flux, flux > 15);
        }
    for (int i = 0; i < 2; i++)
        fprintf(file, "c,59000,2,1.%de6,1e-9,1\nc,59001,2,2.%de6,1e-9,1\n", i, i);
    fclose(file);
    program_write("sky.csv", text, size);
    free(text);
    return 0;
}

static bool gnuplot(void)
{
    program_result r = program_run_other("gnuplot", "--version", NULL);
    int status = r.status;
    program_result_free(&r);
    return status == 0;
}

static void test_picture(void **state)
{
    (void)state;
    if (!gnuplot()) {
        print_message("gnuplot is not installed\n");
        skip();
    }
    expect_said("plot lightcurve sky.csv --id b --gp -o b.png", 0,
                "b: Gaussian process of 40 points with length");
    size_t size;
    char *picture = program_read("b.png", &size);
    assert_non_null(picture);
    assert_true(size > 5000 && memcmp(picture, "\x89PNG", 4) == 0);
    free(picture);
    program_result r = program_expect("plot lightcurve sky.csv -q", 0);
    assert_non_null(strstr(r.out, "object a"));
    program_result_free(&r);
    expect_said("plot lightcurve sky.csv --id c --gp -o c.png", 0, "not positive definite");
    /* Bands by their own letters. */
    static const char two[] =
        "object_id,mjd,band,mag,mag_err\nA,59001,V,20,.1\nA,59002,U,20,.1\nA,59003,V,20,.1\n";
    program_write("two.csv", two, strlen(two));
    r = program_expect("plot lightcurve two.csv -q", 0);
    if (!strstr(r.out, "U   U     V   V"))
        fail_msg("%s", r.out);
    program_result_free(&r);
}

static void test_script(void **state)
{
    (void)state;
    program_result r = program_expect("plot lightcurve sky.csv --id a --gp --plot-script a.gp", 0);
    program_result_free(&r);
    size_t size;
    char *script = program_read("a.gp", &size);
    assert_non_null(script);
    assert_non_null(strstr(script, "$mean0_5"));
    assert_non_null(strstr(script, "$filled0_2"));
    free(script);
}

/* The script of a picture. */
static char *script_of(const char *words)
{
    size_t size;
    char line[400];
    snprintf(line, sizeof line, "plot lightcurve %s -q --plot-script a.gp", words);
    program_discard(program_expect(line, 0));
    char *script = program_read("a.gp", &size);
    assert_non_null(script);
    return script;
}

static void expect_in(const char *words, const char *wanted)
{
    char *script = script_of(words);
    if (!strstr(script, wanted))
        fail_msg("plot lightcurve %s: no '%s'", words, wanted);
    free(script);
}

/* Magnitudes run downwards, and what was not seen is an arrow at its limit. */
static void test_magnitudes(void **state)
{
    (void)state;
    static const char faint[] =
        "object_id,mjd,band,mag,mag_err\nA,59001,r,20,.1\nA,59002,r,21,.1\nA,59003,r,>22,"
        "\nB,59001,r,20,.1\nB,59002,r,21,.1\n";
    program_write("faint.csv", faint, strlen(faint));
    expect_in("faint.csv", "\nset yrange [22.");
    expect_in("faint.csv", "$limit0_2 << END\n59003 22 ");
    if (gnuplot())
        expect_in("faint.csv -o faint.svg", " with vectors ");
    expect_in("faint.csv --axis flux", "flux (zero point 27.5)");
    expect_in("faint.csv --id B", "object B");
    /* A flux below zero has no magnitude. */
    static const char below[] = "object_id,mjd,band,flux,flux_err\nA,59001,r,100,1\nA,59002,r,-1,1\n";
    program_write("below.csv", below, strlen(below));
    expect_in("below.csv --axis magnitude", "$limit0_2 << END\n59002 25.752575 ");
    expect_in("below.csv", "$open0_2 << END\n59002 -1 1");
    expect_in("sky.csv --id a", "\nset yrange [2.8");
}

/* Two cycles of a sinusoid of 2.5 days, its maximum at phase 0. */
static void test_fold(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs("object_id,mjd,band,flux,flux_err\n", file);
    for (int i = 0; i < 90; i++) {
        const double t = 59000 + 0.37 * i + 0.11 * (i % 7);
        fprintf(file, "s,%.4f,r,%.4f,1\n", t, 100 + 30 * cos(2 * M_PI * (t - 59001) / 2.5));
    }
    fclose(file);
    program_write("star.csv", text, size);
    free(text);
    expect_in("star.csv --fold auto", "period 2.5");
    char *script = script_of("star.csv --fold auto");
    const char *points = strstr(script, "$filled0_2 << END\n");
    assert_non_null(points);
    points = strchr(points, '\n') + 1;
    for (int i = 0; i < 180; i++) {
        double phase, flux;
        char *end;
        phase = strtod(points, &end);
        flux = strtod(end, &end);
        assert_true(phase >= 0 && phase < 2);
        assert_true(fabs(flux - (100 + 30 * cos(2 * M_PI * phase))) < 1);
        points = strchr(points, '\n') + 1;
    }
    assert_true(strncmp(points, "END", 3) == 0);
    free(script);
    expect_in("star.csv --fold 5", "period 5 d");
    expect_said("plot lightcurve star.csv --fold five", 2, "'five' is neither auto nor a period");
    expect_said("plot lightcurve star.csv --fold 5 --gp", 2, "--gp is a process in time");
}

/* Several objects, by id or page by page. */
static void test_pages(void **state)
{
    (void)state;
    expect_in("sky.csv --id b --id a", "$filled1_");
    expect_in("sky.csv --objects 2", "set title \"b\"");
    expect_said("plot lightcurve sky.csv --id a,nobody -o a.svg", 0, "1 of 2 objects asked for are not in");
    expect_said("plot lightcurve sky.csv --page 2", 3, "page 2 is behind the last one: there are 3 objects");
}

static void test_refused(void **state)
{
    (void)state;
    expect_said("plot lightcurve sky.csv --id d -o d.png", 3, "there is no object 'd'");
    expect_said("plot lightcurve sky.csv --id a -o a.gif", 2, ".gif");
    expect_said("plot lightcurve", 2, "plot lightcurve takes FILE");
    expect_said("plot lightcurve none.csv", 3, "none.csv");
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_picture),    cmocka_unit_test(test_script),
                                       cmocka_unit_test(test_magnitudes), cmocka_unit_test(test_fold),
                                       cmocka_unit_test(test_pages),      cmocka_unit_test(test_refused)};
    if (count != 2 || program_set_up(words[1]))
        return 1;
    int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
