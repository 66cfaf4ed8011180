/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps and series of a long file's rows while it is read: kept by number, for one by one they would take
 * more room than the values. */
#include "datasets/table/table_internal.h"

#include <stdlib.h>
#include <string.h>

/* Rows without stamps are numbered within their series. */
static int number_row(ds_ingest *in, int id, ds_time *time)
{
    if (id >= in->series_room) {
        const int room = 2 * id + 64;
        size_t *more = nn_resize(in->series_rows, (size_t)room, sizeof *more, 1);
        if (!more)
            return ds_ingest_no_memory(in);
        memset(more + in->series_room, 0, (size_t)(room - in->series_room) * sizeof *more);
        in->series_rows = more;
        in->series_room = room;
    }
    *time = (ds_time)in->series_rows[id]++;
    return NN_OK;
}

/* Stamps that were read while day and month could be either way round turn once that is known. */
static int turn_stamps(ds_ingest *in)
{
    const bool was_open = in->stamps_open;
    in->stamps_open = in->reader && ds_time_reader_is_open(in->reader);
    if (!was_open || in->stamps_open)
        return NN_OK;
    ds_time_reader_turn(in->reader, in->stamps.time, in->stamps.count);
    return ds_stamps_renew(&in->stamps) ? NN_OK : ds_ingest_no_memory(in);
}

int ds_long_put(ds_ingest *in, ds_time time, int id)
{
    const int stamp = ds_stamps_add(&in->stamps, time);
    if (stamp < 0 || !ds_keys_add(&in->stamp_keys, stamp) || !ds_keys_add(&in->id_keys, id))
        return ds_ingest_no_memory(in);
    return NN_OK;
}

int ds_long_take(ds_ingest *in, ds_time time, int id)
{
    const int code = in->time_column < 0 ? number_row(in, id, &time) : turn_stamps(in);
    return code ? code : ds_long_put(in, time, id);
}

static int finish(ds_ingest *in, ds_time *times, size_t count)
{
    return ds_time_reader_finish(in->reader, times, count, &in->table->layout.format, in->error);
}

ds_time *ds_long_times(const ds_ingest *in)
{
    size_t near = 0;
    ds_time *times = nn_resize(NULL, in->rows, sizeof *times, 1);
    for (size_t r = 0; times && r < in->rows; r++)
        times[r] = in->stamps.time[ds_keys_at(&in->stamp_keys, r, &near)];
    return times;
}

/* Where offsets change, what becomes of a stamp hangs on its row. */
static int settle_rows(ds_ingest *in)
{
    ds_time *times = ds_long_times(in);
    if (!times)
        return ds_ingest_no_memory(in);
    ds_stamps_clear(&in->stamps);
    ds_keys_clear(&in->stamp_keys);
    int code = finish(in, times, in->rows);
    for (size_t r = 0; r < in->rows && !code; r++) {
        const int stamp = ds_stamps_add(&in->stamps, times[r]);
        if (stamp < 0 || !ds_keys_add(&in->stamp_keys, stamp))
            code = ds_ingest_no_memory(in);
    }
    free(times);
    return code;
}

int ds_long_settle_time(ds_ingest *in)
{
    return ds_time_reader_is_by_value(in->reader) ? finish(in, in->stamps.time, in->stamps.count)
                                                  : settle_rows(in);
}
