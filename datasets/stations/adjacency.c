/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is joined to whom, from a file. */
#include "datasets/stations/stations.h"
#include "datasets/text/scan.h"
#include "datasets/time/decimal.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A square CSV as it streams in. The first row may be a header: known at the end, by the number of rows. */
typedef struct loader {
    const char *path;
    char *const *names;
    int count;
    int ids;            /* 1 where the first column holds ids, else 0 */
    bool first_is_data; /* the first row can be read as weights */
    bool first_is_ids;  /* the first row holds ids */
    size_t rows;        /* read so far, the first one included */
    int *column;        /* station of each column, by the first row */
    int *row;           /* station of each row but the first, by the first column; -1: by its place */
    int first_row;      /* station of the first row, if it is one */
    double *first;      /* the first row's weights */
    double *weight;     /* count x count: rows after the first, as they stand in the file */
} loader;

static int find_name(const loader *l, const ds_field *f)
{
    for (int i = 0; i < l->count; i++)
        if (strlen(l->names[i]) == f->length && memcmp(l->names[i], f->text, f->length) == 0)
            return i;
    return -1;
}

static int fail_size(const loader *l, size_t line, int count, nn_error *error)
{
    return nn_fail(error, NN_BAD_DATA,
                   "%s:%zu: %d fields; an adjacency of the data's %d stations has %d, or %d with ids in the "
                   "first column",
                   l->path, line, count, l->count, l->count, l->count + 1);
}

static int take_weights(const loader *l, const ds_field *fields, size_t line, double *weight, nn_error *error)
{
    for (int i = 0; i < l->count; i++) {
        const ds_field *f = &fields[i + l->ids];
        if (ds_number_parse(f->text, f->length, false, &weight[i]) != DS_NUMBER_OK || weight[i] < 0)
            return nn_fail(error, NN_BAD_DATA, "%s:%zu:%d: '%s' is not a weight (a number of 0 or more)",
                           l->path, line, i + l->ids + 1, NN_SHOWN(60, f->text, f->length));
    }
    return NN_OK;
}

static int take_first(loader *l, const ds_field *fields, int count, size_t line, nn_error *error)
{
    if (count != l->count && count != l->count + 1)
        return fail_size(l, line, count, error);
    l->ids = count - l->count;
    int known = 0, unknown = -1;
    for (int i = 0; i < l->count; i++) {
        l->column[i] = find_name(l, &fields[i + l->ids]);
        known += l->column[i] >= 0;
        if (l->column[i] < 0 && unknown < 0)
            unknown = i;
    }
    l->first_is_ids = known == l->count;
    l->first_row = l->ids ? find_name(l, &fields[0]) : 0;
    nn_error why = {0};
    l->first_is_data = take_weights(l, fields, line, l->first, &why) == NN_OK;
    if (l->first_is_ids || l->first_is_data)
        return NN_OK;
    if (known == 0 && *why.text)
        return nn_fail(error, why.code, "%s, and no station of the data", why.text);
    const ds_field *f = &fields[unknown + l->ids];
    return nn_fail(error, NN_BAD_DATA, "%s:%zu:%d: the data have no station '%s'", l->path, line,
                   unknown + l->ids + 1, NN_SHOWN(100, f->text, f->length));
}

static int take_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    loader *l = context;
    if (l->rows == 0) {
        l->rows = 1;
        return take_first(l, fields, count, line, error);
    }
    if (count != l->count + l->ids)
        return fail_size(l, line, count, error);
    const size_t at = l->rows++ - 1;
    if (at >= (size_t)l->count)
        return nn_fail(error, NN_BAD_DATA, "%s:%zu: more rows than the data's %d stations", l->path, line,
                       l->count);
    l->row[at] = -1;
    if (l->ids && (l->row[at] = find_name(l, &fields[0])) < 0)
        return nn_fail(error, NN_BAD_DATA, "%s:%zu:1: the data have no station '%s'", l->path, line,
                       NN_SHOWN(100, fields[0].text, fields[0].length));
    return take_weights(l, fields, line, l->weight + at * (size_t)l->count, error);
}

/* Whose row stands in the file as row r of the square, and its weights. */
static int row_station(const loader *l, bool header, int r, const double **weight)
{
    if (!header && r == 0) {
        *weight = l->first;
        return l->ids ? l->first_row : 0;
    }
    const int at = r - !header;
    *weight = l->weight + (size_t)at * (size_t)l->count;
    if (l->row[at] >= 0)
        return l->row[at];
    return header ? l->column[r] : r;
}

static int put_in_order(const loader *l, double *out, nn_error *error)
{
    const size_t n = (size_t)l->count;
    const bool header = l->rows == n + 1;
    if ((header && !l->first_is_ids) || (!header && (l->rows != n || !l->first_is_data)))
        return nn_fail(error, NN_BAD_DATA, "%s: %zu rows%s; the data have %d stations", l->path,
                       l->rows - (l->first_is_ids && !l->first_is_data),
                       l->first_is_ids ? " after the header" : "", l->count);
    uint8_t *seen = calloc(2, n);
    if (!seen)
        return nn_fail(error, NN_FAILED, "%s: no memory", l->path);
    int code = NN_OK;
    for (int r = 0; r < l->count && !code; r++) {
        const double *weight;
        const int i = row_station(l, header, r, &weight), j0 = header ? l->column[r] : r;
        if (i < 0)
            code = nn_fail(error, NN_BAD_DATA, "%s:1:1: the data have no such station", l->path);
        else if (seen[i]++ || seen[n + (size_t)j0]++)
            code = nn_fail(error, NN_BAD_DATA, "%s: station '%.100s' stands there twice", l->path,
                           l->names[seen[i] > 1 ? i : j0]);
        for (int c = 0; c < l->count && !code; c++)
            out[(size_t)i * n + (size_t)(header ? l->column[c] : c)] = weight[c];
    }
    free(seen);
    return code;
}

int ds_adjacency_read(double **adjacency, const char *path, char *const *names, int count, nn_error *error)
{
    const size_t n = (size_t)count;
    const ds_scan_options options = {0};
    ds_scan_result result = {0};
    loader l = {.path = path, .names = names, .count = count};
    *adjacency = NULL;
    l.column = nn_resize(NULL, n, sizeof *l.column, 1);
    l.row = nn_resize(NULL, n, sizeof *l.row, 1);
    l.first = nn_resize(NULL, n, sizeof *l.first, 1);
    l.weight = nn_resize(NULL, n, n, sizeof *l.weight);
    double *out = nn_resize(NULL, n, n, sizeof *out);
    int code = NN_OK;
    if (!l.column || !l.row || !l.first || !l.weight || !out)
        code = nn_fail(error, NN_FAILED, "%s: no memory for an adjacency of %d stations", path, count);
    if (!code)
        code = ds_scan(path, &options, take_row, &l, &result, NULL, error);
    if (!code)
        code = put_in_order(&l, out, error);
    free(l.column);
    free(l.row);
    free(l.first);
    free(l.weight);
    if (code)
        free(out);
    else
        *adjacency = out;
    return code;
}

/* --- parts --- */

int ds_adjacency_components(const double *adjacency, int count, int *component)
{
    const size_t n = (size_t)count;
    int *queue = nn_resize(NULL, n, sizeof *queue, 1), *part = nn_resize(NULL, n, sizeof *part, 1);
    int parts = 0;
    for (size_t i = 0; part && i < n; i++)
        part[i] = -1;
    for (int start = 0; queue && part && start < count; start++) {
        if (part[start] >= 0)
            continue;
        int head = 0, tail = 0;
        queue[tail++] = start;
        part[start] = parts;
        while (head < tail) {
            const size_t i = (size_t)queue[head++];
            for (size_t j = 0; j < n; j++)
                if (part[j] < 0 && (adjacency[i * n + j] > 0 || adjacency[j * n + i] > 0)) {
                    part[j] = parts;
                    queue[tail++] = (int)j;
                }
        }
        parts++;
    }
    if (!queue || !part)
        parts = -1;
    else if (component)
        memcpy(component, part, n * sizeof *part);
    free(queue);
    free(part);
    return parts;
}

static int largest_part(const int *part, int count, int parts)
{
    int best = 0, most = 0;
    for (int p = 0; p < parts; p++) {
        int size = 0;
        for (int i = 0; i < count; i++)
            size += part[i] == p;
        if (size > most) {
            most = size;
            best = p;
        }
    }
    return best;
}

int ds_adjacency_check(const double *adjacency, char *const *names, int count, const char *what,
                       nn_error *error)
{
    int *part = nn_resize(NULL, (size_t)count, sizeof *part, 1);
    const int parts = part ? ds_adjacency_components(adjacency, count, part) : -1;
    int code = NN_OK;
    if (parts < 0)
        code = nn_fail(error, NN_FAILED, "%s: no memory", what);
    if (parts > 1) {
        const int most = largest_part(part, count, parts);
        char list[300] = "";
        size_t at = 0;
        int off = 0, shown = 0;
        for (int i = 0; i < count; i++) {
            if (part[i] == most)
                continue;
            if (off++ < 8 && at < sizeof list - 1) {
                int n = snprintf(list + at, sizeof list - at, "%s'%.60s'", shown++ ? ", " : "", names[i]);
                at += n > 0 ? (size_t)n : 0;
            }
        }
        code = nn_fail(error, NN_BAD_DATA,
                       "%s: the network falls into %d parts: %s%s %s not joined to the other %d stations",
                       what, parts, list, off > shown ? " ..." : "", off == 1 ? "is" : "are", count - off);
    }
    free(part);
    return code;
}
