/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores, as the task that sees the data makes them. */
#include "forecast/score.h"

#include "lib/base/clock.h"

int fc_score(fc_scores **scores, const fc_score_request *request, nn_error *error)
{
    static const fc_kind simple = {0}; /* of no task: that of the data */
    const double start = nn_seconds();
    const fc_task *task =
        request->model ? request->model->task : fc_task_for(&simple, request->panel != NULL);
    *scores = NULL;
    const int code = task->score(scores, request, error);
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
