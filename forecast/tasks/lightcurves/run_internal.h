/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an engine's threads have. Shared by run.c and see.c. */
#ifndef FC_LIGHT_RUN_INTERNAL_H
#define FC_LIGHT_RUN_INTERNAL_H

#include "datasets/lightcurves/gp.h"
#include "forecast/tasks/lightcurves/beside.h"
#include "forecast/tasks/lightcurves/features.h"

enum { FC_WORKER_BATCH = 16 };

typedef struct fc_worker {
    ds_gp *gp;
    ds_periodogram *periodogram;
    ds_features *shape; /* of a sight of features */
    fc_stand_in stand_in;
    fc_beside beside; /* of a companion, where it is wanted */
    double *scratch;  /* per point of an object: its wavelength, flux, or error */
    size_t scratch_room;
    double *mean, *variance;         /* grid * bands */
    double *grid_time, *grid_lambda; /* grid * bands: places to predict */
    nn_plan *plan;
    nn_ports ports;
    double *features;           /* of the nearest-mean baseline; NULL: not wanted */
    int slots[FC_WORKER_BATCH]; /* ready ones of the chunk */
    nn_error error;
} fc_worker;

/* Raw tokens of a slot that is ready, and what a companion sees. Its state says where that cannot be; the
 * worker's error where there is no memory. */
void fc_see(const fc_classifier *model, const fc_eye *eye, fc_worker *worker, fc_slot *slot);

#endif
