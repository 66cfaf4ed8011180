/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps in two columns: the number of the day and the time of day. */
#include "datasets/table/ingest.h"
#include "datasets/table/number.h"

#include <math.h>

enum { MOST_DAYS = 1000000 };

/* Reads up to two digits; -1 where there are none. */
static int take_digits(const char *text, size_t length, size_t *at)
{
    int value = -1;
    for (int i = 0; i < 2 && *at < length && text[*at] >= '0' && text[*at] <= '9'; i++, ++*at)
        value = (value < 0 ? 0 : value * 10) + (text[*at] - '0');
    return value;
}

static bool read_clock(const ds_field *f, ds_time *time, bool *seconds)
{
    int part[3] = {0, 0, 0};
    size_t at = 0;
    int count = 0;
    for (; count < 3; count++) {
        if (count && (at == f->length || f->text[at++] != ':'))
            return false;
        const size_t from = at;
        part[count] = take_digits(f->text, f->length, &at);
        if (part[count] < 0 || (count && at - from != 2))
            return false;
        if (count && at == f->length)
            break;
    }
    *seconds = count == 2;
    *time = (part[0] * 3600 + part[1] * 60 + part[2]) * DS_SECOND;
    return at == f->length && count < 3 && part[1] < 60 && part[2] < 60 && *time <= DS_DAY;
}

static int shown(const ds_field *f)
{
    return (int)(f->length < 60 ? f->length : 60);
}

int ds_day_clock_read(ds_ingest *in, const ds_field *fields, size_t line, ds_time *time)
{
    const ds_field *day = &fields[in->time_column], *clock = &fields[in->clock_column];
    double number;
    if (ds_number_parse(day->text, day->length, false, &number) != DS_NUMBER_OK || number != floor(number) ||
        fabs(number) > MOST_DAYS)
        return nn_fail(in->error, NN_BAD_DATA, "%s:%zu:%d: '%.*s' is not the number of a day", in->name, line,
                       in->time_column + 1, shown(day), day->text);
    bool seconds;
    if (!read_clock(clock, time, &seconds))
        return nn_fail(in->error, NN_BAD_DATA, "%s:%zu:%d: '%.*s' is not a time of day such as 07:50",
                       in->name, line, in->clock_column + 1, shown(clock), clock->text);
    *time += ((ds_time)number - 1) * DS_DAY;
    in->table->layout.format.seconds |= seconds;
    return NN_OK;
}
