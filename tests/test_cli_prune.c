/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of tables and of light curves with parts left out, or sliced: they forecast and classify, their
 * files are smaller, and where nothing is left out they are the same. */
#include "forecast/model.h"
#include "sample_sky.h"
#include "seasons_file.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A copy of a model whose setting is another. */
static void rewrite(const char *from, const char *to, const char *name, const char *value)
{
    fc_model *model;
    nn_error error = {0};
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", program_folder(), from);
    assert_int_equal(fc_model_load(&model, 0, path, &error), NN_OK);
    const nn_option *option = nn_option_find(model->kind->options, name);
    assert_int_equal(nn_option_set(option, model->config, value, &error), NN_OK);
    snprintf(path, sizeof path, "%s/%s", program_folder(), to);
    assert_int_equal(fc_model_save(model, path, &error), NN_OK);
    fc_model_free(model);
}

static void test_table(void **state)
{
    (void)state;
    seasons_write();
    program_discard(program_expect(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 32 --layers 2 --epochs 3 "
        "--seed 1 -o m.safetensors",
        0));
    program_result r =
        program_expect("prune m.safetensors --data data.csv --tolerance 3% --json -o p.safetensors", 0);
    assert_null(strstr(r.out, "\"removed\": 0,"));
    program_result_free(&r);
    assert_true(seasons_size_of("p.safetensors") < seasons_size_of("m.safetensors"));
    program_discard(program_expect("evaluate data.csv p.safetensors --json", 0));
    program_discard(program_expect("forecast data.csv p.safetensors --level 80", 0));
    program_discard(
        program_expect("update p.safetensors data.csv --split 0.6/0.2/0.2 -o again.safetensors", 0));
    program_discard(
        program_expect("compress p.safetensors --lowrank rank=0.5 --quantise -o pl.safetensors", 0));
    /* the same for any number of threads */
    program_discard(program_expect(
        "prune m.safetensors --data data.csv --tolerance 3% --threads 1 -o p1.safetensors", 0));
    assert_true(program_same("p.safetensors", "p1.safetensors"));
    /* most of it may go, and what is left is a model still */
    program_discard(program_expect(
        "prune m.safetensors --data data.csv --tolerance 99% --groups 4 -o least.safetensors", 0));
    assert_true(seasons_size_of("least.safetensors") < seasons_size_of("p.safetensors"));
    program_discard(program_expect("forecast data.csv least.safetensors", 0));
}

/* Of a network of time tokens, with heads wider than the model's share, and nothing to leave out of one whose
 * parts cannot go. */
static void test_nothing(void **state)
{
    (void)state;
    program_discard(program_expect(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 16 --layers 1 --mixer none "
        "--ffn none --epochs 2 --seed 1 -o bare.safetensors",
        0));
    program_discard(program_expect("prune bare.safetensors --data data.csv -o same.safetensors", 0));
    assert_true(program_same("bare.safetensors", "same.safetensors"));
    program_discard(program_expect(
        "train data.csv --model time2vec --lookback 28 --horizon 7 --epochs 2 --ffn swiglu --mixer gated "
        "--seed 1 -o t.safetensors",
        0));
    program_discard(
        program_expect("prune t.safetensors --data data.csv --tolerance 20% -o tp.safetensors", 0));
    program_discard(program_expect("forecast data.csv tp.safetensors", 0));
}

/* Norms of a batch become parts of the maps: the same forecasts, whatever the threads of the training. */
static void test_fold(void **state)
{
    (void)state;
    program_discard(program_expect(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 16 --layers 1 "
        "--norm batch --layout pre --epochs 2 --seed 1 --threads 1 -o b.safetensors",
        0));
    program_discard(program_expect(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 16 --layers 1 "
        "--norm batch --layout pre --epochs 2 --seed 1 --threads 2 -o b2.safetensors",
        0));
    assert_true(program_same("b.safetensors", "b2.safetensors"));
    program_discard(program_expect("export b.safetensors --fold -o bf.safetensors", 0));
    assert_true(seasons_size_of("bf.safetensors") < seasons_size_of("b.safetensors"));
    program_result before = program_expect("forecast data.csv b.safetensors", 0),
                   after = program_expect("forecast data.csv bf.safetensors", 0);
    double a = 0, b = 0;
    const char *x = strchr(before.out, '\n'), *y = strchr(after.out, '\n');
    assert_true(x && y && (x = strchr(x, ',')) && (y = strchr(y, ',')));
    a = strtod(x + 1, NULL);
    b = strtod(y + 1, NULL);
    assert_true(fabs(a - b) <= 1e-4 * (1 + fabs(a)));
    program_result_free(&before);
    program_result_free(&after);
    program_result r = program_expect("export bf.safetensors --fold -o again.safetensors", 2);
    assert_non_null(strstr(r.err, "nothing to fold"));
    program_result_free(&r);
}

/* Networks that see parts of windows and of light curves while they train. */
static void test_drop(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 8 --layers 1 --epochs 2 "
        "--seed 1",
        "train data.csv --model time2vec --lookback 28 --horizon 7 --epochs 1 --seed 1",
        "train sky.csv.gz --metadata meta.csv --model t2 --no-rival --d-model 16 --heads 4 --d-ff 32 "
        "--epochs 1"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[400];
        snprintf(line, sizeof line, "%s -o whole.safetensors", lines[i]);
        program_discard(program_expect(line, 0));
        snprintf(line, sizeof line, "%s --drop-history 0 -o none.safetensors", lines[i]);
        program_discard(program_expect(line, 0));
        snprintf(line, sizeof line, "%s --drop-history 0.6 --threads 2 -o part.safetensors", lines[i]);
        program_discard(program_expect(line, 0));
        snprintf(line, sizeof line, "%s --drop-history 0.6 --threads 1 -o part1.safetensors", lines[i]);
        program_discard(program_expect(line, 0));
        assert_true(program_same("whole.safetensors", "none.safetensors"));
        assert_false(program_same("whole.safetensors", "part.safetensors"));
        assert_true(program_same("part.safetensors", "part1.safetensors"));
        program_result r = program_expect("inspect part.safetensors", 0);
        assert_non_null(strstr(r.out, "drop-history"));
        program_result_free(&r);
    }
}

static void test_slices(void **state)
{
    (void)state;
    program_discard(program_expect(
        "train data.csv --model itransformer --lookback 28 --horizon 7 --d-model 32 --layers 2 --ffn nested "
        "--epochs 3 --seed 1 -o n.safetensors",
        0));
    program_discard(program_expect("slice n.safetensors --ffn 1 -o whole.safetensors", 0));
    program_discard(program_expect("slice n.safetensors --ffn 1/4 -o quarter.safetensors", 0));
    program_discard(
        program_expect("slice n.safetensors --ffn 1/4,1/2 --data data.csv -o mixed.safetensors", 0));
    program_discard(program_expect("forecast data.csv mixed.safetensors", 0));
    assert_true(seasons_apart("forecast data.csv n.safetensors", "forecast data.csv whole.safetensors") <
                1e-6);
    assert_true(seasons_size_of("quarter.safetensors") < seasons_size_of("mixed.safetensors"));
    assert_true(seasons_size_of("mixed.safetensors") < seasons_size_of("n.safetensors"));
    rewrite("n.safetensors", "at.safetensors", "ffn", "nested:slice=4");
    assert_true(seasons_apart("forecast data.csv at.safetensors", "forecast data.csv quarter.safetensors") <
                1e-6);
    assert_true(seasons_apart("forecast data.csv n.safetensors", "forecast data.csv quarter.safetensors") >
                1e-4);
    program_refused("slice m.safetensors --ffn 1/4 -o x.safetensors", 2, "--ffn nested");
    program_refused("slice n.safetensors --ffn 1/0 -o x.safetensors", 2, "is no share");
    program_refused("slice n.safetensors --ffn 1/4,1/2,1 -o x.safetensors", 2,
                    "one for each of the 2 layers");
    program_refused("slice n.safetensors -o x.safetensors", 2, "--ffn is missing");
}

static void test_light_curves(void **state)
{
    (void)state;
    program_bring("datasets/samples/simulated_t2.safetensors", "t2.safetensors");
    sample_sky();
    program_discard(program_expect(
        "prune t2.safetensors --data sky.csv.gz --metadata meta.csv --tolerance 2% -o p.safetensors", 0));
    assert_true(seasons_size_of("p.safetensors") <= seasons_size_of("t2.safetensors"));
    program_discard(program_expect("classify sky.csv.gz p.safetensors --metadata meta.csv", 0));
    program_discard(program_expect("evaluate sky.csv.gz p.safetensors --metadata meta.csv --json", 0));
}

/* A small network from a large one: all of the teacher is another model than all of the truth. */
static void test_teacher(void **state)
{
    (void)state;
    program_discard(program_expect(
        "train data.csv --teacher m.safetensors --blend 1 --lookback 28 --horizon 7 --d-model 8 --layers 1 "
        "--epochs 3 --seed 1 -o pupil.safetensors",
        0));
    program_discard(program_expect(
        "train data.csv --teacher m.safetensors --blend 0 --lookback 28 --horizon 7 --d-model 8 --layers 1 "
        "--epochs 3 --seed 1 -o truth.safetensors",
        0));
    program_discard(
        program_expect("train data.csv --lookback 28 --horizon 7 --d-model 8 --layers 1 --epochs 3 --seed 1 "
                       "-o alone.safetensors",
                       0));
    assert_true(program_same("truth.safetensors", "alone.safetensors"));
    program_result r = program_expect("inspect pupil.safetensors", 0);
    assert_non_null(strstr(r.out, "taught by  m.safetensors, 1 of what it learnt"));
    program_result_free(&r);
    r = program_expect("inspect alone.safetensors", 0);
    assert_null(strstr(r.out, "taught by"));
    program_result_free(&r);
    assert_false(program_same("truth.safetensors", "pupil.safetensors"));
    program_discard(program_expect(
        "train data.csv --teacher m.safetensors --blend 1 --lookback 28 --horizon 7 --d-model 8 --layers 1 "
        "--epochs 3 --seed 1 --threads 1 -o pupil1.safetensors",
        0));
    assert_true(program_same("pupil.safetensors", "pupil1.safetensors"));
    program_discard(program_expect(
        "train sky.csv.gz --metadata meta.csv --model t2 --teacher t2.safetensors --d-model 16 --heads 4 "
        "--d-ff 32 --epochs 1 -o small.safetensors",
        0));
    program_refused("train data.csv --teacher m.safetensors --lookback 14 --horizon 7 -o x.safetensors", 2,
                    "--lookback 28 --horizon 7");
    program_refused("train data.csv --teacher m.safetensors --lookback 28 --horizon 7 --split 0.5/0.2/0.3 -o "
                    "x.safetensors",
                    2, "with the same data");
    program_refused("train data.csv --model theta --teacher m.safetensors -o x.safetensors", 2,
                    "is for networks");
    program_refused("train data.csv --blend 0.3 --lookback 28 --horizon 7 -o x.safetensors", 2,
                    "none is named");
    program_discard(program_expect(
        "train sky.csv.gz --metadata meta.csv --model forest --trees 5 -o forest.safetensors", 0));
    static const char *const wrong[][2] = {{"--grid 50 --teacher t2.safetensors", "sees objects otherwise"},
                                           {"--teacher forest.safetensors", "sees objects otherwise"},
                                           {"--teacher m.safetensors", "is not of such data"},
                                           {"--teacher none.safetensors", "none.safetensors"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char words[300];
        snprintf(words, sizeof words,
                 "train sky.csv.gz --metadata meta.csv --model t2 %s --epochs 1 -o x.safetensors",
                 wrong[i][0]);
        r = program_run(words, NULL);
        assert_true(r.status == 2 || r.status == 3);
        if (!strstr(r.err, wrong[i][1]) || strstr(r.err, "Gaussian processes in")) /* refused beforehand */
            fail_msg("%s: %s", words, r.err);
        program_result_free(&r);
    }
}

static void test_refused(void **state)
{
    (void)state;
    program_discard(program_expect("train data.csv --model theta -o theta.safetensors", 0));
    program_discard(program_expect("compress m.safetensors --quantise -o q.safetensors", 0));
    program_refused("prune theta.safetensors --data data.csv -o x.safetensors", 2, "is no network");
    program_refused("prune q.safetensors --data data.csv -o x.safetensors", 2, "compressed already");
    program_refused("prune m.safetensors -o x.safetensors", 2, "--data names");
    program_refused("prune m.safetensors --data data.csv", 2, "--output is missing");
    program_refused("prune m.safetensors --data data.csv -o data.csv", 2, "written over");
    program_refused("prune m.safetensors --data data.csv --tolerance x -o x.safetensors", 2, "is no share");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),        cmocka_unit_test(test_nothing),
                                       cmocka_unit_test(test_fold),         cmocka_unit_test(test_slices),
                                       cmocka_unit_test(test_light_curves), cmocka_unit_test(test_teacher),
                                       cmocka_unit_test(test_drop),         cmocka_unit_test(test_refused)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_prune PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
