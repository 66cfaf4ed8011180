/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One whole number for each row of a long file, kept as stretches in which it grows by the same step: the
 * rows of a series follow each other in nearly all files, and so do its stamps. Where they do not, one by
 * one, in as few bits as the largest needs: a dense table of N series and T stamps then takes log2(N T) bits
 * a row beside its values' 64. */
#ifndef DS_KEYS_H
#define DS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ds_stretch {
    size_t row; /* the first */
    int value, step;
} ds_stretch;

typedef struct ds_keys {
    size_t rows;
    int most; /* the largest so far */
    ds_stretch *stretch;
    size_t count, room; /* of stretches; 0 where there are bits */
    uint8_t *bits;      /* not NULL: every row's, in place of stretches; key r at bit r x width */
    int width;
    size_t bit_room; /* bytes */
} ds_keys;

/* The next row's, 0 or more; false without memory. */
bool ds_keys_add(ds_keys *keys, int value);
/* Looks for the row's stretch, or its bits; *near: the stretch that was found. */
int ds_keys_search(const ds_keys *keys, size_t row, size_t *near);

/* near: a stretch to look at first, updated; 0 at first. */
static inline int ds_keys_at(const ds_keys *keys, size_t row, size_t *near)
{
    if (*near + 1 < keys->count) {
        const ds_stretch *s = &keys->stretch[*near];
        if (row - s->row < s[1].row - s->row) /* before it, the difference is huge */
            return s->value + s->step * (int)(row - s->row);
    }
    return ds_keys_search(keys, row, near);
}

void ds_keys_clear(ds_keys *keys);

#endif
