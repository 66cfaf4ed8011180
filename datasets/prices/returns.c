/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encodes prices as returns and decodes forecasts of returns into prices. */
#include "datasets/prices/returns.h"

#include "datasets/table/table.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double return_of(double now, double before, int kind)
{
    return kind == DS_RETURNS_LOG ? log(now / before) : now / before - 1;
}

static double growth_of(double value, int kind)
{
    return kind == DS_RETURNS_LOG ? exp(value) : 1 + value;
}

/* --- the table --- */

/* Mean of the w prices up to row t of a column; every one is summed afresh, so that decoding is exact. */
static double mean_before(const double *values, size_t t, size_t w, size_t stride)
{
    double sum = 0;
    for (size_t i = 0; i < w; i++)
        sum += values[(t - i) * stride];
    return sum / (double)w;
}

static void fill_column(ds_table *table, int column, const double *prices, size_t stride, size_t w,
                        const ds_price_settings *s)
{
    const size_t offset = ds_returns_offset(s);
    double before = mean_before(prices, (offset - 1) * 1, w, stride);
    for (size_t i = 0; i < table->rows; i++) {
        const double now = mean_before(prices, i + offset, w, stride);
        table->values[i * (size_t)table->columns + (size_t)column] = return_of(now, before, s->returns);
        before = now;
    }
}

static char *name_column(const char *ticker, const char *field, int smooth)
{
    char text[40] = "";
    if (smooth > 1)
        snprintf(text, sizeof text, " ma%d", smooth);
    const size_t size = strlen(ticker) + strlen(field) + strlen(text) + 1;
    char *name = malloc(size);
    if (name)
        snprintf(name, size, "%s%s%s", ticker, field, text);
    return name;
}

char *ds_returns_target(const char *ticker, const ds_price_settings *settings)
{
    return name_column(ticker, "", settings->smooth_target ? settings->smooth : 0);
}

/* A table of the prices' days without its first `skip`; names and values are the caller's to fill. */
static int new_table(ds_table **out, const ds_table *like, size_t skip, int columns, nn_error *error)
{
    ds_table *t = *out = calloc(1, sizeof *t);
    const size_t n = (size_t)columns;
    if (t) {
        t->rows = like->rows - skip;
        t->frequency = like->frequency;
        t->holidays = like->holidays;
        t->path = strdup(like->path);
        t->time = nn_resize(NULL, t->rows, sizeof *t->time, 1);
        t->values = nn_resize(NULL, t->rows, n, sizeof *t->values);
        t->names = calloc(n + 1, sizeof *t->names);
        t->report.missing = calloc(n + 1, sizeof *t->report.missing);
        t->report.hash = like->report.hash;
        t->layout = (ds_layout){.timed = like->layout.timed,
                                .delimiter = like->layout.delimiter,
                                .crlf = like->layout.crlf,
                                .format = like->layout.format};
        t->layout.time_name = strdup(like->layout.time_name ? like->layout.time_name : "date");
    }
    if (!t || !t->path || !t->time || !t->values || !t->names || !t->report.missing || !t->layout.time_name) {
        ds_table_free(t);
        *out = NULL;
        return nn_fail(error, NN_FAILED, "no memory for a table of %zu rows", like->rows);
    }
    memcpy(t->time, like->time + skip, t->rows * sizeof *t->time);
    return NN_OK;
}

typedef struct builder {
    ds_table *table;
    const ds_prices *prices;
    const ds_price_settings *settings;
    int at;
    bool failed;
} builder;

static void add_column(builder *b, int ticker, const char *field, const double *prices, int smooth)
{
    const size_t tickers = (size_t)b->prices->close->columns;
    char *name = name_column(b->prices->close->names[ticker], field, smooth);
    b->failed |= !name;
    b->table->names[b->at] = name;
    fill_column(b->table, b->at++, prices + ticker, tickers, smooth > 1 ? (size_t)smooth : 1, b->settings);
}

int ds_returns_table(ds_table **out, const ds_prices *prices, const ds_price_settings *s, nn_error *error)
{
    const ds_table *close = prices->close;
    const size_t offset = ds_returns_offset(s);
    *out = NULL;
    if (close->rows < offset + 2)
        return nn_fail(error, NN_BAD_DATA, "%s: %zu trading days are too few for returns%s", close->path,
                       close->rows, s->smooth > 1 ? " of such a smooth mean" : "");
    const bool plain_too = s->smooth > 1 && !s->smooth_target;
    const int fields = s->ohlcv ? 5 : 1, columns = close->columns * (fields + plain_too);
    builder b = {.prices = prices, .settings = s};
    int code = new_table(&b.table, close, offset, columns, error);
    if (code)
        return code;
    b.table->columns = columns;
    for (int k = 0; k < close->columns; k++) {
        if (s->ohlcv) {
            add_column(&b, k, "/open", prices->extra[DS_OPEN], s->smooth);
            add_column(&b, k, "/high", prices->extra[DS_HIGH], s->smooth);
            add_column(&b, k, "/low", prices->extra[DS_LOW], s->smooth);
        }
        add_column(&b, k, "", close->values, s->smooth);
        if (s->ohlcv)
            add_column(&b, k, "/volume", prices->extra[DS_VOLUME], s->smooth);
    }
    for (int k = 0; k < close->columns && plain_too; k++)
        add_column(&b, k, "", close->values, 0);
    if (b.failed) {
        ds_table_free(b.table);
        return nn_no_memory(error);
    }
    *out = b.table;
    return NN_OK;
}

int ds_table_select(ds_table **out, const ds_table *from, const int *columns, int count, nn_error *error)
{
    ds_table *t;
    *out = NULL;
    int code = new_table(&t, from, 0, count, error);
    if (code)
        return code;
    const size_t n = (size_t)count, width = (size_t)from->columns;
    t->columns = count;
    if (from->filled && !(t->filled = malloc(t->rows * n + 1)))
        code = nn_no_memory(error);
    for (size_t j = 0; j < n && !code; j++)
        if (!(t->names[j] = strdup(from->names[columns[j]])))
            code = nn_no_memory(error);
    for (size_t r = 0; r < t->rows && !code; r++)
        for (size_t j = 0; j < n; j++) {
            t->values[r * n + j] = from->values[r * width + (size_t)columns[j]];
            if (t->filled)
                t->filled[r * n + j] = from->filled[r * width + (size_t)columns[j]];
        }
    if (code)
        ds_table_free(t);
    else
        *out = t;
    return code;
}

/* --- paths --- */

static double sum_before(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum;
}

static size_t target_width(const ds_price_settings *s)
{
    return s->smooth_target ? ds_returns_offset(s) : 1;
}

void ds_returns_decode(double *close, const double *returns, size_t count, const double *history,
                       const ds_price_settings *s, double *scratch)
{
    const size_t w = ds_returns_offset(s), wide = target_width(s);
    memcpy(scratch, history + (w - wide), wide * sizeof *scratch);
    double mean = sum_before(scratch, wide) / (double)wide;
    for (size_t h = 0; h < count; h++) {
        mean *= growth_of(returns[h], s->returns);
        close[h] = scratch[wide + h] = (double)wide * mean - sum_before(scratch + h + 1, wide - 1);
    }
}
