/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program on a toy survey: train, inspect, classify from a file and from a pipe, evaluate, early,
 * explain; and what it says to bad input. */
#include "program.h"

#include "cmocka_all.h"
#include "sky_file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OBJECTS = 150 };

#define SMALL                                                                                                \
    "--grid 16 --d-model 16 --heads 8 --d-ff 16 --epochs 12 --batch 16 --learning-rate 5e-3 --threads 1 -q "
#define TRAIN "train sky.csv --metadata meta.csv --model t2 --label type " SMALL
#define ALONE TRAIN "--no-rival " /* where a forest beside the network would prove nothing */

static void says(const char *words, int status, const char *text)
{
    program_result r = program_expect_of(words, NULL, status);
    if (!strstr(r.err, text) && !strstr(r.out, text))
        fail_msg("auspex %s does not say '%s'", words, text);
    program_result_free(&r);
}

static int group_set_up(void **state)
{
    (void)state;
    sky_write(OBJECTS);
    says(TRAIN "-o t2.safetensors", 0, "");
    return 0;
}

static int lines_of(const char *text)
{
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void test_inspects(void **state)
{
    (void)state;
    says("inspect t2.safetensors", 0, "bands      u=3685,g=4802");
    says("inspect t2.safetensors --json", 0, "\"kind\": \"classifier\"");
    says("inspect t2.safetensors --parameters", 0, "block.0.q.kernel");
    says("models", 0, "t2-points");
    says("train --model t2 --help", 0, "Settings of --model t2");
    says("evaluate t2.safetensors --help", 0, "A classifier stands beside two");
    says("help train --man", 0, "For classifiers of light curves");
}

static void test_classifies(void **state)
{
    (void)state;
    char *sky = sky_text(1000, 30);
    program_write("new.csv", sky, strlen(sky));
    says("classify new.csv t2.safetensors -o classes.csv", 0, "");
    size_t size;
    char *file = program_read("classes.csv", &size), *rest = file;
    assert_non_null(file);
    assert_int_equal(lines_of(file), 31);
    assert_string_equal(strsep(&rest, "\n"), "object_id,brief,long,wave,class,novelty,status");
    int right = 0;
    for (int n = 0; n < 30; n++) {
        char id[16], class[16], *line = strsep(&rest, "\n");
        snprintf(id, sizeof id, "toy%d,", 1000 + n);
        snprintf(class, sizeof class, ",%s,", toy_names[(1000 + n) % 3]);
        assert_int_equal(strncmp(line, id, strlen(id)), 0); /* in order */
        assert_non_null(strstr(line, ",ok"));
        right += strstr(line, class) != NULL;
    }
    assert_true(right >= 28);
    free(file);
    /* the same from a pipe, and for other threads */
    program_result piped = program_expect_of("classify - t2.safetensors --threads 2", sky, 0),
                   plain = program_expect_of("classify new.csv t2.safetensors --threads 1", NULL, 0);
    assert_int_equal(lines_of(piped.out), 31);
    assert_string_equal(piped.out, plain.out);
    program_result_free(&piped);
    program_result_free(&plain);
    program_result json = program_expect_of("classify new.csv t2.safetensors --json -q", NULL, 0);
    assert_int_equal(lines_of(json.out), 30);
    rest = json.out;
    json_t *object = json_loads(strsep(&rest, "\n"), 0, NULL);
    assert_non_null(object);
    assert_int_equal(json_object_size(json_object_get(object, "probabilities")), 3);
    json_decref(object);
    program_result_free(&json);
    free(sky);
}

/* An object's line is there before the input ends. */
static void test_streams(void **state)
{
    (void)state;
    char *sky = sky_text(1000, 2);
    program_write("two.csv", sky, strlen(sky));
    free(sky);
    program_result r = program_run_other("sh",
                                         "-c "
                                         "(cat_two.csv;_sleep_3;_echo_late_>&2)_|_$AUSPEX_PROGRAM_classify_-_"
                                         "t2.safetensors_-q_|_(read_a;_read_b;_echo_"
                                         "soon_>&2;_cat_>/dev/null)",
                                         NULL);
    const char *soon = strstr(r.err, "soon"), *late = strstr(r.err, "late");
    if (!soon || !late || soon > late)
        fail_msg("the first line came late: %s", r.err);
    program_result_free(&r);
}

static void test_evaluates(void **state)
{
    (void)state;
    program_result r =
        program_expect_of("evaluate sky.csv t2.safetensors --metadata meta.csv --json -q", NULL, 0);
    json_t *report = json_loads(r.out, 0, NULL);
    assert_non_null(report);
    program_result_free(&r);
    json_decref(report);
    says("evaluate sky.csv t2.safetensors --metadata meta.csv", 0, "test part (0.8/0.1/0.1): 15 objects");
    says("evaluate sky.csv t2.safetensors --metadata meta.csv --part all", 0, "150 objects");
    says("evaluate sky.csv t2.safetensors --metadata meta.csv", 0, "nearest mean");
    says("evaluate sky.csv t2.safetensors --metadata meta.csv --weights 1,2,1 --csv -", 0, "classifier,");
    says("evaluate sky.csv t2.safetensors --metadata meta.csv --weights 1,2", 2, "no list of 3 numbers");
    says("evaluate sky.csv t2.safetensors", 2, "--metadata FILE is needed");
    says("evaluate sky.csv t2.safetensors --metadata meta.csv --label sample", 3,
         "none of the model's classes");
    says("evaluate t2.safetensors sky.csv --metadata meta.csv", 2, "");
    says("evaluate sky.csv t2.safetensors --metadata meta.csv --json --csv -", 2, "cannot both go");
    says("evaluate sky.csv t2.safetensors --per-step", 2, "--per-step is for models that forecast");
    says("evaluate sky.csv meta.csv --metadata meta.csv", 3, "is no model but text");
}

static void test_early(void **state)
{
    (void)state;
    says("early sky.csv t2.safetensors --metadata meta.csv --days 0,10,60 --csv early.csv -q", 0, "");
    size_t size;
    char *text = program_read("early.csv", &size);
    assert_non_null(text);
    assert_int_equal(lines_of(text), 4);
    assert_int_equal(strncmp(text, "days,objects,accuracy,", 22), 0);
    free(text);
    says("early sky.csv t2.safetensors --metadata meta.csv --days 5,3", 2, "rising numbers");
    says("early sky.csv t2.safetensors --metadata meta.csv --days=", 2, "--days needs a value");
    says("early sky.csv t2.safetensors --metadata meta.csv --json --csv -", 2, "cannot both go");
}

static void test_draws_its_losses(void **state)
{
    (void)state;
    says("plot loss t2.safetensors --plot-script loss.gp", 0, "");
    size_t size;
    char *script = program_read("loss.gp", &size);
    assert_non_null(script);
    assert_non_null(strstr(script, "t2 on sky.csv"));
    assert_non_null(strstr(script, "cross-entropy"));
    free(script);
}

static void test_explains(void **state)
{
    (void)state;
    says("explain sky.csv t2.safetensors --id toy7 --metadata meta.csv --csv map.csv", 0, "");
    size_t size;
    char *text = program_read("map.csv", &size);
    assert_non_null(text);
    assert_int_equal(lines_of(text), 19); /* a header, 16 times, redshift and error */
    assert_non_null(strstr(text, "\nredshift_error,,"));
    free(text);
    says("explain sky.csv t2.safetensors --id toy7 --metadata meta.csv --json", 0, "\"activation\"");
    says("explain sky.csv t2.safetensors --id nobody", 3, "no object 'nobody'");
    says("explain sky.csv t2.safetensors --json --csv -", 2, "cannot both go");
    says("explain sky.csv t2.safetensors --id nobody --id toy7", 0,
         "--id is given twice: 'toy7' counts, 'nobody' does");
}

/* Of a folded light curve a day says nothing: places are phases. */
static void test_explains_by_phase(void **state)
{
    (void)state;
    says("train sky.csv --metadata meta.csv --model t2-points --time fold --label type --redshift none "
         "--epochs 1 "
         "-o fold.safetensors",
         0, "");
    says("explain sky.csv fold.safetensors --id toy7", 0, "folded by a period of");
    says("explain sky.csv fold.safetensors --id toy7", 0, "middle phase");
    says("explain sky.csv fold.safetensors --id toy7 --csv -", 0, "token,phase,");
    says("explain sky.csv fold.safetensors --id toy7 --json", 0, "\"maximum\"");
}

static void test_other_ways_to_train(void **state)
{
    (void)state;
    says(ALONE "--classes flash=brief|long,rest=* --redshift none -o two.safetensors", 0, "");
    says("evaluate sky.csv two.safetensors --metadata meta.csv", 0, "flash");
    says(ALONE "--split sample=spec -o spec.safetensors", 0, "");
    says("evaluate sky.csv spec.safetensors --metadata meta.csv", 0, "test part (sample=spec): 75 objects");
    says(ALONE "--split 3-folds:1 -o fold.safetensors", 0, "");
    says("evaluate sky.csv fold.safetensors --metadata meta.csv", 0, "test part (3-folds:1): 50 objects");
    says("train sky.csv --metadata meta.csv --model t2-points --label type --d-model 16 --d-ff 16 --epochs 6 "
         "--no-rival -q -o points.safetensors",
         0, "");
    says("classify sky.csv points.safetensors --metadata meta.csv", 0, "toy149,");
    says("explain sky.csv points.safetensors --id toy7 --metadata meta.csv", 0, "toy7");
}

static double score_of(const json_t *scores, size_t entry, const char *key, int fold)
{
    const json_t *one = json_array_get(scores, entry);
    if (fold >= 0)
        one = json_array_get(json_object_get(one, "folds"), (size_t)fold);
    return json_number_value(json_object_get(one, key));
}

/* A fold is what train and evaluate make of the same split; all folds together call every object once. */
static void test_backtests(void **state)
{
    (void)state;
    const char *const line =
        "backtest sky.csv --metadata meta.csv --model t2 --label type --seed 3 --folds 2 " SMALL;
    char words[600];
    snprintf(words, sizeof words, "%s --json", line);
    program_result r = program_expect_of(words, NULL, 0);
    json_t *report = json_loads(r.out, 0, NULL);
    assert_non_null(report);
    program_result_free(&r);
    const json_t *scores = json_object_get(report, "scores");
    assert_int_equal(json_array_size(scores), 4); /* class shares, nearest mean and a forest beside it */
    assert_int_equal(json_integer_value(json_object_get(report, "objects")), OBJECTS);
    says(ALONE "--seed 3 --split 2-folds:1 -o fold.safetensors", 0, "");
    r = program_expect_of("evaluate sky.csv fold.safetensors --metadata meta.csv --json -q", NULL, 0);
    json_t *once = json_loads(r.out, 0, NULL);
    assert_non_null(once);
    program_result_free(&r);
    for (size_t e = 0; e < 3; e++) {
        const double fold = score_of(scores, e, "log_loss", 1), all = score_of(scores, e, "accuracy", -1);
        assert_true(fabs(fold - score_of(json_object_get(once, "scores"), e, "log_loss", -1)) < 1e-6);
        assert_true(fabs(all - 0.5 * (score_of(scores, e, "accuracy", 0) +
                                      score_of(scores, e, "accuracy", 1))) < 1e-2);
    }
    json_decref(once);
    json_decref(report);
    snprintf(words, sizeof words, "%s --no-rival", line);
    says(words, 0, "nearest mean");
    snprintf(words, sizeof words, "%s --no-rival --seeds 2 --csv -", line);
    r = program_expect_of(words, NULL, 0);
    assert_int_equal(lines_of(r.out), 1 + 3 * (1 + 2)); /* no forest */
    program_result_free(&r);
}

static void test_refusals(void **state)
{
    (void)state;
    says("train sky.csv --model t2 -o x", 2, "--metadata");
    says("train sky.csv --model t2 --metadata meta.csv --label type", 2, "--output is missing");
    says(TRAIN "--split 2/3/4 -o x", 2, "none of 0.8/0.1/0.1");
    says(TRAIN "--split 3-folds:3 -o x", 2, "no fold 3");
    says(TRAIN "--classes a=brief,b=nothing -o x", 2, "no object has the label 'nothing'");
    says(TRAIN "--classes a=brief,b=brief -o x", 2, "in two classes");
    says(TRAIN "--classes a=* -o x", 3, "needs 2 to");
    says("train sky.csv --metadata meta.csv --model t2 --label nowhere -o x", 2, "no column 'nowhere'");
    says("train sky.csv --metadata meta.csv --model t2 --label type --heads 3 -o x", 2, "--heads");
    says("forecast sky.csv t2.safetensors", 3, "holds a classifier");
    says("classify sky.csv sky.csv", 3, "sky.csv");
    says("evaluate sky.csv nowhere.safetensors --metadata meta.csv", 3, "nowhere.safetensors");
    says("classify sky.csv t2.safetensors --output=", 2, "--output needs a value");
    says("train sky.csv --metadata meta.csv -o x", 2,
         "--metadata is for classifiers of light curves, such as");
    says("train sky.csv --metadata sky.csv --model t2 --label band -o x", 3,
         "no column of photometric redshifts");
    says("backtest sky.csv --model t2", 2, "--metadata FILE is needed");
    says("backtest sky.csv --metadata meta.csv --label type --model t2 --split 5-folds:0", 2,
         "a backtest cuts the rows itself");
    says("backtest sky.csv --metadata meta.csv --label type --model t2 --folds 1000", 2, "folds");
    says("plot attention sky.csv t2.safetensors", 3, "holds a classifier");
    says("classify nowhere.csv t2.safetensors", 3, "nowhere.csv");
    const char *dark = "object_id,mjd,band,flux,flux_err,detected\na,1,g,1,1,0\nb,1,g,50,1,1\n";
    program_write("dark.csv", dark, strlen(dark));
    program_result r = program_expect_of("classify dark.csv t2.safetensors -q", NULL, 0);
    assert_non_null(strstr(r.out, "\na,,,,,,undetected\n"));
    assert_non_null(strstr(r.out, ",ok\n")); /* one point is enough */
    program_result_free(&r);
}

/* The bundled model on the bundled survey, which another seed made. */
static void test_sample(void **state)
{
    (void)state;
    static const char *const files[][2] = {{"simulated_lightcurves.csv.gz", "sample.csv.gz"},
                                           {"simulated_lightcurves_metadata.csv", "objects.csv"},
                                           {"simulated_t2.safetensors", "sample.safetensors"}};
    const char *source = getenv("AUSPEX_SOURCE");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char from[600], to[600];
        snprintf(from, sizeof from, "%s/datasets/samples/%s", source ? source : ".", files[i][0]);
        snprintf(to, sizeof to, "%s/%s", program_folder(), files[i][1]);
        assert_int_equal(symlink(from, to), 0);
    }
    program_result r = program_expect_of(
        "evaluate sample.csv.gz sample.safetensors --metadata objects.csv --json -q", NULL, 0);
    json_t *report = json_loads(r.out, 0, NULL);
    assert_non_null(report);
    const json_t *first = json_array_get(json_object_get(report, "scores"), 0);
    double accuracy = json_number_value(json_object_get(first, "accuracy"));
    if (accuracy < 0.6)
        fail_msg("accuracy %g: %.300s", accuracy, r.out);
    json_decref(report);
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inspects),
        cmocka_unit_test(test_classifies),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_evaluates),
        cmocka_unit_test(test_early),
        cmocka_unit_test(test_explains),
        cmocka_unit_test(test_explains_by_phase),
        cmocka_unit_test(test_draws_its_losses),
        cmocka_unit_test(test_backtests),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_other_ways_to_train),
        cmocka_unit_test(test_sample),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_classify PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
