/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An object on its way through a classifier. */
#ifndef FC_LIGHT_SLOT_H
#define FC_LIGHT_SLOT_H

#include "forecast/tasks/lightcurves/eye.h"

typedef enum fc_slot_state {
    FC_SLOT_READY,
    FC_SLOT_EMPTY,      /* no point was left */
    FC_SLOT_UNDETECTED, /* no detected point */
    FC_SLOT_FAILED      /* no covariance could be decomposed, or the network overflows; error says it */
} fc_slot_state;

/* One object. */
typedef struct fc_slot {
    char *id; /* NUL-ended, room owned by the slot */
    size_t id_room;
    ds_points points; /* selected, times from the first kept one */
    double start;     /* MJD of it */
    double trigger;   /* days from start to the first detection */
    bool wide;        /* nothing lay within the window of detections: taken whole */
    bool foreign;     /* seen through other bands than the model's (eye.h) */
    double unseen;    /* share of what the model looks at that lies outside of the object's bands */
    double extras[FC_EXTRAS];
    int label; /* -1: unknown */
    fc_slot_state state;
    nn_error error;
    /* What the network will see, before scaling: (tokens, fc_raw_width). */
    float *raw;
    int tokens;
    size_t raw_room;
    double *probability; /* classes */
    double *nearest;     /* classes: the nearest-mean baseline's; NULL unless wanted */
    double *rival;       /* classes: the companion's (rival.h); NULL unless wanted */
    double *alone;       /* classes: the network's without its companion; NULL unless wanted */
    float *beside;       /* beside_count: what the companion sees; NULL unless wanted */
    int beside_count;
    double *embedding; /* the model's width: what its head, or its measure of novelty, goes by; NULL unless
                          wanted */
    double novelty, distance; /* as fc_class_novelty has them */
} fc_slot;

/* See fc_engine_fill; the eye knows the curve's bands. */
int fc_slot_fill(fc_slot *slot, const fc_classifier *model, const fc_eye *eye, const ds_lightcurve *curve,
                 const double *extras, int label, double days, nn_error *error);

#endif
