/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of `auspex backtest` of tables and prices for people, as JSON and as CSV. */
#include "cli/output/backtest_scores.h"

#include "cli/output/fold_scores.h"
#include "cli/output/scores.h"
#include "cli/shell/report.h"

#include <math.h>

static bool of_prices(const cli_backtested *b)
{
    return b->backtest->tickers > 0;
}

static fc_score_table scores_of(const cli_backtested *b)
{
    const fc_backtest *t = b->backtest;
    fc_score_table s = {
        .heading = "forecast",
        .sheet = {{.heading = "forecast"}},
        .ids = "fold",
        .quoted = true,
        .order = {[FC_CSV] = "windows"},
        .part_count = 4,
        .parts = {{.metrics = NULL},
                  {.metrics = of_prices(b) ? fc_backtest_price_metrics : fc_backtest_table_metrics,
                   .level = FC_WHOLE,
                   .ids = {""}},
                  {.metrics = fc_backtest_metrics, .level = FC_WHOLE},
                  {.metrics = fc_backtest_fold_metrics,
                   .offset = offsetof(fc_backtest_score, fold),
                   .level = FC_EACH,
                   .key = "folds",
                   .ids = {"*"},
                   .size = sizeof(fc_backtest_fold),
                   .count = t->folds,
                   .json = FC_LIST}}};
    for (int i = 0; i < t->score_count; i++)
        fc_score_table_add(&s, t->score[i].base.name, &t->score[i]);
    return s;
}

/* --- for people --- */

static void print_all(const cli_backtested *b)
{
    const fc_backtest *t = b->backtest;
    fc_backtest_score shown[FC_BACKTEST_MOST];
    fc_score_table s = scores_of(b);
    char text[400];
    snprintf(
        text, sizeof text,
        "MSE: %s, all test windows; +-: standard deviation over the seeds; R2: out of sample, against %s; p: "
        "chance of an MSE this far from that of %s if both forecast equally well; p of model: the same for "
        "the model and this forecast",
        of_prices(b) ? "of returns since the last known close" : "scaled values",
        t->score[t->reference].base.name, t->score[t->reference].base.name);
    s.sheet[0].note = text;
    for (int i = 0; i < t->score_count; i++) {
        shown[i] = t->score[i];
        shown[i].spread = t->seeds > 1 ? shown[i].spread : NAN; /* of one run it says nothing */
        s.record[i] = &shown[i];
    }
    cli_scores_print(&s);
}

static void print_folds(const cli_backtested *b)
{
    const fc_backtest *t = b->backtest;
    char a[64], z[64], count[40];
    cli_table *table = cli_table_new("fold|test from|to|>rows to train|>windows");
    for (int i = 0; i < t->score_count; i++)
        cli_table_heading(table, true, "%s", t->score[i].base.name);
    for (int k = 0; k < t->folds; k++) {
        cli_table_cell(table, "%d", k + 1);
        cli_table_cell(table, "%s", cli_stamp(b->table, t->begin[k], a));
        cli_table_cell(table, "%s", cli_stamp(b->table, t->end[k], z));
        cli_table_cell(table, "%s", cli_count(t->split[k].train.end - t->split[k].train.begin, count));
        cli_table_cell(table, "%s", cli_count(t->fold_windows[k], count));
        for (int i = 0; i < t->score_count; i++)
            cli_table_number(table, (of_prices(b) ? 1e4 : 1) * t->score[i].fold[k].errors.mse, 4);
    }
    putchar('\n');
    cli_table_print(table, stdout);
}

/* One score of a ticker: the model's as mean and standard deviation over the seeds, or another's. */
typedef enum whose { MODEL, MODEL_ONCE, LAST_VALUE } whose;

static void seeds_cell(cli_table *table, const fc_backtest *t, int ticker, const fc_metric *m, whose of)
{
    double sum = 0, squares = 0;
    for (int s = 0; s < t->seeds; s++)
        sum += fc_metric_value(m, &t->reports[s * t->tickers + ticker].score[FC_BY_MODEL]);
    const double mean = sum / t->seeds;
    for (int s = 0; s < t->seeds; s++) {
        const double d = fc_metric_value(m, &t->reports[s * t->tickers + ticker].score[FC_BY_MODEL]) - mean;
        squares += d * d;
    }
    if (of != MODEL || t->seeds == 1)
        cli_metric_cell(table, m, &t->reports[ticker].score[of == LAST_VALUE ? FC_BY_LAST : FC_BY_MODEL]);
    else if (isnan(mean))
        cli_table_cell(table, "-");
    else
        cli_table_cell(table, "%.*f +- %.*f", m->digits, m->unit * mean, m->digits,
                       m->unit * sqrt(squares / (t->seeds - 1)));
}

#define OF(field) offsetof(fc_market_score, field)

static void print_prices(const cli_backtested *b)
{
    static const struct {
        fc_metric metric;
        whose of;
    } columns[] = {{{"", "R2", NULL, OF(r2), 4, .unit = 1}, MODEL},
                   {{"", "RMSE, price", NULL, OF(base.all.own_rmse), 3, .unit = 1}, MODEL},
                   {{"", "last value", NULL, OF(base.all.own_rmse), 3, .unit = 1}, LAST_VALUE},
                   {{"", "hits, %", NULL, OF(directions.hit_rate), 1, .unit = 100}, MODEL},
                   {{"", "base, %", NULL, OF(directions.base_rate), 1, .unit = 100}, MODEL_ONCE},
                   {{"", "PT p", NULL, OF(directions.p), 2, .unit = 1}, MODEL},
                   {{"", "Sharpe", NULL, OF(strategy.sharpe), 2, .unit = 1}, MODEL},
                   {{"", "holding", NULL, OF(strategy.hold_sharpe), 2, .unit = 1}, MODEL_ONCE},
                   {{"", "turnover", NULL, OF(strategy.turnover), 2, .unit = 1}, MODEL},
                   {{"", "break-even, bp", NULL, OF(strategy.break_even), 1, .unit = 1e4}, MODEL}};
    const size_t count = sizeof columns / sizeof *columns;
    const fc_backtest *t = b->backtest;
    cli_table *table = cli_table_new("ticker");
    for (size_t c = 0; c < count; c++)
        cli_table_heading(table, true, "%s", columns[c].metric.heading);
    for (int i = 0; i < t->tickers; i++) {
        cli_table_cell(table, "%s", t->reports[i].ticker);
        for (size_t c = 0; c < count; c++)
            seeds_cell(table, t, i, &columns[c].metric, columns[c].of);
    }
    putchar('\n');
    cli_table_print(table, stdout);
    char text[300];
    snprintf(text, sizeof text,
             "the model's, mean and standard deviation over the seeds; Sharpe: trading by the sign of the "
             "first step "
             "at %g basis points a side, a year's",
             1e4 * t->reports[0].cost);
    cli_wrap(stdout, text, 0, 0, cli_width(stdout));
}

void cli_backtest_print(const cli_backtested *b)
{
    const fc_backtest *t = b->backtest;
    char windows[40], clean[512], took[32];
    char season[60] = "";
    if (t->season_found)
        snprintf(season, sizeof season, ", season %d (found in the training rows)", t->season);
    else if (t->season == 1)
        snprintf(season, sizeof season, ", no season");
    printf("%s: %d fold%s, %s windows, %d seed%s, look-back %d, horizon %d, gap %d%s, in %s\n\n",
           cli_clean(b->data, clean, sizeof clean), t->folds, t->folds == 1 ? "" : "s",
           cli_count(t->windows, windows), t->seeds, t->seeds == 1 ? "" : "s", b->recipe->model.lookback,
           b->recipe->model.horizon, t->gap, season, cli_duration(t->seconds, took));
    print_all(b);
    print_folds(b);
    if (of_prices(b))
        print_prices(b);
    if (b->recipe->preparation.selection)
        for (int k = 0; k < t->folds; k++)
            printf("%sfold %d sees %s\n", k ? "" : "\n", k + 1,
                   cli_clean(t->columns[k], clean, sizeof clean));
    cli_verdict_print(t->verdict, t->beats_reference);
}

/* --- JSON --- */

static json_t *fold_json(const cli_backtested *b, int k)
{
    const fc_backtest *t = b->backtest;
    const ds_split *split = &t->split[k];
    json_t *object = json_object();
    nn_json_set(object, "train", json_integer((json_int_t)(split->train.end - split->train.begin)));
    nn_json_set(object, "validation",
                json_integer((json_int_t)(split->validation.end - split->validation.begin)));
    nn_json_set(object, "test", json_integer((json_int_t)(split->test.end - split->test.begin)));
    nn_json_set(object, "windows", json_integer((json_int_t)t->fold_windows[k]));
    nn_json_set(object, "from", cli_json_time(b->table, t->begin[k]));
    nn_json_set(object, "to", cli_json_time(b->table, t->end[k]));
    nn_json_set(object, "columns", nn_json_text(t->columns[k]));
    return object;
}

int cli_backtest_json(const cli_backtested *b, nn_error *error)
{
    const fc_backtest *t = b->backtest;
    json_t *object = cli_json_new("auspex.backtest/1"), *folds = json_array();
    const fc_score_table scores = scores_of(b);
    nn_json_set(object, "data", nn_json_text(b->data));
    nn_json_set(object, "model", nn_json_text(b->recipe->model.kind->name));
    nn_json_set(object, "lookback", json_integer(b->recipe->model.lookback));
    nn_json_set(object, "horizon", json_integer(b->recipe->model.horizon));
    nn_json_set(object, "gap", json_integer(t->gap));
    nn_json_set(object, "seeds", json_integer(t->seeds));
    nn_json_set(object, "windows", json_integer((json_int_t)t->windows));
    for (int k = 0; k < t->folds; k++)
        nn_json_append(folds, fold_json(b, k));
    nn_json_set(object, "folds", folds);
    nn_json_set(object, "scores", cli_scores_json(&scores));
    nn_json_set(object, "reference", nn_json_text(t->score[t->reference].base.name));
    if (of_prices(b)) {
        json_t *seeds = json_array();
        for (int s = 0; s < t->seeds; s++)
            for (int i = 0; i < t->tickers; i++) {
                fc_score_table one;
                fc_prices_table(&one, &t->reports[s * t->tickers + i]);
                cli_scores_about(one.about, &one);
                nn_json_set(one.about, "seed", json_integer((json_int_t)b->recipe->model.training->seed + s));
                nn_json_append(seeds, one.about);
            }
        nn_json_set(object, "prices", seeds);
    }
    nn_json_set(object, "beats_naive", json_boolean(t->beats_reference));
    nn_json_set(object, "verdict", nn_json_text(t->verdict));
    nn_json_set(object, "seconds", nn_json_real(t->seconds));
    return cli_json_print(object, error);
}

int cli_backtest_csv(const cli_backtested *b, const char *path, nn_error *error)
{
    const fc_score_table scores = scores_of(b);
    return cli_scores_csv(&scores, 1, path, error);
}
