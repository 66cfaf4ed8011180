/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values that could not be expected: spikes are found, false alarms are as many as is said, a new level ends
 * being one. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned long long seed;

/* Uniform within (0,1). */
static double draw(void)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return ((double)(seed >> 33) + .5) / 2147483648.0;
}

typedef struct shape {
    int rows, spike, level; /* rows of a spike and of a jump; 0: none */
    double noise;
} shape;

static void write_days(const char *name, shape what)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    seed = 5;
    fputs("date,load\n", out);
    for (int i = 0; i < what.rows; i++) {
        const time_t day = 1577836800 + (time_t)i * 86400;
        char stamp[16];
        strftime(stamp, sizeof stamp, "%F", gmtime(&day));
        fprintf(out, "%s,%.6g\n", stamp,
                50 + 9 * sin(i % 7) + what.noise * sqrt(-2 * log(draw())) * cos(6.2831853 * draw()) +
                    20 * (what.spike && i == what.spike) + 30 * (what.level && i >= what.level));
    }
    fclose(out);
    program_write(name, text, size);
    free(text);
}

static int lines(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static void test_spike(void **state)
{
    (void)state;
    write_days("spike.csv", (shape){400, 300, 0, 1});
    program_result r = program_expect("anomalies spike.csv --level 99.5", 0);
    const char *at = strstr(r.out, "2020-10-27,load,"); /* the 301st day */
    assert_non_null(at);
    double value, expected, low, high, score, p;
    assert_int_equal(sscanf(at + 16, "%lf,%lf,%lf,%lf,%lf,%lf,1", &value, &expected, &low, &high, &score, &p),
                     6);
    assert_true(value > high && score > 2 && p < .01 && fabs(expected - (low + high) / 2) < 1e-6);
    assert_true(fabs(score - (value - expected) / (high - expected)) < 1e-3);
    assert_null(strstr(r.out, "2020-10-28,")); /* the spike does not mark its neighbour */
    assert_true(lines(r.out) < 8);
    assert_non_null(strstr(r.err, "were nothing amiss, about"));
    program_result_free(&r);
    r = program_expect("anomalies spike.csv --all", 0);
    assert_true(lines(r.out) == 1 + 400 - 133 - 20);
    assert_non_null(strstr(r.out, ",0\n"));
    program_result_free(&r);
}

/* Of 2,000 ordinary values about 5 % are outside 95 %, by each kind of forecaster. */
static void test_false_alarms(void **state)
{
    (void)state;
    static const char *const kinds[] = {"linear", "mean", "naive"};
    write_days("plain.csv", (shape){3000, 0, 0, 1});
    for (int i = 0; i < 3; i++) {
        char words[100];
        snprintf(words, sizeof words, "anomalies plain.csv --level 95 --model %s", kinds[i]);
        program_result r = program_expect(words, 0);
        const int marked = lines(r.out) - 1;
        if (marked < 70 || marked > 130)
            fail_msg("%s: %d marked", kinds[i], marked);
        program_result_free(&r);
    }
}

static void test_level(void **state)
{
    (void)state;
    write_days("level.csv", (shape){400, 0, 300, 1});
    program_result r = program_expect("anomalies level.csv --model theta", 0);
    for (int day = 27; day < 30; day++) { /* the jump, as long as it may be an accident */
        char stamp[20];
        snprintf(stamp, sizeof stamp, "2020-10-%d,", day);
        assert_non_null(strstr(r.out, stamp));
    }
    assert_null(strstr(r.out, "2020-12-"));
    program_result_free(&r);
}

/* A model's file: rows that it learnt from are left out; the same for any number of threads. */
static void test_model(void **state)
{
    (void)state;
    write_days("spike.csv", (shape){400, 300, 0, 1});
    program_result r =
        program_expect("train spike.csv --lookback 14 --horizon 2 --split 0.4/0.1/0.5 --d-model 8 --heads 2"
                       " --layers 1 --epochs 4 --learning-rate 1e-2 -o n.model",
                       0);
    program_result_free(&r);
    r = program_expect("anomalies spike.csv --model n.model --horizon 2 --json --threads 2", 0);
    assert_non_null(strstr(r.out, "\"2020-10-27\""));
    program_result other =
        program_expect("anomalies spike.csv --model n.model --horizon 2 --json --threads 1", 0);
    assert_string_equal(r.out, other.out);
    assert_non_null(strstr(r.err, "from 2020-06-09 to 2021-02-03 by itransformer")); /* behind 160 rows */
    program_result_free(&r);
    program_result_free(&other);
    r = program_expect("anomalies spike.csv --model n.model --horizon 3", 2);
    program_result_free(&r);
    r = program_expect("train spike.csv --model theta --split 400/0/0 --horizon 1 -o t.model", 0);
    program_result_free(&r);
    r = program_expect("anomalies spike.csv --model t.model", 0);
    assert_non_null(strstr(r.err, "the model learnt from these rows"));
    assert_non_null(strstr(r.out, "2020-10-27"));
    program_result_free(&r);
}

static void test_little(void **state)
{
    (void)state;
    write_days("little.csv", (shape){30, 0, 0, 1});
    program_result r = program_expect("anomalies little.csv", 0);
    assert_true(lines(r.out) == 1);
    assert_non_null(strstr(r.err, "nothing was judged"));
    program_result_free(&r);
    write_days("constant.csv", (shape){200, 150, 0, 0});
    r = program_expect("anomalies constant.csv --model seasonal-naive", 0);
    assert_non_null(strstr(r.out, ",,0,1\n")); /* no score: the interval has no width */
    assert_true(lines(r.out) == 2);
    program_result_free(&r);
    r = program_expect("anomalies little.csv --model t2", 2);
    assert_non_null(strstr(r.err, "neither a model's file nor a kind"));
    program_result_free(&r);
    r = program_expect("anomalies little.csv --level 20", 2);
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_spike), cmocka_unit_test(test_false_alarms),
                                       cmocka_unit_test(test_level), cmocka_unit_test(test_model),
                                       cmocka_unit_test(test_little)};
    if (argc < 2 || program_set_up(argv[1]))
        return 2;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
