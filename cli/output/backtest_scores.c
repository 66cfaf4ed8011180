/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/output/backtest_scores.h"

#include "cli/output/prices_scores.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "forecast/scores/verdict.h"
#include "lib/base/output.h"

#include <math.h>
#include <string.h>

static void p_cell(cli_table *table, double p)
{
    char text[24];
    fc_p_text(p, text);
    cli_table_cell(table, "%s", isnan(p) ? "-" : strncmp(text, "p < ", 4) ? text + 4 : "<0.001");
}

static const char *stamp(const cli_backtested *b, ds_time time, char text[64])
{
    if (b->table->layout.timed)
        ds_time_print(&b->table->layout.format, time, text, 64);
    else
        snprintf(text, 64, "row %lld", (long long)time + 1);
    return text;
}

static bool of_prices(const cli_backtested *b)
{
    return b->backtest->tickers > 0;
}

/* --- for people --- */

static void print_all(const cli_backtested *b)
{
    const fc_backtest *t = b->backtest;
    const double unit = of_prices(b) ? 1e4 : 1;
    cli_table *table = cli_table_new(of_prices(b) ? "forecast|>MSE, 1e-4|>+-|>R2|>p|>p of model"
                                                  : "forecast|>MSE|>+-|>R2|>p|>p of model");
    for (int i = 0; i < t->score_count; i++) {
        const fc_backtest_score *s = &t->score[i];
        cli_table_cell(table, "%s", s->name);
        cli_table_number(table, unit * s->mse, 6);
        cli_table_number(table, s->trained && t->seeds > 1 ? unit * s->spread : NAN, 6);
        cli_table_number(table, s->r2, 4);
        p_cell(table, s->p);
        p_cell(table, s->model_p);
    }
    cli_table_print(table, stdout);
    char text[400];
    snprintf(
        text, sizeof text,
        "MSE: %s, all test windows; +-: standard deviation over the seeds; R2: out of sample, against %s; p: "
        "chance of an MSE this far from that of %s if both forecast equally well; p of model: the same for "
        "the "
        "model and this forecast",
        of_prices(b) ? "of returns since the last known close" : "scaled values", t->score[t->reference].name,
        t->score[t->reference].name);
    cli_wrap(stdout, text, 0, 0, cli_width(stdout));
}

static void print_folds(const cli_backtested *b)
{
    const fc_backtest *t = b->backtest;
    char headings[400] = "fold|test from|to|>rows to train|>windows", a[64], z[64], count[40];
    size_t at = strlen(headings);
    for (int i = 0; i < t->score_count && at < sizeof headings; i++)
        at += (size_t)snprintf(headings + at, sizeof headings - at, "|>%s", t->score[i].name);
    cli_table *table = cli_table_new(headings);
    for (int k = 0; k < t->folds; k++) {
        cli_table_cell(table, "%d", k + 1);
        cli_table_cell(table, "%s", stamp(b, t->begin[k], a));
        cli_table_cell(table, "%s", stamp(b, t->end[k], z));
        cli_table_cell(table, "%s", cli_count(t->split[k].train.end - t->split[k].train.begin, count));
        cli_table_cell(table, "%s", cli_count(t->fold_windows[k], count));
        for (int i = 0; i < t->score_count; i++)
            cli_table_number(table, (of_prices(b) ? 1e4 : 1) * t->score[i].fold_mse[k], 4);
    }
    putchar('\n');
    cli_table_print(table, stdout);
}

/* Mean and standard deviation over the seeds of one figure of the model's. */
static void seeds_cell(cli_table *table, const fc_backtest *t, int ticker, size_t offset, double unit,
                       int decimals)
{
    double sum = 0, squares = 0;
    for (int s = 0; s < t->seeds; s++)
        sum +=
            *(const double *)((const char *)&t->reports[s * t->tickers + ticker].score[FC_BY_MODEL] + offset);
    const double mean = sum / t->seeds;
    for (int s = 0; s < t->seeds; s++) {
        const double d =
            *(const double *)((const char *)&t->reports[s * t->tickers + ticker].score[FC_BY_MODEL] +
                              offset) -
            mean;
        squares += d * d;
    }
    if (isnan(mean))
        cli_table_cell(table, "-");
    else if (t->seeds > 1)
        cli_table_cell(table, "%.*f +- %.*f", decimals, unit * mean, decimals,
                       unit * sqrt(squares / (t->seeds - 1)));
    else
        cli_table_cell(table, "%.*f", decimals, unit * mean);
}

#define OF(field) offsetof(fc_market_score, field)

static void print_prices(const cli_backtested *b)
{
    const fc_backtest *t = b->backtest;
    cli_table *table =
        cli_table_new("ticker|>R2|>RMSE, price|>last value|>hits, %|>base, %|>PT p|>Sharpe|>holding|"
                      ">turnover|>break-even, bp");
    for (int i = 0; i < t->tickers; i++) {
        const fc_market_report *r = &t->reports[i];
        cli_table_cell(table, "%s", r->ticker);
        seeds_cell(table, t, i, OF(r2), 1, 4);
        seeds_cell(table, t, i, OF(price_rmse), 1, 3);
        cli_table_number(table, r->score[FC_BY_LAST].price_rmse, 3);
        seeds_cell(table, t, i, OF(directions.hit_rate), 100, 1);
        cli_table_number(table, 100 * r->score[0].directions.base_rate, 1);
        seeds_cell(table, t, i, OF(directions.p), 1, 2);
        seeds_cell(table, t, i, OF(strategy.sharpe), 1, 2);
        cli_table_number(table, r->score[0].strategy.hold_sharpe, 2);
        seeds_cell(table, t, i, OF(strategy.turnover), 1, 2);
        seeds_cell(table, t, i, OF(strategy.break_even), 1e4, 1);
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
    printf("%s: %d fold%s, %s windows, %d seed%s, look-back %d, horizon %d, gap %d, in %s\n\n",
           cli_clean(b->data, clean, sizeof clean), t->folds, t->folds == 1 ? "" : "s",
           cli_count(t->windows, windows), t->seeds, t->seeds == 1 ? "" : "s", b->recipe->lookback,
           b->recipe->horizon, t->gap, cli_duration(t->seconds, took));
    print_all(b);
    print_folds(b);
    if (of_prices(b))
        print_prices(b);
    if (b->recipe->preparation.selection)
        for (int k = 0; k < t->folds; k++)
            printf("%sfold %d sees %s\n", k ? "" : "\n", k + 1,
                   cli_clean(t->columns[k], clean, sizeof clean));
    bool colour = cli_colour(stdout);
    printf("\n%s", colour ? (t->beats_reference ? "\033[1;32m" : "\033[1;31m") : "");
    cli_wrap(stdout, t->verdict, 0, 0, cli_width(stdout));
    fputs(colour ? "\033[0m" : "", stdout);
}

/* --- JSON --- */

static json_t *score_json(const fc_backtest *t, const fc_backtest_score *s)
{
    json_t *object = json_object();
    cli_json_set(object, "name", cli_json_text(s->name));
    cli_json_set(object, "mse", cli_json_real(s->mse));
    cli_json_set(object, "spread", s->trained ? cli_json_real(s->spread) : json_null());
    cli_json_set(object, "least", cli_json_real(s->least));
    cli_json_set(object, "most", cli_json_real(s->most));
    cli_json_set(object, "r2", cli_json_real(s->r2));
    cli_json_set(object, "dm", cli_json_real(s->dm));
    cli_json_set(object, "p", cli_json_real(s->p));
    cli_json_set(object, "model_dm", cli_json_real(s->model_dm));
    cli_json_set(object, "model_p", cli_json_real(s->model_p));
    cli_json_set(object, "folds", cli_json_reals(s->fold_mse, (size_t)t->folds));
    return object;
}

static json_t *fold_json(const cli_backtested *b, int k)
{
    const fc_backtest *t = b->backtest;
    const ds_split *split = &t->split[k];
    json_t *object = json_object();
    cli_json_set(object, "train", json_integer((json_int_t)(split->train.end - split->train.begin)));
    cli_json_set(object, "validation",
                 json_integer((json_int_t)(split->validation.end - split->validation.begin)));
    cli_json_set(object, "test", json_integer((json_int_t)(split->test.end - split->test.begin)));
    cli_json_set(object, "windows", json_integer((json_int_t)t->fold_windows[k]));
    cli_json_set(object, "from", cli_json_time(b->table, t->begin[k]));
    cli_json_set(object, "to", cli_json_time(b->table, t->end[k]));
    cli_json_set(object, "columns", cli_json_text(t->columns[k]));
    return object;
}

int cli_backtest_json(const cli_backtested *b, nn_error *error)
{
    const fc_backtest *t = b->backtest;
    json_t *object = cli_json_new("auspex.backtest/1"), *scores = json_array(), *folds = json_array();
    cli_json_set(object, "data", cli_json_text(b->data));
    cli_json_set(object, "model", cli_json_text(b->recipe->kind->name));
    cli_json_set(object, "lookback", json_integer(b->recipe->lookback));
    cli_json_set(object, "horizon", json_integer(b->recipe->horizon));
    cli_json_set(object, "gap", json_integer(t->gap));
    cli_json_set(object, "seeds", json_integer(t->seeds));
    cli_json_set(object, "windows", json_integer((json_int_t)t->windows));
    for (int k = 0; k < t->folds; k++)
        cli_json_append(folds, fold_json(b, k));
    for (int i = 0; i < t->score_count; i++)
        cli_json_append(scores, score_json(t, &t->score[i]));
    cli_json_set(object, "folds", folds);
    cli_json_set(object, "scores", scores);
    cli_json_set(object, "reference", cli_json_text(t->score[t->reference].name));
    if (of_prices(b)) {
        json_t *seeds = json_array();
        for (int s = 0; s < t->seeds; s++)
            for (int i = 0; i < t->tickers; i++) {
                json_t *one = cli_market_json(&t->reports[s * t->tickers + i]);
                cli_json_set(one, "seed", json_integer((json_int_t)b->recipe->training.seed + s));
                cli_json_append(seeds, one);
            }
        cli_json_set(object, "prices", seeds);
    }
    cli_json_set(object, "beats_naive", json_boolean(t->beats_reference));
    cli_json_set(object, "verdict", cli_json_text(t->verdict));
    cli_json_set(object, "seconds", cli_json_real(t->seconds));
    return cli_json_print(object, error);
}

/* --- CSV --- */

int cli_backtest_csv(const cli_backtested *b, const char *path, nn_error *error)
{
    const fc_backtest *t = b->backtest;
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    FILE *out = nn_output_stream(output);
    fputs("forecast,fold,windows,mse,spread,r2,dm,p,model_dm,model_p\n", out);
    for (int i = 0; i < t->score_count; i++) {
        const fc_backtest_score *s = &t->score[i];
        const double values[] = {s->mse,    s->trained ? s->spread : NAN, s->r2, s->dm, s->p, s->model_dm,
                                 s->model_p};
        fprintf(out, "\"%s\",,%zu", s->name, t->windows);
        for (size_t v = 0; v < sizeof values / sizeof *values; v++)
            cli_csv_number(out, values[v]);
        fputc('\n', out);
        for (int k = 0; k < t->folds; k++) {
            fprintf(out, "\"%s\",%d,%zu", s->name, k + 1, t->fold_windows[k]);
            cli_csv_number(out, s->fold_mse[k]);
            fputs(",,,,,,\n", out);
        }
    }
    return nn_output_commit(output, error);
}
