/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of numbers that say nothing but where in the calendar a row stands. */
#include "datasets/table/plan/plan.h"
#include "datasets/text/time_names.h"
#include "datasets/time/calendar.h"

#include <stdlib.h>
#include <string.h>

/* The stamps of the rows of the sample; *times NULL where they do not all read. */
static int read_times(ds_ingest *in, ds_plan_rows rows, ds_time **times, size_t *count)
{
    nn_error ignored = {0}, *own = in->error;
    ds_field *fields = nn_resize(NULL, (size_t)in->count, sizeof *fields, 1);
    const char *given = in->options->time_format ? in->options->time_format
                        : *in->time_format       ? in->time_format
                                                 : NULL;
    ds_time_reader *reader = ds_time_reader_new(given, &ignored);
    *times = nn_resize(NULL, rows.sample->row_count + 1, sizeof **times, 1);
    *count = 0;
    if (!fields || !*times || !reader) {
        free(fields);
        free(*times);
        *times = NULL;
        ds_time_reader_free(reader);
        return ds_ingest_no_memory(in);
    }
    int code = NN_OK;
    in->error = &ignored;
    in->reader = reader;
    for (size_t r = rows.first; r < rows.sample->row_count && !code; r++) {
        if (rows.sample->rows[r].count != in->count)
            continue;
        for (int i = 0; i < in->count; i++) {
            const ds_text t = ds_sample_cell(rows.sample, r, i);
            fields[i] = ds_field_of(t.text, t.length);
        }
        const ds_field *f = &fields[in->piece[0].column];
        code = in->pieces > 1 ? ds_pieces_read(in, fields, 0, *times + *count)
                              : ds_time_reader_add(reader, f->text, f->length, *times + *count, &ignored);
        ++*count;
    }
    ds_time_format format = {0};
    if (!code && in->piece[0].kind == DS_PIECE_STAMP)
        code = ds_time_reader_finish(reader, *times, *count, &format, &ignored);
    const ds_time zone = ds_time_zone(&format);
    for (size_t i = 0; i < *count; i++)
        (*times)[i] += zone;
    in->error = own;
    in->reader = NULL;
    ds_time_reader_free(reader);
    free(fields);
    if (code || format.kind == DS_TIME_STEP) {
        free(*times);
        *times = NULL;
    }
    return NN_OK;
}

/* Where the values of a part begin again; 0: nowhere. */
static int part_of(char part, const ds_civil *c, int *period)
{
    *period = strchr("mqHw", part) ? (int[]){12, 4, 24, 7}[strchr("mqHw", part) - "mqHw"] : 0;
    switch (part) {
    case 'Y':
        return c->year;
    case 'q':
        return (c->month + 2) / 3;
    case 'm':
        return c->month;
    case 'd':
        return c->day;
    case 'j':
        return c->year_day;
    case 'V':
        return c->iso_week;
    case 'H':
        return c->hour;
    case 'M':
        return c->minute;
    default:
        return c->weekday;
    }
}

static bool follows(ds_plan_rows rows, int columns, int column, const ds_time *times, char part)
{
    long first = 0;
    size_t n = 0;
    for (size_t r = rows.first; r < rows.sample->row_count; r++) {
        if (rows.sample->rows[r].count != columns)
            continue;
        const ds_civil c = ds_civil_from(times[n]);
        const ds_text t = ds_sample_cell(rows.sample, r, column);
        int period;
        const int wanted = part_of(part, &c, &period);
        long away = t.length < 8 ? strtol(t.text, NULL, 10) - wanted : 100000;
        if (period)
            away = (long)ds_floor_mod(away, period);
        first = n++ ? first : away;
        if (away != first)
            return false;
    }
    return n >= 3;
}

static char calendar_part(const ds_ingest *in, ds_plan_rows rows, int column, const ds_time *times)
{
    static const char parts[] = "mqdHwVjMY";
    for (const char *p = parts; *p; p++)
        if (follows(rows, in->count, column, times, *p))
            return *p;
    return 0;
}

static bool is_asked(const ds_ingest *in, const ds_evidence *all, int i)
{
    const ds_column *c = &in->columns[i];
    for (int p = 0; p < in->pieces; p++)
        if (in->piece[p].column == i)
            return false;
    return c->role == DS_ROLE_OPEN && !c->asked && all[i].values >= 3 && all[i].whole == all[i].values &&
           all[i].missing == 0 && ds_name_is_calendar(c->name);
}

int ds_plan_leave_calendar_out(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all)
{
    ds_time *times = NULL;
    size_t count = 0;
    int first = 0, code = NN_OK;
    while (first < in->count && !is_asked(in, all, first))
        first++;
    if (first == in->count || in->pieces == 0 || in->options->keep_calendar ||
        in->piece[0].kind == DS_PIECE_DAY_NUMBER || strcmp(in->time_format, "step") == 0)
        return NN_OK;
    code = read_times(in, rows, &times, &count);
    for (int i = first; i < in->count && times && !code; i++) {
        if (!is_asked(in, all, i) || !calendar_part(in, rows, i, times))
            continue;
        in->columns[i].role = DS_ROLE_OUT;
        code = ds_reason_add(in, DS_REASON_SAID, "--columns",
                             "'%.100s' says no more than the stamps do and is left out", in->columns[i].name);
    }
    free(times);
    return code;
}
