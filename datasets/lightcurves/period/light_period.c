/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks for peaks on a grid of frequencies, then asks by exact sums which of them, which of their halves, and
 * how many harmonics describe the points best. */
#include "datasets/lightcurves/period/light_period.h"

#include "datasets/lightcurves/period/false_alarm.h"

#include <math.h>

enum {
    PEAKS = 10,
    SOME_HARMONICS = 4, /* between which candidates choose */
    ROUNDS = 6,         /* of refining a period */
    LEAST_CYCLES = 8,   /* within the span, below which harmonics fit what does not repeat */
    MANY_POINTS = 20000 /* above which fewer peaks are looked at again */
};
/* How many times the logarithm of the number of points a number of the model must gain: twice what the
 * Bayesian information criterion asks, as stars do not repeat themselves exactly. */
#define PRICE 2.0
/* The share of the variance that must tell a period from its half: as of minima that differ by a twentieth.
 */
#define LEAST_GAIN 0.002
/* A period that is only compared with others is refined until a round gains less than this share of what the
 * model leaves. */
#define ROUGH 1e-6

typedef struct peak {
    double frequency, power;
} peak;

typedef struct search {
    const ds_spectrum *spectrum;
    const ds_light_period_settings *settings;
    ds_light_period_grid grid;
    peak peaks[PEAKS]; /* the highest first */
    int count;
    double before, last; /* the powers of the two frequencies that came last */
} search;

/* --- peaks on the grid --- */

static void insert(search *s, double frequency, double power)
{
    if (s->count == PEAKS && power <= s->peaks[PEAKS - 1].power)
        return;
    int at = s->count < PEAKS ? s->count++ : PEAKS - 1;
    for (; at > 0 && s->peaks[at - 1].power < power; at--)
        s->peaks[at] = s->peaks[at - 1];
    s->peaks[at] = (peak){frequency, power};
}

static void take(void *context, long n, int count, const double *power)
{
    search *s = context;
    for (int k = 0; k < count; k++) {
        if (s->last > s->before && s->last >= power[k])
            insert(s, s->grid.first + s->grid.step * (double)(n + k - 1), s->last);
        s->before = s->last;
        s->last = power[k];
    }
    if (s->settings->sink)
        s->settings->sink(s->settings->context, n, count, power);
}

ds_light_period_grid ds_light_period_grid_of(double span, const ds_light_period_settings *settings)
{
    const int harmonics = settings->harmonics ? settings->harmonics : 1;
    const double fine = settings->oversampling > 0 ? settings->oversampling : 5 * harmonics;
    const double shortest = settings->shortest > 0 ? settings->shortest : DS_SHORTEST_PERIOD;
    ds_light_period_grid grid = {.first = 1 / (settings->longest > 0 ? settings->longest : span),
                                 .step = 1 / (fine * span)};
    const double wanted = floor((1 / shortest - grid.first) / grid.step) + 1;
    grid.count = (long)fmin(fmax(wanted, 1), DS_LIGHT_PERIOD_MOST_STEPS);
    return grid;
}

static int look(search *s, ds_spectrum *spectrum, nn_error *error)
{
    const int harmonics = s->settings->harmonics ? s->settings->harmonics : 1;
    const ds_light_period_grid *g = &s->grid;
    const int code =
        ds_spectrum_scan(spectrum, g->first, g->step, g->count, harmonics, DS_SPECTRUM_BEST, take, s, error);
    if (s->last > s->before)
        insert(s, g->first + g->step * (double)(g->count - 1), s->last); /* the end counts as falling */
    return code;
}

/* --- the best nearby --- */

/* The peak near a frequency: parabolas through three neighbours, closer and closer, each followed only where
 * it is right, until the best is inside and a round gains less than a share of what is left. */
static peak refine(const ds_spectrum *spectrum, double frequency, double reach, int harmonics, double least)
{
    peak best = {frequency, ds_spectrum_power(spectrum, frequency, harmonics)};
    double apart = fmin(reach, frequency / 2) / 2;
    for (int n = 0; n < ROUNDS; n++) {
        const peak middle = best;
        peak other[3] = {{middle.frequency - apart, 0}, {middle.frequency + apart, 0}, {0, 0}};
        for (int k = 0; k < 2; k++)
            other[k].power = ds_spectrum_power(spectrum, other[k].frequency, harmonics);
        const double bend = other[0].power + other[1].power - 2 * middle.power;
        const double to = bend < 0 ? (other[0].power - other[1].power) / (2 * bend) : 0;
        other[2].frequency = middle.frequency + fmin(fmax(to, -2), 2) * apart;
        if (to != 0)
            other[2].power = ds_spectrum_power(spectrum, other[2].frequency, harmonics);
        for (int k = 0; k < 3; k++)
            best = other[k].power > best.power ? other[k] : best;
        const bool inside = fabs(best.frequency - middle.frequency) < 0.9 * apart;
        if (n > 0 && bend < 0 && inside && best.power - middle.power < least * (1 - best.power))
            break;
        apart *= inside ? 0.2 : 1;
    }
    return best;
}

typedef struct model {
    peak at;
    int harmonics;
    double price; /* the less the better */
    double from;  /* the frequency that it was refined from */
} model;

static double freedom_of(const search *s, int harmonics)
{
    return ds_spectrum_points(s->spectrum) - ds_spectrum_bands(s->spectrum) - 2 * harmonics - 1;
}

static model refined(const search *s, double frequency, int harmonics, double least)
{
    const double n = ds_spectrum_points(s->spectrum), span = ds_spectrum_span(s->spectrum);
    const peak at = refine(s->spectrum, frequency, 0.2 / span / harmonics, harmonics, least);
    const double left = fmax(1 - at.power, 1e-12) / freedom_of(s, harmonics);
    return (model){at, harmonics, n * log(left) + PRICE * 2 * harmonics * log(n), frequency};
}

/* The cheapest of models with fewest to most harmonics around a frequency, and the one before; roughly. */
static model cheapest(const search *s, model best, double frequency, int most)
{
    const double span = ds_spectrum_span(s->spectrum);
    for (int h = 1; h <= most && (h == 1 || frequency * span >= LEAST_CYCLES); h++) {
        if (!(freedom_of(s, h) > 0))
            break;
        const model next = refined(s, frequency, h, ROUGH);
        if (next.price < best.price)
            best = next;
    }
    return best;
}

/* The same model, no longer roughly. */
static model settled(const search *s, model m)
{
    return m.harmonics ? refined(s, m.from, m.harmonics, 0) : m;
}

/* Among the peaks; then, with harmonics enough for two minima that differ, whether the period is twice as
 * long.
 */
static model choose(const search *s)
{
    const model none = {.price = INFINITY};
    model best = none;
    const double span = ds_spectrum_span(s->spectrum);
    const int peaks = ds_spectrum_points(s->spectrum) > MANY_POINTS && s->count > 3 ? 3 : s->count;
    for (int i = 0; i < peaks; i++)
        best = cheapest(s, best, s->peaks[i].frequency, SOME_HARMONICS);
    best = settled(s, best);
    const model again = settled(s, cheapest(s, none, best.at.frequency, DS_MOST_HARMONICS));
    best = again.price < best.price ? again : best;
    const double half = best.at.frequency / 2;
    if (half * span < LEAST_CYCLES || half < s->grid.first)
        return best;
    const model doubled = settled(s, cheapest(s, none, half, DS_MOST_HARMONICS));
    return doubled.price < best.price && doubled.at.power - best.at.power > LEAST_GAIN ? doubled : best;
}

static model fixed(const search *s)
{
    const int harmonics = s->settings->harmonics;
    model best = {.harmonics = harmonics, .at = {.power = -1}};
    const int peaks = ds_spectrum_points(s->spectrum) > MANY_POINTS && s->count > 3 ? 3 : s->count;
    for (int i = 0; i < peaks; i++) {
        const peak at = refine(s->spectrum, s->peaks[i].frequency, s->grid.step, harmonics, 0);
        if (at.power > best.at.power)
            best.at = at;
    }
    return best;
}

/* --- what is said of it --- */

/* Whether two frequencies are alike, or one is a small multiple of the other, within what the span tells
 * apart.
 */
static bool related(double f, double g, double span)
{
    const double low = fmin(f, g), high = fmax(f, g);
    for (int k = 1; k <= 4; k++)
        for (int m = 1; m <= 3; m++)
            if (fabs(high * m - low * k) * span < 1.5 * k)
                return true;
    return false;
}

/* One cycle per day, solar or sidereal, apart, or one mirrored at it. */
static bool alias(double f, double g, double span)
{
    const double days[] = {1, 1.00273791};
    for (int d = 0; d < 2; d++)
        for (int k = 1; k <= 2; k++)
            if (fabs(fabs(f - g) - k * days[d]) * span < 1 || fabs(f + g - k * days[d]) * span < 1)
                return true;
    return false;
}

static void second(const search *s, const model *best, ds_light_period *r)
{
    const double span = ds_spectrum_span(s->spectrum);
    r->second = r->second_power = NAN;
    for (int i = 0; i < s->count; i++) {
        if (related(s->peaks[i].frequency, best->at.frequency, span))
            continue;
        const peak at = refine(s->spectrum, s->peaks[i].frequency, s->grid.step, 1, 0);
        r->second = 1 / at.frequency;
        r->second_power = at.power;
        r->second_is_alias = alias(at.frequency, best->at.frequency, span);
        return;
    }
}

/* By the curvature of chi squared at its least, in units of its value per degree of freedom. */
static double error_of(const ds_spectrum *spectrum, const model *best)
{
    const double f = best->at.frequency, h = 0.02 / ds_spectrum_span(spectrum) / best->harmonics;
    const double around = ds_spectrum_power(spectrum, f - h, best->harmonics) +
                          ds_spectrum_power(spectrum, f + h, best->harmonics);
    const double curvature = (2 * best->at.power - around) / (h * h);
    const double freedom =
        ds_spectrum_points(spectrum) - ds_spectrum_bands(spectrum) - 2 * best->harmonics - 1;
    const double variance = 2 * (1 - best->at.power) / (freedom * curvature);
    return curvature > 0 && freedom > 0 ? sqrt(variance) / (f * f) : NAN;
}

static double value_at(const ds_light_period *r, double phase)
{
    double sum = 0;
    for (int h = 1; h <= r->harmonics; h++)
        sum += r->a[h - 1] * cos(2 * M_PI * h * phase) + r->b[h - 1] * sin(2 * M_PI * h * phase);
    return sum;
}

/* The phase at which sign times the model is highest: the best of a grid, and a parabola through its
 * neighbours. */
static double extreme(const ds_light_period *r, double sign)
{
    enum { STEPS = 64 * DS_MOST_HARMONICS };
    double most = -INFINITY, phase = 0;
    for (int k = 0; k < STEPS; k++) {
        const double value = sign * value_at(r, (double)k / STEPS - 0.5);
        if (value > most) {
            most = value;
            phase = (double)k / STEPS - 0.5;
        }
    }
    const double before = sign * value_at(r, phase - 1.0 / STEPS),
                 after = sign * value_at(r, phase + 1.0 / STEPS);
    const double bend = before + after - 2 * most;
    return bend < 0 ? phase + (before - after) / (2 * bend) / STEPS : phase;
}

static void describe(const search *s, const model *best, const ds_period_points *points, ds_light_period *r)
{
    const ds_spectrum *spectrum = s->spectrum;
    const double f = best->at.frequency;
    r->period = 1 / f;
    r->harmonics = best->harmonics;
    r->middle = ds_spectrum_middle(spectrum);
    r->power = ds_spectrum_fit(spectrum, f, best->harmonics, r->a, r->b);
    r->error = error_of(spectrum, best);
    const double high = extreme(r, 1), low = extreme(r, -1);
    r->highest = r->middle + high / f;
    r->lowest = r->middle + low / f;
    r->most = value_at(r, high);
    r->least = value_at(r, low);
    r->range = r->most - r->least;
    r->scatter = sqrt(fmax(0, 1 - r->power) * ds_spectrum_variance(spectrum));
    const int twice = 2 * best->harmonics < DS_MOST_HARMONICS ? 2 * best->harmonics : DS_MOST_HARMONICS;
    r->doubled = 2 / f;
    r->doubled_power = ds_spectrum_power(spectrum, f / 2, twice);
    double mean = 0, squares = 0;
    for (int i = 0; i < points->count; i++)
        mean += points->time[i] / points->count;
    for (int i = 0; i < points->count; i++)
        squares += (points->time[i] - mean) * (points->time[i] - mean) / points->count;
    const double width = s->grid.step * (double)s->grid.count * sqrt(4 * M_PI * squares);
    r->log_false_alarm =
        ds_false_alarm(r->power, r->harmonics, points->count, ds_spectrum_bands(spectrum), width);
    second(s, best, r);
}

int ds_light_period_find(ds_spectrum *spectrum, const ds_period_points *points,
                         const ds_light_period_settings *settings, ds_light_period *r, nn_error *error)
{
    *r = (ds_light_period){.period = NAN, .error = NAN, .power = NAN, .log_false_alarm = NAN};
    r->second = r->second_power = r->doubled = r->doubled_power = NAN;
    r->highest = r->lowest = r->range = r->scatter = r->middle = NAN;
    int code = ds_spectrum_load(spectrum, points, error);
    const double span = code ? 0 : ds_spectrum_span(spectrum);
    if (code || points->count < 4 || !(span > 0) || !(ds_spectrum_variance(spectrum) > 0))
        return code;
    search s = {.spectrum = spectrum,
                .settings = settings,
                .grid = ds_light_period_grid_of(span, settings),
                .before = INFINITY, /* the begin counts as falling */
                .last = -1};
    code = look(&s, spectrum, error);
    if (code || s.count == 0 || !(s.peaks[0].power > 0))
        return code;
    const model best = settings->harmonics ? fixed(&s) : choose(&s);
    if (best.at.frequency > 0) /* else the points are too few for a model */
        describe(&s, &best, points, r);
    return NN_OK;
}
