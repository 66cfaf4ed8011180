/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives rows without stamps those that follow from the stamp of the first and the step between rows. */
#include "datasets/table/table_internal.h"

#include <string.h>

int ds_stamps_count(ds_ingest *in)
{
    const char *start = in->options->start;
    ds_table *t = in->table;
    ds_time first;
    ds_time_reader *reader = ds_time_reader_new(NULL, in->error);
    if (!reader)
        return NN_FAILED;
    int code = ds_time_reader_add(reader, start, strlen(start), &first, in->error);
    if (!code)
        code = ds_time_reader_finish(reader, &first, 1, &t->layout.format, in->error);
    ds_time_reader_free(reader);
    if (code)
        return nn_fail_within(in->error, "--start");
    if (t->layout.format.kind == DS_TIME_STEP)
        return nn_fail(in->error, NN_USAGE, "--start: '%.60s' is no date", start);
    if ((code = ds_frequency_parse(in->options->frequency, &t->frequency, in->error)))
        return nn_fail_within(in->error, "%s", in->name);
    if (t->frequency.unit >= DS_UNIT_MONTH)
        t->frequency.anchor_day = ds_civil_from(first).day;
    if (t->frequency.unit < DS_UNIT_DAY &&
        !t->layout.format.joint) { /* the clock must show in what is written */
        t->layout.format.joint = ' ';
        t->layout.format.hour_padded = t->layout.format.seconds = true;
    }
    for (size_t r = 0; r < in->rows; r++)
        in->time[r] = ds_time_add(t->frequency, first, in->time[r]);
    t->layout.timed = true;
    t->layout.time_name = nn_text_copy("time", 4);
    return t->layout.time_name ? NN_OK : ds_ingest_no_memory(in);
}
