/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prices as returns and back. Everything looks back only. */
#ifndef DS_RETURNS_H
#define DS_RETURNS_H

#include "datasets/prices/prices.h"
#include "datasets/series/split.h"

/* With w = max(1, smooth), m_t the mean of prices t-w+1 to t: the smoothed return of day t is log(m_t /
 * m_(t-1)), or m_t / m_(t-1) - 1. Row i of the returns belongs to row i + w of the prices. */
static inline size_t ds_returns_offset(const ds_price_settings *settings)
{
    return settings->smooth > 1 ? (size_t)settings->smooth : 1;
}

/* The table that a model sees: per ticker the return of its close, named by the ticker; with ohlcv those of
 * open, high, low before it and of the volume behind it ("XOM/open"). With smooth > 1 these columns are
 * smoothed ("XOM ma14", "XOM/open ma14"), and unless smooth_target the plain returns of the closes follow,
 * which are then the targets. NN_BAD_DATA when there are too few days. */
int ds_returns_table(ds_table **table, const ds_prices *prices, const ds_price_settings *settings,
                     nn_error *error);
/* The name of a ticker's target column in that table; malloced, NULL: no memory. */
char *ds_returns_target(const char *ticker, const ds_price_settings *settings);

/* The closes of the days after a history, from their target returns. history: the last w closes,
 * oldest first. Of a smoothed target m_h = m_(h-1) exp(r_h), close_h = w m_h - the sum of the w-1 closes
 * before it. `scratch` holds w + count values. */
void ds_returns_decode(double *close, const double *returns, size_t count, const double *history,
                       const ds_price_settings *settings, double *scratch);

/* A table of some of the columns, in the order given; NN_FAILED without memory. */
int ds_table_select(ds_table **table, const ds_table *from, const int *columns, int count, nn_error *error);

/* --- merging tickers into one series (arXiv 2504.13801) --- */

/* Returns of each ticker, scaled to [0,1] by the least and most of the training rows, its prices together and
 * its volume apart, then averaged column by column: geometrically (values at or below 0 count as 1e-6) or
 * arithmetically. */
typedef struct ds_merge {
    ds_merge_kind kind;
    int tickers, fields;   /* fields: columns of a ticker */
    double *least, *range; /* tickers x 2: prices, volume */
} ds_merge;

/* table: as ds_returns_table makes it, smoothed or not, but without plain returns beside smoothed ones. */
int ds_merge_fit(ds_merge *merge, ds_merge_kind kind, const ds_table *table, int fields, ds_part train,
                 nn_error *error);
/* One series of `fields` columns named "merged", "merged/open" and so on. */
int ds_merge_table(ds_table **merged, const ds_merge *merge, const ds_table *table, nn_error *error);
/* The return of ticker k that a merged value stands for. */
double ds_merge_value(const ds_merge *merge, int ticker, double value);
void ds_merge_clear(ds_merge *merge);

#endif
