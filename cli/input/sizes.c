/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks for sizes that fit where those asked for do not; the horizon is what the user wants, and stays. */
#include "cli/input/sizes.h"

#include "datasets/series/windows.h"

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

/* --- folds --- */

typedef struct asked {
    int gap;
    size_t rows, horizon;
    bool windows; /* to be trained on */
} asked;

static bool holds_windows(ds_part part, size_t lookback, size_t horizon)
{
    ds_windows windows;
    return ds_windows_make(&part, "", (int)lookback, (int)horizon, &windows, NULL) == NN_OK;
}

/* What is fitted without windows has to have only those of the test part. */
static bool folds_fit(const fc_folds *folds, const asked *a, size_t lookback)
{
    for (int k = 0; k < folds->folds; k++) {
        ds_split split;
        if (fc_fold_make(&split, folds, a->gap, a->rows, k, NULL) ||
            !holds_windows(split.test, lookback, a->horizon) ||
            (a->windows && !(holds_windows(split.train, lookback, a->horizon) &&
                             holds_windows(split.validation, lookback, a->horizon))))
            return false;
    }
    return true;
}

/* The mildest change that fits: of the validation share, then of the look-back, of the folds and the start.
 */
static bool search(fc_folds *folds, const asked *a, size_t *lookback)
{
    static const double shares[] = {0, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5}, starts[] = {0, 0.6, 0.7, 0.8};
    const fc_folds given = *folds;
    const size_t longest = *lookback;
    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++)
        for (int n = given.folds; n >= 1; n /= 2)
            for (*lookback = longest; *lookback >= 1; *lookback /= 2)
                for (size_t v = 0; v < sizeof shares / sizeof *shares; v++) {
                    folds->folds = n;
                    folds->start = starts[s] > 0 ? starts[s] : given.start;
                    folds->validation = shares[v] > 0 ? shares[v] : given.validation;
                    if (folds_fit(folds, a, *lookback))
                        return true;
                }
    return false;
}

int cli_folds_check(const fc_folds *folds, int gap, const fc_request *request, const ds_table *table,
                    nn_error *error)
{
    asked a = {gap, table->rows, (size_t)request->horizon, !request->kind->forecaster};
    fc_folds other = *folds;
    size_t lookback = (size_t)request->lookback;
    char hint[200] = "";
    int n = 0;
    if (folds_fit(folds, &a, lookback))
        return NN_OK;
    if (!search(&other, &a, &lookback)) {
        do {
            a.horizon /= 2;
            lookback = (size_t)request->lookback;
        } while (a.horizon && !search(&other, &a, &lookback));
        return nn_fail(
            error, NN_BAD_DATA,
            "%s: %zu rows are too few for a backtest with --horizon %d; they allow one of some %zu "
            "rows",
            table->path, table->rows, request->horizon, a.horizon);
    }
    if (lookback != (size_t)request->lookback)
        n += snprintf(hint + n, sizeof hint - (size_t)n, " --lookback %zu", lookback);
    if (other.folds != folds->folds)
        n += snprintf(hint + n, sizeof hint - (size_t)n, " --folds %d", other.folds);
    if (other.start != folds->start)
        n += snprintf(hint + n, sizeof hint - (size_t)n, " --start %g", other.start);
    if (other.validation != folds->validation)
        snprintf(hint + n, sizeof hint - (size_t)n, " --validation %g", other.validation);
    return nn_fail(error, NN_BAD_DATA,
                   "%s: --lookback %d and --horizon %d do not fit %d fold%s of its %zu rows:%s would do",
                   table->path, request->lookback, request->horizon, folds->folds,
                   folds->folds == 1 ? "" : "s", table->rows, hint);
}
