/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of tables and of light curves made smaller from the command line: they forecast and classify as
 * before, their files are smaller, and what cannot be is refused. */
#include "sample_sky.h"
#include "seasons_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_table(void **state)
{
    (void)state;
    seasons_write();
    program_discard(program_expect(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 64 --layers 1 --epochs 3 "
        "--seed 1 -o m.safetensors",
        0));
    program_discard(program_expect("compress m.safetensors --quantise -o q.safetensors", 0));
    program_discard(program_expect("compress m.safetensors --lowrank rank=0.5 -o l.safetensors", 0));
    program_discard(program_expect("compress l.safetensors --quantise -o lq.safetensors", 0));
    const long whole = seasons_size_of("m.safetensors");
    assert_true(seasons_size_of("q.safetensors") * 2 < whole);
    assert_true(seasons_size_of("l.safetensors") * 10 < whole * 8);
    assert_true(seasons_size_of("lq.safetensors") < seasons_size_of("q.safetensors"));
    assert_true(seasons_apart("forecast data.csv m.safetensors", "forecast data.csv q.safetensors") < 0.01);
    assert_true(seasons_apart("forecast data.csv m.safetensors", "forecast data.csv lq.safetensors") < 0.2);
    /* energy 1 leaves all maps as they are, and so the bytes */
    program_discard(program_expect("compress m.safetensors --lowrank energy=1 -o same.safetensors", 0));
    assert_int_equal(seasons_size_of("same.safetensors"), whole);
    program_discard(
        program_expect("compare data.csv m.safetensors q.safetensors lq.safetensors --part validation", 0));
    program_discard(program_expect("evaluate data.csv lq.safetensors --json", 0));
    program_discard(
        program_expect("update l.safetensors data.csv --split 0.6/0.2/0.2 -o again.safetensors", 0));
}

static double loss_after(const char *command)
{
    program_result r = program_expect(command, 0);
    const char *loss = strstr(r.out, "\"after\"");
    loss = loss ? strstr(loss, "\"validation_loss\":") : NULL;
    assert_non_null(loss);
    const double value = strtod(strchr(loss, ':') + 1, NULL);
    program_result_free(&r);
    return value;
}

/* With one number in each column much is lost, and training the proxies finds some of it again; the file has
 * as many bytes. */
static void loss_of_few(double whole)
{
    const double cut = loss_after("compress m.safetensors --data data.csv --factor ds:r=16:s=1 --json -o "
                                  "few.safetensors"),
                 taught = loss_after("compress m.safetensors --data data.csv --factor ds:r=16:s=1 --epochs 8 "
                                     "--json -o taught.safetensors");
    assert_true(cut > whole && taught - whole < 0.8 * (cut - whole));
    const long bytes = seasons_size_of("few.safetensors"), now = seasons_size_of("taught.safetensors");
    assert_true(labs(bytes - now) < 2000);
    assert_true(seasons_apart("forecast data.csv few.safetensors", "forecast data.csv taught.safetensors") >
                0);
    program_discard(program_expect("inspect taught.safetensors", 0));
    program_discard(program_expect("evaluate data.csv taught.safetensors --json", 0));
}

/* With data: what it costs, ranks by a tolerated loss, a little more training. */
static void test_measured(void **state)
{
    (void)state;
    double before = 0, after = 0, low = 0;
    seasons_write();
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
    assert_true(seasons_size_of("low.safetensors") < seasons_size_of("m.safetensors"));
    program_discard(program_expect(
        "compress m.safetensors --data data.csv --lowrank rank=0.25 --epochs 2 -o tuned.safetensors", 0));
    program_discard(program_expect("forecast data.csv tuned.safetensors --level 80", 0));
    r = program_expect("compress m.safetensors --data data.csv --quantise -o -", 0);
    assert_non_null(strstr(r.err, "validation loss"));
    program_result_free(&r);
    program_discard(
        program_expect("compress m.safetensors --data data.csv --factor ds:r=16:s=4 -o ds.safetensors", 0));
    assert_true(seasons_size_of("ds.safetensors") * 10 < seasons_size_of("m.safetensors") * 9);
    assert_true(seasons_apart("forecast data.csv m.safetensors", "forecast data.csv ds.safetensors") < 0.3);
    program_discard(
        program_expect("update ds.safetensors data.csv --split 0.6/0.2/0.2 -o wide.safetensors", 0));
    loss_of_few(before);
    program_refused("compress ds.safetensors --lowrank rank=0.5 -o x.safetensors", 2, "made of two already");
    program_refused("compress m.safetensors --factor ds:r=4:s=8 -o x.safetensors", 2, "is not ds:r=R");
    program_refused("compress m.safetensors --factor ds:r=8:s=2 --quantise -o x.safetensors", 2,
                    "goes alone");
    program_refused("compress m.safetensors --tolerance 1% -o x.safetensors", 2, "needs --data");
    program_refused("compress m.safetensors --data data.csv --tolerance much -o x.safetensors", 2,
                    "is no share");
    program_refused("compress m.safetensors --data data.csv --quantise --epochs 2 -o x.safetensors", 2,
                    "--epochs trains");
    program_refused("compress m.safetensors --data data.csv --quantise -o data.csv", 2, "written over");
    program_refused("compress m.safetensors --data data.csv --quantise --stations s.csv -o x.safetensors", 2,
                    "panels of stations");
}

/* Of the novelties of objects, how far two models are apart at most. */
static double novelties_apart(const char *model, const char *other, int objects)
{
    const char *models[] = {model, other};
    static double novelty[2][400];
    double most = 0;
    int count[2] = {0};
    for (int m = 0; m < 2; m++) {
        char words[120];
        snprintf(words, sizeof words, "classify sky.csv.gz %s --metadata meta.csv", models[m]);
        program_result r = program_expect(words, 0);
        char *rest = r.out;
        strsep(&rest, "\n");
        for (char *line; (line = strsep(&rest, "\n")) && *line && count[m] < 400;) {
            *strrchr(line, ',') = '\0';
            novelty[m][count[m]++] = atof(strrchr(line, ',') + 1);
        }
        program_result_free(&r);
    }
    assert_int_equal(count[0], objects);
    assert_int_equal(count[1], objects);
    for (int i = 0; i < objects; i++)
        most = fmax(most, fabs(novelty[0][i] - novelty[1][i]));
    return most;
}

/* Of 100 lines those that differ, as classes and probabilities may a little. */
static void test_light_curves(void **state)
{
    (void)state;
    program_bring("datasets/samples/simulated_t2.safetensors", "t2.safetensors");
    const int objects = sample_sky();
    program_discard(program_expect("compress t2.safetensors --quantise -o small.safetensors", 0));
    assert_true(seasons_size_of("small.safetensors") * 3 <
                seasons_size_of("t2.safetensors") * 2); /* a third of it is no weights */
    assert_true(seasons_apart("classify sky.csv.gz t2.safetensors --metadata meta.csv",
                              "classify sky.csv.gz small.safetensors --metadata meta.csv") < 0.05);
    /* and what is strange stays so */
    assert_true(novelties_apart("t2.safetensors", "small.safetensors", objects) < 0.1);
    /* low rank keeps the scaling of what goes in */
    program_discard(program_expect(
        "compress t2.safetensors --data sky.csv.gz --metadata meta.csv --lowrank energy=0.9999 -o "
        "low.safetensors",
        0));
    assert_true(seasons_apart("classify sky.csv.gz t2.safetensors --metadata meta.csv",
                              "classify sky.csv.gz t2.safetensors --metadata meta.csv --precision bf16") <
                0.05);
    assert_true(seasons_apart("classify sky.csv.gz t2.safetensors --metadata meta.csv",
                              "classify sky.csv.gz low.safetensors --metadata meta.csv") < 0.2);
    /* fitted again to other objects, a few, it finds them more usual; the weights stay */
    program_discard(program_expect(
        "compress t2.safetensors --data sky.csv.gz --metadata meta.csv --refit -o again.safetensors", 0));
    assert_true(novelties_apart("t2.safetensors", "again.safetensors", objects) > 0.1);
    program_refused("compress t2.safetensors --refit -o x.safetensors", 2, "--refit needs --data");
}

/* What the file says is what --precision says at run time, and that overrides it; other weights end it. */
static void test_precision(void **state)
{
    (void)state;
    seasons_write();
    const char *whole = "forecast data.csv m.safetensors";
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "int8" : "bf16";
        char words[200], other[200];
        snprintf(words, sizeof words,
                 "compress m.safetensors --data data.csv --precision %s --json -o p.safetensors", name);
        program_result r = program_expect(words, 0);
        snprintf(words, sizeof words, "\"chosen\": \"%s\"", name);
        assert_non_null(strstr(r.out, words));
        program_result_free(&r);
        snprintf(other, sizeof other, "%s --precision %s", whole, name);
        assert_true(seasons_apart(other, "forecast data.csv p.safetensors") == 0);
        assert_true(seasons_apart(whole, "forecast data.csv p.safetensors --precision float") == 0);
        const double apart = seasons_apart(whole, other);
        assert_true(apart > 0 && apart < 0.01);
        snprintf(words, sizeof words, "evaluate data.csv m.safetensors --precision %s --json", name);
        assert_true(seasons_apart(words, "evaluate data.csv p.safetensors --json") == 0);
        r = program_expect("inspect p.safetensors", 0);
        assert_non_null(strstr(r.out, name));
        program_result_free(&r);
    }
    assert_true(seasons_apart("forecast data.csv p.safetensors --threads 1",
                              "forecast data.csv p.safetensors --threads 2") == 0);
    program_refused("prune p.safetensors --data data.csv -o x.safetensors", 2, "compressed already");
    program_discard(program_expect("compress p.safetensors --lowrank rank=0.5 -o again.safetensors", 0));
    program_result r = program_expect("inspect again.safetensors", 0);
    assert_null(strstr(r.out, "int8"));
    program_result_free(&r);
    /* weights of eight bits stay on their steps */
    program_discard(program_expect(
        "compress m.safetensors --data data.csv --quantise --precision int8 -o q8.safetensors", 0));
    assert_true(seasons_size_of("q8.safetensors") * 2 < seasons_size_of("m.safetensors"));
    assert_true(seasons_apart(whole, "forecast data.csv q8.safetensors") < 0.01);
    program_refused("compress m.safetensors --precision int8 -o x.safetensors", 2, "needs --data");
    program_refused("forecast data.csv m.safetensors --precision int4", 2, "int4");
}

static void write_waves(FILE *out)
{
    fputs("a,b\n", out);
    for (int i = 0; i < 500; i++)
        fprintf(out, "%.6f,%.6f\n", sin(i * 2 * M_PI / 7), cos(i * 2 * M_PI / 7));
}

/* Where a network is nearly exact, eight bits are too few: it stays as it is, to the byte. */
static void test_not_borne(void **state)
{
    (void)state;
    program_fill("waves.csv", write_waves);
    program_discard(program_expect(
        "train waves.csv --model itransformer --lookback 28 --horizon 7 --d-model 64 --layers 1 --epochs 150 "
        "--dropout 0 --no-instance-norm --learning-rate 3e-3 --schedule cosine --patience 0 --seed 1 -o "
        "waves.safetensors",
        0));
    program_result r = program_expect(
        "compress waves.safetensors --data waves.csv --precision int8 --json -o same.safetensors", 0);
    assert_non_null(strstr(r.out, "\"chosen\": \"float\""));
    assert_non_null(strstr(r.err, "the maps stay as they are"));
    program_result_free(&r);
    assert_true(program_same("waves.safetensors", "same.safetensors"));
}

static void test_refused(void **state)
{
    (void)state;
    seasons_write();
    program_discard(program_expect("train data.csv --model theta -o theta.safetensors", 0));
    program_refused("compress theta.safetensors --quantise -o x.safetensors", 2, "is no network");
    program_refused("forecast data.csv theta.safetensors --precision int8", 2, "theta is none");
    program_refused("compress m.safetensors -o x.safetensors", 2, "nothing to do");
    program_refused("compress m.safetensors --quantise", 2, "--output names");
    program_refused("compress m.safetensors --lowrank 0.9 -o x.safetensors", 2, "is neither energy=E");
    program_refused("compress m.safetensors --lowrank energy=2 -o x.safetensors", 2, "is neither energy=E");
    program_refused("compress l.safetensors --lowrank energy=0.5 -o x.safetensors", 2, "made of two already");
    program_refused("compress data.csv --quantise -o x.safetensors", 3, "data.csv");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),        cmocka_unit_test(test_measured),
                                       cmocka_unit_test(test_light_curves), cmocka_unit_test(test_precision),
                                       cmocka_unit_test(test_not_borne),    cmocka_unit_test(test_refused)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_compress PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
