/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores one forecast of a farm by the rules of the contest. */
#include "forecast/statistics/contest.h"

#include <math.h>
#include <stddef.h>

static const double constant_range = 1e-3;

typedef struct turbine {
    double absolute, square, least, most;
    size_t count;
    bool zero;
} turbine;

static turbine look_at(const double *truth, const double *forecast, const uint8_t *valid, int horizon,
                       int turbines, int n)
{
    turbine t = {.least = INFINITY, .most = -INFINITY, .zero = true};
    for (int h = 0; h < horizon; h++) {
        const size_t at = (size_t)h * (size_t)turbines + (size_t)n;
        const double f = forecast[at];
        t.zero = t.zero && f == 0;
        t.least = fmin(t.least, f);
        t.most = fmax(t.most, f);
        if (!valid[at])
            continue;
        const double e = (f - truth[at]) / 1000;
        t.absolute += fabs(e);
        t.square += e * e;
        t.count++;
    }
    return t;
}

int fc_kdd_score(fc_kdd *kdd, const double *truth, const double *forecast, const uint8_t *valid, int horizon,
                 int turbines, bool guard, nn_error *error)
{
    *kdd = (fc_kdd){0};
    bool any = false;
    for (int n = 0; n < turbines; n++) {
        const turbine t = look_at(truth, forecast, valid, horizon, turbines, n);
        any = any || t.count;
        kdd->constant += !t.zero && t.most - t.least < constant_range;
        kdd->zero += t.zero;
        if (t.count == 0 || (guard && t.zero))
            continue;
        kdd->mae += t.absolute / (double)t.count;
        kdd->rmse += sqrt(t.square / (double)t.count);
        kdd->scored++;
    }
    kdd->score = (kdd->mae + kdd->rmse) / 2;
    if (guard && kdd->zero * 10 > turbines)
        return nn_fail(error, NN_BAD_DATA,
                       "the forecasts of %d of %d turbines are 0 throughout; the contest allows a tenth",
                       kdd->zero, turbines);
    return any ? NN_OK
               : nn_fail(error, NN_BAD_DATA, "no turbine has a valid point: there is nothing to score");
}
