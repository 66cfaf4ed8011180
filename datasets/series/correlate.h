/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlation of a column with the past of others, and the choice of columns by it. */
#ifndef DS_CORRELATE_H
#define DS_CORRELATE_H

#include "datasets/series/split.h"
#include "lib/base/options.h"

enum { DS_MOST_LAG = 100 };
typedef enum ds_lag_choice { DS_LAGS_ANY, DS_LAGS_SAME, DS_LAGS_PAST } ds_lag_choice;

typedef struct ds_correlate_settings {
    int method; /* 0: Pearson, 1: Spearman */
    int lags;   /* 0 to this many rows are looked at */
    int by;     /* ds_lag_choice: which of them choose */
    double threshold;
    int top;
} ds_correlate_settings;
extern const nn_option ds_correlate_options[];

typedef struct ds_correlations {
    int base, count,
        lags;      /* base: the column all others are compared with; count others, lags + 1 values each */
    size_t rows;   /* of the part */
    int *column;   /* count */
    double *rho;   /* count x (lags + 1): of base_t with column_(t-lag); NaN where one is constant */
    int *best_lag; /* count: of the largest |rho| among the lags that choose */
    bool *chosen;  /* count */
    double bound;  /* 2 / sqrt(rows): about 1 in 20 correlations of noise lies beyond */
    int beyond, lagged; /* correlations at lag 1 and more beyond it, and all of them */
    bool noise;         /* none lies beyond it */
} ds_correlations;

/* Over the rows of one part, the training part where anything is chosen by it; both rows of a pair lie
 * inside. Values that are missing or filled in are left out. Chosen are at most settings->top columns with
 * |rho| at or above the threshold, the largest first. */
int ds_correlate(ds_correlations **out, const ds_table *table, int base, ds_part part,
                 const ds_correlate_settings *settings, nn_error *error);
void ds_correlations_free(ds_correlations *c);

/* The bases and every column that one of them chooses, in the table's order: columns[table->columns] gets
 * them, *count how many. */
int ds_select_columns(int *columns, int *count, const ds_table *table, const uint8_t *is_base, ds_part part,
                      const ds_correlate_settings *settings, nn_error *error);

#endif
