/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies a view's targets into a table of their own. */
#include "datasets/series/shadow.h"

#include <stdlib.h>
#include <string.h>

int ds_shadow_make(ds_shadow *s, const ds_view *view, size_t from, size_t rows, nn_error *error)
{
    const size_t targets = (size_t)view->targets;
    *s = (ds_shadow){0};
    s->values = malloc((rows * targets + 1) * sizeof *s->values);
    s->index = malloc((targets + 1) * sizeof *s->index);
    s->role = calloc(targets + 1, sizeof *s->role);
    s->names = malloc((targets + 1) * sizeof *s->names);
    if (!s->values || !s->index || !s->role || !s->names) {
        ds_shadow_clear(s);
        return nn_no_memory(error);
    }
    for (size_t k = 0; k < targets; k++) {
        s->index[k] = (int)k;
        s->role[k] = DS_VIEW_TARGET;
        s->names[k] = view->table->names[ds_view_column(view, (int)k)];
        for (size_t i = 0; i < rows; i++)
            s->values[i * targets + k] =
                ds_view_valid(view, from + i, (int)k) ? ds_view_value(view, from + i, (int)k) : NAN;
    }
    s->table = (ds_table){.path = view->table->path,
                          .rows = rows,
                          .columns = view->targets,
                          .values = s->values,
                          .names = s->names,
                          .frequency = view->table->frequency};
    s->view = (ds_view){.table = &s->table,
                        .rows = rows,
                        .columns = view->targets,
                        .column = s->index,
                        .role = s->role,
                        .targets = view->targets,
                        .target = s->index,
                        .what = view->what,
                        .floor = NAN,
                        .closeness = view->closeness,
                        .places = view->places};
    return NN_OK;
}

void ds_shadow_clear(ds_shadow *s)
{
    free(s->values);
    free(s->index);
    free(s->role);
    free(s->names);
}
