/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logarithms, powers and logits of a series, and back. */
#include "forecast/statistics/transform.h"

#include "datasets/series/values.h"
#include "forecast/statistics/box_cox.h"

#include <stdlib.h>
#include <string.h>

const char *const fc_scale_names[] = {"none", "log", "boxcox", "logit", NULL};

int fc_transform_make(fc_transform *t, int scale, const double *y, size_t n, int season)
{
    *t = (fc_transform){scale, 0};
    if (scale != FC_BOXCOX)
        return NN_OK;
    double *filled = malloc((2 * n + 1) * sizeof *filled);
    if (!filled)
        return NN_FAILED;
    memcpy(filled, y, n * sizeof *filled);
    t->lambda = ds_values_fill(filled, n) ? fc_box_cox_guerrero(filled, n, season, filled + n) : 1;
    free(filled);
    return NN_OK;
}

static bool has_place(int scale, double y)
{
    return isnan(y) || scale == FC_PLAIN || (y > 0 && (scale != FC_LOGIT || y < 1));
}

void fc_transform_there(const fc_transform *t, double *y, size_t n)
{
    for (size_t i = 0; i < n && t->scale != FC_PLAIN; i++)
        y[i] = !has_place(t->scale, y[i]) ? NAN
               : t->scale == FC_LOGIT     ? log(y[i] / (1 - y[i]))
                                          : fc_box_cox(y[i], t->lambda);
}

void fc_transform_back(const fc_transform *t, double *y, size_t n)
{
    for (size_t i = 0; i < n && t->scale != FC_PLAIN; i++)
        y[i] = t->scale == FC_LOGIT ? 1 / (1 + exp(-y[i])) : fc_box_cox_back(y[i], t->lambda, 0);
}

int fc_transform_check(int scale, const ds_view *view, ds_part part, nn_error *error)
{
    for (int k = 0; k < view->targets && scale != FC_PLAIN; k++)
        for (size_t row = part.begin; row < part.end; row++)
            if (ds_view_valid(view, row, k) && !has_place(scale, ds_view_value(view, row, k)))
                return nn_fail(error, NN_BAD_DATA, "--transform %s: '%.200s' is %g in row %zu, not %s",
                               fc_scale_names[scale], view->table->names[ds_view_column(view, k)],
                               ds_view_value(view, row, k), row + 1,
                               scale == FC_LOGIT ? "between 0 and 1" : "above 0");
    return NN_OK;
}
