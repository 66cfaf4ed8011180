/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums over the points at many frequencies by gridding: each point is spread on a few neighbours of an even
 * grid in time, the fast Fourier transform of the grid gives the sums at all frequencies of a block, and a
 * factor for each undoes the spreading (Dutt & Rokhlin 1993, SIAM J. Sci. Comput. 14, 1368; the kernel is
 * that of Barnett, Magland & af Klinteberg 2019, SIAM J. Sci. Comput. 41, C479). Blocks lie around their
 * middle frequency, by which the points are turned first, so that the grid's size does not grow with the
 * highest frequency. */
#include "datasets/lightcurves/period/spectrum_internal.h"

#include "lib/base/memory.h"

#include <gsl/gsl_fft_complex.h>
#include <gsl/gsl_integration.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 8, NODES = 48, LEAST_LOG = 12, MOST_LOG = 18 };
#define SHARPNESS (2.30 * WIDTH)

/* What a length of blocks needs: a grid of twice as many cells. */
typedef struct plan {
    int length;
    double *factor; /* (length / 2 + 1): by distance from the middle */
    gsl_fft_complex_wavetable *table;
    gsl_fft_complex_workspace *room;
    double *grid[2]; /* (2 length) complex: of w and of w y */
} plan;

struct ds_spectrum_fast {
    plan plans[MOST_LOG - LEAST_LOG + 1];
};

void ds_spectrum_fast_free(struct ds_spectrum_fast *self)
{
    for (int n = 0; self && n <= MOST_LOG - LEAST_LOG; n++) {
        plan *p = &self->plans[n];
        free(p->factor);
        free(p->grid[0]);
        if (p->table)
            gsl_fft_complex_wavetable_free(p->table);
        if (p->room)
            gsl_fft_complex_workspace_free(p->room);
    }
    free(self);
}

/* Blocks about as long as there are points, so that spreading and transforming cost alike. */
static int log_of(const ds_spectrum *self)
{
    int n = LEAST_LOG;
    while (n < MOST_LOG && (1L << n) < 4L * self->count)
        n++;
    return n;
}

int ds_spectrum_fast_block(const ds_spectrum *self)
{
    return 1 << log_of(self);
}

/* What the kernel takes from each frequency of the block: its Fourier transform by quadrature. */
static int make_factors(plan *p)
{
    gsl_integration_glfixed_table *nodes = gsl_integration_glfixed_table_alloc(NODES);
    if (!nodes)
        return NN_FAILED;
    double place[NODES], weight[NODES];
    for (size_t i = 0; i < NODES; i++) {
        gsl_integration_glfixed_point(0, 1, i, &place[i], &weight[i], nodes);
        weight[i] *= WIDTH * exp(SHARPNESS * (sqrt(1 - place[i] * place[i]) - 1));
    }
    for (int m = 0; m <= p->length / 2; m++) {
        double sum = 0;
        for (int i = 0; i < NODES; i++)
            sum += weight[i] * cos(M_PI * WIDTH * place[i] * m / (2.0 * p->length));
        p->factor[m] = 1 / sum;
    }
    gsl_integration_glfixed_table_free(nodes);
    return NN_OK;
}

static plan *make_plan(ds_spectrum *self, nn_error *error)
{
    if (!self->fast && !(self->fast = calloc(1, sizeof *self->fast))) {
        nn_no_memory(error);
        return NULL;
    }
    plan *p = &self->fast->plans[log_of(self) - LEAST_LOG];
    if (p->length)
        return p;
    const size_t length = (size_t)ds_spectrum_fast_block(self);
    *p = (plan){.length = (int)length,
                .factor = nn_resize(NULL, length / 2 + 1, sizeof *p->factor, 1),
                .table = gsl_fft_complex_wavetable_alloc(2 * length),
                .room = gsl_fft_complex_workspace_alloc(2 * length)};
    p->grid[0] = nn_resize(NULL, 8 * length, sizeof *p->grid[0], 1);
    p->grid[1] = p->grid[0] ? p->grid[0] + 4 * length : NULL;
    if (!p->factor || !p->table || !p->room || !p->grid[0] || make_factors(p)) {
        p->length = 0; /* ds_spectrum_fast_free frees what there is */
        nn_fail(error, NN_FAILED, "no memory for %zu frequencies", length);
        return NULL;
    }
    return p;
}

/* The kernel at the WIDTH cells around a place between 0 and 1 behind the first of them but WIDTH / 2 - 1. */
static inline void kernel(double *out, double place)
{
    double rest[WIDTH];
    for (int k = 0; k < WIDTH; k++) {
        const double z = (k - (WIDTH / 2 - 1) - place) * (2.0 / WIDTH);
        rest[k] = sqrt(fmax(0, 1 - z * z));
    }
    for (int k = 0; k < WIDTH; k++)
        out[k] = exp(SHARPNESS * (rest[k] - 1));
}

/* Points begin to end - 1, turned by the middle frequency, on the grids of w and, where y, of w y. */
NN_CLONES static void spread(const ds_spectrum *self, plan *p, int begin, int end, double middle, double step,
                             bool y)
{
    const int cells = 2 * p->length;
    for (int i = begin; i < end; i++) {
        const double turns = step * self->time[i], place = (turns - floor(turns)) * cells;
        const double angle = 2 * M_PI * middle * self->time[i], c = cos(angle), s = sin(angle);
        const int below = (int)place;
        double around[WIDTH];
        kernel(around, place - below);
        for (int k = 0; k < WIDTH; k++) {
            const size_t cell = (size_t)((below + k - (WIDTH / 2 - 1) + cells) & (cells - 1));
            const double share = self->weight[i] * around[k];
            p->grid[0][2 * cell] += share * c;
            p->grid[0][2 * cell + 1] += share * s;
            if (y) {
                p->grid[1][2 * cell] += self->wy[i] * around[k] * c;
                p->grid[1][2 * cell + 1] += self->wy[i] * around[k] * s;
            }
        }
    }
}

static void clear(plan *p, int which)
{
    memset(p->grid[which], 0, 4 * (size_t)p->length * sizeof(double));
}

static void transform(plan *p, int which, double *c, double *s)
{
    double *grid = p->grid[which];
    const int length = p->length, cells = 2 * length;
    gsl_fft_complex_backward(grid, 1, (size_t)cells, p->table, p->room);
    for (int n = 0; n < length; n++) {
        const int m = n - length / 2;
        const size_t cell = (size_t)((m + cells) & (cells - 1));
        c[n] = p->factor[m < 0 ? -m : m] * grid[2 * cell];
        s[n] = p->factor[m < 0 ? -m : m] * grid[2 * cell + 1];
    }
}

static void add(double *to, const double *from, int count)
{
    for (int n = 0; n < count; n++)
        to[n] += from[n];
}

/* Sums of w of each band, of all of them, and of w y at the harmonic h of each frequency. */
static void bands(const ds_spectrum *self, plan *p, int h, int harmonics, double middle, double step,
                  ds_spectrum_sums *sums)
{
    const size_t row = (size_t)(h - 1) * (size_t)sums->stride, own = (size_t)harmonics * (size_t)sums->stride;
    double *wc = sums->wc + row, *ws = sums->ws + row;
    memset(wc, 0, (size_t)p->length * sizeof *wc);
    memset(ws, 0, (size_t)p->length * sizeof *ws);
    clear(p, 1);
    for (int b = 0; b < self->bands; b++) {
        double *bc = sums->bc + (size_t)b * own + row, *bs = sums->bs + (size_t)b * own + row;
        clear(p, 0);
        spread(self, p, self->begin[b], self->begin[b + 1], middle, step, true);
        transform(p, 0, bc, bs);
        add(wc, bc, p->length);
        add(ws, bs, p->length);
    }
    transform(p, 1, sums->yc + row, sums->ys + row);
}

int ds_spectrum_fast(ds_spectrum *self, double first, double step, int harmonics, ds_spectrum_sums *sums,
                     nn_error *error)
{
    plan *p = make_plan(self, error);
    if (!p)
        return NN_FAILED;
    for (int h = 1; h <= 2 * harmonics; h++) {
        const size_t row = (size_t)(h - 1) * (size_t)sums->stride;
        const double middle = h * (first + step * (p->length / 2));
        if (h <= harmonics && self->bands > 1) {
            bands(self, p, h, harmonics, middle, h * step, sums);
            continue;
        }
        clear(p, 0);
        clear(p, 1);
        spread(self, p, 0, self->count, middle, h * step, h <= harmonics);
        transform(p, 0, sums->wc + row, sums->ws + row);
        if (h <= harmonics)
            transform(p, 1, sums->yc + row, sums->ys + row);
    }
    return NN_OK;
}
