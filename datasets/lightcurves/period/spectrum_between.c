/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums at the frequencies between those of a coarser grid. A sum over points within a span is band-limited in
 * frequency, so its values midway between neighbours come of theirs by Kaiser's windowed sinc (Kaiser 1974,
 * Proc. IEEE ISCAS, 20); the nearer the grid is to the coarsest that tells the sum, the more neighbours. */
#include "datasets/lightcurves/period/spectrum_internal.h"

#include <gsl/gsl_sf_bessel.h>
#include <string.h>

/* Of a sum that turns by up to EDGE pi from one frequency of the grid to the next, and the logarithm of how
 * much less than the sum the error is to be. */
#define EDGE 0.8
#define FINE 14.0

bool ds_spectrum_tells_between(const ds_spectrum *self, double step, int harmonics)
{
    return 2 * harmonics * 2 * step * self->span <= EDGE * (1 + 1e-9);
}

void ds_spectrum_between_begin(ds_spectrum_between *self, int harmonics)
{
    if (self->harmonics == harmonics)
        return;
    self->harmonics = harmonics;
    for (int h = 1; h <= 2 * harmonics; h++) {
        const double room = M_PI * (1 - EDGE * h / (2 * harmonics));
        const int reach = nn_round_up((int)ceil(FINE / room), 4);
        const double sharpness = reach * room, most = gsl_sf_bessel_I0(sharpness);
        self->reach[h - 1] = reach;
        for (int j = 0; j < reach; j++) {
            const double place = (j + 0.5) / reach, x = M_PI * (j + 0.5);
            self->tap[h - 1][j] = sin(x) / x * gsl_sf_bessel_I0(sharpness * sqrt(1 - place * place)) / most;
        }
    }
}

/* out[k] of the neighbours in[k - reach + 1] .. in[k + reach] */
NN_CLONES static void between(double *restrict out, const double *restrict in, int count, const double *tap,
                              int reach)
{
    memset(out, 0, (size_t)count * sizeof *out);
    for (int j = 0; j < reach; j += 4) {
        const double a = tap[j], b = tap[j + 1], c = tap[j + 2], d = tap[j + 3];
        const double *below = in - j, *above = in + j + 1;
        for (int k = 0; k < count; k++)
            out[k] += a * (below[k] + above[k]) + b * (below[k - 1] + above[k + 1]) +
                      c * (below[k - 2] + above[k + 2]) + d * (below[k - 3] + above[k + 3]);
    }
}

/* A few frequencies at a time, whose sums stay in the nearest cache. */
static void rows_between(const ds_spectrum_between *self, double *out, const double *in, int rows, int stride,
                         int count)
{
    for (int h = 0; h < rows; h++)
        between(out + (size_t)h * (size_t)stride, in + (size_t)h * (size_t)stride, count, self->tap[h],
                self->reach[h]);
}

void ds_spectrum_sums_between(const ds_spectrum_between *self, ds_spectrum_sums *out,
                              const ds_spectrum_sums *in, int bands)
{
    const int h = self->harmonics, stride = in->stride, count = out->count;
    const size_t own = (size_t)h * (size_t)stride;
    rows_between(self, out->wc, in->wc, 2 * h, stride, count);
    rows_between(self, out->ws, in->ws, 2 * h, stride, count);
    rows_between(self, out->yc, in->yc, h, stride, count);
    rows_between(self, out->ys, in->ys, h, stride, count);
    for (int b = 0; bands > 1 && b < bands; b++) {
        rows_between(self, out->bc + (size_t)b * own, in->bc + (size_t)b * own, h, stride, count);
        rows_between(self, out->bs + (size_t)b * own, in->bs + (size_t)b * own, h, stride, count);
    }
}

/* --- powers of one harmonic, many at once --- */

enum { CHUNK = 256 };

/* The normal equations of one harmonic, in closed form. */
NN_CLONES static void chunk(const ds_spectrum *self, const ds_spectrum_sums *sums, int at, int count,
                            double *restrict power)
{
    const double *c = sums->wc + at, *s = sums->ws + at, *c2 = c + sums->stride, *s2 = s + sums->stride;
    const double *yc = sums->yc + at, *ys = sums->ys + at, variance = self->variance;
    double cc[CHUNK], ss[CHUNK], cs[CHUNK];
    for (int n = 0; n < count; n++) {
        cc[n] = (1 + c2[n]) / 2;
        ss[n] = (1 - c2[n]) / 2;
        cs[n] = s2[n] / 2;
    }
    for (int b = 0; b < self->bands; b++) {
        if (self->bands > 1) {
            c = sums->bc + (size_t)b * (size_t)sums->stride + at;
            s = sums->bs + (size_t)b * (size_t)sums->stride + at;
        }
        const double share = 1 / self->share[b];
        for (int n = 0; n < count; n++) {
            cc[n] -= share * c[n] * c[n];
            ss[n] -= share * s[n] * s[n];
            cs[n] -= share * c[n] * s[n];
        }
    }
    for (int n = 0; n < count; n++) {
        const double slope = cs[n] / cc[n], rest = ss[n] - slope * cs[n], sine = ys[n] - slope * yc[n];
        const double share = (yc[n] * yc[n] / cc[n] + sine * sine / rest) / variance;
        power[n] = !(cc[n] > DS_SPECTRUM_LEAST) || !(rest > DS_SPECTRUM_LEAST) ? 0 : share > 1 ? 1 : share;
    }
}

void ds_spectrum_powers_of_one(const ds_spectrum *self, const ds_spectrum_sums *sums, int count,
                               double *power)
{
    for (int n = 0; n < count; n += CHUNK)
        chunk(self, sums, n, count - n < CHUNK ? count - n : CHUNK, power + n);
}
