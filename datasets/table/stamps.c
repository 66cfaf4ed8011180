/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps by number. */
#include "datasets/table/stamps.h"

#include "lib/base/memory.h"

#include <limits.h>
#include <stdlib.h>

static size_t place_of(const ds_stamps *s, ds_time time)
{
    uint64_t hash = (uint64_t)time * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash >> 32) & (s->slots - 1);
    while (s->slot[at] && s->time[s->slot[at] - 1] != time)
        at = (at + 1) & (s->slots - 1);
    return at;
}

static bool grow(ds_stamps *s)
{
    const size_t room = 2 * s->room + 1024;
    ds_time *time = nn_resize(s->time, room, sizeof *time, 1);
    s->time = time ? time : s->time;
    int *slot = time ? calloc(2048 > 4 * s->slots ? 2048 : 4 * s->slots, sizeof *slot) : NULL;
    if (!slot)
        return false;
    free(s->slot);
    s->slot = slot;
    s->slots = 2048 > 4 * s->slots ? 2048 : 4 * s->slots;
    s->room = room;
    for (size_t i = 0; i < s->count; i++)
        s->slot[place_of(s, s->time[i])] = (int)i + 1;
    return true;
}

int ds_stamps_add(ds_stamps *s, ds_time time)
{
    const size_t next = (size_t)s->last + 1;
    if (next < s->count && s->time[next] == time)
        return ++s->last;
    if (s->count && s->time[s->last] == time)
        return s->last;
    if (s->count == s->room || 2 * s->count >= s->slots) {
        if (s->count >= INT_MAX / 2 || !grow(s))
            return -1;
    }
    const size_t place = place_of(s, time);
    if (!s->slot[place]) {
        s->time[s->count++] = time;
        s->slot[place] = (int)s->count;
    }
    return s->last = s->slot[place] - 1;
}

void ds_stamps_clear(ds_stamps *s)
{
    free(s->time);
    free(s->slot);
    *s = (ds_stamps){0};
}
