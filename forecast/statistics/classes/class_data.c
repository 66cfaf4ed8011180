/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks probabilities and labels before anything is computed of them. */
#include "forecast/statistics/classes/class_data.h"

#include <math.h>

int fc_class_check(const fc_class_data *d, nn_error *error)
{
    if (d->classes < 2 || d->count < 1)
        return nn_fail(error, NN_USAGE, "scores need objects and at least 2 classes, not %zu objects of %d",
                       d->count, d->classes);
    for (size_t i = 0; i < d->count; i++) {
        double sum = 0;
        for (int c = 0; c < d->classes; c++) {
            double p = d->p[i * (size_t)d->classes + (size_t)c];
            if (!(p >= 0) || !isfinite(p))
                return nn_fail(error, NN_BAD_DATA, "probability %d of object %zu is %g", c + 1, i + 1, p);
            sum += p;
        }
        if (fabs(sum - 1) > 1e-3)
            return nn_fail(error, NN_BAD_DATA, "the probabilities of object %zu sum to %g instead of 1",
                           i + 1, sum);
        if (d->label[i] < 0 || d->label[i] >= d->classes)
            return nn_fail(error, NN_BAD_DATA, "the label of object %zu is %d, outside 0 to %d", i + 1,
                           d->label[i], d->classes - 1);
    }
    return NN_OK;
}

int fc_class_called(const double *p, int classes)
{
    int best = 0;
    for (int c = 1; c < classes; c++)
        if (p[c] > p[best])
            best = c;
    return best;
}
