/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stamps of a long file by a local clock: an hour that comes twice in a series, or not at all. */
#include "datasets/table/table_internal.h"
#include "lib/base/memory.h"

#include <stdlib.h>

/* Whether any series has a step that a change of clocks would explain: else there is nothing to put apart. */
static int any_leaps(ds_ingest *in, ds_time step, bool *leaps)
{
    ds_time *last = nn_resize(NULL, (size_t)in->ids.count, sizeof *last, 1);
    if (!last)
        return ds_ingest_no_memory(in);
    for (int i = 0; i < in->ids.count; i++)
        last[i] = INT64_MIN;
    size_t near_stamp = 0, near_id = 0;
    for (size_t r = 0; r < in->rows && !*leaps; r++) {
        const ds_time time = in->stamps.time[ds_keys_at(&in->stamp_keys, r, &near_stamp)];
        ds_time *before = &last[ds_keys_at(&in->id_keys, r, &near_id)];
        *leaps = *before != INT64_MIN && time != *before + step && ds_local_clock_leaps(*before, time, step);
        *before = time;
    }
    free(last);
    return NN_OK;
}

/* end[s]: where the stamps of series s end once they stand together. */
static size_t *count_rows(const ds_ingest *in)
{
    size_t *end = calloc((size_t)in->ids.count, sizeof *end), near = 0;
    for (size_t r = 0; end && r < in->rows; r++)
        end[ds_keys_at(&in->id_keys, r, &near)]++;
    for (int i = 1; end && i < in->ids.count; i++)
        end[i] += end[i - 1];
    return end;
}

/* Sets at[s] to where series s begins. */
static void begin_series(size_t *at, const size_t *end, int series)
{
    for (int i = 0; i < series; i++)
        at[i] = i ? end[i - 1] : 0;
}

/* The stamps of all rows, by series, with room for what is found. */
static int try_series(ds_ingest *in, ds_time step, const size_t *end, size_t *at, ds_time *times, bool *found)
{
    size_t near_stamp = 0, near_id = 0;
    begin_series(at, end, in->ids.count);
    for (size_t r = 0; r < in->rows; r++)
        times[at[ds_keys_at(&in->id_keys, r, &near_id)]++] =
            in->stamps.time[ds_keys_at(&in->stamp_keys, r, &near_stamp)];
    *found = ds_local_clock_find(times, end, (size_t)in->ids.count, step, &in->table->layout.format);
    if (!*found)
        return NN_OK;
    ds_stamps_clear(&in->stamps);
    ds_keys_clear(&in->stamp_keys);
    begin_series(at, end, in->ids.count);
    near_id = 0;
    for (size_t r = 0; r < in->rows; r++) {
        const int stamp = ds_stamps_add(&in->stamps, times[at[ds_keys_at(&in->id_keys, r, &near_id)]++]);
        if (stamp < 0 || !ds_keys_add(&in->stamp_keys, stamp))
            return ds_ingest_no_memory(in);
    }
    return NN_OK;
}

int ds_long_local_clock(ds_ingest *in, bool *found)
{
    const ds_time step = ds_local_clock_step(in->stamps.time, in->stamps.count);
    bool leaps = false;
    int code = step && in->ids.count ? any_leaps(in, step, &leaps) : NN_OK;
    if (code || !leaps)
        return code;
    size_t *end = count_rows(in), *at = nn_resize(NULL, (size_t)in->ids.count, sizeof *at, 1);
    ds_time *times = nn_resize(NULL, in->rows, sizeof *times, 1);
    code = end && at && times ? try_series(in, step, end, at, times, found) : ds_ingest_no_memory(in);
    free(end);
    free(at);
    free(times);
    return code;
}
