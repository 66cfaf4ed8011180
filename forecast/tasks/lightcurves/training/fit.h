/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labelled light curves that a classifier learns from. */
#ifndef FC_CLASS_FIT_H
#define FC_CLASS_FIT_H

#include "forecast/tasks/lightcurves/run.h"
#include "forecast/tasks/lightcurves/training/split.h"

/* Objects as the network sees them before scaling. A model is made of what stands first, borrowed; the rest
 * is added with it. Start from {0}. */
typedef struct fc_class_set {
    const ds_bands *bands;
    int classes;
    const char *const *class_names;
    bool redshift;               /* redshifts are known of objects */
    const fc_taxonomy *taxonomy; /* over the classes, whose nodes labels then are; NULL: there is none */
    double alpha;                /* of it, see fc_hierarchy */

    size_t count, room;
    float *raw; /* tokens of all objects, fc_raw_width columns */
    size_t raw_count, raw_room;
    size_t *first;  /* count + 1: token at which an object begins */
    double *extras; /* count x FC_EXTRAS, NaN where unknown */
    float *beside;  /* count x beside_width: what a companion sees of them (rival.h); NULL: not made */
    size_t beside_width;
    float *error; /* count x bands: median error of the object's points, NaN where there are none */
    int *label;
    size_t *origin; /* the object that it was made of; itself */
    uint8_t *part;  /* fc_class_part */
    char **id;
} fc_class_set;

/* Adds a slot that is ready, of a fc_class_part. NN_FAILED: no memory. */
int fc_class_set_add(fc_class_set *set, const fc_classifier *model, const fc_slot *slot, uint8_t part,
                     nn_error *error);
void fc_class_set_clear(fc_class_set *set);

/* The features of the labelled objects to train on and to validate, with their extras: malloced, for the
 * caller to free. */
int fc_lesson_rows(const fc_lesson *lesson, fc_feature_rows *rows, nn_error *error);

/* What objects of a set are called. Borrowed. */
typedef struct fc_set_calls {
    double *p;       /* (set->count, classes): the model's at its temperature */
    double *nearest; /* its nearest-mean baseline's */
    double *rival;   /* its companion's, of a model that has one; NULL: not wanted */
    double *alone;   /* its network's without the companion; NULL: not wanted */
    double *novelty; /* (set->count) */
} fc_set_calls;

/* Of the labelled objects of a part; rows of other objects stay as they are. NN_BAD_DATA where the network
 * overflows. */
int fc_class_set_call(const fc_classifier *model, const fc_class_set *set, uint8_t part, nn_pool *pool,
                      const fc_set_calls *calls, nn_error *error);

#endif
