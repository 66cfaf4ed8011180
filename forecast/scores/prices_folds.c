/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports on the prices of a backtest, all folds of a seed in one. */
#include "forecast/scores/prices_folds.h"

#include "forecast/tasks/series/series.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Of the model, over the seeds; or of another, which is the same in all of them. */
typedef struct over_seeds {
    double mean, spread; /* standard deviation; NaN: there is one run, or it is another's */
} over_seeds;

typedef struct fc_ticker {
    over_seeds score[FC_TICKER_SCORES];
} fc_ticker;

/* What is told of a ticker, and of whom. */
static const struct {
    const char *heading;
    size_t offset; /* in fc_market_score */
    int digits;
    double unit;
    int kind;
    bool once; /* the same for all seeds */
} told[FC_TICKER_SCORES] = {
    {"R2", offsetof(fc_market_score, r2), 4, 1, FC_BY_MODEL, false},
    {"RMSE, price", offsetof(fc_market_score, base.all.own_rmse), 3, 1, FC_BY_MODEL, false},
    {"last value", offsetof(fc_market_score, base.all.own_rmse), 3, 1, FC_BY_LAST, true},
    {"hits, %", offsetof(fc_market_score, directions.hit_rate), 1, 100, FC_BY_MODEL, false},
    {"base, %", offsetof(fc_market_score, directions.base_rate), 1, 100, FC_BY_MODEL, true},
    {"PT p", offsetof(fc_market_score, directions.p), 2, 1, FC_BY_MODEL, false},
    {"Sharpe", offsetof(fc_market_score, strategy.sharpe), 2, 1, FC_BY_MODEL, false},
    {"holding", offsetof(fc_market_score, strategy.hold_sharpe), 2, 1, FC_BY_MODEL, true},
    {"turnover", offsetof(fc_market_score, strategy.turnover), 2, 1, FC_BY_MODEL, false},
    {"break-even, bp", offsetof(fc_market_score, strategy.break_even), 1, 1e4, FC_BY_MODEL, false}};

int fc_prices_folds_take(fc_prices_folds *self, const fc_gathered *g, int naive, const fc_model *model,
                         const fc_request *request, const ds_windows *windows, nn_error *error)
{
    const fc_walk *w = g->walk;
    const ds_prices *prices = w->rounds->prices;
    const fc_market *market = fc_model_market(model);
    const double share = 1.0 / fc_market_targets(market);
    double *values = NULL;
    self->tickers = fc_market_targets(market);
    self->seeds = w->rounds->folds->seeds;
    if (!self->paths)
        self->paths = calloc((size_t)(self->seeds * self->tickers) + 1, sizeof *self->paths);
    int code = self->paths ? fc_collect(&values, model, request->table, windows, request->threads, error)
                           : nn_no_memory(error);
    for (int i = 0; i < self->tickers && !code; i++) {
        fc_paths paths;
        code = fc_paths_make(&paths, model, prices, windows, values, i, error);
        if (code)
            break;
        fc_gathered_naive(g)[i] = fc_market_naive(model, prices, i, w->split.train);
        fc_tally tally = fc_gathered_tally(g, w->variant, w->seed);
        fc_paths_add(&tally, (size_t)i, 0, share, &paths, FC_BY_MODEL);
        for (int k = FC_BY_LAST; k < FC_PATH_KINDS && w->variant == 0 && w->seed == 0; k++) {
            tally = fc_gathered_tally(g, naive + k - 1, 0);
            fc_paths_add(&tally, (size_t)i, 0, share, &paths, k);
        }
        if (w->variant == 0)
            code = fc_paths_append(&self->paths[w->seed * self->tickers + i], &paths, error);
        fc_paths_clear(&paths);
    }
    free(values);
    return code;
}

/* --- what comes of it --- */

static over_seeds average(const fc_prices_folds *self, int ticker, int i)
{
    const int seeds = told[i].once ? 1 : self->seeds;
    over_seeds s = {.spread = NAN};
    double squares = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < seeds; k++) {
            const fc_market_score *score = &self->reports[k * self->tickers + ticker].score[told[i].kind];
            const double value = *(const double *)((const char *)score + told[i].offset);
            s.mean += pass ? 0 : value / seeds;
            squares += pass ? (value - s.mean) * (value - s.mean) : 0;
        }
    if (seeds > 1)
        s.spread = sqrt(squares / (seeds - 1));
    return s;
}

static void make_metrics(fc_prices_folds *self)
{
    for (size_t i = 0; i < FC_TICKER_SCORES; i++)
        self->metrics[i] = (fc_metric){.key = told[i].heading,
                                       .heading = told[i].heading,
                                       .offset = offsetof(fc_ticker, score) + i * sizeof(over_seeds),
                                       .digits = told[i].digits,
                                       .unit = told[i].unit,
                                       .spread = offsetof(over_seeds, spread),
                                       FC_SHOW(FC_WHOLE, 0, 0)};
}

int fc_prices_folds_finish(fc_prices_folds *self, const fc_rounds *rounds, nn_error *error)
{
    const ds_prices *prices = rounds->prices;
    const char *targets = rounds->preparation->target;
    const int count = self->seeds * self->tickers;
    int code = NN_OK;
    fc_strategy_settings strategy = fc_strategy_defaults;
    strategy.cost = rounds->how.cost;
    strategy.periods_per_year = fc_periods_per_year(rounds->model.table->frequency);
    self->reports = calloc((size_t)count + 1, sizeof *self->reports);
    self->ticker = calloc((size_t)self->tickers + 1, sizeof *self->ticker);
    if (!self->reports || !self->ticker)
        return nn_no_memory(error);
    /* The targets stand in the order of the prices' tickers. */
    for (int j = 0, i = 0; j < prices->close->columns && i < self->tickers; j++) {
        const char *name = prices->close->names[j];
        if (targets && *targets && !nn_list_has(targets, name))
            continue;
        for (int k = 0; k < self->seeds && !code; k++)
            code = fc_market_score_paths(&self->reports[k * self->tickers + i],
                                         &self->paths[k * self->tickers + i], name, rounds->model.kind->name,
                                         &strategy, NULL, error);
        for (int m = 0; m < FC_TICKER_SCORES && !code; m++)
            self->ticker[i].score[m] = average(self, i, m);
        i++;
    }
    make_metrics(self);
    return code;
}

int fc_prices_folds_tables(const fc_prices_folds *self, const fc_walk *walk, fc_score_table *tables)
{
    const int count = self->seeds * self->tickers;
    fc_score_table *t = &tables[0];
    *t = (fc_score_table){.only = 1 << FC_TEXT,
                          .sheet = {{.heading = "ticker", .note = t->text}},
                          .part_count = 1,
                          .parts = {{.metrics = self->metrics, .level = FC_WHOLE}}};
    snprintf(t->text, sizeof t->text,
             "the model's, mean and standard deviation over the seeds; Sharpe: trading by the sign of the "
             "first step at %g basis points a side, a year's",
             1e4 * self->reports[0].cost);
    for (int i = 0; i < self->tickers; i++)
        fc_score_table_add(t, self->reports[i].ticker, &self->ticker[i]);
    for (int i = 0; i < count; i++) {
        fc_prices_table(&tables[1 + i], &self->reports[i]);
        nn_json_set(
            tables[1 + i].about, "seed",
            json_integer((json_int_t)walk->rounds->model.training->seed + (json_int_t)(i / self->tickers)));
        tables[1 + i].only = 1 << FC_JSON;
    }
    return 1 + count;
}

void fc_prices_folds_clear(fc_prices_folds *self)
{
    for (int i = 0; i < self->seeds * self->tickers; i++) {
        if (self->paths)
            fc_paths_clear(&self->paths[i]);
        if (self->reports)
            fc_market_report_clear(&self->reports[i]);
    }
    free(self->paths);
    free(self->reports);
    free(self->ticker);
}
