/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums over the points at neighbouring frequencies, several at once: angles go on from one group of
 * frequencies to the next by a turn, and harmonics come of one another by products. */
#include "datasets/lightcurves/period/spectrum_internal.h"

#include "lib/kernels/vector.h"

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
                                                           int harmonics, group *to)                         \
    {                                                                                                        \
        name##_vector wc[2 * MOST] = {0}, ws[2 * MOST] = {0}, yc[MOST] = {0}, ys[MOST] = {0};                \
        for (int i = begin; i < end; i++) {                                                                  \
            name##_loose *cosine = (name##_loose *)(self->cosine + (size_t)i * LANES + at);                  \
            name##_loose *sine = (name##_loose *)(self->sine + (size_t)i * LANES + at);                      \
            const name##_vector c = *cosine, s = *sine;                                                      \
            const double w = self->weight[i], wy = self->wy[i];                                              \
            name##_vector x = c, y = s;                                                                      \
            _Pragma("GCC unroll 16") for (int h = 0; h < 2 * harmonics; h++)                                 \
            {                                                                                                \
                wc[h] += w * x;                                                                              \
                ws[h] += w * y;                                                                              \
                if (h < harmonics && h < MOST) {                                                             \
                    yc[h] += wy * x;                                                                         \
                    ys[h] += wy * y;                                                                         \
                }                                                                                            \
                const name##_vector next = x * c - y * s;                                                    \
                y = y * c + x * s;                                                                           \
                x = next;                                                                                    \
            }                                                                                                \
            *cosine = c * self->turn_c[i] - s * self->turn_s[i];                                             \
            *sine = s * self->turn_c[i] + c * self->turn_s[i];                                               \
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
        name(self, begin, end, at, 1, to);                                                                   \
        break;                                                                                               \
    case 2:                                                                                                  \
        name(self, begin, end, at, 2, to);                                                                   \
        break;                                                                                               \
    case 3:                                                                                                  \
        name(self, begin, end, at, 3, to);                                                                   \
        break;                                                                                               \
    case 4:                                                                                                  \
        name(self, begin, end, at, 4, to);                                                                   \
        break;                                                                                               \
    default:                                                                                                 \
        name(self, begin, end, at, harmonics, to);                                                           \
    }

DEFINE_ADVANCE(half, LANES / 2)

NN_CLONES static void advance_halves(ds_spectrum *self, int begin, int end, int harmonics, group *to)
{
    for (int at = 0; at < LANES; at += LANES / 2)
        CHOOSE(half)
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
DEFINE_ADVANCE(whole, LANES)

__attribute__((target("arch=x86-64-v4"))) static void advance_whole(ds_spectrum *self, int begin, int end,
                                                                    int harmonics, group *to)
{
    const int at = 0;
    CHOOSE(whole)
}

static void advance(ds_spectrum *self, int begin, int end, int harmonics, group *to)
{
    if (__builtin_cpu_supports("x86-64-v4"))
        advance_whole(self, begin, end, harmonics, to);
    else
        advance_halves(self, begin, end, harmonics, to);
}
#else
static void advance(ds_spectrum *self, int begin, int end, int harmonics, group *to)
{
    advance_halves(self, begin, end, harmonics, to);
}
#endif

NN_CLONES static void begin_angles(ds_spectrum *self, double first, double step)
{
    for (int i = 0; i < self->count; i++) {
        const double turn = 2 * M_PI * step * LANES * self->time[i];
        self->turn_c[i] = cos(turn);
        self->turn_s[i] = sin(turn);
    }
    for (int i = 0; i < self->count; i++)
        for (int k = 0; k < LANES; k++) {
            const double angle = 2 * M_PI * (first + step * k) * self->time[i];
            self->cosine[i * LANES + k] = cos(angle);
            self->sine[i * LANES + k] = sin(angle);
        }
}

static void put(double *to, const double *from, bool begins)
{
    for (int k = 0; k < LANES; k++)
        to[k] = (begins ? 0 : to[k]) + from[k];
}

/* The sums over band b into their rows and into those of all bands, from frequency n on. */
static void collect(const ds_spectrum *self, const group *g, int b, int harmonics, int n,
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
            advance(self, self->begin[b], self->begin[b + 1], harmonics, &g);
            collect(self, &g, b, harmonics, n, sums);
        }
}
