/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of tables and of light curves made smaller from the command line: they forecast and classify as
 * before, their files are smaller, and what cannot be is refused. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void quietly(const char *words)
{
    program_result r = program_expect(words, 0);
    program_result_free(&r);
}

static void refused(const char *words, int status, const char *said)
{
    program_result r = program_expect(words, status);
    if (!strstr(r.err, said))
        fail_msg("auspex %s: no '%s' in:\n%s", words, said, r.err);
    program_result_free(&r);
}

/* Three series of which each follows the season of 7 in its own size. */
static void write_data(void)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("a,b,c\n", out);
    for (int i = 0; i < 400; i++)
        fprintf(out, "%.4f,%.4f,%.4f\n", 50 + 9 * sin(i % 7) + sin(i * i % 11), 20 + 3 * cos(i % 7),
                5 + sin(i % 7) + .01 * i);
    fclose(out);
    program_write("data.csv", text, size);
    free(text);
}

static long size_of(const char *name)
{
    size_t size;
    char *bytes = program_read(name, &size);
    assert_non_null(bytes);
    free(bytes);
    return (long)size;
}

/* Root mean square of the differences of two forecasts, over the root mean square of the first. */
static double apart(const char *words, const char *others)
{
    program_result x = program_expect(words, 0), y = program_expect(others, 0);
    double sum = 0, all = 0;
    const char *a = strchr(x.out, '\n'), *b = strchr(y.out, '\n');
    while (a && b && *++a && *++b) {
        char *end_a, *end_b;
        const double va = strtod(a, &end_a), vb = strtod(b, &end_b);
        sum += (va - vb) * (va - vb);
        all += va * va;
        a = strpbrk(end_a, ",\n");
        b = strpbrk(end_b, ",\n");
    }
    program_result_free(&x);
    program_result_free(&y);
    assert_true(all > 0);
    return sqrt(sum / all);
}

static void test_table(void **state)
{
    (void)state;
    write_data();
    quietly(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 64 --layers 1 --epochs 3 "
        "--seed 1 -o m.safetensors");
    quietly("compress m.safetensors --quantise -o q.safetensors");
    quietly("compress m.safetensors --lowrank rank=0.5 -o l.safetensors");
    quietly("compress l.safetensors --quantise -o lq.safetensors");
    const long whole = size_of("m.safetensors");
    assert_true(size_of("q.safetensors") * 2 < whole);
    assert_true(size_of("l.safetensors") * 10 < whole * 8);
    assert_true(size_of("lq.safetensors") < size_of("q.safetensors"));
    assert_true(apart("forecast data.csv m.safetensors", "forecast data.csv q.safetensors") < 0.01);
    assert_true(apart("forecast data.csv m.safetensors", "forecast data.csv lq.safetensors") < 0.2);
    /* energy 1 leaves all maps as they are, and so the bytes */
    quietly("compress m.safetensors --lowrank energy=1 -o same.safetensors");
    assert_int_equal(size_of("same.safetensors"), whole);
    quietly("compare data.csv m.safetensors q.safetensors lq.safetensors --part validation");
    quietly("evaluate data.csv lq.safetensors --json");
    quietly("update l.safetensors data.csv --split 0.6/0.2/0.2 -o again.safetensors");
}

/* With data: what it costs, ranks by a tolerated loss, a little more training. */
static void test_measured(void **state)
{
    (void)state;
    double before = 0, after = 0, low = 0;
    write_data();
    program_result r = program_expect(
        "compress m.safetensors --data data.csv --lowrank rank=0.25 --quantise --json -o cut.safetensors", 0);
    const char *loss = strstr(r.out, "\"validation_loss\":");
    assert_non_null(loss);
    before = strtod(strchr(loss, ':') + 1, NULL);
    loss = strstr(loss + 1, "\"validation_loss\":");
    assert_non_null(loss);
    after = strtod(strchr(loss, ':') + 1, NULL);
    assert_true(before > 0 && after > 0 && before != after);
    program_result_free(&r);
    r = program_expect("compress m.safetensors --data data.csv --tolerance 5% --json -o low.safetensors", 0);
    loss = strstr(strstr(r.out, "\"after\""), "\"validation_loss\":");
    assert_non_null(loss);
    low = strtod(strchr(loss, ':') + 1, NULL);
    assert_true(low <= 1.05 * before);
    program_result_free(&r);
    assert_true(size_of("low.safetensors") < size_of("m.safetensors"));
    quietly("compress m.safetensors --data data.csv --lowrank rank=0.25 --epochs 2 -o tuned.safetensors");
    quietly("forecast data.csv tuned.safetensors --level 80");
    r = program_expect("compress m.safetensors --data data.csv --quantise -o -", 0);
    assert_non_null(strstr(r.err, "validation loss"));
    program_result_free(&r);
    quietly("compress m.safetensors --data data.csv --factor ds:r=16:s=4 -o ds.safetensors");
    assert_true(size_of("ds.safetensors") * 10 < size_of("m.safetensors") * 9);
    assert_true(apart("forecast data.csv m.safetensors", "forecast data.csv ds.safetensors") < 0.3);
    quietly("update ds.safetensors data.csv --split 0.6/0.2/0.2 -o wide.safetensors");
    refused("compress ds.safetensors --lowrank rank=0.5 -o x.safetensors", 2, "made of two already");
    refused("compress m.safetensors --factor ds:r=4:s=8 -o x.safetensors", 2, "is not ds:r=R");
    refused("compress m.safetensors --factor ds:r=8:s=2 --quantise -o x.safetensors", 2, "goes alone");
    refused("compress m.safetensors --tolerance 1% -o x.safetensors", 2, "needs --data");
    refused("compress m.safetensors --data data.csv --tolerance much -o x.safetensors", 2, "is no share");
    refused("compress m.safetensors --data data.csv --quantise --epochs 2 -o x.safetensors", 2,
            "--epochs trains");
    refused("compress m.safetensors --data data.csv --quantise -o data.csv", 2, "written over");
    refused("compress m.safetensors --data data.csv --quantise --stations s.csv -o x.safetensors", 2,
            "panels of stations");
}

/* A bundled file under a name without blanks or underscores. */
static void bring(const char *sample, const char *name)
{
    char path[1200];
    const char *source = getenv("AUSPEX_SOURCE");
    snprintf(path, sizeof path, "%s/datasets/samples/%s", source ? source : ".", sample);
    FILE *from = fopen(path, "rb");
    assert_non_null(from);
    assert_int_equal(fseek(from, 0, SEEK_END), 0);
    const size_t size = (size_t)ftell(from);
    rewind(from);
    char *bytes = malloc(size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, size, from), size);
    fclose(from);
    program_write(name, bytes, size);
    free(bytes);
}

/* Of 100 lines those that differ, as classes and probabilities may a little. */
static void test_light_curves(void **state)
{
    (void)state;
    bring("simulated_t2.safetensors", "t2.safetensors");
    bring("simulated_lightcurves.csv.gz", "sky.csv.gz");
    bring("simulated_lightcurves_metadata.csv", "meta.csv");
    quietly("compress t2.safetensors --quantise -o small.safetensors");
    assert_true(size_of("small.safetensors") * 3 <
                size_of("t2.safetensors") * 2); /* a third of it is no weights */
    assert_true(apart("classify sky.csv.gz t2.safetensors --metadata meta.csv",
                      "classify sky.csv.gz small.safetensors --metadata meta.csv") < 0.05);
    /* low rank keeps the scaling of what goes in */
    quietly("compress t2.safetensors --data sky.csv.gz --metadata meta.csv --lowrank energy=0.9999 -o "
            "low.safetensors");
    assert_true(apart("classify sky.csv.gz t2.safetensors --metadata meta.csv",
                      "classify sky.csv.gz low.safetensors --metadata meta.csv") < 0.2);
}

static void test_refused(void **state)
{
    (void)state;
    write_data();
    quietly("train data.csv --model theta -o theta.safetensors");
    refused("compress theta.safetensors --quantise -o x.safetensors", 2, "is no network");
    refused("compress m.safetensors -o x.safetensors", 2, "nothing to do");
    refused("compress m.safetensors --quantise", 2, "--output names");
    refused("compress m.safetensors --lowrank 0.9 -o x.safetensors", 2, "is neither energy=E");
    refused("compress m.safetensors --lowrank energy=2 -o x.safetensors", 2, "is neither energy=E");
    refused("compress l.safetensors --lowrank energy=0.5 -o x.safetensors", 2, "made of two already");
    refused("compress data.csv --quantise -o x.safetensors", 3, "data.csv");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_measured),
                                       cmocka_unit_test(test_light_curves), cmocka_unit_test(test_refused)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_compress PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
