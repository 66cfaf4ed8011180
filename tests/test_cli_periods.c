/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `auspex features` and `auspex period`. */
#include "program.h"

#include "cmocka_all.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 90 };

/* Two stars in two bands, of periods 0.4372 and 3.21 days; dips of 0.3 mag every 5.2 days; two points. */
static int group_set_up(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs("object_id,mjd,band,mag,mag_err\n", file);
    for (int o = 0; o < 3; o++)
        for (int i = 0; i < POINTS; i++) {
            const double t = 58000 + 4.03 * i + 1.7 * sin(13.0 * i), noise = 0.01 * sin(71.0 * i);
            const double phase = (t - 58000.5) / (o == 0   ? 0.4372
                                                  : o == 1 ? 3.21
                                                           : 5.2),
                         away = phase - round(phase);
            const double wave = o == 2 ? 0.3 * (fabs(away) < 0.04) : 0.4 * -cos(2 * M_PI * phase);
            fprintf(file, "%s,%.5f,%c,%.4f,0.01\n",
                    o == 0   ? "fast"
                    : o == 1 ? "slow"
                             : "\"dips, deep\"",
                    t, i % 2 ? 'g' : 'r', 15 + (i % 2) * 0.7 + wave + noise);
        }
    fputs("few,58001,g,17,0.1\nfew,58002,g,17.1,0.1\n", file);
    fclose(file);
    program_write("stars.csv", text, size);
    free(text);
    return 0;
}

/* The field of a column, of the row whose object is `id`; NaN where it is empty. */
static double field(const char *csv, const char *id, const char *column)
{
    char names[65536], line[65536];
    const char *row = strstr(csv, id);
    assert_non_null(row);
    snprintf(names, sizeof names, "%.*s", (int)strcspn(csv, "\n"), csv);
    snprintf(line, sizeof line, "%.*s", (int)strcspn(row, "\n"), row);
    char *name = names, *value = line;
    while (name && *name) {
        char *name_end = name + strcspn(name, ","), *value_end = value;
        value_end += *value == '"' ? strcspn(value + 1, "\"") + 2 : strcspn(value, ",");
        if ((size_t)(name_end - name) == strlen(column) && strncmp(name, column, strlen(column)) == 0)
            return value == value_end ? NAN : strtod(value, NULL);
        name = *name_end ? name_end + 1 : NULL;
        value = *value_end ? value_end + 1 : value_end;
    }
    fail_msg("there is no column %s in: %s", column, names);
    return NAN;
}

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.10g, not %.10g", got, want);
}

static void test_periods(void **state)
{
    (void)state;
    program_result r = program_expect("period stars.csv", 0);
    near(field(r.out, "fast", "period"), 0.4372, 2e-5);
    near(field(r.out, "slow", "period"), 3.21, 2e-3);
    const double cycles = (field(r.out, "slow", "epoch") - 58000.5) / 3.21;
    near(cycles - round(cycles), 0, 0.02); /* brightest where the magnitude is least */
    near(field(r.out, "slow", "amplitude_1"), 0.4, 0.02);
    near(field(r.out, "slow", "doubled_period"), 6.42, 4e-3);
    assert_true(field(r.out, "slow", "log10_false_alarm") < -20 &&
                field(r.out, "slow", "period_error") < 0.01);
    assert_true(isnan(field(r.out, "few", "period")));
    near(field(r.out, "few", "points"), 2, 0);
    program_result one = program_expect("period stars.csv --threads 1", 0);
    assert_string_equal(r.out, one.out);
    program_result_free(&one);
    program_result_free(&r);
    r = program_expect("period stars.csv --box --shortest 2 --least-duration 0.04", 0);
    near(field(r.out, "\"dips, deep\"", "period"), 5.2, 0.01);
    near(field(r.out, "\"dips, deep\"", "depth"), 0.3, 0.03);
    program_result_free(&r);
    r = program_expect("period stars.csv --harmonics 3 --shortest 0.3 --longest 10 --json -q", 0);
    json_t *line = json_loads(r.out, JSON_DISABLE_EOF_CHECK, NULL);
    assert_string_equal(json_string_value(json_object_get(line, "object_id")), "fast");
    near(json_real_value(json_object_get(line, "period")), 0.4372, 2e-5);
    assert_true(json_is_boolean(json_object_get(line, "alias")));
    json_decref(line);
    program_result_free(&r);
}

static void test_spectrum(void **state)
{
    (void)state;
    program_discard(program_expect("period stars.csv --shortest 1 --periodogram s.csv -o p.csv -q", 0));
    size_t size;
    char *spectrum = program_read("s.csv", &size), *periods = program_read("p.csv", &size), *at;
    assert_non_null(spectrum);
    double best = 0, frequency = 0;
    for (at = strstr(spectrum, "\nslow,"); at; at = strstr(at + 1, "\nslow,")) {
        const double f = strtod(at + 6, &at), p = strtod(at + 1, NULL);
        frequency = p > best ? f : frequency;
        best = p > best ? p : best;
    }
    near(frequency, 1 / field(periods, "slow", "period"), 0.2 / 300);
    free(spectrum);
    free(periods);
}

static void test_features(void **state)
{
    (void)state;
    program_result r = program_expect("features stars.csv", 0);
    near(field(r.out, "fast", "period"), 0.4372, 2e-5);
    near(field(r.out, "slow", "colour_median_g_r"), 0.7, 0.15);
    near(field(r.out, "slow", "amplitude_g"), 0.4, 0.02);
    near(field(r.out, "slow", "magnitudes"), 1, 0);
    assert_true(isnan(field(r.out, "slow", "amplitude_i")) && isnan(field(r.out, "few", "skew_g")));
    program_result one = program_expect("features stars.csv --threads 1", 0);
    assert_string_equal(r.out, one.out);
    program_result_free(&one);
    program_result_free(&r);
    r = program_expect("features stars.csv --group moments,sampling --bands g=4802,r=6231 --json -q", 0);
    json_t *line = json_loads(r.out, JSON_DISABLE_EOF_CHECK, NULL);
    const json_t *values = json_object_get(line, "features");
    assert_int_equal(json_object_size(values), 5 + 2 * 3);
    assert_true(json_is_number(json_object_get(values, "skew_g")));
    json_decref(line);
    program_result_free(&r);
    r = program_expect("features --list-groups", 0);
    assert_non_null(strstr(r.out, "\nperiod "));
    program_result_free(&r);
}

static void test_streams(void **state)
{
    (void)state;
    size_t size;
    char *text = program_read("stars.csv", &size);
    program_result file = program_expect("period stars.csv -q", 0),
                   stream = program_expect_of("period - -q", text, 0);
    assert_string_equal(file.out, stream.out);
    program_result_free(&file);
    program_result_free(&stream);
    file = program_expect("features stars.csv -q", 0);
    stream = program_expect_of("features - -q", text, 0);
    assert_string_equal(file.out, stream.out);
    program_result_free(&file);
    program_result_free(&stream);
    free(text);
}

/* A picture of ranges over periods, a group per class; names of classes are data. */
static void test_picture(void **state)
{
    (void)state;
    static const char objects[] = "object_id,class\nfast,pulsator\nslow,\"a 'b' \"\"c\"\"\"\n";
    program_write("objects.csv", objects, strlen(objects));
    program_result drawn = program_expect(
                       "period stars.csv --metadata objects.csv --label class --plot-script p.gp -q", 0),
                   plain = program_expect("period stars.csv -q", 0);
    assert_string_equal(drawn.out, plain.out);
    size_t size;
    char *script = program_read("p.gp", &size);
    assert_non_null(strstr(script, "set logscale x"));
    assert_non_null(strstr(script, "pulsator"));
    assert_non_null(strstr(script, "without a label"));
    const char *group = strstr(script, "$group0 << END\n");
    assert_non_null(group);
    free(script);
    program_result_free(&drawn);
    program_result_free(&plain);
    program_refused("period stars.csv --label class", 2, "--label is for the picture");
    program_refused("period stars.csv --plot p.bmp", 2, "bmp");
}

static void test_refused(void **state)
{
    (void)state;
    program_refused("features", 2, "PHOTOMETRY");
    program_refused("features stars.csv --group perod", 2, "did you mean 'period'");
    program_refused("features stars.csv --group=", 2, "--group '' names no group");
    program_refused("features stars.csv --group ,", 2, "there is no group of features ''");
    program_refused("period stars.csv --shortest 5 --longest 2", 2, "--shortest 5 is not below --longest 2");
    program_refused("period stars.csv --box --harmonics 2", 2, "--box");
    program_refused("period nothing.csv", 3, "nothing.csv");
    program_refused("period", 2, "PHOTOMETRY");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_periods), cmocka_unit_test(test_spectrum), cmocka_unit_test(test_features),
        cmocka_unit_test(test_streams), cmocka_unit_test(test_picture),  cmocka_unit_test(test_refused),
    };
    if (argc < 2 || program_set_up(argv[1]) != 0)
        return 1;
    const int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
