/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The level of a folded series: its secondary cycle, and ridge regression of its steps, averaged over many
 * strengths by their leave-one-out errors. */
#include "forecast/forecasters/flair/flair.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { F = FC_FLAIR_FEATURES, STRENGTHS = 25, LEAST_STEPS = 5 };

bool fc_flair_cycle(const double *level, size_t count, int cycle, double *out)
{
    const size_t turns = count / (size_t)cycle;
    double mean = 0, a = 0, b = 0, flat = 0, round = 0, sum = 0;
    if (turns < 2)
        return false;
    for (int i = 0; i < cycle; i++) {
        size_t seen = 0;
        out[i] = 0;
        for (size_t t = (size_t)i; t < count; t += (size_t)cycle, seen++)
            out[i] += level[t];
        out[i] /= (double)seen;
        mean += out[i] / cycle;
    }
    if (!(mean > 1e-10))
        return false;
    const double angle = 2 * 3.14159265358979323846 / cycle, weight = (double)turns / ((double)turns + cycle);
    for (int i = 0; i < cycle; i++) {
        out[i] = out[i] / mean - 1;
        a += 2 * out[i] * cos(angle * i) / cycle;
        b += 2 * out[i] * sin(angle * i) / cycle;
    }
    for (int i = 0; i < cycle; i++) {
        const double rest = out[i] - a * cos(angle * i) - b * sin(angle * i);
        flat += out[i] * out[i] / cycle;
        round += rest * rest / cycle;
    }
    const bool harmonic = cycle * log(fmax(round, 1e-30)) + 2 * log(cycle) < cycle * log(fmax(flat, 1e-30));
    for (int i = 0; i < cycle; i++) {
        const double prior = harmonic ? a * cos(angle * i) + b * sin(angle * i) : 0;
        out[i] = fmax(1 + weight * out[i] + (1 - weight) * prior, 1e-6);
        sum += out[i] / cycle;
    }
    for (int i = 0; i < cycle; i++)
        out[i] /= sum;
    return true;
}

/* --- ridge regression --- */

/* Rows of features and steps, turned to the axes of their products. */
typedef struct axes {
    double direction[F][F], square[F]; /* axis, feature; eigenvalue */
    double target[F];                  /* products with the steps */
    double inverse[F];                 /* mean over strengths of 1 / (square + strength) */
} axes;

/* Features of level t; what comes back of a lag that is not there is 0. */
static void explain(double *x, const double *level, size_t t, double trend, int lag)
{
    x[0] = 1;
    x[1] = trend;
    x[2] = -level[(ptrdiff_t)t - 1];
    x[3] = lag ? level[(ptrdiff_t)t - lag] : 0;
}

/* product becomes its axes. */
static bool find_axes(axes *a, double product[F][F], const double *target)
{
    double value[F], room[2 * F], trace = 0;
    for (int i = 0; i < F; i++)
        trace += product[i][i] + fabs(target[i]);
    if (!isfinite(trace) || !nn_dense_eigen(true, F, &product[0][0], value, room))
        return false;
    for (int j = 0; j < F; j++) {
        a->square[j] = fmax(value[j], 0);
        a->target[j] = a->inverse[j] = 0;
        for (int i = 0; i < F; i++) {
            a->direction[j][i] = product[j][i];
            a->target[j] += product[j][i] * target[i];
        }
    }
    return true;
}

static double along(const axes *a, int j, const double *x)
{
    double sum = 0;
    for (int i = 0; i < F; i++)
        sum += a->direction[j][i] * x[i];
    return sum;
}

/* u (rows, F): the rows along the axes. The mean square of leave-one-out errors with a strength. */
static double left_out(const axes *a, double strength, const double *u, const double *y, size_t rows)
{
    double sum = 0, inverse[F];
    for (int j = 0; j < F; j++)
        inverse[j] = 1 / (a->square[j] + strength);
    for (size_t t = 0; t < rows; t++) {
        double error = y[t], leverage = 0;
        for (int j = 0; j < F; j++) {
            error -= u[t * F + (size_t)j] * a->target[j] * inverse[j];
            leverage += u[t * F + (size_t)j] * u[t * F + (size_t)j] * inverse[j];
        }
        error /= fmax(1 - leverage, 1e-10);
        sum += error * error / (double)rows;
    }
    return sum;
}

/* Strengths from 1e-4 to 1e4, each with a share that falls exponentially with its error. */
static void average(axes *a, const double *u, const double *y, size_t rows)
{
    double strength[STRENGTHS], loss[STRENGTHS], least = INFINITY, shares = 0;
    for (int i = 0; i < STRENGTHS; i++) {
        strength[i] = pow(10, -4 + 8.0 * i / (STRENGTHS - 1));
        loss[i] = left_out(a, strength[i], u, y, rows);
        least = fmin(least, loss[i]);
    }
    for (int i = 0; i < STRENGTHS; i++) {
        loss[i] = exp(-(loss[i] - least) / fmax(least, 1e-10));
        shares += loss[i];
    }
    for (int i = 0; i < STRENGTHS; i++)
        for (int j = 0; j < F; j++)
            a->inverse[j] += loss[i] / shares / (a->square[j] + strength[i]);
}

static double leverage(const axes *a, const double *x)
{
    double sum = 0;
    for (int j = 0; j < F; j++)
        sum += along(a, j, x) * along(a, j, x) * a->inverse[j];
    return sum;
}

/* Leave-one-out errors by the root of 1 + leverage, less their mean. */
static void note_residuals(const axes *a, const double *theta, const double *u, const double *y, size_t rows,
                           double *residual)
{
    double mean = 0, coefficient[F];
    for (int j = 0; j < F; j++)
        coefficient[j] = along(a, j, theta);
    for (size_t t = 0; t < rows; t++) {
        double error = y[t], weight = 0;
        for (int j = 0; j < F; j++) {
            error -= u[t * F + (size_t)j] * coefficient[j];
            weight += u[t * F + (size_t)j] * u[t * F + (size_t)j] * a->inverse[j];
        }
        residual[t] = error / fmax(1 - weight, 1e-10) / sqrt(1 + weight);
        mean += residual[t] / (double)rows;
    }
    for (size_t t = 0; t < rows; t++)
        residual[t] -= mean;
}

/* How much of a step goes on in the next one: the autocorrelation of the steps, not below 0. */
static double persistence(const double *level, size_t count)
{
    double mean = 0, square = 0, product = 0;
    const size_t steps = count - 1;
    if (steps < LEAST_STEPS)
        return 0;
    mean = (level[count - 1] - level[0]) / (double)steps;
    for (size_t t = 1; t < count; t++) {
        const double d = level[t] - level[t - 1] - mean;
        square += d * d;
        product += t > 1 ? d * (level[t - 1] - level[t - 2] - mean) : 0;
    }
    return square < 1e-10 ? 0 : fmin(fmax(product / square, 0), 1 - 1e-10);
}

double fc_flair_ridge_step(const fc_flair_ridge *r, const double *level, double trend)
{
    return r->beta[0] + r->beta[1] * trend + r->beta[2] * level[-1] +
           (r->lag ? r->beta[3] * level[-r->lag] : 0);
}

static void go_on(const fc_flair_ridge *r, const axes *a, double *level, size_t count, double *trend,
                  double *spread, size_t blocks)
{
    const double phi = persistence(level, count);
    double gone = 0, power = 1, x[F];
    for (size_t b = 0; b < blocks; b++) {
        power *= phi;
        gone += power;
        trend[b] = ((double)(count - 1) + gone) / (double)count;
        level[count + b] = fc_flair_ridge_step(r, level + count + b, trend[b]);
        explain(x, level, count + b, trend[b], r->lag);
        spread[b] = sqrt(1 + fmin(leverage(a, x), 10));
    }
}

bool fc_flair_ridge_fit(fc_flair_ridge *r, int lag, double *level, size_t count, double *residual,
                        double *trend, double *spread, size_t blocks)
{
    if (lag && count < (size_t)lag + FC_FLAIR_LEAST_ROWS - 1)
        lag = 0;
    const size_t start = lag ? (size_t)lag : 1, rows = count - start;
    double *u = malloc((rows * (F + 1) + 1) * sizeof *u), *y = u + rows * F, product[F][F] = {{0}},
           target[F] = {0};
    *r = (fc_flair_ridge){.lag = lag, .residuals = rows};
    axes a;
    for (size_t t = 0; t < rows && u; t++) {
        double *x = u + t * F;
        explain(x, level, start + t, (double)(start + t) / (double)count, lag);
        y[t] = level[start + t] - level[start + t - 1];
        for (int i = 0; i < F; i++) {
            target[i] += x[i] * y[t];
            for (int j = 0; j < F; j++)
                product[i][j] += x[i] * x[j];
        }
    }
    if (!u || !find_axes(&a, product, target)) {
        free(u);
        return false;
    }
    for (size_t t = 0; t < rows; t++) {
        double x[F];
        memcpy(x, u + t * F, sizeof x);
        for (int j = 0; j < F; j++)
            u[t * F + (size_t)j] = along(&a, j, x);
    }
    average(&a, u, y, rows);
    for (int i = 0; i < F; i++)
        for (int j = 0; j < F; j++)
            r->beta[i] += a.direction[j][i] * a.target[j] * a.inverse[j];
    note_residuals(&a, r->beta, u, y, rows, residual);
    r->beta[2] = 1 - r->beta[2];
    go_on(r, &a, level, count, trend, spread, blocks);
    free(u);
    return true;
}
