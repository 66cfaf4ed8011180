/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stamps of all rows, once the last has been read. */
#include "datasets/table/table_internal.h"

#include <string.h>

/* Hours that a change of clocks repeats or leaves out. */
static int settle_clock(ds_ingest *in)
{
    ds_time_format *f = &in->table->layout.format;
    const bool clocked = f->kind == DS_TIME_STRPTIME
                             ? strstr(f->pattern, "%H") != NULL && !strstr(f->pattern, "%z")
                             : f->kind <= DS_TIME_DMY && f->joint;
    bool found = false;
    if (!clocked || *f->zone || f->zone_hidden || f->summer)
        return NN_OK;
    if (in->id_column < 0)
        found = ds_local_clock_find(in->time, &in->rows, 1, ds_local_clock_step(in->time, in->rows), f);
    else if (ds_long_local_clock(in, &found))
        return in->error->code;
    if (!found)
        return NN_OK;
    static const char *const rules[] = {[DS_SUMMER_EU] = "Europe",
                                        [DS_SUMMER_US] = "North America",
                                        [DS_SUMMER_AU] = "Australia",
                                        [DS_SUMMER_NZ] = "New Zealand",
                                        [DS_SUMMER_CL] = "Chile"};
    return ds_reason_add(
        in, DS_REASON_SAID, "--time-format",
        "'%.100s' follows a local clock: the hours that stand twice or are left out are those of "
        "the change of clocks in %s",
        in->columns[in->time_column].name, rules[f->summer]);
}

int ds_settle_time(ds_ingest *in)
{
    int code = NN_OK;
    in->table->report.id_hint = in->id_hint;
    in->id_hint = NULL;
    if (in->reader && in->id_column >= 0)
        code = ds_long_settle_time(in);
    else if (in->reader)
        code = ds_time_reader_finish(in->reader, in->time, in->rows, &in->table->layout.format, in->error);
    if (code)
        return nn_fail_within(in->error, "%s:%zu:%d", in->name, ds_ingest_line(in, 0), in->time_column + 1);
    return in->pieces == 1 && (in->reader || in->typed) && settle_clock(in) ? in->error->code
                                                                            : ds_pieces_settle(in);
}
