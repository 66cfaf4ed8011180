/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of classes at the levels of their tree. */
#include "forecast/scores/classes/class_levels.h"

#include "lib/base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OF(name) offsetof(fc_level_line, name)
#define SHOWN    FC_SHOW(FC_PART, FC_PART, FC_PART)
const fc_metric fc_level_metrics[] = {
    {"level", "level", NULL, OF(level), FC_INT, 0, FC_SHOW(0, FC_PART, 0)},
    {"classes", "classes", NULL, OF(classes), FC_COUNT, 0, FC_SHOW(FC_PART, FC_PART, 0)},
    {"objects", "objects", NULL, OF(objects), FC_COUNT, 0, SHOWN},
    {"accuracy", "accuracy", NULL, OF(accuracy), 4, 1, SHOWN},
    {"recall", "balanced", NULL, OF(recall), 4, 1, SHOWN},
    {"f1", "F1", NULL, OF(f1), 4, 1, SHOWN},
    {"auc", "AUC", NULL, OF(auc), 4, 1, FC_SHOW(0, FC_PART, FC_PART)},
    {"log_loss", "log-loss", NULL, OF(log_loss), 4, -1, SHOWN},
    {"cross_entropy", "cross-entropy", NULL, OF(cross_entropy), 4, -1, FC_SHOW(0, FC_PART, FC_PART)},
    {"answered", "answered", NULL, OF(answered), 4, 0, SHOWN},
    {"answer_precision", "of these right", NULL, OF(answer_precision), 4, 1, SHOWN},
    {0}};
#undef OF
#define OF(name) offsetof(fc_answer_line, name)
const fc_metric fc_answer_metrics[] = {{"objects", "objects", NULL, OF(objects), FC_COUNT, 0, SHOWN},
                                       {"share", "share", NULL, OF(share), 4, 0, SHOWN},
                                       {"precision", "right", NULL, OF(precision), 4, 1, SHOWN},
                                       {0}};
const fc_metric fc_answered_metrics[] = {
    {"answered", "answered", NULL, OF(share), 4, 0, FC_SHOW(0, FC_WHOLE, FC_WHOLE)},
    {"answer_precision", "of these right", NULL, OF(precision), 4, 1, FC_SHOW(0, FC_WHOLE, FC_WHOLE)},
    {0}};

/* --- the levels --- */

int fc_levels_new(fc_levels **out, const fc_taxonomy *tree, const char *const *classes, nn_error *error)
{
    *out = NULL;
    if (!tree || !tree->nodes)
        return NN_OK;
    fc_levels *self = *out = calloc(1, sizeof *self);
    if (!self)
        return nn_no_memory(error);
    self->tree = tree;
    self->count = tree->levels;
    for (int k = 0; k < self->count; k++) {
        fc_level *l = &self->level[k];
        l->classes = fc_taxonomy_level(tree, k + 1, l->node, l->place);
        for (int c = 0; c < l->classes; c++)
            l->name[c] = fc_taxonomy_name(tree, classes, l->node[c]);
    }
    for (int i = 0; i < tree->nodes - tree->leaves; i++)
        self->parent[i] = tree->name[tree->nodes - tree->leaves - 1 - i];
    return NN_OK;
}

size_t fc_levels_gather(const fc_levels *levels, int level, const double *p, const int *label, size_t count,
                        double *q, int *known)
{
    const fc_level *l = &levels->level[level];
    const size_t leaves = (size_t)levels->tree->leaves;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        double all[FC_MOST_NODES];
        if (l->place[label[i]] < 0)
            continue;
        fc_taxonomy_sums(levels->tree, p + i * leaves, all);
        for (int c = 0; c < l->classes; c++)
            q[n * (size_t)l->classes + (size_t)c] = all[l->node[c]];
        known[n++] = l->place[label[i]];
    }
    return n;
}

int fc_levels_base(const fc_levels *levels, const int *label, size_t count)
{
    size_t most = 0;
    int base = 0;
    for (int k = levels->count - 1; k >= 0; k--) {
        size_t known = 0;
        for (size_t i = 0; i < count; i++)
            known += levels->level[k].place[label[i]] >= 0;
        if (known && k == levels->count - 1)
            return k;
        base = known > most ? k : base;
        most = known > most ? known : most;
    }
    return base;
}

void fc_levels_answer(const fc_levels *levels, int *answer, const double *p, size_t count, double confidence)
{
    for (size_t i = 0; i < count; i++) {
        double all[FC_MOST_NODES];
        fc_taxonomy_sums(levels->tree, p + i * (size_t)levels->tree->leaves, all);
        answer[i] = fc_answer(levels->tree, all, confidence);
    }
}

/* --- scores --- */

/* What is scored, and room for one level of it. */
typedef struct scoring {
    const fc_levels *levels;
    const double *p;
    const int *label, *answer;
    size_t count;
    double *q;
    int *known;
} scoring;

static void score_answers(fc_level_line *line, const scoring *s, int level)
{
    const int *place = s->levels->level[level].place;
    size_t answered = 0, right = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (place[s->label[i]] < 0 || s->answer[i] < 0 || place[s->answer[i]] < 0)
            continue;
        answered++;
        right += place[s->answer[i]] == place[s->label[i]];
    }
    line->answered = line->objects ? (double)answered / (double)line->objects : NAN;
    line->answer_precision = answered ? (double)right / (double)answered : NAN;
}

/* Lines of the names that stand above classes, from the scores of a level. */
static void take_parents(fc_level_scores *to, const fc_levels *levels, int level,
                         const struct fc_class_line *line)
{
    const fc_taxonomy *tree = levels->tree;
    for (int c = 0; c < levels->level[level].classes; c++) {
        const int node = levels->level[level].node[c];
        if (node >= tree->leaves && tree->depth[node] == level + 1)
            to->parent[tree->nodes - 1 - node] = line[c];
    }
}

static int score_level(fc_level_scores *to, const scoring *s, int level, nn_error *error)
{
    const fc_level *l = &s->levels->level[level];
    const size_t classes = (size_t)l->classes;
    fc_level_line *line = &to->line[level];
    fc_class_score score = {0};
    *line = (fc_level_line){level + 1, 0, classes, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!(to->confusion[level] = calloc(classes * classes, sizeof(size_t))))
        return nn_no_memory(error);
    line->objects = fc_levels_gather(s->levels, level, s->p, s->label, s->count, s->q, s->known);
    if (!line->objects)
        return NN_OK;
    const fc_class_data data = {.p = s->q, .label = s->known, .count = line->objects, .classes = l->classes};
    const int code = fc_class_score_make(&score, &data, error);
    if (code)
        return code;
    line->accuracy = score.accuracy;
    line->recall = score.recall;
    line->f1 = score.f1;
    line->auc = score.auc;
    line->log_loss = score.log_loss;
    line->cross_entropy = score.cross_entropy;
    memcpy(to->confusion[level], score.confusion, classes * classes * sizeof(size_t));
    take_parents(to, s->levels, level, score.line);
    score_answers(line, s, level);
    fc_class_score_clear(&score);
    return NN_OK;
}

int fc_level_scores_make(fc_level_scores *to, const fc_levels *levels, const double *p, const int *label,
                         const int *answer, size_t count, nn_error *error)
{
    const fc_taxonomy *tree = levels->tree;
    scoring s = {levels, p, label, answer, count, NULL, NULL};
    *to = (fc_level_scores){0};
    s.q = nn_resize(NULL, count, (size_t)tree->leaves, sizeof *s.q);
    s.known = nn_resize(NULL, count, sizeof *s.known, 1);
    to->line = calloc((size_t)levels->count, sizeof *to->line);
    to->parent = calloc((size_t)(tree->nodes - tree->leaves), sizeof *to->parent);
    to->answer = calloc(FC_ANSWER_LINES, sizeof *to->answer);
    int code = s.q && s.known && to->line && to->parent && to->answer ? NN_OK : nn_no_memory(error);
    for (int i = 0; i < tree->nodes - tree->leaves && !code; i++)
        to->parent[i] = (struct fc_class_line){0, 0, NAN, NAN, NAN, NAN, NAN, NAN};
    for (int k = 0; k < levels->count && !code; k++)
        code = score_level(to, &s, k, error);
    if (!code) {
        fc_answers_score(to->answer, tree, answer, label, count);
        to->all = to->answer[FC_ANSWERS_ALL];
    }
    free(s.q);
    free(s.known);
    return code;
}

void fc_level_scores_clear(fc_level_scores *s)
{
    free(s->line);
    free(s->parent);
    free(s->answer);
    for (int k = 0; k < FC_TAXONOMY_LEVELS; k++)
        free(s->confusion[k]);
    *s = (fc_level_scores){0};
}
