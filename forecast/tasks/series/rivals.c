/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The naive forecasts that stand beside every score of a table's columns: forecasters over its view. */
#include "forecast/tasks/series/rivals.h"

#include "forecast/forecasters.h"

#include <stdlib.h>
#include <string.h>

const char *const fc_rival_names[FC_RIVALS] = {"repeat-last", "seasonal-naive"};
static const fc_forecaster *const forecasters[FC_RIVALS] = {&fc_forecaster_naive,
                                                            &fc_forecaster_seasonal_naive};

int fc_rivals_choose(int which[FC_RIVALS], const fc_kind *kind, int season)
{
    const fc_forecaster *own = kind->forecaster, *last = &fc_forecaster_naive;
    int count = 0;
    if (season == 1 && own == &fc_forecaster_seasonal_naive)
        own = last;
    for (int i = 0; i < FC_RIVALS; i++)
        if (forecasters[i] != own && (season > 1 || forecasters[i] == last))
            which[count++] = i;
    return count;
}

int fc_rivals_fit(fc_rivals *rivals, const fc_scope *scope, ds_part train, int horizon, int season,
                  nn_error *error)
{
    *rivals = (fc_rivals){.scope = scope, .horizon = horizon};
    rivals->values = malloc(((size_t)horizon * (size_t)scope->view.targets + 1) * sizeof *rivals->values);
    int code = rivals->values ? NN_OK : nn_no_memory(error);
    for (int i = 0; i < FC_RIVALS && !code; i++)
        code = fc_forecaster_fit(&rivals->state[i], forecasters[i], NULL, &scope->view, train, horizon,
                                 season, error);
    if (code)
        fc_rivals_clear(rivals);
    return code;
}

void fc_rivals_clear(fc_rivals *rivals)
{
    for (int i = 0; i < FC_RIVALS; i++)
        fc_forecaster_free(rivals->state[i], forecasters[i]);
    free(rivals->values);
    *rivals = (fc_rivals){0};
}

/* Both repeat what they begin with. */
void fc_rivals_forecast(nn_real *out, const fc_rivals *rivals, int which, size_t row)
{
    const fc_local *local = rivals->state[which];
    const int period = forecasters[which] == &fc_forecaster_naive ? 1 : local->season;
    const int first = period < rivals->horizon ? period : rivals->horizon;
    const size_t columns = (size_t)rivals->scope->count;
    fc_forecaster_forecast(forecasters[which], local, &rivals->scope->view, row, first, rivals->values);
    fc_scope_scale(out, rivals->scope, rivals->values, first);
    for (int h = first; h < rivals->horizon; h++)
        memcpy(out + (size_t)h * columns, out + (size_t)(h - first) * columns, columns * sizeof *out);
}
