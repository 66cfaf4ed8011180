/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folds the points into bins at each frequency and looks for the run of bins that stands out most. */
#include "datasets/lightcurves/period/box.h"

#include "datasets/lightcurves/band.h"
#include "lib/base/memory.h"
#include "lib/kernels/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_BINS = 600,
    BINS_IN_LEAST = 3,
    LEAST_INSIDE = 3,
    MOST_STEPS = 1 << 22,
    PEAKS = 12,
    PAD = 8 /* doubles of the widest vector */
};

struct ds_box_finder {
    int count, room;
    double *time, *weight,
        *wy; /* from the middle; of sum 1; weight times the value less its band's mean, dips up */
    double middle, span, variance;
    double bin_w[2 * MOST_BINS + 1 + PAD],
        bin_y[2 * MOST_BINS + 1 + PAD]; /* sums up to each bin, over two cycles */
};

typedef struct dip {
    double power;
    double phase, width; /* of its begin, of it; cycles */
    double depth;
} dip;

ds_box_finder *ds_box_finder_new(nn_error *error)
{
    ds_box_finder *self = calloc(1, sizeof *self);
    if (!self)
        nn_no_memory(error);
    return self;
}

void ds_box_finder_free(ds_box_finder *self)
{
    if (!self)
        return;
    free(self->time);
    free(self);
}

static int load(ds_box_finder *self, const ds_period_points *p, bool rising, nn_error *error)
{
    if (p->count > self->room) {
        const size_t room = (size_t)p->count + (size_t)p->count / 2;
        double *block = nn_resize(NULL, room, 3, sizeof *block);
        if (!block)
            return nn_fail(error, NN_FAILED, "no memory for the periodogram of %d points", p->count);
        free(self->time);
        self->time = block;
        self->weight = block + room;
        self->wy = block + 2 * room;
        self->room = (int)(room < INT32_MAX ? room : (size_t)p->count);
    }
    double first = INFINITY, last = -INFINITY, all = 0, sum[DS_BAND_LIMIT] = {0},
           weights[DS_BAND_LIMIT] = {0};
    for (int i = 0; i < p->count; i++) {
        const int b = p->band ? p->band[i] : 0;
        const double w = 1 / (p->error[i] * p->error[i]);
        first = fmin(first, p->time[i]);
        last = fmax(last, p->time[i]);
        sum[b] += w * p->value[i];
        weights[b] += w;
        all += w;
    }
    self->count = p->count;
    self->span = p->count ? last - first : 0;
    self->middle = p->count ? (first + last) / 2 : 0;
    self->variance = 0;
    for (int i = 0; i < p->count; i++) {
        const int b = p->band ? p->band[i] : 0;
        const double y = (p->value[i] - sum[b] / weights[b]) * (rising ? 1 : -1);
        self->time[i] = p->time[i] - self->middle;
        self->weight[i] = 1 / (p->error[i] * p->error[i]) / all;
        self->wy[i] = self->weight[i] * y;
        self->variance += self->weight[i] * y * y;
    }
    return NN_OK;
}

static double least_of(const ds_box_settings *s)
{
    return s->least > 0 ? s->least : 0.02;
}

static double most_of(const ds_box_settings *s)
{
    return s->most > 0 ? s->most : 0.2;
}

void ds_box_grid(double span, const ds_box_settings *s, double *first, double *step, long *count)
{
    *first = 1 / (s->longest > 0 ? s->longest : span / 3);
    *step = least_of(s) / 2 / span;
    const double wanted = floor((1 / (s->shortest > 0 ? s->shortest : 0.3) - *first) / *step) + 1;
    *count = (long)fmin(fmax(wanted, 1), MOST_STEPS);
}

/* Cycles as `look` cuts them: in bins, and dips of shortest to longest bins. */
typedef struct cut {
    int bins, shortest, longest;
} cut;

static cut cut_of(const ds_box_settings *s)
{
    const double least = least_of(s);
    const int wanted = (int)ceil(BINS_IN_LEAST / least), bins = wanted < MOST_BINS ? wanted : MOST_BINS;
    const int shortest = (int)fmax(1, floor(least * bins));
    return (cut){bins, shortest, (int)fmax(shortest, ceil(most_of(s) * bins))};
}

NN_CLONES static void fold(ds_box_finder *self, double frequency, cut c)
{
    enum { POINTS = 128 };
    double *w = self->bin_w, *y = self->bin_y;
    int at[POINTS];
    memset(w, 0, (size_t)(c.bins + 1) * sizeof *w);
    memset(y, 0, (size_t)(c.bins + 1) * sizeof *y);
    for (int from = 0; from < self->count; from += POINTS) {
        const int count = self->count - from < POINTS ? self->count - from : POINTS;
        for (int i = 0; i < count; i++) {
            const double cycles = self->time[from + i] * frequency;
            const int bin = (int)((cycles - floor(cycles)) * c.bins) + 1;
            at[i] = bin < c.bins ? bin : c.bins;
        }
        for (int i = 0; i < count; i++) {
            w[at[i]] += self->weight[from + i];
            y[at[i]] += self->wy[from + i];
        }
    }
    for (int k = 1; k <= c.bins; k++) {
        w[k] += w[k - 1];
        y[k] += y[k - 1];
    }
    for (int k = 1; k <= c.longest + PAD; k++) { /* dips may go on over the end of the cycle */
        w[c.bins + k] = w[c.bins] + w[k];
        y[c.bins + k] = y[c.bins] + y[k];
    }
}

/* The best dip at one frequency. */
static dip look(ds_box_finder *self, double frequency, cut c)
{
    const double *w = self->bin_w, *y = self->bin_y;
    dip best = {0};
    fold(self, frequency, c);
    for (int begin = 0; begin < c.bins; begin++)
        for (int length = c.shortest; length <= c.longest; length++) {
            const double r = w[begin + length] - w[begin], s = y[begin + length] - y[begin];
            const double gain = s * s;
            if (s > 0 && r > 0 && r < 1 && gain > best.power * r * (1 - r))
                best = (dip){gain / (r * (1 - r)), (double)begin / c.bins, (double)length / c.bins,
                             s / (r * (1 - r))};
        }
    best.power = fmin(best.power / self->variance, 1);
    return best;
}

/* The highest of gain / room of all dips of a folded curve, where room is what weights inside and outside
 * leave: vectors of bins that dips begin at, without a division for each dip. Several lengths at a time; the
 * last one may be seen again. */
NN_CLONES static double highest(const ds_box_finder *self, cut c)
{
    enum { AT_A_TIME = 4 };
    const double *w = self->bin_w, *y = self->bin_y;
    double gain[MOST_BINS + PAD], room[MOST_BINS + PAD], best = 0;
    const int begins = nn_round_up(c.bins, PAD);
    for (int n = 0; n < begins; n++) {
        gain[n] = 0;
        room[n] = 1;
    }
    for (int length = c.shortest; length <= c.longest; length += AT_A_TIME) {
        int to[AT_A_TIME];
        for (int k = 0; k < AT_A_TIME; k++)
            to[k] = length + k < c.longest ? length + k : c.longest;
        for (int n = 0; n < begins; n++) {
            double g = gain[n], f = room[n];
            _Pragma("GCC unroll 4") for (int k = 0; k < AT_A_TIME; k++)
            {
                const double r = w[n + to[k]] - w[n], s = y[n + to[k]] - y[n], free = r * (1 - r);
                const int better = (s > 0) & (free > 0) & (s * s * f > g * free);
                g = better ? s * s : g;
                f = better ? free : f;
            }
            gain[n] = g;
            room[n] = f;
        }
    }
    for (int n = 0; n < begins; n++)
        gain[n] /= room[n];
    for (int n = 0; n < begins; n++)
        best = gain[n] > best ? gain[n] : best;
    return best;
}

/* The power of `look` alone. */
static double power_of(ds_box_finder *self, double frequency, cut c)
{
    fold(self, frequency, c);
    return fmin(highest(self, c) / self->variance, 1);
}

/* A peak of two points that fit nothing else is none. */
static int inside(const ds_box_finder *self, double frequency, const dip *d)
{
    int n = 0;
    for (int i = 0; i < self->count; i++) {
        const double cycles = self->time[i] * frequency - d->phase;
        n += cycles - floor(cycles) < d->width;
    }
    return n;
}

/* --- the search --- */

typedef struct peak {
    double frequency, power;
} peak;

typedef struct peaks {
    peak of[PEAKS]; /* the highest first */
    int count;
} peaks;

/* Neighbours within what the span tells apart are one peak. */
static void add_peak(peaks *p, double frequency, double power, double apart)
{
    int at = 0;
    while (at < p->count && fabs(p->of[at].frequency - frequency) >= apart)
        at++;
    if (at < p->count && p->of[at].power >= power)
        return;
    if (at == p->count && p->count == PEAKS) {
        if (p->of[PEAKS - 1].power >= power)
            return;
        at = PEAKS - 1;
    } else if (at == p->count) {
        p->count++;
    }
    for (; at > 0 && p->of[at - 1].power < power; at--)
        p->of[at] = p->of[at - 1];
    p->of[at] = (peak){frequency, power};
}

static bool related(double f, double g, double span)
{
    for (int k = 1; k <= 6; k++)
        for (int m = 1; m <= 6; m++)
            if (fabs(f * m - g * k) * span < k + m)
                return true;
    return false;
}

static void settle(ds_box_finder *self, const ds_box_settings *s, const peaks *found, double step, ds_box *r)
{
    const cut c = cut_of(s);
    for (int n = 0; n < found->count; n++) {
        dip best = {0};
        double frequency = 0;
        for (int k = -10; k <= 10; k++) {
            const double f = found->of[n].frequency + 0.1 * k * step;
            const dip d = look(self, f, c);
            if (d.power > best.power) {
                best = d;
                frequency = f;
            }
        }
        const int in = inside(self, frequency, &best);
        if (in < LEAST_INSIDE || !(frequency > 0))
            continue;
        if (isnan(r->period)) {
            const double middle = best.phase + best.width / 2;
            r->period = 1 / frequency;
            r->power = best.power;
            r->depth = best.depth;
            r->duration = best.width / frequency;
            r->epoch = self->middle + (middle - round(middle)) / frequency;
            r->inside = in;
        } else if (isnan(r->second) && !related(frequency, 1 / r->period, self->span)) {
            r->second = 1 / frequency;
            r->second_power = best.power;
        }
    }
}

int ds_box_find(ds_box_finder *self, const ds_period_points *points, const ds_box_settings *s, ds_box *r,
                nn_error *error)
{
    enum { BLOCK = 512 };
    double powers[BLOCK], first, step, sum = 0, squares = 0;
    long count;
    peaks found = {0};
    *r = (ds_box){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0};
    const int code = load(self, points, s->rising, error);
    if (code || self->count < 2 * LEAST_INSIDE || !(self->span > 0) || !(self->variance > 0))
        return code;
    ds_box_grid(self->span, s, &first, &step, &count);
    const cut c = cut_of(s);
    for (long n = 0; n < count; n += BLOCK) {
        const int here = (int)(count - n < BLOCK ? count - n : BLOCK);
        for (int k = 0; k < here; k++) {
            const double frequency = first + step * (double)(n + k);
            powers[k] = power_of(self, frequency, c);
            sum += sqrt(powers[k]);
            squares += powers[k];
            add_peak(&found, frequency, powers[k], 1 / self->span);
        }
        if (s->sink)
            s->sink(s->context, n, here, powers);
    }
    settle(self, s, &found, step, r);
    const double mean = sum / (double)count, deviation = sqrt(fmax(0, squares / (double)count - mean * mean));
    r->significance = (sqrt(r->power) - mean) / deviation;
    return NN_OK;
}
