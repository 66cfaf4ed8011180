/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which scores a form shows of a forecaster, and in what order. */
#include "cli/output/scores_internal.h"

#include "lib/base/text.h"

#include <math.h>
#include <string.h>

bool cli_part_shown(const fc_score_part *part, fc_form form)
{
    return part->metrics && part->level && (!part->only || part->only & 1U << form);
}

const char *cli_part_member(const fc_score_part *part, int member, char text[16])
{
    if (part->names)
        return part->names[member];
    snprintf(text, 16, "%d", member + 1);
    return text;
}

bool cli_metric_whole(const fc_metric *m)
{
    return m->digits == FC_COUNT || m->digits == FC_INT;
}

/* Where a key stands in a list; behind all of them where it does not. */
static int place_in(const char *list, const char *key)
{
    const char *cursor = list, *item;
    size_t length;
    int place = 0;
    for (; nn_list_next(&cursor, &item, &length); place++)
        if (strlen(key) == length && strncmp(key, item, length) == 0)
            break;
    return place;
}

static void add_column(cli_column *columns, int *count, cli_column new, const char *order)
{
    const int place = place_in(order, new.metric->key);
    int at = *count;
    if (at == CLI_MOST_COLUMNS)
        return;
    for (; at > 0 && place_in(order, columns[at - 1].metric->key) > place; at--)
        columns[at] = columns[at - 1];
    columns[at] = new;
    ++*count;
}

/* Whether any forecaster has the score. */
static bool is_known(const fc_score_table *s, const fc_score_part *part, const fc_metric *m)
{
    for (int i = 0; i < s->count; i++)
        if (!isnan(fc_metric_value(m, fc_score_part_record(part, s->record[i], 0))))
            return true;
    return false;
}

int cli_columns_find(cli_column columns[CLI_MOST_COLUMNS], const fc_score_table *s, fc_form form, int sheet,
                     int block)
{
    int count = 0;
    bool has_row = false;
    for (int i = 0; i < s->part_count; i++) {
        const fc_score_part *part = &s->parts[i];
        const bool apart = form == FC_CSV && part->ids[0] && has_row;
        if (!cli_part_shown(part, form) || part->size || apart || (form == FC_TEXT && part->sheet != sheet))
            continue;
        has_row = has_row || part->ids[0];
        for (const fc_metric *m = NULL; (m = fc_metric_next(part->metrics, m));)
            if ((m->shown[form] & part->level) && (form != FC_TEXT || m->block == block) &&
                !(form == FC_TEXT && m->optional && !is_known(s, part, m)))
                add_column(columns, &count, (cli_column){part, m}, s->order[form]);
    }
    return count;
}
