/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/scores/prices.h"

#include "forecast/tasks/series.h"

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
    {"mse", "MSE", NULL, OF(mse), 6, -1, NOT_TEXT},
    {"rmse", "RMSE, %", NULL, OF(rmse), 4, -1, FC_SHOW(FC_WHOLE, 0, 0), .unit = 100},
    {"mae", "MAE, %", NULL, OF(mae), 4, -1, SHOWN, .unit = 100},
    {"price_rmse", "RMSE, price", NULL, OF(price_rmse), -5, -1, SHOWN},
    {"price_mae", "MAE, price", NULL, OF(price_mae), -5, -1, SHOWN},
    {"mape", "MAPE", NULL, OF(mape), 3, -1, SHOWN},
    {"r2", "R2", NULL, OF(r2), 4, 1, SHOWN},
    {"r2_mean", "R2, mean", NULL, OF(r2_mean), 4, 1, SHOWN},
    {"dm", "DM", NULL, OF(dm), 4, 0, NOT_TEXT},
    {"p", "p", NULL, OF(p), FC_P, 0, SHOWN},
    {0}};

#undef OF
#define OF(field) offsetof(fc_directions, field)
const fc_metric fc_directions_metrics[] = {
    {"count", "rows", NULL, OF(count), FC_COUNT, 0, JSON_ONLY},
    {"flat", "flat", NULL, OF(flat), FC_COUNT, 0, JSON_ONLY},
    {"hit_rate", "hits, %", NULL, OF(hit_rate), 1, 1, SHOWN, .unit = 100},
    {"up_rate", "ups, %", NULL, OF(up_rate), 1, 0, JSON_ONLY, .unit = 100},
    {"base_rate", "base, %", NULL, OF(base_rate), 1, 0, SHOWN, .unit = 100},
    {"balanced_accuracy", "balanced", NULL, OF(balanced_accuracy), 4, 1, NOT_TEXT},
    {"pesaran_timmermann", "PT", NULL, OF(statistic), 2, 1, FC_SHOW(FC_WHOLE, FC_WHOLE, 0)},
    {"p", "p", NULL, OF(p), FC_P, 0, FC_SHOW(FC_WHOLE, FC_WHOLE, 0)},
    {"pt", NULL, NULL, OF(statistic), 2, 1, FC_SHOW(0, 0, FC_WHOLE)}, /* names of their own in CSV */
    {"pt_p", NULL, NULL, OF(p), FC_P, 0, FC_SHOW(0, 0, FC_WHOLE)},
    {0}};

#undef OF
#define OF(field) offsetof(fc_strategy, field)
const fc_metric fc_strategy_metrics[] = {
    {"periods", "rows", NULL, OF(periods), FC_COUNT, 0, JSON_ONLY},
    {"gross", "gross", NULL, OF(gross), 4, 1, NOT_TEXT},
    {"net", "net, %/row", NULL, OF(net), 4, 1, SHOWN, .unit = 100},
    {"turnover", "turnover", NULL, OF(turnover), 3, 0, SHOWN},
    {"break_even", "break-even, bp", NULL, OF(break_even), 1, 1, SHOWN, .unit = 1e4},
    {"sharpe", "Sharpe", NULL, OF(sharpe), 2, 1, SHOWN},
    {"sharpe_low", "low", NULL, OF(sharpe_low), 2, 1, SHOWN},
    {"sharpe_high", "high", NULL, OF(sharpe_high), 2, 1, SHOWN},
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

void fc_paths_losses(double *losses, const fc_paths *p, int kind)
{
    const size_t horizon = (size_t)p->horizon;
    for (size_t i = 0; i < p->windows; i++) {
        losses[i] = 0;
        for (size_t h = 0; h < horizon; h++) {
            const double e = (p->path[kind][i * horizon + h] - p->truth[i * horizon + h]) / p->last[i];
            losses[i] += e * e / (double)horizon;
        }
    }
}

/* Work space of one ticker: losses of all forecasters, the first step's returns. */
typedef struct work {
    double *loss[FC_PATH_KINDS], *truth, *forecast;
} work;

static bool work_make(work *w, size_t windows)
{
    double *all = malloc(((FC_PATH_KINDS + 2) * windows + 1) * sizeof *all);
    for (int k = 0; all && k < FC_PATH_KINDS; k++)
        w->loss[k] = all + (size_t)k * windows;
    w->truth = all ? all + FC_PATH_KINDS * windows : NULL;
    w->forecast = all ? w->truth + windows : NULL;
    return all;
}

static void score_errors(fc_market_score *s, const fc_paths *p, int kind)
{
    const size_t horizon = (size_t)p->horizon, cells = p->windows * horizon;
    double squares = 0, sizes = 0, price_squares = 0, price_sizes = 0, shares = 0;
    for (size_t i = 0; i < cells; i++) {
        const double e = p->path[kind][i] - p->truth[i], r = e / p->last[i / horizon];
        squares += r * r;
        sizes += fabs(r);
        price_squares += e * e;
        price_sizes += fabs(e);
        shares += fabs(e) / p->truth[i];
    }
    const double n = (double)cells;
    s->mse = squares / n;
    s->mae = sizes / n;
    s->rmse = sqrt(s->mse);
    s->price_rmse = sqrt(price_squares / n);
    s->price_mae = price_sizes / n;
    s->mape = 100 * shares / n;
}

static int score_kind(fc_market_report *r, const fc_paths *p, const work *w, int kind,
                      const fc_strategy_settings *settings, nn_error *error)
{
    fc_market_score *s = &r->score[kind];
    const size_t horizon = (size_t)p->horizon;
    const fc_dm dm = fc_compare(w->loss[kind], w->loss[FC_BY_LAST], p->windows, horizon);
    s->dm = dm.statistic;
    s->p = dm.p;
    for (size_t i = 0; i < p->windows; i++) {
        w->truth[i] = p->truth[i * horizon] / p->last[i] - 1;
        w->forecast[i] = p->path[kind][i * horizon] / p->last[i] - 1;
    }
    s->directions = fc_directions_score(w->truth, w->forecast, p->windows);
    return fc_sign_strategy(&s->strategy, w->forecast, w->truth, p->windows, settings, error);
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
    const fc_match match = {.model = m->name,
                            .metric = fc_metric_find(fc_market_metrics, "mse"),
                            .record = m,
                            .rival_record = &r->score[FC_BY_LAST],
                            .statistic = m->dm,
                            .p = m->p,
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
        best = r->score[k].mse < r->score[best].mse ? k : best;
    snprintf(text, sizeof text, " The lowest error here is that of %s%s.", best ? "the " : "",
             r->score[best].name);
    strncat(r->verdict, text, sizeof r->verdict - strlen(r->verdict) - 1);
}

int fc_market_score_paths(fc_market_report *r, const fc_paths *p, const char *ticker, const char *model,
                          const fc_strategy_settings *settings, nn_error *error)
{
    settings = settings ? settings : &fc_strategy_defaults;
    *r = (fc_market_report){.windows = p->windows, .horizon = p->horizon, .cost = settings->cost};
    work w = {{0}, NULL, NULL};
    if (!work_make(&w, p->windows) || !(r->ticker = strdup(ticker))) {
        free(w.loss[0]);
        return nn_fail(error, NN_FAILED, "no memory for the scores of %zu windows", p->windows);
    }
    int code = NN_OK;
    for (int k = 0; k < FC_PATH_KINDS; k++) {
        snprintf(r->score[k].name, sizeof r->score[k].name, "%s", k ? fc_path_names[k] : model);
        fc_paths_losses(w.loss[k], p, k);
        score_errors(&r->score[k], p, k);
    }
    for (int k = 0; k < FC_PATH_KINDS && !code; k++) {
        const double zero = r->score[FC_BY_LAST].mse, mean = r->score[FC_BY_MEAN].mse;
        r->score[k].r2 = zero > 0 ? 1 - r->score[k].mse / zero : NAN;
        r->score[k].r2_mean = mean > 0 ? 1 - r->score[k].mse / mean : NAN;
        code = score_kind(r, p, &w, k, settings, error);
    }
    free(w.loss[0]);
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
}

int fc_market_evaluate(fc_market_report **out, const fc_model *model, const ds_table *table,
                       const ds_prices *prices, const ds_windows *windows,
                       const fc_strategy_settings *settings, int threads, nn_error *error)
{
    const int targets = fc_market_targets(fc_model_market(model));
    double *values = NULL;
    fc_market_report *reports = calloc((size_t)targets + 1, sizeof *reports);
    *out = NULL;
    int code = reports ? fc_collect(&values, model, table, windows, threads, error) : nn_no_memory(error);
    for (int i = 0; i < targets && !code; i++) {
        fc_paths paths;
        code = fc_paths_make(&paths, model, prices, windows, values, i, error);
        if (code)
            break;
        const int column = fc_market_target(fc_model_market(model), prices, i);
        code = fc_market_score_paths(&reports[i], &paths, prices->close->names[column], model->kind->name,
                                     settings, error);
        fc_paths_clear(&paths);
    }
    free(values);
    if (code)
        fc_market_reports_free(reports, targets);
    else
        *out = reports;
    return code;
}

void fc_market_reports_free(fc_market_report *reports, int count)
{
    for (int i = 0; reports && i < count; i++)
        fc_market_report_clear(&reports[i]);
    free(reports);
}
