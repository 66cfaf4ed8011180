/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of the columns, from one line or several. */
#include "datasets/table/plan/plan.h"
#include "datasets/text/shape.h"
#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>

/* Without the # that marks a comment. */
static ds_text unhashed(ds_text t)
{
    while (t.length && (*t.text == '#' || *t.text == ' ' || *t.text == '\t')) {
        t.text++;
        t.length--;
    }
    return t;
}

static bool is_empty(ds_plan_rows rows, int columns, int column)
{
    for (size_t r = rows.first; r < rows.sample->row_count; r++)
        if (rows.sample->rows[r].count == columns && ds_sample_cell(rows.sample, r, column).length)
            return false;
    return true;
}

/* Several lines of names as pandas writes the columns of several levels: the last holds nothing but the name
 * of the first column. */
static bool has_levels(const ds_sample *s, const ds_shape *shape)
{
    if (shape->header_rows < 2)
        return false;
    const size_t last = shape->names + shape->header_rows - 1;
    for (int i = 1; i < shape->columns; i++)
        if (ds_sample_cell(s, last, i).length)
            return false;
    return ds_sample_cell(s, last, 0).length > 0;
}

static bool is_same(ds_text a, ds_text b)
{
    return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/* A line of groups above the line of names, as of merged cells: it leaves cells empty or says the same again,
 * and the other fills all. */
static bool has_groups(const ds_sample *s, const ds_shape *shape)
{
    bool again = false;
    if (shape->header_rows != 2 || shape->columns < 3)
        return false;
    for (int i = 1; i < shape->columns; i++) {
        const ds_text group = ds_sample_cell(s, shape->names, i);
        if (!ds_sample_cell(s, shape->names + 1, i).length)
            return false;
        again |= group.length == 0 || (i > 1 && is_same(group, ds_sample_cell(s, shape->names, i - 1)));
    }
    return again &&
           (ds_sample_cell(s, shape->names, 0).length || ds_sample_cell(s, shape->names + 1, 0).length);
}

/* Group and name of each column; a group that is empty goes on. */
static int name_groups(ds_ingest *in, const ds_sample *s, const ds_shape *shape, ds_field *fields, char *text,
                       size_t room)
{
    size_t used = 0;
    ds_text group = {"", 0};
    for (int i = 0; i < shape->columns; i++) {
        const ds_text above = ds_sample_cell(s, shape->names, i),
                      name = ds_sample_cell(s, shape->names + 1, i);
        const bool alone = i == 0; /* the time, or what names the rows */
        group = above.length ? above : group;
        const ds_text parts[] = {alone && name.length ? (ds_text){"", 0} : group, name};
        const size_t from = used;
        for (int k = 0; k < 2; k++) {
            if (parts[k].length == 0 || used + parts[k].length + 2 > room)
                continue;
            if (used > from)
                text[used++] = '/';
            memcpy(text + used, parts[k].text, parts[k].length);
            used += parts[k].length;
        }
        group = alone ? (ds_text){"", 0} : group;
        fields[i] = ds_field_of(text + from, used - from);
    }
    return ds_reason_add(in, DS_REASON_SAID, NULL, "names stand in 2 lines, such as '%s'",
                         NN_SHOWN(60, fields[1].text, fields[1].length));
}

static bool is_constant(const ds_sample *s, size_t row, int columns)
{
    const ds_text a = ds_sample_cell(s, row, 1);
    for (int i = 2; i < columns; i++) {
        const ds_text b = ds_sample_cell(s, row, i);
        if (a.length != b.length || memcmp(a.text, b.text, a.length) != 0)
            return false;
    }
    return columns > 2 && a.length > 0;
}

/* The level that is the same everywhere is the subject of the file; of the others the names are put together.
 */
static int name_levels(ds_ingest *in, const ds_sample *s, const ds_shape *shape, ds_field *fields, char *text,
                       size_t room)
{
    const size_t last = shape->names + shape->header_rows - 1;
    size_t used = 0, subject = SIZE_MAX;
    for (size_t r = shape->names + 1; r < last; r++)
        if (is_constant(s, r, shape->columns))
            subject = r;
    for (int i = 0; i < shape->columns; i++) {
        const size_t from = used;
        for (size_t r = i == 0 ? last : shape->names; r < (i == 0 ? last + 1 : last); r++) {
            const ds_text t = ds_sample_cell(s, r, i);
            if (r == subject || used + t.length + 2 > room)
                continue;
            if (used > from)
                text[used++] = '/';
            memcpy(text + used, t.text, t.length);
            used += t.length;
        }
        fields[i] = ds_field_of(text + from, used - from);
    }
    if (subject == SIZE_MAX)
        return ds_reason_add(in, DS_REASON_SAID, NULL, "names stand in %zu lines", shape->header_rows);
    const ds_text t = ds_sample_cell(s, subject, 1);
    in->table->layout.subject = nn_text_copy(t.text, t.length);
    if (!in->table->layout.subject)
        return ds_ingest_no_memory(in);
    return ds_reason_add(in, DS_REASON_SAID, NULL, "names stand in %zu lines; all columns are of '%.100s'",
                         shape->header_rows, in->table->layout.subject);
}

static int note_rows(ds_ingest *in, const ds_sample *s, const ds_shape *shape)
{
    const size_t names = shape->names == SIZE_MAX ? shape->first : shape->names;
    int code = NN_OK;
    bool comments = true;
    for (size_t r = 0; r < names; r++)
        comments = comments && ds_sample_cell(s, r, 0).length && *ds_sample_cell(s, r, 0).text == '#';
    if (names > 0 && names < s->row_count && !comments)
        code =
            ds_reason_add(in, DS_REASON_SAID, "--skip",
                          "the lines before line %zu are no rows and are passed over", s->rows[names].line);
    if (!code && shape->hashed)
        code = ds_reason_add(in, DS_REASON_SAID, NULL, "the names stand behind the # of line %zu",
                             s->rows[shape->names].line);
    if (!code && shape->header_rows > 1 && !has_levels(s, shape) && !has_groups(s, shape))
        code = ds_reason_add(
            in, DS_REASON_SAID, NULL,
            shape->header_rows > 2
                ? "the lines from %zu on below the names hold no values (units?) and are passed over"
                : "line %zu holds no values (units?) and is passed over",
            s->rows[shape->names + 1].line);
    return code;
}

int ds_plan_names(ds_ingest *in, const ds_sample *s, const ds_shape *shape)
{
    int count = shape->columns, code = note_rows(in, s, shape);
    const ds_plan_rows rows = {s, shape->first};
    if (code)
        return code;
    if (shape->names == SIZE_MAX)
        return ds_columns_numbered(in, count);
    in->short_names = shape->short_names;
    if ((code = ds_plan_refuse_torn(in, s, shape)))
        return code;
    size_t room = 16;
    for (size_t r = shape->names; r < shape->names + shape->header_rows; r++)
        for (int i = 0; i < count; i++)
            room += ds_sample_cell(s, r, i).length + 2;
    room *= 2; /* a group is told for each of its columns */
    ds_field *fields = nn_resize(NULL, (size_t)count, sizeof *fields, 1);
    char *text = malloc(room);
    if (!fields || !text) {
        code = ds_ingest_no_memory(in);
    } else if (has_levels(s, shape)) {
        code = name_levels(in, s, shape, fields, text, room);
    } else if (has_groups(s, shape)) {
        code = name_groups(in, s, shape, fields, text, room);
    } else {
        for (int i = 0; i < count; i++) {
            const int from = i - shape->short_names + shape->hash_apart;
            ds_text t = from < 0 ? (ds_text){"", 0} : ds_sample_cell(s, shape->names, from);
            if (i == 0 && shape->hashed)
                t = unhashed(t);
            fields[i] = ds_field_of(t.text, t.length);
        }
    }
    if (!code)
        code = ds_columns_from_header(in, fields, count, s->rows[shape->names].line);
    for (int i = 0; i < count && !code; i++)
        if (!*in->columns[i].name && is_empty(rows, count, i))
            in->columns[i].role = DS_ROLE_OUT;
    free(fields);
    free(text);
    return code;
}
