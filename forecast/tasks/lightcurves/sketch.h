/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an object is like, in numbers that people read: its features, where the model sees features; else
 * peak, depth, duration and colours of what it sees. Beside those of the training objects they say what is
 * unusual of an object. */
#ifndef FC_SKETCH_H
#define FC_SKETCH_H

#include "forecast/tasks/lightcurves/lightcurves.h"

int fc_sketch_count(const fc_classifier *model);
/* "peak in r", "skew_r"; true: a flux, which is better told in magnitudes. */
bool fc_sketch_name(const fc_classifier *model, int n, char *text, size_t size);
/* out (fc_sketch_count), NaN where unknown, of an object's raw tokens (tokens.h). */
void fc_sketch(const fc_classifier *model, const float *raw, int tokens, const double *extras, double *out);

/* Fits model->likes on sketches (count, fc_sketch_count) of objects with labels. NN_FAILED: no memory. */
int fc_likes_fit(fc_classifier *model, const double *sketches, const int *label, size_t count,
                 nn_error *error);
void fc_likes_clear(fc_likes *likes);

/* Why an object is unlike those trained on: one number of its sketch. */
typedef struct fc_reason {
    int item;           /* of the sketch */
    double value;       /* of the object */
    double least, most; /* of the objects of its class; `everywhere`: of all trained on */
    double mean;        /* of its class */
    double off;         /* deviations within classes from that mean */
    bool outside, everywhere;
    char text[420];
} fc_reason;
enum { FC_MOST_REASONS = 3 };
/* Those that tell most, beside the objects of a class: the furthest from its mean, where what no object of
 * the class had counts half as much again, and what no object at all had twice. Returns how many; 0 where
 * nothing stands out or the model has no likes. */
int fc_reasons(fc_reason reasons[FC_MOST_REASONS], const fc_classifier *model, const double *sketch,
               int class);

#endif
