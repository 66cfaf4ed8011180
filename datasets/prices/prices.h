/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prices of several tickers on the trading days that all of them have. */
#ifndef DS_PRICES_H
#define DS_PRICES_H

#include "datasets/table/table.h"
#include "lib/base/options.h"

typedef enum ds_return_kind { DS_RETURNS_LOG, DS_RETURNS_PERCENT } ds_return_kind;
typedef enum ds_merge_kind { DS_MERGE_NONE, DS_MERGE_GEOMETRIC, DS_MERGE_ARITHMETIC } ds_merge_kind;

/* How prices become what a model sees; ds_price_options describes every field, and a model's file holds it.
 */
typedef struct ds_price_settings {
    int prices;        /* 1: the files are prices, and the rest holds */
    int returns;       /* ds_return_kind: log(p_t / p_(t-1)), or p_t / p_(t-1) - 1 */
    int smooth;        /* rows of the moving average before returns are taken; 0 and 1: none */
    int smooth_target; /* the target is the smoothed return too */
    int ohlcv;         /* open, high, low, close and volume rather than the close alone */
    int merge;         /* ds_merge_kind */
    char *tickers;     /* comma-separated; NULL: all */
} ds_price_settings;
extern const nn_option ds_price_options[];

enum { DS_OPEN, DS_HIGH, DS_LOW, DS_VOLUME, DS_PRICE_EXTRAS };

typedef struct ds_prices {
    ds_table *close; /* T x K closes, adjusted where the file has adjusted ones; named by ticker */
    double *extra[DS_PRICE_EXTRAS]; /* T x K each, adjusted like the close; NULL without ohlcv */
    bool *adjusted;                 /* K: the close is an adjusted one */
    size_t dropped;                 /* days that some ticker had and another had not */
    size_t unknown;                 /* closes that the files leave open (kept missing), their days dropped */
    size_t idle;                    /* volumes of 0, taken as the day's before */
} ds_prices;

/* Reads files of daily (or other) prices: one ticker per file with a column close (and perhaps adjusted
 * close, open, high, low, volume), named by the file; several below each other with a column ticker, symbol
 * or the one that options->id names; or one column of closes per ticker. Trading days are kept as they are:
 * no row is put into a gap, and days that not every ticker has are dropped. Of settings, tickers and ohlcv
 * are looked at. An error (NN_BAD_DATA) is a price that is not above 0, a missing one unless
 * options->on_missing says otherwise, a ticker that comes twice, a ticker asked for that is nowhere, no two
 * common days. options->on_missing DS_LINEAR and any filling of gaps are refused (NN_USAGE): they look ahead
 * or invent days. */
int ds_prices_read(ds_prices **prices, char *const *paths, int count, const ds_read_options *options,
                   const ds_price_settings *settings, nn_error *error);
void ds_prices_free(ds_prices *prices);

/* What there is to say, a line each. */
void ds_prices_notes(const ds_prices *prices, void (*say)(void *context, const char *line), void *context);

#endif
