/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier says of objects, in words and as a table: one line per object. */
#ifndef FC_CLASSIFY_H
#define FC_CLASSIFY_H

#include "forecast/tasks/lightcurves/run.h"

#include <stdio.h>

/* "ok", "wide", "empty", "undetected", "failed" */
const char *fc_slot_status(const fc_slot *slot);
/* The most probable class of a slot that is ready; the first of equals. */
int fc_slot_class(const fc_slot *slot, int classes);

/* Parts of lines where there is a tree of classes: ",NAME" of what stands above classes, and its p of all
 * nodes; ",ANSWER,KIND". all NULL: it is not known, and the fields are empty. */
void fc_parents_header(FILE *out, const fc_taxonomy *tree);
void fc_parents_fields(FILE *out, const fc_taxonomy *tree, const double *all);
void fc_answer_fields(FILE *out, const fc_taxonomy *tree, const char *const *classes, const double *all,
                      double confidence);

/* "object_id,CLASS...,class,novelty,status", with a tree of classes
 * "object_id,CLASS...,PARENT...,class,answer,answer_kind,novelty,status", and an object's line; fields of
 * what is not known are empty. */
void fc_classes_header(FILE *out, const fc_classifier *model);
void fc_classes_line(FILE *out, const fc_classifier *model, const fc_slot *slot);

#endif
