/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores as JSON, by the tables of their metrics. */
#include "cli/output/scores_internal.h"

static json_t *value_json(const fc_metric *m, const void *record)
{
    const double value = fc_metric_value(m, record);
    return cli_metric_whole(m) ? json_integer((json_int_t)value) : nn_json_real(value);
}

static void metrics_json(json_t *object, const fc_metric *metrics, unsigned level, const void *record)
{
    for (const fc_metric *m = NULL; (m = fc_metric_next(metrics, m));)
        if (m->shown[FC_JSON] & level)
            nn_json_set(object, m->key, value_json(m, record));
}

static json_t *member_json(const fc_score_part *group, const void *forecaster, int member)
{
    json_t *object = json_object();
    char number[16];
    const char *name = cli_part_member(group, member, number);
    if (group->name_key && !group->name_last)
        nn_json_set(object, group->name_key, nn_json_text(name));
    metrics_json(object, group->metrics, group->level, fc_score_part_record(group, forecaster, member));
    if (group->name_key && group->name_last)
        nn_json_set(object, group->name_key, nn_json_text(name));
    return object;
}

/* One score of all members. */
static json_t *list_json(const fc_score_part *group, const fc_metric *m, const void *forecaster)
{
    json_t *list = json_array();
    for (int k = 0; k < group->count; k++)
        nn_json_append(list, value_json(m, fc_score_part_record(group, forecaster, k)));
    return list;
}

static json_t *matrix_json(const fc_score_part *part, const void *forecaster)
{
    const size_t *cell = fc_score_part_record(part, forecaster, 0);
    json_t *matrix = json_array();
    for (int i = 0; i < part->count; i++) {
        json_t *row = json_array();
        for (int j = 0; j < part->count; j++)
            nn_json_append(row, json_integer((json_int_t)*cell++));
        nn_json_append(matrix, row);
    }
    return matrix;
}

static json_t *group_json(const fc_score_part *group, const void *forecaster)
{
    if (group->layout == FC_MATRIX)
        return matrix_json(group, forecaster);
    json_t *all = group->json == FC_OBJECTS ? json_array() : json_object();
    if (group->json == FC_OBJECTS)
        for (int k = 0; k < group->count; k++)
            nn_json_append(all, member_json(group, forecaster, k));
    for (const fc_metric *m = NULL; group->json != FC_OBJECTS && (m = fc_metric_next(group->metrics, m));) {
        if (!(m->shown[FC_JSON] & group->level))
            continue;
        if (group->json == FC_LIST) {
            json_decref(all);
            return list_json(group, m, forecaster);
        }
        nn_json_set(all, m->key, list_json(group, m, forecaster));
    }
    return all;
}

static void part_json(json_t *object, const fc_score_part *part, const char *name, const void *forecaster)
{
    if (!part->metrics)
        nn_json_set(object, "name", nn_json_text(name));
    if (!cli_part_shown(part, FC_JSON))
        return;
    json_t *own = part->key && !part->size ? json_object() : NULL;
    if (part->size && part->key)
        nn_json_set(object, part->key, group_json(part, forecaster));
    else if (!part->size)
        metrics_json(own ? own : object, part->metrics, part->level,
                     fc_score_part_record(part, forecaster, 0));
    if (own)
        nn_json_set(object, part->key, own);
}

json_t *cli_scores_json(const fc_score_table *s)
{
    json_t *list = json_array();
    for (int i = 0; i < s->count; i++) {
        json_t *object = json_object();
        for (int p = 0; p < s->part_count; p++)
            part_json(object, &s->parts[p], s->name[i], s->record[i]);
        nn_json_append(list, object);
    }
    return list;
}

json_t *cli_scores_about(json_t *about, const fc_score_table *s)
{
    nn_json_set(about, "scores", cli_scores_json(s));
    return about;
}
