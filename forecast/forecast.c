/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real future, as the model's task forecasts it. */
#include "forecast/forecast.h"

#include "datasets/table/write.h"

#include <stdlib.h>

int fc_forecast(fc_future **out, const fc_model *model, const ds_table *table, int steps, nn_error *error)
{
    *out = NULL;
    return model->task->forecast
               ? model->task->forecast(out, model, table, steps, error)
               : nn_fail(error, NN_USAGE, "a model of the kind %s forecasts nothing", model->kind->name);
}

int fc_future_new(fc_future **out, int steps, int targets, nn_error *error)
{
    const size_t h = (size_t)steps, k = (size_t)targets + 1;
    fc_future *future = *out = calloc(1, sizeof *future);
    if (future)
        *future = (fc_future){.steps = steps,
                              .targets = targets,
                              .time = malloc(h * sizeof(ds_time)),
                              .columns = malloc(k * sizeof(int)),
                              .values = malloc(h * k * sizeof(double))};
    if (future && future->time && future->columns && future->values)
        return NN_OK;
    fc_future_free(future);
    *out = NULL;
    return nn_fail(error, NN_FAILED, "no memory for %d steps", steps);
}

void fc_future_free(fc_future *future)
{
    if (!future)
        return;
    free(future->time);
    free(future->own);
    free(future->columns);
    free(future->known);
    free(future->values);
    free(future);
}

int fc_future_write(const fc_future *future, const char *path, const ds_table *like, nn_error *error)
{
    return ds_write_file(path, like, future->columns, future->targets, future->time, future->own,
                         future->values, (size_t)future->steps, error);
}
