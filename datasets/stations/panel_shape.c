/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which column of a table is which variable of which station. */
#include "datasets/stations/panel.h"
#include "datasets/table/table.h"
#include "lib/base/memory.h"
#include "lib/base/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(const ds_table *table, nn_error *error)
{
    return nn_fail(error, NN_FAILED, "%s: no memory for a panel", table->path);
}

static int reserve(ds_panel_shape *shape, const ds_table *table, size_t stations, size_t variables,
                   nn_error *error)
{
    shape->ids = nn_resize(NULL, stations, sizeof *shape->ids, 1);
    shape->variable = nn_resize(NULL, variables, sizeof *shape->variable, 1);
    shape->column = nn_resize(NULL, stations, variables, sizeof *shape->column);
    return shape->ids && shape->variable && shape->column ? NN_OK : no_memory(table, error);
}

static bool add_text(char **list, int *count, const char *text, size_t length)
{
    char *copy = nn_text_copy(text, length);
    if (copy)
        list[(*count)++] = copy;
    return copy != NULL;
}

static int from_long(ds_panel_shape *shape, const ds_table *table, nn_error *error)
{
    const ds_layout *l = &table->layout;
    int code = reserve(shape, table, (size_t)l->id_count, (size_t)l->value_count, error);
    for (int i = 0; i < l->id_count && !code; i++)
        if (!add_text(shape->ids, &shape->count, l->ids[i], strlen(l->ids[i])))
            code = no_memory(table, error);
    for (int v = 0; v < l->value_count && !code; v++)
        if (!add_text(shape->variable, &shape->variables, l->value_names[v], strlen(l->value_names[v])))
            code = no_memory(table, error);
    for (int c = 0; c < table->columns && !code; c++)
        shape->column[c] = c;
    return code;
}

static int from_columns(ds_panel_shape *shape, const ds_table *table, nn_error *error)
{
    int code = reserve(shape, table, (size_t)table->columns, 1, error);
    if (!code && !add_text(shape->variable, &shape->variables, "value", 5))
        code = no_memory(table, error);
    for (int c = 0; c < table->columns && !code; c++) {
        shape->column[c] = c;
        if (!add_text(shape->ids, &shape->count, table->names[c], strlen(table->names[c])))
            code = no_memory(table, error);
    }
    return code;
}

/* --- columns named "id/variable" --- */

static int find_text(const nn_names *ids, const char *text, size_t length)
{
    for (int i = 0; i < ids->count; i++)
        if (strlen(ids->text[i]) == length && memcmp(ids->text[i], text, length) == 0)
            return i;
    return -1;
}

static bool all_slashed(const ds_table *table)
{
    for (int c = 0; c < table->columns; c++) {
        const char *slash = strrchr(table->names[c], '/');
        if (!slash || slash == table->names[c] || !slash[1])
            return false;
    }
    return true;
}

static int place_columns(ds_panel_shape *shape, const ds_table *table, const nn_names *ids,
                         const nn_names *variables, nn_error *error)
{
    const size_t width = (size_t)variables->count, cells = (size_t)ids->count * width;
    for (size_t i = 0; i < cells; i++)
        shape->column[i] = -1;
    for (int c = 0; c < table->columns; c++) {
        const char *name = table->names[c], *slash = strrchr(name, '/');
        const int s = find_text(ids, name, (size_t)(slash - name));
        const int v = find_text(variables, slash + 1, strlen(slash + 1));
        shape->column[(size_t)s * width + (size_t)v] = c;
    }
    for (size_t i = 0; i < cells; i++)
        if (shape->column[i] < 0)
            return nn_fail(error, NN_BAD_DATA, "%s: station '%.100s' has no column '%.100s/%.100s'",
                           table->path, ids->text[i / width], ids->text[i / width],
                           variables->text[i % width]);
    return NN_OK;
}

static int from_slashed(ds_panel_shape *shape, const ds_table *table, nn_error *error)
{
    nn_names ids = {0}, variables = {0};
    int code = NN_OK;
    for (int c = 0; c < table->columns && !code; c++) {
        const char *name = table->names[c], *slash = strrchr(name, '/');
        if (nn_names_add(&ids, name, (size_t)(slash - name)) < 0 ||
            nn_names_add(&variables, slash + 1, strlen(slash + 1)) < 0)
            code = no_memory(table, error);
    }
    /* A slash in every name and yet no common variables: the slashes are part of the stations' names. */
    const bool regular = (size_t)ids.count * (size_t)variables.count == (size_t)table->columns;
    if (!code && !regular && variables.count > ids.count) {
        nn_names_free(&ids);
        nn_names_free(&variables);
        return from_columns(shape, table, error);
    }
    if (!code)
        code = reserve(shape, table, (size_t)ids.count, (size_t)variables.count, error);
    if (!code)
        code = place_columns(shape, table, &ids, &variables, error);
    if (!code) {
        memcpy(shape->ids, ids.text, (size_t)ids.count * sizeof *ids.text);
        memcpy(shape->variable, variables.text, (size_t)variables.count * sizeof *variables.text);
        shape->count = ids.count;
        shape->variables = variables.count;
        ids.count = variables.count = 0; /* the texts have moved */
    }
    nn_names_free(&ids);
    nn_names_free(&variables);
    return code;
}

int ds_panel_shape_make(ds_panel_shape *shape, const ds_table *table, nn_error *error)
{
    int code;
    *shape = (ds_panel_shape){0};
    if (table->layout.longform)
        code = from_long(shape, table, error);
    else if (all_slashed(table))
        code = from_slashed(shape, table, error);
    else
        code = from_columns(shape, table, error);
    if (code)
        ds_panel_shape_clear(shape);
    return code;
}

void ds_panel_shape_clear(ds_panel_shape *shape)
{
    for (int i = 0; i < shape->count; i++)
        free(shape->ids[i]);
    for (int v = 0; v < shape->variables; v++)
        free(shape->variable[v]);
    free(shape->ids);
    free(shape->variable);
    free(shape->column);
    *shape = (ds_panel_shape){0};
}
