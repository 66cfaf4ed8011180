/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of scores: filled, and freed with what they lie in. */
#include "forecast/scores/score_table.h"

#include <stdlib.h>

void fc_score_table_add(fc_score_table *table, const char *name, const void *record)
{
    if (table->count == FC_MOST_SCORED)
        return;
    table->name[table->count] = name;
    table->record[table->count++] = record;
}

const void *fc_score_part_record(const fc_score_part *part, const void *forecaster, int member)
{
    const char *at = (const char *)forecaster + part->offset;
    return part->size ? *(const char *const *)at + (size_t)member * part->size : at;
}

int fc_window_view_make(fc_window_view *v, int series, int horizon, size_t seen, nn_error *error)
{
    const size_t n = (size_t)series, size = n * (size_t)horizon + 1;
    *v = (fc_window_view){.series = series, .horizon = horizon, .seen = seen};
    v->names = calloc(n + 1, sizeof *v->names);
    v->history = calloc(seen * n + 1, sizeof *v->history);
    v->truth = calloc(size, sizeof *v->truth);
    v->forecast = calloc(size, sizeof *v->forecast);
    v->naive = calloc(size, sizeof *v->naive);
    v->time = calloc(seen + (size_t)horizon + 1, sizeof *v->time);
    if (v->names && v->history && v->truth && v->forecast && v->naive && v->time)
        return NN_OK;
    fc_window_view_clear(v);
    return nn_fail(error, NN_FAILED, "no memory for a picture");
}

void fc_window_view_clear(fc_window_view *v)
{
    free(v->names);
    free(v->history);
    free(v->truth);
    free(v->forecast);
    free(v->naive);
    free(v->time);
    *v = (fc_window_view){0};
}

int fc_scores_new(fc_scores **scores, int tables, size_t state_size, void (*clear)(void *), nn_error *error)
{
    fc_scores *s = *scores = calloc(1, sizeof *s);
    if (!s)
        return nn_no_memory(error);
    s->count = tables;
    s->about = json_object();
    s->table = calloc((size_t)tables + 1, sizeof *s->table);
    s->state = calloc(1, state_size);
    s->clear = s->state ? clear : NULL;
    if (s->about && s->table && s->state)
        return NN_OK;
    fc_scores_free(s);
    *scores = NULL;
    return nn_no_memory(error);
}

void fc_scores_free(fc_scores *s)
{
    if (!s)
        return;
    for (int i = 0; s->table && i < s->count; i++)
        json_decref(s->table[i].about);
    if (s->clear)
        s->clear(s->state);
    free(s->state);
    for (int k = 0; s->fold && k < s->folds; k++)
        free(s->fold[k].columns);
    free(s->fold);
    json_decref(s->about);
    free(s->table);
    free(s->verdict);
    free(s);
}
