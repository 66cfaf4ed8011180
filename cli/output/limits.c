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
    free(floors);
    return NN_OK;
}
