/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of the periodogram over frequencies, and the search for its highest peak. */
#include "datasets/lightcurves/period/periodogram.h"

#include "datasets/lightcurves/band.h"
#include "lib/base/memory.h"
#include "lib/kernels/vector.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { LANES = 8, OVERSAMPLING = 5, LEAST_POINTS = 4 };

struct ds_periodogram {
    int count, room;
    double *time;                /* from the middle of the span */
    double *value, *weight;      /* less the mean of the band; of sum 1 */
    double *cosine, *sine;       /* (count, LANES): of the angles at LANES neighbouring frequencies */
    double *turn_cos, *turn_sin; /* what takes these to the next LANES frequencies */
    double middle, span, variance;
};

/* Sums over the points: w cos, w sin, w cos^2, w cos sin, w y cos, w y sin. */
typedef struct sums {
    double c, s, cc, cs, yc, ys;
} sums;

ds_periodogram *ds_periodogram_new(nn_error *error)
{
    ds_periodogram *self = calloc(1, sizeof *self);
    if (!self)
        nn_no_memory(error);
    return self;
}

void ds_periodogram_free(ds_periodogram *self)
{
    if (!self)
        return;
    free(self->time);
    free(self);
}

static int make_room(ds_periodogram *self, int count, nn_error *error)
{
    self->count = 0;
    if (count <= self->room)
        return NN_OK;
    const size_t room = (size_t)count + (size_t)count / 2;
    double *block = nn_resize(NULL, room, (5 + 2 * LANES) * sizeof *block, 1);
    if (!block)
        return nn_fail(error, NN_FAILED, "no memory for the periodogram of %d points", count);
    free(self->time);
    self->room = (int)(room < INT32_MAX ? room : (size_t)count);
    self->time = block;
    self->value = block + room;
    self->weight = block + 2 * room;
    self->turn_cos = block + 3 * room;
    self->turn_sin = block + 4 * room;
    self->cosine = block + 5 * room;
    self->sine = self->cosine + LANES * room;
    return NN_OK;
}

/* Values less the weighted mean of their band; weights of sum 1. */
static void centre(ds_periodogram *self, const ds_period_points *p)
{
    double all = 0, sum[DS_BAND_LIMIT] = {0}, weight[DS_BAND_LIMIT] = {0};
    for (int i = 0; i < p->count; i++) {
        int b = p->band ? p->band[i] : 0;
        double w = 1 / (p->error[i] * p->error[i]);
        self->weight[i] = w;
        sum[b] += w * p->value[i];
        weight[b] += w;
        all += w;
    }
    self->variance = 0;
    for (int i = 0; i < p->count; i++) {
        int b = p->band ? p->band[i] : 0;
        self->weight[i] /= all;
        self->value[i] = p->value[i] - sum[b] / weight[b];
        self->variance += self->weight[i] * self->value[i] * self->value[i];
    }
}

int ds_periodogram_load(ds_periodogram *self, const ds_period_points *p, nn_error *error)
{
    int code = make_room(self, p->count, error);
    if (code)
        return code;
    double first = INFINITY, last = -INFINITY;
    for (int i = 0; i < p->count; i++) {
        first = fmin(first, p->time[i]);
        last = fmax(last, p->time[i]);
    }
    self->count = p->count;
    self->middle = (first + last) / 2;
    self->span = last - first;
    for (int i = 0; i < p->count; i++)
        self->time[i] = p->time[i] - self->middle;
    centre(self, p);
    return NN_OK;
}

/* --- one frequency --- */

static sums sums_at(const ds_periodogram *self, double frequency)
{
    sums z = {0};
    for (int i = 0; i < self->count; i++) {
        double angle = 2 * M_PI * frequency * self->time[i], c = cos(angle), s = sin(angle);
        double w = self->weight[i], y = self->value[i];
        z.c += w * c;
        z.s += w * s;
        z.cc += w * c * c;
        z.cs += w * c * s;
        z.yc += w * y * c;
        z.ys += w * y * s;
    }
    return z;
}

/* About the means: CC, SS, CS of the paper, and D. */
static double determinant(const sums *z, double *cc, double *ss, double *cs)
{
    *cc = z->cc - z->c * z->c;
    *ss = 1 - z->cc - z->s * z->s;
    *cs = z->cs - z->c * z->s;
    return *cc * *ss - *cs * *cs;
}

static double power_of(const ds_periodogram *self, const sums *z)
{
    double cc, ss, cs, d = determinant(z, &cc, &ss, &cs);
    if (!(d > 1e-12) || !(self->variance > 0))
        return 0; /* the points see this frequency at two phases or fewer */
    double p = (ss * z->yc * z->yc + cc * z->ys * z->ys - 2 * cs * z->yc * z->ys) / (self->variance * d);
    return fmin(fmax(p, 0), 1);
}

double ds_periodogram_power(const ds_periodogram *self, double frequency)
{
    sums z = sums_at(self, frequency);
    return power_of(self, &z);
}

/* --- many frequencies --- */

static void begin(ds_periodogram *self, double first, double step)
{
    for (int i = 0; i < self->count; i++) {
        double turn = 2 * M_PI * step * LANES * self->time[i];
        self->turn_cos[i] = cos(turn);
        self->turn_sin[i] = sin(turn);
        for (int k = 0; k < LANES; k++) {
            double angle = 2 * M_PI * (first + step * k) * self->time[i];
            self->cosine[i * LANES + k] = cos(angle);
            self->sine[i * LANES + k] = sin(angle);
        }
    }
}

/* The sums at `lanes` of the current frequencies from `first` on, and these on to the next: an expansion for
 * each width of registers, because a vector wider than they are would live in memory. */
#define DEFINE_ADVANCE(name, lanes)                                                                          \
    typedef double name##_vector __attribute__((vector_size((lanes) * sizeof(double))));                     \
    typedef double name##_loose                                                                              \
        __attribute__((vector_size((lanes) * sizeof(double)), aligned(sizeof(double)), may_alias));          \
    static inline __attribute__((always_inline)) void name(ds_periodogram *self, int first, sums *out)       \
    {                                                                                                        \
        name##_vector c = {0}, s = {0}, cc = {0}, cs = {0}, yc = {0}, ys = {0};                              \
        for (int i = 0; i < self->count; i++) {                                                              \
            name##_loose *cosine = (name##_loose *)(self->cosine + i * LANES + first);                       \
            name##_loose *sine = (name##_loose *)(self->sine + i * LANES + first);                           \
            name##_vector x = *cosine, y = *sine, wx = self->weight[i] * x, wy = self->weight[i] * y;        \
            c += wx;                                                                                         \
            s += wy;                                                                                         \
            cc += wx * x;                                                                                    \
            cs += wx * y;                                                                                    \
            yc += self->value[i] * wx;                                                                       \
            ys += self->value[i] * wy;                                                                       \
            *cosine = x * self->turn_cos[i] - y * self->turn_sin[i];                                         \
            *sine = y * self->turn_cos[i] + x * self->turn_sin[i];                                           \
        }                                                                                                    \
        for (int k = 0; k < (lanes); k++)                                                                    \
            out[first + k] = (sums){c[k], s[k], cc[k], cs[k], yc[k], ys[k]};                                 \
    }
DEFINE_ADVANCE(advance_half, LANES / 2)

NN_CLONES static void advance_halves(ds_periodogram *self, sums *out)
{
    advance_half(self, 0, out);
    advance_half(self, LANES / 2, out);
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
DEFINE_ADVANCE(advance_all, LANES)

__attribute__((target("arch=x86-64-v4"))) static void advance_whole(ds_periodogram *self, sums *out)
{
    advance_all(self, 0, out);
}

static void advance(ds_periodogram *self, sums *out)
{
    if (__builtin_cpu_supports("x86-64-v4"))
        advance_whole(self, out);
    else
        advance_halves(self, out);
}
#else
static void advance(ds_periodogram *self, sums *out)
{
    advance_halves(self, out);
}
#endif

static double scan(ds_periodogram *self, double first, double step, long frequencies)
{
    double best = first, most = -1;
    begin(self, first, step);
    for (long n = 0; n < frequencies; n += LANES) {
        sums z[LANES];
        advance(self, z);
        for (long k = 0; k < LANES && n + k < frequencies; k++) {
            double power = power_of(self, &z[k]);
            if (power > most) {
                most = power;
                best = first + step * (double)(n + k);
            }
        }
    }
    return best;
}

/* Golden section between the neighbours of the best. */
static double refine(const ds_periodogram *self, double low, double high)
{
    const double ratio = (sqrt(5) - 1) / 2;
    double a = high - ratio * (high - low), b = low + ratio * (high - low);
    double pa = ds_periodogram_power(self, a), pb = ds_periodogram_power(self, b);
    for (int i = 0; i < 30; i++) {
        if (pa >= pb) {
            high = b;
            b = a;
            pb = pa;
            a = high - ratio * (high - low);
            pa = ds_periodogram_power(self, a);
        } else {
            low = a;
            a = b;
            pa = pb;
            b = low + ratio * (high - low);
            pb = ds_periodogram_power(self, b);
        }
    }
    return (low + high) / 2;
}

void ds_periodogram_search(ds_periodogram *self, double shortest, ds_period *best)
{
    *best = (ds_period){NAN, NAN, NAN};
    if (self->count < LEAST_POINTS || !(self->span > 0) || !(self->variance > 0))
        return;
    double first = 1 / self->span, step = first / OVERSAMPLING;
    double wanted = floor((1 / shortest - first) / step) + 1;
    long frequencies = (long)fmin(fmax(wanted, 1), DS_PERIOD_MOST_FREQUENCIES);
    double f = scan(self, first, step, frequencies);
    f = refine(self, fmax(f - step, first / 2), f + step);
    sums z = sums_at(self, f);
    double cc, ss, cs, d = determinant(&z, &cc, &ss, &cs);
    *best = (ds_period){.period = 1 / f, .power = power_of(self, &z), .maximum = self->middle};
    if (d > 0)
        best->maximum += atan2((z.ys * cc - z.yc * cs) / d, (z.yc * ss - z.ys * cs) / d) / (2 * M_PI * f);
}
