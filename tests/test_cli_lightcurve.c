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
    assert_non_null(strstr(script, "$mean5"));
    assert_non_null(strstr(script, "$filled0"));
    free(script);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_picture), cmocka_unit_test(test_script),
                                       cmocka_unit_test(test_refused)};
    if (count != 2 || program_set_up(words[1]))
        return 1;
    int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
