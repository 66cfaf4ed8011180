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
    slot->novelty = NAN;
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

/* What a slot came to; probabilities and those of the baseline follow. */
typedef struct answer {
    fc_slot_state state;
    nn_error error;
    double novelty;
} answer;

static size_t size_of(int classes)
{
    return sizeof(answer) + 2 * (size_t)classes * sizeof(double);
}

static void write_answer(unsigned char *to, const fc_slot *slot, int classes)
{
    const size_t bytes = (size_t)classes * sizeof(double);
    const answer a = {slot->state, slot->error, slot->novelty};
    memcpy(to, &a, sizeof a);
    memcpy(to + sizeof a, slot->probability, bytes);
    if (slot->nearest)
        memcpy(to + sizeof a + bytes, slot->nearest, bytes);
}

static void read_answer(fc_slot *slot, const unsigned char *from, int classes)
{
    const size_t bytes = (size_t)classes * sizeof(double);
    answer a;
    memcpy(&a, from, sizeof a);
    slot->state = a.state;
    slot->error = a.error;
    slot->novelty = a.novelty;
    memcpy(slot->probability, from + sizeof a, bytes);
    if (slot->nearest)
        memcpy(slot->nearest, from + sizeof a + bytes, bytes);
}

int fc_slots_share(fc_slot *slots, int count, int batch, int classes, int code, nn_error *error)
{
    const size_t size = size_of(classes), chunks = ((size_t)count + (size_t)batch - 1) / (size_t)batch;
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
        write_answer(room + i * size, &slots[i], classes);
    nn_ranks_share(room, chunks, size * (size_t)batch);
    for (size_t i = 0; i < (size_t)count; i++)
        read_answer(&slots[i], room + i * size, classes);
    free(room);
    return NN_OK;
}
