/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows into time order, and rows that share a stamp. */
#include "datasets/table/table_internal.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_rows(const void *a, const void *b, void *context)
{
    const ds_time *time = context;
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    if (time[x] != time[y])
        return time[x] < time[y] ? -1 : 1;
    return (x > y) - (x < y);
}

static int identity(ds_ingest *in)
{
    if (in->order)
        return NN_OK;
    in->order = nn_resize(NULL, in->rows, sizeof *in->order, 1);
    if (!in->order)
        return ds_ingest_no_memory(in);
    for (size_t r = 0; r < in->rows; r++)
        in->order[r] = r;
    return NN_OK;
}

/* Row r becomes what row order[r] was, in place: along the permutation's cycles. */
static int permute(ds_ingest *in)
{
    const size_t bytes = (size_t)in->width * sizeof(double);
    uint8_t *done = calloc(in->rows, 1);
    double *hand = malloc(bytes);
    const bool ready = done && hand;
    for (size_t start = 0; ready && start < in->rows; start++) {
        if (done[start])
            continue;
        const ds_time hand_time = in->time[start];
        memcpy(hand, in->values + start * (size_t)in->width, bytes);
        size_t to = start;
        for (size_t from = in->order[to]; from != start; to = from, from = in->order[from]) {
            memcpy(in->values + to * (size_t)in->width, in->values + from * (size_t)in->width, bytes);
            in->time[to] = in->time[from];
            done[to] = 1;
        }
        memcpy(in->values + to * (size_t)in->width, hand, bytes);
        in->time[to] = hand_time;
        done[to] = 1;
    }
    free(done);
    free(hand);
    return ready ? NN_OK : ds_ingest_no_memory(in);
}

static int sort_rows(ds_ingest *in)
{
    size_t r = 1;
    while (r < in->rows && in->time[r - 1] <= in->time[r])
        r++;
    if (r >= in->rows)
        return NN_OK;
    in->table->report.was_unsorted = true;
    int code = identity(in);
    if (code)
        return code;
    qsort_r(in->order, in->rows, sizeof *in->order, compare_rows, in->time);
    return permute(in);
}

/* Rows [from, to) share a stamp; what is left of them goes to row `into`. */
static void merge_rows(ds_ingest *in, size_t from, size_t to, size_t into)
{
    const size_t width = (size_t)in->width;
    const ds_policy policy = in->options->on_duplicate;
    const size_t chosen = policy == DS_LAST ? to - 1 : from;
    double *out = in->values + into * width;
    if (policy == DS_MEAN && to - from > 1) {
        for (size_t c = 0; c < width; c++) {
            double sum = 0;
            size_t n = 0;
            for (size_t r = from; r < to; r++) {
                const double v = in->values[r * width + c];
                if (!isnan(v)) {
                    n++;
                    sum += (v - sum) / (double)n;
                }
            }
            out[c] = n ? sum : NAN;
        }
    } else if (chosen != into) {
        memmove(out, in->values + chosen * width, width * sizeof *out);
    }
    in->time[into] = in->time[chosen];
    in->order[into] = in->order[chosen];
}

/* Whether all rows that share a stamp are the same. */
static bool all_repeat(const ds_ingest *in)
{
    const size_t width = (size_t)in->width;
    if (in->table->report.id_hint)
        return false;
    for (size_t r = 1; r < in->rows; r++)
        for (size_t c = 0; c < width && in->time[r] == in->time[r - 1]; c++) {
            const double a = in->values[(r - 1) * width + c], b = in->values[r * width + c];
            if (a != b && !(isnan(a) && isnan(b)))
                return false;
        }
    return true;
}

static int fail_duplicate(ds_ingest *in, size_t row)
{
    char stamp[DS_STAMP_SIZE];
    const char *ids = in->table->report.id_hint;
    const size_t more = in->table->report.duplicates - 1, line = ds_ingest_line(in, row),
                 first = ds_ingest_line(in, row - 1);
    ds_ingest_stamp(in, in->time[row], stamp);
    if (all_repeat(in))
        return nn_fail(
            in->error, NN_BAD_DATA,
            "%s:%zu:%d: the row of %s repeats that of line %zu, all values the same%s; --on-duplicate "
            "first takes such rows once",
            in->name, line, in->time_column + 1, stamp, first, more ? ", and so do others" : "");
    return nn_fail(
        in->error, NN_BAD_DATA,
        "%s:%zu:%d: stamp %s stands a second time (first at line %zu); in a long file --id %s%s names "
        "the column of series, else --on-duplicate first|last|mean|keep chooses what to do",
        in->name, line, in->time_column + 1, stamp, first, ids ? "" : "COLUMN", ids ? ids : "");
}

int ds_wide_order(ds_ingest *in)
{
    int code = sort_rows(in);
    if (code)
        return code;
    size_t *duplicates = &in->table->report.duplicates;
    size_t first = 0;
    for (size_t r = 1; r < in->rows; r++) {
        if (in->time[r] == in->time[r - 1] && (*duplicates)++ == 0)
            first = r;
    }
    if (*duplicates == 0 || in->options->on_duplicate == DS_KEEP)
        return NN_OK;
    if (in->options->on_duplicate == DS_ERROR)
        return fail_duplicate(in, first);
    if ((code = identity(in)))
        return code;
    size_t into = 0;
    for (size_t from = 0, to; from < in->rows; from = to) {
        for (to = from + 1; to < in->rows && in->time[to] == in->time[from];)
            to++;
        merge_rows(in, from, to, into++);
    }
    in->rows = into;
    return NN_OK;
}
