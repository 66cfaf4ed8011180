/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How large the errors of a series' mixture are, and those at each origin by the size that the others give.
 */
#include "forecast/forecasters/choice/choice.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* A brief series is judged as it will be: the later half of its origins by what was known at each of them
 * alone, for what comes is further from all that was than what was is from each other. That and these numbers
 * were chosen on folds of the histories of the M3 competition. */
static const double prior_cells = 10, prior_size = .8;

/* What the mixture errs at an origin; NaN where there is no truth. */
static double error_at(const fc_trial *t, int origin, int h)
{
    return h < fc_trial_steps(t, origin)
               ? t->truth[t->origin[origin] + (size_t)h] - t->mixed[origin * t->horizon + h]
               : NAN;
}

/* From the errors at all origins but one that are known before a row, and the series' own steps. */
static double width_from(const fc_trial *t, int without, size_t row)
{
    const double scale = isnan(t->scale) ? 0 : prior_size * t->scale;
    double sum = prior_cells * scale * scale, cells = isnan(t->scale) ? 0 : prior_cells;
    for (int o = 0; o < t->origins; o++)
        for (int h = 0; h < t->horizon && o != without && t->origin[o] + (size_t)h < row; h++) {
            const double e = error_at(t, o, h) / pow(h + 1, t->growth);
            if (isnan(e))
                continue;
            sum += e * e;
            cells++;
        }
    if (t->line) /* what there is comes of rounding */
        return 0;
    return cells > 0 ? sqrt(sum / cells) : NAN;
}

/* Values that come back every season go less far away. */
static double growth_of(const fc_trial *t)
{
    bool seasonal = false;
    for (int c = 0; c < t->count; c++)
        seasonal |= t->candidate[c].share > 0 && t->candidate[c].season > 1;
    return seasonal ? .3 : .5;
}

void fc_trial_measure(fc_trial *t)
{
    t->growth = growth_of(t);
    t->width = width_from(t, -1, SIZE_MAX);
}

/* The errors at an origin by the size that those at the other origins give them: horizon values, NaN where
 * there is no truth. */
static void surprise_at(const fc_trial *t, int origin, double *out)
{
    const bool brief = t->strip.rows < FC_BRIEF;
    const double width = brief && origin < (t->origins - 1) / 2 ? NAN
                         : brief                                ? width_from(t, origin, t->origin[origin])
                                                                : width_from(t, origin, SIZE_MAX);
    for (int h = 0; h < t->horizon; h++)
        out[h] = width > 0 ? error_at(t, origin, h) / (width * pow(h + 1, t->growth)) : NAN;
}

bool fc_trial_note(const fc_trial *t, fc_surprises *seen)
{
    double *errors = malloc((size_t)t->horizon * sizeof *errors);
    bool fine = errors;
    for (int o = 0; o < t->origins && fine; o++) {
        surprise_at(t, o, errors);
        fine = fc_surprises_add(seen, errors, t->horizon);
    }
    free(errors);
    return fine;
}
