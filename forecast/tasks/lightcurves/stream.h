/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves joined to their table of objects and passed through a classifier, in order and in bounded
 * memory. */
#ifndef FC_CLASS_SWEEP_H
#define FC_CLASS_SWEEP_H

#include "datasets/lightcurves/catalogue.h"
#include "forecast/tasks/lightcurves/run.h"

#include <stdbool.h>

typedef struct fc_sweep {
    /* set by the caller */
    ds_lightcurves *reader;
    const ds_catalogue *catalogue; /* NULL: none */
    const int *label;              /* per row of the catalogue, -1: none; NULL: no labels */
    const uint8_t *parts;          /* per row of the catalogue: its fc_class_part; needed where part >= 0 */
    fc_engine *engine;
    bool redshift;         /* numbers 0 and 1 of the catalogue are redshift and error */
    bool labelled_only;    /* leave out what has no label */
    int part;              /* only this fc_class_part; -1: all */
    const double *days;    /* each object is seen at these ages, see fc_engine_fill; NULL: once, whole */
    int day_count;         /* at most the engine's slots */
    bool stream;           /* hand out what there is whenever standard input pauses */
    bool (*stopped)(void); /* asked after every object, true: NN_STOPPED; NULL: never */
    int (*run)(fc_engine *engine, int count, nn_error *error); /* NULL: fc_engine_run */
    /* counted */
    size_t objects, ready, empty, undetected, failed, wide, unknown_row, unlabelled, other_part, no_redshift;
    char first_unknown[64]; /* an id that the catalogue does not have */
    nn_error first_failure;
} fc_sweep;

/* Takes each object in order; row: of the catalogue, -1 without one; age: index into days. */
typedef int (*fc_sweep_sink)(void *context, const fc_slot *slot, long row, int age, nn_error *error);
/* Reads to the end. */
int fc_sweep_run(fc_sweep *objects, fc_sweep_sink sink, void *context, nn_error *error);

/* Whether the next byte of standard input is not there yet. */
bool fc_input_paused(void);

#endif
