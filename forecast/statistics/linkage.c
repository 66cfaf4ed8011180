/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits and draws errors that hang together. */
#include "forecast/statistics/linkage.h"

#include "forecast/statistics/draw.h"

#include <math.h>

enum { LEAST_ORIGINS = 3 /* fewer say nothing */, MOST_STEPS = 500 /* that are looked at */ };

void fc_linkages_add(fc_linkages *s, const double *errors, int horizon)
{
    size_t pairs = 0;
    for (int l = 0, lag = 1; l < FC_LINKAGE_LAGS && lag < horizon; l++, lag *= 2)
        for (int h = lag; h < horizon; h++) {
            const double before = errors[h - lag], now = errors[h];
            if (isnan(before) || isnan(now))
                continue;
            s->product[l] += before * now;
            s->square[l] += .5 * (before * before + now * now);
            s->pairs[l]++;
            pairs++;
        }
    s->origins += pairs > 0;
}

/* Variance of a chain of unit innovations at a step, from 1 on. */
static double variance_at(double chain, int step)
{
    return fabs(chain) < 1 ? (1 - pow(chain * chain, step)) / (1 - chain * chain) : step;
}

/* The mean correlation of the chain's steps that lie so far apart. */
static double chain_at(double chain, int lag, int horizon)
{
    const int each = (horizon - lag) / MOST_STEPS + 1;
    double sum = 0, count = 0;
    for (int h = 1; h + lag <= horizon; h += each, count++)
        sum += pow(chain, lag) * sqrt(variance_at(chain, h) / variance_at(chain, h + lag));
    return sum / count;
}

/* The best common share beside a chain; *loss: what is left of squares. */
static double common_beside(const fc_linkages *s, double chain, int horizon, double *loss)
{
    double at[FC_LINKAGE_LAGS], up = 0, down = 0;
    int lags = 0;
    for (int lag = 1; lags < FC_LINKAGE_LAGS && lag < horizon; lags++, lag *= 2) {
        at[lags] = chain_at(chain, lag, horizon);
        if (!(s->square[lags] > 0))
            continue;
        const double weight = (double)s->pairs[lags], found = s->product[lags] / s->square[lags];
        up += weight * (found - at[lags]) * (1 - at[lags]);
        down += weight * (1 - at[lags]) * (1 - at[lags]);
    }
    const double common = down > 0 ? fmin(fmax(up / down, 0), 1) : 0;
    *loss = 0;
    for (int l = 0; l < lags; l++) {
        if (!(s->square[l] > 0))
            continue;
        const double off = s->product[l] / s->square[l] - common - (1 - common) * at[l];
        *loss += (double)s->pairs[l] * off * off;
    }
    return common;
}

fc_linkage fc_linkage_learn(const fc_linkages *s, int horizon)
{
    enum { EACH = 20 }; /* coefficients to a unit */
    fc_linkage best = {.chain = NAN};
    double least = INFINITY;
    if (s->origins < LEAST_ORIGINS || !(s->square[0] > 0))
        return best;
    for (int i = -EACH + 1; i <= EACH; i++) {
        double loss;
        const double chain = (double)i / EACH, common = common_beside(s, chain, horizon, &loss);
        if (loss >= least)
            continue;
        least = loss;
        best = (fc_linkage){chain, common};
    }
    return best;
}

fc_linked fc_linked_begin(fc_linkage linkage, uint64_t key)
{
    if (isnan(linkage.chain))
        linkage = (fc_linkage){.chain = 1};
    return (fc_linked){.linkage = linkage, .key = key};
}

double fc_linked_next(fc_linked *p)
{
    const double chain = p->linkage.chain, common = p->linkage.common;
    p->state = chain * p->state + fc_draw_normal(p->key, p->step++);
    p->variance = chain * chain * p->variance + 1;
    const double own = p->state / sqrt(p->variance);
    return common > 0 ? sqrt(common) * fc_draw_normal(p->key, UINT64_MAX) + sqrt(1 - common) * own : own;
}
