/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of a model of prices for people, as JSON and as CSV. */
#include "cli/output/prices_scores.h"

#include "cli/output/scores.h"
#include "cli/shell/report.h"

#include <stdlib.h>

/* All of one ticker. */
static cli_scores scores_of(const fc_market_report *r)
{
    cli_scores s = {
        .heading = "forecast",
        .lead = {"ticker", r->ticker},
        .order = {[FC_CSV] = "mse,mae,price_rmse,price_mae,mape,r2,r2_mean,dm,p,hit_rate,base_rate,"
                             "balanced_accuracy,pt,pt_p,gross,net,turnover,break_even,sharpe,sharpe_low,"
                             "sharpe_high,hold,hold_sharpe"},
        .notes =
            {"RMSE, MAE in %: of returns since the last known close; R2: out of sample, against a return "
             "of 0; R2, mean: against the mean return of the days before; p: chance of an error this far "
             "from the last value's if both forecast equally well"},
        .part_count = 5,
        .parts = {{.metrics = NULL},
                  {.metrics = fc_market_metrics, .level = FC_WHOLE},
                  {.metrics = fc_entry_metrics, .level = FC_WHOLE},
                  {.metrics = fc_directions_metrics,
                   .offset = offsetof(fc_market_score, directions),
                   .level = FC_WHOLE,
                   .key = "directions"},
                  {.metrics = fc_strategy_metrics,
                   .offset = offsetof(fc_market_score, strategy),
                   .level = FC_WHOLE,
                   .key = "strategy"}}};
    for (int k = 0; k < FC_PATH_KINDS; k++)
        cli_scores_add(&s, r->score[k].base.name, &r->score[k]);
    return s;
}

/* --- for people --- */

static void print_errors(const fc_market_report *r)
{
    cli_scores s = scores_of(r);
    s.part_count = 3;
    cli_scores_print(&s);
}

static void print_trades(const fc_market_report *r)
{
    char text[400];
    cli_scores s = scores_of(r);
    snprintf(
        text, sizeof text,
        "first step of each window; base: always naming the more frequent direction; PT: Pesaran-Timmermann; "
        "net: after %g basis points a side; Sharpe: a year's, with the 95%% interval of a block bootstrap; "
        "always holding: %.4f %%/row, Sharpe %.2f",
        1e4 * r->cost, 100 * r->score[0].strategy.hold, r->score[0].strategy.hold_sharpe);
    s.heading = "by the sign of";
    s.notes[0] = text;
    s.parts[1].level = s.parts[2].level = 0; /* errors have been printed */
    s.count = 0;
    for (int k = 0; k < FC_PATH_KINDS; k++)
        if (k != FC_BY_LAST) /* it has no sign */
            cli_scores_add(&s, r->score[k].base.name, &r->score[k]);
    putchar('\n');
    cli_scores_print(&s);
}

void cli_market_print(const fc_market_report *r)
{
    print_errors(r);
    print_trades(r);
    cli_verdict_print(r->verdict, r->beats_last);
}

void cli_market_scores_print(const cli_scored *scored, const fc_market_report *reports, int count)
{
    char windows[40], clean[512], ticker[200];
    printf("%s, %s part (%s): %s windows, look-back %d, horizon %d\n",
           cli_clean(scored->data, clean, sizeof clean), scored->part, scored->split,
           cli_count(count ? reports[0].windows : 0, windows), scored->model->lookback,
           scored->model->horizon);
    for (int i = 0; i < count; i++) {
        printf("\n%s\n", cli_clean(reports[i].ticker, ticker, sizeof ticker));
        cli_market_print(&reports[i]);
    }
}

/* --- JSON --- */

json_t *cli_market_json(const fc_market_report *r)
{
    const cli_scores scores = scores_of(r);
    json_t *object = json_object();
    nn_json_set(object, "ticker", nn_json_text(r->ticker));
    nn_json_set(object, "windows", json_integer((json_int_t)r->windows));
    nn_json_set(object, "cost", nn_json_real(r->cost));
    nn_json_set(object, "scores", cli_scores_json(&scores));
    nn_json_set(object, "beats_last_value", json_boolean(r->beats_last));
    nn_json_set(object, "verdict", nn_json_text(r->verdict));
    return object;
}

int cli_market_scores_json(const cli_scored *scored, const fc_market_report *reports, int count,
                           nn_error *error)
{
    json_t *object = cli_json_new("auspex.evaluate/1"), *tickers = json_array();
    bool beats = count > 0;
    nn_json_set(object, "data", nn_json_text(scored->data));
    nn_json_set(object, "model", nn_json_text(scored->model->kind->name));
    nn_json_set(object, "part", nn_json_text(scored->part));
    nn_json_set(object, "split", nn_json_text(scored->split));
    nn_json_set(object, "lookback", json_integer(scored->model->lookback));
    nn_json_set(object, "horizon", json_integer(scored->model->horizon));
    for (int i = 0; i < count; i++) {
        nn_json_append(tickers, cli_market_json(&reports[i]));
        beats = beats && reports[i].beats_last;
    }
    nn_json_set(object, "prices", tickers);
    nn_json_set(object, "beats_naive", json_boolean(beats));
    return cli_json_print(object, error);
}

/* --- CSV --- */

int cli_market_scores_csv(const fc_market_report *reports, int count, const char *path, nn_error *error)
{
    cli_scores *scores = calloc((size_t)count + 1, sizeof *scores);
    for (int i = 0; scores && i < count; i++)
        scores[i] = scores_of(&reports[i]);
    const int code = scores ? cli_scores_csv(scores, count, path, error) : nn_no_memory(error);
    free(scores);
    return code;
}
