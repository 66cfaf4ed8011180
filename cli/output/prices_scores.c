/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/output/prices_scores.h"

#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "forecast/scores/verdict.h"
#include "lib/base/output.h"
#include "lib/base/text.h"

#include <math.h>
#include <string.h>

/* --- for people --- */

static void p_cell(cli_table *table, double p)
{
    char text[24];
    fc_p_text(p, text);
    cli_table_cell(table, "%s", isnan(p) ? "-" : strncmp(text, "p < ", 4) ? text + 4 : "<0.001");
}

static void print_errors(const fc_market_report *r)
{
    cli_table *table =
        cli_table_new("forecast|>RMSE, %|>MAE, %|>RMSE, price|>MAE, price|>MAPE|>R2|>R2, mean|>p");
    for (int k = 0; k < FC_PATH_KINDS; k++) {
        const fc_market_score *s = &r->score[k];
        cli_table_cell(table, "%s", s->name);
        cli_table_number(table, 100 * sqrt(s->mse), 4);
        cli_table_number(table, 100 * s->mae, 4);
        cli_table_short(table, s->price_rmse, 5);
        cli_table_short(table, s->price_mae, 5);
        cli_table_number(table, s->mape, 3);
        cli_table_number(table, s->r2, 4);
        cli_table_number(table, s->r2_mean, 4);
        p_cell(table, s->p);
    }
    cli_table_print(table, stdout);
    cli_wrap(stdout,
             "RMSE, MAE in %: of returns since the last known close; R2: out of sample, against a return of "
             "0; R2, "
             "mean: against the mean return of the days before; p: chance of an error this far from the last "
             "value's "
             "if both forecast equally well",
             0, 0, cli_width(stdout));
}

static void print_trades(const fc_market_report *r)
{
    cli_table *table = cli_table_new(
        "by the sign of|>hits, %|>base, %|>PT|>p|>net, %/row|>turnover|>break-even, bp|>Sharpe|>low|>high");
    for (int k = 0; k < FC_PATH_KINDS; k++) {
        const fc_market_score *s = &r->score[k];
        if (k == FC_BY_LAST) /* it has no sign */
            continue;
        cli_table_cell(table, "%s", s->name);
        cli_table_number(table, 100 * s->directions.hit_rate, 1);
        cli_table_number(table, 100 * s->directions.base_rate, 1);
        cli_table_number(table, s->directions.statistic, 2);
        p_cell(table, s->directions.p);
        cli_table_number(table, 100 * s->strategy.net, 4);
        cli_table_number(table, s->strategy.turnover, 3);
        cli_table_number(table, 1e4 * s->strategy.break_even, 1);
        cli_table_number(table, s->strategy.sharpe, 2);
        cli_table_number(table, s->strategy.sharpe_low, 2);
        cli_table_number(table, s->strategy.sharpe_high, 2);
    }
    putchar('\n');
    cli_table_print(table, stdout);
    char text[400];
    snprintf(
        text, sizeof text,
        "first step of each window; base: always naming the more frequent direction; PT: Pesaran-Timmermann; "
        "net: after %g basis points a side; Sharpe: a year's, with the 95%% interval of a block bootstrap; "
        "always holding: %.4f %%/row, Sharpe %.2f",
        1e4 * r->cost, 100 * r->score[0].strategy.hold, r->score[0].strategy.hold_sharpe);
    cli_wrap(stdout, text, 0, 0, cli_width(stdout));
}

void cli_market_print(const fc_market_report *r)
{
    bool colour = cli_colour(stdout);
    print_errors(r);
    print_trades(r);
    printf("\n%s", colour ? (r->beats_last ? "\033[1;32m" : "\033[1;31m") : "");
    cli_wrap(stdout, r->verdict, 0, 0, cli_width(stdout));
    fputs(colour ? "\033[0m" : "", stdout);
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

static json_t *directions_json(const fc_directions *d)
{
    json_t *object = json_object();
    cli_json_set(object, "count", json_integer((json_int_t)d->count));
    cli_json_set(object, "flat", json_integer((json_int_t)d->flat));
    cli_json_set(object, "hit_rate", cli_json_real(d->hit_rate));
    cli_json_set(object, "up_rate", cli_json_real(d->up_rate));
    cli_json_set(object, "base_rate", cli_json_real(d->base_rate));
    cli_json_set(object, "balanced_accuracy", cli_json_real(d->balanced_accuracy));
    cli_json_set(object, "pesaran_timmermann", cli_json_real(d->statistic));
    cli_json_set(object, "p", cli_json_real(d->p));
    return object;
}

static json_t *strategy_json(const fc_strategy *s)
{
    const struct {
        const char *name;
        double value;
    } values[] = {{"gross", s->gross},
                  {"net", s->net},
                  {"turnover", s->turnover},
                  {"break_even", s->break_even},
                  {"sharpe", s->sharpe},
                  {"sharpe_low", s->sharpe_low},
                  {"sharpe_high", s->sharpe_high},
                  {"hold", s->hold},
                  {"hold_sharpe", s->hold_sharpe}};
    json_t *object = json_object();
    cli_json_set(object, "periods", json_integer((json_int_t)s->periods));
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        cli_json_set(object, values[i].name, cli_json_real(values[i].value));
    return object;
}

static json_t *score_json(const fc_market_score *s)
{
    const struct {
        const char *name;
        double value;
    } values[] = {
        {"mse", s->mse},   {"mae", s->mae}, {"price_rmse", s->price_rmse}, {"price_mae", s->price_mae},
        {"mape", s->mape}, {"r2", s->r2},   {"r2_mean", s->r2_mean},       {"dm", s->dm},
        {"p", s->p}};
    json_t *object = json_object();
    cli_json_set(object, "name", cli_json_text(s->name));
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        cli_json_set(object, values[i].name, cli_json_real(values[i].value));
    cli_json_set(object, "directions", directions_json(&s->directions));
    cli_json_set(object, "strategy", strategy_json(&s->strategy));
    return object;
}

json_t *cli_market_json(const fc_market_report *r)
{
    json_t *object = json_object(), *scores = json_array();
    cli_json_set(object, "ticker", cli_json_text(r->ticker));
    cli_json_set(object, "windows", json_integer((json_int_t)r->windows));
    cli_json_set(object, "cost", cli_json_real(r->cost));
    for (int k = 0; k < FC_PATH_KINDS; k++)
        cli_json_append(scores, score_json(&r->score[k]));
    cli_json_set(object, "scores", scores);
    cli_json_set(object, "beats_last_value", json_boolean(r->beats_last));
    cli_json_set(object, "verdict", cli_json_text(r->verdict));
    return object;
}

int cli_market_scores_json(const cli_scored *scored, const fc_market_report *reports, int count,
                           nn_error *error)
{
    json_t *object = cli_json_new("auspex.evaluate/1"), *tickers = json_array();
    bool beats = count > 0;
    cli_json_set(object, "data", cli_json_text(scored->data));
    cli_json_set(object, "model", cli_json_text(scored->model->kind->name));
    cli_json_set(object, "part", cli_json_text(scored->part));
    cli_json_set(object, "split", cli_json_text(scored->split));
    cli_json_set(object, "lookback", json_integer(scored->model->lookback));
    cli_json_set(object, "horizon", json_integer(scored->model->horizon));
    for (int i = 0; i < count; i++) {
        cli_json_append(tickers, cli_market_json(&reports[i]));
        beats = beats && reports[i].beats_last;
    }
    cli_json_set(object, "prices", tickers);
    cli_json_set(object, "beats_naive", json_boolean(beats));
    return cli_json_print(object, error);
}

/* --- CSV --- */

int cli_market_scores_csv(const fc_market_report *reports, int count, const char *path, nn_error *error)
{
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    FILE *out = nn_output_stream(output);
    fputs("ticker,forecast,mse,mae,price_rmse,price_mae,mape,r2,r2_mean,dm,p,hit_rate,base_rate,balanced_"
          "accuracy,"
          "pt,pt_p,gross,net,turnover,break_even,sharpe,sharpe_low,sharpe_high,hold,hold_sharpe\n",
          out);
    for (int i = 0; i < count; i++)
        for (int k = 0; k < FC_PATH_KINDS; k++) {
            const fc_market_score *s = &reports[i].score[k];
            const fc_directions *d = &s->directions;
            const fc_strategy *t = &s->strategy;
            const double values[] = {s->mse,         s->mae,        s->price_rmse, s->price_mae,
                                     s->mape,        s->r2,         s->r2_mean,    s->dm,
                                     s->p,           d->hit_rate,   d->base_rate,  d->balanced_accuracy,
                                     d->statistic,   d->p,          t->gross,      t->net,
                                     t->turnover,    t->break_even, t->sharpe,     t->sharpe_low,
                                     t->sharpe_high, t->hold,       t->hold_sharpe};
            nn_csv_field(out, reports[i].ticker);
            fputc(',', out);
            nn_csv_field(out, s->name);
            for (size_t v = 0; v < sizeof values / sizeof *values; v++)
                cli_csv_number(out, values[v]);
            fputc('\n', out);
        }
    return nn_output_commit(output, error);
}
