/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a network bears linear maps of fewer bits: the validation part says. */
#ifndef FC_PRECISION_H
#define FC_PRECISION_H

#include "forecast/request.h"

typedef struct fc_precision_trial {
    double exact, low; /* mean loss of the validation part in floats, and in the precision */
    bool kept;
} fc_precision_trial;

/* The model gets the precision where the loss grows by no more than that share of it, such as 0.005; then
 * what follows from the network (temperature, sizes of errors) fits it again. Its record stays. */
int fc_precision_try(fc_precision_trial *trial, fc_model *model, const fc_request *request,
                     nn_precision precision, double tolerance, nn_error *error);

#endif
