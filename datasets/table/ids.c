/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The series of a long file by the texts that name them. */
#include "datasets/table/table_internal.h"
#include "lib/base/nearest.h"

#include <stdlib.h>
#include <string.h>

/* Series that a message may name. */
enum { MOST_SHOWN = 200 };

static const char *join(ds_ingest *in, const ds_field *fields, size_t *length)
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

/* As options and tables name it: with slashes between the texts of several columns. */
static int find_shown(const nn_names *names, const char *text, size_t length)
{
    char shown[512];
    if (!memchr(text, DS_ID_BORDER, length) || length >= sizeof shown)
        return nn_names_find(names, text, length);
    for (size_t i = 0; i < length; i++)
        shown[i] = (char)(text[i] == DS_ID_BORDER ? '/' : text[i]);
    return nn_names_find(names, shown, length);
}

int ds_ids_take(ds_ingest *in, const ds_field *fields, int *id)
{
    size_t length = fields[in->id_column].length;
    const char *text = fields[in->id_column].text;
    if (in->id_columns_count > 1 && !(text = join(in, fields, &length)))
        return ds_ingest_no_memory(in);
    *id = -1;
    if (in->dropped.count && find_shown(&in->dropped, text, length) >= 0)
        return nn_names_add(&in->left_out, text, length) < 0 ? ds_ingest_no_memory(in) : NN_OK;
    if (in->chosen.count && find_shown(&in->chosen, text, length) < 0)
        return in->passed_over.count < MOST_SHOWN && nn_names_add(&in->passed_over, text, length) < 0
                   ? ds_ingest_no_memory(in)
                   : NN_OK;
    *id = nn_names_add(&in->ids, text, length);
    return *id < 0 ? ds_ingest_no_memory(in) : NN_OK;
}

/* The first of the asked names that is none of the found ones. */
static const char *missing_name(const nn_names *asked, const nn_names *found)
{
    int i = 0;
    while (i + 1 < asked->count && find_shown(found, asked->text[i], strlen(asked->text[i])) >= 0)
        i++;
    return asked->text[i];
}

static const char *suggest(const nn_names *found, const char *name, char near[300])
{
    return nn_suggestion(near, 300, name, strlen(name), (const char *const *)found->text, found->count);
}

int ds_ids_check(ds_ingest *in)
{
    char near[300];
    if (in->left_out.count < in->dropped.count)
        return nn_fail(
            in->error, NN_USAGE,
            "%s: --exclude: what names no column, such as '%.100s', must be a series, and %d of %d are not "
            "in the file%s",
            in->name, missing_name(&in->dropped, &in->left_out), in->dropped.count - in->left_out.count,
            in->dropped.count, suggest(&in->ids, missing_name(&in->dropped, &in->left_out), near));
    if (in->ids.count < in->chosen.count)
        return nn_fail(
            in->error, NN_USAGE,
            "%s: --columns: what names no column, such as '%.100s', must be a series, and %d of %d are not "
            "in the file%s",
            in->name, missing_name(&in->chosen, &in->ids), in->chosen.count - in->ids.count, in->chosen.count,
            suggest(&in->passed_over, missing_name(&in->chosen, &in->ids), near));
    return NN_OK;
}
