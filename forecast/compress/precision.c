/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries a precision on the validation part. */
#include "forecast/compress/precision.h"

#include "forecast/compress/trial.h"

/* Both losses, each of plans of its own. */
static int measure(fc_precision_trial *trial, const fc_trial *data, nn_params *params, nn_precision precision,
                   nn_error *error)
{
    params->precision = NN_FLOAT;
    int code = fc_trial_loss(&trial->exact, data, params, error);
    params->precision = precision;
    if (!code)
        code = fc_trial_loss(&trial->low, data, params, error);
    params->precision = NN_FLOAT;
    return code;
}

int fc_precision_try(fc_precision_trial *trial, fc_model *model, const fc_request *request,
                     nn_precision precision, double tolerance, nn_error *error)
{
    const fc_record record = model->record;
    fc_trial data;
    *trial = (fc_precision_trial){0};
    int code = fc_trial_open(&data, model, *request, error);
    if (!code)
        code = measure(trial, &data, model->params, precision, error);
    fc_trial_close(&data);
    model->record = record;
    trial->kept = !code && trial->low <= trial->exact * (1 + tolerance);
    if (!trial->kept)
        return code;
    model->precision = precision;
    model->exact_loss = trial->exact;
    model->precision_loss = trial->low;
    model->params->precision = precision;
    return fc_trial_settle(model, request, error);
}
