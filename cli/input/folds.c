/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sees to it that the folds of a backtest fit the rows of a table. */
#include "cli/input/folds.h"

#include "cli/input/automatic.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "datasets/series/windows.h"

#include <stdio.h>

enum { TENTH = 10 }; /* of the rows; a horizon that is less is not what does not fit */

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

/* What may be changed: where the user's own choice stays, only what was not chosen. */
typedef struct freedom {
    bool validation, lookback, folds, start;
} freedom;

/* The mildest change that fits: of the validation share, then of the look-back, of the folds and the start.
 */
static bool search(fc_folds *folds, const asked *a, size_t *lookback, freedom free)
{
    static const double shares[] = {0, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5}, starts[] = {0, 0.6, 0.7, 0.8};
    const fc_folds given = *folds;
    const size_t longest = *lookback, most_shares = free.validation ? sizeof shares / sizeof *shares : 1,
                 most_starts = free.start ? sizeof starts / sizeof *starts : 1;
    for (size_t s = 0; s < most_starts; s++)
        for (int n = given.folds; n >= (free.folds ? 1 : given.folds); n /= 2)
            for (*lookback = longest; *lookback >= (free.lookback ? 1 : longest); *lookback /= 2)
                for (size_t v = 0; v < most_shares; v++) {
                    folds->folds = n;
                    folds->start = starts[s] > 0 ? starts[s] : given.start;
                    folds->validation = shares[v] > 0 ? shares[v] : given.validation;
                    if (folds_fit(folds, a, *lookback))
                        return true;
                }
    *folds = given;
    *lookback = longest;
    return false;
}

static void describe(char *text, size_t size, const fc_folds *from, size_t asked_lookback, const fc_folds *to,
                     size_t lookback)
{
    int n = 0;
    *text = '\0';
    if (lookback != asked_lookback)
        n += snprintf(text + n, size - (size_t)n, " --lookback %zu", lookback);
    if (to->folds != from->folds)
        n += snprintf(text + n, size - (size_t)n, " --folds %d", to->folds);
    if (to->start != from->start)
        n += snprintf(text + n, size - (size_t)n, " --start %g", to->start);
    if (to->validation != from->validation)
        snprintf(text + n, size - (size_t)n, " --validation %g", to->validation);
}

/* With what the user left open. */
static bool choose(fc_folds *folds, const asked *a, fc_request *request)
{
    const fc_folds given = *folds;
    char text[200];
    size_t lookback = (size_t)request->lookback;
    const freedom left = {!cli_given("validation"), !cli_given("lookback"), !cli_given("folds"),
                          !cli_given("start")};
    if (!search(folds, a, &lookback, left))
        return false;
    describe(text, sizeof text, &given, (size_t)request->lookback, folds, lookback);
    cli_say_note("for a file of %zu rows:%s", a->rows, text);
    request->lookback = (int)lookback;
    return true;
}

int cli_folds_fit(fc_folds *folds, int gap, fc_request *request, const ds_table *table, nn_error *error)
{
    static const freedom all = {true, true, true, true};
    const cli_automatic how = {.season = request->season};
    asked a = {gap, table->rows, (size_t)request->horizon, !request->kind->forecaster};
    fc_folds other = *folds;
    size_t lookback = (size_t)request->lookback;
    char hint[200];
    if (request->kind->forecaster && !cli_given("horizon")) {
        const int code = cli_automatic_horizon(&request->horizon, &how, table, error);
        if (code)
            return code;
        a.horizon = (size_t)request->horizon;
    }
    if (folds_fit(folds, &a, lookback) || choose(folds, &a, request))
        return NN_OK;
    if (!cli_given("horizon") && a.horizon > a.rows / TENTH) {
        const int code = cli_automatic_horizon(&request->horizon, &how, table, error);
        a.horizon = (size_t)request->horizon;
        if (code || folds_fit(folds, &a, lookback) || choose(folds, &a, request))
            return code;
    }
    if (!search(&other, &a, &lookback, all)) {
        do
            a.horizon /= 2;
        while (a.horizon && !search(&other, &a, &lookback, all));
        return nn_fail(
            error, NN_BAD_DATA,
            "%s: %zu rows are too few for a backtest with --horizon %d; they allow one of some %zu "
            "rows",
            table->path, table->rows, request->horizon, a.horizon);
    }
    describe(hint, sizeof hint, folds, (size_t)request->lookback, &other, lookback);
    return nn_fail(error, NN_BAD_DATA,
                   "%s: --lookback %d and --horizon %d do not fit %d fold%s of its %zu rows:%s would do",
                   table->path, request->lookback, request->horizon, folds->folds,
                   folds->folds == 1 ? "" : "s", table->rows, hint);
}
