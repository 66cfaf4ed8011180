/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the positions of stations, joined to a panel by id. */
#include "datasets/stations/stations.h"
#include "datasets/table/grid.h"
#include "datasets/time/decimal.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A stations file on its way to the panel's order. */
typedef struct loader {
    const char *path;
    ds_grid grid; /* row 0: the header */
    char *const *names;
    int count;
    int id, first, second; /* columns: ids, x or latitude, y or longitude */
    bool spherical;
    size_t *row; /* count: the grid's row of each station */
    ds_stations *stations;
    nn_error *error;
} loader;

static const char *cell(const loader *l, size_t row, int column)
{
    return l->grid.cell[row * (size_t)l->grid.columns + (size_t)column];
}

static int no_memory(const loader *l)
{
    return nn_fail(l->error, NN_FAILED, "%s: no memory", l->path);
}

static int find_header(const loader *l, const char *const *words)
{
    for (; *words; words++)
        for (int i = 0; i < l->grid.columns; i++)
            if (strcasecmp(cell(l, 0, i), *words) == 0)
                return i;
    return -1;
}

static int find_coordinates(loader *l)
{
    static const char *const latitude[] = {"latitude", "lat", NULL};
    static const char *const longitude[] = {"longitude", "lon", "lng", "long", NULL};
    static const char *const x[] = {"x", "easting", NULL}, *const y[] = {"y", "northing", NULL};
    l->first = find_header(l, latitude);
    l->second = find_header(l, longitude);
    l->spherical = l->first >= 0 && l->second >= 0;
    if (l->spherical)
        return NN_OK;
    l->first = find_header(l, x);
    l->second = find_header(l, y);
    if (l->first >= 0 && l->second >= 0)
        return NN_OK;
    char header[300] = "";
    size_t at = 0;
    for (int i = 0; i < l->grid.columns && at < sizeof header - 1; i++) {
        int n = snprintf(header + at, sizeof header - at, "%s%s", i ? ", " : "", cell(l, 0, i));
        at += n > 0 ? (size_t)n : 0;
    }
    return nn_fail(l->error, NN_BAD_DATA,
                   "%s:%zu: no coordinates: expected columns x and y, or lat and lon, found %s", l->path,
                   l->grid.line[0], header);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(**(char *const *const *)a, **(char *const *const *)b);
}

/* Rows of a column sorted by their text, as pointers to its cells. */
static char ***sort_column(const loader *l, int column)
{
    const size_t n = l->grid.rows - 1;
    char ***sorted = nn_resize(NULL, n, sizeof *sorted, 1);
    for (size_t r = 0; sorted && r < n; r++)
        sorted[r] = &l->grid.cell[(r + 1) * (size_t)l->grid.columns + (size_t)column];
    if (sorted && n)
        qsort(sorted, n, sizeof *sorted, compare_texts);
    return sorted;
}

static size_t row_of(const loader *l, char *const *place)
{
    return (size_t)(place - l->grid.cell) / (size_t)l->grid.columns;
}

/* Looks the names up in a column; returns how many are there. Rows go to row[], SIZE_MAX where absent. */
static int match(const loader *l, int column, size_t *row)
{
    const size_t n = l->grid.rows - 1;
    char ***sorted = sort_column(l, column);
    if (!sorted)
        return -1;
    int found = 0;
    for (int i = 0; i < l->count; i++) {
        char *const *name = &l->names[i];
        char ***hit = n ? bsearch(&name, sorted, n, sizeof *sorted, compare_texts) : NULL;
        row[i] = hit ? row_of(l, *hit) : SIZE_MAX;
        found += hit != NULL;
    }
    free(sorted);
    return found;
}

static bool is_coordinate(const loader *l, int column)
{
    return column == l->first || column == l->second;
}

static int fail_missing(const loader *l, int found)
{
    char list[300] = "";
    size_t at = 0;
    int shown = 0;
    for (int i = 0; i < l->count && shown < 8; i++)
        if (l->row[i] == SIZE_MAX && at < sizeof list - 1) {
            int n = snprintf(list + at, sizeof list - at, "%s'%.60s'", shown++ ? ", " : "", l->names[i]);
            at += n > 0 ? (size_t)n : 0;
        }
    const int missing = l->count - found;
    return nn_fail(l->error, NN_BAD_DATA,
                   "%s: no row for %d of the data's %d stations: %s%s (column '%.60s' begins with '%.60s')",
                   l->path, missing, l->count, list, missing > shown ? " ..." : "", cell(l, 0, l->id),
                   cell(l, 1, l->id));
}

/* The id column: the first that holds all names; for the message, the one that holds most. */
static int find_ids(loader *l)
{
    int best = -1, best_found = -1;
    l->row = nn_resize(NULL, (size_t)l->count, sizeof *l->row, 1);
    if (!l->row)
        return no_memory(l);
    for (int c = 0; c < l->grid.columns && best_found < l->count; c++) {
        if (is_coordinate(l, c))
            continue;
        const int found = match(l, c, l->row);
        if (found < 0)
            return no_memory(l);
        if (found > best_found) {
            best = c;
            best_found = found;
        }
    }
    if (best < 0)
        return nn_fail(l->error, NN_BAD_DATA, "%s:%zu: no column of ids beside the coordinates", l->path,
                       l->grid.line[0]);
    l->id = best;
    (void)match(l, best, l->row);
    return best_found < l->count ? fail_missing(l, best_found) : NN_OK;
}

/* Without names: the first column beside the coordinates, in the file's order. */
static int take_all(loader *l)
{
    l->id = 0;
    while (l->id < l->grid.columns && is_coordinate(l, l->id))
        l->id++;
    if (l->id == l->grid.columns)
        return nn_fail(l->error, NN_BAD_DATA, "%s:%zu: no column of ids beside the coordinates", l->path,
                       l->grid.line[0]);
    l->count = (int)l->grid.rows - 1;
    l->row = nn_resize(NULL, (size_t)l->count, sizeof *l->row, 1);
    for (int i = 0; l->row && i < l->count; i++)
        l->row[i] = (size_t)i + 1;
    return l->row ? NN_OK : no_memory(l);
}

static int check_unique(const loader *l)
{
    const size_t n = l->grid.rows - 1;
    char ***sorted = sort_column(l, l->id);
    if (!sorted)
        return no_memory(l);
    int code = NN_OK;
    for (size_t i = 1; i < n && !code; i++)
        if (strcmp(*sorted[i - 1], *sorted[i]) == 0) {
            const size_t a = l->grid.line[row_of(l, sorted[i - 1])];
            const size_t b = l->grid.line[row_of(l, sorted[i])];
            code = nn_fail(l->error, NN_BAD_DATA, "%s:%zu:%d: station '%.100s' stands on line %zu already",
                           l->path, a > b ? a : b, l->id + 1, *sorted[i], a > b ? b : a);
        }
    free(sorted);
    return code;
}

static int read_coordinate(const loader *l, int station, int column, double limit, double *value)
{
    const size_t row = l->row[station];
    const char *text = cell(l, row, column);
    const ds_number_kind kind = ds_number_parse(text, strlen(text), false, value);
    if (kind == DS_NUMBER_OK && (limit == 0 || fabs(*value) <= limit))
        return NN_OK;
    const char *what = cell(l, 0, column), *id = cell(l, row, l->id);
    if (kind == DS_NUMBER_OK)
        return nn_fail(l->error, NN_BAD_DATA,
                       "%s:%zu:%d: station '%.100s' has %.40s %.40s; degrees run from -%g to %g", l->path,
                       l->grid.line[row], column + 1, id, what, text, limit, limit);
    return nn_fail(l->error, NN_BAD_DATA, "%s:%zu:%d: station '%.100s' has no %.40s: '%.40s' is not a number",
                   l->path, l->grid.line[row], column + 1, id, what, text);
}

static int read_positions(loader *l)
{
    ds_stations *s = l->stations;
    const size_t n = (size_t)l->count;
    double **first = l->spherical ? &s->latitude : &s->x, **second = l->spherical ? &s->longitude : &s->y;
    s->x = calloc(n, sizeof *s->x);
    s->y = calloc(n, sizeof *s->y);
    if (l->spherical) {
        s->latitude = calloc(n, sizeof(double));
        s->longitude = calloc(n, sizeof(double));
    }
    if (!s->x || !s->y || !*first || !*second)
        return no_memory(l);
    int code = NN_OK;
    for (int i = 0; i < l->count && !code; i++) {
        code = read_coordinate(l, i, l->first, l->spherical ? 90 : 0, &(*first)[i]);
        if (!code)
            code = read_coordinate(l, i, l->second, l->spherical ? 360 : 0, &(*second)[i]);
    }
    return code;
}

/* A plane that touches the earth at the stations' centre; good for networks of some hundred kilometres, and
 * the distances do not depend on it. */
static void project(ds_stations *s)
{
    const double radian = M_PI / 180;
    double east = 0, north = 0, latitude = 0;
    for (int i = 0; i < s->count; i++) {
        east += cos(s->longitude[i] * radian);
        north += sin(s->longitude[i] * radian);
        latitude += s->latitude[i] / s->count;
    }
    const double centre = atan2(north, east) / radian;
    for (int i = 0; i < s->count; i++) {
        const double turn = remainder(s->longitude[i] - centre, 360);
        s->x[i] = DS_EARTH_RADIUS * cos(latitude * radian) * turn * radian;
        s->y[i] = DS_EARTH_RADIUS * (s->latitude[i] - latitude) * radian;
    }
}

static bool is_attribute(const loader *l, int column)
{
    bool any = false;
    if (column == l->id || is_coordinate(l, column))
        return false;
    for (int i = 0; i < l->count; i++) {
        double value;
        const char *text = cell(l, l->row[i], column);
        if (!*text)
            continue;
        any = true;
        if (ds_number_parse(text, strlen(text), false, &value) != DS_NUMBER_OK)
            return false;
    }
    return any;
}

static int read_attributes(loader *l)
{
    ds_stations *s = l->stations;
    int wanted = 0;
    for (int c = 0; c < l->grid.columns; c++)
        wanted += is_attribute(l, c);
    s->attribute_names = calloc((size_t)wanted + 1, sizeof *s->attribute_names);
    s->attribute = calloc((size_t)wanted * (size_t)l->count + 1, sizeof *s->attribute);
    if (!s->attribute_names || !s->attribute)
        return no_memory(l);
    for (int c = 0; c < l->grid.columns; c++) {
        if (!is_attribute(l, c))
            continue;
        const int a = s->attributes;
        if (!(s->attribute_names[a] = strdup(cell(l, 0, c))))
            return no_memory(l);
        s->attributes++;
        for (int i = 0; i < l->count; i++) {
            double *to = &s->attribute[(size_t)i * (size_t)wanted + (size_t)a];
            const char *text = cell(l, l->row[i], c);
            if (ds_number_parse(text, strlen(text), false, to) != DS_NUMBER_OK)
                *to = NAN;
        }
    }
    return NN_OK;
}

static int fill(loader *l)
{
    ds_stations *s = l->stations = calloc(1, sizeof *s);
    if (!s || !(s->path = strdup(l->path)) || !(s->ids = calloc((size_t)l->count, sizeof *s->ids)))
        return no_memory(l);
    s->spherical = l->spherical;
    s->unused = (int)l->grid.rows - 1 - l->count;
    for (int i = 0; i < l->count; i++, s->count++)
        if (!(s->ids[i] = strdup(cell(l, l->row[i], l->id))))
            return no_memory(l);
    int code = read_positions(l);
    if (!code && s->spherical)
        project(s);
    return code ? code : read_attributes(l);
}

int ds_stations_read(ds_stations **stations, const char *path, char *const *names, int count, nn_error *error)
{
    loader l = {.path = path, .names = names, .count = count, .error = error};
    *stations = NULL;
    int code = ds_grid_read(&l.grid, path, error);
    if (code)
        return code;
    code = find_coordinates(&l);
    if (!code && l.grid.rows < 2)
        code = nn_fail(error, NN_BAD_DATA, "%s: no stations after the header", path);
    if (!code)
        code = names ? find_ids(&l) : take_all(&l);
    if (!code)
        code = check_unique(&l);
    if (!code)
        code = fill(&l);
    if (code)
        ds_stations_free(l.stations);
    else
        *stations = l.stations;
    free(l.row);
    ds_grid_clear(&l.grid);
    return code;
}

static void free_texts(char **texts, int count)
{
    for (int i = 0; texts && i < count; i++)
        free(texts[i]);
    free(texts);
}

void ds_stations_free(ds_stations *s)
{
    if (!s)
        return;
    free(s->path);
    free_texts(s->ids, s->count);
    free(s->x);
    free(s->y);
    free(s->latitude);
    free(s->longitude);
    free_texts(s->attribute_names, s->attributes);
    free(s->attribute);
    free(s);
}
