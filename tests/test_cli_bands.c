/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classifiers of one survey on objects of another: other bands, units, priors, labels. */
#include "program.h"

#include "cmocka_all.h"
#include "sky_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECTS = 150, NEW = 30 };

#define TRAIN                                                                                                \
    "train sky.csv --metadata meta.csv --label type --bands g=4802,r=6231 --redshift none --threads 1 -q "
#define SMALL "--d-model 16 --heads 8 --d-ff 16 --epochs 12 --batch 16 --learning-rate 5e-3 "

/* What the program says of the words, which end with that status. */
static char *said(const char *words, int status)
{
    program_result r = program_expect_of(words, NULL, status);
    char *both = malloc(r.out_size + r.err_size + 2);
    assert_non_null(both);
    sprintf(both, "%s\n%s", r.out, r.err);
    program_result_free(&r);
    return both;
}

static void says(const char *words, int status, const char *text)
{
    char *all = said(words, status);
    if (!strstr(all, text))
        fail_msg("auspex %s does not say '%s':\n%s", words, text, all);
    free(all);
}

static void silent(const char *words, const char *text)
{
    char *all = said(words, 0);
    if (strstr(all, text))
        fail_msg("auspex %s says '%s':\n%s", words, text, all);
    free(all);
}

/* Points of NEW objects with other names of the two bands (NULL: none of that one) and fluxes times a factor.
 */
static void write_sky(const char *name, const char *first, const char *second, double factor)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fputs("object_id,mjd,band,flux,flux_err,detected\n", file);
    for (int n = 1000; n < 1000 + NEW; n++) {
        const toy_object o = toy_make(n);
        for (int i = 0; i < TOY_POINTS; i++) {
            const char *band = o.band[i] ? second : first;
            if (band)
                fprintf(file, "toy%d,%.4f,%s,%.4f,%.4f,%d\n", n, o.time[i], band, factor * o.flux[i],
                        factor * o.error[i], o.detected[i]);
        }
    }
    fclose(file);
    program_write(name, text, size);
    free(text);
}

static int group_set_up(void **state)
{
    char *meta = NULL;
    size_t size;
    FILE *file = open_memstream(&meta, &size);
    (void)state;
    sky_write(OBJECTS);
    fputs("object_id,type\n", file);
    for (int n = 1000; n < 1000 + NEW; n++)
        fprintf(file, "toy%d,%s\n", n, toy_names[n % TOY_CLASSES]);
    fclose(file);
    program_write("labels.csv", meta, size);
    free(meta);
    free(said(TRAIN SMALL "--model t2 --grid 16 -o t2.st", 0));
    free(said(TRAIN SMALL "--model t2-points -o points.st", 0));
    free(said(TRAIN "--model forest --trees 40 --features sampling,spread,colour -o forest.st", 0));
    write_sky("own.csv", "g", "r", 1);
    write_sky("johnson.csv", "B", "R", 1);
    write_sky("far.csv", "W1", "W2", 1);
    write_sky("unknown.csv", "Q", "r", 1);
    write_sky("one.csv", "V", NULL, 1);
    return 0;
}

/* Lines whose class is the object's. */
static int right_of(const char *words)
{
    program_result r = program_expect_of(words, NULL, 0);
    char *rest = r.out;
    int right = 0;
    for (char *line; (line = strsep(&rest, "\n"));)
        for (int n = 1000; n < 1000 + NEW; n++) {
            char id[16], class[16];
            snprintf(id, sizeof id, "toy%d,", n);
            snprintf(class, sizeof class, ",%s,", toy_names[n % TOY_CLASSES]);
            right += strncmp(line, id, strlen(id)) == 0 && strstr(line, class);
        }
    program_result_free(&r);
    return right;
}

static double mean_novelty(const char *words)
{
    program_result r = program_expect_of(words, NULL, 0);
    char *rest = r.out;
    double sum = 0;
    int lines = 0;
    strsep(&rest, "\n");
    for (char *line; (line = strsep(&rest, "\n")) && *line; lines++) {
        char *status = strrchr(line, ',');
        *status = '\0';
        sum += atof(strrchr(line, ',') + 1);
    }
    program_result_free(&r);
    return sum / lines;
}

static const char *const models[] = {"t2.st", "points.st", "forest.st"};

static void test_other_bands_are_used(void **state)
{
    (void)state;
    char words[200];
    for (int m = 0; m < 3; m++) {
        snprintf(words, sizeof words, "classify johnson.csv %s", models[m]);
        if (right_of(words) < 27)
            fail_msg("%s calls %d of %d right through B and R", models[m], right_of(words), NEW);
        says(words, 0,
             "used at their own wavelengths (Angstrom): B 4361, R 6407; the model's are g 4802, r 6231");
    }
    says("classify johnson.csv forest.st", 0, "moved to theirs by a Gaussian process: g from B; r from R");
    silent("classify own.csv t2.st", "wavelengths");
    says("evaluate johnson.csv forest.st --metadata labels.csv", 0, "used at their own wavelengths");
    says("explain johnson.csv t2.st --id toy1000 -o x.txt.svg", 0, "brief");
}

static void test_same_from_a_pipe(void **state)
{
    (void)state;
    size_t size;
    char *text = program_read("johnson.csv", &size);
    for (int m = 0; m < 3; m++) {
        char words[100];
        snprintf(words, sizeof words, "classify - %s --threads 2", models[m]);
        program_result piped = program_expect_of(words, text, 0);
        snprintf(words, sizeof words, "classify johnson.csv %s --threads 1", models[m]);
        program_result plain = program_expect_of(words, NULL, 0);
        assert_string_equal(piped.out, plain.out);
        program_result_free(&piped);
        program_result_free(&plain);
    }
    free(text);
}

static void test_extrapolation_is_said_and_novel(void **state)
{
    (void)state;
    says("classify one.csv t2.st", 0,
         "outside of what was observed, 5448 to 5448 Angstrom, lies of the model's bands: g "
         "4802, r 6231");
    assert_true(mean_novelty("classify one.csv t2.st") > mean_novelty("classify own.csv t2.st"));
    says("classify far.csv t2.st", 0, "lie too far from the model's (g 4802 to r 6231)");
    says("classify far.csv t2.st", 0, "toy1000,,,,,,failed");
}

static void test_options_are_honoured(void **state)
{
    (void)state;
    says("classify johnson.csv t2.st --unknown-bands error", 3,
         "johnson.csv:2:3: band 'B' is none of the model's bands");
    says("classify johnson.csv t2.st --unknown-bands drop", 3, "all 1200 points are of bands (such as 'B')");
    says("classify unknown.csv t2.st", 0, "600 points of an unknown band are left out (such as 'Q')");
    says("classify unknown.csv t2.st --bands Q=4802", 0, "used at their own wavelengths (Angstrom): Q 4802");
    says("classify own.csv t2.st --bands r=9000", 0, "used at their own wavelengths (Angstrom): r 9000");
    says("classify own.csv t2.st --bands Q", 2, "'Q' is no band with its wavelength");
    assert_int_equal(right_of("classify unknown.csv t2.st --bands Q=4802"),
                     right_of("classify own.csv t2.st"));
    program_result moved = program_expect_of("classify own.csv t2.st --bands r=9000 -q", NULL, 0),
                   plain = program_expect_of("classify own.csv t2.st -q", NULL, 0),
                   same = program_expect_of("classify own.csv t2.st --bands r=6231,g=4802 -q", NULL, 0);
    assert_string_not_equal(moved.out, plain.out);
    assert_string_equal(same.out, plain.out);
    program_result_free(&moved);
    program_result_free(&plain);
    program_result_free(&same);
}

static void test_wrong_unit_is_novel(void **state)
{
    (void)state;
    write_sky("large.csv", "g", "r", 1000);
    write_sky("small.csv", "g", "r", 0.001);
    write_sky("nano.csv", "g", "r", 36.3);
    for (int m = 0; m < 3; m++) {
        char words[100];
        snprintf(words, sizeof words, "classify large.csv %s", models[m]);
        says(words, 0, "30 of 30 objects look like nothing in training");
        says(words, 0, "the classes of such objects are guesses");
        says(words, 0, "their unit is another than was taken");
        snprintf(words, sizeof words, "classify small.csv %s", models[m]);
        says(words, 0, "30 of 30 objects look like nothing in training");
    }
    says("classify nano.csv t2.st", 0, "--zp says which zero point, such as 31.4 (nJy)");
    silent("classify nano.csv t2.st --zp 31.4", "their unit is another");
    silent("classify own.csv t2.st", "their unit is another");
    says("classify own.csv t2.st", 0, "look like nothing in training");
}

static void test_calibrates_on_a_few(void **state)
{
    (void)state;
    says("calibrate t2.st own.csv --metadata labels.csv --label type -o new.st", 0,
         "from 30 labelled objects");
    says("calibrate t2.st own.csv --metadata labels.csv --label type -o new.st", 0, "30 objects are few");
    says("inspect new.st", 0, "calibrated on 30 objects of another survey");
    assert_true(right_of("classify own.csv new.st") >= 27);
    /* Fewer classes are no error, and too few objects are. */
    static const char two[] = "object_id,type\ntoy1000,long\ntoy1002,brief\n";
    program_write("two.csv", two, sizeof two - 1);
    says("calibrate t2.st own.csv --metadata two.csv --label type -o no.st", 3,
         "2 labelled objects of the model's classes "
         "are too few");
    char *meta = NULL;
    size_t size;
    FILE *file = open_memstream(&meta, &size);
    fputs("object_id,type\n", file);
    for (int n = 1000; n < 1000 + NEW; n++)
        fprintf(file, "toy%d,%s\n", n, n % TOY_CLASSES == 2 ? "other" : toy_names[n % TOY_CLASSES]);
    fclose(file);
    program_write("other.csv", meta, size);
    free(meta);
    says("calibrate t2.st own.csv --metadata other.csv --label type -o some.st --json", 0, "\"objects\": 20");
    says("calibrate t2.st own.csv --metadata other.csv --label type -o some.st", 0,
         "no labelled object is of wave");
    says("calibrate own.csv t2.st --metadata labels.csv --label type -o new.st", 2, "it comes first here");
}

/* Labels that contradict the model make it sure of less. */
static void test_contradicted(void **state)
{
    (void)state;
    char *sky = sky_text(2000, 90), *meta = NULL;
    size_t size;
    FILE *file = open_memstream(&meta, &size);
    program_write("many.csv", sky, strlen(sky));
    free(sky);
    fputs("object_id,type\n", file);
    for (int n = 2000; n < 2090; n++)
        fprintf(file, "toy%d,%s\n", n, n % 6 == 0 ? "brief" : n % 2 ? "long" : "wave");
    fclose(file);
    program_write("strange.csv", meta, size);
    free(meta);
    says("calibrate t2.st many.csv --metadata strange.csv --label type -o soft.st", 0,
         "from 90 labelled objects");
    double sure[2];
    for (int k = 0; k < 2; k++) {
        program_result r =
            program_expect_of(k ? "classify own.csv soft.st -q" : "classify own.csv t2.st -q", NULL, 0);
        char *line = strchr(r.out, '\n') + 1, *field = strchr(line, ',');
        sure[k] = 1;
        for (int c = 0; c < TOY_CLASSES; c++, field = strchr(field + 1, ','))
            sure[k] = fmin(sure[k], atof(field + 1));
        program_result_free(&r);
    }
    assert_true(sure[0] < 1e-4 && sure[1] > 100 * sure[0]);
}

/* A survey that lacks classes of the model, or has others, is scored on what it has. */
static void test_labels_that_are_not_there(void **state)
{
    (void)state;
    says("evaluate own.csv t2.st --metadata other.csv --label type", 0, "20 objects of ");
    says("evaluate own.csv t2.st --metadata other.csv --label type --classes "
         "brief=brief,long=long,wave=sinusoid",
         0, "no object has the label 'sinusoid' of the class 'wave'");
    says("early own.csv t2.st --metadata other.csv --label type --days 5,50", 0, "20");
}

static void test_goes_on(void **state)
{
    (void)state;
    says("train johnson.csv --metadata labels.csv --label type --from t2.st --epochs 2 --split 0.6/0.4/0 "
         "--threads 1 -o "
         "on.st",
         0, "t2 of t2.st goes on, with its 3 classes");
    assert_true(right_of("classify johnson.csv on.st") >= 27);
    says("train johnson.csv --metadata other.csv --label type --from t2.st --epochs 2 --split 0.6/0.4/0 "
         "--threads 1 -o "
         "on2.st",
         0, "its layer of 3 classes is replaced by a new one of 3");
    says("inspect on2.st", 0, "other");
    says("train johnson.csv --metadata labels.csv --label type --from forest.st -o x.st", 2,
         "is grown in one go");
    says("train johnson.csv --metadata labels.csv --label type --from t2.st --d-model 8 -o x.st", 2,
         "the network's settings are those of the model");
    says("train johnson.csv --metadata labels.csv --label type --from absent.st -o x.st", 2,
         "'absent.st' is no model");
}

static void test_few_objects_are_said(void **state)
{
    (void)state;
    says("train sky.csv --metadata meta.csv --label type --bands g=4802,r=6231 --redshift none --threads "
         "1 " SMALL "--model t2 --grid 16 --epochs 2 -o few.st",
         0, "the temperature is from 15 objects");
}

/* Copies without a band teach that bands may be missing. */
static void test_missing_bands(void **state)
{
    (void)state;
    free(said("train sky.csv --metadata meta.csv --label type --bands g=4802,r=6231 --model forest --trees "
              "20 --features "
              "sampling,spread --augment 3 --missing-bands 1 --threads 1 -q -o missing.st",
              0));
    size_t size;
    char *file = program_read("missing.st", &size);
    assert_non_null(file);
    const char *const key = "present\\\":[";
    char *at = memmem(file, size, key, strlen(key));
    assert_non_null(at);
    const double first = atof(at + strlen(key)), second = atof(strchr(at, ',') + 1);
    assert_true(first > 0.3 && first < 0.9 && second > 0.3 && second < 0.9);
    free(file);
    says(
        "train sky.csv --metadata meta.csv --label type --model forest --augment 3 --missing-bands 2 -o x.st",
        2, "--missing-bands");
}

int main(int argc, char **argv)
{
    (void)argc;
    if (program_set_up(argv[1]))
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_other_bands_are_used),
                                       cmocka_unit_test(test_same_from_a_pipe),
                                       cmocka_unit_test(test_extrapolation_is_said_and_novel),
                                       cmocka_unit_test(test_options_are_honoured),
                                       cmocka_unit_test(test_wrong_unit_is_novel),
                                       cmocka_unit_test(test_calibrates_on_a_few),
                                       cmocka_unit_test(test_contradicted),
                                       cmocka_unit_test(test_labels_that_are_not_there),
                                       cmocka_unit_test(test_goes_on),
                                       cmocka_unit_test(test_few_objects_are_said),
                                       cmocka_unit_test(test_missing_bands)};
    const int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
