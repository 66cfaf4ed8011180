/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a caller's arrays, into what the rows of a file become. */
#include "datasets/table/frame.h"

#include "datasets/table/table_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* header only: no library at run time */
#include <xxhash.h>

static _Thread_local const ds_frame *lent;
static _Thread_local size_t lent_count;

void ds_frames_lend(const ds_frame *frames, size_t count)
{
    lent = frames;
    lent_count = count;
}

const ds_frame *ds_frame_find(const char *name)
{
    for (size_t i = 0; i < lent_count; i++)
        if (strcmp(lent[i].name, name) == 0)
            return &lent[i];
    return NULL;
}

static int timed(const ds_frame *frame)
{
    return frame->time_name != NULL;
}

ds_field *ds_frame_names(const ds_frame *frame, int *count)
{
    ds_field *names = nn_resize(NULL, (size_t)frame->columns + 1, sizeof *names, 1);
    *count = frame->columns + timed(frame);
    for (int i = 0; names && i < *count; i++) {
        const char *name = i < timed(frame) ? frame->time_name : frame->column[i - timed(frame)].name;
        names[i] = ds_field_of(name, strlen(name));
    }
    return names;
}

/* --- columns --- */

/* Texts are read where they name series or never change within one; else they are passed over as in a file.
 */
static int mark_texts(ds_ingest *in, const ds_frame *frame)
{
    for (int i = 0; i < frame->columns; i++) {
        const ds_frame_column *from = &frame->column[i];
        ds_column *c = &in->columns[i + timed(frame)];
        const char *first = from->words ? from->word[0] : "";
        if (from->value || c->role != DS_ROLE_OPEN)
            continue;
        if (c->asked)
            return nn_fail(in->error, NN_BAD_DATA,
                           "%s: column '%.200s' holds texts such as '%.60s', not numbers", in->name, c->name,
                           first);
        c->role = DS_ROLE_TEXT;
        memcpy(c->sample, first, strnlen(first, sizeof c->sample - 1));
    }
    return NN_OK;
}

static int begin(ds_ingest *in, const ds_frame *frame)
{
    int count;
    ds_field *names = ds_frame_names(frame, &count);
    int code = names ? NN_OK : ds_ingest_no_memory(in);
    in->typed = true;
    in->scan.delimiter = ',';
    if (!code && count > 0)
        code = ds_columns_from_header(in, names, count, 1);
    free(names);
    if (!code)
        code = ds_columns_start(in);
    if (!code)
        code = mark_texts(in, frame);
    if (!code && timed(frame)) {
        in->piece[0] = (ds_piece){.column = 0, .kind = DS_PIECE_STAMP};
        in->pieces = 1;
    }
    if (!code)
        code = ds_columns_begin(in, 1);
    in->started = in->begun;
    return code;
}

/* --- rows --- */

/* Numbers may name series and stores, too. */
enum { NUMBER = 32 };

static ds_field text_of(const ds_frame_column *from, size_t row, char number[NUMBER])
{
    const char *text = number;
    *number = '\0';
    if (!from->value)
        text = from->code[row] >= 0 && from->code[row] < from->words ? from->word[from->code[row]] : "";
    else if (!isnan(from->value[(ptrdiff_t)row * from->stride]))
        snprintf(number, NUMBER, "%.15g", from->value[(ptrdiff_t)row * from->stride]);
    return ds_field_of(text, strlen(text));
}

/* The series of a row, -1: it is not wanted; and what never changes within it. */
static int take_texts(ds_ingest *in, const ds_frame *frame, ds_field *fields, char (*numbers)[NUMBER],
                      size_t row, int *id)
{
    const int first = timed(frame);
    for (int i = 0; i < frame->columns; i++) {
        const ds_role role = in->columns[i + first].role;
        if (role != DS_ROLE_ID && role != DS_ROLE_STATIC)
            continue;
        fields[i + first] = text_of(&frame->column[i], row, numbers[i]);
        if (role == DS_ROLE_ID && !fields[i + first].length)
            return nn_fail(in->error, NN_BAD_DATA, "%s:%zu:%d: '%.200s' names no series", in->name, row + 2,
                           i + first + 1, in->columns[i + first].name);
    }
    const int code = ds_ids_take(in, fields, id);
    return code || *id < 0 ? code : ds_statics_take(in, fields, *id, row + 2);
}

static int take_values(ds_ingest *in, const ds_frame *frame, size_t row)
{
    double *to = in->values + in->rows * (size_t)in->width;
    for (int i = 0; i < frame->columns; i++) {
        ds_column *c = &in->columns[i + timed(frame)];
        if (c->slot < 0)
            continue;
        const double value = frame->column[i].value[(ptrdiff_t)row * frame->column[i].stride];
        if (isinf(value))
            return nn_fail(in->error, NN_BAD_DATA, "%s:%zu:%d: '%s' is not a finite number", in->name,
                           row + 2, i + timed(frame) + 1, value > 0 ? "inf" : "-inf");
        to[c->slot] = value;
        if (isnan(value))
            c->missing++;
        else
            c->role = DS_ROLE_NUMBER;
    }
    return NN_OK;
}

static int take_row(ds_ingest *in, const ds_frame *frame, ds_field *fields, char (*numbers)[NUMBER],
                    size_t row)
{
    const ds_time time = timed(frame) ? frame->time[row] : (ds_time)in->rows;
    int id = 0, code = NN_OK;
    if (in->id_column >= 0 && ((code = take_texts(in, frame, fields, numbers, row, &id)) || id < 0))
        return code;
    if ((code = take_values(in, frame, row)))
        return code;
    if (in->id_column >= 0)
        code = ds_long_take(in, time, id);
    else
        in->time[in->rows] = time;
    in->rows += code == NN_OK;
    return code;
}

static int take_rows(ds_ingest *in, const ds_frame *frame)
{
    const size_t rows = frame->rows ? frame->rows : 1;
    ds_field *fields = calloc((size_t)frame->columns + 1, sizeof *fields);
    char(*numbers)[NUMBER] = calloc((size_t)frame->columns + 1, sizeof *numbers);
    in->values = nn_resize(NULL, rows, (size_t)in->width, sizeof *in->values);
    in->time = in->id_column < 0 ? nn_resize(NULL, rows, sizeof *in->time, 1) : NULL;
    in->runs = nn_resize(NULL, 1, sizeof *in->runs, 1);
    int code = fields && numbers && in->values && in->runs && (in->time || in->id_column >= 0)
                   ? NN_OK
                   : ds_ingest_no_memory(in);
    in->room = rows;
    if (in->runs)
        in->runs[in->run_count++] = (ds_line_run){0, 2};
    for (size_t row = 0; row < frame->rows && !code; row++)
        code = take_row(in, frame, fields, numbers, row);
    free(fields);
    free(numbers);
    return code;
}

/* Of the stamps and values in place of a file's bytes. */
static uint64_t fingerprint(const ds_ingest *in, const ds_frame *frame)
{
    uint64_t hash = XXH64(in->values, in->rows * (size_t)in->width * sizeof *in->values, 0);
    return timed(frame) ? XXH64(frame->time, frame->rows * sizeof *frame->time, hash) : hash;
}

/* Stamps as a file would have them. */
static void settle_format(ds_ingest *in, const ds_frame *frame)
{
    ds_time_format *f = &in->table->layout.format;
    if (frame->counted) {
        f->kind = DS_TIME_STEP;
        return;
    }
    *f = (ds_time_format){
        .kind = DS_TIME_ISO, .separator = '-', .padded = true, .hour_padded = true, .seconds = true};
    for (size_t r = 0; r < frame->rows && !f->joint; r++)
        f->joint = frame->time[r] % DS_DAY ? ' ' : '\0';
    for (size_t r = 0; r < frame->rows && !f->fraction; r++)
        f->fraction = frame->time[r] % DS_SECOND ? 6 : 0;
}

static int check_stamps(ds_ingest *in, const ds_frame *frame)
{
    const ds_time least = ds_time_from(&(ds_civil){.year = 1, .month = 1, .day = 1});
    const ds_time end = ds_time_from(&(ds_civil){.year = 10000, .month = 1, .day = 1});
    for (size_t r = 0; timed(frame) && !frame->counted && r < frame->rows; r++)
        if (frame->time[r] < least || frame->time[r] >= end)
            return nn_fail(
                in->error, NN_BAD_DATA,
                "%s:%zu:1: %lld is no time stamp of the years 1 to 9999, in microseconds since 1970",
                in->name, r + 2, (long long)frame->time[r]);
    return NN_OK;
}

int ds_frame_take(ds_ingest *in, const ds_frame *frame)
{
    int code = begin(in, frame);
    if (!code)
        code = check_stamps(in, frame);
    if (!code)
        code = take_rows(in, frame);
    if (code)
        return code;
    if (timed(frame))
        settle_format(in, frame);
    in->scan.lines = frame->rows + 1;
    in->scan.hash = fingerprint(in, frame);
    return NN_OK;
}
