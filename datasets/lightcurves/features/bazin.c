/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rise, fall and peak of a transient, by a fit of
 *     f(t) = B + A exp(-(t - t0) / fall) / (1 + exp(-(t - t0) / rise))
 * to the fluxes of a band. A and B are linear and solved for at each step; t0 and the logarithms of rise and
 * fall are found by Levenberg's and Marquardt's steps from a few starts. Weak expectations (rise 4 and fall
 * 25 days, each within a factor of three; B near 0) keep bands of few points in bounds. */
#include "datasets/lightcurves/features/group.h"

#include <math.h>

static const char *const names[] = {"bazin_peak", "bazin_rise",         "bazin_fall", "bazin_peak_time",
                                    "bazin_base", "bazin_reduced_chi2", "bazin_gain", NULL};

enum { LEAST_POINTS = 5, UNKNOWNS = 3, PRIORS = 2, STEPS = 25 };

typedef struct fit {
    const ds_points *points;
    int band, count;             /* of its points */
    double largest;              /* |flux| of them, which B is small against */
    double from, to;             /* times between which t0 may lie */
    double at[UNKNOWNS];         /* t0, ln rise, ln fall */
    double amplitude, base, chi; /* there; chi with the expectations */
} fit;

static double shape(double t, const double *at)
{
    const double x = fmin(fmax((t - at[0]) / exp(at[2]), -300), 300);
    const double y = fmin(fmax((t - at[0]) / exp(at[1]), -300), 300);
    return exp(-x) / (1 + exp(-y));
}

/* Residuals (count + PRIORS) in units of their errors at f->at; A, B and chi. */
static void residuals(fit *f, double *out)
{
    const ds_points *p = f->points;
    const double loose = 4 / (f->largest * f->largest); /* B is 0 within half of the largest */
    double gg = 1e-300, g1 = 0, one = loose, gy = 0, y1 = 0;
    int n = 0;
    for (int i = 0; i < p->count; i++) {
        if (p->band[i] != f->band)
            continue;
        const double w = 1 / (p->error[i] * p->error[i]), g = shape(p->time[i], f->at);
        out[n++] = g;
        gg += w * g * g;
        g1 += w * g;
        one += w;
        gy += w * g * p->flux[i];
        y1 += w * p->flux[i];
    }
    const double d = gg * one - g1 * g1;
    f->amplitude = d > 1e-12 * gg * one ? fmax(0, (gy * one - y1 * g1) / d) : 0;
    f->base = (y1 - f->amplitude * g1) / one;
    f->chi = loose * f->base * f->base;
    n = 0;
    for (int i = 0; i < p->count; i++) {
        if (p->band[i] != f->band)
            continue;
        out[n] = (p->flux[i] - f->base - f->amplitude * out[n]) / p->error[i];
        f->chi += out[n] * out[n];
        n++;
    }
    out[n] = (f->at[1] - log(4)) / log(3);
    out[n + 1] = (f->at[2] - log(25)) / log(3);
    f->chi += out[n] * out[n] + out[n + 1] * out[n + 1];
}

/* Solves (J'J + damping diag J'J) step = -J'r; false where that is singular. */
static bool solve(const double jtj[UNKNOWNS][UNKNOWNS], const double *right, double damping, double *step)
{
    double m[UNKNOWNS][UNKNOWNS + 1];
    for (int i = 0; i < UNKNOWNS; i++) {
        for (int j = 0; j < UNKNOWNS; j++)
            m[i][j] = jtj[i][j] * (i == j ? 1 + damping : 1) + (i == j ? 1e-12 : 0);
        m[i][UNKNOWNS] = -right[i];
    }
    for (int i = 0; i < UNKNOWNS; i++) {
        if (!(fabs(m[i][i]) > 0))
            return false;
        for (int k = i + 1; k < UNKNOWNS; k++) {
            const double factor = m[k][i] / m[i][i];
            for (int j = i; j <= UNKNOWNS; j++)
                m[k][j] -= factor * m[i][j];
        }
    }
    for (int i = UNKNOWNS - 1; i >= 0; i--) {
        step[i] = m[i][UNKNOWNS];
        for (int j = i + 1; j < UNKNOWNS; j++)
            step[i] -= m[i][j] * step[j];
        step[i] /= m[i][i];
    }
    return true;
}

static void move(fit *f, const double *step)
{
    f->at[0] = fmin(fmax(f->at[0] + step[0], f->from), f->to);
    f->at[1] = fmin(fmax(f->at[1] + step[1], log(0.1)), log(300));
    f->at[2] = fmin(fmax(f->at[2] + step[2], log(0.5)), log(2000));
}

/* rows (1 + UNKNOWNS, count + PRIORS) */
static void descend(fit *f, double *rows)
{
    const int length = f->count + PRIORS;
    static const double nudge[UNKNOWNS] = {1e-3, 1e-4, 1e-4};
    double damping = 1e-2;
    residuals(f, rows);
    for (int n = 0; n < STEPS; n++) {
        double jtj[UNKNOWNS][UNKNOWNS] = {{0}}, right[UNKNOWNS] = {0}, step[UNKNOWNS];
        for (int k = 0; k < UNKNOWNS; k++) {
            fit other = *f;
            double *row = rows + (k + 1) * length;
            other.at[k] += nudge[k];
            residuals(&other, row);
            for (int i = 0; i < length; i++)
                row[i] = (row[i] - rows[i]) / nudge[k];
        }
        for (int k = 0; k < UNKNOWNS; k++)
            for (int i = 0; i < length; i++) {
                right[k] += rows[(k + 1) * length + i] * rows[i];
                for (int m = 0; m < UNKNOWNS; m++)
                    jtj[k][m] += rows[(k + 1) * length + i] * rows[(m + 1) * length + i];
            }
        const double before = f->chi;
        for (int tries = 0; tries < 6 && solve(jtj, right, damping, step); tries++) {
            fit other = *f;
            move(&other, step);
            residuals(&other, rows + length);
            if (other.chi < f->chi) {
                *f = other;
                damping /= 5;
                break;
            }
            damping *= 5;
        }
        residuals(f, rows);
        if (!(before - f->chi > 1e-5 * f->chi))
            return;
    }
}

/* The time at which the curve is highest: t0 + rise ln(fall / rise - 1); NaN where it only falls. */
static double peak_of(const fit *f)
{
    const double rise = exp(f->at[1]), fall = exp(f->at[2]);
    return fall > rise ? f->at[0] + rise * log(fall / rise - 1) : NAN;
}

static double chi_of_constant(const fit *f)
{
    const ds_points *p = f->points;
    double w = 0, y = 0, yy = 0;
    for (int i = 0; i < p->count; i++)
        if (p->band[i] == f->band) {
            const double one = 1 / (p->error[i] * p->error[i]);
            w += one;
            y += one * p->flux[i];
            yy += one * p->flux[i] * p->flux[i];
        }
    return yy - y * y / w;
}

static void prepare(fit *f, double *brightest)
{
    const ds_points *p = f->points;
    double most = -INFINITY, first = INFINITY, last = -INFINITY;
    for (int i = 0; i < p->count; i++) {
        if (p->band[i] != f->band)
            continue;
        f->count++;
        f->largest = fmax(f->largest, fabs(p->flux[i]));
        first = fmin(first, p->time[i]);
        last = fmax(last, p->time[i]);
        if (p->flux[i] - p->error[i] > most) {
            most = p->flux[i] - p->error[i];
            *brightest = p->time[i];
        }
    }
    f->from = first - 50;
    f->to = last + 20;
}

static int compute(const ds_feature_object *object, int a, int b, double *out, nn_error *error)
{
    (void)b, (void)error;
    static const double rises[] = {2, 6}, falls[] = {15, 50};
    fit best = {.points = object->points, .band = a, .chi = INFINITY};
    double brightest = 0;
    prepare(&best, &brightest);
    if (best.count < LEAST_POINTS || !(best.largest > 0))
        return NN_OK;
    const fit empty = best;
    for (int n = 0; n < 2; n++) {
        fit f = empty;
        f.at[0] = brightest - rises[n];
        f.at[1] = log(rises[n]);
        f.at[2] = log(falls[n]);
        descend(&f, object->scratch);
        best = f.chi < best.chi ? f : best;
    }
    const double peak = peak_of(&best), flat = chi_of_constant(&best);
    const double height = best.amplitude * shape(isnan(peak) ? best.at[0] : peak, best.at);
    out[0] = height < 10 * best.largest ? height : NAN; /* far above every point: between or beyond them */
    out[1] = exp(best.at[1]);
    out[2] = exp(best.at[2]);
    out[3] = (isnan(peak) ? best.at[0] : peak) - object->brightest;
    out[4] = best.base;
    out[5] = best.count > 5 ? best.chi / (best.count - 5) : NAN;
    out[6] = flat > 0 ? fmax(0, 1 - best.chi / flat) : NAN;
    return NN_OK;
}

const ds_feature_group ds_feature_bazin = {
    .name = "bazin",
    .summary = "rise, fall and peak of a transient by a fit to the fluxes of each band",
    .source = "Bazin et al. 2009 (doi 10.1051/0004-6361/200911847)",
    .scope = DS_FEATURE_OF_BAND,
    .names = names,
    .compute = compute,
};
