/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins the tickers of several files on the trading days that all of them have. */
#include "datasets/prices/prices.h"

#include "datasets/prices/prices_internal.h"
#include "datasets/table/table_internal.h"
#include "lib/base/memory.h"
#include "lib/base/nearest.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(ds_price_settings, name)
const nn_option ds_price_options[] = {
    {"prices", 0, NN_FLAG, FIELD(prices), "false", NULL, 0, 0,
     "the files are prices, of one ticker each or of several: learn returns, forecast prices"},
    {"tickers", 0, NN_LIST, FIELD(tickers), NULL, "A,B,...", 0, 0, "tickers to use (all)"},
    {"returns", 0, NN_CHOICE, FIELD(returns), "log", "log|percent", 0, 0,
     "what a return is: the difference of logarithms, or the relative change"},
    {"smooth", 0, NN_INT, FIELD(smooth), "0", "N", 0, 10000,
     "returns of the mean of the last N prices, which the model sees beside the target's own; 0: none"},
    {"smooth-target", 0, NN_FLAG, FIELD(smooth_target), "false", NULL, 0, 0,
     "the target is the smoothed return too, as published; prices are exact all the same"},
    {"ohlcv", 0, NN_FLAG, FIELD(ohlcv), "false", NULL, 0, 0,
     "see open, high, low and volume beside the close"},
    {"merge", 0, NN_CHOICE, FIELD(merge), "none", "none|geometric|arithmetic", 0, 0,
     "none: every ticker has channels of its own; or all tickers become one series, the mean of their scaled "
     "returns, as published"},
    {0}};

/* --- one value --- */

static int fail_at(const ds_quote *q, size_t row, const char *what, double value, nn_error *error)
{
    char stamp[DS_STAMP_SIZE];
    if (q->table->layout.timed)
        ds_time_print(&q->table->layout.format, q->table->time[row], stamp, sizeof stamp);
    else
        snprintf(stamp, sizeof stamp, "row %zu", row + 1);
    return nn_fail(error, NN_BAD_DATA, "%s: '%.100s' has a %s of %g at %s; it must be above 0",
                   q->table->path, q->ticker, what, value, stamp);
}

static double cell(const ds_quote *q, size_t row, int field)
{
    const int column = q->column[field];
    return column < 0 ? NAN : q->table->values[row * (size_t)q->table->columns + (size_t)column];
}

/* The close that returns are taken of; NaN where the file has none. */
static double close_of(const ds_quote *q, size_t row)
{
    return cell(q, row, q->column[DS_ADJUSTED] >= 0 ? DS_ADJUSTED : DS_CLOSE);
}

static int check_quote(const ds_quote *q, nn_error *error)
{
    static const char *const names[] = {
        [DS_OPEN] = "price (open)", [DS_HIGH] = "price (high)", [DS_LOW] = "price (low)",
        [DS_VOLUME] = "volume",     [DS_CLOSE] = "price",       [DS_ADJUSTED] = "price (adjusted)"};
    if (!q->table->layout.timed)
        return nn_fail(error, NN_BAD_DATA, "%s: prices need a column of dates", q->table->path);
    for (size_t t = 0; t < q->table->rows; t++)
        for (int f = 0; f < DS_PRICE_FIELDS; f++) {
            const double value = cell(q, t, f);
            if (f == DS_VOLUME ? value < 0 : value <= 0)
                return fail_at(q, t, names[f], value, error);
        }
    return NN_OK;
}

/* --- joining --- */

static bool allocate(ds_prices *p, size_t rows, int tickers, bool ohlcv)
{
    const size_t k = (size_t)tickers;
    ds_table *t = p->close = calloc(1, sizeof *t);
    p->adjusted = calloc(k, sizeof *p->adjusted);
    if (!t || !p->adjusted)
        return false;
    t->time = nn_resize(NULL, rows, sizeof *t->time, 1);
    t->values = nn_resize(NULL, rows, k, sizeof *t->values);
    t->names = calloc(k, sizeof *t->names);
    t->report.missing = calloc(k, sizeof *t->report.missing);
    bool complete = t->time && t->values && t->names && t->report.missing;
    for (int e = 0; e < DS_PRICE_EXTRAS && ohlcv; e++)
        complete = (p->extra[e] = nn_resize(NULL, rows, k, sizeof(double))) && complete;
    return complete;
}

/* Takes row `row` of ticker k into row `to`. */
static void take(ds_prices *p, const ds_quote *q, int k, int tickers, size_t to)
{
    const size_t at = to * (size_t)tickers + (size_t)k;
    const double close = close_of(q, q->at), raw = cell(q, q->at, DS_CLOSE);
    const double factor = p->adjusted[k] && raw > 0 ? close / raw : 1;
    p->close->values[at] = close;
    for (int e = 0; e < DS_PRICE_EXTRAS && p->extra[e]; e++) {
        double value = cell(q, q->at, e);
        if (e != DS_VOLUME)
            value = isnan(value) ? close : value * factor;
        else if (!(value > 0)) {
            value = to ? p->extra[e][at - (size_t)tickers] : 1;
            p->idle++;
        }
        p->extra[e][at] = value;
    }
}

/* Moves every ticker to its first row at or after the latest of all next rows; false when one has ended. */
static bool meet(ds_quotes *all, ds_prices *p, ds_time *day)
{
    ds_time latest = INT64_MIN;
    bool moved = true;
    while (moved) {
        moved = false;
        for (int k = 0; k < all->count; k++) {
            ds_quote *q = &all->quote[k];
            while (q->at < q->table->rows && (q->table->time[q->at] < latest || isnan(close_of(q, q->at)))) {
                p->unknown += isnan(close_of(q, q->at)) != 0;
                q->at++;
            }
            if (q->at == q->table->rows)
                return false;
            if (q->table->time[q->at] > latest) {
                latest = q->table->time[q->at];
                moved = k > 0 || moved;
            }
        }
    }
    *day = latest;
    return true;
}

static size_t count_days(const ds_quotes *all)
{
    size_t most = 0;
    for (int k = 0; k < all->count; k++)
        most = all->quote[k].table->rows > most ? all->quote[k].table->rows : most;
    return most;
}

/* Days that at least one ticker has a close on. */
static size_t count_any(ds_quotes *all)
{
    size_t days = 0;
    for (int k = 0; k < all->count; k++)
        all->quote[k].at = 0;
    for (;;) {
        ds_time next = INT64_MAX;
        for (int k = 0; k < all->count; k++) {
            ds_quote *q = &all->quote[k];
            while (q->at < q->table->rows && isnan(close_of(q, q->at)))
                q->at++;
            if (q->at < q->table->rows && q->table->time[q->at] < next)
                next = q->table->time[q->at];
        }
        if (next == INT64_MAX)
            return days;
        days++;
        for (int k = 0; k < all->count; k++) {
            ds_quote *q = &all->quote[k];
            while (q->at < q->table->rows && q->table->time[q->at] <= next)
                q->at++;
        }
    }
}

static int join(ds_prices *p, ds_quotes *all, nn_error *error)
{
    ds_table *t = p->close;
    const size_t any = count_any(all);
    for (int k = 0; k < all->count; k++)
        all->quote[k].at = 0;
    ds_time day;
    while (meet(all, p, &day)) {
        for (int k = 0; k < all->count; k++) {
            take(p, &all->quote[k], k, all->count, t->rows);
            all->quote[k].at++;
        }
        t->time[t->rows++] = day;
    }
    p->dropped = any - t->rows;
    if (t->rows < 3)
        return nn_fail(error, NN_BAD_DATA, "%s: there %s %zu day%s that all of the %d tickers have", t->path,
                       t->rows == 1 ? "is" : "are", t->rows, t->rows == 1 ? "" : "s", all->count);
    return NN_OK;
}

/* --- the whole --- */

static const char *short_path(char *const *paths, int count, int i)
{
    const char *slash = strrchr(paths[i], '/');
    if (strcmp(paths[i], "-") == 0)
        return "standard input";
    return count > 1 && slash ? slash + 1 : paths[i];
}

static char *join_paths(char *const *paths, int count)
{
    size_t size = 1;
    for (int i = 0; i < count; i++)
        size += strlen(short_path(paths, count, i)) + 2;
    char *text = malloc(size), *end = text;
    for (int i = 0; text && i < count; i++)
        end = stpcpy(stpcpy(end, i ? ", " : ""), short_path(paths, count, i));
    return text;
}

static int describe(ds_prices *p, const ds_quotes *all, char *const *paths, int count, nn_error *error)
{
    ds_table *t = p->close;
    const ds_table *first = all->quote[0].table;
    t->path = join_paths(paths, count);
    t->layout = (ds_layout){.timed = true, .delimiter = ',', .format = first->layout.format};
    t->layout.crlf = first->layout.crlf;
    t->layout.time_name = strdup(first->layout.time_name ? first->layout.time_name : "date");
    for (int k = 0; k < all->count; k++) {
        t->names[k] = strdup(all->quote[k].ticker);
        t->columns += t->names[k] != NULL;
        p->adjusted[k] = all->quote[k].column[DS_ADJUSTED] >= 0;
    }
    for (int i = 0; i < all->table_count; i++)
        t->report.hash = t->report.hash * 31 + all->tables[i]->report.hash;
    return t->path && t->layout.time_name && t->columns == all->count ? NN_OK : nn_no_memory(error);
}

static int find_frequency(ds_prices *p, const ds_quotes *all, const ds_read_options *options, nn_error *error)
{
    ds_table *t = p->close;
    if (options->frequency)
        return ds_frequency_parse(options->frequency, &t->frequency, error);
    nn_error ignored = {0};
    if (ds_frequency_infer_like(options->known.frequency, t->time, t->rows, t->layout.format.kind,
                                &t->frequency, &ignored))
        t->frequency = all->quote[0].table->frequency;
    return NN_OK;
}

static int fail_ticker(const ds_quotes *all, const char *item, size_t length, const char *path, int count,
                       nn_error *error)
{
    enum { MOST = 200 };
    const char *names[MOST];
    char near[400];
    const int tickers = all->count < MOST ? all->count : MOST;
    for (int k = 0; k < tickers; k++)
        names[k] = all->quote[k].ticker;
    return nn_fail(error, NN_BAD_DATA, "%s%s: there is no ticker '%s'%s", path,
                   count > 1 ? " and the other files" : "", NN_SHOWN(100, item, length),
                   nn_suggestion(near, sizeof near, item, length, names, tickers));
}

/* Every ticker that was asked for must be there. */
static int check_tickers(const ds_quotes *all, const char *wanted, char *const *paths, int count,
                         nn_error *error)
{
    const char *cursor = wanted, *item;
    size_t length;
    while (nn_list_next(&cursor, &item, &length)) {
        bool found = false;
        for (int k = 0; k < all->count; k++)
            found |=
                strlen(all->quote[k].ticker) == length && memcmp(all->quote[k].ticker, item, length) == 0;
        if (!found)
            return fail_ticker(all, item, length, paths[0], count, error);
    }
    return all->count ? NN_OK : nn_fail(error, NN_BAD_DATA, "%s: there is no ticker", paths[0]);
}

static int check_options(const ds_read_options *options, nn_error *error)
{
    if (options->on_missing == DS_LINEAR)
        return nn_fail(
            error, NN_USAGE,
            "--on-missing linear looks ahead, which a price of the past cannot; keep drops the day, "
            "forward repeats the last price");
    if (options->on_gap == DS_FORWARD || options->on_gap == DS_LINEAR)
        return nn_fail(error, NN_USAGE,
                       "--on-gap: prices keep their trading days; no day is put between them");
    return NN_OK;
}

int ds_prices_read(ds_prices **out, char *const *paths, int count, const ds_read_options *options,
                   const ds_price_settings *settings, nn_error *error)
{
    ds_quotes all = {0};
    *out = NULL;
    int code = check_options(options, error);
    for (int i = 0; i < count && !code; i++)
        code = ds_quotes_add(&all, paths[i], options, settings, error);
    if (!code)
        code = check_tickers(&all, settings->tickers, paths, count, error);
    for (int k = 0; k < all.count && !code; k++)
        code = check_quote(&all.quote[k], error);
    ds_prices *p = code ? NULL : calloc(1, sizeof *p);
    if (!code && (!p || !allocate(p, count_days(&all), all.count, settings->ohlcv)))
        code = nn_fail(error, NN_FAILED, "%s: no memory", paths[0]);
    if (!code)
        code = describe(p, &all, paths, count, error);
    if (!code)
        code = join(p, &all, error);
    if (!code)
        code = find_frequency(p, &all, options, error);
    ds_quotes_clear(&all);
    if (code)
        ds_prices_free(p);
    else
        *out = p;
    return code;
}

void ds_prices_free(ds_prices *prices)
{
    if (!prices)
        return;
    ds_table_free(prices->close);
    for (int e = 0; e < DS_PRICE_EXTRAS; e++)
        free(prices->extra[e]);
    free(prices->adjusted);
    free(prices);
}

void ds_prices_notes(const ds_prices *p, void (*say)(void *context, const char *line), void *context)
{
    char line[400], first[DS_STAMP_SIZE], last[DS_STAMP_SIZE];
    const ds_table *t = p->close;
    int adjusted = 0;
    for (int k = 0; k < t->columns; k++)
        adjusted += p->adjusted[k];
    ds_time_print(&t->layout.format, t->time[0], first, sizeof first);
    ds_time_print(&t->layout.format, t->time[t->rows - 1], last, sizeof last);
    snprintf(line, sizeof line, "%d ticker%s on %zu trading days, %s to %s; %s", t->columns,
             t->columns == 1 ? "" : "s", t->rows, first, last,
             adjusted == t->columns ? "adjusted closes"
             : adjusted ? "adjusted closes where the files have them, closes as they are elsewhere"
                        : "closes as they are (no column of adjusted ones)");
    say(context, line);
    if (p->dropped) {
        snprintf(line, sizeof line, "%zu day%s dropped that not every ticker has", p->dropped,
                 p->dropped == 1 ? "" : "s");
        say(context, line);
    }
    if (p->unknown) {
        snprintf(line, sizeof line, "%zu closes are missing; their days are left out", p->unknown);
        say(context, line);
    }
    if (p->idle) {
        snprintf(line, sizeof line, "%zu volume%s of 0 taken as the day's before", p->idle,
                 p->idle == 1 ? "" : "s");
        say(context, line);
    }
}
