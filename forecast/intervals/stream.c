/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles that follow what comes. */
#include "forecast/intervals/stream.h"

#include "lib/base/memory.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* Truths after which a quantile has gone most of the way to where it should be: so many for one step ahead,
 * and more for each step further, for its truth comes that much later. Who follows what comes late faster
 * than two thirds of the delay swings about what he seeks (from 1 / e on a little, from pi / 2 on for ever).
 * Chosen on validation parts. */
static const double memory = 200, slower = 1.5;

/* From the first to the last tenth of a normal distribution, in its deviations. */
static const double between_tenths = 2.5631;

enum { SUMS = 1 + FC_INTERVAL_VALUES, UNKNOWN = 255 };

struct fc_stream {
    const fc_interval_set *set;
    size_t targets, horizon, shares;
    double *offset;              /* targets x horizon x shares */
    double *size;                /* targets x horizon: of errors, to begin with; 0: the quantiles stay */
    double step[FC_MOST_SHARES]; /* in such sizes */
    uint8_t *below;    /* horizon + 1 forecasts, one after the other, x horizon x targets: how many of the
                          quantiles that the forecast had were below the truth; UNKNOWN */
    size_t *row;       /* horizon + 1 */
    size_t taken, now; /* forecasts so far; row of the last */
    bool begun;
    double *sum; /* targets x parts x SUMS */
};

int fc_stream_new(fc_stream **out, const fc_interval_set *set, int targets, int horizon, nn_error *error)
{
    fc_stream *s = *out = calloc(1, sizeof *s);
    if (!s)
        return nn_no_memory(error);
    s->set = set;
    s->targets = (size_t)targets;
    s->horizon = (size_t)horizon;
    s->shares = (size_t)set->shares;
    const size_t cells = s->targets * s->horizon;
    s->offset = nn_resize(NULL, cells + 1, s->shares, sizeof *s->offset);
    s->size = calloc(cells + 1, sizeof *s->size);
    s->below = nn_resize(NULL, s->horizon + 1, cells, 1);
    s->row = calloc(s->horizon + 1, sizeof *s->row);
    s->sum = calloc(s->targets * FC_INTERVAL_PARTS * SUMS + 1, sizeof *s->sum);
    for (size_t i = 0; i < s->shares; i++)
        s->step[i] = 1 / (gsl_ran_ugaussian_pdf(gsl_cdf_ugaussian_Pinv(set->share[i])));
    if (s->offset && s->size && s->below && s->row && s->sum)
        return NN_OK;
    fc_stream_free(s);
    *out = NULL;
    return nn_no_memory(error);
}

void fc_stream_free(fc_stream *s)
{
    if (!s)
        return;
    free(s->offset);
    free(s->size);
    free(s->below);
    free(s->row);
    free(s->sum);
    free(s);
}

void fc_stream_begin(fc_stream *s, fc_stream_offset offset, const void *context)
{
    s->begun = true;
    s->taken = 0;
    for (size_t k = 0; k < s->targets; k++)
        for (size_t h = 0; h < s->horizon; h++) {
            const size_t cell = k * s->horizon + h;
            const int step = (int)h + 1;
            for (size_t i = 0; i < s->shares; i++)
                s->offset[cell * s->shares + i] = offset(context, (int)k, step, s->set->share[i]);
            const double size =
                (offset(context, (int)k, step, .9) - offset(context, (int)k, step, .1)) / between_tenths;
            s->size[cell] = size > 0 ? size : 0;
        }
}

bool fc_stream_begun(const fc_stream *s)
{
    return s->begun;
}

const double *fc_stream_offsets(const fc_stream *s, int k, int step)
{
    return s->offset + ((size_t)k * s->horizon + (size_t)step) * s->shares;
}

/* --- learning --- */

/* What counts is whether the quantiles that were given then held: those of now know more. */
static void follow(fc_stream *s, size_t cell, size_t below)
{
    double *offset = s->offset + cell * s->shares;
    const fc_interval_set *set = s->set;
    const double now = (offset[set->grid[FC_GRID - 2]] - offset[set->grid[1]]) / between_tenths;
    const double size = fmax(s->size[cell], now);
    if (below == UNKNOWN || !(s->size[cell] > 0))
        return;
    const double pace = size / (memory + slower * (double)(cell % s->horizon + 1));
    for (size_t i = 0; i < s->shares; i++)
        offset[i] += pace * s->step[i] * (i < below ? set->share[i] : set->share[i] - 1);
    for (size_t i = 1; i < s->shares; i++)
        offset[i] = fmax(offset[i], offset[i - 1]);
}

/* All truths of rows [s->now, row) that forecasts of earlier rows were made of. */
static void learn(fc_stream *s, size_t row)
{
    const size_t kept = s->horizon + 1, from = s->taken > kept ? s->taken - kept : 0;
    for (size_t f = from; f < s->taken; f++) {
        const size_t origin = s->row[f % kept], first = s->now > origin ? s->now - origin : 0;
        const uint8_t *below = s->below + f % kept * s->horizon * s->targets;
        for (size_t h = first; h < s->horizon && origin + h < row; h++)
            for (size_t k = 0; k < s->targets; k++)
                follow(s, k * s->horizon + h, below[h * s->targets + k]);
    }
    s->now = row;
}

/* --- scoring --- */

void fc_stream_take(fc_stream *s, size_t row, const double *error)
{
    const size_t cells = s->horizon * s->targets, place = s->taken % (s->horizon + 1);
    if (s->taken)
        learn(s, row);
    s->now = row;
    s->row[place] = row;
    s->taken++;
    for (size_t c = 0; c < cells; c++) {
        const size_t h = c / s->targets, k = c % s->targets;
        const double *offset = s->offset + (k * s->horizon + h) * s->shares;
        double *sum =
            s->sum + (k * FC_INTERVAL_PARTS + (size_t)fc_interval_part((int)h, (int)s->horizon)) * SUMS;
        uint8_t *below = &s->below[place * cells + c];
        *below = UNKNOWN;
        if (isnan(error[c]) || isnan(offset[0]))
            continue;
        for (*below = 0; *below < s->shares && error[c] > offset[*below];)
            ++*below;
        sum[0]++;
        fc_interval_set_add(s->set, sum + 1, offset, error[c]);
    }
}

void fc_stream_sum(const fc_stream *s, fc_interval_sums *sums)
{
    for (size_t k = 0; k < s->targets; k++)
        for (size_t p = 0; p < FC_INTERVAL_PARTS; p++)
            for (size_t i = 0; i < SUMS; i++)
                sums->sum[p][i] += s->sum[(k * FC_INTERVAL_PARTS + p) * SUMS + i];
}

void fc_interval_sums_join(fc_interval_sums *to, const fc_interval_sums *from)
{
    for (int p = 0; p < FC_INTERVAL_PARTS; p++)
        for (int i = 0; i < SUMS; i++)
            to->sum[p][i] += from->sum[p][i];
}

fc_interval_scores fc_interval_sums_mean(const fc_interval_sums *sums, int part)
{
    double all[SUMS] = {0};
    fc_interval_scores scores;
    for (int p = 0; p < FC_INTERVAL_PARTS; p++)
        for (int i = 0; i < SUMS && (part < 0 || p == part); i++)
            all[i] += sums->sum[p][i];
    for (int i = 0; i < FC_INTERVAL_VALUES; i++)
        scores.value[i] = all[0] > 0 ? all[i + 1] / all[0] : NAN;
    return scores;
}
