/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A task: a way of seeing data (windows of a table's columns, of stations, light curves), with everything
 * that differs between models of one and of another. What serves all of them (model.c, file.c, fit.c) reaches
 * a model's data through its kind's task and knows no task by name. */
#ifndef FC_TASK_H
#define FC_TASK_H

#include "forecast/fields.h"
#include "forecast/model.h"
#include "lib/train.h"

struct fc_task {
    const char *name;
    fc_purpose purpose;
    const nn_option *training; /* the settings of a fc_training that it takes, with its defaults */
    size_t model_size;         /* of the record of its models, which begins with an fc_model */
    /* What its models keep beside kind, settings and weights: the metadata entries of a model's file. Reading
     * ends the first of them, or the first part of it, with fc_model_register. */
    const fc_field *fields;

    /* What resolve and check of the kind are told of a model whose data are known. */
    void (*sizes)(const fc_model *model, fc_sizes *sizes);
    /* Once the settings are final, before the network is recorded; NULL: nothing. */
    void (*settle)(fc_model *model);
    /* Records the network on the plan: inputs, output and target. */
    void (*build)(const fc_model *model, nn_plan *plan, nn_ports *ports);
    /* Once the network has been recorded, with its ports; NULL: nothing. */
    int (*complete)(fc_model *model, const nn_ports *ports, nn_error *error);
};

#endif
