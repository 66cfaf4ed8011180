/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long rows (id, stamp, values) into one column per series and value, on the union of all stamps. */
#include "datasets/table/table_internal.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where in the packed stamps and ids one looks. */
typedef struct near {
    size_t stamp, id;
} near;

typedef struct pivot {
    int *rank; /* packed: the place of each stamp among all */
    ds_time *stamps;
    size_t count;     /* T */
    size_t width;     /* N = ids x value columns */
    double *values;   /* T x N */
    uint32_t *merged; /* values behind each cell so far; only for means */
    uint8_t *seen;    /* T x ids bits */
} pivot;

static int id_at(const ds_ingest *in, size_t row, near *n)
{
    return in->packed ? ds_keys_at(&in->id_keys, row, &n->id) : in->id[row];
}

static ds_time time_at(const ds_ingest *in, size_t row, near *n)
{
    return in->packed ? in->stamps.time[ds_keys_at(&in->stamp_keys, row, &n->stamp)] : in->time[row];
}

static int compare_times(const void *a, const void *b)
{
    const ds_time x = *(const ds_time *)a, y = *(const ds_time *)b;
    return (x > y) - (x < y);
}

static int number_rows(ds_ingest *in)
{
    size_t *next = calloc((size_t)in->ids.count, sizeof *next);
    if (!next)
        return ds_ingest_no_memory(in);
    for (size_t r = 0; r < in->rows; r++)
        in->time[r] = (ds_time)next[in->id[r]]++;
    free(next);
    return NN_OK;
}

static int find_unsorted(ds_ingest *in)
{
    ds_time *last = nn_resize(NULL, (size_t)in->ids.count, sizeof *last, 1);
    if (!last)
        return ds_ingest_no_memory(in);
    for (int i = 0; i < in->ids.count; i++)
        last[i] = INT64_MIN;
    near n = {0};
    for (size_t r = 0; r < in->rows; r++) {
        const ds_time time = time_at(in, r, &n);
        const int id = id_at(in, r, &n);
        if (time < last[id])
            in->table->report.was_unsorted = true;
        last[id] = time;
    }
    free(last);
    return NN_OK;
}

static size_t find_stamp(const pivot *p, ds_time time, size_t hint)
{
    if (hint < p->count && p->stamps[hint] == time)
        return hint;
    if (hint + 1 < p->count && p->stamps[hint + 1] == time)
        return hint + 1;
    size_t low = 0, high = p->count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (p->stamps[middle] <= time)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Sorts stamps[0..n) and drops what stands twice. */
static void settle_stamps(pivot *p, size_t n)
{
    if (n > p->count)
        qsort(p->stamps, n, sizeof *p->stamps, compare_times);
    p->count = 0;
    for (size_t i = 0; i < n; i++)
        if (p->count == 0 || p->stamps[p->count - 1] != p->stamps[i])
            p->stamps[p->count++] = p->stamps[i];
}

/* Packed stamps differ; sorted, with the place that each of them has then. */
static int rank_stamps(ds_ingest *in, pivot *p)
{
    const size_t n = in->stamps.count;
    p->stamps = nn_resize(NULL, n, sizeof *p->stamps, 1);
    p->rank = nn_resize(NULL, n, sizeof *p->rank, 1);
    if (!p->stamps || !p->rank)
        return ds_ingest_no_memory(in);
    memcpy(p->stamps, in->stamps.time, n * sizeof *p->stamps);
    p->count = n;
    qsort(p->stamps, n, sizeof *p->stamps, compare_times);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        at = find_stamp(p, in->stamps.time[i], at);
        p->rank[i] = (int)at;
    }
    return NN_OK;
}

/* stamps[0..count) are sorted and differ; new ones that do not come last wait behind them up to n, until the
 * block is full. So it holds little more than the stamps of one series, however many series there are. */
static int collect_stamps(ds_ingest *in, pivot *p)
{
    if (in->packed)
        return rank_stamps(in, p);
    size_t n = 0, room = 0, at = 0;
    for (size_t r = 0; r < in->rows; r++) {
        const ds_time time = in->time[r];
        if (p->count) {
            at = find_stamp(p, time, at);
            if (p->stamps[at] == time)
                continue;
        }
        if (n == room) {
            settle_stamps(p, n);
            n = p->count;
            if (n >= room / 2) {
                room = 2 * room + 1024;
                ds_time *stamps = nn_resize(p->stamps, room, sizeof *stamps, 1);
                if (!stamps)
                    return ds_ingest_no_memory(in);
                p->stamps = stamps;
            }
        }
        const bool last = n == p->count && (n == 0 || p->stamps[n - 1] < time);
        p->stamps[n++] = time;
        p->count += last;
    }
    settle_stamps(p, n);
    return NN_OK;
}

static int prepare(ds_ingest *in, pivot *p)
{
    const size_t ids = (size_t)in->ids.count;
    /* A file whose series hardly share a stamp would make a table of nearly nothing but holes. */
    if (p->count / 20 > (in->rows + 50000) / ids)
        return nn_fail(
            in->error, NN_BAD_DATA,
            "%s: %zu series on %zu different stamps have only %zu rows; series this sparse make no table",
            in->name, ids, p->count, in->rows);
    p->width = ids * (size_t)in->width;
    if (p->width > INT32_MAX / 2)
        return nn_fail(in->error, NN_BAD_DATA, "%s: %zu series are too many", in->name, p->width);
    p->seen = calloc(p->count * ids / 8 + 1, 1);
    return p->seen ? NN_OK : ds_ingest_no_memory(in);
}

static int fail_duplicate(ds_ingest *in, size_t row)
{
    char stamp[DS_STAMP_SIZE];
    size_t first = 0;
    near n = {0};
    const int id = id_at(in, row, &n);
    const ds_time time = time_at(in, row, &n);
    while (first < row && (id_at(in, first, &n) != id || time_at(in, first, &n) != time))
        first++;
    return nn_fail(
        in->error, NN_BAD_DATA,
        "%s:%zu:%d: series '%.100s' has stamp %s a second time (first at line %zu); --on-duplicate "
        "first|last|mean chooses what to do",
        in->name, ds_ingest_line(in, row), in->time_column + 1, in->ids.text[id],
        ds_ingest_stamp(in, time, stamp), ds_ingest_line(in, first));
}

static bool is_marked(const uint8_t *bits, size_t i)
{
    return bits[i / 8] >> (i % 8) & 1;
}

static void mark(uint8_t *bits, size_t i)
{
    bits[i / 8] |= (uint8_t)(1u << (i % 8));
}

/* The cell of a row: stamp x ids + id. at: the stamp's place, of the row looked at before. */
static size_t find_cell(const ds_ingest *in, const pivot *p, size_t row, near *n, size_t *at)
{
    *at = in->packed ? (size_t)p->rank[ds_keys_at(&in->stamp_keys, row, &n->stamp)]
                     : find_stamp(p, in->time[row], *at);
    return *at * (size_t)in->ids.count + (size_t)id_at(in, row, n);
}

static int mark_rows(ds_ingest *in, pivot *p)
{
    const ds_policy policy = in->options->on_duplicate;
    size_t at = 0;
    near n = {0};
    for (size_t r = 0; r < in->rows; r++) {
        const size_t cell = find_cell(in, p, r, &n, &at);
        if (is_marked(p->seen, cell)) {
            in->table->report.duplicates++;
            if (policy == DS_ERROR || policy == DS_KEEP)
                return fail_duplicate(in, r);
        }
        mark(p->seen, cell);
    }
    return NN_OK;
}

static void take_mean(pivot *p, size_t cell, double value)
{
    if (isnan(value))
        return;
    const double n = ++p->merged[cell];
    p->values[cell] = n > 1 ? p->values[cell] + (value - p->values[cell]) / n : value;
}

/* With duplicates: into a table beside the rows. */
static int copy_rows(ds_ingest *in, pivot *p)
{
    const size_t width = (size_t)in->width;
    const ds_policy policy = in->options->on_duplicate;
    p->values = nn_resize(NULL, p->count, p->width, sizeof *p->values);
    p->merged = policy == DS_MEAN ? calloc(p->count * p->width, sizeof *p->merged) : NULL;
    if (!p->values || (policy == DS_MEAN && !p->merged))
        return ds_ingest_no_memory(in);
    for (size_t i = 0; i < p->count * p->width; i++)
        p->values[i] = NAN;
    memset(p->seen, 0, p->count * (size_t)in->ids.count / 8 + 1);
    size_t at = 0;
    near n = {0};
    for (size_t r = 0; r < in->rows; r++) {
        const size_t cell = find_cell(in, p, r, &n, &at);
        if (policy == DS_FIRST && is_marked(p->seen, cell))
            continue;
        mark(p->seen, cell);
        for (size_t v = 0; v < width; v++) {
            if (policy == DS_MEAN)
                take_mean(p, cell * width + v, in->values[r * width + v]);
            else
                p->values[cell * width + v] = in->values[r * width + v];
        }
    }
    return NN_OK;
}

static void swap_values(double *a, double *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const double t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

/* The cell of a row once it need not be looked for. */
static size_t target(const ds_ingest *in, const pivot *p, size_t row, near *n)
{
    size_t at = 0;
    return in->packed ? find_cell(in, p, row, n, &at) : (size_t)in->time[row];
}

/* Without duplicates every row has a cell of its own, and the rows' own block becomes the table: a row is
 * taken in hand and put into its cell, the row that stood there is taken in hand, and so on until a cell is
 * free. */
static int move_rows(ds_ingest *in, pivot *p)
{
    const size_t width = (size_t)in->width, cells = p->count * (size_t)in->ids.count;
    double *values = nn_resize(in->values, cells, width, sizeof *values);
    if (!values)
        return ds_ingest_no_memory(in);
    in->values = values;
    near n = {0};
    size_t at = 0;
    for (size_t r = 0; r < in->rows && !in->packed; r++)
        in->time[r] = (ds_time)find_cell(in, p, r, &n, &at);
    free(in->id);
    in->id = NULL;
    uint8_t *moved = calloc(in->rows / 8 + 1, 1);
    double *hand = nn_resize(NULL, width, sizeof *hand, 1);
    const bool ready = moved && hand;
    for (size_t r = 0; ready && r < in->rows; r++) {
        if (is_marked(moved, r))
            continue;
        mark(moved, r);
        memcpy(hand, values + r * width, width * sizeof *hand);
        size_t to = target(in, p, r, &n);
        for (; to < in->rows && !is_marked(moved, to); to = target(in, p, to, &n)) {
            mark(moved, to);
            swap_values(hand, values + to * width, width);
        }
        memcpy(values + to * width, hand, width * sizeof *hand);
    }
    for (size_t c = 0; ready && c < cells; c++)
        for (size_t v = 0; v < width && !is_marked(p->seen, c); v++)
            values[c * width + v] = NAN;
    free(moved);
    free(hand);
    p->values = in->values;
    in->values = NULL;
    return ready ? NN_OK : ds_ingest_no_memory(in);
}

int ds_long_pivot(ds_ingest *in)
{
    pivot p = {0};
    int code = in->time_column < 0 ? number_rows(in) : NN_OK;
    if (!code)
        code = find_unsorted(in);
    if (!code)
        code = collect_stamps(in, &p);
    if (!code)
        code = prepare(in, &p);
    if (!code)
        code = mark_rows(in, &p);
    if (!code)
        code = in->table->report.duplicates ? copy_rows(in, &p) : move_rows(in, &p);
    free(p.merged);
    free(p.rank);
    free(p.seen);
    if (code) {
        free(p.stamps);
        free(p.values);
        return code;
    }
    free(in->values);
    free(in->time);
    free(in->id);
    in->id = NULL;
    in->values = p.values;
    in->time = p.stamps;
    in->width = (int)p.width;
    in->rows = in->room = p.count;
    return NN_OK;
}
