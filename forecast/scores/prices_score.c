/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of a model of prices as data: a table for each ticker. */
#include "forecast/scores/prices.h"
#include "forecast/scores/score.h"
#include "forecast/tasks/series/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ERRORS, TRADES }; /* sheets */

typedef struct scored {
    fc_score_request request;
    ds_windows windows;
    fc_market_report *reports; /* count */
    int count;
} scored;

static void clear(void *state)
{
    scored *s = state;
    fc_market_reports_free(s->reports, s->count);
}

/* --- one window --- */

static int view_target(fc_window_view *v, const scored *s, const ds_windows *one, const double *values, int i,
                       nn_error *error)
{
    const ds_table *close = s->request.prices->close;
    const fc_market *market = fc_model_market(s->request.model);
    const size_t row = one->first + (size_t)one->lookback + ds_returns_offset(&market->prices);
    const int column = fc_market_target(market, s->request.prices, i);
    const size_t k = (size_t)v->series, at = (size_t)i;
    fc_paths paths;
    int code = fc_paths_make(&paths, s->request.model, s->request.prices, one, values, i, error);
    if (code)
        return code;
    v->names[i] = close->names[column];
    for (size_t r = 0; r < v->seen; r++)
        v->history[r * k + at] = close->values[(row - v->seen + r) * (size_t)close->columns + (size_t)column];
    for (size_t h = 0; h < (size_t)v->horizon; h++) {
        v->forecast[h * k + at] = paths.path[FC_BY_MODEL][h];
        v->truth[h * k + at] = paths.truth[h];
        v->naive[h * k + at] = paths.path[FC_BY_LAST][h];
    }
    fc_paths_clear(&paths);
    return NN_OK;
}

static int window(const fc_scores *scores, size_t window, fc_window_view *view, nn_error *error)
{
    const scored *s = scores->state;
    const fc_score_request *r = &s->request;
    const ds_table *close = r->prices->close;
    *view = (fc_window_view){0};
    if (window >= s->windows.count)
        return nn_fail(error, NN_USAGE, "--window %zu: the %s part has the windows 0 to %zu", window, r->part,
                       s->windows.count - 1);
    const ds_windows one = {.first = s->windows.first + window,
                            .count = 1,
                            .lookback = s->windows.lookback,
                            .horizon = s->windows.horizon};
    const size_t row =
        one.first + (size_t)one.lookback + ds_returns_offset(&fc_model_market(r->model)->prices);
    double *values = NULL;
    int code = fc_window_view_make(view, s->count, one.horizon, row < 64 ? row : 64, error);
    if (!code)
        code = fc_collect(&values, r->model, r->table, &one, 1, error);
    for (int i = 0; i < s->count && !code; i++)
        code = view_target(view, s, &one, values, i, error);
    free(values);
    if (code) {
        fc_window_view_clear(view);
        return code;
    }
    memcpy(view->time, close->time + row - view->seen,
           (view->seen + (size_t)view->horizon) * sizeof *view->time);
    view->forecaster = "forecast";
    view->rival = "last value";
    view->frequency = close->frequency;
    view->zone = ds_time_zone(&close->layout.format);
    return NN_OK;
}

/* --- tables --- */

void fc_prices_table(fc_score_table *t, const fc_market_report *r)
{
    const fc_score_part parts[] = {{.metrics = NULL},
                                   {.metrics = fc_market_metrics, .level = FC_WHOLE},
                                   {.metrics = fc_entry_metrics, .level = FC_WHOLE},
                                   {.metrics = fc_directions_metrics,
                                    .offset = offsetof(fc_market_score, directions),
                                    .level = FC_WHOLE,
                                    .key = "directions",
                                    .sheet = TRADES},
                                   {.metrics = fc_strategy_metrics,
                                    .offset = offsetof(fc_market_score, strategy),
                                    .level = FC_WHOLE,
                                    .key = "strategy",
                                    .sheet = TRADES}};
    *t = (fc_score_table){
        .heading = "forecast",
        .lead = {"ticker", r->ticker},
        .order = {[FC_CSV] = "mse,mae,price_rmse,price_mae,mape,r2,r2_mean,dm,p,hit_rate,base_rate,"
                             "balanced_accuracy,pt,pt_p,gross,net,turnover,break_even,sharpe,sharpe_low,"
                             "sharpe_high,hold,hold_sharpe"},
        .sheet = {[ERRORS] = {.heading = "forecast",
                              .note = "RMSE, MAE in %: of returns since the last known close; R2: out of "
                                      "sample, against a return of 0; R2, mean: against the mean return of "
                                      "the days before; p: chance of an error this far from the last value's "
                                      "if both forecast equally well"},
                  [TRADES] = {.heading = "by the sign of", .without = FC_BY_LAST}}, /* it has no sign */
        .part_count = sizeof parts / sizeof *parts,
        .title = r->ticker,
        .verdict = r->verdict,
        .good = r->beats_last,
        .about = json_object()};
    memcpy(t->parts, parts, sizeof parts);
    snprintf(
        t->text, sizeof t->text,
        "first step of each window; base: always naming the more frequent direction; PT: "
        "Pesaran-Timmermann; net: after %g basis points a side; Sharpe: a year's, with the 95%% interval "
        "of a block bootstrap; always holding: %.4f %%/row, Sharpe %.2f",
        1e4 * r->cost, 100 * r->score[0].strategy.hold, r->score[0].strategy.hold_sharpe);
    t->sheet[TRADES].note = t->text;
    nn_json_set(t->about, "ticker", nn_json_text(r->ticker));
    nn_json_set(t->about, "windows", json_integer((json_int_t)r->windows));
    nn_json_set(t->about, "cost", nn_json_real(r->cost));
    nn_json_set(t->about, "scores", json_null());
    nn_json_set(t->about, "beats_last_value", json_boolean(r->beats_last));
    nn_json_set(t->about, "verdict", nn_json_text(r->verdict));
    for (int k = 0; k < FC_PATH_KINDS; k++)
        fc_score_table_add(t, r->score[k].base.name, &r->score[k]);
}

static void describe(fc_scores *s, const scored *state)
{
    const fc_score_request *r = &state->request;
    fc_score_about(s, r);
    nn_json_set(s->about, "lookback", json_integer(r->model->lookback));
    nn_json_set(s->about, "horizon", json_integer(r->model->horizon));
    nn_json_set(s->about, "prices", json_null());
    s->beats = s->count > 0;
    for (int i = 0; i < s->count; i++) {
        fc_prices_table(&s->table[i], &state->reports[i]);
        s->beats = s->beats && state->reports[i].beats_last;
    }
    nn_json_set(s->about, "beats_naive", json_boolean(s->beats));
    snprintf(s->lines, sizeof s->lines,
             "{data}, {part} part ({split}): {windows} windows, look-back %d, horizon %d\n",
             r->model->lookback, r->model->horizon);
    s->schema = "auspex.evaluate/1";
    s->tables_key = "prices";
    s->rival = "the last value";
    s->window = window;
}

static int score_targets(scored *s, nn_error *error)
{
    const fc_score_request *r = &s->request;
    const fc_market *market = fc_model_market(r->model);
    fc_strategy_settings strategy = fc_strategy_defaults;
    strategy.cost = r->how.cost;
    strategy.periods_per_year = fc_periods_per_year(r->prices->close->frequency);
    double *values = NULL;
    s->reports = calloc((size_t)s->count + 1, sizeof *s->reports);
    int code = s->reports ? fc_collect(&values, r->model, r->table, &s->windows, r->threads, error)
                          : nn_no_memory(error);
    for (int i = 0; i < s->count && !code; i++) {
        fc_paths paths;
        code = fc_paths_make(&paths, r->model, r->prices, &s->windows, values, i, error);
        if (code)
            break;
        const char *ticker = r->prices->close->names[fc_market_target(market, r->prices, i)];
        const fc_naive naive = fc_market_naive(r->model, r->prices, i, r->split->train);
        code = fc_market_score_paths(&s->reports[i], &paths, ticker, r->model->kind->name, &strategy, &naive,
                                     error);
        fc_paths_clear(&paths);
    }
    free(values);
    return code;
}

int fc_prices_score(fc_scores **out, const fc_score_request *r, nn_error *error)
{
    const int count = fc_market_targets(fc_model_market(r->model));
    const ds_part *part = ds_split_part(r->split, r->part, error);
    if (!part)
        return NN_USAGE;
    int code = fc_scores_new(out, count, sizeof(scored), clear, error);
    if (code)
        return code;
    scored *s = (*out)->state;
    s->request = *r;
    s->count = count;
    code = ds_windows_make(part, r->part, r->model->lookback, r->model->horizon, &s->windows, error);
    if (!code)
        code = score_targets(s, error);
    if (!code)
        describe(*out, s);
    return code;
}
