/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of a long file that never change within a series, such as the region of a store: read as text. */
#include "datasets/table/table_internal.h"
#include "datasets/text/encoding.h"
#include "datasets/time/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ds_statics_clear(ds_statics *s)
{
    for (int i = 0; i < s->count; i++)
        free(s->name[i]);
    for (int i = 0; i < s->series * s->count; i++)
        free(s->text[i]);
    free(s->name);
    free(s->text);
    *s = (ds_statics){0};
}

/* The columns that the option names. */
int ds_statics_find(ds_ingest *in)
{
    const char *cursor = in->options->statics, *item;
    size_t length;
    while (nn_list_next(&cursor, &item, &length)) {
        const int column = ds_column_find(in, item, length, in->id_column < 0);
        ds_statics *s = &in->statics;
        if (in->id_column < 0)
            return nn_fail(in->error, NN_USAGE,
                           "%s: --static '%.*s': only in a long file are there columns that never change "
                           "within a series; --id names the column of series",
                           in->name, (int)(length < 200 ? length : 200), item);
        if (column < 0)
            return ds_column_unknown(in, "--static", item, length);
        if (in->columns[column].role != DS_ROLE_OPEN)
            return nn_fail(in->error, NN_USAGE, "%s: column '%.200s' cannot be both static and %s", in->name,
                           in->columns[column].name,
                           in->columns[column].role == DS_ROLE_ID       ? "the name of a series"
                           : in->columns[column].role == DS_ROLE_STATIC ? "static once more"
                                                                        : "left out");
        int *columns = nn_resize(in->static_columns, (size_t)s->count + 1, sizeof *columns, 1);
        in->static_columns = columns ? columns : in->static_columns;
        char **names = columns ? nn_resize(s->name, (size_t)s->count + 1, sizeof *names, 1) : NULL;
        s->name = names ? names : s->name;
        const char *name = in->columns[column].name;
        if (!names || !(names[s->count] = nn_text_copy(name, strlen(name))))
            return ds_ingest_no_memory(in);
        columns[s->count++] = column;
        in->columns[column].role = DS_ROLE_STATIC;
    }
    return NN_OK;
}

/* 10 and 10.0 are the same. */
static bool is_same(const ds_ingest *in, const char *known, const char *text, size_t length)
{
    double a, b;
    const bool comma = in->options->decimal_comma;
    if (strlen(known) == length && memcmp(known, text, length) == 0)
        return true;
    return ds_number_parse(known, strlen(known), comma, &a) == DS_NUMBER_OK &&
           ds_number_parse(text, length, comma, &b) == DS_NUMBER_OK && a == b;
}

static int fail_change(ds_ingest *in, int id, int i, const char *known, const char *text, size_t line)
{
    char series[200];
    snprintf(series, sizeof series, "%s", in->ids.text[id]);
    for (char *p = series; (p = strchr(p, DS_ID_BORDER)); p++)
        *p = '/';
    return nn_fail(in->error, NN_BAD_DATA,
                   "%s:%zu:%d: static column '%.100s' of series '%s' changes from '%.60s' to '%.60s'; what "
                   "changes is no --static",
                   in->name, line, in->static_columns[i] + 1, in->statics.name[i], series, known, text);
}

static int take_one(ds_ingest *in, int id, int i, const ds_field *field, size_t line)
{
    char **to = &in->statics.text[id * in->statics.count + i];
    bool recoded = false;
    size_t length = field->length;
    const char *from = field->text;
    for (; length && from[0] == ' '; from++)
        length--;
    while (length && from[length - 1] == ' ')
        length--;
    if (ds_missing_word(from, length, in->options->missing) || (*to && is_same(in, *to, from, length)))
        return NN_OK;
    char *text = ds_name_copy(from, length, &recoded);
    if (!text)
        return ds_ingest_no_memory(in);
    if (!*to) {
        *to = text;
        return NN_OK;
    }
    const int code = strcmp(*to, text) == 0 ? NN_OK : fail_change(in, id, i, *to, text, line);
    free(text);
    return code;
}

int ds_statics_take(ds_ingest *in, const ds_field *fields, int id, size_t line)
{
    ds_statics *s = &in->statics;
    int code = NN_OK;
    if (s->count && id >= s->series) {
        const size_t room = 2 * (size_t)id + 16, width = (size_t)s->count, before = (size_t)s->series * width;
        char **text = nn_resize(s->text, room, width, sizeof *text);
        if (!text)
            return ds_ingest_no_memory(in);
        memset(text + before, 0, (room * width - before) * sizeof *text);
        s->text = text;
        s->series = (int)room;
    }
    for (int i = 0; i < s->count && !code; i++)
        code = take_one(in, id, i, &fields[in->static_columns[i]], line);
    return code;
}
