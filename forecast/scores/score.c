/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores, as the task that sees the data makes them. */
#include "forecast/scores/score.h"

#include "forecast/training/learnt.h"
#include "lib/base/clock.h"

#include <stdio.h>
#include <stdlib.h>

/* How many of the rows that are to be scored the model learnt from. */
static int count_learnt(size_t *learnt, size_t *rows, const fc_score_request *r, nn_error *error)
{
    *learnt = *rows = 0;
    if (!r->model || !r->rows || !r->split)
        return NN_OK;
    const ds_part *part = ds_split_part(r->split, r->part, error);
    const int code = part ? fc_learnt_count(learnt, r->model, r->rows, *part, error) : NN_USAGE;
    if (code)
        return code;
    *rows = part->end - part->begin;
    return !*learnt || r->learnt_too
               ? NN_OK
               : nn_fail(
                     error, NN_BAD_DATA,
                     "%s: %zu of the %zu rows of the %s part were trained on, so that scores of them tell "
                     "nothing of others; --part %s scores them all the same",
                     r->data, *learnt, *rows, r->part, r->part);
}

/* Scores of rows that the model knows are no success. */
static int label(fc_scores *s, size_t learnt, size_t rows, nn_error *error)
{
    const char *said = s->table[0].verdict ? s->table[0].verdict : "";
    if (asprintf(&s->verdict,
                 "%s%sThese rows were trained on, %zu of the %zu: their scores tell nothing of others.", said,
                 *said ? " " : "", learnt, rows) < 0) {
        s->verdict = NULL;
        return nn_no_memory(error);
    }
    s->table[0].verdict = s->verdict;
    s->table[0].good = 0;
    s->beats = false;
    nn_json_set(s->about, "trained_rows", json_integer((json_int_t)learnt));
    if (json_object_get(s->about, "verdict"))
        nn_json_set(s->about, "verdict", nn_json_text(s->verdict));
    return NN_OK;
}

int fc_score(fc_scores **scores, const fc_score_request *request, nn_error *error)
{
    static const fc_kind simple = {0}; /* of no task: that of the data */
    const double start = nn_seconds();
    const fc_task *task =
        request->model ? request->model->task : fc_task_for(&simple, request->panel != NULL);
    size_t learnt, rows;
    *scores = NULL;
    int code = count_learnt(&learnt, &rows, request, error);
    if (!code)
        code = task->score(scores, request, error);
    if (!code && learnt)
        code = label(*scores, learnt, rows, error);
    if (!code) {
        nn_json_set((*scores)->about, "seconds", nn_json_real(nn_seconds() - start));
        return NN_OK;
    }
    fc_scores_free(*scores);
    *scores = NULL;
    return code;
}

void fc_score_about(fc_scores *scores, const fc_score_request *request)
{
    json_t *about = scores->about;
    nn_json_set(about, "data", nn_json_text(request->data));
    nn_json_set(about, "model", nn_json_text(request->model ? request->model->kind->name : NULL));
    nn_json_set(about, "part", nn_json_text(request->part));
    nn_json_set(about, "split", nn_json_text(request->split_name));
}
