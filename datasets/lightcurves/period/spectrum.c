/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Least squares of sums of harmonics, at one frequency or at many. */
#include "datasets/lightcurves/period/spectrum_internal.h"

#include "lib/base/memory.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = DS_MOST_HARMONICS, DIRECT_BLOCK = 1024 };

/* --- the points --- */

ds_spectrum *ds_spectrum_new(nn_error *error)
{
    ds_spectrum *self = calloc(1, sizeof *self);
    if (!self)
        nn_no_memory(error);
    return self;
}

void ds_spectrum_free(ds_spectrum *self)
{
    if (!self)
        return;
    ds_spectrum_fast_free(self->fast);
    free(self->time);
    free(self->sums);
    free(self);
}

static int make_room(ds_spectrum *self, int count, nn_error *error)
{
    self->count = 0;
    if (count <= self->room)
        return NN_OK;
    const size_t room = (size_t)count + (size_t)count / 2, full = room + DS_BAND_LIMIT * DS_SPECTRUM_LANES;
    double *block = nn_resize(NULL, (5 + 2 * DS_SPECTRUM_LANES) * room + 3 * full, sizeof *block, 1);
    if (!block)
        return nn_fail(error, NN_FAILED, "no memory for the periodogram of %d points", count);
    free(self->time);
    self->room = (int)(room < INT32_MAX ? room : (size_t)count);
    self->time = block;
    self->weight = block + room;
    self->wy = block + 2 * room;
    self->turn_c = block + 3 * room;
    self->turn_s = block + 4 * room;
    self->cosine = block + 5 * room;
    self->sine = self->cosine + DS_SPECTRUM_LANES * room;
    self->full_time = self->sine + DS_SPECTRUM_LANES * room;
    self->full_weight = self->full_time + full;
    self->full_wy = self->full_weight + full;
    return NN_OK;
}

static void fill_up(ds_spectrum *self)
{
    int at = 0;
    for (int b = 0; b < self->bands; b++) {
        self->full_begin[b] = at;
        for (int i = self->begin[b]; i < self->begin[b + 1] || at % DS_SPECTRUM_LANES; i++, at++) {
            const bool point = i < self->begin[b + 1];
            self->full_time[at] = point ? self->time[i] : 0;
            self->full_weight[at] = point ? self->weight[i] : 0;
            self->full_wy[at] = point ? self->wy[i] : 0;
        }
    }
    self->full_begin[self->bands] = at;
}

/* Values of points from begin on less their mean. What differs by no more than the mean's rounding does not
 * differ. */
static void take_mean(ds_spectrum *self, int begin, double mean)
{
    double largest = 0, widest = 0;
    for (int i = begin; i < self->count; i++) {
        largest = fmax(largest, fabs(self->wy[i]));
        self->wy[i] -= mean;
        widest = fmax(widest, fabs(self->wy[i]));
    }
    const bool constant = widest <= largest * DBL_EPSILON * (self->count - begin);
    for (int i = begin; constant && i < self->count; i++)
        self->wy[i] = 0;
}

/* Brings in the points of one band; returns whether there are any. */
static bool take_band(ds_spectrum *self, const ds_period_points *p, int b)
{
    const int begin = self->count;
    double sum = 0, weights = 0;
    for (int i = 0; i < p->count; i++) {
        if (p->band && p->band[i] != b)
            continue;
        const double w = 1 / (p->error[i] * p->error[i]);
        self->time[self->count] = p->time[i];
        self->weight[self->count] = w;
        self->wy[self->count++] = p->value[i];
        weights += w;
        sum += w * p->value[i];
    }
    take_mean(self, begin, sum / weights);
    self->share[self->bands] = weights;
    return self->count > begin;
}

int ds_spectrum_load(ds_spectrum *self, const ds_period_points *p, nn_error *error)
{
    const int code = make_room(self, p->count, error);
    if (code)
        return code;
    double first = INFINITY, last = -INFINITY, all = 0;
    self->bands = 0;
    for (int b = 0; b < (p->band ? DS_BAND_LIMIT : 1); b++) {
        self->begin[self->bands] = self->count;
        if (take_band(self, p, b))
            all += self->share[self->bands++];
    }
    self->begin[self->bands] = self->count;
    for (int b = 0; b < self->bands; b++)
        self->share[b] /= all;
    for (int i = 0; i < self->count; i++) {
        first = fmin(first, self->time[i]);
        last = fmax(last, self->time[i]);
    }
    self->span = self->count ? last - first : 0;
    self->middle = self->count ? (first + last) / 2 : 0;
    self->variance = 0;
    for (int i = 0; i < self->count; i++) {
        self->time[i] -= self->middle;
        self->weight[i] /= all;
        self->variance += self->weight[i] * self->wy[i] * self->wy[i];
        self->wy[i] *= self->weight[i];
    }
    fill_up(self);
    return NN_OK;
}

double ds_spectrum_span(const ds_spectrum *self)
{
    return self->span;
}

double ds_spectrum_middle(const ds_spectrum *self)
{
    return self->middle;
}

double ds_spectrum_variance(const ds_spectrum *self)
{
    return self->variance;
}

int ds_spectrum_points(const ds_spectrum *self)
{
    return self->count;
}

int ds_spectrum_bands(const ds_spectrum *self)
{
    return self->bands;
}

/* --- the normal equations --- */

typedef struct equations {
    int size;
    double matrix[2 * MOST][2 * MOST], right[2 * MOST];
} equations;

/* Of the sums at frequency n: cosines first, then sines; products of two of them are sums and differences of
 * harmonics. */
static void set_up(equations *e, const ds_spectrum *self, const ds_spectrum_sums *sums, int harmonics, int n)
{
    const int k = harmonics, stride = sums->stride;
    double c[2 * MOST + 1], s[2 * MOST + 1];
    c[0] = 1;
    s[0] = 0;
    for (int h = 1; h <= 2 * k; h++) {
        c[h] = sums->wc[(size_t)(h - 1) * (size_t)stride + (size_t)n];
        s[h] = sums->ws[(size_t)(h - 1) * (size_t)stride + (size_t)n];
    }
    e->size = 2 * k;
    for (int i = 1; i <= k; i++) {
        e->right[i - 1] = sums->yc[(size_t)(i - 1) * (size_t)stride + (size_t)n];
        e->right[k + i - 1] = sums->ys[(size_t)(i - 1) * (size_t)stride + (size_t)n];
        for (int j = 1; j <= k; j++) {
            const int apart = i > j ? i - j : j - i;
            const double sine = j > i ? s[apart] : -s[apart];
            e->matrix[i - 1][j - 1] = (c[apart] + c[i + j]) / 2;
            e->matrix[k + i - 1][k + j - 1] = (c[apart] - c[i + j]) / 2;
            e->matrix[k + j - 1][i - 1] = (s[i + j] + sine) / 2; /* cos i, sin j */
        }
    }
    const bool one = self->bands < 2;
    for (int b = 0; b < self->bands; b++) {
        const size_t from = one ? 0 : (size_t)b * (size_t)k * (size_t)stride;
        double mean[2 * MOST];
        for (int h = 0; h < k; h++) {
            mean[h] = (one ? sums->wc : sums->bc)[from + (size_t)h * (size_t)stride + (size_t)n];
            mean[k + h] = (one ? sums->ws : sums->bs)[from + (size_t)h * (size_t)stride + (size_t)n];
        }
        for (int i = 0; i < 2 * k; i++)
            for (int j = 0; j <= i; j++)
                e->matrix[i][j] -= mean[i] * mean[j] / self->share[b];
    }
}

/* Takes the matrix apart in place (its lower half) and solves half way: right becomes L^-1 right, whose
 * square is what the model takes away. False where the points do not tell the terms apart. */
static bool decompose(equations *e)
{
    double inverse[2 * MOST];
    for (int i = 0; i < e->size; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = e->matrix[i][j];
            for (int k = 0; k < j; k++)
                sum -= e->matrix[i][k] * e->matrix[j][k];
            if (i == j && !(sum > DS_SPECTRUM_LEAST))
                return false;
            e->matrix[i][j] = i == j ? sqrt(sum) : sum * inverse[j];
        }
        inverse[i] = 1 / e->matrix[i][i];
        for (int k = 0; k < i; k++)
            e->right[i] -= e->matrix[i][k] * e->right[k];
        e->right[i] *= inverse[i];
    }
    return true;
}

static double power_of(const ds_spectrum *self, equations *e)
{
    if (!(self->variance > 0) || self->count <= e->size + self->bands || !decompose(e))
        return 0;
    double sum = 0;
    for (int i = 0; i < e->size; i++)
        sum += e->right[i] * e->right[i];
    return fmin(sum / self->variance, 1);
}

/* --- one frequency --- */

/* The sums of one frequency by themselves, as those of a block of one. */
typedef struct single {
    double wc[2 * MOST], ws[2 * MOST], yc[MOST], ys[MOST], bc[DS_BAND_LIMIT * MOST], bs[DS_BAND_LIMIT * MOST];
} single;

enum { CHUNK = DS_SPECTRUM_POINTS };

typedef double four __attribute__((vector_size(4 * sizeof(double)), aligned(sizeof(double)), may_alias));

/* Sums of w x and w y over whole vectors of points: by hand, for gcc leaves some such loops as they are. */
static inline __attribute__((always_inline)) void
add_products(const double *w, const double *x, const double *y, int count, double *to_x, double *to_y)
{
    four sum_x = {0}, sum_y = {0}, more_x = {0}, more_y = {0};
    for (int i = 0; i < count; i += 8) {
        const four a = *(const four *)(w + i), b = *(const four *)(w + i + 4);
        sum_x += a * *(const four *)(x + i);
        sum_y += a * *(const four *)(y + i);
        more_x += b * *(const four *)(x + i + 4);
        more_y += b * *(const four *)(y + i + 4);
    }
    sum_x += more_x;
    sum_y += more_y;
    *to_x += sum_x[0] + sum_x[1] + sum_x[2] + sum_x[3];
    *to_y += sum_y[0] + sum_y[1] + sum_y[2] + sum_y[3];
}

/* One harmonic after the other of a few points. */
NN_CLONES static void add_chunk(const ds_spectrum *self, int begin, int count, double frequency,
                                int harmonics, single *all)
{
    double c[CHUNK], s[CHUNK], x[CHUNK], y[CHUNK];
    const double *time = self->full_time + begin, *w = self->full_weight + begin, *wy = self->full_wy + begin;
    ds_spectrum_circle(time, count, frequency, c, s);
    memcpy(x, c, (size_t)count * sizeof *x);
    memcpy(y, s, (size_t)count * sizeof *y);
    for (int h = 0; h < 2 * harmonics; h++) {
        add_products(w, x, y, count, &all->wc[h], &all->ws[h]);
        if (h < harmonics)
            add_products(wy, x, y, count, &all->yc[h], &all->ys[h]);
        for (int b = 0; self->bands > 1 && h < harmonics && b < self->bands; b++) {
            const int from = self->full_begin[b] - begin, to = self->full_begin[b + 1] - begin;
            const int low = from > 0 ? from : 0, high = to < count ? to : count, at = b * harmonics + h;
            if (low < high)
                add_products(w + low, x + low, y + low, high - low, &all->bc[at], &all->bs[at]);
        }
        for (int i = 0; h + 1 < 2 * harmonics && i < count; i++) {
            const double next = x[i] * c[i] - y[i] * s[i];
            y[i] = y[i] * c[i] + x[i] * s[i];
            x[i] = next;
        }
    }
}

static void equations_at(equations *e, const ds_spectrum *self, double frequency, int harmonics)
{
    single all;
    const size_t rows = (size_t)self->bands * (size_t)harmonics * sizeof *all.bc;
    memset(&all, 0, offsetof(single, bc));
    memset(all.bc, 0, rows);
    memset(all.bs, 0, rows);
    const int count = self->full_begin[self->bands];
    for (int i = 0; i < count; i += CHUNK)
        add_chunk(self, i, count - i < CHUNK ? count - i : CHUNK, frequency, harmonics, &all);
    const ds_spectrum_sums sums = {.count = 1,
                                   .stride = 1,
                                   .wc = all.wc,
                                   .ws = all.ws,
                                   .yc = all.yc,
                                   .ys = all.ys,
                                   .bc = all.bc,
                                   .bs = all.bs};
    set_up(e, self, &sums, harmonics, 0);
}

double ds_spectrum_power(const ds_spectrum *self, double frequency, int harmonics)
{
    equations e;
    equations_at(&e, self, frequency, harmonics);
    return power_of(self, &e);
}

double ds_spectrum_fit(const ds_spectrum *self, double frequency, int harmonics, double *a, double *b)
{
    equations e;
    equations_at(&e, self, frequency, harmonics);
    const double power = power_of(self, &e);
    memset(a, 0, (size_t)harmonics * sizeof *a);
    memset(b, 0, (size_t)harmonics * sizeof *b);
    if (!(power > 0))
        return 0;
    for (int i = e.size - 1; i >= 0; i--) {
        for (int k = i + 1; k < e.size; k++)
            e.right[i] -= e.matrix[k][i] * e.right[k];
        e.right[i] /= e.matrix[i][i];
        *(i < harmonics ? a + i : b + i - harmonics) = e.right[i];
    }
    return power;
}

/* --- many frequencies --- */

/* The direct sums grow with the points; gridding costs the same for any number of them up to a block, for
 * each series of weights and values. */
static bool direct_is_faster(const ds_spectrum *self)
{
    return self->count < 35 * (2 + self->bands);
}

/* A block's powers, its sums, and those between them. */
typedef struct block {
    int count;      /* of frequencies with sums, of which the outermost are neighbours to others only */
    bool fine;      /* powers between them are made too */
    double *power;  /* of the sums and, where fine, of those between */
    double *second; /* the latter, before they are among the others */
    ds_spectrum_sums sums, between;
} block;

static void place_sums(ds_spectrum_sums *sums, double *at, int stride, int harmonics, size_t own)
{
    const size_t step = (size_t)harmonics * (size_t)stride;
    *sums = (ds_spectrum_sums){.count = stride, .stride = stride, .wc = at, .ws = at + 2 * step};
    sums->yc = at + 4 * step;
    sums->ys = at + 5 * step;
    sums->bc = at + 6 * step;
    sums->bs = at + (6 + own) * step;
}

static int make_block(ds_spectrum *self, block *b, int stride, int harmonics, bool fine, nn_error *error)
{
    const size_t own = self->bands > 1 ? (size_t)self->bands : 0, row = (size_t)stride;
    const size_t rows = (size_t)harmonics * (6 + 2 * own), all = (fine ? 2 * rows + 3 : rows + 1) * row;
    if (all > self->sums_room) {
        double *room = nn_resize(NULL, all, 1, sizeof *room);
        if (!room)
            return nn_fail(error, NN_FAILED, "no memory for %d frequencies", stride);
        free(self->sums);
        self->sums = room;
        self->sums_room = all;
    }
    *b = (block){.count = stride, .fine = fine, .power = self->sums, .second = self->sums + 2 * row};
    place_sums(&b->sums, self->sums + (fine ? 3 : 1) * row, stride, harmonics, own);
    if (fine)
        place_sums(&b->between, b->sums.wc + rows * row, stride, harmonics, own);
    return NN_OK;
}

static void make_powers(const ds_spectrum *self, const ds_spectrum_sums *sums, int harmonics, int count,
                        double *power)
{
    equations e;
    if (harmonics == 1 && self->variance > 0 && self->count > 2 + self->bands) {
        ds_spectrum_powers_of_one(self, sums, count, power);
        return;
    }
    for (int k = 0; k < count; k++) {
        set_up(&e, self, sums, harmonics, k);
        power[k] = power_of(self, &e);
    }
}

/* count powers, of which every second is of sums between two others. */
static void make_fine_powers(ds_spectrum *self, block *b, int harmonics, int count)
{
    const ds_spectrum_sums *s = &b->sums;
    const int skip = DS_SPECTRUM_REACH, coarse = (count + 1) / 2;
    const ds_spectrum_sums inner = {coarse,       s->stride,    s->wc + skip, s->ws + skip,
                                    s->yc + skip, s->ys + skip, s->bc + skip, s->bs + skip};
    b->between.count = coarse;
    ds_spectrum_sums_between(&self->between, &b->between, &inner, self->bands);
    make_powers(self, &inner, harmonics, coarse, b->power);
    make_powers(self, &b->between, harmonics, coarse, b->second);
    for (int k = coarse - 1; k >= 0; k--) {
        b->power[2 * k] = b->power[k];
        b->power[2 * k + 1] = b->second[k];
    }
}

int ds_spectrum_scan(ds_spectrum *self, double first, double step, long count, int harmonics,
                     ds_spectrum_way way, ds_spectrum_sink sink, void *context, nn_error *error)
{
    const bool direct = way == DS_SPECTRUM_DIRECT || (way == DS_SPECTRUM_BEST && direct_is_faster(self));
    const bool fine = way == DS_SPECTRUM_BEST && ds_spectrum_tells_between(self, step, harmonics);
    block b;
    int code =
        make_block(self, &b, direct ? DIRECT_BLOCK : ds_spectrum_fast_block(self), harmonics, fine, error);
    if (fine)
        ds_spectrum_between_begin(&self->between, harmonics);
    const int most = fine ? 2 * (b.count - 2 * DS_SPECTRUM_REACH) : b.count,
              skip = fine ? DS_SPECTRUM_REACH : 0;
    for (long n = 0; n < count && !code; n += most) {
        const int here = (int)(count - n < most ? count - n : most), coarse = fine ? (here + 1) / 2 : here;
        const double apart = fine ? 2 * step : step, from = first + step * (double)n - skip * apart;
        if (direct) {
            b.sums.count = nn_round_up(coarse + 2 * skip, DS_SPECTRUM_LANES);
            ds_spectrum_direct(self, from, apart, harmonics, &b.sums);
        } else {
            code = ds_spectrum_fast(self, from, apart, harmonics, &b.sums, error);
        }
        if (code)
            break;
        if (fine)
            make_fine_powers(self, &b, harmonics, here);
        else
            make_powers(self, &b.sums, harmonics, here, b.power);
        sink(context, n, here, b.power);
    }
    return code;
}
