/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of classes at the levels of their tree, by hand. */
#include "forecast/scores/classes/class_levels.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const classes[] = {"Ia", "II", "RR", "AGN"};
enum { CLASSES = 4, OBJECTS = 6, SN = 4 };

/* The largest are Ia II RR II Ia AGN; of the fifth nothing is known but SN. */
static const double p[OBJECTS * CLASSES] = {.7,  .2, .05, .05, .3,  .45, .2,  .05, .1,  .1,  .5,  .3,
                                            .05, .4, .35, .2,  .55, .35, .05, .05, .25, .25, .05, .45};
static const int label[OBJECTS] = {0, 0, 2, 3, SN, 1};

static void make(fc_taxonomy *tree)
{
    nn_error error = {0};
    fc_taxonomy_text text;
    assert_int_equal(fc_taxonomy_read_compact(&text, "SN=Ia,II;RR;AGN", "-", &error), NN_OK);
    assert_int_equal(fc_taxonomy_make(tree, &text, classes, CLASSES, &error), NN_OK);
    fc_taxonomy_text_clear(&text);
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

/* Level 1, SN RR AGN with .9 .05 .05; .75 .2 .05; .2 .5 .3; .45 .35 .2; .9 .05 .05; .5 .05 .45: SN is called
 * for objects 1, 2, 4, 5, 6, RR for 3. Right: 1, 2, 3, 5, 6 of six. Recalls: SN 4/4, RR 1, AGN 0. */
static void test_scores(void **state)
{
    (void)state;
    fc_taxonomy tree;
    fc_levels *levels;
    fc_level_scores s;
    nn_error error = {0};
    int answer[OBJECTS];
    make(&tree);
    assert_int_equal(fc_levels_new(&levels, &tree, classes, &error), NN_OK);
    assert_int_equal(levels->count, 2);
    fc_levels_answer(levels, answer, p, OBJECTS, .5);
    static const int answers[OBJECTS] = {0, SN, 2, -1, 0, SN};
    assert_memory_equal(answer, answers, sizeof answers);
    assert_int_equal(fc_level_scores_make(&s, levels, p, label, answer, OBJECTS, &error), NN_OK);
    const fc_level_line *top = &s.line[0], *leaf = &s.line[1];
    assert_int_equal(top->objects, 6);
    assert_int_equal(leaf->objects, 5);
    assert_true(near(top->accuracy, 5.0 / 6));
    assert_true(near(top->recall, 2.0 / 3));
    assert_true(near(top->f1, (8.0 / 9 + 1) / 3));
    assert_true(near(top->cross_entropy, -(log(.9) + log(.75) + log(.5) + log(.2) + log(.9) + log(.5)) / 6));
    assert_true(near(top->log_loss, -((log(.9) + log(.75) + log(.9) + log(.5)) / 4 + log(.5) + log(.2)) / 3));
    assert_true(near(top->answered, 5.0 / 6) && near(top->answer_precision, 1));
    /* Of the five that are known by their class 1 and 3 are called right; answered are 1 and 3. */
    assert_true(near(leaf->accuracy, 2.0 / 5));
    assert_true(near(leaf->answered, 2.0 / 5) && near(leaf->answer_precision, 1));
    static const size_t matrix[9] = {4, 0, 0, 0, 1, 0, 1, 0, 0};
    assert_memory_equal(s.confusion[0], matrix, sizeof matrix);
    assert_int_equal(s.parent[0].count, 4);
    assert_int_equal(s.parent[0].predicted, 5);
    assert_true(near(s.parent[0].precision, .8) && near(s.parent[0].recall, 1));
    /* 1, 2, 3 and 6 are right; the fifth, an Ia, nobody can judge. */
    assert_int_equal(s.all.objects, 5);
    assert_true(near(s.all.precision, 1) && near(s.all.share, 5.0 / 6));
    fc_level_scores_clear(&s);
    free(levels);
}

static void test_base(void **state)
{
    (void)state;
    fc_taxonomy tree;
    fc_levels *levels;
    nn_error error = {0};
    double q[OBJECTS * CLASSES];
    int known[OBJECTS];
    make(&tree);
    assert_int_equal(fc_levels_new(&levels, &tree, classes, &error), NN_OK);
    assert_int_equal(fc_levels_base(levels, label, OBJECTS), 1);
    assert_int_equal(fc_levels_base(levels, (int[]){SN, SN}, 2), 0);
    assert_int_equal(fc_levels_gather(levels, 1, p, label, OBJECTS, q, known), 5);
    assert_memory_equal(q, p, 4 * CLASSES * sizeof *p);
    assert_memory_equal(known, ((int[]){0, 0, 2, 3, 1}), 5 * sizeof(int));
    free(levels);
    assert_int_equal(fc_levels_new(&levels, NULL, classes, &error), NN_OK);
    assert_null(levels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scores), cmocka_unit_test(test_base)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
