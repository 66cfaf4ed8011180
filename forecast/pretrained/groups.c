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

/* Columns of a long file or of a panel, which are of several things. */
static bool is_apart(const ds_view *view)
{
    return view->what || view->table->layout.longform;
}

/* Whether two columns are of the same series of a long file, or of the same station of a panel. */
static bool are_of_one(const ds_view *view, int a, int b)
{
    const int variables = view->columns / view->targets;
    if (view->what)
        return a / variables == b / variables;
    if (a == b || view->table->layout.value_count < 2)
        return a == b;
    const char *one = view->table->names[view->column[a]], *other = view->table->names[view->column[b]];
    const char *end = strrchr(one, '/'), *slash = strrchr(other, '/');
    return end && slash && end - one == slash - other && memcmp(one, other, (size_t)(end - one)) == 0;
}

/* Whether columns that nothing else joins are taken together all the same. */
static bool is_one_group(const ds_view *view, fc_pretrained_joint how)
{
    return how == FC_JOINT_YES || (how == FC_JOINT_AUTO && !is_apart(view) && view->columns <= MOST_TOGETHER);
}

static bool is_target(const ds_view *view, int j)
{
    return view->role[j] == DS_VIEW_TARGET;
}

/* Whether column j belongs to the group of target k: covariates of a table that are nobody's are everybody's.
 */
static bool belongs(const ds_view *view, fc_pretrained_joint how, bool one, int k, int j)
{
    if (one || j == view->target[k])
        return true;
    if (is_target(view, j))
        return how != FC_JOINT_NO && is_apart(view) && are_of_one(view, view->target[k], j);
    return !is_apart(view) || are_of_one(view, view->target[k], j);
}

static bool push(fc_pretrained_groups *groups, int *used, int column)
{
    const size_t count = (size_t)*used;
    if ((count & (count - 1)) == 0) { /* room doubles */
        int *grown = nn_resize(groups->member, count ? 2 * count : 1, 1, sizeof *grown);
        if (!grown)
            return false;
        groups->member = grown;
    }
    groups->member[(*used)++] = column;
    return true;
}

/* The group of target k: targets first. */
static bool add_group(fc_pretrained_groups *groups, const ds_view *view, bool joint, fc_pretrained_joint how,
                      int k, int *used)
{
    const bool one = joint && is_one_group(view, how);
    bool fine = joint || push(groups, used, view->target[k]);
    for (int i = 0; i < view->targets && joint && fine; i++)
        if (belongs(view, how, one, k, view->target[i]))
            fine = push(groups, used, view->target[i]);
    for (int j = 0; j < view->columns && joint && fine; j++)
        if (!is_target(view, j) && belongs(view, how, one, k, j))
            fine = push(groups, used, j);
    groups->first[++groups->count] = *used;
    return fine;
}

int fc_pretrained_group(fc_pretrained_groups *groups, const ds_view *view, bool joint,
                        fc_pretrained_joint how, nn_error *error)
{
    const size_t targets = (size_t)view->targets;
    bool *taken = calloc((size_t)view->columns + 1, sizeof *taken);
    int used = 0;
    *groups = (fc_pretrained_groups){.first = calloc(targets + 2, sizeof *groups->first)};
    bool fine = taken && groups->first;
    for (int k = 0; k < view->targets && fine; k++) {
        if (taken[view->target[k]])
            continue;
        fine = add_group(groups, view, joint, how, k, &used);
        for (int i = groups->first[groups->count - 1]; i < used && fine; i++)
            taken[groups->member[i]] = true;
    }
    free(taken);
    return fine ? NN_OK : nn_no_memory(error);
}

int fc_pretrained_group_of(fc_pretrained_groups *groups, const ds_view *view, bool joint,
                           fc_pretrained_joint how, int k, nn_error *error)
{
    int used = 0;
    *groups = (fc_pretrained_groups){.first = calloc(3, sizeof *groups->first)};
    return groups->first && add_group(groups, view, joint, how, k, &used) ? NN_OK : nn_no_memory(error);
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
