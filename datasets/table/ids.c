/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The series of a long file by the texts that name them. */
#include "datasets/table/table_internal.h"

#include <stdlib.h>
#include <string.h>

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
