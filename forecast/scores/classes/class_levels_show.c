/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a table of classifiers shows of the levels of their classes. */
#include "forecast/scores/classes/class_levels.h"
#include "forecast/scores/classes/classes.h"

static void add(fc_score_table *t, fc_score_part part)
{
    t->parts[t->part_count++] = part;
}

static void add_matrices(fc_score_table *t, const fc_levels *levels, size_t offset)
{
    static const char *const keys[FC_TAXONOMY_LEVELS] = {
        "confusion_level_1", "confusion_level_2", "confusion_level_3", "confusion_level_4",
        "confusion_level_5", "confusion_level_6", "confusion_level_7", "confusion_level_8",
        "confusion_level_9", "confusion_level_10"};
    static const char *const headings[FC_TAXONOMY_LEVELS] = {
        "level 1, called", "level 2, called", "level 3, called", "level 4, called", "level 5, called",
        "level 6, called", "level 7, called", "level 8, called", "level 9, called", "level 10, called"};
    for (int k = 0; k + 1 < levels->count; k++)
        add(t, (fc_score_part){.metrics = fc_class_line_metrics,
                               .offset = offset + offsetof(fc_level_scores, confusion[0]) +
                                         (size_t)k * sizeof(size_t *),
                               .level = FC_EACH,
                               .only = 1 << FC_TEXT | 1 << FC_JSON,
                               .key = keys[k],
                               .heading = headings[k],
                               .size = sizeof(size_t),
                               .count = levels->level[k].classes,
                               .names = levels->level[k].name,
                               .layout = FC_MATRIX});
}

void fc_levels_show(fc_score_table *t, const fc_levels *levels, size_t offset, bool whole)
{
    add(t, (fc_score_part){.metrics = fc_level_metrics,
                           .offset = offset + offsetof(fc_level_scores, line),
                           .level = FC_PART,
                           .key = "levels",
                           .ids = {whole ? "*" : "level", whole ? "" : "*"},
                           .size = sizeof(fc_level_line),
                           .count = levels->count,
                           .heading = ">level",
                           .layout = FC_LONG});
    if (!whole)
        return;
    add(t, (fc_score_part){.metrics = fc_answered_metrics,
                           .offset = offset + offsetof(fc_level_scores, all),
                           .level = FC_WHOLE});
    add(t, (fc_score_part){.metrics = fc_answer_metrics,
                           .offset = offset + offsetof(fc_level_scores, answer),
                           .level = FC_PART,
                           .only = 1 << FC_TEXT | 1 << FC_JSON,
                           .key = "answers",
                           .size = sizeof(fc_answer_line),
                           .count = FC_ANSWER_LINES,
                           .heading = "answer",
                           .names = fc_answer_lines,
                           .name_key = "answer",
                           .layout = FC_FIRST});
    add(t, (fc_score_part){.metrics = fc_class_line_metrics,
                           .offset = offset + offsetof(fc_level_scores, parent),
                           .level = FC_EACH,
                           .key = "parents",
                           .ids = {"", "*"},
                           .size = sizeof(struct fc_class_line),
                           .count = levels->tree->nodes - levels->tree->leaves,
                           .heading = "parent",
                           .names = levels->parent,
                           .name_key = "name",
                           .layout = FC_FIRST});
    add_matrices(t, levels, offset);
}
