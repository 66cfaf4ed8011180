/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the tics of an axis stand and what they say. Private to plots/. */
#ifndef PL_TICS_H
#define PL_TICS_H

#include "plots/script.h"

enum { PL_TICS = 16 };

typedef struct pl_tics {
    int count;
    double at[PL_TICS];
    char label[PL_TICS][24];
} pl_tics;

/* A range with a little air around the drawable values it has seen. Start with PL_RANGE_EMPTY. */
typedef struct pl_range {
    double low, high;
} pl_range;
#define PL_RANGE_EMPTY ((pl_range){1, -1})
void pl_range_add(pl_range *range, const double *value, size_t count);
/* Never empty, and wide enough that gnuplot can tell its ends apart. */
void pl_range_settle(pl_range *range, double air);

/* At most `most` round numbers within the range. */
void pl_tics_linear(pl_range range, int most, bool whole, pl_tics *tics);
/* 1, 2, 5 of the decades, or the decades alone; positive ranges. */
void pl_tics_log(pl_range range, int most, pl_tics *tics);
int pl_tics_widest(const pl_tics *tics); /* characters */
/* axis: "x", "y", "cb" */
void pl_put_tics(pl_script *script, const char *axis, const pl_tics *tics);
void pl_put_range(pl_script *script, const char *axis, pl_range range);

/* Tics at round times: "00:00" or "5 Jul" above, the day or the year below where it changes, else "". */
typedef struct pl_time_tic {
    ds_time at;
    char upper[40], lower[40];
} pl_time_tic;
int pl_time_tics(pl_time_tic tics[PL_TICS], ds_time low, ds_time high, int most);

/* The axis of dates: tics at round times, "00:00" or "5 Jul" with the day or the year beneath where it
 * changes. steps: plain row numbers. */
void pl_put_time_tics(pl_script *script, ds_time low, ds_time high, bool steps, int most);
void pl_put_time(pl_script *script, ds_time time, bool steps);

#endif
