/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of texts, each with the index of its first appearance: an open-addressing hash. */
#include "lib/base/names.h"

#include "lib/base/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t hash_text(const char *text, size_t length)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    return (size_t)(h ^ (h >> 29));
}

static bool same_name(const nn_names *names, int i, const char *text, size_t length)
{
    return names->length[i] == length && memcmp(names->text[i], text, length) == 0;
}

static bool rehash(nn_names *names)
{
    const size_t count = names->bucket_count ? 2 * names->bucket_count : 64;
    int *bucket = calloc(count, sizeof *bucket);
    if (!bucket)
        return false;
    for (int i = 0; i < names->count; i++) {
        size_t at = hash_text(names->text[i], names->length[i]) & (count - 1);
        while (bucket[at])
            at = (at + 1) & (count - 1);
        bucket[at] = i + 1;
    }
    free(names->bucket);
    names->bucket = bucket;
    names->bucket_count = count;
    return true;
}

int nn_names_add(nn_names *names, const char *text, size_t length)
{
    const int after = names->last + 1 < names->count ? names->last + 1 : 0;
    if (names->count && same_name(names, names->last, text, length))
        return names->last;
    if (names->count && same_name(names, after, text, length))
        return names->last = after;
    if ((size_t)names->count * 2 >= names->bucket_count && !rehash(names))
        return -1;
    size_t at = hash_text(text, length) & (names->bucket_count - 1);
    for (; names->bucket[at]; at = (at + 1) & (names->bucket_count - 1))
        if (same_name(names, names->bucket[at] - 1, text, length))
            return names->last = names->bucket[at] - 1;
    if (names->count == names->room) {
        int room = names->room ? 2 * names->room : 16;
        char **more = nn_resize(names->text, (size_t)room, sizeof *more, 1);
        if (!more)
            return -1;
        names->text = more;
        size_t *lengths = nn_resize(names->length, (size_t)room, sizeof *lengths, 1);
        if (!lengths)
            return -1;
        names->length = lengths;
        names->room = room;
    }
    if (!(names->text[names->count] = nn_text_copy(text, length)))
        return -1;
    names->length[names->count] = length;
    names->bucket[at] = names->count + 1;
    return names->last = names->count++;
}

int nn_names_find(const nn_names *names, const char *text, size_t length)
{
    if (!names->bucket_count)
        return -1;
    size_t at = hash_text(text, length) & (names->bucket_count - 1);
    for (; names->bucket[at]; at = (at + 1) & (names->bucket_count - 1))
        if (same_name(names, names->bucket[at] - 1, text, length))
            return names->bucket[at] - 1;
    return -1;
}

void nn_names_drop_last(nn_names *names)
{
    if (names->count == 0)
        return;
    const int last = names->count - 1;
    size_t at = hash_text(names->text[last], names->length[last]) & (names->bucket_count - 1);
    while (names->bucket[at] != names->count)
        at = (at + 1) & (names->bucket_count - 1);
    names->bucket[at] = 0; /* none was put behind it on the way */
    free(names->text[last]);
    names->count = last;
    names->last = 0;
}

void nn_names_free(nn_names *names)
{
    for (int i = 0; i < names->count; i++)
        free(names->text[i]);
    free(names->text);
    free(names->length);
    free(names->bucket);
    *names = (nn_names){0};
}

int *nn_names_places(char *const *texts, int count, char *const *among, int others)
{
    nn_names names = {0};
    int *place = nn_resize(NULL, (size_t)count + 1, 1, sizeof *place), *of = NULL;
    bool fine = place && (of = nn_resize(NULL, (size_t)others + 1, 1, sizeof *of));
    for (int i = 0; i < others && fine; i++) {
        const int seen = names.count, at = nn_names_add(&names, among[i], strlen(among[i]));
        fine = at >= 0;
        if (fine && names.count > seen) /* the first of several that are alike */
            of[at] = i;
    }
    for (int i = 0; i < count && fine; i++) {
        const int at = nn_names_find(&names, texts[i], strlen(texts[i]));
        place[i] = at < 0 ? -1 : of[at];
    }
    nn_names_free(&names);
    free(of);
    if (fine)
        return place;
    free(place);
    return NULL;
}
