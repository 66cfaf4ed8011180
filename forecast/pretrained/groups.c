/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which columns of a view are forecast together, and what is seen of them. */
#include "forecast/pretrained/forecaster.h"

#include "datasets/series/values.h"
#include "lib/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Columns of a table that are taken together where nothing else is said. */
enum { MOST_TOGETHER = 64 };

int fc_pretrained_target(const ds_view *view, int j)
{
    for (int k = 0; k < view->targets; k++)
        if (view->target[k] == j)
            return k;
    return -1;
}

/* What columns have in common that belong together: the series of a long file, the station of a panel. */
static int *owners_of(const ds_view *view)
{
    const ds_table *table = view->table;
    const bool of_values = table->layout.longform && table->layout.value_count > 1 && !view->what;
    int *owner = malloc(((size_t)view->columns + 1) * sizeof *owner);
    for (int j = 0; j < view->columns && owner; j++) {
        const char *name = table->names[view->column[j]], *slash = strrchr(name, '/');
        owner[j] = view->what ? j / (view->columns / view->targets) : j;
        for (int i = 0; i < j && of_values && slash; i++) {
            const char *other = table->names[view->column[i]], *end = strrchr(other, '/');
            if (end && end - other == slash - name && memcmp(other, name, (size_t)(slash - name)) == 0) {
                owner[j] = owner[i];
                break;
            }
        }
    }
    return owner;
}

/* Whether columns without an owner in common are taken together all the same. */
static bool is_one_group(const ds_view *view, fc_pretrained_joint how)
{
    const bool apart = view->what || view->table->layout.longform;
    return how == FC_JOINT_YES || (how == FC_JOINT_AUTO && !apart && view->columns <= MOST_TOGETHER);
}

/* Covariates of a table that are nobody's are everybody's. */
static bool belongs(const ds_view *view, const int *owner, int target, int column)
{
    const bool apart = view->what || view->table->layout.longform;
    return !apart || owner[view->target[target]] == owner[column];
}

static bool is_target(const ds_view *view, int j)
{
    return view->role[j] == DS_VIEW_TARGET;
}

int fc_pretrained_group(fc_pretrained_groups *groups, const ds_view *view, bool joint,
                        fc_pretrained_joint how, nn_error *error)
{
    const bool one = joint && is_one_group(view, how), by_owner = joint && !one && how != FC_JOINT_NO;
    const size_t targets = (size_t)view->targets, columns = (size_t)view->columns;
    int *owner = owners_of(view), used = 0;
    bool *taken = calloc(targets + 1, sizeof *taken);
    groups->count = 0;
    groups->first = calloc(targets + 2, sizeof *groups->first);
    groups->member = nn_resize(NULL, one ? 1 : targets, columns + 1, sizeof *groups->member);
    const bool fine = owner && taken && groups->first && groups->member;
    for (int k = 0; k < view->targets && fine; k++) {
        if (taken[k])
            continue;
        for (int i = k; i < view->targets; i++)
            if (i == k || one || (by_owner && owner[view->target[i]] == owner[view->target[k]])) {
                taken[i] = true;
                groups->member[used++] = view->target[i];
            }
        for (int j = 0; j < view->columns && joint; j++)
            if (!is_target(view, j) && (one || belongs(view, owner, k, j)))
                groups->member[used++] = j;
        groups->first[++groups->count] = used;
    }
    free(owner);
    free(taken);
    return fine ? NN_OK : nn_no_memory(error);
}

void fc_pretrained_groups_clear(fc_pretrained_groups *groups)
{
    free(groups->first);
    free(groups->member);
    *groups = (fc_pretrained_groups){0};
}

/* `count` rows of a column from `from` on; NaN before the first row and behind the last. */
static void copy_column(double *out, const ds_table *table, size_t column, ptrdiff_t from, int count)
{
    for (int i = 0; i < count; i++) {
        const ptrdiff_t row = from + i;
        const bool there = row >= 0 && (size_t)row < table->rows;
        out[i] = there ? table->values[(size_t)row * (size_t)table->columns + column] : NAN;
    }
}

void fc_pretrained_gather(double *context, double *future, const ds_view *view, const int *member,
                          int members, size_t origin, int length, int steps)
{
    const int before = (size_t)length > origin ? (int)((size_t)length - origin) : 0;
    for (int m = 0; m < members; m++) {
        double *x = context + (size_t)m * (size_t)length;
        const int j = member[m];
        const size_t column = (size_t)view->column[j];
        copy_column(x, view->table, column, (ptrdiff_t)origin - length, length);
        if (is_target(view, j)) { /* what is no truth is not known */
            for (int i = 0; i < before; i++)
                x[i] = NAN;
            ds_values_copy(view, fc_pretrained_target(view, j), origin - (size_t)(length - before),
                           (size_t)(length - before), x + before);
        }
        for (int h = 0; h < steps && future; h++)
            future[(size_t)m * (size_t)steps + (size_t)h] = NAN;
        if (future && view->role[j] == DS_VIEW_FUTURE)
            copy_column(future + (size_t)m * (size_t)steps, view->table, column, (ptrdiff_t)origin, steps);
    }
}
