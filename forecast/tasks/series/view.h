/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model put in front of a table: which columns it sees, which it forecasts, how they are scaled. */
#ifndef FC_SCOPE_H
#define FC_SCOPE_H

#include "datasets/series/split.h"
#include "datasets/series/view.h"
#include "forecast/tasks/series/samples.h"

typedef struct fc_scope {
    int count;          /* columns in use */
    int *columns;       /* count: of the table */
    uint8_t *is_target; /* count */
    int *known;         /* count: which of the model's columns they are; NULL: others */
    ds_scaler scaler;   /* count columns */
    uint8_t *role;      /* count: ds_view_role */
    int *targets;       /* which of the columns are forecast */
    ds_view view;       /* the table through these columns, targets and scaler */
    fc_series series;   /* the whole table, scaled; series.is_target is the scope's */
    fc_samples samples; /* over series; its windows are the caller's to set */
} fc_scope;

/* When the table has all columns of the model: these, with the model's scaler. Otherwise, for a kind that
 * takes any number of variates and with a split given: all columns of the table as targets, with a scaler of
 * the model's kind fitted on split->train. NN_BAD_DATA with the missing column's name in all other cases. */
int fc_scope_make(fc_scope *scope, const fc_model *model, const ds_table *table, const ds_split *split,
                  nn_error *error);
/* NN_BAD_DATA with column and stamp of the first value that is missing in rows [begin, end) of the scope's
 * table: NaN would spread over every forecast. */
int fc_scope_check_known(const fc_scope *scope, const ds_table *table, size_t begin, size_t end,
                         nn_error *error);
/* Cuts windows down to those from the first to the last of which some target has the whole look-back and a
 * value behind it: in each the other columns are left out, see fc_samples_load. NN_BAD_DATA where none is
 * left, and with column and stamp of a value that is missing between others. what: names the windows' part.
 */
int fc_scope_bound(const fc_scope *scope, const ds_table *table, ds_windows *windows, const char *what,
                   nn_error *error);
/* Leaves only the columns j with keep[j]; of kinds that take any number of variates. table: the scope's. */
int fc_scope_keep(fc_scope *scope, const fc_model *model, const ds_table *table, const uint8_t *keep,
                  nn_error *error);
void fc_scope_clear(fc_scope *scope);

/* The rows [first, end) of a table's column from its first value to its last; false where it has none. */
bool fc_column_extent(const ds_table *table, int column, size_t *first, size_t *end);

/* (horizon,N) scaled from (horizon,K) of the targets in the file's units; 0 where a column is no target. */
void fc_scope_scale(nn_real *out, const fc_scope *scope, const double *values, int horizon);

/* Makes scaled forecasts (horizon,N) what the model knows without its network: a column that had one value in
 * the training rows, and has it in the look-back `seen` (L,N), keeps it; none falls below the model's floor.
 */
void fc_scope_settle(const fc_scope *scope, const fc_model *model, const nn_real *seen, nn_real *out,
                     int horizon);

/* As nn_infer over the windows of scope->samples, with the model's network or its forecaster: take sees, in
 * order, batches of scaled forecasts (count,H,N) in ports->output and targets, NaN where they are no truth,
 * in ports->target. */
int fc_scope_infer(fc_scope *scope, const fc_model *model, int batch, nn_pool *pool, nn_sink_fn take,
                   void *context, nn_error *error);

#endif
