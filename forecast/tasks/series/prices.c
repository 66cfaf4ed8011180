/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prices as a table of returns, and forecasts of returns turned back into prices. */
#include "forecast/tasks/series/prices.h"

#include "lib/base/memory.h"
#include "lib/base/nearest.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fc_market_clear(fc_market *market)
{
    free(market->prices.tickers);
    free(market->targets);
    ds_merge_clear(&market->merge);
    *market = (fc_market){0};
}

static bool copy_merge(ds_merge *to, const ds_merge *from)
{
    const size_t bytes = 2 * (size_t)from->tickers * sizeof(double);
    *to = *from;
    if (!from->least)
        return true;
    to->least = malloc(bytes);
    to->range = malloc(bytes);
    if (!to->least || !to->range)
        return false;
    memcpy(to->least, from->least, bytes);
    memcpy(to->range, from->range, bytes);
    return true;
}

int fc_market_copy(fc_market *to, const fc_market *from, nn_error *error)
{
    *to = (fc_market){.prices = from->prices};
    to->prices.tickers = from->prices.tickers ? strdup(from->prices.tickers) : NULL;
    to->targets = from->targets ? strdup(from->targets) : NULL;
    if (copy_merge(&to->merge, &from->merge) && (to->prices.tickers || !from->prices.tickers) &&
        (to->targets || !from->targets))
        return NN_OK;
    fc_market_clear(to);
    return nn_no_memory(error);
}

/* --- lists of names --- */

/* The index-th name of a comma-separated list; its length, 0 after the last. */
static size_t name_at(const char *list, int index, const char **name)
{
    size_t length;
    while (nn_list_next(&list, name, &length))
        if (index-- == 0)
            return length;
    return 0;
}

static bool is_name(const char *text, const char *name, size_t length)
{
    return strlen(text) == length && memcmp(text, name, length) == 0;
}

static int find_name(char *const *names, int count, const char *name, size_t length)
{
    for (int j = 0; j < count; j++)
        if (is_name(names[j], name, length))
            return j;
    return -1;
}

/* names[columns[i]], i < count; columns NULL: the first `count`. */
static char *join_names(char *const *names, const int *columns, int count)
{
    char *list = calloc(1, 1);
    for (int i = 0; list && i < count; i++)
        nn_list_add(&list, names[columns ? columns[i] : i]);
    return list;
}

int fc_market_targets(const fc_market *market)
{
    return nn_list_count(market->targets);
}

int fc_market_target(const fc_market *market, const ds_prices *prices, int i)
{
    const char *name;
    const size_t length = name_at(market->targets, i, &name);
    return length ? find_name(prices->close->names, prices->close->columns, name, length) : -1;
}

/* --- choosing --- */

/* Marks the names of the target list; NULL marks all. */
static int mark_bases(uint8_t *is_base, char *const *names, int count, const char *target, bool tickers,
                      nn_error *error)
{
    const char *name;
    size_t length;
    memset(is_base, !target || !*target, (size_t)count);
    for (int i = 0; (length = name_at(target, i, &name)); i++) {
        const int found = find_name(names, count, name, length);
        if (found < 0)
            return nn_fail(
                error, NN_USAGE, "--target: there is no %s '%s'%s", tickers ? "ticker" : "column",
                NN_SHOWN(100, name, length),
                nn_suggestion((char[400]){0}, 400, name, length, (const char *const *)names, count));
        is_base[found] = 1;
    }
    return NN_OK;
}

/* Chosen columns of `table` into columns[*count]. */
static int choose(int *columns, int *count, const ds_table *table, const uint8_t *is_base, ds_part train,
                  const ds_correlate_settings *selection, nn_error *error)
{
    if (selection)
        return ds_select_columns(columns, count, table, is_base, train, selection, error);
    *count = table->columns;
    for (int j = 0; j < table->columns; j++)
        columns[j] = j;
    return NN_OK;
}

static int prepare_plain(fc_prepared *out, const ds_table *all, const fc_preparation *how,
                         const ds_split *split, uint8_t *is_base, int *columns, nn_error *error)
{
    int count;
    int code = mark_bases(is_base, all->names, all->columns, how->target, false, error);
    if (!code)
        code = choose(columns, &count, all, is_base, split->train, how->selection, error);
    if (!code)
        code = ds_table_select(&out->table, all, columns, count, error);
    if (!code && how->target && *how->target && !(out->targets = strdup(how->target)))
        code = nn_no_memory(error);
    return code;
}

/* --- prices --- */

static int fields_of(const ds_price_settings *s)
{
    return s->ohlcv ? 5 : 1;
}

/* Columns of the returns table that belong to some tickers. */
static int select_tickers(ds_table **out, const ds_table *all, const int *tickers, int count, int of,
                          const ds_price_settings *s, nn_error *error)
{
    const int fields = fields_of(s);
    int *columns = malloc((size_t)all->columns * sizeof *columns), n = 0;
    if (!columns)
        return nn_no_memory(error);
    for (int i = 0; i < count; i++)
        for (int f = 0; f < fields; f++)
            columns[n++] = tickers[i] * fields + f;
    for (int i = 0; i < count && all->columns > of * fields; i++) /* plain returns behind smoothed ones */
        columns[n++] = of * fields + tickers[i];
    int code = ds_table_select(out, all, columns, n, error);
    free(columns);
    return code;
}

/* Tickers by the correlation of their plain daily returns on the training days. */
static int choose_tickers(int *tickers, int *count, const ds_prices *prices, const uint8_t *is_base,
                          const fc_preparation *how, ds_part train, nn_error *error)
{
    ds_price_settings plain = {.prices = 1, .returns = how->prices->returns};
    ds_table *returns;
    int code = ds_returns_table(&returns, prices, &plain, error);
    if (code)
        return code;
    const size_t shift = ds_returns_offset(how->prices) - 1;
    code = choose(tickers, count, returns, is_base, (ds_part){train.begin + shift, train.end + shift},
                  how->selection, error);
    ds_table_free(returns);
    return code;
}

/* The columns of the tickers that are forecast. */
static char *target_columns(const fc_market *market)
{
    const char *name;
    size_t length;
    if (market->merge.kind)
        return strdup("merged");
    char *list = calloc(1, 1);
    for (int i = 0; list && (length = name_at(market->targets, i, &name)); i++) {
        char *ticker = nn_text_copy(name, length),
             *column = ticker ? ds_returns_target(ticker, &market->prices) : NULL;
        if (column) {
            nn_list_add(&list, column);
        } else {
            free(list);
            list = NULL;
        }
        free(ticker);
        free(column);
    }
    return list;
}

static int merge(fc_prepared *out, ds_part train, nn_error *error)
{
    fc_market *m = &out->market;
    ds_table *merged;
    int code = ds_merge_fit(&m->merge, (ds_merge_kind)m->prices.merge, out->table, fields_of(&m->prices),
                            train, error);
    if (!code)
        code = ds_merge_table(&merged, &m->merge, out->table, error);
    if (code)
        return code;
    ds_table_free(out->table);
    out->table = merged;
    return NN_OK;
}

static int prepare_prices(fc_prepared *out, const ds_table *all, const ds_prices *prices,
                          const fc_preparation *how, const ds_split *split, uint8_t *is_base, int *tickers,
                          nn_error *error)
{
    const ds_table *close = prices->close;
    const ds_price_settings *s = how->prices;
    int count;
    if (s->merge && s->smooth > 1 && !s->smooth_target)
        return nn_fail(error, NN_USAGE, "--merge: smoothed returns are merged with --smooth-target only");
    int code = mark_bases(is_base, close->names, close->columns, how->target, true, error);
    if (!code)
        code = choose_tickers(tickers, &count, prices, is_base, how, split->train, error);
    if (code)
        return code;
    out->market.prices = *s;
    out->market.prices.tickers = join_names(close->names, tickers, count);
    int targets = 0, *chosen = malloc(((size_t)close->columns + 1) * sizeof *chosen);
    for (int j = 0; chosen && j < close->columns; j++)
        if (is_base[j])
            chosen[targets++] = j;
    out->market.targets = chosen ? join_names(close->names, chosen, targets) : NULL;
    free(chosen);
    code = select_tickers(&out->table, all, tickers, count, close->columns, s, error);
    if (!code && s->merge)
        code = merge(out, split->train, error);
    if (!code && (!out->market.prices.tickers || !out->market.targets ||
                  !(out->targets = target_columns(&out->market))))
        code = nn_no_memory(error);
    return code;
}

int fc_prepare(fc_prepared *out, const ds_table *all, const ds_prices *prices, const fc_preparation *how,
               const ds_split *split, nn_error *error)
{
    *out = (fc_prepared){0};
    uint8_t *is_base = calloc((size_t)all->columns + 1, 1);
    int *columns = calloc((size_t)all->columns + 1, sizeof *columns);
    int code = is_base && columns ? NN_OK : nn_no_memory(error);
    if (!code)
        code = prices ? prepare_prices(out, all, prices, how, split, is_base, columns, error)
                      : prepare_plain(out, all, how, split, is_base, columns, error);
    free(is_base);
    free(columns);
    if (code)
        fc_prepared_clear(out);
    return code;
}

void fc_prepared_clear(fc_prepared *prepared)
{
    ds_table_free(prepared->table);
    fc_market_clear(&prepared->market);
    free(prepared->targets);
    *prepared = (fc_prepared){0};
}

/* --- a trained model --- */

int fc_market_table(ds_table **out, const fc_market *m, const ds_prices *prices, nn_error *error)
{
    ds_table *all = NULL;
    const ds_table *close = prices->close;
    const char *name;
    size_t length;
    const int count = nn_list_count(m->prices.tickers);
    int *tickers = malloc(((size_t)count + 1) * sizeof *tickers);
    *out = NULL;
    int code = tickers ? ds_returns_table(&all, prices, &m->prices, error) : nn_no_memory(error);
    for (int i = 0; !code && (length = name_at(m->prices.tickers, i, &name)); i++)
        if ((tickers[i] = find_name(close->names, close->columns, name, length)) < 0)
            code = nn_fail(error, NN_BAD_DATA, "%s: the ticker '%.*s' that the model sees is missing",
                           close->path, (int)length, name);
    if (!code)
        code = select_tickers(out, all, tickers, count, close->columns, &m->prices, error);
    ds_table_free(all);
    free(tickers);
    if (!code && m->merge.kind) {
        ds_table *single = *out;
        *out = NULL;
        code = ds_merge_table(out, &m->merge, single, error);
        ds_table_free(single);
    }
    return code;
}

int fc_market_check(const fc_market *m, const fc_model *model, nn_error *error)
{
    const int tickers = nn_list_count(m->prices.tickers), fields = fields_of(&m->prices);
    const bool plain_too = m->prices.smooth > 1 && !m->prices.smooth_target;
    const int columns = m->merge.kind ? fields : tickers * (fields + plain_too);
    int targets = 0;
    for (int j = 0; j < model->columns; j++)
        targets += model->is_target[j];
    const int wanted = m->merge.kind ? 1 : nn_list_count(m->targets);
    if (columns == model->columns && targets == wanted && wanted > 0 &&
        (!m->merge.kind || (m->merge.tickers == tickers && m->merge.fields == fields && !plain_too)))
        return NN_OK;
    return nn_fail(error, NN_BAD_DATA, "the model's columns are not those of its tickers");
}

int fc_market_future(fc_future *future, const fc_market *m, const ds_prices *prices, nn_error *error)
{
    const ds_table *close = prices->close;
    const size_t w = ds_returns_offset(&m->prices), steps = (size_t)future->steps;
    const int targets = fc_market_targets(m);
    const size_t k = (size_t)targets, width = (size_t)future->targets;
    double *values = malloc((steps * k + 1) * sizeof *values),
           *work = malloc((2 * w + 3 * steps + 1) * sizeof *work);
    int *columns = malloc((k + 1) * sizeof *columns);
    int code = values && work && columns ? NN_OK : nn_no_memory(error);
    for (int i = 0; i < targets && !code; i++) {
        double *history = work, *returns = history + w, *path = returns + steps, *scratch = path + steps;
        columns[i] = fc_market_target(m, prices, i);
        if (columns[i] < 0)
            code =
                nn_fail(error, NN_BAD_DATA, "%s: a ticker that the model forecasts is missing", close->path);
        for (size_t t = 0; t < w && !code; t++)
            history[t] = close->values[(close->rows - w + t) * (size_t)close->columns + (size_t)columns[i]];
        for (size_t h = 0; h < steps; h++) {
            const double value = future->values[h * width + (m->merge.kind ? 0 : (size_t)i)];
            returns[h] = m->merge.kind ? fc_market_member(m, i, value) : value;
        }
        if (!code)
            ds_returns_decode(path, returns, steps, history, &m->prices, scratch);
        for (size_t h = 0; h < steps && !code; h++) {
            values[h * k + (size_t)i] = path[h];
            if (!isfinite(path[h]))
                code = nn_fail(error, NN_FAILED, "the forecast of '%s' is not finite at step %zu",
                               close->names[columns[i]], h + 1);
        }
    }
    free(work);
    if (code) {
        free(values);
        free(columns);
        return code;
    }
    free(future->values);
    free(future->columns);
    future->values = values;
    future->columns = columns;
    future->targets = targets;
    return NN_OK;
}

double fc_market_member(const fc_market *m, int target, double value)
{
    const char *name, *ticker;
    const size_t length = name_at(m->targets, target, &name);
    size_t size;
    for (int k = 0; (size = name_at(m->prices.tickers, k, &ticker)); k++)
        if (size == length && memcmp(ticker, name, length) == 0)
            return ds_merge_value(&m->merge, k, value);
    return 0;
}
