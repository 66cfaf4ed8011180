/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program with a tree over classes, on simulated light curves: what train, classify, evaluate, early and
 * backtest make of it, and what is refused. */
#include "cmocka_all.h"
#include "program.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TREE "transient=SNIa,SNII;variable=EB,RRL"
#define SMALL                                                                                                \
    "--model t2-points --redshift none --d-model 16 --d-ff 16 --layers 1 --most-points 40 --epochs 4 "       \
    "--batch 32 "                                                                                            \
    "--threads 1 --no-rival "
#define TRAIN  "train sky.csv --metadata meta.csv " SMALL
#define MODEL  "tree.safetensors"
#define SCORED "sky.csv " MODEL " --metadata meta.csv --part all "

static void says(const char *words, int status, const char *text)
{
    program_result r = program_expect_of(words, NULL, status);
    if (!strstr(r.err, text) && !strstr(r.out, text))
        fail_msg("auspex %s does not say '%s'", words, text);
    program_result_free(&r);
}

static json_t *json_of(const char *words)
{
    program_result r = program_expect_of(words, NULL, 0);
    json_t *object = json_loads(r.out, 0, NULL);
    program_result_free(&r);
    assert_non_null(object);
    return object;
}

/* meta.csv with other labels: some, or all, of names above classes. */
static void write_labels(const char *file, bool all)
{
    size_t size;
    char *meta = program_read("meta.csv", &size), *rest = meta, *line, *text = NULL;
    FILE *out = open_memstream(&text, &size);
    fputs("object_id,class\n", out);
    strsep(&rest, "\n");
    for (int n = 0; (line = strsep(&rest, "\n")) && *line; n++) {
        char *class = strrchr(line, ',') + 1;
        const char *above = *class == 'S' ? "transient" : "variable";
        fprintf(out, "%.*s,%s\n", (int)strcspn(line, ","), line, all || n % 5 == 0 ? above : class);
    }
    fclose(out);
    program_write(file, text, size);
    free(text);
    free(meta);
}

static int group_set_up(void **state)
{
    (void)state;
    says("simulate lightcurves --classes SNIa,SNII,RRL,EB --objects 160 --seed 5 -o sky.csv --metadata "
         "meta.csv",
         0, "");
    write_labels("some.csv", false);
    write_labels("parents.csv", true);
    says(TRAIN "--taxonomy " TREE " --taxonomy-alpha 0.4 -o " MODEL, 0, "answers by the tree of classes");
    return 0;
}

/* The three ways to write a tree give one file. */
static void test_forms(void **state)
{
    (void)state;
    static const char table[] = "class,parent\nSNII,transient\nSNIa,transient\nEB,variable\nRRL,variable\n",
                      lines[] = "variable\n  RRL\n  EB\ntransient\n  SNIa\n  SNII\n";
    program_write("tax.csv", table, strlen(table));
    program_write("tax.txt", lines, strlen(lines));
    says(TRAIN "--taxonomy tax.csv --taxonomy-alpha 0.4 -o csv.safetensors -q", 0, "");
    says(TRAIN "--taxonomy tax.txt --taxonomy-alpha 0.4 -o lines.safetensors -q", 0, "");
    assert_true(program_same(MODEL, "csv.safetensors"));
    assert_true(program_same(MODEL, "lines.safetensors"));
    says("inspect " MODEL, 0, "variable=");
    says("inspect " MODEL, 0, "2 levels, alpha 0.4; answers from probability 0.");
    json_t *report = json_of("inspect " MODEL " --json"), *tree = json_object_get(report, "taxonomy");
    assert_true(fabs(json_number_value(json_object_get(tree, "alpha")) - 0.4) < 1e-12);
    assert_non_null(strstr(json_string_value(json_object_get(tree, "tree")), "variable="));
    assert_true(json_number_value(json_object_get(tree, "answer_confidence")) >= 0.5);
    json_decref(report);
}

/* With alpha 0 and no labels above classes the loss is that without a tree. */
static void test_alpha_0(void **state)
{
    (void)state;
    json_t *tree = json_of(TRAIN "--taxonomy " TREE " -o zero.safetensors --json -q"),
           *flat = json_of(TRAIN "-o flat.safetensors --json -q"),
           *sloped = json_of(TRAIN "--taxonomy " TREE " --taxonomy-alpha 2 -o sloped.safetensors --json -q");
    const char *const lists[] = {"train_loss", "validation_loss"};
    for (int l = 0; l < 2; l++) {
        json_t *a = json_object_get(json_object_get(tree, "training"), lists[l]),
               *b = json_object_get(json_object_get(flat, "training"), lists[l]),
               *c = json_object_get(json_object_get(sloped, "training"), lists[l]);
        assert_int_equal(json_array_size(a), 4);
        for (size_t i = 0; i < 4; i++) {
            const double x = json_number_value(json_array_get(a, i)),
                         y = json_number_value(json_array_get(b, i)),
                         z = json_number_value(json_array_get(c, i));
            assert_true(fabs(x - y) < 1e-4 * y);
            assert_true(z < 0.9 * y);
        }
    }
    json_decref(tree);
    json_decref(flat);
    json_decref(sloped);
}

/* Of the line's fields SNIa, SNII ... the class of the largest sum, and the answer from .6 on. */
static void check_line(char *line, const char *const *heading, int columns)
{
    double transient = 0, variable = 0, p[4];
    const char *field[16], *name[4];
    for (int i = 0; i < columns; i++)
        field[i] = strsep(&line, ",");
    assert_null(line);
    for (int c = 0; c < 4; c++) {
        name[c] = heading[1 + c];
        p[c] = atof(field[1 + c]);
        *(name[c][0] == 'S' ? &transient : &variable) += p[c];
    }
    assert_true(fabs(transient - atof(field[5])) < 4e-6 || fabs(transient - atof(field[6])) < 4e-6);
    const char *answer = "unclear", *kind = "unclear";
    if (fmax(transient, variable) >= 0.6) {
        answer = transient > variable ? "transient" : "variable";
        kind = "parent only";
    }
    for (int c = 0; c < 4; c++)
        if (p[c] >= 0.6) {
            answer = name[c];
            kind = "class";
        }
    assert_string_equal(field[8], answer);
    assert_string_equal(field[9], kind);
}

static void test_classifies(void **state)
{
    (void)state;
    says("classify sky.csv " MODEL " --answer-confidence 0.6 -o classes.csv -q", 0, "");
    size_t size;
    char *file = program_read("classes.csv", &size), *rest = file, *head = strsep(&rest, "\n"), *line;
    const char *heading[16];
    int columns = 0, lines = 0;
    while (head && columns < 16)
        heading[columns++] = strsep(&head, ",");
    assert_int_equal(columns, 12);
    assert_string_equal(heading[7], "class");
    assert_string_equal(heading[8], "answer");
    assert_string_equal(heading[9], "answer_kind");
    for (; (line = strsep(&rest, "\n")) && *line; lines++)
        check_line(line, heading, columns);
    assert_int_equal(lines, 160);
    free(file);
    program_result r = program_expect_of("classify sky.csv " MODEL " --json -q", NULL, 0);
    rest = r.out;
    json_t *object = json_loads(strsep(&rest, "\n"), 0, NULL), *parents = json_object_get(object, "parents");
    const double sum = json_number_value(json_object_get(parents, "transient")) +
                       json_number_value(json_object_get(parents, "variable"));
    assert_true(fabs(sum - 1) < 1e-6);
    assert_true(json_is_string(json_object_get(object, "answer")));
    json_decref(object);
    program_result_free(&r);
    says("classify sky.csv flat.safetensors -q", 0, "class,novelty,status");
    says("classify sky.csv flat.safetensors --answer-confidence 0.7", 2, "the model has no tree of classes");
    says("classify sky.csv flat.safetensors --taxonomy " TREE " -o other.csv", 0,
         "were not tried on the model's validation part");
}

static double level_value(const json_t *scores, int classifier, int level, const char *key)
{
    const json_t *levels = json_object_get(json_array_get(scores, (size_t)classifier), "levels");
    return json_number_value(json_object_get(json_array_get(levels, (size_t)level), key));
}

/* Level 1 is counted from the predictions; the last level is that of the classes. */
static void test_evaluates(void **state)
{
    (void)state;
    json_t *report = json_of("evaluate " SCORED "--json --predictions rows.csv -q"),
           *scores = json_object_get(report, "scores"), *own = json_array_get(scores, 0);
    size_t size;
    char *file = program_read("rows.csv", &size), *rest = file, *line;
    int right = 0, all = 0;
    strsep(&rest, "\n");
    for (; (line = strsep(&rest, "\n")) && *line; all++) {
        char *field[16];
        for (int i = 0; i < 13; i++)
            field[i] = strsep(&line, ",");
        const double first = atof(field[6]), second = atof(field[7]);
        /* the names above classes stand in the order of their first class */
        const bool is_transient = field[1][0] == 'S';
        right += is_transient == (first > second) ? 1 : 0;
    }
    free(file);
    const double accuracy = level_value(scores, 0, 0, "accuracy"), counted = (double)right / all;
    assert_true(fabs(accuracy - counted) < 1e-9 || fabs(accuracy - (1 - counted)) < 1e-9);
    assert_true(level_value(scores, 0, 1, "accuracy") == json_number_value(json_object_get(own, "accuracy")));
    assert_true(level_value(scores, 0, 1, "log_loss") == json_number_value(json_object_get(own, "log_loss")));
    assert_true(level_value(scores, 0, 0, "accuracy") > level_value(scores, 1, 0, "accuracy"));
    assert_int_equal(json_array_size(json_object_get(own, "answers")), 4);
    assert_int_equal(json_array_size(json_object_get(own, "confusion_level_1")), 2);
    json_decref(report);
    says("evaluate " SCORED, 0, "level  classifier");
    says("evaluate " SCORED "--csv -", 0, "classifier,level,class,");
    says("evaluate " SCORED "--plot-levels - -q", 0, "Level 1");
    says("evaluate " SCORED "--plot levels.svg --plot-levels each.svg", 0, "picture in each.svg");
    says("evaluate sky.csv flat.safetensors --metadata meta.csv --plot-levels -", 2, "no tree of classes");
}

/* Labels that are names above classes count at their level alone. */
static void test_parents(void **state)
{
    (void)state;
    json_t *report = json_of("evaluate sky.csv " MODEL " --metadata some.csv --part all --json -q"),
           *scores = json_object_get(report, "scores");
    assert_true(level_value(scores, 0, 0, "objects") == 160);
    assert_true(level_value(scores, 0, 1, "objects") == 128);
    json_decref(report);
    says("evaluate sky.csv " MODEL " --metadata parents.csv", 0, "known at level 1 of the tree");
    says("early sky.csv " MODEL " --metadata parents.csv --days 0,50", 0, "level  days");
    says("train sky.csv --metadata some.csv " SMALL "--taxonomy " TREE " -o some.safetensors", 0,
         "known to be transient alone");
    says("inspect some.safetensors", 0, "160 usable");
    says("train sky.csv --metadata parents.csv " SMALL "--taxonomy " TREE " -o no.safetensors", 3,
         "none is a class");
    says("train sky.csv --metadata some.csv --model forest --redshift none --features spread --trees 20 "
         "--taxonomy " TREE " -o forest.safetensors",
         0, "answers by the tree of classes");
    says("evaluate sky.csv forest.safetensors --metadata some.csv", 0, "level  classifier");
    /* A name above classes is no class to calibrate by. */
    says("calibrate " MODEL " sky.csv --metadata some.csv -o again.safetensors", 0,
         "from 128 labelled objects");
}

static void test_early(void **state)
{
    (void)state;
    json_t *report = json_of("early " SCORED "--days 0,20 --json -q"),
           *ages = json_object_get(report, "ages");
    for (size_t i = 0; i < 2; i++) {
        json_t *age = json_array_get(ages, i), *last = json_array_get(json_object_get(age, "levels"), 1);
        assert_true(json_number_value(json_object_get(age, "accuracy")) ==
                    json_number_value(json_object_get(last, "accuracy")));
    }
    json_decref(report);
    says("early " SCORED "--days 0,20 --csv -", 0, "days,level,objects,accuracy");
}

static void test_backtests(void **state)
{
    (void)state;
    json_t *report = json_of("backtest sky.csv --metadata some.csv " SMALL "--folds 2 --taxonomy " TREE
                             " --predictions folds.csv --json -q"),
           *scores = json_object_get(report, "scores");
    assert_true(level_value(scores, 0, 0, "objects") == 160);
    assert_true(level_value(scores, 0, 1, "objects") == 128);
    assert_true(fabs(level_value(scores, 0, 1, "accuracy") -
                     json_number_value(json_object_get(json_array_get(scores, 0), "accuracy"))) < 1e-12);
    json_decref(report);
    says("backtest sky.csv --metadata meta.csv " SMALL "--folds 2 --taxonomy " TREE " -q", 0,
         "level  classifier");
}

static void test_refusals(void **state)
{
    (void)state;
    says(TRAIN "--taxonomy no.csv -o x.safetensors", 2, "--taxonomy: 'no.csv'");
    says(TRAIN "--taxonomy transient=SNIa,SNII;variable=EB -o x.safetensors", 3,
         "--taxonomy:1:32: found the end, expected a parent of the class 'RRL'");
    says(TRAIN "--taxonomy transient=SNIa,SNII;variable=EB,RRL,SNIa -o x.safetensors", 3,
         "--taxonomy:1:37: 'SNIa' has a parent already");
    says(TRAIN "--taxonomy-alpha 1 -o x.safetensors", 2, "--taxonomy gives");
    says("train sky.csv --metadata meta.csv --model forest --taxonomy " TREE
         " --taxonomy-alpha 1 -o x.safetensors",
         2, "forest has none");
    size_t size;
    char *file = program_read(MODEL, &size), *tree = memmem(file, size, "=SNIa", 5);
    tree = tree ? tree : memmem(file, size, ",SNIa", 5);
    assert_non_null(tree);
    tree[4] = 'x';
    program_write("broken.safetensors", file, size);
    free(file);
    says("inspect broken.safetensors", 3, "broken.safetensors");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms),      cmocka_unit_test(test_alpha_0),
                                       cmocka_unit_test(test_classifies), cmocka_unit_test(test_evaluates),
                                       cmocka_unit_test(test_parents),    cmocka_unit_test(test_early),
                                       cmocka_unit_test(test_backtests),  cmocka_unit_test(test_refusals)};
    if (argc < 2 || program_set_up(argv[1]))
        return 1;
    const int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
