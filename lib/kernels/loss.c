/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Losses and their derivatives, missing targets left out. */
#include "lib/kernels/kernels.h"

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
    case NN_CROSS_ENTROPY: /* of whole rows: below */
        break;
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
    case NN_CROSS_ENTROPY: /* of whole rows: below */
        break;
    }
    return 0;
}

/* largest + log sum exp(x - largest), and the sum of the targets that are there. */
static double log_sum_exp(const nn_real *x, const nn_real *target, int width, double *weight)
{
    double most = -INFINITY, sum = 0;
    *weight = 0;
    for (int c = 0; c < width; c++) {
        most = fmax(most, (double)x[c]);
        *weight += isnan(target[c]) ? 0 : (double)target[c];
    }
    for (int c = 0; c < width; c++)
        sum += exp((double)x[c] - most);
    return most + log(sum);
}

double nn_cross_entropy_forward(const nn_real *logits, const nn_real *target, size_t rows, int width)
{
    double loss = 0, weight;
    for (size_t r = 0; r < rows; r++, logits += width, target += width) {
        double whole = log_sum_exp(logits, target, width, &weight);
        for (int c = 0; c < width; c++)
            if (!isnan(target[c]) && target[c] != 0)
                loss += (double)target[c] * (whole - (double)logits[c]);
    }
    return loss;
}

void nn_cross_entropy_backward(nn_real *dlogits, const nn_real *logits, const nn_real *target, double scale,
                               size_t rows, int width)
{
    double weight;
    for (size_t r = 0; r < rows; r++, logits += width, target += width, dlogits += width) {
        double whole = log_sum_exp(logits, target, width, &weight);
        for (int c = 0; c < width; c++) {
            double share = weight * exp((double)logits[c] - whole);
            dlogits[c] += (nn_real)(scale * (share - (isnan(target[c]) ? 0 : (double)target[c])));
        }
    }
}

double nn_loss_sum(const nn_real *prediction, const nn_real *target, nn_loss_kind kind, double parameter,
                   size_t rows, int width)
{
    return kind == NN_CROSS_ENTROPY
               ? nn_cross_entropy_forward(prediction, target, rows, width)
               : nn_loss_forward(prediction, target, kind, parameter, rows * (size_t)width);
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
