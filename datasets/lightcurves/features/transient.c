/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Least squares of a transient's curve. */
#include "datasets/lightcurves/features/transient.h"

#include <math.h>

enum { MOST = DS_TRANSIENT_MOST };

bool ds_transient_take(ds_transient *fit, const ds_feature_object *object, int band, int least)
{
    const ds_points *p = object->points;
    double most = -INFINITY, first = INFINITY, last = -INFINITY;
    double *time = object->scratch, *flux = time + p->count, *error = flux + p->count;
    int n = 0;
    *fit =
        (ds_transient){.time = time, .flux = flux, .error = error, .rows = error + p->count, .chi = INFINITY};
    for (int i = 0; i < p->count; i++) {
        if (p->band[i] != band)
            continue;
        time[n] = p->time[i];
        flux[n] = p->flux[i];
        error[n++] = p->error[i];
        fit->largest = fmax(fit->largest, fabs(p->flux[i]));
        first = fmin(first, p->time[i]);
        last = fmax(last, p->time[i]);
        if (p->flux[i] - p->error[i] > most) {
            most = p->flux[i] - p->error[i];
            fit->brightest = p->time[i];
        }
    }
    fit->count = n;
    fit->from = first - 50;
    fit->to = last + 20;
    return n >= least && fit->largest > 0;
}

/* Residuals (count + unknowns - 1) in units of their errors at f->at; A, B and chi. */
static void residuals(ds_transient *f, double *out)
{
    const double loose = 4 / (f->largest * f->largest); /* B is 0 within half of the largest */
    double gg = 1e-300, g1 = 0, one = loose, gy = 0, y1 = 0;
    f->form->shape(out, f->time, f->count, f->at);
    for (int i = 0; i < f->count; i++) {
        const double w = 1 / (f->error[i] * f->error[i]), g = out[i];
        gg += w * g * g;
        g1 += w * g;
        one += w;
        gy += w * g * f->flux[i];
        y1 += w * f->flux[i];
    }
    const double d = gg * one - g1 * g1;
    f->amplitude = d > 1e-12 * gg * one ? fmax(0, (gy * one - y1 * g1) / d) : 0;
    f->base = (y1 - f->amplitude * g1) / one;
    f->chi = loose * f->base * f->base;
    for (int i = 0; i < f->count; i++) {
        out[i] = (f->flux[i] - f->base - f->amplitude * out[i]) / f->error[i];
        f->chi += out[i] * out[i];
    }
    double expectations = 0;
    for (int k = 1; k < f->form->unknowns; k++) {
        double *r = &out[f->count + k - 1];
        *r = (f->at[k] - f->form->of[k].expected) / f->form->of[k].within;
        expectations += *r * *r;
    }
    f->chi += expectations;
}

/* Solves (J'J + damping diag J'J) step = -J'r; false where that is singular. */
static bool solve(double jtj[MOST][MOST], const double *right, int unknowns, double damping, double *step)
{
    double m[MOST][MOST + 1];
    for (int i = 0; i < unknowns; i++) {
        for (int j = 0; j < unknowns; j++)
            m[i][j] = jtj[i][j] * (i == j ? 1 + damping : 1) + (i == j ? 1e-12 : 0);
        m[i][unknowns] = -right[i];
    }
    for (int i = 0; i < unknowns; i++) {
        if (!(fabs(m[i][i]) > 0))
            return false;
        for (int k = i + 1; k < unknowns; k++) {
            const double factor = m[k][i] / m[i][i];
            for (int j = i; j <= unknowns; j++)
                m[k][j] -= factor * m[i][j];
        }
    }
    for (int i = unknowns - 1; i >= 0; i--) {
        step[i] = m[i][unknowns];
        for (int j = i + 1; j < unknowns; j++)
            step[i] -= m[i][j] * step[j];
        step[i] /= m[i][i];
    }
    return true;
}

static void move(ds_transient *f, const double *step)
{
    f->at[0] = fmin(fmax(f->at[0] + step[0], f->from), f->to);
    for (int k = 1; k < f->form->unknowns; k++)
        f->at[k] = fmin(fmax(f->at[k] + step[k], f->form->of[k].low), f->form->of[k].high);
}

/* J'J and J'r; rows (1 + unknowns, length) begin with r. */
static void slopes(const ds_transient *f, double *rows, int length, double jtj[MOST][MOST], double *right)
{
    const int unknowns = f->form->unknowns;
    for (int k = 0; k < unknowns; k++) {
        ds_transient other = *f;
        double *row = rows + (k + 1) * length;
        const double nudge = f->form->of[k].nudge;
        other.at[k] += nudge;
        residuals(&other, row);
        for (int i = 0; i < length; i++)
            row[i] = (row[i] - rows[i]) / nudge;
    }
    for (int k = 0; k < unknowns; k++) {
        right[k] = 0;
        for (int m = 0; m < unknowns; m++)
            jtj[k][m] = 0;
        for (int i = 0; i < length; i++) {
            right[k] += rows[(k + 1) * length + i] * rows[i];
            for (int m = 0; m < unknowns; m++)
                jtj[k][m] += rows[(k + 1) * length + i] * rows[(m + 1) * length + i];
        }
    }
}

void ds_transient_descend(ds_transient *f, const ds_transient_form *form)
{
    const int length = f->count + form->unknowns - 1;
    double *rows = f->rows, damping = 1e-2;
    f->form = form;
    residuals(f, rows);
    for (int n = 0; n < form->steps; n++) {
        double jtj[MOST][MOST], right[MOST], step[MOST];
        slopes(f, rows, length, jtj, right);
        const double before = f->chi;
        for (int tries = 0; tries < 6 && solve(jtj, right, form->unknowns, damping, step); tries++) {
            ds_transient other = *f;
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

double ds_transient_flat(const ds_transient *f)
{
    double w = 0, y = 0, yy = 0;
    for (int i = 0; i < f->count; i++) {
        const double one = 1 / (f->error[i] * f->error[i]);
        w += one;
        y += one * f->flux[i];
        yy += one * f->flux[i] * f->flux[i];
    }
    return yy - y * y / w;
}
