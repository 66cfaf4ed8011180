/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers in a tree of classes, and what they are worth. */
#include "forecast/statistics/classes/answers.h"

#include <math.h>

const char *const fc_answer_lines[FC_ANSWER_LINES] = {"class", "parent only", "unclear", "all answers"};

int fc_answer(const fc_taxonomy *tree, const double *all, double confidence)
{
    int best = -1;
    for (int n = 0; n < tree->nodes; n++) {
        const bool deeper = best < 0 || tree->depth[n] > tree->depth[best];
        if (all[n] >= confidence && (deeper || (tree->depth[n] == tree->depth[best] && all[n] > all[best])))
            best = n;
    }
    return best;
}

static int kind_of(const fc_taxonomy *tree, int answer)
{
    return answer < 0 ? FC_ANSWERS_UNCLEAR : answer < tree->leaves ? FC_ANSWERS_CLASS : FC_ANSWERS_PARENT;
}

const char *fc_answer_kind(const fc_taxonomy *tree, int answer)
{
    return fc_answer_lines[kind_of(tree, answer)];
}

fc_judgement fc_answer_judge(const fc_taxonomy *tree, int answer, int label)
{
    if (answer < 0)
        return FC_ANSWER_OPEN;
    if (fc_taxonomy_is_within(tree, label, answer))
        return FC_ANSWER_RIGHT;
    return fc_taxonomy_is_within(tree, answer, label) ? FC_ANSWER_OPEN : FC_ANSWER_WRONG;
}

typedef struct tally {
    size_t objects, judged, right;
} tally;

static void count(tally *t, fc_judgement judgement)
{
    t->objects++;
    t->judged += judgement != FC_ANSWER_OPEN;
    t->right += judgement == FC_ANSWER_RIGHT;
}

static fc_answer_line line_of(const tally *t, size_t objects)
{
    return (fc_answer_line){t->objects, objects ? (double)t->objects / (double)objects : NAN,
                            t->judged ? (double)t->right / (double)t->judged : NAN};
}

void fc_answers_score(fc_answer_line lines[FC_ANSWER_LINES], const fc_taxonomy *tree, const int *answer,
                      const int *label, size_t objects)
{
    tally tallies[FC_ANSWER_LINES] = {0};
    for (size_t i = 0; i < objects; i++) {
        const fc_judgement judgement = fc_answer_judge(tree, answer[i], label[i]);
        count(&tallies[kind_of(tree, answer[i])], judgement);
        if (answer[i] >= 0)
            count(&tallies[FC_ANSWERS_ALL], judgement);
    }
    for (int k = 0; k < FC_ANSWER_LINES; k++)
        lines[k] = line_of(&tallies[k], objects);
}

static tally try_confidence(const fc_taxonomy *tree, const double *p, const int *label, size_t objects,
                            double confidence)
{
    tally all = {0};
    for (size_t i = 0; i < objects; i++) {
        double sums[FC_MOST_NODES];
        fc_taxonomy_sums(tree, p + i * (size_t)tree->leaves, sums);
        const int answer = fc_answer(tree, sums, confidence);
        if (answer >= 0)
            count(&all, fc_answer_judge(tree, answer, label[i]));
    }
    return all;
}

fc_answer_rule fc_answers_choose(const fc_taxonomy *tree, const double *p, const int *label, size_t objects,
                                 double precision)
{
    fc_answer_rule rule = {NAN, NAN, NAN};
    for (int percent = 50; percent < 100; percent++) {
        const tally all = try_confidence(tree, p, label, objects, percent / 100.0);
        const fc_answer_line line = line_of(&all, objects);
        rule = (fc_answer_rule){percent / 100.0, line.precision, line.share};
        if (line.precision >= precision)
            break;
    }
    return rule;
}
