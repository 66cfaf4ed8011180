/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values that nobody could expect: each row beside a forecast made without it, and beside how far such
 * forecasts went wrong in the rows before (conformal prediction: Vovk, Gammerman & Shafer 2005, over a moving
 * window). Where fewer errors are known than the level needs, Student's t with five degrees of freedom goes
 * on from their median. */
#ifndef FC_WATCH_H
#define FC_WATCH_H

#include "datasets/table/table.h"
#include "forecast/model.h"
#include "lib/pool.h"

enum {
    FC_WATCH_LEAST = 20, /* errors that are known before the first row is judged */
    FC_WATCH_RUN = 3 /* so many values in a row that are marked are a new level: later forecasts see them */
};

typedef struct fc_watch_settings {
    double level; /* share of values that the interval holds, 0 to 1 */
    int horizon;  /* steps ahead of the forecast, at least 1 */
    size_t
        window; /* errors that an interval goes by, the last ones; 0: ten times as many as the level needs */
    double train;        /* share of a series' rows that its forecaster is fitted to first */
    int season;          /* rows, at least 1 */
    const fc_kind *kind; /* what forecasts each series by itself, with its usual settings */
} fc_watch_settings;

/* One series. */
typedef struct fc_watch {
    int column;                  /* of the table */
    size_t first;                /* the table's row that was judged first */
    size_t count;                /* rows from there on; 0: it is too short */
    double *expected, *width;    /* count: half the width of the interval; NaN: not judged; owned */
    double *p;                   /* count: share of errors before that were at least as large; owned */
    uint8_t *marked;             /* count; owned */
    size_t judged, marks, small; /* rows; small: of them by Student's t */
    int code;                    /* of what failed */
} fc_watch;

/* Watches every column of the table. A marked value counts as what was expected in later forecasts of its
 * series. malloced, for fc_watch_free; the same for any pool (NULL: none). */
int fc_watch_series(fc_watch **watches, const ds_table *table, const fc_watch_settings *settings,
                    nn_pool *pool, nn_error *error);
/* The same of a model's targets, *count of them, in the rows from `first` on. A network sees all values as
 * they are. settings->kind, train and season are not looked at. */
int fc_watch_model(fc_watch **watches, int *count, const fc_model *model, const ds_table *table, size_t first,
                   const fc_watch_settings *settings, int threads, nn_error *error);
void fc_watch_free(fc_watch *watches, int count);

#endif
