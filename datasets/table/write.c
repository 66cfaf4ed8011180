/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables and forecasts as CSV, in the layout of the file that they came from. */
#include "datasets/table/write.h"

#include "datasets/text/encoding.h"
#include "datasets/time/decimal.h"
#include "datasets/time/pattern.h"
#include "lib/files/output.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct writer {
    FILE *stream;
    const ds_table *like;
    bool first;              /* in its line */
    bool numbered;           /* rows without stamps are written with their numbers */
    ds_exactness *exactness; /* per column written */
} writer;

static void write_field(writer *w, const char *text)
{
    const char delimiter = w->like->layout.delimiter;
    if (!w->first)
        putc(delimiter, w->stream);
    w->first = false;
    const size_t length = strlen(text);
    const char special[] = {'"', '\n', '\r', delimiter, '\0'};
    const bool edge = length && (strchr(" \t", text[0]) || strchr(" \t", text[length - 1]));
    const bool quoted = edge || strpbrk(text, special);
    if (!quoted && !w->like->layout.windows_1252) {
        fputs(text, w->stream);
        return;
    }
    if (quoted)
        putc('"', w->stream);
    for (const char *p = text; *p;) {
        if (*p == '"')
            putc('"', w->stream);
        if (w->like->layout.windows_1252)
            p += ds_put_1252(p, w->stream);
        else
            putc(*p++, w->stream);
    }
    if (quoted)
        putc('"', w->stream);
}

static void end_line(writer *w)
{
    fputs(w->like->layout.crlf ? "\r\n" : "\n", w->stream);
    w->first = true;
}

static void write_number(writer *w, double value, int column)
{
    char text[DS_NUMBER_SIZE];
    ds_number_print(value, w->exactness[column], w->like->layout.decimal_comma, text, sizeof text);
    write_field(w, text);
}

static void write_piece(writer *w, const ds_layout_piece *piece, ds_time time)
{
    char text[128];
    const ds_civil c = ds_civil_from(time);
    if (*piece->pattern == 'h') {
        const int minute = c.hour * 60 + c.minute + (piece->periods ? 1440 / piece->periods : 0);
        const int number = minute / 60 * 100 + minute % 60;
        const bool seconds = strcmp(piece->pattern, "hhmmss") == 0;
        snprintf(text, sizeof text, "%d", seconds ? number * 100 + c.second : number);
    } else if (piece->periods) {
        snprintf(text, sizeof text, "%d", (c.hour * 60 + c.minute) / (1440 / piece->periods) + 1);
    } else if (*piece->pattern) {
        ds_pattern_print(piece->pattern, time, 0, text, sizeof text);
    } else {
        ds_time_print(&w->like->layout.date_format, time, text, sizeof text);
        char *clock = w->like->layout.date_format.kind == DS_TIME_DAY_CLOCK ? strchr(text, ' ') : NULL;
        if (clock)
            *clock = '\0';
    }
    write_field(w, text);
}

static void write_time(writer *w, ds_time time)
{
    char text[200];
    const ds_layout *l = &w->like->layout;
    if (w->numbered) {
        snprintf(text, sizeof text, "%lld", (long long)time + 1);
        write_field(w, text);
        return;
    }
    for (int i = 0; i < l->piece_count; i++)
        write_piece(w, &l->pieces[i], time);
    if (l->piece_count)
        return;
    ds_time_print(&l->format, time, text, sizeof text);
    write_field(w, text);
}

static void write_time_name(writer *w)
{
    const ds_layout *l = &w->like->layout;
    for (int i = 0; i < l->piece_count; i++)
        write_field(w, l->pieces[i].name);
    if (!l->piece_count)
        write_field(w, w->numbered ? "row" : l->time_name);
}

/* --- wide --- */

static void write_wide(writer *w, const int *columns, int count, const ds_time *time, const double *values,
                       size_t rows)
{
    const ds_layout *layout = &w->like->layout;
    int place = w->numbered ? 0 : -1; /* of the time among the columns written */
    if (layout->timed) {
        place = 0;
        for (int i = 0; i < count; i++)
            place += columns[i] < layout->time_position;
    }
    for (int i = 0; i <= count && !layout->headless; i++) {
        if (i == place)
            write_time_name(w);
        if (i < count)
            write_field(w, w->like->names[columns[i]]);
    }
    if (!layout->headless)
        end_line(w);
    for (size_t r = 0; r < rows && !ferror(w->stream); r++) {
        for (int i = 0; i <= count; i++) {
            if (i == place)
                write_time(w, time[r]);
            if (i < count)
                write_number(w, values[r * (size_t)count + (size_t)i], i);
        }
        end_line(w);
    }
}

/* --- long --- */

/* where[id x value_count + value] is the place of that series among the columns written, -1 where it is not;
 * used[value] tells whether any series of that value column is written. */
static int *place_series(const ds_layout *layout, const int *columns, int count, bool *used)
{
    const size_t cells = (size_t)layout->id_count * (size_t)layout->value_count;
    int *where = malloc(cells * sizeof *where);
    if (!where)
        return NULL;
    for (size_t c = 0; c < cells; c++)
        where[c] = -1;
    for (int i = 0; i < count; i++) {
        where[columns[i]] = i;
        used[columns[i] % layout->value_count] = true;
    }
    return where;
}

/* One series, or the header, in every id column. */
static void write_id(writer *w, int id)
{
    const ds_layout *l = &w->like->layout;
    if (!l->id_columns) {
        write_field(w, id < 0 ? l->id_name : l->ids[id]);
        return;
    }
    const char *key = id < 0 ? NULL : l->id_keys[id];
    for (int i = 0; i < l->id_columns; i++) {
        char text[512];
        const size_t length = key ? strcspn(key, "\x1f") : 0;
        snprintf(text, sizeof text, "%.*s", (int)(length < 500 ? length : 500), key ? key : "");
        write_field(w, key ? text : l->id_names[i]);
        key = key ? key + length + (key[length] != '\0') : NULL;
    }
}

/* Id and time where they stand right before value column `place`; id -1: their names. */
static void write_keys(writer *w, int place, int id, const ds_time *time)
{
    const ds_layout *layout = &w->like->layout;
    for (int turn = 0; turn < 2; turn++) {
        const bool is_id = (turn == 0) == layout->id_first;
        if (is_id && layout->id_position == place)
            write_id(w, id);
        else if (!is_id && layout->timed && layout->time_position == place)
            id < 0 ? write_time_name(w) : write_time(w, *time);
    }
}

static void write_series(writer *w, int id, const int *where, const bool *used, int count,
                         const ds_time *time, const double *values, size_t rows)
{
    const ds_layout *layout = &w->like->layout;
    bool wanted = false;
    for (int v = 0; v < layout->value_count; v++)
        wanted |= where[v] >= 0;
    for (size_t r = 0; r < rows && wanted && !ferror(w->stream); r++) {
        for (int v = 0; v <= layout->value_count; v++) {
            write_keys(w, v, id, time + r);
            if (v < layout->value_count && used[v])
                write_number(w, where[v] < 0 ? NAN : values[r * (size_t)count + (size_t)where[v]],
                             where[v] < 0 ? 0 : where[v]);
        }
        end_line(w);
    }
}

/* --- stamps of each column's own --- */

typedef struct merged {
    size_t rows;
    ds_time *time;  /* rows, those of any of the columns */
    double *values; /* rows x count, NaN where a column has another stamp */
} merged;

static int compare_times(const void *a, const void *b)
{
    const ds_time x = *(const ds_time *)a, y = *(const ds_time *)b;
    return (x > y) - (x < y);
}

static size_t find_time(const merged *m, ds_time time)
{
    size_t low = 0, high = m->rows;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (m->time[middle] <= time)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void clear_merged(merged *m)
{
    free(m->time);
    free(m->values);
}

/* Of the columns with where[i] >= 0, i < chosen; where NULL: of all. */
static int merge(merged *m, const int *where, int chosen, int count, const ds_time *own, const double *values,
                 size_t rows)
{
    const size_t n = (size_t)count, width = (size_t)chosen;
    *m = (merged){.time = malloc((rows * width + 1) * sizeof *m->time)};
    if (!m->time)
        return NN_FAILED;
    size_t all = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < width; i++) {
            const size_t cell = r * n + (where ? (size_t)where[i] : i);
            if ((!where || where[i] >= 0) && !isnan(values[cell]))
                m->time[all++] = own[cell];
        }
    qsort(m->time, all, sizeof *m->time, compare_times);
    for (size_t i = 0; i < all; i++)
        if (m->rows == 0 || m->time[m->rows - 1] != m->time[i])
            m->time[m->rows++] = m->time[i];
    if (!(m->values = malloc((m->rows * n + 1) * sizeof *m->values)))
        return NN_FAILED;
    for (size_t i = 0; i < m->rows * n; i++)
        m->values[i] = NAN;
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < width; i++) {
            const size_t column = where ? (size_t)where[i] : i, cell = r * n + column;
            if ((!where || where[i] >= 0) && !isnan(values[cell]))
                m->values[find_time(m, own[cell]) * n + column] = values[cell];
        }
    return NN_OK;
}

static int write_wide_own(writer *w, const int *columns, int count, const ds_time *own, const double *values,
                          size_t rows)
{
    merged m;
    w->numbered = !w->like->layout.timed;
    const int code = merge(&m, NULL, count, count, own, values, rows);
    if (!code)
        write_wide(w, columns, count, m.time, m.values, m.rows);
    clear_merged(&m);
    return code;
}

static int write_series_own(writer *w, int id, const int *where, const bool *used, int count,
                            const ds_time *own, const double *values, size_t rows)
{
    merged m;
    const int code = merge(&m, where, w->like->layout.value_count, count, own, values, rows);
    if (!code)
        write_series(w, id, where, used, count, m.time, m.values, m.rows);
    clear_merged(&m);
    return code;
}

static int write_long(writer *w, const int *columns, int count, const ds_time *time, const ds_time *own,
                      const double *values, size_t rows)
{
    const ds_layout *layout = &w->like->layout;
    bool *used = calloc((size_t)layout->value_count, sizeof *used);
    int *where = used ? place_series(layout, columns, count, used) : NULL;
    if (where && !layout->headless) {
        for (int v = 0; v <= layout->value_count; v++) {
            write_keys(w, v, -1, NULL);
            if (v < layout->value_count && used[v])
                write_field(w, layout->value_names[v]);
        }
        end_line(w);
    }
    int code = where ? NN_OK : NN_FAILED;
    for (int id = 0; id < layout->id_count && !code; id++) {
        const int *places = where + (size_t)id * (size_t)layout->value_count;
        if (own)
            code = write_series_own(w, id, places, used, count, own, values, rows);
        else
            write_series(w, id, places, used, count, time, values, rows);
    }
    free(where);
    free(used);
    return code;
}

/* Off by a small part of the usual change from row to row, for a high level may hide small changes. */
static ds_exactness exactness_of(const ds_table *table, int column)
{
    enum { MOST_ROWS = 1000 };
    const size_t n = (size_t)table->columns, from = table->rows > MOST_ROWS ? table->rows - MOST_ROWS : 0;
    double last = NAN, sum = 0;
    size_t count = 0;
    int decimals = 0;
    for (size_t r = from; r < table->rows; r++) {
        const double value = table->values[r * n + (size_t)column];
        if (isnan(value))
            continue;
        if (decimals < DS_ANY_DECIMALS && !ds_number_has_decimals(value, decimals)) {
            const int own = ds_number_decimals(value);
            decimals = own > decimals ? own : decimals;
        }
        count += !isnan(last);
        sum += isnan(last) ? 0 : fabs(value - last);
        last = value;
    }
    return (ds_exactness){count ? 1e-4 * sum / (double)count : 0, decimals};
}

int ds_write_csv(FILE *stream, const ds_table *like, const int *columns, int count, const ds_time *time,
                 const ds_time *own, const double *values, size_t rows, nn_error *error)
{
    for (int i = 0; i < count; i++)
        if (columns[i] < 0 || columns[i] >= like->columns)
            return nn_fail(error, NN_USAGE, "%s: there is no column number %d to write", like->path,
                           columns[i] + 1);
    writer w = {.stream = stream,
                .like = like,
                .first = true,
                .exactness = malloc(((size_t)count + 1) * sizeof *w.exactness)};
    int code = w.exactness ? NN_OK : NN_FAILED;
    for (int i = 0; i < count && !code; i++)
        w.exactness[i] = exactness_of(like, columns[i]);
    errno = 0;
    if (code)
        return nn_no_memory(error);
    if (like->layout.longform)
        code = write_long(&w, columns, count, time, own, values, rows);
    else if (own)
        code = write_wide_own(&w, columns, count, own, values, rows);
    else
        write_wide(&w, columns, count, time, values, rows);
    free(w.exactness);
    if (code)
        return nn_no_memory(error);
    if (fflush(stream) || ferror(stream))
        return nn_fail(error, NN_FAILED, "cannot write: %s",
                       errno ? strerror(errno) : "the stream is in error");
    return NN_OK;
}

int ds_write_file(const char *path, const ds_table *like, const int *columns, int count, const ds_time *time,
                  const ds_time *own, const double *values, size_t rows, nn_error *error)
{
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    const int code =
        ds_write_csv(nn_output_stream(output), like, columns, count, time, own, values, rows, error);
    if (code == NN_OK)
        return nn_output_commit(output, error);
    nn_output_abandon(output);
    nn_fail_within(error, "%s", strcmp(path, "-") == 0 ? "standard output" : path);
    return code;
}
