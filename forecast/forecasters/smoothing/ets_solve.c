/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One step of the search for exponential smoothing: the equations of the unknowns that are free. */
#include "forecast/forecasters/smoothing/ets_internal.h"
#include "forecast/statistics/lanes.h"

#include <string.h>

enum { MOST = ETS_K / FC_LANES + 1 };

/* Rows of the upper triangle and, in column n, the right side; what stands below the diagonal means nothing.
 */
typedef struct equations {
    int n, strips;
    double inverse[ETS_K]; /* of the diagonal, once a row is done */
    fc_lane row[ETS_K][MOST];
} equations;

/* Gauss' elimination without a choice of pivots, which are all above 0 where the equations are positive
 * definite. */
static bool eliminate(equations *e)
{
    for (int k = 0; k < e->n; k++) {
        const double *pivot = (const double *)e->row[k];
        if (!(pivot[k] > 0))
            return false;
        const double inverse = e->inverse[k] = 1 / pivot[k];
        for (int i = k + 1; i < e->n; i++) {
            const fc_lane by = fc_lane_all(pivot[i] * inverse);
            for (int s = i / FC_LANES; s < e->strips; s++)
                e->row[i][s] -= by * e->row[k][s];
        }
    }
    return true;
}

/* The last unknown that was found comes last into each sum, so that the others need not wait for it. */
static void substitute(const equations *e, double *x)
{
    for (int i = e->n - 1; i >= 0; i--) {
        const double *row = (const double *)e->row[i];
        double sum = row[e->n];
        for (int k = e->n - 1; k > i; k--)
            sum -= row[k] * x[k];
        x[i] = sum * e->inverse[i];
    }
}

bool fc_ets_solve(const ets_slope *at, int count, double damping, const bool *held, double *move)
{
    equations e;
    double x[ETS_K];
    int place[ETS_K], n = 0;
    for (int i = 0; i < count; i++)
        if (!held[i])
            place[n++] = i;
    e.n = n;
    e.strips = n / FC_LANES + 1;
    for (int i = 0; i < n; i++) {
        const double *from = at->square[place[i]];
        double *row = (double *)e.row[i];
        memset(row, 0, (size_t)e.strips * sizeof(fc_lane));
        for (int j = i; j < n; j++)
            row[j] = from[place[j]];
        row[i] += damping * from[place[i]] + 1e-300;
        row[n] = -at->gradient[place[i]];
        for (int j = 0; j < count && n < count; j++)
            if (held[j] && move[j] != 0)
                row[n] -= from[j] * move[j];
    }
    if (!eliminate(&e))
        return false;
    substitute(&e, x);
    for (int i = 0; i < n; i++)
        move[place[i]] = x[i];
    return true;
}
