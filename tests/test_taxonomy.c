/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees of classes: the three ways to write one, what is refused and where, sums, levels and answers beside
 * plain loops and values by hand. */
#include "forecast/statistics/classes/answers.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const classes[] = {"Ia", "II", "TDE", "RRLyr", "EB, detached", "AGN"};
enum { CLASSES = 6 };
#define COMPACT "transient=SN,TDE;variable=RRLyr,\"EB, detached\";SN=Ia,II;AGN"

static void make(fc_taxonomy *tree, const char *content, bool compact)
{
    nn_error error = {0};
    fc_taxonomy_text text;
    int code = compact ? fc_taxonomy_read_compact(&text, content, "--taxonomy", &error)
                       : fc_taxonomy_read(&text, content, "tax.csv", &error);
    if (!code)
        code = fc_taxonomy_make(tree, &text, classes, CLASSES, &error);
    if (code)
        fail_msg("%s", error.text);
    fc_taxonomy_text_clear(&text);
}

static void prints(const fc_taxonomy *tree, const char *expected)
{
    char *text = fc_taxonomy_print(tree, classes);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void test_forms(void **state)
{
    (void)state;
    static const char *const files[] = {
        "class,parent\nIa,SN\nII,SN\nSN,transient\nTDE,transient\nRRLyr,variable\n\"EB, "
        "detached\",variable\nAGN,\n",
        "\xEF\xBB\xBF# of a survey\r\nAGN,\r\nIa,SN\r\n\r\nII,SN\r\nSN,transient\r\nTDE , "
        "transient\r\nRRLyr,variable\r\n"
        "\"EB, detached\",variable",
        "parent,note,class\nSN,x,II\nSN,,Ia\ntransient,,SN\ntransient,,TDE\nvariable,,\"EB, "
        "detached\"\nvariable,,RRLyr\n,,AGN\n,,transient\n",
        "transient\n  SN\n     Ia\n     II\n  TDE\n\n# stars\nvariable\n\tRRLyr\n\t\"EB, detached\"\nAGN\n",
        "object\n transient\n  SN\n   Ia\n   II\n  TDE\n variable\n  RRLyr\n  \"EB, detached\"\n AGN",
        "Ia,SN\nII,SN\nSN,transient\nTDE,transient\nRRLyr,variable\n\"EB, "
        "detached\",variable\nAGN,sky\ntransient,sky\nvariable,sky\nsky,all\nall,\n",
    };
    fc_taxonomy tree;
    make(&tree, COMPACT, true);
    prints(&tree, COMPACT);
    assert_int_equal(tree.levels, 3);
    assert_int_equal(tree.nodes, CLASSES + 3);
    assert_string_equal(fc_taxonomy_name(&tree, classes, CLASSES), "SN");
    assert_int_equal(fc_taxonomy_find(&tree, "variable"), CLASSES + 1);
    assert_int_equal(fc_taxonomy_find(&tree, "sky"), -1);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        make(&tree, files[i], false);
        prints(&tree, COMPACT);
    }
    make(&tree, " AGN; variable = \"EB, detached\" , RRLyr;SN=II;SN=Ia ;transient=TDE,SN;", true);
    prints(&tree, COMPACT);
    static const char *const odd[] = {"a=b", "c\"d", "e"};
    nn_error error = {0};
    fc_taxonomy_text text;
    assert_int_equal(fc_taxonomy_read_compact(&text, "\"x;y\"=\"a=b\",\"c\"\"d\";e", "-", &error), NN_OK);
    assert_int_equal(fc_taxonomy_make(&tree, &text, odd, 3, &error), NN_OK);
    char *again = fc_taxonomy_print(&tree, odd);
    assert_string_equal(again, "\"x;y\"=\"a=b\",\"c\"\"d\";e");
    free(again);
    fc_taxonomy_text_clear(&text);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        bool compact;
        const char *content, *says;
    } table[] = {
        {false, "class,parent\nIa,SN\nII,SN\nIa,TDE\n",
         "tax.csv:4:1: 'Ia' has a parent already, 'SN' in line 2"},
        {false, "Ia,SN\nSN,x\nx,y\ny,SN\n",
         "tax.csv:2:1: found a circle: 'SN' below 'x' below 'y' below 'SN'"},
        {false, "Ia,Ia\n", "tax.csv:1:1: found a circle: 'Ia' below 'Ia'"},
        {false, "Ia,SN\nII,SN\n  Ibc , SN\n",
         "tax.csv:3:3: found 'Ibc', which is none of the classes, expected 'Ia', 'II'"},
        {false, "Ia,SN\nII,SN\nTDE,x\nRRLyr,x\n\"EB, detached\",x\n",
         "tax.csv:6:1: found the end, expected a parent of the class 'AGN'"},
        {false, "class,parent\nIa,SN\nII\n", "tax.csv:3:1: found 1 field, expected class,parent"},
        {false, "Ia,SN,x\n", "tax.csv:1:1: found 3 fields"},
        {false, "Ia,SN\n\n,SN\n", "tax.csv:3:1: found an empty field"},
        {false, "Ia,\"SN\nII,SN\n", "tax.csv:1:4: found a quote that does not end"},
        {false, "Ia,\"SN\"x\n", "tax.csv:1:8: found 'x"},
        {false, "SN\n  Ia\n II\n", "tax.csv:3:2: found an indent of 1 blanks"},
        {false, "# nothing\n\n", "tax.csv:3:1: found no name"},
        {false, "all\n Ia\n II\n TDE\n RRLyr\n \"EB, detached\"\n AGN\n",
         "tax.csv:8:1: found no class below another name"},
        {false, "Ia,SN\nII,SN\nTDE,Ia\nRRLyr,x\n\"EB, detached\",x\nAGN,x",
         "tax.csv:1:1: 'Ia' is a class and"},
        {true, "SN=Ia,II;x=Ia", "--taxonomy:1:12: 'Ia' has a parent already, 'SN' in line 1"},
        {true, "SN=Ia=II", "--taxonomy:1:6: found '='"},
        {true, "SN=Ia,;x=II", "--taxonomy:1:7: found no name, expected a class below 'SN'"},
        {true, "=Ia", "--taxonomy:1:1: found '='"},
        {true, "SN=Ia,II", "--taxonomy:1:9: found the end, expected a parent of the class 'TDE'"},
        {true, "SN=Ia,b\xC3\xA9la,Q", "--taxonomy:1:7: found 'b"},
        {true, "Q=0123456789012345678901234567890123456789012345678901234567890123",
         "--taxonomy:1:3: found a name of more"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        nn_error error = {0};
        fc_taxonomy tree;
        fc_taxonomy_text text;
        int code = table[i].compact ? fc_taxonomy_read_compact(&text, table[i].content, "--taxonomy", &error)
                                    : fc_taxonomy_read(&text, table[i].content, "tax.csv", &error);
        if (!code)
            code = fc_taxonomy_make(&tree, &text, classes, CLASSES, &error);
        assert_int_equal(code, NN_BAD_DATA);
        if (strncmp(error.text, table[i].says, strlen(table[i].says)) != 0)
            fail_msg("'%s' does not say '%s'", error.text, table[i].says);
        fc_taxonomy_text_clear(&text);
    }
}

static void test_sums_and_levels(void **state)
{
    (void)state;
    fc_taxonomy tree;
    double all[FC_MOST_NODES];
    int node[FC_MOST_NODES], place[FC_MOST_NODES];
    make(&tree, COMPACT, true);
    for (uint64_t k = 0; k < 20; k++) {
        double p[CLASSES];
        for (uint64_t c = 0; c < CLASSES; c++)
            p[c] = nn_random_uniform(k, c);
        fc_taxonomy_sums(&tree, p, all);
        for (int n = 0; n < tree.nodes; n++) {
            double slow = 0;
            for (int c = 0; c < CLASSES; c++)
                slow += fc_taxonomy_is_within(&tree, c, n) ? p[c] : 0;
            assert_true(fabs(all[n] - slow) < 1e-14);
        }
    }
    static const struct {
        const char *names, *places; /* of Ia II TDE RRLyr EB AGN SN variable transient; '-': none */
    } table[] = {{"transient|variable|AGN|", "000112010"},
                 {"SN|TDE|RRLyr|EB, detached|AGN|", "001234 0--"},
                 {"Ia|II|TDE|RRLyr|EB, detached|AGN|", "012345---"}};
    for (int level = 1; level <= 3; level++) {
        char names[200] = "", places[40] = "";
        const int count = fc_taxonomy_level(&tree, level, node, place);
        for (int i = 0; i < count; i++) {
            strcat(names, fc_taxonomy_name(&tree, classes, node[i]));
            strcat(names, "|");
        }
        for (int n = 0; n < tree.nodes; n++)
            strcat(places, place[n] < 0 ? "-" : (char[]){(char)('0' + place[n]), 0});
        assert_string_equal(names, table[level - 1].names);
        char wanted[40] = "";
        for (const char *c = table[level - 1].places; *c; c++)
            if (*c != ' ')
                strncat(wanted, c, 1);
        assert_string_equal(places, wanted);
    }
}

static int answer(const fc_taxonomy *tree, const double *p, double confidence)
{
    double all[FC_MOST_NODES];
    fc_taxonomy_sums(tree, p, all);
    return fc_answer(tree, all, confidence);
}

/* Ia .45, II .25, TDE .1, RRLyr .05, EB .05, AGN .1: SN .7, transient .8. */
static void test_answers(void **state)
{
    (void)state;
    static const double p[CLASSES] = {.45, .25, .1, .05, .05, .1};
    fc_taxonomy tree;
    make(&tree, COMPACT, true);
    const int sn = fc_taxonomy_find(&tree, "SN"), transient = fc_taxonomy_find(&tree, "transient");
    assert_int_equal(answer(&tree, p, .4), 0);
    assert_int_equal(answer(&tree, p, .2), 0); /* of equally deep ones the most probable */
    assert_int_equal(answer(&tree, p, .5), sn);
    assert_int_equal(answer(&tree, p, .75), transient);
    assert_int_equal(answer(&tree, p, .85), -1);
    assert_string_equal(fc_answer_kind(&tree, 0), "class");
    assert_string_equal(fc_answer_kind(&tree, sn), "parent only");
    assert_string_equal(fc_answer_kind(&tree, -1), "unclear");
    assert_int_equal(fc_answer_judge(&tree, sn, 1), FC_ANSWER_RIGHT);
    assert_int_equal(fc_answer_judge(&tree, sn, 2), FC_ANSWER_WRONG);
    assert_int_equal(fc_answer_judge(&tree, 1, sn), FC_ANSWER_OPEN);
    assert_int_equal(fc_answer_judge(&tree, 2, sn), FC_ANSWER_WRONG);
    assert_int_equal(fc_answer_judge(&tree, transient, sn), FC_ANSWER_RIGHT);
    assert_int_equal(fc_answer_judge(&tree, -1, sn), FC_ANSWER_OPEN);
}

static void score(fc_answer_line *lines, const fc_taxonomy *tree, const double *p, const int *label,
                  double confidence)
{
    int said[4];
    for (int i = 0; i < 4; i++)
        said[i] = answer(tree, p + i * CLASSES, confidence);
    fc_answers_score(lines, tree, said, label, 4);
}

/* Four objects: Ia of .95 that is one, Ia of .6 (SN .9) that is II, RRLyr of .55 that is AGN, and one of
 * which nothing but SN is known, called II with .8. */
static void test_scores_of_answers(void **state)
{
    (void)state;
    static const double p[4 * CLASSES] = {.95, .05, 0,  0,   0, 0,   .6, .3, 0,  .1, 0, 0,
                                          0,   0,   .2, .55, 0, .25, .1, .8, .1, 0,  0, 0};
    fc_taxonomy tree;
    fc_answer_line lines[FC_ANSWER_LINES];
    make(&tree, COMPACT, true);
    const int label[4] = {0, 1, 5, fc_taxonomy_find(&tree, "SN")};
    score(lines, &tree, p, label, .5);
    assert_int_equal(lines[FC_ANSWERS_CLASS].objects, 4);
    assert_true(lines[FC_ANSWERS_CLASS].share == 1 &&
                fabs(lines[FC_ANSWERS_CLASS].precision - 1.0 / 3) < 1e-15);
    assert_true(isnan(lines[FC_ANSWERS_PARENT].precision));
    score(lines, &tree, p, label, .7);
    assert_int_equal(lines[FC_ANSWERS_CLASS].objects, 2);
    assert_int_equal(lines[FC_ANSWERS_PARENT].objects, 1);
    assert_int_equal(lines[FC_ANSWERS_UNCLEAR].objects, 1);
    assert_true(lines[FC_ANSWERS_ALL].share == .75 && lines[FC_ANSWERS_ALL].precision == 1);
    assert_true(lines[FC_ANSWERS_PARENT].precision == 1);
    const fc_answer_rule rule = fc_answers_choose(&tree, p, label, 4, .9),
                         none = fc_answers_choose(&tree, p, (int[]){5, 5, 5, 5}, 4, .9);
    assert_true(rule.confidence == .61 && rule.precision == 1 && rule.answered == .75);
    assert_true(none.confidence == .99 && none.answered == .5 && none.precision == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms), cmocka_unit_test(test_faults),
                                       cmocka_unit_test(test_sums_and_levels), cmocka_unit_test(test_answers),
                                       cmocka_unit_test(test_scores_of_answers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
