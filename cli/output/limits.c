/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps forecasts within what the values can be. */
#include "cli/output/limits.h"

#include "cli/shell/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What lower values of a target count as; -infinity: nothing does. */
static double least_of(const cli_limits *limits, const ds_table *table, int column)
{
    if (limits->least)
        return strcmp(limits->least, "none") == 0 ? -INFINITY : strtod(limits->least, NULL);
    for (size_t row = 0; row < table->rows; row++)
        if (table->values[row * (size_t)table->columns + (size_t)column] < 0)
            return -INFINITY;
    return 0;
}

/* How many values were below. */
static size_t shape(double *values, const fc_future *future, const double *least, bool whole)
{
    const size_t targets = (size_t)future->targets, cells = (size_t)future->steps * targets;
    size_t below = 0;
    for (size_t c = 0; c < cells; c++) {
        if (values[c] < least[c % targets]) {
            values[c] = least[c % targets];
            below++;
        }
        values[c] = whole ? round(values[c]) : values[c];
    }
    return below;
}

int cli_limits_put(fc_future *future, fc_bands *bands, const cli_limits *limits, const ds_table *table,
                   nn_error *error)
{
    double *least = malloc(((size_t)future->targets + 1) * sizeof *least);
    if (!least)
        return nn_no_memory(error);
    for (int j = 0; j < future->targets; j++)
        least[j] =
            limits->least || limits->by_itself ? least_of(limits, table, future->columns[j]) : -INFINITY;
    const size_t below = shape(future->values, future, least, limits->whole);
    for (int i = 0; i < bands->count; i++)
        shape(bands->band[i].values, future, least, limits->whole);
    if (below && !limits->least)
        cli_say_note("%zu forecasts below 0 are written as 0, for no past value is below (--min none leaves "
                     "them)",
                     below);
    free(least);
    return NN_OK;
}
