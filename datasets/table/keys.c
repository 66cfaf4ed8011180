/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole numbers by row, as stretches of equal step or bit by bit. */
#include "datasets/table/keys.h"

#include "lib/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* So many stretches are always allowed. */
enum { FEW_STRETCHES = 1024, STRETCH_BITS = 8 * sizeof(ds_stretch) };

static int width_of(int value)
{
    int width = 1;
    while (width < 31 && value >> width)
        width++;
    return width;
}

static uint64_t word_at(const uint8_t *bits, size_t bit)
{
    uint64_t word;
    memcpy(&word, bits + bit / 8, sizeof word);
    return word >> bit % 8;
}

static int get(const uint8_t *bits, int width, size_t row)
{
    return (int)(word_at(bits, row * (size_t)width) & ((UINT64_C(1) << width) - 1));
}

/* A width is at most 31 bits, so that a key with the bits before it fits into a word. */
static void put(uint8_t *bits, int width, size_t row, int value)
{
    const size_t bit = row * (size_t)width;
    const uint64_t mask = ((UINT64_C(1) << width) - 1) << bit % 8;
    uint64_t word;
    memcpy(&word, bits + bit / 8, sizeof word);
    word = (word & ~mask) | (uint64_t)value << bit % 8;
    memcpy(bits + bit / 8, &word, sizeof word);
}

static bool make_room(ds_keys *k, int width)
{
    const size_t need = (k->rows + 1) * (size_t)width / 8 + 1 + sizeof(uint64_t);
    if (need <= k->bit_room)
        return true;
    const size_t room = need + need / 4 + 1024;
    uint8_t *bits = nn_resize(k->bits, room, 1, 1);
    if (!bits)
        return false;
    k->bits = bits;
    k->bit_room = room;
    return true;
}

/* From the last row back, for a wider key stands behind where it stood. */
static bool widen(ds_keys *k, int width)
{
    if (!make_room(k, width))
        return false;
    for (size_t r = k->rows; r-- > 0;)
        put(k->bits, width, r, get(k->bits, k->width, r));
    k->width = width;
    return true;
}

static bool add_one(ds_keys *k, int value)
{
    const int width = width_of(value);
    if (width > k->width ? !widen(k, width) : !make_room(k, k->width))
        return false;
    put(k->bits, k->width, k->rows++, value);
    return true;
}

static bool holds(const ds_keys *k, size_t stretch, size_t row)
{
    return k->stretch[stretch].row <= row && (stretch + 1 == k->count || row < k->stretch[stretch + 1].row);
}

/* The stretch of a row: the next one, or where it would be were all of a length, or by halves. */
static size_t stretch_of(const ds_keys *k, size_t row, size_t near)
{
    if (near < k->count && holds(k, near, row))
        return near;
    if (near + 1 < k->count && holds(k, near + 1, row))
        return near + 1;
    const size_t even = (size_t)((double)row / (double)k->rows * (double)k->count);
    if (even < k->count && holds(k, even, row))
        return even;
    size_t low = 0, high = k->count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (k->stretch[middle].row <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int stretch_at(const ds_keys *k, size_t row, size_t *near)
{
    *near = stretch_of(k, row, *near);
    const ds_stretch *s = &k->stretch[*near];
    return (int)(s->value + (int64_t)s->step * (int64_t)(row - s->row));
}

/* From stretches to bits. */
static bool spread(ds_keys *k)
{
    size_t near = 0;
    const int width = width_of(k->most);
    if (!make_room(k, width))
        return false;
    for (size_t r = 0; r < k->rows; r++)
        put(k->bits, width, r, stretch_at(k, r, &near));
    k->width = width;
    free(k->stretch);
    k->stretch = NULL;
    k->count = k->room = 0;
    return true;
}

static bool add_stretch(ds_keys *k, int value)
{
    if (k->count == k->room) {
        const size_t room = k->room + k->room / 2 + 64;
        ds_stretch *more = nn_resize(k->stretch, room, sizeof *more, 1);
        if (!more)
            return false;
        k->stretch = more;
        k->room = room;
    }
    k->stretch[k->count++] = (ds_stretch){k->rows++, value, 0};
    return true;
}

bool ds_keys_add(ds_keys *k, int value)
{
    k->most = value > k->most ? value : k->most;
    if (k->bits)
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
    if (k->count > FEW_STRETCHES && k->count * STRETCH_BITS > k->rows * (size_t)width_of(k->most))
        return spread(k) && add_one(k, value);
    return add_stretch(k, value);
}

int ds_keys_search(const ds_keys *k, size_t row, size_t *near)
{
    return k->bits ? get(k->bits, k->width, row) : stretch_at(k, row, near);
}

void ds_keys_clear(ds_keys *k)
{
    free(k->stretch);
    free(k->bits);
    *k = (ds_keys){0};
}
