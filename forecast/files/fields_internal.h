/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the values of a field stand, for the files that write and read them. */
#ifndef FC_FIELDS_INTERNAL_H
#define FC_FIELDS_INTERNAL_H

#include "forecast/files/fields.h"

#include <stdint.h>
#include <string.h>

/* Frees what one field owns. */
void fc_field_clear(const fc_field *f, void *state);

static inline void *pointer_at(const void *at)
{
    void *pointer;
    memcpy(&pointer, at, sizeof pointer);
    return pointer;
}

static inline void set_pointer(void *at, void *pointer)
{
    memcpy(at, &pointer, sizeof pointer);
}

static inline bool is_part(const fc_field *f)
{
    return f->type == FC_OBJECT || f->type == FC_GROUP;
}

static inline bool is_list(const fc_field *f)
{
    return f->rules & FC_MANY || f->type == FC_ENTRIES;
}

static inline bool sets_count(const fc_field *f)
{
    return f->type == FC_ENTRIES || f->type == FC_STRING;
}

static inline int *count_at(const fc_field *f, const void *state)
{
    return (int *)((char *)state + f->count_offset);
}

static inline size_t count_of(const fc_field *f, const void *state)
{
    return f->count ? f->count(state) : (size_t)*count_at(f, state);
}

/* Of one value. */
static inline size_t width_of(const fc_field *f)
{
    static const size_t widths[FC_GROUP + 1] = {
        [FC_FLAG] = 1,
        [FC_NUMBER] = sizeof(int),
        [FC_SIZE] = sizeof(size_t),
        [FC_REAL] = sizeof(double),
        [FC_STRING] = sizeof(char *),
        [FC_CHOICE] = sizeof(int),
        [FC_HASH] = sizeof(uint64_t),
    };
    return f->size && (f->type != FC_STRING || f->rules & FC_HERE) ? f->size : widths[f->type];
}

/* The i-th value of a list; of entries that are no structs there is none. */
static inline void *value_at(const fc_field *f, const void *state, size_t i)
{
    char *at = (char *)state + f->offset;
    return (f->rules & FC_HERE ? at : (char *)pointer_at(at)) + i * width_of(f);
}

static inline void *member_at(const fc_field *entries, const fc_field *member, const void *state, size_t i)
{
    return entries->size ? (char *)value_at(entries, state, i) + member->offset : value_at(member, state, i);
}

/* Where an owning pointer of the state stands; NULL: the field has none. */
static inline void *owner_at(const fc_field *f, const void *state)
{
    const bool points = is_part(f) || (f->type == FC_ENTRIES && f->size) ||
                        ((f->rules & FC_MANY || f->type == FC_STRING) && !(f->rules & FC_HERE));
    return points ? (char *)state + f->offset : NULL;
}

#endif
