/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forests on the features of a toy survey, and shares of classes, at the command line. */
#include "cmocka_all.h"
#include "sky_file.h"

#include <jansson.h>
#include <stdint.h>

enum { OBJECTS = 150 };

#define TRAIN "train sky.csv --metadata meta.csv --model forest --label type --trees 60 -q "

static int group_set_up(void **state)
{
    (void)state;
    sky_write(OBJECTS);
    program_discard(program_expect(TRAIN "-o f.safetensors", 0));
    return 0;
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static json_t *json_of(const char *words)
{
    program_result r = program_expect(words, 0);
    json_t *object = json_loads(r.out, 0, NULL);
    if (!object)
        fail_msg("auspex %s: no JSON: %s", words, r.out);
    program_result_free(&r);
    return object;
}

/* Objects that it was not grown on; a class of brief blue flashes, and others that are nothing alike. */
static void test_learns(void **state)
{
    (void)state;
    json_t *scores = json_of("evaluate sky.csv f.safetensors --metadata meta.csv --json");
    const json_t *first = json_array_get(json_object_get(scores, "scores"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "name")), "forest");
    assert_true(number_of(first, "accuracy") > 0.9);
    json_decref(scores);
    program_result r = program_expect("inspect f.safetensors", 0);
    assert_non_null(strstr(r.out, "objects by the trees that have not seen them: accuracy "));
    program_result_free(&r);
}

/* Every object once, by a forest that has not seen it; the file's own count of right calls is the score's. */
static void test_folds(void **state)
{
    (void)state;
    for (int copies = 0; copies < 2; copies++) {
        char words[300];
        snprintf(
            words, sizeof words,
            "backtest sky.csv --metadata meta.csv --model forest --label type --trees 20 --folds 4 --json -q "
            "--augment %d --predictions rows.csv",
            2 * copies);
        json_t *scores = json_of(words);
        const json_t *first = json_array_get(json_object_get(scores, "scores"), 0);
        size_t size;
        char *text = program_read("rows.csv", &size), *line = strtok(text, "\n");
        int objects = 0, right = 0;
        assert_string_equal(line, "object_id,truth,brief,long,wave,class,novelty,fold");
        while ((line = strtok(NULL, "\n"))) {
            char id[40], truth[40], class[40];
            int fold;
            double p[3], novelty;
            assert_int_equal(sscanf(line, "%39[^,],%39[^,],%lf,%lf,%lf,%39[^,],%lf,%d", id, truth, p, p + 1,
                                    p + 2, class, &novelty, &fold),
                             8);
            assert_true(novelty >= 0 && novelty <= 1);
            assert_true(fold >= 0 && fold < 4 && !strchr(id, ' '));
            objects++;
            right += strcmp(truth, class) == 0;
        }
        assert_int_equal(objects, OBJECTS);
        assert_true(fabs((double)right / objects - number_of(first, "accuracy")) < 1e-9);
        free(text);
        json_decref(scores);
    }
    program_discard(
        program_expect("evaluate sky.csv f.safetensors --metadata meta.csv --predictions rows.csv -q", 0));
    size_t size;
    char *text = program_read("rows.csv", &size);
    assert_non_null(strstr(text, ",brief,"));
    free(text);
}

static void test_same(void **state)
{
    (void)state;
    program_discard(program_expect(TRAIN "--threads 3 -o three.safetensors", 0));
    assert_true(program_same("f.safetensors", "three.safetensors"));
    program_discard(program_expect(TRAIN "--seed 9 -o nine.safetensors", 0));
    assert_false(program_same("f.safetensors", "nine.safetensors"));
    program_discard(
        program_expect("classify sky.csv f.safetensors --metadata meta.csv --threads 1 -o one.csv", 0));
    program_discard(
        program_expect("classify sky.csv f.safetensors --metadata meta.csv --threads 3 -o three.csv", 0));
    assert_true(program_same("one.csv", "three.csv"));
}

static void test_options(void **state)
{
    (void)state;
    program_discard(program_expect(
        TRAIN "--cuts random --tries 20 --least-leaf 3 --balanced-trees --redshift none -o o.safetensors",
        0));
    program_refused(TRAIN "--trees 0 -o o.safetensors", 2, "--trees");
    program_refused(TRAIN "--features nonsense -o o.safetensors", 2, "nonsense");
    program_refused("compress f.safetensors --quantise -o o.safetensors", 2, "is of trees");
    program_refused("explain sky.csv f.safetensors", 2, "cannot tell which points");
}

/* Copies of bright objects at other redshifts; without redshifts there are none. */
static void test_copies(void **state)
{
    (void)state;
    program_result r = program_expect("train sky.csv --metadata meta.csv --model forest --label type --trees "
                                      "20 --augment 3 -o a.safetensors",
                                      0);
    assert_non_null(strstr(r.err, " copies of them at other redshifts"));
    program_result_free(&r);
    program_discard(program_expect("train sky.csv --metadata meta.csv --model forest --label type --trees 20 "
                                   "--augment 3 --threads 3 -q -o "
                                   "b.safetensors",
                                   0));
    assert_true(program_same("a.safetensors", "b.safetensors"));
    r = program_expect(TRAIN "--augment 3 --redshift none -o n.safetensors", 0);
    program_result_free(&r);
    r = program_expect("train sky.csv --metadata meta.csv --model forest --label type --trees 20 --augment 3 "
                       "--redshift none -o n.safetensors",
                       0);
    assert_non_null(strstr(r.err, "there are no copies"));
    program_result_free(&r);
}

/* --- shares of the classes --- */

/* Mean probability of the first class over the objects of a file. */
static double mean_of_first(const char *file)
{
    size_t size;
    char *text = program_read(file, &size);
    double sum = 0;
    int count = 0;
    assert_non_null(text);
    for (char *line = strchr(text, '\n') + 1; line && *line;
         line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        sum += atof(strchr(line, ',') + 1);
        count++;
    }
    free(text);
    return sum / count;
}

/* A survey of two flashes to one wave is told to be so; by the objects themselves likewise. */
static void test_prior(void **state)
{
    (void)state;
    /* Leaves of many objects, none of which is sure. */
    program_discard(program_expect(TRAIN "--least-leaf 30 -o soft.safetensors", 0));
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fputs("object_id,mjd,band,flux,flux_err,detected\n", file);
    for (int n = 0; n < OBJECTS; n++)
        if (n % 3 == 0 || n % 9 == 1)
            sky_put(file, n + OBJECTS); /* brief, and a third as many long ones */
    fclose(file);
    program_write("other.csv", text, size);
    free(text);
    program_discard(program_expect("classify other.csv soft.safetensors -o plain.csv", 0));
    program_discard(
        program_expect("classify other.csv soft.safetensors --prior brief=0.9,wave=0 -o given.csv", 0));
    program_result r = program_expect("classify other.csv soft.safetensors --prior em -o em.csv", 0);
    if (!strstr(r.err, "shares of the classes among 67 objects, as they themselves tell: brief 0."))
        fail_msg("%s", r.err);
    program_result_free(&r);
    const double plain = mean_of_first("plain.csv"), given = mean_of_first("given.csv"),
                 em = mean_of_first("em.csv");
    assert_true(given > plain && em > plain && em > 0.65 && em < 0.85);
    program_refused("classify other.csv soft.safetensors --prior brief=0.9,none=0.1", 2,
                    "'none' is none of the model's");
    program_refused("classify other.csv soft.safetensors --prior brief=0.9,wave=0.9", 2,
                    "add up to 1.8, not 1");
    program_refused("classify other.csv soft.safetensors --prior brief", 2, "is no CLASS=SHARE");
}

/* --- broken files --- */

/* Arrays that lead astray, without the hash that would tell first. */
static void test_broken(void **state)
{
    (void)state;
    size_t size;
    char *file = program_read("f.safetensors", &size);
    assert_non_null(file);
    char *key = memmem(file, size, "\"auspex.hash\"", 13);
    assert_non_null(key);
    memcpy(key, "\"another.one\"", 13);
    const char *place = memmem(file, size, "\"forest.node\":{", 15);
    assert_non_null(place);
    const char *offsets = strstr(place, "\"data_offsets\":[") + 16;
    uint64_t header;
    memcpy(&header, file, 8);
    const size_t node = 8 + (size_t)header + (size_t)atoll(offsets);
    static const float wrong[][2] = {{0, 1e6F}, {0, 0.5F}, {2, 0}, {2, 1e9F}, {2, -4}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        float before;
        char *cell = file + node + (size_t)wrong[i][0] * sizeof before;
        memcpy(&before, cell, sizeof before);
        memcpy(cell, &wrong[i][1], sizeof before);
        program_write("broken.safetensors", file, size);
        program_refused("classify sky.csv broken.safetensors", 3, "the forest has ");
        memcpy(cell, &before, sizeof before);
    }
    free(file);
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_learns), cmocka_unit_test(test_folds),
                                       cmocka_unit_test(test_same),   cmocka_unit_test(test_options),
                                       cmocka_unit_test(test_copies), cmocka_unit_test(test_prior),
                                       cmocka_unit_test(test_broken)};
    if (count != 2 || program_set_up(words[1]))
        return 1;
    int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
