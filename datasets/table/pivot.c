/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long rows (id, stamp, values) into one column per series and value, on the union of all stamps. */
#include "datasets/table/table_internal.h"
#include "lib/base/memory.h"
#include "lib/base/slab.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where in the packed stamps and ids one looks. */
typedef struct near {
    size_t stamp, id;
} near;

typedef struct pivot {
    int *rank; /* the place of each stamp among all; NULL: they rise as they are numbered */
    ds_time *stamps;
    size_t count;     /* T */
    size_t width;     /* N = ids x value columns */
    double *values;   /* T x N */
    uint32_t *merged; /* values behind each cell so far; only for means */
    uint8_t *seen;    /* T x ids bits */
    uint8_t *moved;   /* rows bits: rows that need not be moved, or no longer */
    bool in_place;    /* the rows are the table's cells in their order */
    bool sorted;      /* those of each series follow time */
} pivot;

static int id_at(const ds_ingest *in, size_t row, near *n)
{
    return ds_keys_at(&in->id_keys, row, &n->id);
}

static size_t place_at(const ds_ingest *in, const pivot *p, size_t row, near *n)
{
    const int stamp = ds_keys_at(&in->stamp_keys, row, &n->stamp);
    return (size_t)(p->rank ? p->rank[stamp] : stamp);
}

static int compare_stamps(const void *a, const void *b, void *context)
{
    const ds_time *time = context, x = time[*(const int *)a], y = time[*(const int *)b];
    return (x > y) - (x < y);
}

/* time[i] becomes what time[order[i]] was, along the cycles; order is spoilt and mended. */
static void put_in_order(ds_time *time, int *order, size_t count)
{
    for (size_t start = 0; start < count; start++) {
        const ds_time hand = time[start];
        size_t to = start;
        while (order[to] >= 0) {
            const size_t from = (size_t)order[to];
            order[to] = -1 - order[to];
            time[to] = from == start ? hand : time[from];
            to = from;
        }
    }
    for (size_t i = 0; i < count; i++)
        order[i] = -1 - order[i];
}

/* The stamps sorted, and the place that each of them has then. Two may have become one: nanoseconds. */
static int rank_stamps(ds_ingest *in, pivot *p)
{
    const size_t n = in->stamps.count;
    const bool rise = ds_stamps_rise(&in->stamps);
    p->stamps = ds_stamps_hand_over(&in->stamps);
    p->count = n;
    if (rise)
        return NN_OK;
    int *order = nn_resize(NULL, n, sizeof *order, 1);
    if (!order)
        return ds_ingest_no_memory(in);
    for (size_t i = 0; i < n; i++)
        order[i] = (int)i;
    qsort_r(order, n, sizeof *order, compare_stamps, p->stamps);
    put_in_order(p->stamps, order, n);
    p->rank = nn_resize(NULL, n, sizeof *p->rank, 1);
    p->count = 0;
    for (size_t i = 0; i < n && p->rank; i++) {
        if (p->count == 0 || p->stamps[p->count - 1] != p->stamps[i])
            p->stamps[p->count++] = p->stamps[i];
        p->rank[order[i]] = (int)p->count - 1;
    }
    free(order);
    return p->rank ? NN_OK : ds_ingest_no_memory(in);
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
    p->moved = calloc(in->rows / 8 + 1, 1);
    return p->seen && p->moved ? NN_OK : ds_ingest_no_memory(in);
}

static int fail_duplicate(ds_ingest *in, const pivot *p, size_t row)
{
    char stamp[DS_STAMP_SIZE];
    size_t first = 0;
    near n = {0};
    const int id = id_at(in, row, &n);
    const size_t place = place_at(in, p, row, &n);
    while (first < row && (id_at(in, first, &n) != id || place_at(in, p, first, &n) != place))
        first++;
    return nn_fail(
        in->error, NN_BAD_DATA,
        "%s:%zu:%d: series '%.100s' has stamp %s a second time (first at line %zu); --on-duplicate "
        "first|last|mean chooses what to do",
        in->name, ds_ingest_line(in, row), in->time_column + 1, in->ids.text[id],
        ds_ingest_stamp(in, p->stamps[place], stamp), ds_ingest_line(in, first));
}

static bool is_marked(const uint8_t *bits, size_t i)
{
    return bits[i / 8] >> (i % 8) & 1;
}

static void mark(uint8_t *bits, size_t i)
{
    bits[i / 8] |= (uint8_t)(1u << (i % 8));
}

/* The cell of a row: stamp x ids + id. */
static size_t find_cell(const ds_ingest *in, const pivot *p, size_t row, near *n)
{
    return place_at(in, p, row, n) * (size_t)in->ids.count + (size_t)id_at(in, row, n);
}

/* A cell that has a row already. */
static int mark_duplicate(ds_ingest *in, pivot *p, size_t row)
{
    const ds_policy policy = in->options->on_duplicate;
    in->table->report.duplicates++;
    mark(p->moved, row);
    return policy == DS_ERROR || policy == DS_KEEP ? fail_duplicate(in, p, row) : NN_OK;
}

/* Which cells have a row; of several rows the one that is not asked for needs no moving. And whether the rows
 * of each series follow time. */
static int mark_rows(ds_ingest *in, pivot *p)
{
    const bool back = in->options->on_duplicate == DS_LAST;
    size_t *before = calloc((size_t)in->ids.count, sizeof *before), in_place = 0;
    int code = before ? NN_OK : ds_ingest_no_memory(in);
    bool unsorted = false;
    near n = {0};
    for (size_t i = 0; i < in->rows && !code; i++) {
        const size_t r = back ? in->rows - 1 - i : i, place = place_at(in, p, r, &n);
        const int id = id_at(in, r, &n);
        const size_t cell = place * (size_t)in->ids.count + (size_t)id, other = before[id]; /* 0: none */
        unsorted |= other && (back ? place + 1 > other : place + 1 < other);
        before[id] = place + 1;
        in_place += cell == r;
        if (is_marked(p->seen, cell))
            code = mark_duplicate(in, p, r);
        mark(p->seen, cell);
    }
    p->in_place = in_place == in->rows && in->rows == p->count * (size_t)in->ids.count;
    p->sorted = !unsorted;
    in->table->report.was_unsorted |= unsorted;
    free(before);
    return code;
}

static void take_mean(pivot *p, size_t cell, double value)
{
    if (isnan(value))
        return;
    const double n = ++p->merged[cell];
    p->values[cell] = n > 1 ? p->values[cell] + (value - p->values[cell]) / n : value;
}

/* Means of duplicates: in a table beside the rows. */
static int merge_rows(ds_ingest *in, pivot *p)
{
    const size_t width = (size_t)in->width;
    p->values = nn_resize(NULL, p->count, p->width, sizeof *p->values);
    p->merged = calloc(p->count * p->width, sizeof *p->merged);
    if (!p->values || !p->merged)
        return ds_ingest_no_memory(in);
    for (size_t i = 0; i < p->count * p->width; i++)
        p->values[i] = NAN;
    near n = {0};
    for (size_t r = 0; r < in->rows; r++) {
        const size_t cell = find_cell(in, p, r, &n);
        for (size_t v = 0; v < width; v++)
            take_mean(p, cell * width + v, in->values[r * width + v]);
    }
    return NN_OK;
}

static void copy_values(double *to, const double *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
}

static void swap_values(double *a, double *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const double t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

static void leave_holes(const ds_ingest *in, const pivot *p, double *values)
{
    const size_t width = (size_t)in->width, cells = p->count * (size_t)in->ids.count;
    for (size_t c = 0; c < cells; c++)
        for (size_t v = 0; v < width && !is_marked(p->seen, c); v++)
            values[c * width + v] = NAN;
}

/* The cells that follow one another on a row's way, some of them before they are needed, so that their memory
 * is on its way, too: as many as the way has been long. */
enum { AHEAD = 16 };
typedef struct way {
    size_t cell[AHEAD], taken, known;
    near n;
} way;

/* The next one; beyond the rows where the way ends. */
static size_t next_cell(const ds_ingest *in, const pivot *p, double *values, way *w)
{
    for (int more = 0; more < 2 && w->known - w->taken < AHEAD; more++) {
        const size_t last = w->cell[(w->known - 1) % AHEAD];
        if (last >= in->rows)
            break;
        const size_t cell = find_cell(in, p, last, &w->n);
        __builtin_prefetch(values + cell * (size_t)in->width, 1);
        w->cell[w->known++ % AHEAD] = cell;
    }
    return w->cell[w->taken++ % AHEAD];
}

/* Every row that counts has a cell of its own, and the rows' own block becomes the table: a row is taken in
 * hand and put into its cell, the row that stood there is taken in hand, and so on until a cell is free. */
static int move_rows(ds_ingest *in, pivot *p)
{
    const size_t width = (size_t)in->width, cells = p->count * (size_t)in->ids.count;
    double *values = nn_resize(in->values, cells > in->rows ? cells : in->rows, width, sizeof *values);
    double *hand = nn_resize(NULL, width, sizeof *hand, 1);
    in->values = values ? values : in->values;
    if (!values || !hand) {
        free(hand);
        return ds_ingest_no_memory(in);
    }
    way w = {0};
    for (size_t r = 0; r < in->rows; r++) {
        if (is_marked(p->moved, r))
            continue;
        mark(p->moved, r);
        copy_values(hand, values + r * width, width);
        w.taken = w.known = 1;
        w.cell[0] = r;
        size_t to = next_cell(in, p, values, &w);
        for (; to < in->rows && !is_marked(p->moved, to); to = next_cell(in, p, values, &w)) {
            mark(p->moved, to);
            swap_values(hand, values + to * width, width);
        }
        copy_values(values + to * width, hand, width);
    }
    leave_holes(in, p, values);
    free(hand);
    p->values = in->values;
    in->values = NULL;
    return NN_OK;
}

/* Rows that are a table as they stand. */
static int keep_rows(ds_ingest *in, pivot *p)
{
    double *values = nn_resize(in->values, in->rows, (size_t)in->width, sizeof *values);
    p->values = values ? values : in->values;
    in->values = NULL;
    return NN_OK;
}

/* Whether each series is a stretch of rows that follow time, and the table is small or the series so long
 * that little of the rows' block stays beside it while it grows. */
static bool is_by_series(const ds_ingest *in, const pivot *p)
{
    enum { SMALL = 4 << 20, LONG = 64 << 10 };
    const ds_keys *ids = &in->id_keys;
    const size_t bytes = p->count * p->width * sizeof *p->values;
    bool each = p->sorted && !ids->bits && ids->count == (size_t)in->ids.count &&
                (bytes <= SMALL || bytes / ids->count >= LONG);
    for (size_t i = 0; i < ids->count && each; i++)
        each = ids->stretch[i].step == 0 && ids->stretch[i].value == (int)i;
    return each;
}

/* A series on its way into the table. */
typedef struct course {
    size_t row, end; /* its rows from here on */
    size_t left;     /* bytes of rows before this are given back to the system */
    size_t near;     /* among the stamps */
} course;

/* Rows before the end of a band of stamps, into the table. */
static void put_band(const ds_ingest *in, const pivot *p, size_t id, course *c, size_t end)
{
    const size_t width = (size_t)in->width, ids = (size_t)in->ids.count;
    near n = {c->near, id};
    for (size_t place; c->row < c->end && (place = place_at(in, p, c->row, &n)) < end; c->row++)
        if (!is_marked(p->moved, c->row))
            copy_values(p->values + (place * ids + id) * width, in->values + c->row * width, width);
    c->near = n.stamp;
}

/* Gives back what no row is read from any more. */
static void leave_rows(const ds_ingest *in, course *c)
{
    const size_t size = (size_t)in->width * sizeof *in->values;
    nn_slab_leave(in->values, &c->left, c->row * size);
}

/* Rows by series become a table beside them, band by band of stamps such that a band stays in the cache,
 * while the rows' block shrinks as the table grows. */
static int put_series(ds_ingest *in, pivot *p)
{
    enum { BAND = 512 << 10 };
    const size_t ids = (size_t)in->ids.count, size = p->width * sizeof *p->values,
                 band = size < BAND ? BAND / size : 1;
    course *courses = nn_resize(NULL, ids, sizeof *courses, 1);
    p->values = nn_resize(NULL, p->count, p->width, sizeof *p->values);
    if (!courses || !p->values) {
        free(courses);
        return ds_ingest_no_memory(in);
    }
    for (size_t i = 0; i < ids; i++) {
        const size_t row = in->id_keys.stretch[i].row,
                     end = i + 1 < ids ? in->id_keys.stretch[i + 1].row : in->rows;
        courses[i] = (course){row, end, row * (size_t)in->width * sizeof *in->values, 0};
    }
    for (size_t begin = 0; begin < p->count; begin += band) {
        const size_t end = begin + band < p->count ? begin + band : p->count;
        for (size_t i = begin * p->width; i < end * p->width; i++)
            p->values[i] = NAN;
        for (size_t id = 0; id < ids; id++) {
            put_band(in, p, id, &courses[id], end);
            leave_rows(in, &courses[id]);
        }
    }
    free(courses);
    return NN_OK;
}

int ds_long_pivot(ds_ingest *in)
{
    pivot p = {0};
    int code = rank_stamps(in, &p);
    if (!code)
        code = prepare(in, &p);
    if (!code)
        code = mark_rows(in, &p);
    if (!code && in->table->report.duplicates && in->options->on_duplicate == DS_MEAN)
        code = merge_rows(in, &p);
    else if (!code)
        code = p.in_place ? keep_rows(in, &p) : is_by_series(in, &p) ? put_series(in, &p) : move_rows(in, &p);
    free(p.merged);
    free(p.rank);
    free(p.seen);
    free(p.moved);
    if (code) {
        free(p.stamps);
        free(p.values);
        return code;
    }
    free(in->values);
    free(in->time); /* of a file that was unrolled */
    ds_keys_clear(&in->stamp_keys);
    ds_keys_clear(&in->id_keys);
    in->values = p.values;
    in->time = p.stamps;
    in->width = (int)p.width;
    in->rows = in->room = p.count;
    return NN_OK;
}
