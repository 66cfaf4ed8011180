/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex evaluate for a model of prices. */
#include "cli/commands/evaluate_prices.h"

#include "cli/output/prices_scores.h"
#include "cli/output/series_figure.h"
#include "cli/shell/command.h"
#include "cli/shell/report.h"
#include "forecast/tasks/series.h"

#include <stdlib.h>
#include <string.h>

static int windows_of(ds_windows *windows, const cli_scored *scored, const ds_split *split, nn_error *error)
{
    const ds_part *part = ds_split_part(split, scored->part, error);
    return part ? ds_windows_make(part, scored->part, scored->model->lookback, scored->model->horizon,
                                  windows, error)
                : NN_USAGE;
}

/* --- one window as a picture --- */

static int add_panel(cli_panels *panels, const ds_table *close, int column, const fc_paths *paths, size_t row,
                     nn_error *error)
{
    const size_t rows = 64 < row ? 64 : row, from = row - rows, horizon = (size_t)paths->horizon;
    const ds_time *time = close->time + row;
    pl_forecast_panel *panel = cli_panels_add(panels, close->names[column]);
    if (!panel)
        return NN_OK;
    int code =
        cli_panels_line(panels, &panel->history, "history", close->time + from,
                        close->values + from * (size_t)close->columns, column, close->columns, rows, error);
    if (!code)
        code = cli_panels_line(panels, &panel->forecast, "forecast", time, paths->path[FC_BY_MODEL], 0, 1,
                               horizon, error);
    if (!code)
        code = cli_panels_line(panels, &panel->truth, "truth", time, paths->truth, 0, 1, horizon, error);
    if (!code)
        code = cli_panels_line(panels, &panel->naive, "last value", time, paths->path[FC_BY_LAST], 0, 1,
                               horizon, error);
    return code;
}

static int draw(const cli_price_evaluation *how, const cli_scored *scored, const cli_source *source,
                const ds_windows *windows, nn_error *error)
{
    const fc_market *market = fc_model_market(scored->model);
    if (how->window < 0 || (size_t)how->window >= windows->count)
        return nn_fail(error, NN_USAGE, "--window %d: the %s part has the windows 0 to %zu", how->window,
                       scored->part, windows->count - 1);
    ds_windows one = {windows->first + (size_t)how->window, 1, windows->lookback, windows->horizon};
    const size_t row = one.first + (size_t)one.lookback + ds_returns_offset(&market->prices);
    cli_panels panels = {.zone = ds_time_zone(&source->prices->close->layout.format)};
    double *values = NULL;
    char title[300];
    int code = fc_collect(&values, scored->model, source->table, &one, 1, error);
    for (int i = 0; i < fc_market_targets(market) && !code; i++) {
        fc_paths paths;
        code = fc_paths_make(&paths, scored->model, source->prices, &one, values, i, error);
        if (code)
            break;
        code = add_panel(&panels, source->prices->close, fc_market_target(market, source->prices, i), &paths,
                         row, error);
        fc_paths_clear(&paths);
    }
    snprintf(title, sizeof title, "%s on %.200s, %s window %d", scored->model->kind->name, scored->data,
             scored->part, how->window);
    if (!code)
        code = cli_panels_draw(&panels, how->figure, title, source->prices->close->frequency, error);
    cli_panels_clear(&panels);
    free(values);
    return code;
}

/* --- all --- */

static int give(const cli_price_evaluation *how, const cli_scored *scored, const fc_market_report *reports,
                int count, nn_error *error)
{
    int code = NN_OK;
    bool beats = true;
    if (how->json)
        code = cli_market_scores_json(scored, reports, count, error);
    else if (!how->csv || strcmp(how->csv, "-") != 0)
        cli_market_scores_print(scored, reports, count);
    if (!code && how->csv)
        code = cli_market_scores_csv(reports, count, how->csv, error);
    for (int i = 0; i < count; i++)
        beats = beats && reports[i].beats_last;
    if (!code && how->require_skill && !beats)
        code = nn_fail(error, CLI_GATE, "the model is not shown to beat the last value (--require-skill)");
    return code;
}

int cli_evaluate_prices(const cli_price_evaluation *how, const cli_scored *scored, const cli_source *source,
                        const ds_split *split, nn_error *error)
{
    ds_windows windows;
    fc_market_report *reports = NULL;
    fc_strategy_settings strategy = fc_strategy_defaults;
    strategy.cost = how->cost / 1e4;
    strategy.periods_per_year = fc_periods_per_year(source->prices->close->frequency);
    const int count = fc_market_targets(fc_model_market(scored->model));
    int code = windows_of(&windows, scored, split, error);
    if (!code)
        code = fc_market_evaluate(&reports, scored->model, source->table, source->prices, &windows,
                                  split->train, &strategy, how->threads, error);
    cli_progress_end();
    if (!code && cli_figure_wanted(how->figure))
        code = draw(how, scored, source, &windows, error);
    if (!code)
        code = give(how, scored, reports, count, error);
    fc_market_reports_free(reports, count);
    return code;
}
