/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/kernels.h"

#include <math.h>

/* Loss and slope in the error e = prediction - target. */

static double loss_of(nn_loss_kind kind, double parameter, double e)
{
    double size = fabs(e);
    switch (kind) {
    case NN_MSE:
        return e * e;
    case NN_MAE:
        return size;
    case NN_HUBER:
        return size <= parameter ? 0.5 * e * e : parameter * (size - 0.5 * parameter);
    case NN_PINBALL:
        return e < 0 ? -parameter * e : (1 - parameter) * e;
    }
    return 0;
}

static double slope_of(nn_loss_kind kind, double parameter, double e)
{
    double sign = (e > 0) - (e < 0);
    switch (kind) {
    case NN_MSE:
        return 2 * e;
    case NN_MAE:
        return sign;
    case NN_HUBER:
        return fabs(e) <= parameter ? e : parameter * sign;
    case NN_PINBALL:
        return e < 0 ? -parameter : e > 0 ? 1 - parameter : 0;
    }
    return 0;
}

double nn_loss_forward(const nn_real *prediction, const nn_real *target, nn_loss_kind kind, double parameter,
                       size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(target[i]))
            sum += loss_of(kind, parameter, (double)prediction[i] - (double)target[i]);
    return sum;
}

void nn_loss_backward(nn_real *dprediction, const nn_real *prediction, const nn_real *target,
                      nn_loss_kind kind, double parameter, double scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(target[i]))
            dprediction[i] +=
                (nn_real)(scale * slope_of(kind, parameter, (double)prediction[i] - (double)target[i]));
}
