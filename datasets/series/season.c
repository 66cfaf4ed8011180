/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the season of rows that have no calendar by the strongest cycles of their columns. */
#include "datasets/series/season.h"

#include "datasets/series/describe.h"
#include "datasets/series/period.h"
#include "datasets/table/holidays.h"

#include <math.h>
#include <stdlib.h>

/* The weight of each cycle that some column shows. */
typedef struct vote {
    int rows;
    double weight;
} vote;

static void cast(vote *votes, int *count, double period, double share)
{
    const int rows = (int)lround(period);
    int i = 0;
    if (rows < 2)
        return;
    while (i < *count && votes[i].rows != rows)
        i++;
    if (i == *count)
        votes[(*count)++] = (vote){.rows = rows};
    votes[i].weight += share;
}

static int find(const ds_table *table, ds_part part, const uint8_t *wanted, ds_season *season,
                nn_error *error)
{
    const size_t rows = part.end - part.begin;
    double *values = rows < SIZE_MAX / sizeof *values ? malloc((rows + 1) * sizeof *values) : NULL;
    vote *votes = malloc(((size_t)table->columns + 1) * sizeof *votes);
    int count = 0, best = 0, code = values && votes ? NN_OK : nn_no_memory(error);
    for (int j = 0; j < table->columns && !code; j++) {
        double period, share;
        if ((wanted && !wanted[j]) || ds_is_holiday(table, j) || !ds_column_series(table, part, j, values))
            continue;
        code = ds_period_find(values, rows, &period, &share, error);
        if (!code)
            cast(votes, &count, period, share);
    }
    for (int i = 1; i < count; i++)
        best = votes[i].weight > votes[best].weight ? i : best;
    if (!code && count)
        *season = (ds_season){votes[best].rows, true};
    free(values);
    free(votes);
    return code;
}

int ds_season_of(const ds_table *table, ds_part part, const uint8_t *wanted, ds_season *season,
                 nn_error *error)
{
    *season = (ds_season){ds_frequency_season(table->frequency), false};
    return season->rows > 1 ? NN_OK : find(table, part, wanted, season, error);
}
