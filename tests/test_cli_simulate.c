/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `auspex simulate` as its users meet it, and the bundled samples it made. */
#include "program.h"

#include "cmocka_all.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void says(const char *words, int status, const char *wanted)
{
    program_result r = program_run(words, NULL);
    if (r.status != status || !strstr(r.err, wanted))
        fail_msg("auspex %s: exit code %d instead of %d, said '%s' instead of '%s'", words, r.status, status,
                 r.err, wanted);
    assert_string_equal(r.out, "");
    program_result_free(&r);
}

static void works(const char *words)
{
    says(words, 0, "");
}

static char *read_or_fail(const char *name, size_t *size)
{
    char *text = program_read(name, size);
    if (!text)
        fail_msg("there is no %s", name);
    return text;
}

/* A file, unpacked where it is packed. */
static char *unpack(const char *path, size_t *size)
{
    gzFile file = gzopen(path, "rb");
    size_t room = 1 << 16, length = 0;
    char *text = malloc(room + 1);
    if (!file)
        fail_msg("there is no %s", path);
    assert_non_null(text);
    for (int n; (n = gzread(file, text + length, (unsigned)(room - length))) > 0;) {
        length += (size_t)n;
        if (length == room) {
            room *= 2;
            text = realloc(text, room + 1);
            assert_non_null(text);
        }
    }
    int code;
    gzerror(file, &code);
    assert_int_equal(code, Z_OK);
    gzclose(file);
    text[length] = '\0';
    *size = length;
    return text;
}

static void same(const char *a, const char *b)
{
    size_t n, m;
    char *x = unpack(a, &n), *y = unpack(b, &m);
    if (n != m || memcmp(x, y, n) != 0)
        fail_msg("%s (%zu bytes) is not %s (%zu bytes)", a, n, b, m);
    free(x);
    free(y);
}

/* All of a stands at the begin of b. */
static void begins(const char *a, const char *b)
{
    size_t n, m;
    char *x = read_or_fail(a, &n), *y = read_or_fail(b, &m);
    assert_true(n < m);
    assert_memory_equal(x, y, n);
    free(x);
    free(y);
}

static void remove_all(const char *const *names)
{
    for (; *names; names++)
        assert_int_equal(remove(*names), 0);
    assert_int_equal(program_files(), 0);
}

/* --- light curves --- */

static void test_same_bytes_whatever_runs_beside(void **state)
{
    (void)state;
    works("simulate lightcurves -q --objects 300 --threads 1 -o a.csv --metadata am.csv");
    works("simulate lightcurves -q --objects 300 --threads 3 -o b.csv --metadata bm.csv");
    works("simulate lightcurves -q --objects 450 --threads 2 -o c.csv.gz --metadata cm.csv.gz");
    works("simulate lightcurves -q --objects 450 --threads 2 -o d.csv --metadata dm.csv");
    works("simulate lightcurves -q --objects 300 --seed 2 -o e.csv --metadata em.csv");
    same("a.csv", "b.csv");
    same("am.csv", "bm.csv");
    same("c.csv.gz", "d.csv");
    same("cm.csv.gz", "dm.csv");
    begins("a.csv", "d.csv");
    begins("am.csv", "dm.csv");
    size_t n, m;
    char *a = read_or_fail("a.csv", &n), *e = read_or_fail("e.csv", &m);
    assert_true(n != m || memcmp(a, e, n) != 0);
    free(a);
    free(e);
    remove_all((const char *const[]){"a.csv", "am.csv", "b.csv", "bm.csv", "c.csv.gz", "cm.csv.gz", "d.csv",
                                     "dm.csv", "e.csv", "em.csv", NULL});
}

static void test_form_of_light_curves(void **state)
{
    (void)state;
    program_result r = program_run("simulate lightcurves --objects 28 -o - --metadata m.csv", NULL);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "28 objects ("));
    static const char header[] = "object_id,mjd,passband,flux,flux_err,detected\n1,";
    assert_memory_equal(r.out, header, sizeof header - 1);
    long last = 1;
    int rows = 0;
    double before = 0;
    for (char *line = strchr(r.out, '\n') + 1; *line; line = strchr(line, '\n') + 1, rows++) {
        long id;
        double mjd, flux, error;
        int band, detected, length = 0;
        assert_int_equal(
            sscanf(line, "%ld,%lf,%d,%lf,%lf,%d%n", &id, &mjd, &band, &flux, &error, &detected, &length), 6);
        assert_int_equal(line[length], '\n');
        assert_true(id == last || id == last + 1);
        assert_true(id > last || mjd >= before);
        assert_true(mjd > 59580 && mjd < 60676 && error > 0);
        assert_in_range(band, 0, 5);
        assert_in_range(detected, 0, 1);
        last = id;
        before = mjd;
    }
    assert_int_equal(last, 28);
    assert_in_range(rows, 28 * 50, 28 * 450);
    program_result_free(&r);
    size_t size;
    char *metadata = read_or_fail("m.csv", &size);
    static const char columns[] =
        "object_id,ra,decl,ddf,hostgal_specz,hostgal_photoz,hostgal_photoz_err,distmod,mwebv,"
        "target,class\n1,";
    assert_memory_equal(metadata, columns, sizeof columns - 1);
    assert_null(strstr(metadata, "true_"));
    assert_non_null(strstr(metadata, ",90,SNIa\n"));
    int lines = 0;
    for (char *c = metadata; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 29);
    free(metadata);
    remove_all((const char *const[]){"m.csv", NULL});
}

/* --truth only adds columns behind the others. */
static void test_truth_is_asked_for(void **state)
{
    (void)state;
    works("simulate lightcurves -q --objects 15 --classes 99,sniA,16 -o a.csv --metadata am.csv");
    works("simulate lightcurves -q --objects 15 --classes other,90 --classes EB --truth -o b.csv --metadata "
          "bm.csv");
    same("a.csv", "b.csv");
    size_t size;
    char *a = read_or_fail("am.csv", &size), *b = read_or_fail("bm.csv", &size), *rest_a = a, *rest_b = b;
    for (char *x, *y; (x = strsep(&rest_a, "\n")) && (y = strsep(&rest_b, "\n")) && *x;) {
        assert_memory_equal(x, y, strlen(x));
        assert_int_equal(y[strlen(x)], ',');
        const bool head = strncmp(x, "object_id", 9) == 0;
        assert_true(head || strstr(x, ",SNIa") || strstr(x, ",EB") || strstr(x, ",other"));
        assert_true(
            !head ||
            strstr(y, ",true_model,true_z,true_peakmjd,true_mag,true_period,true_timescale,true_shape"));
    }
    free(a);
    free(b);
    remove_all((const char *const[]){"a.csv", "am.csv", "b.csv", "bm.csv", NULL});
}

static void test_spectra_are_left_out_by_share(void **state)
{
    (void)state;
    works("simulate lightcurves -q --objects 40 --classes 90 --specz 0 --mix survey -o a.csv --metadata "
          "am.csv");
    size_t size;
    char *text = read_or_fail("am.csv", &size), *rest = text;
    strsep(&rest, "\n");
    for (char *line; (line = strsep(&rest, "\n")) && *line;) {
        char *field = line;
        for (int i = 0; i < 4; i++)
            field = strchr(field, ',') + 1;
        assert_int_equal(*field, ',');
    }
    free(text);
    remove_all((const char *const[]){"a.csv", "am.csv", NULL});
}

/* --- wind --- */

static void test_form_of_wind(void **state)
{
    (void)state;
    works("simulate wind -q --turbines 3 --days 2 --step 30min --start 2024-02-28 -o w.csv --stations s.csv");
    works("simulate wind -q --turbines 3 --days 2 --step 30min --start 2024-02-28 --weather --truth -o "
          "v.csv.gz "
          "--stations t.csv");
    same("s.csv", "t.csv");
    size_t size, more;
    char *plain = read_or_fail("w.csv", &size), *full = unpack("v.csv.gz", &more), *a = plain, *b = full;
    int rows = 0;
    for (char *x, *y; (x = strsep(&a, "\n")) && (y = strsep(&b, "\n")) && *x; rows++)
        assert_memory_equal(x, y, strlen(x));
    assert_int_equal(rows, 1 + 3 * 2 * 48);
    free(plain);
    free(full);
    plain = read_or_fail("w.csv", &size);
    static const char head[] =
        "station,time,Wspd,Wdir,Etmp,Itmp,Ndir,Pab1,Pab2,Pab3,Prtv,Patv\nT01,2024-02-28 00:00:00,";
    assert_memory_equal(plain, head, sizeof head - 1);
    assert_non_null(strstr(plain, "\nT03,2024-02-29 23:30:00,"));
    free(plain);
    full = unpack("v.csv.gz", &more);
    assert_non_null(strstr(full, ",Patv,U10,V10,true_wind,state\n"));
    free(full);
    char *places = read_or_fail("s.csv", &size);
    assert_memory_equal(places, "station,x,y\nT01,", 16);
    free(places);
    works("simulate wind -q --turbines 3 --days 3 --step 30min --start 2024-02-28 -o u.csv --stations s.csv");
    remove_all((const char *const[]){"w.csv", "v.csv.gz", "s.csv", "t.csv", "u.csv", NULL});
}

/* Faults as asked: none at all, or a share of the rows. */
static void test_missing_rows_are_empty(void **state)
{
    (void)state;
    for (int faulty = 0; faulty < 2; faulty++) {
        works(faulty ? "simulate wind -q --turbines 4 --days 20 --faults 0.3 -o w.csv --stations s.csv"
                     : "simulate wind -q --turbines 4 --days 20 --faults 0 -o w.csv --stations s.csv");
        size_t size;
        int empty = 0;
        char *text = read_or_fail("w.csv", &size);
        for (char *c = text; (c = strstr(c, ",,,,,,,,,,\n")); c++)
            empty++;
        assert_null(strstr(text, "nan"));
        if (faulty)
            assert_in_range(empty, 0.05 * 4 * 20 * 144, 0.15 * 4 * 20 * 144);
        else
            assert_int_equal(empty, 0);
        free(text);
    }
    remove_all((const char *const[]){"w.csv", "s.csv", NULL});
}

/* --- what goes wrong --- */

static void test_wrong_command_lines(void **state)
{
    (void)state;
    static const struct {
        const char *words, *wanted;
    } cases[] = {
        {"simulate", "missing: lightcurves, wind, sales, power or shares"},
        {"simulate wnd -o a --stations b", "did you mean wind?"},
        {"simulate elephants", "none of lightcurves, wind"},
        {"simulate wind lightcurves", "'lightcurves' is too much"},
        {"simulate lightcurves --metadata m.csv", "--output is missing"},
        {"simulate lightcurves -o a.csv", "--metadata is missing"},
        {"simulate lightcurves -o - --metadata -", "cannot both go to standard output"},
        {"simulate lightcurves -o a.csv --metadata a.csv", "name another file"},
        {"simulate lightcurves -o a.csv --metadata m.csv --classes AGNN", "did you mean AGN?"},
        {"simulate lightcurves -o a.csv --metadata m.csv --classes 90,7", "there are mu-Lens (6), TDE (15)"},
        {"simulate lightcurves -o a.csv --metadata m.csv --classes 99 --mix training",
         "no objects of class other (99)"},
        {"simulate lightcurves -o a.csv --metadata m.csv --objects 0", "allowed range"},
        {"simulate lightcurves -o a.csv --metadata m.csv --deep 2", "allowed range"},
        {"simulate lightcurves -o a.csv --metadata m.csv --days 5", "--days is an option of 'simulate wind'"},
        {"simulate wind -o a.csv --stations s.csv --objects 5",
         "--objects is an option of 'simulate lightcurves'"},
        {"simulate wind -o a.csv", "--stations is missing"},
        {"simulate wind --stations a.csv", "--output is missing"},
        {"simulate wind -o a.csv --stations s.csv --step 7min", "divides a day"},
        {"simulate wind -o a.csv --stations s.csv --step 30s", "divides a day"},
        {"simulate wind -o a.csv --stations s.csv --step 2d", "divides a day"},
        {"simulate wind -o a.csv --stations s.csv --step soon", "--step"},
        {"simulate wind -o a.csv --stations s.csv --start yesterday", "--start"},
        {"simulate wind -o a.csv --stations s.csv --faults 1", "allowed range"},
        {"simulate wind -o a.csv --stations a.csv", "named for two results"},
        {"simulate wind -o a.csv --stations ./a.csv", "named for two results"},
        {"simulate wind -o a.csv --stations s.csv --start=", "--start needs a value: --start DATE"},
        {"simulate wind -o a.csv --stations s.csv --step=", "--step needs a value: --step STEP"},
        {"simulate wind -o a.csv --stations s.csv --start 9999-12-31", "beyond the year 9999"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        says(cases[i].words, 2, cases[i].wanted);
    assert_int_equal(program_files(), 0);
}

/* Whole or not at all: when one of the two files cannot be, neither is. */
static void test_output_that_cannot_be_written(void **state)
{
    (void)state;
    says("simulate lightcurves -q --objects 20 -o a.csv --metadata nowhere/m.csv", 1,
         "its folder does not exist");
    says("simulate lightcurves -q --objects 20 -o nowhere/a.csv.gz --metadata m.csv", 1,
         "its folder does not exist");
    says("simulate wind -q --days 1 -o a.csv --stations nowhere/s.csv", 1, "its folder does not exist");
    says("simulate wind -q -o /dev/full --stations s.csv", 1, "/dev/full: writing failed: No space left");
    assert_int_equal(program_files(), 0);
    program_result full =
        program_run_into("simulate lightcurves --objects 200 -o - --metadata m.csv", "/dev/full", NULL);
    assert_int_equal(full.status, 1);
    assert_non_null(strstr(full.err, "writing failed"));
    program_result_free(&full);
    assert_int_equal(program_files(), 0);
}

static void test_help(void **state)
{
    (void)state;
    program_result r = program_run("simulate --help", NULL);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "Examples:"));
    assert_non_null(strstr(r.out, "equal|training|survey"));
    assert_non_null(strstr(r.out, "(default 10min)"));
    program_result_free(&r);
}

/* --- the bundled samples --- */

static void test_commands_reproduce_the_samples(void **state)
{
    (void)state;
    const char *source = getenv("AUSPEX_SOURCE");
    if (!source)
        skip();
    works("simulate lightcurves -q --objects 350 --seed 1 -o l.csv.gz --metadata m.csv");
    works("simulate wind -q --turbines 6 --days 14 --seed 1 --weather -o w.csv.gz --stations s.csv");
    static const char *const made[] = {"l.csv.gz", "m.csv", "w.csv.gz", "s.csv", NULL};
    static const char *const bundled[] = {"lightcurves.csv.gz", "lightcurves_metadata.csv", "wind.csv.gz",
                                          "wind_stations.csv"};
    for (int i = 0; made[i]; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/datasets/samples/simulated_%s", source, bundled[i]);
        same(made[i], path);
    }
    remove_all(made);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes_whatever_runs_beside),
        cmocka_unit_test(test_form_of_light_curves),
        cmocka_unit_test(test_truth_is_asked_for),
        cmocka_unit_test(test_spectra_are_left_out_by_share),
        cmocka_unit_test(test_form_of_wind),
        cmocka_unit_test(test_missing_rows_are_empty),
        cmocka_unit_test(test_wrong_command_lines),
        cmocka_unit_test(test_output_that_cannot_be_written),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_commands_reproduce_the_samples),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_simulate PROGRAM\n", stderr);
        return 2;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
