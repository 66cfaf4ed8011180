/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums over all windows of a series for ridge regression, without making the windows. */
#include "forecast/forecasters/linear/parts.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beside the deviation's square, as published. */
static const double epsilon = 1e-5;

static size_t wide_of(const fc_linear_shape *shape)
{
    return (size_t)fc_linear_features(shape) + (size_t)shape->steps;
}

int fc_linear_sums_new(fc_linear_sums *sums, const fc_linear_shape *shape, int members, nn_error *error)
{
    const size_t f = (size_t)fc_linear_features(shape), wide = wide_of(shape),
                 phases = (size_t)members * (size_t)shape->cycle;
    *sums = (fc_linear_sums){.shape = *shape, .members = members};
    sums->g = calloc(f * wide, sizeof *sums->g);
    sums->yy = calloc((size_t)shape->steps, sizeof *sums->yy);
    sums->phase = calloc(phases * wide + 1, sizeof *sums->phase);
    sums->count = calloc(phases + 1, sizeof *sums->count);
    return sums->g && sums->yy && sums->phase && sums->count ? NN_OK : nn_no_memory(error);
}

void fc_linear_sums_clear(fc_linear_sums *sums)
{
    const fc_linear_shape *shape = &sums->shape;
    const size_t f = (size_t)fc_linear_features(shape), wide = wide_of(shape),
                 phases = (size_t)sums->members * (size_t)shape->cycle;
    memset(sums->g, 0, f * wide * sizeof *sums->g);
    memset(sums->yy, 0, (size_t)shape->steps * sizeof *sums->yy);
    memset(sums->phase, 0, phases * wide * sizeof *sums->phase);
    memset(sums->count, 0, phases * sizeof *sums->count);
    sums->windows = 0;
}

void fc_linear_sums_free(fc_linear_sums *sums)
{
    free(sums->g);
    free(sums->yy);
    free(sums->phase);
    free(sums->count);
    *sums = (fc_linear_sums){0};
}

void fc_linear_level(const double *end, int level, double *mean, double *deviation)
{
    double m = 0, square = 0;
    for (int i = 1; i <= level; i++)
        m += end[-i];
    m /= level;
    for (int i = 1; i <= level; i++)
        square += (end[-i] - m) * (end[-i] - m);
    *mean = m;
    *deviation = sqrt(square / level + epsilon);
}

/* --- sums of plain values --- */

/* Buffers of one call. */
typedef struct bench {
    int *place;               /* L + reach: which column of u a row of the window has; -1: none */
    double *u;                /* L x (L + J): sums of products of plain values */
    double *yy;               /* J */
    double *lagged;           /* L + reach */
    double *level;            /* L + J: sums of c times each value */
    double *mean, *deviation; /* windows: c and s */
} bench;

static void bench_free(bench *b)
{
    free(b->place);
    free(b->u);
    free(b->yy);
    free(b->lagged);
    free(b->level);
    free(b->deviation);
    free(b->mean);
}

static bool bench_make(bench *b, const fc_linear_shape *s, size_t windows)
{
    const size_t l = (size_t)s->lags, j = (size_t)s->steps, w = l + (size_t)s->reach;
    *b = (bench){.place = malloc(w * sizeof *b->place),
                 .u = malloc(l * (l + j) * sizeof *b->u),
                 .yy = malloc(j * sizeof *b->yy),
                 .lagged = malloc(w * sizeof *b->lagged),
                 .level = malloc((l + j) * sizeof *b->level),
                 .deviation = malloc(windows * sizeof *b->deviation),
                 .mean = malloc(windows * sizeof *b->mean)};
    if (!b->place || !b->u || !b->yy || !b->lagged || !b->level || !b->deviation || !b->mean)
        return false;
    for (int i = 0; i < (int)w; i++)
        b->place[i] = i < s->lags ? i : -1;
    for (int i = 0; i < s->steps; i++)
        b->place[s->lags + (s->step ? s->step[i] : i)] = s->lags + i;
    return true;
}

/* u and yy: the sum of the product of rows i and i + d of a window follows from that of rows i - 1 and i - 1
 * + d by leaving out the first window's product and adding that behind the last one. */
static void sum_products(bench *b, const fc_linear_shape *s, const double *x, size_t windows)
{
    const int l = s->lags, wide = l + s->reach, columns = l + s->steps;
    nn_dense_lags(b->lagged, wide, x, x, windows);
    for (int d = 0; d < wide; d++) {
        double sum = b->lagged[d];
        for (int i = 0; i + d < wide; i++) {
            const int o = i + d, place = b->place[o];
            if (i < l && place >= 0) {
                b->u[(size_t)i * (size_t)columns + (size_t)place] = sum;
                if (o < l)
                    b->u[(size_t)o * (size_t)columns + (size_t)i] = sum;
            } else if (d == 0 && place >= 0) {
                b->yy[place - l] = sum;
            } else if (i >= l && d > 0) {
                break;
            }
            if (o + 1 < wide) /* there is a next row */
                sum += x[windows + (size_t)i] * x[windows + (size_t)o] - x[i] * x[o];
        }
    }
}

/* --- with the level taken away --- */

/* By running sums; what they lose is far below epsilon. */
static void find_levels(bench *b, const fc_linear_shape *s, const double *x, size_t windows)
{
    const double *at = x + s->lags - s->level;
    const size_t level = (size_t)s->level;
    double sum = 0, square = 0;
    for (size_t i = 0; i < level; i++) {
        sum += at[i];
        square += at[i] * at[i];
    }
    for (size_t w = 0; w < windows; w++) {
        const double mean = sum / s->level, variance = square / s->level - mean * mean;
        b->mean[w] = mean;
        b->deviation[w] = sqrt((variance > 0 && level > 1 ? variance : 0) + epsilon);
        sum += at[w + level] - at[w];
        square += at[w + level] * at[w + level] - at[w] * at[w];
    }
}

static void add_centred(fc_linear_sums *sums, bench *b, const fc_linear_shape *s)
{
    const size_t l = (size_t)s->lags, j = (size_t)s->steps, columns = l + j, f = l + 1;
    double cc = 0;
    memset(b->level, 0, columns * sizeof *b->level);
    for (size_t i = l - (size_t)s->level; i < l; i++)
        for (size_t a = 0; a < columns; a++)
            b->level[a] += b->u[i * columns + a];
    for (size_t a = 0; a < columns; a++)
        b->level[a] /= s->level;
    for (size_t i = l - (size_t)s->level; i < l; i++)
        cc += b->level[i];
    cc /= s->level;
    for (size_t i = 0; i < l; i++) {
        double *row = sums->g + i * (f + j);
        const double less = b->level[i] - cc;
        for (size_t a = 0; a < l; a++)
            row[a] += b->u[i * columns + a] - b->level[a] - less;
        for (size_t a = 0; a < j; a++)
            row[f + a] += b->u[i * columns + l + a] - b->level[l + a] - less;
    }
    for (size_t a = 0; a < j; a++)
        sums->yy[a] += b->yy[a] - 2 * b->level[l + a] + cc;
}

static void add_deviations(fc_linear_sums *sums, bench *b, const fc_linear_shape *s, const double *x,
                           size_t windows)
{
    const size_t l = (size_t)s->lags, j = (size_t)s->steps, f = l + 1, stride = f + j;
    double sc = 0, ss = 0;
    for (size_t w = 0; w < windows; w++) {
        sc += b->deviation[w] * b->mean[w];
        ss += b->deviation[w] * b->deviation[w];
    }
    nn_dense_lags(b->lagged, s->lags + s->reach, b->deviation, x, windows);
    for (size_t i = 0; i < l; i++) {
        sums->g[i * stride + l] += b->lagged[i] - sc;
        sums->g[l * stride + i] += b->lagged[i] - sc;
    }
    sums->g[l * stride + l] += ss;
    for (size_t a = 0; a < j; a++)
        sums->g[l * stride + f + a] += b->lagged[l + (s->step ? (size_t)s->step[a] : a)] - sc;
}

/* Sums by the phase of the origin: those of one row of the windows follow from those a cycle before. */
static void add_phases(fc_linear_sums *sums, bench *b, int member, const double *x, int phase, size_t windows)
{
    const fc_linear_shape *s = &sums->shape;
    const size_t w = (size_t)s->cycle, l = (size_t)s->lags, wide = wide_of(s), rows = l + (size_t)s->reach;
    for (size_t first = 0; first < w && first < windows; first++) {
        const size_t of = (size_t)member * w + ((size_t)phase + first) % w, last = (windows - 1 - first) / w;
        double *to = sums->phase + of * wide, c = 0;
        for (size_t m = 0; m <= last; m++) {
            c += b->mean[first + m * w];
            to[l] += b->deviation[first + m * w];
        }
        for (size_t i = 0; i < rows; i++) {
            double *sum = &b->lagged[i];
            if (i >= w) {
                *sum = b->lagged[i - w] - x[first + i - w] + x[first + last * w + i];
            } else {
                *sum = 0;
                for (size_t m = 0; m <= last; m++)
                    *sum += x[first + m * w + i];
            }
            const int place = b->place[i];
            if (place >= 0)
                to[place < s->lags ? place : place + 1] += *sum - c;
        }
        sums->count[of] += (double)(last + 1);
    }
}

int fc_linear_sums_add(fc_linear_sums *sums, int member, const double *x, int phase, size_t windows,
                       nn_error *error)
{
    const fc_linear_shape *shape = &sums->shape;
    if (windows == 0)
        return NN_OK;
    bench b;
    const bool ready = bench_make(&b, shape, windows);
    if (ready) {
        sum_products(&b, shape, x, windows);
        find_levels(&b, shape, x, windows);
        add_centred(sums, &b, shape);
        add_deviations(sums, &b, shape, x, windows);
        add_phases(sums, &b, member, x, phase, windows);
        sums->windows += (double)windows;
    }
    bench_free(&b);
    return ready ? NN_OK : nn_no_memory(error);
}
