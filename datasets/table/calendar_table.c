/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of years by months: a row per year and a column per month make one monthly series. */
#include "datasets/table/plan.h"
#include "datasets/time/names.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whether the columns of numbers are the twelve months in their order, and the stamps years. */
static bool is_calendar(const ds_ingest *in)
{
    int month = 0;
    if (in->table->layout.format.kind != DS_TIME_YEAR || in->id_column >= 0 || in->width != 12)
        return false;
    for (int i = 0; i < in->count; i++) {
        const ds_column *c = &in->columns[i];
        size_t taken;
        if (c->role != DS_ROLE_NUMBER)
            continue;
        const size_t length = strlen(c->name);
        if (ds_name_find(c->name, length, true, &taken) != ++month || taken != length)
            return false;
    }
    return month == 12;
}

int ds_calendar_unroll(ds_ingest *in)
{
    if (!is_calendar(in))
        return NN_OK;
    const size_t rows = 12 * in->rows;
    ds_time *time = nn_resize(NULL, rows, sizeof *time, 1);
    if (!time)
        return ds_ingest_no_memory(in);
    for (size_t r = 0; r < rows; r++) {
        const ds_civil first = {
            .year = ds_civil_from(in->time[r / 12]).year, .month = (int)(r % 12) + 1, .day = 1};
        time[r] = ds_time_from(&first);
    }
    free(in->time);
    in->time = time;
    in->rows = in->room = rows;
    in->width = 1;
    free(in->order);
    in->order = NULL;
    in->run_count = 1;
    in->runs[0] = (ds_line_run){0, in->lines_skipped + 1};
    bool first = true;
    for (int i = 0; i < in->count; i++) {
        ds_column *c = &in->columns[i];
        if (c->role != DS_ROLE_NUMBER)
            continue;
        if (!first)
            c->role = DS_ROLE_OUT;
        first = false;
        memcpy(c->name, "y", sizeof "y"); /* the name of a month is longer */
    }
    /* The months of the last year that are still to come. */
    while (in->rows > 1 && isnan(in->values[in->rows - 1]))
        in->rows--;
    ds_time_format *f = &in->table->layout.format;
    *f = (ds_time_format){
        .kind = DS_TIME_ISO, .separator = '-', .padded = true, .hour_padded = true, .monthly = true};
    return ds_reason_add(
        in, DS_REASON_SAID, "--exclude",
        "the columns are the months of the year in each row: they are read as one monthly series 'y'");
}
