/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by prices.c and prices_file.c: one file of prices, before its tickers are joined with others. */
#ifndef DS_PRICES_INTERNAL_H
#define DS_PRICES_INTERNAL_H

#include "datasets/prices/prices.h"

enum { DS_CLOSE = DS_PRICE_EXTRAS, DS_ADJUSTED, DS_PRICE_FIELDS };

/* One ticker of a table. */
typedef struct ds_quote {
    const ds_table *table;
    char *ticker;
    int column[DS_PRICE_FIELDS]; /* -1: the file has none */
    size_t at;                   /* while joining: the next row */
} ds_quote;

/* Whether a name, but for case and signs, is one of a list that ends with NULL. */
bool ds_price_word(const char *const *words, const char *text, size_t length);
/* The field that a column's name says; -1: none. */
int ds_price_field(const char *text, size_t length);
/* Whether a name holds a field and a ticker, as in Close/ACME, ('Close', 'ACME') and ACME Adj Close. */
bool ds_price_split(const char *name, int *field, char ticker[64]);

typedef struct ds_quotes {
    ds_table **tables;
    int table_count;
    ds_quote *quote;
    int count;
} ds_quotes;

/* Reads a file and adds its tickers, those of settings->tickers or all. */
int ds_quotes_add(ds_quotes *quotes, const char *path, const ds_read_options *options,
                  const ds_price_settings *settings, nn_error *error);
void ds_quotes_clear(ds_quotes *quotes);

#endif
