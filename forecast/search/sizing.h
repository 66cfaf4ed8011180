/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a network costs, and widths that make it cost as much as another. */
#ifndef FC_SIZING_H
#define FC_SIZING_H

#include "forecast/request.h"

typedef struct fc_cost {
    size_t parameters; /* that are learnt: constants among them do not count */
    double macs;       /* multiply-adds of the forward pass of one sample */
} fc_cost;

int fc_cost_of(fc_cost *cost, const fc_model *model, nn_error *error);
/* Of a model as the request asks for it, with this config in place of the request's. */
int fc_cost_of_config(fc_cost *cost, const fc_request *request, const void *config, nn_error *error);

/* Changes the widths of config so that a model of it has as many parameters, give or take the share
 * `tolerance`: the feed-forward's alone ("d-ff") where that can do it, else the tokens' too ("d-model", by
 * multiples of the heads). NN_USAGE where none comes so close, and for whatever the kind refuses. */
int fc_size_to(void *config, const fc_request *request, size_t parameters, double tolerance, fc_cost *cost,
               nn_error *error);

#endif
