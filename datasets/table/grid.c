/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small file as a grid of texts. */
#include "datasets/table/grid.h"

#include "datasets/table/table_internal.h"
#include "datasets/text/encoding.h"
#include "lib/base/memory.h"

#include <stdlib.h>

typedef struct reader {
    ds_grid *grid;
    const char *path;
} reader;

static int no_memory(const reader *r, nn_error *error)
{
    return nn_fail(error, NN_FAILED, "%s: no memory", r->path);
}

static int grow(const reader *r, nn_error *error)
{
    ds_grid *g = r->grid;
    const size_t room = 2 * g->room + 64;
    if (room * (size_t)g->columns > DS_GRID_CELLS && g->rows * (size_t)g->columns >= DS_GRID_CELLS)
        return nn_fail(error, NN_BAD_DATA, "%s: more than %d fields", r->path, DS_GRID_CELLS);
    char **cell = nn_resize(g->cell, room, (size_t)g->columns, sizeof *cell);
    if (!cell)
        return no_memory(r, error);
    g->cell = cell;
    size_t *line = nn_resize(g->line, room, sizeof *line, 1);
    if (!line)
        return no_memory(r, error);
    g->line = line;
    g->room = room;
    return NN_OK;
}

static int take_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    const reader *r = context;
    ds_grid *g = r->grid;
    if (g->rows == 0 && g->columns == 0)
        g->columns = count;
    if (count != g->columns)
        return nn_fail(error, NN_BAD_DATA, "%s:%zu: %d fields where the first line has %d", r->path, line,
                       count, g->columns);
    if (g->rows == g->room) {
        int code = grow(r, error);
        if (code)
            return code;
    }
    char **row = g->cell + g->rows * (size_t)count;
    for (int i = 0; i < count; i++) {
        bool recoded = false;
        if (!(row[i] = ds_name_copy(fields[i].text, fields[i].length, &recoded))) {
            while (i-- > 0)
                free(row[i]);
            return no_memory(r, error);
        }
    }
    g->line[g->rows++] = line;
    return NN_OK;
}

int ds_grid_read(ds_grid *grid, const char *path, nn_error *error)
{
    *grid = (ds_grid){0};
    const ds_scan_options options = {0};
    ds_scan_result result = {0};
    reader r = {grid, path};
    int code = ds_scan(path, &options, take_row, &r, &result, NULL, error);
    if (!code && grid->rows == 0)
        code = nn_fail(error, NN_BAD_DATA, "%s: the file is empty", path);
    if (code)
        ds_grid_clear(grid);
    return code;
}

void ds_grid_clear(ds_grid *grid)
{
    for (size_t i = 0; i < grid->rows * (size_t)grid->columns; i++)
        free(grid->cell[i]);
    free(grid->cell);
    free(grid->line);
    *grid = (ds_grid){0};
}
