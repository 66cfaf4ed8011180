/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranks samples by how hard they are. */
#include "forecast/training/curriculum.h"

#include <stdlib.h>

typedef struct ranked {
    double hardness;
    size_t sample;
} ranked;

static int by_hardness(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    const int harder = (x->hardness > y->hardness) - (x->hardness < y->hardness);
    return harder ? harder : (x->sample > y->sample) - (x->sample < y->sample);
}

static int rank_samples(size_t *easiest, const fc_model *model, const fc_lesson *lesson, nn_error *error)
{
    const size_t count = lesson->train.count;
    double *each = malloc(count * sizeof *each);
    ranked *all = malloc(count * sizeof *all);
    if (each && all) {
        model->task->hardness(lesson, each);
        for (size_t i = 0; i < count; i++)
            all[i] = (ranked){each[i], i};
        qsort(all, count, sizeof *all, by_hardness);
        for (size_t i = 0; i < count; i++)
            easiest[i] = all[i].sample;
    }
    const int code = each && all ? NN_OK : nn_no_memory(error);
    free(each);
    free(all);
    return code;
}

int fc_curriculum_order(size_t **easiest, const fc_model *model, const fc_lesson *lesson, nn_error *error)
{
    const fc_training *training = &model->record.training;
    *easiest = NULL;
    if (training->curriculum != FC_EASY_FIRST)
        return NN_OK;
    if (!model->task->hardness)
        return nn_fail(error, NN_USAGE,
                       "--curriculum easy-first: nothing tells how hard the samples of %s are",
                       model->kind->name);
    if (training->epochs < 2)
        return nn_fail(error, NN_USAGE, "--curriculum easy-first takes --epochs 2 or more");
    *easiest = malloc(lesson->train.count * sizeof **easiest);
    return *easiest ? rank_samples(*easiest, model, lesson, error) : nn_no_memory(error);
}
