/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves one after the other through something that gives a row of numbers for each: objects are worked
 * on in parallel and handed out in the order of the file. */
#ifndef CLI_COMMANDS_CURVES_H
#define CLI_COMMANDS_CURVES_H

#include "datasets/lightcurves/lightcurve.h"
#include "lib/pool.h"

#include <stdbool.h>

typedef struct cli_curves {
    ds_lightcurves *reader;
    nn_pool *pool;
    bool stream; /* hand out what there is whenever standard input pauses */
    int width;   /* numbers in a row */
    void *context;
    /* The row of an object; worker: 0 to the pool's threads - 1. */
    int (*work)(void *context, int worker, const ds_points *points, double *row, nn_error *error);
    /* Takes the rows in order. */
    int (*give)(void *context, const char *id, const ds_points *points, const double *row, nn_error *error);
} cli_curves;

/* Reads to the end; NN_STOPPED where a signal asks for it. Objects that were whole before the reader failed
 * are handed out all the same. */
int cli_curves_run(cli_curves *curves, nn_error *error);

#endif
