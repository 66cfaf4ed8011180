/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Losses and their derivatives, missing targets left out. */
#include "lib/kernels/kernels.h"
#include "lib/kernels/vector_math.h"

/* Loss and slope in the error e = prediction - target. */

NN_INLINE double loss_of(nn_loss_kind kind, double parameter, double e)
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

NN_INLINE double slope_of(nn_loss_kind kind, double parameter, double e)
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

/* Of one kind, known where this is expanded: loss and slope are then a handful of instructions on vectors. */
NN_INLINE double sum_losses(const nn_real *restrict prediction, const nn_real *restrict target,
                            nn_loss_kind kind, double parameter, size_t n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++) {
        const double loss = loss_of(kind, parameter, (double)prediction[i] - (double)target[i]);
        sum += target[i] == target[i] ? loss : 0;
    }
    return sum;
}

NN_CLONES double nn_loss_forward(const nn_real *prediction, const nn_real *target, nn_loss_kind kind,
                                 double parameter, size_t n)
{
    switch (kind) {
    case NN_MSE:
        return sum_losses(prediction, target, NN_MSE, parameter, n);
    case NN_MAE:
        return sum_losses(prediction, target, NN_MAE, parameter, n);
    case NN_HUBER:
        return sum_losses(prediction, target, NN_HUBER, parameter, n);
    case NN_PINBALL:
        return sum_losses(prediction, target, NN_PINBALL, parameter, n);
    case NN_CROSS_ENTROPY: /* of whole rows: above */
        break;
    }
    return 0;
}

NN_INLINE void add_slopes(nn_real *restrict dprediction, const nn_real *restrict prediction,
                          const nn_real *restrict target, nn_loss_kind kind, double parameter, double scale,
                          size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const nn_real slope =
            (nn_real)(scale * slope_of(kind, parameter, (double)prediction[i] - (double)target[i]));
        dprediction[i] += target[i] == target[i] ? slope : 0;
    }
}

NN_CLONES void nn_loss_backward(nn_real *dprediction, const nn_real *prediction, const nn_real *target,
                                nn_loss_kind kind, double parameter, double scale, size_t n)
{
    switch (kind) {
    case NN_MSE:
        add_slopes(dprediction, prediction, target, NN_MSE, parameter, scale, n);
        break;
    case NN_MAE:
        add_slopes(dprediction, prediction, target, NN_MAE, parameter, scale, n);
        break;
    case NN_HUBER:
        add_slopes(dprediction, prediction, target, NN_HUBER, parameter, scale, n);
        break;
    case NN_PINBALL:
        add_slopes(dprediction, prediction, target, NN_PINBALL, parameter, scale, n);
        break;
    case NN_CROSS_ENTROPY: /* of whole rows: above */
        break;
    }
}
