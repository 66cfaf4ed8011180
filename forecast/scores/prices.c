/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores paths of prices: errors of returns and closes, directions, and trading by the sign. */
#include "forecast/scores/prices.h"

#include "forecast/tasks/series/series.h"

#include "forecast/scores/verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN     FC_SHOW(FC_WHOLE, FC_WHOLE, FC_WHOLE)
#define NOT_TEXT  FC_SHOW(0, FC_WHOLE, FC_WHOLE)
#define JSON_ONLY FC_SHOW(0, FC_WHOLE, 0)
#define OF(field) offsetof(fc_market_score, field)
const fc_metric fc_market_metrics[] = {
    {"mse", "MSE", "mean squared error of returns since the last known close", OF(base.all.mse), 6, -1,
     NOT_TEXT},
    {"rmse", "RMSE, %", "root of the MSE", OF(base.all.rmse), 4, -1, FC_SHOW(FC_WHOLE, 0, 0), .unit = 100},
    {"mae", "MAE, %", "mean absolute error of returns", OF(base.all.mae), 4, -1, SHOWN, .unit = 100},
    {"price_rmse", "RMSE, price", "root of the mean squared error of closes", OF(base.all.own_rmse), -5, -1,
     SHOWN},
    {"price_mae", "MAE, price", "mean absolute error of closes", OF(base.all.own_mae), -5, -1, SHOWN},
    {"mape", "MAPE", "mean absolute error of closes, percent of the close", OF(base.all.mape), 3, -1, SHOWN},
    {"r2", "R2", "out of sample: 1 less the squared errors over those of a return of 0", OF(r2), 4, 1, SHOWN},
    {"r2_mean", "R2, mean", "the same against the mean return of the days before", OF(r2_mean), 4, 1, SHOWN},
    {.more = fc_relative_metrics}};

#undef OF
#define OF(field) offsetof(fc_directions, field)
const fc_metric fc_directions_metrics[] = {
    {"count", "rows", NULL, OF(count), FC_COUNT, 0, JSON_ONLY},
    {"flat", "flat", NULL, OF(flat), FC_COUNT, 0, JSON_ONLY},
    {"hit_rate", "hits, %", "right directions of the first step", OF(hit_rate), 1, 1, SHOWN, .unit = 100},
    {"up_rate", "ups, %", NULL, OF(up_rate), 1, 0, JSON_ONLY, .unit = 100},
    {"base_rate", "base, %", "hits of always naming the more frequent direction", OF(base_rate), 1, 0, SHOWN,
     .unit = 100},
    {"balanced_accuracy", "balanced", "mean of the hits among ups and among downs", OF(balanced_accuracy), 4,
     1, NOT_TEXT},
    {"pesaran_timmermann", "PT", "statistic of the Pesaran-Timmermann test of directions", OF(statistic), 2,
     1, FC_SHOW(FC_WHOLE, FC_WHOLE, 0)},
    {"p", "p", NULL, OF(p), FC_P, 0, FC_SHOW(FC_WHOLE, FC_WHOLE, 0)},
    {"pt", NULL, NULL, OF(statistic), 2, 1, FC_SHOW(0, 0, FC_WHOLE)}, /* names of their own in CSV */
    {"pt_p", NULL, NULL, OF(p), FC_P, 0, FC_SHOW(0, 0, FC_WHOLE)},
    {0}};

#undef OF
#define OF(field) offsetof(fc_strategy, field)
const fc_metric fc_strategy_metrics[] = {
    {"periods", "rows", NULL, OF(periods), FC_COUNT, 0, JSON_ONLY},
    {"gross", "gross", NULL, OF(gross), 4, 1, NOT_TEXT},
    {"net", "net, %/row", "mean return of trading by the sign, after costs", OF(net), 4, 1, SHOWN,
     .unit = 100},
    {"turnover", "turnover", "mean change of the position", OF(turnover), 3, 0, SHOWN},
    {"break_even", "break-even, bp", "costs a side at which trading earns nothing", OF(break_even), 1, 1,
     SHOWN, .unit = 1e4},
    {"sharpe", "Sharpe", "mean net return over its deviation, a year's", OF(sharpe), 2, 1, SHOWN},
    {"sharpe_low", "low", "lower end of its 95 % interval by a block bootstrap", OF(sharpe_low), 2, 1, SHOWN},
    {"sharpe_high", "high", "upper end", OF(sharpe_high), 2, 1, SHOWN},
    {"hold", "hold", NULL, OF(hold), 4, 0, NOT_TEXT},
    {"hold_sharpe", "hold, Sharpe", NULL, OF(hold_sharpe), 2, 0, NOT_TEXT},
    {0}};

double fc_periods_per_year(ds_frequency f)
{
    static const double per_year[] = {[DS_UNIT_STEP] = 252,
                                      [DS_UNIT_MICROSECOND] = 3.15576e13,
                                      [DS_UNIT_SECOND] = 31557600,
                                      [DS_UNIT_MINUTE] = 525960,
                                      [DS_UNIT_HOUR] = 8766,
                                      [DS_UNIT_DAY] = 365.25,
                                      [DS_UNIT_BUSINESS_DAY] = 252,
                                      [DS_UNIT_WEEK] = 52.18,
                                      [DS_UNIT_MONTH] = 12,
                                      [DS_UNIT_QUARTER] = 4,
                                      [DS_UNIT_YEAR] = 1};
    return per_year[f.unit] / (f.count > 0 ? f.count : 1);
}

void fc_paths_add(fc_tally *tally, size_t series, size_t window, double share, const fc_paths *p, int kind)
{
    const size_t horizon = (size_t)p->horizon;
    for (size_t i = 0; i < p->windows; i++) {
        fc_sums all = {0};
        for (size_t h = 0; h < horizon; h++) {
            const double y = p->truth[i * horizon + h], f = p->path[kind][i * horizon + h];
            fc_sums one = {0};
            fc_sums_add(&one, y / p->last[i] - 1, f / p->last[i] - 1, y, f);
            fc_sums_join(&tally->step[h], &one);
            fc_sums_join(&all, &one);
        }
        fc_sums_join(&tally->each[series], &all);
        tally->loss[window + i] += share * all.square / all.count;
    }
}

fc_naive fc_market_naive(const fc_model *model, const ds_prices *prices, int target, ds_part train)
{
    const fc_market *market = fc_model_market(model);
    const size_t offset = ds_returns_offset(&market->prices);
    const ds_part rows = {train.begin + offset, train.end + offset};
    return fc_naive_of_column(prices->close, fc_market_target(market, prices, target), rows, 1);
}

static int score_errors(fc_market_score *s, const fc_paths *p, int kind, const char *model,
                        const fc_naive *naive, nn_error *error)
{
    fc_tally tally;
    int code = fc_tally_make(&tally, 1, (size_t)p->horizon, p->windows, error);
    if (!code) {
        fc_paths_add(&tally, 0, 0, 1, p, kind);
        code = fc_entry_make(&s->base, kind ? fc_path_names[kind] : model, &tally, naive, 1,
                             (size_t)p->horizon, error);
    }
    fc_tally_clear(&tally);
    return code;
}

/* work: 2 x windows. */
static int score_signs(fc_market_score *s, const fc_paths *p, double *work, int kind,
                       const fc_strategy_settings *settings, nn_error *error)
{
    const size_t horizon = (size_t)p->horizon;
    double *truth = work, *forecast = work + p->windows;
    for (size_t i = 0; i < p->windows; i++) {
        truth[i] = p->truth[i * horizon] / p->last[i] - 1;
        forecast[i] = p->path[kind][i * horizon] / p->last[i] - 1;
    }
    s->directions = fc_directions_score(truth, forecast, p->windows);
    return fc_sign_strategy(&s->strategy, forecast, truth, p->windows, settings, error);
}

/* --- in words --- */

static void say_accuracy(fc_market_report *r)
{
    static const fc_words words = {
        "{what}: {model} beats the last value: the squared error of its returns is {by} lower (R2 out of "
        "sample "
        "{more}, {p}).",
        "{what}: the squared error of {model} is {by} lower than that of the last value (R2 out of sample "
        "{more}), but that may be chance ({p}).",
        "{what}: {model} does NOT beat the last value: the squared error of its returns is {by} higher (R2 "
        "out "
        "of sample {more}, {p}).",
        6, 2};
    const fc_market_score *m = &r->score[FC_BY_MODEL];
    char r2[40];
    snprintf(r2, sizeof r2, "%+.4f", m->r2);
    const fc_match match = {.model = m->base.name,
                            .metric = fc_metric_find(fc_market_metrics, "mse"),
                            .record = m,
                            .rival_record = &r->score[FC_BY_LAST],
                            .statistic = m->base.dm,
                            .p = m->base.p,
                            .what = r->ticker,
                            .more = r2};
    r->beats_last = fc_judge(r->verdict, sizeof r->verdict, &words, &match);
}

/* A constant direction is holding, or never being in the market. */
static void say_direction(const fc_market_report *r, char *text, size_t size)
{
    const fc_directions *d = &r->score[FC_BY_MODEL].directions;
    char p[24];
    fc_p_text(d->p, p);
    snprintf(
        text, size,
        " It names the right direction on %.1f%% of days; always naming the more frequent one, %.1f%%%s%s%s.",
        100 * d->hit_rate, 100 * d->base_rate, isnan(d->p) ? "" : " (Pesaran-Timmermann ",
        isnan(d->p) ? "" : p, isnan(d->p) ? "" : ")");
}

static void say_strategy(const fc_market_report *r, char *text, size_t size)
{
    const fc_strategy *s = &r->score[FC_BY_MODEL].strategy;
    if (isnan(s->sharpe) || isnan(s->sharpe_low)) {
        snprintf(text, size,
                 " Trading by its sign takes no position that a Sharpe ratio could be given for.");
        return;
    }
    const char *finding = s->sharpe_low > 0    ? "is above 0 beyond chance"
                          : s->sharpe_high < 0 ? "is below 0 beyond chance"
                                               : "cannot be told from 0";
    snprintf(
        text, size,
        " Trading by its sign at %g basis points a side has a Sharpe ratio of %.2f (%.2f to %.2f), which %s; "
        "holding has %.2f.",
        1e4 * r->cost, s->sharpe, s->sharpe_low, s->sharpe_high, finding, s->hold_sharpe);
}

static void pronounce(fc_market_report *r)
{
    char text[400];
    say_accuracy(r);
    say_direction(r, text, sizeof text);
    strncat(r->verdict, text, sizeof r->verdict - strlen(r->verdict) - 1);
    say_strategy(r, text, sizeof text);
    strncat(r->verdict, text, sizeof r->verdict - strlen(r->verdict) - 1);
    int best = FC_BY_MODEL;
    for (int k = 0; k < FC_PATH_KINDS; k++)
        best = r->score[k].base.all.mse < r->score[best].base.all.mse ? k : best;
    snprintf(text, sizeof text, " The lowest error here is that of %s%s.", best ? "the " : "",
             r->score[best].base.name);
    strncat(r->verdict, text, sizeof r->verdict - strlen(r->verdict) - 1);
}

int fc_market_score_paths(fc_market_report *r, const fc_paths *p, const char *ticker, const char *model,
                          const fc_strategy_settings *settings, const fc_naive *naive, nn_error *error)
{
    static const fc_naive unknown = {.absolute = NAN};
    settings = settings ? settings : &fc_strategy_defaults;
    *r = (fc_market_report){.windows = p->windows, .horizon = p->horizon, .cost = settings->cost};
    double *work = malloc((2 * p->windows + 1) * sizeof *work);
    r->ticker = strdup(ticker);
    int code = work && r->ticker ? NN_OK : nn_no_memory(error);
    for (int k = 0; k < FC_PATH_KINDS && !code; k++)
        code = score_errors(&r->score[k], p, k, model, naive ? naive : &unknown, error);
    for (int k = 0; k < FC_PATH_KINDS && !code; k++) {
        fc_market_score *s = &r->score[k];
        const double zero = r->score[FC_BY_LAST].base.all.mse, mean = r->score[FC_BY_MEAN].base.all.mse;
        s->r2 = zero > 0 ? 1 - s->base.all.mse / zero : NAN;
        s->r2_mean = mean > 0 ? 1 - s->base.all.mse / mean : NAN;
        const fc_dm dm =
            fc_compare(s->base.loss, r->score[FC_BY_LAST].base.loss, p->windows, (size_t)p->horizon);
        s->base.dm = dm.statistic;
        s->base.p = dm.p;
        code = score_signs(s, p, work, k, settings, error);
    }
    free(work);
    if (!code)
        pronounce(r);
    else
        fc_market_report_clear(r);
    return code;
}

void fc_market_report_clear(fc_market_report *r)
{
    free(r->ticker);
    r->ticker = NULL;
    for (int k = 0; k < FC_PATH_KINDS; k++)
        fc_entry_clear(&r->score[k].base);
}

void fc_market_reports_free(fc_market_report *reports, int count)
{
    for (int i = 0; reports && i < count; i++)
        fc_market_report_clear(&reports[i]);
    free(reports);
}
