/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps forecasts within what the values can be. */
#include "cli/output/limits.h"

#include "cli/shell/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Below what a target does not fall: the value that was asked for, or 0 where no value of the past is below;
 * -infinity: nothing holds it. */
static double floor_of(cli_limits limits, const fc_model *model, const ds_table *table,
                       const fc_future *future, int target)
{
    const int column = future->columns[target];
    if (limits.floor)
        return strcmp(limits.floor, "none") == 0 ? -INFINITY : strtod(limits.floor, NULL);
    for (int k = 0, j = 0; j < model->columns && model->least; j++)
        if (model->is_target[j] && k++ == target)
            return model->least[j] < 0 ? -INFINITY : 0;
    for (size_t row = 0; row < table->rows; row++)
        if (table->values[row * (size_t)table->columns + (size_t)column] < 0)
            return -INFINITY;
    return 0;
}

/* Raises values to their floors; how many were below. */
static size_t shape(double *values, const fc_future *future, const double *floors, bool whole)
{
    const size_t targets = (size_t)future->targets, cells = (size_t)future->steps * targets;
    size_t below = 0;
    for (size_t c = 0; c < cells; c++) {
        if (values[c] < floors[c % targets]) {
            values[c] = floors[c % targets];
            below++;
        }
        values[c] = whole ? round(values[c]) : values[c];
    }
    return below;
}

/* The least and the largest past value of a target. */
static void range_of(double range[2], const fc_model *model, const ds_table *table, int target, int column)
{
    range[0] = INFINITY;
    range[1] = -INFINITY;
    for (int k = 0, j = 0; j < model->columns && model->least && model->most; j++)
        if (model->is_target[j] && k++ == target) {
            range[0] = model->least[j];
            range[1] = model->most[j];
        }
    for (size_t row = 0; row < table->rows; row++) {
        const double value = table->values[row * (size_t)table->columns + (size_t)column];
        range[0] = fmin(range[0], value);
        range[1] = fmax(range[1], value);
    }
}

/* A single return below 0 takes the floor away from what else is never below. */
static void note_below(const fc_future *future, const fc_model *model, const ds_table *table)
{
    static const double tiny = .05;
    for (int j = 0; j < future->targets; j++) {
        double range[2], least = INFINITY;
        range_of(range, model, table, j, future->columns[j]);
        for (int i = 0; i < future->steps; i++)
            least = fmin(least, future->values[(size_t)i * (size_t)future->targets + (size_t)j]);
        if (!(range[0] < 0 && -range[0] <= tiny * range[1] && least < range[0]))
            continue;
        cli_say_note(
            "forecasts of '%.200s' fall to %.6g, below its least past value, %.6g; --min 0 holds them at 0",
            table->names[future->columns[j]], least, range[0]);
        return;
    }
}

int cli_limits_put(fc_future *future, fc_bands *bands, cli_limits limits, const fc_model *model,
                   const ds_table *table, nn_error *error)
{
    double *floors = malloc(((size_t)future->targets + 1) * sizeof *floors);
    if (!floors)
        return nn_no_memory(error);
    for (int j = 0; j < future->targets; j++)
        floors[j] = floor_of(limits, model, table, future, j);
    const size_t below = shape(future->values, future, floors, limits.whole);
    for (int i = 0; i < bands->count; i++)
        shape(bands->band[i].values, future, floors, limits.whole);
    if (below && !limits.floor)
        cli_say_note("%zu forecasts below 0 are written as 0, for no past value is below (--min none leaves "
                     "them)",
                     below);
    if (!limits.floor)
        note_below(future, model, table);
    free(floors);
    return NN_OK;
}
