/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks for sizes that fit where those asked for do not; the horizon is what the user wants, and stays. */
#include "cli/input/sizes.h"

#include <stdio.h>

static size_t rows_of(ds_part part)
{
    return part.end - part.begin;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* A look-back that leaves at least as many windows as it is long, at most the one asked for; 0: none. */
static size_t shorter(size_t asked, size_t train, size_t horizon)
{
    const size_t most = train > horizon ? (train - horizon) / 2 : 0;
    return asked < most ? asked : most;
}

int cli_fail_sizes(const fc_request *request, const ds_table *table, const ds_split *split, nn_error *error)
{
    const size_t train = rows_of(split->train), validation = rows_of(split->validation),
                 test = rows_of(split->test), horizon = (size_t)request->horizon,
                 asked = (size_t)request->lookback;
    char hint[200];
    const bool cut = validation && horizon > validation;
    const size_t wanted = cut ? horizon : validation, kept = cut ? larger(test, horizon) : test,
                 others = wanted + kept;
    const size_t left = !cut ? train : table->rows > others ? table->rows - others : 0;
    const size_t lookback = shorter(asked, left, horizon);
    if (lookback && !cut)
        snprintf(hint, sizeof hint, "--lookback %zu would do", lookback);
    else if (lookback)
        snprintf(hint, sizeof hint, "--lookback %zu --split %zu/%zu/%zu would do", lookback, left, wanted,
                 kept);
    else
        snprintf(hint, sizeof hint, "%zu rows are too few for a horizon of %zu; one of %zu would fit",
                 table->rows, horizon, table->rows / 5);
    return nn_fail(error, NN_BAD_DATA,
                   "%s: --lookback %d and --horizon %d do not fit its %zu rows to train and %zu to validate "
                   "(%s): %s",
                   table->path, request->lookback, request->horizon, train, validation, request->split_name,
                   hint);
}
