/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves one after the other through something that gives a row of numbers for each: objects are worked
 * on in parallel and handed out in the order of the file. */
#ifndef CLI_COMMANDS_CURVES_H
#define CLI_COMMANDS_CURVES_H

#include "cli/input/lightcurves/photometry.h"

typedef struct cli_curves {
    /* What computes rows in one thread; NULL and the reason. */
    void *(*worker_new)(void *context, const ds_bands *bands, nn_error *error);
    void (*worker_free)(void *worker);
    /* Once, before the first object; returns how many numbers a row has. */
    int (*begin)(void *context, void *worker);
    /* The row of an object. */
    int (*work)(void *worker, const ds_points *points, double *row, nn_error *error);
    /* Takes the rows in order; worker: one that nobody else uses then. */
    int (*give)(void *context, void *worker, const char *id, const ds_points *points, const double *row,
                nn_error *error);
} cli_curves;

/* Reads the photometry at path to the end and says what there is to say of it; NN_STOPPED where a signal asks
 * for it. From standard input rows are handed out whenever it pauses. Objects that were whole before the
 * reader failed are handed out all the same. */
int cli_curves_run(const cli_curves *curves, void *context, const char *path,
                   const cli_photometry *photometry, int threads, nn_error *error);

#endif
