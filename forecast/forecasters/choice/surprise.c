/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles of errors beside their expected size. */
#include "forecast/forecasters/choice/surprise.h"

#include "lib/base/memory.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

enum { MOST = 1000000 }; /* values of a third that are kept */

/* Origins that Student's t counts for; what comes is a little less like the past than the past is like
 * itself; and tails are no thinner than those of t. Chosen on folds of the histories of the M3 competition.
 */
static const double prior_origins = 30, unseen = 1.04, freedom = 5, body = .8;

static int third_of(int step, int horizon)
{
    const int third = (step - 1) * FC_THIRDS / horizon;
    return third < FC_THIRDS ? third : FC_THIRDS - 1;
}

bool fc_surprises_add(fc_surprises *s, const double *errors, int horizon)
{
    bool any[FC_THIRDS] = {0};
    for (int h = 0; h < horizon; h++) {
        const int t = third_of(h + 1, horizon);
        if (isnan(errors[h]) || s->count[t] >= MOST)
            continue;
        if (s->count[t] == s->room[t]) {
            const size_t room = s->room[t] ? 2 * s->room[t] : 64;
            double *more = nn_resize(s->value[t], room, sizeof *more, 1);
            if (!more)
                return false;
            s->value[t] = more;
            s->room[t] = room;
        }
        s->value[t][s->count[t]++] = fabs(errors[h]);
        s->origins[t] += !any[t];
        any[t] = true;
    }
    return true;
}

void fc_surprises_clear(fc_surprises *s)
{
    for (int t = 0; t < FC_THIRDS; t++)
        free(s->value[t]);
    *s = (fc_surprises){0};
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double student(double share)
{
    return gsl_cdf_tdist_Pinv((1 + share) / 2, freedom);
}

/* The smallest value that the share, with the one to come counted in, is not above. */
static double seen_quantile(const double *sorted, size_t count, double share)
{
    const size_t rank = (size_t)ceil(share * (double)(count + 1));
    return count == 0 ? 0 : sorted[rank < 1 ? 0 : rank > count ? count - 1 : rank - 1];
}

static double share_of(int i)
{
    return (double)(i + 1) / (FC_SHARES + 1);
}

void fc_surprise_learn(fc_surprise *surprise, fc_surprises *s)
{
    for (int t = 0; t < FC_THIRDS; t++) {
        double *quantile = surprise->quantile + (size_t)t * FC_SHARES, bar = 0;
        const double n = (double)s->origins[t];
        if (s->count[t])
            qsort(s->value[t], s->count[t], sizeof(double), by_size);
        for (int i = 0; i < FC_SHARES; i++) {
            const double prior = student(share_of(i));
            const double q =
                unseen * (n * seen_quantile(s->value[t], s->count[t], share_of(i)) + prior_origins * prior) /
                (n + prior_origins);
            if (share_of(i) <= body)
                bar = q / prior;
            quantile[i] = share_of(i) > body ? fmax(q, bar * prior) : q;
            if (i > 0)
                quantile[i] = fmax(quantile[i], quantile[i - 1]);
        }
    }
}

double fc_surprise_at(const fc_surprise *surprise, double level, int step, int horizon)
{
    const double *quantile = surprise->quantile + (size_t)third_of(step, horizon) * FC_SHARES;
    const double at = level * (FC_SHARES + 1) - 1;
    if (at <= 0)
        return quantile[0] * fmax(level, 0) * (FC_SHARES + 1);
    if (at >= FC_SHARES - 1) /* the tail of t beyond what is tabled */
        return quantile[FC_SHARES - 1] * student(fmin(level, .99999)) / student(share_of(FC_SHARES - 1));
    const size_t i = (size_t)at;
    return quantile[i] + (at - (double)i) * (quantile[i + 1] - quantile[i]);
}
