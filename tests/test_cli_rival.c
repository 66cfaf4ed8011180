/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A forest beside networks of light curves at the command line: it is grown, shown, mixed in, left out, and a
 * file that lies about it is refused. */
#include "cmocka_all.h"
#include "sky_file.h"

#include <jansson.h>
#include <math.h>
#include <stdint.h>

enum { OBJECTS = 150, CLASSES = 3 };

/* One epoch teaches a network nothing: the forest wins. */
#define POOR "train sky.csv --metadata meta.csv --model t2-points --label type --epochs 1 --d-model 8 "
#define BETTER                                                                                               \
    "train sky.csv --metadata meta.csv --model t2 --label type --epochs 12 --d-model 16 --grid 16 --heads "  \
    "4 "

static int group_set_up(void **state)
{
    (void)state;
    sky_write(OBJECTS);
    program_result r = program_expect(POOR "-o poor.safetensors", 0);
    if (!strstr(r.err, "beside it a forest on features") || !strstr(r.err, "the forest is better"))
        fail_msg("%s", r.err);
    program_result_free(&r);
    program_discard(program_expect(POOR "--mixture -q -o mixed.safetensors", 0));
    program_discard(program_expect(POOR "--no-rival -q -o alone.safetensors", 0));
    return 0;
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

static double score_of(const json_t *scores, size_t row, const char *name, const char *key)
{
    const json_t *entry = json_array_get(json_object_get(scores, "scores"), row);
    assert_string_equal(json_string_value(json_object_get(entry, "name")), name);
    return json_number_value(json_object_get(entry, key));
}

static void test_rival(void **state)
{
    (void)state;
    json_t *scores = json_of("evaluate sky.csv poor.safetensors --metadata meta.csv --json");
    const double own = score_of(scores, 0, "t2-points", "accuracy"),
                 forest = score_of(scores, 3, "forest", "accuracy");
    assert_true(forest > own + 0.2);
    assert_false(json_is_true(json_object_get(scores, "beats_baselines")));
    assert_non_null(strstr(json_string_value(json_object_get(scores, "verdict")),
                           "t2-points does NOT beat the most accurate baseline, "));
    json_decref(scores);
    scores = json_of("evaluate sky.csv alone.safetensors --metadata meta.csv --json");
    assert_int_equal(json_array_size(json_object_get(scores, "scores")), 3);
    assert_true(score_of(scores, 0, "t2-points", "accuracy") == own); /* the network is the same */
    json_decref(scores);
    program_discard(program_expect("classify sky.csv poor.safetensors --metadata meta.csv -o a.csv", 0));
    program_discard(program_expect("classify sky.csv alone.safetensors --metadata meta.csv -o b.csv", 0));
    assert_true(program_same("a.csv", "b.csv"));
    program_result r = program_expect("inspect poor.safetensors", 0);
    assert_non_null(strstr(r.out, "beside it  a forest on features"));
    program_result_free(&r);
}

/* --- a mixture is what it says --- */

/* The n-th row's numbers from column `first` on. */
static void numbers_at(const char *row, int first, int count, double *to)
{
    for (int c = 0; c < first; c++)
        row = strchr(row, ',') + 1;
    for (int k = 0; k < count; k++) {
        to[k] = atof(row);
        row = strchr(row, ',') ? strchr(row, ',') + 1 : row;
    }
}

static void check_rows(const char *file, double share)
{
    size_t size;
    char *text = program_read(file, &size), *line = strtok(text, "\n");
    int rows = 0;
    if (!strstr(line, ",fold,forest_brief,forest_long,forest_wave,t2-points_brief"))
        fail_msg("%s", line);
    while ((line = strtok(NULL, "\n"))) {
        double p[CLASSES], parts[2 * CLASSES];
        numbers_at(line, 2, CLASSES, p);
        numbers_at(line, 2 + CLASSES + 3, 2 * CLASSES, parts);
        for (int c = 0; c < CLASSES && share >= 0; c++)
            assert_true(fabs(p[c] - (share * parts[c] + (1 - share) * parts[CLASSES + c])) < 2e-5);
        rows++;
    }
    assert_true(rows > 10);
    free(text);
}

static void test_mixture(void **state)
{
    (void)state;
    json_t *scores =
        json_of("evaluate sky.csv mixed.safetensors --metadata meta.csv --json --predictions rows.csv");
    const double share = json_number_value(json_object_get(scores, "rival_share"));
    assert_true(share > 0.3 && share <= 1);
    score_of(scores, 0, "t2-points + forest", "accuracy");
    score_of(scores, 3, "forest", "accuracy");
    score_of(scores, 4, "t2-points alone", "accuracy");
    json_decref(scores);
    check_rows("rows.csv", share);
    program_discard(
        program_expect("classify sky.csv mixed.safetensors --metadata meta.csv --threads 1 -o a.csv", 0));
    program_discard(
        program_expect("classify sky.csv mixed.safetensors --metadata meta.csv --threads 3 -o b.csv", 0));
    assert_true(program_same("a.csv", "b.csv"));
    program_result r = program_expect("explain sky.csv mixed.safetensors --id toy1 --csv -", 0);
    assert_non_null(strstr(r.err, "the model is a mixture; what is explained is its network"));
    program_result_free(&r);
    program_discard(program_expect("early sky.csv mixed.safetensors --metadata meta.csv --days 5,50 -q", 0));
    r = program_expect("calibrate mixed.safetensors sky.csv --metadata meta.csv -o c.safetensors", 0);
    assert_non_null(strstr(r.err, "the forest in it was calibrated alike"));
    program_result_free(&r);
    program_discard(
        program_expect("classify sky.csv c.safetensors --metadata meta.csv --prior em -o c.csv", 0));
}

/* The share that inspect tells of, in the words of a note. */
static void test_export(void **state)
{
    (void)state;
    json_t *scores = json_of("evaluate sky.csv mixed.safetensors --metadata meta.csv --json");
    const double share = json_number_value(json_object_get(scores, "rival_share"));
    json_decref(scores);
    if (share >= 1)
        program_refused("export mixed.safetensors --onnx -o x.onnx", 2, "its forest's alone");
    program_result r = program_expect("export mixed.safetensors --torch -o x.pth", 0);
    char note[120];
    snprintf(note, sizeof note, "the network alone: %.0f %% of its answers are its forest's, which weights",
             100 * share);
    assert_non_null(strstr(r.err, note));
    program_result_free(&r);
    r = program_expect("export poor.safetensors --onnx -o y.onnx", 0);
    assert_null(strstr(r.err, "the network alone"));
    program_result_free(&r);
    r = program_expect("export --help", 0);
    assert_non_null(strstr(r.out, "of their own: 'auspex export"));
    program_result_free(&r);
    r = program_expect("backtest --help", 0);
    assert_non_null(strstr(r.out, "of their own: 'auspex backtest"));
    program_result_free(&r);
}

/* --- the table trained on is known by its objects --- */

static void expect_part_of(const char *model, const char *metadata, const char *more, const char *part,
                           bool noted)
{
    char words[300];
    snprintf(words, sizeof words, "evaluate sky.csv %s --metadata %s --json %s", model, metadata, more);
    program_result r = program_expect(words, 0);
    json_t *scores = json_loads(r.out, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(scores, "part")), part);
    json_decref(scores);
    if (noted != (strstr(r.err, "meta.csv has the name of the table trained on, but other objects: all are "
                                "scored") != NULL))
        fail_msg("%s", r.err);
    program_result_free(&r);
}

static void expect_part(const char *metadata, const char *more, const char *part, bool noted)
{
    expect_part_of("alone.safetensors", metadata, more, part, noted);
}

/* The rows of meta.csv but the header from the last to the first, `left_out` of them not. */
static void turn_round(const char *to, size_t left_out)
{
    size_t size, rows = 0;
    char *text = program_read("meta.csv", &size), *row[OBJECTS + 2] = {NULL};
    FILE *file = fopen(to, "w");
    assert_non_null(file);
    for (char *line = strtok(text, "\n"); line && rows < OBJECTS + 2; line = strtok(NULL, "\n"))
        row[rows++] = line;
    assert_int_equal(rows, OBJECTS + 1);
    for (size_t i = 0; i + left_out < rows; i++) {
        const char *line = row[i ? rows - i : 0];
        fputs(line ? line : "", file);
        fputc('\n', file);
    }
    fclose(file);
    free(text);
}

static void test_known_objects(void **state)
{
    (void)state;
    size_t size;
    char *original = program_read("meta.csv", &size);
    expect_part("meta.csv", "", "test", false);
    turn_round("other.csv", 0);
    expect_part("other.csv", "", "test", false);
    expect_part("other.csv", "--part all", "all", false);
    program_discard(program_expect(POOR "--no-rival --split sample=spec -q -o column.safetensors", 0));
    expect_part_of("column.safetensors", "other.csv", "", "test", false);
    turn_round("fewer.csv", 5);
    expect_part_of("column.safetensors", "fewer.csv", "", "all", false);
    expect_part("fewer.csv", "", "all", false);
    turn_round("meta.csv", 5);
    expect_part("meta.csv", "", "all", true);
    expect_part("meta.csv", "--part test", "test", false);
    program_write("meta.csv", original, size);
    free(original);
}

static void test_folds(void **state)
{
    (void)state;
    json_t *scores = json_of("backtest sky.csv --metadata meta.csv --model t2-points --label type --epochs 1 "
                             "--d-model 8 --folds 3 --seeds 2 --mixture --json -q --predictions rows.csv");
    assert_true(score_of(scores, 3, "forest", "accuracy") >
                score_of(scores, 4, "t2-points alone", "accuracy"));
    assert_true(score_of(scores, 0, "t2-points + forest", "accuracy") > 0.8);
    json_decref(scores);
    check_rows("rows.csv", -1);
}

static void test_options(void **state)
{
    (void)state;
    program_refused(
        "train sky.csv --metadata meta.csv --label type --model forest --mixture -o o.safetensors", 2,
        "--mixture is of a network");
    program_refused(
        "train sky.csv --metadata meta.csv --label type --model forest --no-rival -o o.safetensors", 2,
        "--no-rival is of a network");
    program_refused(POOR "--mixture --no-rival -o o.safetensors", 2, "--no-rival leaves out");
    program_refused(POOR "--late-features --drop-history 0.5 -o o.safetensors", 2,
                    "--late-features are of the whole");
    program_discard(program_expect(POOR "--late-features --no-rival -q -o late.safetensors", 0));
    json_t *late = json_of("evaluate sky.csv late.safetensors --metadata meta.csv --json");
    assert_int_equal(json_array_size(json_object_get(late, "scores")), 3);
    json_decref(late);
    program_discard(program_expect(POOR "--threads 3 -q -o three.safetensors", 0));
    assert_true(program_same("poor.safetensors", "three.safetensors"));
    program_result r = program_expect(BETTER "-o good.safetensors", 0);
    assert_non_null(strstr(r.err, "on the same validation objects"));
    program_result_free(&r);
    program_discard(program_expect("compress good.safetensors --quantise -o small.safetensors", 0));
    json_t *scores = json_of("evaluate sky.csv small.safetensors --metadata meta.csv --json");
    assert_true(score_of(scores, 3, "forest", "accuracy") > 0.8);
    json_decref(scores);
    program_discard(
        program_expect("train sky.csv --metadata meta.csv --from good.safetensors --label type -q "
                       "--epochs 1 -o on.safetensors",
                       0));
}

/* What goes on gets a forest of its new objects; a mixture stays one, unless it is to have no forest. */
static void test_going_on(void **state)
{
    (void)state;
#define ON "train sky.csv --metadata meta.csv --from mixed.safetensors --label type --epochs 1 -q "
    program_discard(program_expect(ON "-o on.safetensors", 0));
    program_result r = program_expect("inspect on.safetensors", 0);
    if (!strstr(r.out, "  mixture    "))
        fail_msg("%s", r.out);
    program_result_free(&r);
    program_discard(program_expect(ON "--no-rival -o off.safetensors", 0));
    program_discard(program_expect("train sky.csv --metadata meta.csv --from alone.safetensors --epochs 1 -q "
                                   "--no-rival -o unsaid.safetensors",
                                   0)); /* the label is the model's */
    expect_part_of("unsaid.safetensors", "meta.csv", "", "test", false);
    r = program_expect("inspect off.safetensors", 0);
    assert_null(strstr(r.out, "  mixture    "));
    assert_null(strstr(r.out, "  beside it  "));
    program_result_free(&r);
}

/* One epoch is too little for any network: the forest is what is kept, and the file says what it was chosen
 * among. */
static void test_auto(void **state)
{
    (void)state;
    program_result r =
        program_expect("train sky.csv --metadata meta.csv --label type --model auto --epochs 1 "
                       "--threads 1 -o auto.safetensors",
                       0);
    const char *forest = strstr(r.err, "\nforest ");
    if (!forest || !strstr(r.err, "\nt2 ") || !strstr(r.err, "\nt2-points "))
        fail_msg("%s", r.err);
    assert_non_null(strstr(forest, "  chosen"));
    program_result_free(&r);
    r = program_expect("inspect auto.safetensors", 0);
    assert_non_null(strstr(r.out, "  chosen of  forest 0."));
    assert_non_null(strstr(r.out, "split 0.8/0.1/0.1"));
    program_result_free(&r);
    json_t *scores = json_of("evaluate sky.csv auto.safetensors --metadata meta.csv --json");
    assert_true(score_of(scores, 0, "forest", "accuracy") > 0.8);
    json_decref(scores);
    program_discard(program_expect("train sky.csv --metadata meta.csv --label type --model auto --epochs 1 "
                                   "--redshift none --threads 3 -q -o auto.safetensors --force",
                                   0));
    program_refused("train sky.csv --metadata meta.csv --label type --model auto --heads 4 -o o.safetensors",
                    2, "--heads: --model auto chooses");
    program_refused("train sky.csv --metadata meta.csv --label type --model auto --mixture -o o.safetensors",
                    2, "--mixture is not for --model auto");
}

/* --- files that lie --- */

/* The model's file with the first `from` replaced by as long a `to`, without its hash. */
static void lie(const char *from, const char *to, const char *said)
{
    size_t size;
    char *file = program_read("mixed.safetensors", &size);
    assert_int_equal(strlen(from), strlen(to));
    char *key = memmem(file, size, "\"auspex.hash\"", 13), *at = memmem(file, size, from, strlen(from));
    assert_true(key && at);
    memcpy(key, "\"another.one\"", 13);
    memcpy(at, to, strlen(to));
    program_write("broken.safetensors", file, size);
    free(file);
    program_refused("classify sky.csv broken.safetensors", 3, said);
}

static void test_hostile(void **state)
{
    (void)state;
    lie("\"rival.forest.node\"", "\"rival.forest.nude\"", "the tensor 'rival.forest.node' is missing");
    lie("{\\\"kind\\\":\\\"forest\\\"", "{\\\"kind\\\":\\\"forost\\\"", "'forost', is nothing for it");
    lie("{\\\"kind\\\":\\\"forest\\\"", "{\\\"kind\\\":\\\"linear\\\"", "'linear', is nothing for it");
    lie("\"auspex.companion\"", "\"auspex.companian\"", "tensors; these settings need");
}

static void test_arrays(void **state)
{
    (void)state;
    static const float wrong[][2] = {{0, 1e6F}, {0, 0.5F}, {2, 0}, {2, 1e9F}, {2, -4}};
    size_t size;
    char *file = program_read("mixed.safetensors", &size), *key = memmem(file, size, "\"auspex.hash\"", 13);
    assert_non_null(key);
    memcpy(key, "\"another.one\"", 13);
    const char *place = memmem(file, size, "\"rival.forest.node\":{", 21);
    assert_non_null(place);
    uint64_t header;
    memcpy(&header, file, 8);
    const size_t node = 8 + (size_t)header + (size_t)atoll(strstr(place, "\"data_offsets\":[") + 16);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rival),   cmocka_unit_test(test_mixture),
                                       cmocka_unit_test(test_folds),   cmocka_unit_test(test_options),
                                       cmocka_unit_test(test_auto),    cmocka_unit_test(test_going_on),
                                       cmocka_unit_test(test_hostile), cmocka_unit_test(test_arrays),
                                       cmocka_unit_test(test_export),  cmocka_unit_test(test_known_objects)};
    if (count != 2 || program_set_up(words[1]))
        return 1;
    int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
