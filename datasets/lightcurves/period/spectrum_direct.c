/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums over the points at neighbouring frequencies, several at once: angles go on from one group of
 * frequencies to the next by a turn, and harmonics come of one another by products. */
#include "datasets/lightcurves/period/spectrum_internal.h"

enum { LANES = DS_SPECTRUM_LANES, MOST = DS_MOST_HARMONICS };

/* The sums of a group of frequencies over one band. */
typedef struct group {
    double wc[2 * MOST][LANES], ws[2 * MOST][LANES], yc[MOST][LANES], ys[MOST][LANES];
} group;

/* The sums of points begin to end - 1 at `lanes` of the current frequencies from `at` on, and these on to the
 * next: an expansion for each width of registers, because a vector wider than they are
 * would live in memory. harmonics is constant where it is inlined. */
#define DEFINE_ADVANCE(name, lanes)                                                                          \
    typedef double name##_vector __attribute__((vector_size((lanes) * sizeof(double))));                     \
    typedef double name##_loose                                                                              \
        __attribute__((vector_size((lanes) * sizeof(double)), aligned(sizeof(double)), may_alias));          \
    static inline __attribute__((always_inline)) void name(ds_spectrum *self, int begin, int end, int at,    \
                                                           int harmonics, double share, group *to)           \
    {                                                                                                        \
        name##_vector wc[2 * MOST] = {0}, ws[2 * MOST] = {0}, yc[MOST] = {0}, ys[MOST] = {0};                \
        const double *turn_c = self->turn_c, *turn_s = self->turn_s, *weight = self->weight;                 \
        const double *values = self->wy;                                                                     \
        double *cosines = self->cosine + at, *sines = self->sine + at;                                       \
        for (int i = begin; i < end; i++) {                                                                  \
            name##_loose *cosine = (name##_loose *)(cosines + (size_t)i * LANES);                            \
            name##_loose *sine = (name##_loose *)(sines + (size_t)i * LANES);                                \
            const name##_vector c = *cosine, s = *sine;                                                      \
            const double w = weight[i], wy = values[i];                                                      \
            name##_vector x = c, y = s;                                                                      \
            if (harmonics == 1) { /* the second harmonic is that of the squares */                           \
                const name##_vector wx = w * x;                                                              \
                wc[0] += wx;                                                                                 \
                ws[0] += w * y;                                                                              \
                wc[1] += wx * x;                                                                             \
                ws[1] += wx * y;                                                                             \
                yc[0] += wy * x;                                                                             \
                ys[0] += wy * y;                                                                             \
            } else {                                                                                         \
                _Pragma("GCC unroll 16") for (int h = 0; h < 2 * harmonics; h++)                             \
                {                                                                                            \
                    wc[h] += w * x;                                                                          \
                    ws[h] += w * y;                                                                          \
                    if (h < harmonics && h < MOST) {                                                         \
                        yc[h] += wy * x;                                                                     \
                        ys[h] += wy * y;                                                                     \
                    }                                                                                        \
                    const name##_vector next = x * c - y * s;                                                \
                    y = y * c + x * s;                                                                       \
                    x = next;                                                                                \
                }                                                                                            \
            }                                                                                                \
            *cosine = c * turn_c[i] - s * turn_s[i];                                                         \
            *sine = s * turn_c[i] + c * turn_s[i];                                                           \
        }                                                                                                    \
        if (harmonics == 1) {                                                                                \
            wc[1] = 2 * wc[1] - share;                                                                       \
            ws[1] *= 2;                                                                                      \
        }                                                                                                    \
        for (int h = 0; h < 2 * harmonics && h < 2 * MOST; h++) {                                            \
            *(name##_loose *)(to->wc[h] + at) = wc[h];                                                       \
            *(name##_loose *)(to->ws[h] + at) = ws[h];                                                       \
        }                                                                                                    \
        for (int h = 0; h < harmonics && h < MOST; h++) {                                                    \
            *(name##_loose *)(to->yc[h] + at) = yc[h];                                                       \
            *(name##_loose *)(to->ys[h] + at) = ys[h];                                                       \
        }                                                                                                    \
    }

/* Each number of harmonics has a loop of its own. */
#define CHOOSE(name)                                                                                         \
    switch (harmonics) {                                                                                     \
    case 1:                                                                                                  \
        name(self, begin, end, at, 1, share, to);                                                            \
        break;                                                                                               \
    case 2:                                                                                                  \
        name(self, begin, end, at, 2, share, to);                                                            \
        break;                                                                                               \
    case 3:                                                                                                  \
        name(self, begin, end, at, 3, share, to);                                                            \
        break;                                                                                               \
    case 4:                                                                                                  \
        name(self, begin, end, at, 4, share, to);                                                            \
        break;                                                                                               \
    default:                                                                                                 \
        name(self, begin, end, at, harmonics, share, to);                                                    \
    }

DEFINE_ADVANCE(half, LANES / 2)

NN_CLONES static void advance_halves(ds_spectrum *self, int begin, int end, int harmonics, double share,
                                     group *to)
{
    for (int at = 0; at < LANES; at += LANES / 2)
        CHOOSE(half)
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
DEFINE_ADVANCE(whole, LANES)

__attribute__((target("arch=x86-64-v4"))) static void advance_whole(ds_spectrum *self, int begin, int end,
                                                                    int harmonics, double share, group *to)
{
    const int at = 0;
    CHOOSE(whole)
}

static void advance(ds_spectrum *self, int begin, int end, int harmonics, double share, group *to)
{
    if (__builtin_cpu_supports("x86-64-v4"))
        advance_whole(self, begin, end, harmonics, share, to);
    else
        advance_halves(self, begin, end, harmonics, share, to);
}
#else
static void advance(ds_spectrum *self, int begin, int end, int harmonics, double share, group *to)
{
    advance_halves(self, begin, end, harmonics, share, to);
}
#endif

enum { POINTS = 128 };

/* Angles at the first LANES frequencies, each of the one before by a turn, and the turn over LANES of them.
 */
NN_CLONES static void begin_angles(ds_spectrum *self, double first, double step)
{
    double c[POINTS], s[POINTS], tc[POINTS], ts[POINTS];
    for (int from = 0; from < self->count; from += POINTS) {
        const int count = self->count - from < POINTS ? self->count - from : POINTS;
        ds_spectrum_circle(self->time + from, count, first, c, s);
        ds_spectrum_circle(self->time + from, count, step, tc, ts);
        for (int k = 0; k < LANES; k++)
            for (int i = 0; i < count; i++) {
                self->cosine[(from + i) * LANES + k] = c[i];
                self->sine[(from + i) * LANES + k] = s[i];
                const double next = c[i] * tc[i] - s[i] * ts[i];
                s[i] = s[i] * tc[i] + c[i] * ts[i];
                c[i] = next;
            }
        ds_spectrum_circle(self->time + from, count, step * LANES, self->turn_c + from, self->turn_s + from);
    }
}

static inline void put(double *restrict to, const double *restrict from, bool begins)
{
    for (int k = 0; k < LANES; k++)
        to[k] = (begins ? 0 : to[k]) + from[k];
}

/* The sums over band b into their rows and into those of all bands, from frequency n on. */
NN_CLONES static void collect(const ds_spectrum *self, const group *g, int b, int harmonics, int n,
                              ds_spectrum_sums *sums)
{
    for (int h = 0; h < 2 * harmonics; h++) {
        const size_t row = (size_t)h * (size_t)sums->stride + (size_t)n;
        put(sums->wc + row, g->wc[h], b == 0);
        put(sums->ws + row, g->ws[h], b == 0);
        if (h >= harmonics)
            continue;
        put(sums->yc + row, g->yc[h], b == 0);
        put(sums->ys + row, g->ys[h], b == 0);
        if (self->bands < 2)
            continue;
        const size_t own = (size_t)b * (size_t)harmonics * (size_t)sums->stride + row;
        put(sums->bc + own, g->wc[h], true);
        put(sums->bs + own, g->ws[h], true);
    }
}

void ds_spectrum_direct(ds_spectrum *self, double first, double step, int harmonics, ds_spectrum_sums *sums)
{
    group g;
    begin_angles(self, first, step);
    for (int n = 0; n < sums->count; n += LANES)
        for (int b = 0; b < self->bands; b++) {
            advance(self, self->begin[b], self->begin[b + 1], harmonics, self->share[b], &g);
            collect(self, &g, b, harmonics, n, sums);
        }
}
