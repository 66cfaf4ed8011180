/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps by number. */
#include "datasets/table/stamps.h"

#include "lib/base/memory.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static size_t place_of(const ds_stamps *s, ds_time time)
{
    uint64_t hash = (uint64_t)time * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)((hash >> 32) * s->slots >> 32);
    while (s->slot[at] && s->time[s->slot[at] - 1] != time)
        at = at + 1 < s->slots ? at + 1 : 0;
    return at;
}

/* At most two thirds full, and little larger than that: a table of few series has nearly as many stamps. */
static bool is_crowded(const ds_stamps *s)
{
    return 3 * s->count >= 2 * s->slots;
}

static bool hash_all(ds_stamps *s)
{
    const size_t slots = 2 * s->count < 2048 ? 2048 : 2 * s->count;
    int *slot = nn_resize(s->slot, slots, sizeof *slot, 1); /* grown in place where that can be */
    if (!slot)
        return false;
    memset(slot, 0, slots * sizeof *slot);
    s->slot = slot;
    s->slots = slots;
    for (size_t i = 0; i < s->count; i++) {
        const size_t place = place_of(s, s->time[i]);
        if (!s->slot[place])
            s->slot[place] = (int)i + 1;
    }
    return true;
}

static bool append(ds_stamps *s, ds_time time)
{
    if (s->count == s->room) {
        const size_t room = s->room + s->room / 2 + 256;
        ds_time *more = s->count < INT_MAX / 2 ? nn_resize(s->time, room, sizeof *more, 1) : NULL;
        if (!more)
            return false;
        s->time = more;
        s->room = room;
    }
    s->time[s->count++] = time;
    return true;
}

static size_t search(const ds_stamps *s, ds_time time)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->time[middle] < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int ds_stamps_add(ds_stamps *s, ds_time time)
{
    const size_t next = (size_t)s->last + 1;
    if (next < s->count && s->time[next] == time)
        return ++s->last;
    if (s->count && s->time[s->last] == time)
        return s->last;
    if (!s->slot) {
        const size_t at = search(s, time);
        if (at == s->count && !append(s, time))
            return -1;
        if (s->time[at] == time)
            return s->last = (int)at;
    }
    if (is_crowded(s) && !hash_all(s))
        return -1;
    const size_t place = place_of(s, time);
    if (!s->slot[place]) {
        if (!append(s, time))
            return -1;
        s->slot[place] = (int)s->count;
    }
    return s->last = s->slot[place] - 1;
}

bool ds_stamps_rise(const ds_stamps *s)
{
    for (size_t i = 1; i < s->count; i++)
        if (s->time[i - 1] >= s->time[i])
            return false;
    return true;
}

bool ds_stamps_renew(ds_stamps *s)
{
    free(s->slot);
    s->slot = NULL;
    s->slots = 0;
    return ds_stamps_rise(s) || hash_all(s);
}

ds_time *ds_stamps_hand_over(ds_stamps *s)
{
    ds_time *time = s->time;
    s->time = NULL;
    ds_stamps_clear(s);
    return time;
}

void ds_stamps_clear(ds_stamps *s)
{
    free(s->time);
    free(s->slot);
    *s = (ds_stamps){0};
}
