/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The series of a long file by the texts that name them. */
#include "datasets/table/ingest.h"

#include <stdlib.h>
#include <string.h>

static size_t hash_text(const char *text, size_t length)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    return (size_t)(h ^ (h >> 29));
}

static bool same_id(const ds_ids *ids, int i, const char *text, size_t length)
{
    return strlen(ids->text[i]) == length && memcmp(ids->text[i], text, length) == 0;
}

static bool rehash(ds_ids *ids)
{
    const size_t count = ids->bucket_count ? 2 * ids->bucket_count : 64;
    int *bucket = calloc(count, sizeof *bucket);
    if (!bucket)
        return false;
    for (int i = 0; i < ids->count; i++) {
        size_t at = hash_text(ids->text[i], strlen(ids->text[i])) & (count - 1);
        while (bucket[at])
            at = (at + 1) & (count - 1);
        bucket[at] = i + 1;
    }
    free(ids->bucket);
    ids->bucket = bucket;
    ids->bucket_count = count;
    return true;
}

int ds_ids_find(ds_ids *ids, const char *text, size_t length)
{
    if (ids->count && same_id(ids, ids->last, text, length))
        return ids->last;
    if ((size_t)ids->count * 2 >= ids->bucket_count && !rehash(ids))
        return -1;
    size_t at = hash_text(text, length) & (ids->bucket_count - 1);
    for (; ids->bucket[at]; at = (at + 1) & (ids->bucket_count - 1))
        if (same_id(ids, ids->bucket[at] - 1, text, length))
            return ids->last = ids->bucket[at] - 1;
    if (ids->count == ids->room) {
        int room = ids->room ? 2 * ids->room : 16;
        char **more = ds_ingest_resize(ids->text, (size_t)room, sizeof *more, 1);
        if (!more)
            return -1;
        ids->text = more;
        ids->room = room;
    }
    if (!(ids->text[ids->count] = ds_ingest_copy(text, length)))
        return -1;
    ids->bucket[at] = ids->count + 1;
    return ids->last = ids->count++;
}

int ds_ids_lookup(const ds_ids *ids, const char *text, size_t length)
{
    if (!ids->bucket_count)
        return -1;
    size_t at = hash_text(text, length) & (ids->bucket_count - 1);
    for (; ids->bucket[at]; at = (at + 1) & (ids->bucket_count - 1))
        if (same_id(ids, ids->bucket[at] - 1, text, length))
            return ids->bucket[at] - 1;
    return -1;
}

const char *ds_ids_join(ds_ingest *in, const ds_field *fields, size_t *length)
{
    size_t room = 0;
    for (int i = 0; i < in->id_columns_count; i++)
        room += fields[in->id_columns[i]].length + 1;
    if (room > in->joined_room) {
        char *joined = realloc(in->joined, 2 * room);
        if (!joined)
            return NULL;
        in->joined = joined;
        in->joined_room = 2 * room;
    }
    char *to = in->joined;
    for (int i = 0; i < in->id_columns_count; i++) {
        const ds_field *f = &fields[in->id_columns[i]];
        if (i)
            *to++ = DS_ID_BORDER;
        memcpy(to, f->text, f->length);
        to += f->length;
    }
    *length = (size_t)(to - in->joined);
    return in->joined;
}

void ds_ids_free(ds_ids *ids)
{
    for (int i = 0; i < ids->count; i++)
        free(ids->text[i]);
    free(ids->text);
    free(ids->bucket);
    *ids = (ds_ids){0};
}
