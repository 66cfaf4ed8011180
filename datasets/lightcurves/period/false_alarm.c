/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds by extreme values of random processes. */
#include "datasets/lightcurves/period/false_alarm.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>

/* How much more room several harmonics have, 1 for one. */
static double room(int harmonics)
{
    double sum = 0, factor = 1;
    for (int k = 1; k <= harmonics; k++) {
        const double sign = (harmonics - k) % 2 ? -1 : 1;
        sum += sign * exp((2 * k + 1) * log(k) - gsl_sf_lnfact((unsigned)(harmonics + k)) -
                          gsl_sf_lnfact((unsigned)(harmonics - k)));
        factor *= 2.0 / (2 * k - 1);
    }
    return factor * sum;
}

double ds_false_alarm(double power, int harmonics, int count, int bands, double width)
{
    const double n = count - bands, rest = n - 2 * harmonics; /* degrees of freedom without and with it */
    if (!(rest > 1) || !(power >= 0) || !(width > 0))
        return NAN;
    if (power >= 1)
        return -INFINITY;
    /* the probability at one frequency: a beta distribution, whose tail is a sum for whole harmonics */
    double tail = 0;
    for (int k = 0; k < harmonics; k++)
        tail += exp(gsl_sf_lngamma(rest / 2 + k) - gsl_sf_lngamma(rest / 2) - gsl_sf_lnfact((unsigned)k)) *
                pow(power, k);
    const double single = log(tail) + rest / 2 * log1p(-power);
    const double gamma = gsl_sf_lngamma(n / 2) - gsl_sf_lngamma((rest + 1) / 2);
    const double crossings = log(width * room(harmonics)) + gamma + (rest - 1) / 2 * log1p(-power) +
                             (harmonics - 0.5) * log(fmax(power, 1e-300));
    /* 1 - (1 - single) exp(-crossings), where either may be too small for a double */
    const double sum = single > crossings ? single + log1p(exp(crossings - single))
                                          : crossings + log1p(exp(single - crossings));
    if (sum < -20)
        return sum / M_LN10;
    return log10(-expm1(log1p(-fmin(exp(single), 1)) - exp(crossings)));
}
