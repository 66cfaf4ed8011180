/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers in a tree of classes, and what they are worth. */
#include "forecast/statistics/answers.h"

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

void fc_answers_score(fc_answer_line lines[FC_ANSWER_LINES], const fc_taxonomy *tree, const double *p,
                      const int *label, size_t count, double confidence)
{
    size_t judged[FC_ANSWER_LINES] = {0}, right[FC_ANSWER_LINES] = {0};
    for (int k = 0; k < FC_ANSWER_LINES; k++)
        lines[k] = (fc_answer_line){0};
    for (size_t i = 0; i < count; i++) {
        double all[FC_MOST_NODES];
        fc_taxonomy_sums(tree, p + i * (size_t)tree->leaves, all);
        const int answer = fc_answer(tree, all, confidence), kind = kind_of(tree, answer);
        const fc_judgement judgement = fc_answer_judge(tree, answer, label[i]);
        lines[kind].objects++;
        lines[FC_ANSWERS_ALL].objects += answer >= 0;
        judged[kind] += judgement != FC_ANSWER_OPEN;
        right[kind] += judgement == FC_ANSWER_RIGHT;
        judged[FC_ANSWERS_ALL] += judgement != FC_ANSWER_OPEN;
        right[FC_ANSWERS_ALL] += judgement == FC_ANSWER_RIGHT;
    }
    for (int k = 0; k < FC_ANSWER_LINES; k++) {
        lines[k].share = count ? (double)lines[k].objects / (double)count : NAN;
        lines[k].precision = judged[k] ? (double)right[k] / (double)judged[k] : NAN;
    }
}

fc_answer_rule fc_answers_choose(const fc_taxonomy *tree, const double *p, const int *label, size_t count,
                                 double precision)
{
    fc_answer_rule rule = {NAN, NAN, NAN};
    for (int percent = 99; percent >= 50; percent--) {
        fc_answer_line lines[FC_ANSWER_LINES];
        fc_answers_score(lines, tree, p, label, count, percent / 100.0);
        const fc_answer_line *all = &lines[FC_ANSWERS_ALL];
        if (percent < 99 && all->precision < precision) /* NaN: nothing was answered */
            break;
        rule = (fc_answer_rule){percent / 100.0, all->precision, all->share};
        if (all->precision < precision)
            break;
    }
    return rule;
}
