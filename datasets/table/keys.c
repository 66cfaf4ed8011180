/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole numbers of rows as stretches. */
#include "datasets/table/keys.h"

#include "lib/base/memory.h"

#include <stdlib.h>

/* From here on stretches that are short on average take more room than numbers. */
enum { FEW_STRETCHES = 4096, ROWS_PER_STRETCH = 4 };

static bool spread(ds_keys *k)
{
    size_t near = 0;
    k->each_room = k->rows + k->rows / 2 + 1024;
    int *each = nn_resize(NULL, k->each_room, sizeof *each, 1);
    if (!each)
        return false;
    for (size_t r = 0; r < k->rows; r++)
        each[r] = ds_keys_at(k, r, &near);
    free(k->stretch);
    k->stretch = NULL;
    k->each = each;
    return true;
}

static bool add_one(ds_keys *k, int value)
{
    if (k->rows == k->each_room) {
        const size_t room = k->each_room + k->each_room / 4;
        int *each = nn_resize(k->each, room, sizeof *each, 1);
        if (!each)
            return false;
        k->each = each;
        k->each_room = room;
    }
    k->each[k->rows++] = value;
    return true;
}

bool ds_keys_add(ds_keys *k, int value)
{
    if (k->each)
        return add_one(k, value);
    ds_stretch *last = k->count ? &k->stretch[k->count - 1] : NULL;
    if (last) {
        const size_t into = k->rows - last->row;
        if (into == 1)
            last->step = value - last->value;
        if (last->value + (int64_t)last->step * (int64_t)into == value) {
            k->rows++;
            return true;
        }
    }
    if (k->count > FEW_STRETCHES && k->count > k->rows / ROWS_PER_STRETCH)
        return spread(k) && add_one(k, value);
    if (k->count == k->room) {
        ds_stretch *more = nn_resize(k->stretch, 2 * k->room + 64, sizeof *more, 1);
        if (!more)
            return false;
        k->stretch = more;
        k->room = 2 * k->room + 64;
    }
    k->stretch[k->count++] = (ds_stretch){k->rows++, value, 0};
    return true;
}

int ds_keys_at(const ds_keys *k, size_t row, size_t *near)
{
    if (k->each)
        return k->each[row];
    size_t low = *near;
    if (low >= k->count || k->stretch[low].row > row ||
        (low + 1 < k->count && k->stretch[low + 1].row <= row)) {
        size_t high = k->count;
        low = low + 1 < k->count && k->stretch[low].row <= row ? low + 1 : 0;
        if (k->stretch[low].row > row)
            low = 0;
        while (high - low > 1) {
            const size_t middle = low + (high - low) / 2;
            if (k->stretch[middle].row <= row)
                low = middle;
            else
                high = middle;
        }
        *near = low;
    }
    const ds_stretch *s = &k->stretch[low];
    return (int)(s->value + (int64_t)s->step * (int64_t)(row - s->row));
}

void ds_keys_clear(ds_keys *k)
{
    free(k->stretch);
    free(k->each);
    *k = (ds_keys){0};
}
