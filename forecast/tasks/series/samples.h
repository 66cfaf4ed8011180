/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model and a table as the training loop sees them: how to build the network for the table's variates, and
 * how to load windows into it. */
#ifndef FC_SERIES_SAMPLES_H
#define FC_SERIES_SAMPLES_H

#include "datasets/series/view.h"
#include "datasets/series/windows.h"
#include "forecast/model.h"
#include "lib/train.h"

/* Windows of a scaled table. */
typedef struct fc_series {
    const nn_real *values;   /* T x N scaled */
    const nn_real *features; /* T x F; NULL when F is 0 */
    const ds_time *time; /* T stamps, the table's; for a learned encoding of time, which has one feature */
    int columns, feature_count;
    bool ragged;              /* some values are NaN */
    const uint8_t *hidden;    /* T x N, 1 where a value is no truth (filled in); NULL: all are */
    const uint8_t *is_target; /* N; NULL: all are */
    const uint8_t *role;      /* N: ds_view_role, for those that are known beforehand; NULL: none is */
} fc_series;

typedef struct fc_samples {
    const fc_model *model;
    int variates; /* of one batch: all columns, or a random subset of that many */
    fc_series series;
    ds_windows windows;
    const ds_view *view; /* of the same table, for what a network adds to; borrowed */
    nn_real
        *kept; /* forecasts that the network adds to, of all columns, from the origins kept_from to
                  kept_to;       NULL: they are made as they are asked for; owned by who asked to keep them */
    size_t kept_from, kept_to;
    bool mask; /* give targets that are hidden or no target the value NaN: they count nothing in the loss */
} fc_samples;

/* Places of the ports' inputs; those that a network does not have are NULL. */
enum { FC_IN_SERIES, FC_IN_TIME, FC_IN_KNOWN, FC_IN_PHASE, FC_IN_BASE };

/* The callbacks of lib/train.h with an fc_samples as context. */
void fc_samples_build(void *context, nn_plan *plan, nn_ports *ports);
void fc_samples_load(void *context, const size_t *index, int count, uint64_t batch_key,
                     const nn_ports *ports);
static inline nn_task fc_samples_network(fc_samples *task)
{
    return (nn_task){.context = task, .build = fc_samples_build};
}
void fc_samples_largest(const void *context, const size_t *index, size_t count, char *text, size_t size);
static inline nn_source fc_samples_source(fc_samples *task)
{
    return (nn_source){.context = task,
                       .count = task->windows.count,
                       .load = fc_samples_load,
                       .largest = fc_samples_largest};
}

/* The forecast that a network adds to, from row `origin` of the samples' view on, scaled: out (horizon,n) of
 * n of its columns, 0 of those that are no target; columns NULL: of all. NaN where there is no memory.
 * Thread-safe. */
void fc_series_base_load(nn_real *out, const fc_samples *samples, size_t origin, const int *columns, int n);
/* Makes the forecasts of all windows of the samples once, where they have room; samples->kept is then to be
 * freed. pool NULL: on this thread. */
void fc_series_base_keep(fc_samples *samples, nn_pool *pool);

/* Scaled values (T x N, columns[j] of the table for model column j, columns NULL: as they are) and time
 * features of a table, both malloced into series. */
int fc_series_make(fc_series *series, const ds_table *table, const int *columns, int count,
                   const ds_scaler *scaler, const char *feature_set, nn_error *error);
void fc_series_clear(fc_series *series);

#endif
