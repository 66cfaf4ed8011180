/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One stamp from several columns, read and prepared for writing. */
#include "datasets/table/table_internal.h"
#include "datasets/time/decimal.h"
#include "datasets/time/pattern.h"
#include "datasets/time/reader.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DAYS = 1000000 };

static int refuse(ds_ingest *in, const ds_piece *piece, const ds_field *f, size_t line, const char *what)
{
    return nn_fail(in->error, NN_BAD_DATA, "%s:%zu:%d: '%s' is not %s", in->name, line, piece->column + 1,
                   NN_SHOWN(60, f->text, f->length), what);
}

static const char *name_of(const char *pattern)
{
    static const struct {
        const char *pattern, *name;
    } names[] = {{"%Y", "a year"},
                 {"%G", "a year"},
                 {"%q", "a quarter"},
                 {"%-m", "a month"},
                 {"%-V", "a week"},
                 {"%-d", "a day of the month"},
                 {"%-j", "a day of the year"},
                 {"%-H", "an hour"},
                 {"%-M", "a minute"},
                 {"%-S", "a second"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(pattern, names[i].pattern) == 0)
            return names[i].name;
    return "a time of day such as 07:50";
}

static int read_whole(ds_ingest *in, const ds_piece *piece, const ds_field *f, size_t line, double least,
                      double most, const char *what, int *value)
{
    double number;
    if (ds_number_parse(f->text, f->length, false, &number) != DS_NUMBER_OK || number != floor(number) ||
        number < least || number > most)
        return refuse(in, piece, f, line, what);
    *value = (int)number;
    return NN_OK;
}

/* Midnight may be written 24:00. */
static bool ends_day(const ds_pattern_parts *p)
{
    return p->hour == 24 && p->minute == 0 && p->second == 0;
}

/* 1330 is half past one; of a period that ends then, its begin. */
static int read_clock_number(ds_ingest *in, const ds_piece *piece, const ds_field *f, size_t line,
                             ds_pattern_parts *parts)
{
    const bool seconds = strncmp(piece->pattern, "hhmmss", 6) == 0;
    const int periods = seconds ? 0 : atoi(piece->pattern + 4);
    static const char what[] = "a time of day as a number such as 730 or 1545";
    int value = 0;
    const int code = read_whole(in, piece, f, line, periods ? 1 : 0, seconds ? 240000 : 2400, what, &value);
    if (code)
        return code;
    parts->second = seconds ? value % 100 : 0;
    value = seconds ? value / 100 : value;
    if (value % 100 > 59 || parts->second > 59)
        return refuse(in, piece, f, line, what);
    const int minute = value / 100 * 60 + value % 100 - (periods ? 1440 / periods : 0);
    if (minute < 0)
        return refuse(in, piece, f, line, "the end of a period of the day");
    parts->hour = minute / 60;
    parts->minute = minute % 60;
    return NN_OK;
}

static int read_piece(ds_ingest *in, const ds_piece *piece, const ds_field *f, size_t line,
                      ds_pattern_parts *parts, ds_time *base)
{
    int value = 0, code = NN_OK;
    switch (piece->kind) {
    case DS_PIECE_STAMP:
        code = ds_time_reader_add(in->reader, f->text, f->length, base, in->error);
        return code ? nn_fail_within(in->error, "%s:%zu:%d", in->name, line, piece->column + 1) : NN_OK;
    case DS_PIECE_DAY_NUMBER:
        code = read_whole(in, piece, f, line, -MOST_DAYS, MOST_DAYS, "the number of a day", &value);
        *base = code ? 0 : ((ds_time)value - 1) * DS_DAY;
        return code;
    case DS_PIECE_PERIOD: {
        const int periods = atoi(piece->pattern);
        code = read_whole(in, piece, f, line, 1, periods,
                          periods == 24 ? "an hour from 1 to 24" : "a period of the day", &value);
        const int minute = code ? 0 : (value - 1) * (1440 / periods);
        parts->hour = minute / 60;
        parts->minute = minute % 60;
        return code;
    }
    case DS_PIECE_CLOCK_NUMBER:
        return read_clock_number(in, piece, f, line, parts);
    case DS_PIECE_PATTERN:
        break;
    }
    const char *end = f->text + f->length;
    if (ds_pattern_scan(piece->pattern, f->text, end, parts) != end || parts->hour > 24 ||
        parts->minute > 59 || parts->second > 59 || (parts->hour == 24 && !ends_day(parts)))
        return refuse(in, piece, f, line, name_of(piece->pattern));
    return NN_OK;
}

/* The time of day beside a date that a reader read. */
static int add_clock(ds_ingest *in, const ds_field *fields, size_t line, ds_pattern_parts *parts,
                     ds_time *time)
{
    const ds_piece *piece = &in->piece[in->pieces - 1];
    const ds_field *f = &fields[piece->column];
    const bool late = ends_day(parts);
    if (in->reader && ds_time_reader_is_bare(in->reader))
        return nn_fail(in->error, NN_BAD_DATA,
                       "%s:%zu:%d: the form of the number '%s' is not known before the last row, so that no "
                       "time of day can be added to it; --time-format tells it",
                       in->name, line, in->piece[0].column + 1,
                       NN_SHOWN(60, fields[in->piece[0].column].text, fields[in->piece[0].column].length));
    if (late) /* whether the day comes first may still be open, so a day cannot be added yet */
        parts->hour = 0;
    *parts = (ds_pattern_parts){.year = 1970,
                                .hour = parts->hour,
                                .minute = parts->minute,
                                .second = parts->second,
                                .twelve = parts->twelve,
                                .afternoon = parts->afternoon};
    ds_time clock;
    const int code = ds_pattern_time(parts, f->text, f->length, &clock, in->error);
    if (code)
        return nn_fail_within(in->error, "%s:%zu:%d", in->name, line, piece->column + 1);
    if (late && in->reader && ds_time_reader_is_open(in->reader))
        return nn_fail(
            in->error, NN_BAD_DATA,
            "%s:%zu:%d: the day before could be month and day or day and month: --time-format m/d/y "
            "or d/m/y tells",
            in->name, line, piece->column + 1);
    *time += clock + (late ? DS_DAY : 0);
    return NN_OK;
}

int ds_pieces_read(ds_ingest *in, const ds_field *fields, size_t line, ds_time *time)
{
    ds_pattern_parts parts = {0};
    *time = 0;
    for (int i = 0; i < in->pieces; i++) {
        const ds_field *f = &fields[in->piece[i].column];
        const int code = read_piece(in, &in->piece[i], f, line, &parts, time);
        if (code)
            return code;
    }
    if (in->piece[0].kind != DS_PIECE_PATTERN)
        return add_clock(in, fields, line, &parts, time);
    const int first = in->piece[0].column; /* while it is planned, no column is the time yet */
    const ds_field *f = &fields[first];
    const int code = ds_pattern_time(&parts, f->text, f->length, time, in->error);
    return code ? nn_fail_within(in->error, "%s:%zu:%d", in->name, line, first + 1) : NN_OK;
}

static bool has_letter(const ds_ingest *in, char letter)
{
    for (int i = 0; i < in->pieces; i++)
        if (strchr(in->piece[i].pattern, letter))
            return true;
    return false;
}

/* A date of several numbers in one text. */
static void join_numbers(const ds_ingest *in, ds_time_format *f)
{
    bool hours = has_letter(in, 'H');
    for (int i = 0; i < in->pieces; i++)
        hours |= in->piece[i].kind == DS_PIECE_PERIOD;
    const bool day = has_letter(in, 'd') || has_letter(in, 'j');
    *f = (ds_time_format){.kind = DS_TIME_ISO, .separator = '-', .padded = true, .hour_padded = true};
    f->monthly = !day;
    f->joint = hours && day ? ' ' : '\0';
    f->seconds = has_letter(in, 'S');
    if (has_letter(in, 'V') || has_letter(in, 'q') || has_letter(in, 'Q')) {
        f->kind = DS_TIME_STRPTIME;
        snprintf(f->pattern, sizeof f->pattern, "%s", has_letter(in, 'V') ? "%G-W%V" : "%Y-Q%q");
    }
}

/* The pieces in one text, for messages and pictures; a file is written in pieces. */
static void join_format(ds_ingest *in)
{
    ds_layout *l = &in->table->layout;
    ds_time_format *f = &l->format;
    const bool seconds = has_letter(in, 'S') || has_letter(in, 's');
    if (in->piece[0].kind == DS_PIECE_PATTERN) {
        join_numbers(in, f);
    } else if (in->piece[0].kind == DS_PIECE_DAY_NUMBER) {
        f->kind = DS_TIME_DAY_CLOCK;
        f->seconds = seconds;
        l->date_format = *f;
    } else {
        l->date_format = *f;
        f->joint = ' ';
        f->hour_padded = true;
        f->seconds = seconds;
        const char *clock = seconds ? " %H:%M:%S" : " %H:%M";
        if (f->kind == DS_TIME_STRPTIME && strlen(f->pattern) + strlen(clock) < sizeof f->pattern)
            memcpy(f->pattern + strlen(f->pattern), clock, strlen(clock) + 1);
    }
}

int ds_pieces_settle(ds_ingest *in)
{
    ds_layout *l = &in->table->layout;
    if (in->pieces < 2)
        return NN_OK;
    join_format(in);
    for (int i = 0; i < in->pieces; i++) {
        const char *name = in->columns[in->piece[i].column].name;
        ds_layout_piece *to = &l->pieces[i];
        memcpy(to->pattern, in->piece[i].pattern, sizeof to->pattern);
        to->periods = in->piece[i].kind == DS_PIECE_PERIOD ? atoi(in->piece[i].pattern) : 0;
        if (in->piece[i].kind == DS_PIECE_CLOCK_NUMBER)
            to->periods = atoi(to->pattern + 4);
        if (!(to->name = nn_text_copy(name, strlen(name))))
            return ds_ingest_no_memory(in);
        l->piece_count++;
    }
    return NN_OK;
}
