/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Applies and estimates shares of classes. */
#include "forecast/statistics/classes/class_prior.h"

#include <math.h>
#include <string.h>

enum { MOST_ROUNDS = 1000, MOST_CLASSES = 255 };

static double factor_of(const double *old, const double *share, int c)
{
    return old[c] > 0 ? share[c] / old[c] : 1;
}

/* One object's p into q; q is p where nothing is left of it. */
static void move(double *q, const double *p, int classes, const double *old, const double *share)
{
    double sum = 0;
    for (int c = 0; c < classes; c++)
        sum += p[c] * factor_of(old, share, c);
    for (int c = 0; c < classes; c++)
        q[c] = sum > 0 ? p[c] * factor_of(old, share, c) / sum : p[c];
}

void fc_prior_apply(double *p, size_t count, int classes, const double *old, const double *share)
{
    for (size_t i = 0; i < count; i++)
        move(p + i * (size_t)classes, p + i * (size_t)classes, classes, old, share);
}

int fc_prior_estimate(double *share, const double *p, size_t count, int classes, const double *old)
{
    int round = 0;
    double change = 1;
    memcpy(share, old, (size_t)classes * sizeof *share);
    for (; count && round < MOST_ROUNDS && change > 1e-9; round++) {
        double next[MOST_CLASSES] = {0}, q[MOST_CLASSES];
        for (size_t i = 0; i < count; i++) {
            move(q, p + i * (size_t)classes, classes, old, share);
            for (int c = 0; c < classes; c++)
                next[c] += q[c] / (double)count;
        }
        change = 0;
        for (int c = 0; c < classes; c++) {
            change = fmax(change, fabs(next[c] - share[c]));
            share[c] = next[c];
        }
    }
    return round;
}
