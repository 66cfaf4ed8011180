/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What objects came to. */
#include "forecast/tasks/lightcurves/answers.h"

#include "lib/base/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void fc_slot_refuse(fc_slot *slot)
{
    slot->state = FC_SLOT_FAILED;
    slot->novelty = slot->distance = NAN;
    nn_fail(&slot->error, NN_BAD_DATA, "%.80s: lies too far from what the model was trained on", slot->id);
}

void fc_slot_check(fc_slot *slot, int classes)
{
    for (int c = 0; c < classes; c++)
        if (!isfinite(slot->probability[c])) {
            fc_slot_refuse(slot);
            return;
        }
}

/* What a slot came to; its numbers follow. */
typedef struct answer {
    fc_slot_state state;
    nn_error error;
    double novelty, distance;
} answer;

static size_t size_of(const fc_classifier *model)
{
    return sizeof(answer) + (4 * (size_t)model->classes + (size_t)model->width) * sizeof(double);
}

/* Numbers one way or the other; returns where the next ones are. NULL: there are none. */
static unsigned char *pass(unsigned char *at, double *numbers, int count, bool back)
{
    const size_t bytes = (size_t)count * sizeof *numbers;
    if (numbers && back)
        memcpy(numbers, at, bytes);
    else if (numbers)
        memcpy(at, numbers, bytes);
    return at + bytes;
}

static void pass_answer(unsigned char *at, fc_slot *slot, const fc_classifier *model, bool back)
{
    answer a = {slot->state, slot->error, slot->novelty, slot->distance};
    if (back)
        memcpy(&a, at, sizeof a);
    else
        memcpy(at, &a, sizeof a);
    slot->state = a.state;
    slot->error = a.error;
    slot->novelty = a.novelty;
    slot->distance = a.distance;
    at = pass(at + sizeof a, slot->probability, model->classes, back);
    at = pass(at, slot->nearest, model->classes, back);
    at = pass(at, slot->rival, model->classes, back);
    at = pass(at, slot->alone, model->classes, back);
    pass(at, slot->embedding, model->width, back);
}

int fc_slots_share(fc_slot *slots, int count, int batch, const fc_classifier *model, int code,
                   nn_error *error)
{
    const size_t size = size_of(model), chunks = ((size_t)count + (size_t)batch - 1) / (size_t)batch;
    size_t begin, end;
    unsigned char *room = calloc(chunks * (size_t)batch + 1, size);
    if (!room && !code)
        code = nn_no_memory(error);
    if (nn_ranks_any(code)) {
        free(room);
        return code ? code : nn_fail(error, NN_FAILED, "another rank has no memory");
    }
    nn_ranks_part(nn_rank(), chunks, &begin, &end);
    for (size_t i = begin * (size_t)batch; i < end * (size_t)batch && i < (size_t)count; i++)
        pass_answer(room + i * size, &slots[i], model, false);
    nn_ranks_share(room, chunks, size * (size_t)batch);
    for (size_t i = 0; i < (size_t)count; i++)
        pass_answer(room + i * size, &slots[i], model, true);
    free(room);
    return NN_OK;
}
