/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated tables, written as CSV row by row: sales of shops, day-ahead prices of power, closes of shares.
 * Each is small enough for its truth to be told in a paragraph of docs/simulation.md. The same seed gives the
 * same file, and a longer one begins with the rows of a shorter one. */
#ifndef DS_SIMULATE_TABLES_H
#define DS_SIMULATE_TABLES_H

#include "datasets/simulate/sink.h"
#include "datasets/time/time.h"

typedef enum ds_made_by { DS_BY_DAY, DS_BY_WEEK, DS_BY_MONTH } ds_made_by;

typedef struct ds_made_settings {
    uint64_t seed;
    int years;     /* of rows with all columns */
    int ahead;     /* further rows, in which what is forecast is empty */
    int count;     /* shops, tickers */
    ds_made_by by; /* what a row of sales is of */
    bool truth;    /* a last column that no observer knows */
} ds_made_settings;

enum { DS_MADE_TICKERS = 26, DS_MADE_FIRST_YEAR = 2021 };

/* Each writes to out, whose failures are reported when it is committed; NN_FAILED without memory.
 *
 * shop,date,sales,promotion[,closed],region,size[,true_sales]: shop after shop. promotion: days of the row on
 * which prices were cut (0 or 1 of days and weeks); closed: holidays within a week or month. holidays gets
 * date,holiday; NULL: they are not asked for. */
int ds_simulate_sales(const ds_made_settings *settings, ds_sink *out, ds_sink *holidays, nn_error *error);
/* time,price,load,wind,solar[,true_price]: hours in UTC, EUR/MWh and MW. */
int ds_simulate_power(const ds_made_settings *settings, ds_sink *out, nn_error *error);
/* date and a column of closes for each ticker[,true_volatility]: Monday to Friday. */
int ds_simulate_shares(const ds_made_settings *settings, ds_sink *out, nn_error *error);

#endif
