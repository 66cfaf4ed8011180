/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sketches of objects from their raw tokens. */
#include "forecast/tasks/lightcurves/sketch.h"

#include "forecast/tasks/lightcurves/tokens.h"

#include <math.h>
#include <stdio.h>

/* Of each band, then of neighbouring bands, then of the object as a whole. */
enum { PEAK, LEAST, PEAK_DAY, HALF_DAYS, OF_BAND };
static const char *const band_names[OF_BAND] = {"peak in %s", "faintest flux in %s", "day of the peak in %s",
                                                "days above half of the peak in %s"};

/* Days mean nothing where time is a phase, nor do colours where fluxes have the object's own unit. */
static bool has_days(const fc_classifier *model)
{
    return !model->sight.fold;
}

static bool has_colours(const fc_classifier *model)
{
    return model->sight.flux != FC_FLUX_OWN;
}

static int of_band(const fc_classifier *model)
{
    return has_days(model) ? OF_BAND : PEAK_DAY;
}

static int colours(const fc_classifier *model)
{
    return has_colours(model) ? model->bands.count - 1 : 0;
}

static int measures(const fc_classifier *model)
{
    return fc_measure_count(model);
}

static int extras(const fc_classifier *model)
{
    return model->redshift ? FC_EXTRAS : 0;
}

int fc_sketch_count(const fc_classifier *model)
{
    return extras(model) + (model->sight.features
                                ? model->feature_count
                                : model->bands.count * of_band(model) + colours(model) + measures(model));
}

static void measure_name(const fc_classifier *model, int m, char *text, size_t size)
{
    static const char *const folded[] = {"decimal logarithm of the period", "power of the period"};
    snprintf(text, size, "%s",
             model->sight.fold && m < FC_FOLD_MEASURES ? folded[m]
                                                       : "decimal logarithm of deviation over median");
}

bool fc_sketch_name(const fc_classifier *model, int n, char *text, size_t size)
{
    const int each = of_band(model), bands = model->bands.count;
    const int own = fc_sketch_count(model) - extras(model);
    if (n >= own) {
        snprintf(text, size, "%s", n == own ? "redshift" : "error of the redshift");
    } else if (model->sight.features) {
        snprintf(text, size, "%s", model->features[n]);
    } else if (n < bands * each) {
        snprintf(text, size, band_names[n % each], model->bands.name[n / each]);
        return n % each <= LEAST && has_colours(model);
    } else if ((n -= bands * each) < colours(model)) {
        snprintf(text, size, "colour %s-%s at the peaks", model->bands.name[n], model->bands.name[n + 1]);
    } else {
        measure_name(model, n - colours(model), text, size);
    }
    return false;
}

/* --- of a light curve --- */

typedef struct curve {
    const fc_classifier *model;
    const float *raw;
    int tokens, width;
} curve;

/* Time and flux of a token in a band; false: it has none there. */
static bool read(const curve *c, int token, int band, double *day, double *flux)
{
    const fc_sight_settings *s = &c->model->sight;
    const float *raw = c->raw + token * c->width;
    if (s->points) {
        *day = (double)raw[0];
        *flux = (double)raw[1];
        return (int)raw[3] == band;
    }
    *flux = (double)raw[band];
    *day = s->time == FC_TIME_TRIGGER && s->grid > 1
               ? (s->before + s->after) * token / (s->grid - 1) - s->before
               : token;
    return true;
}

static void of_curve(const curve *c, int band, double out[OF_BAND])
{
    double day, flux, first = NAN, last = NAN;
    for (int k = 0; k < OF_BAND; k++)
        out[k] = NAN;
    for (int t = 0; t < c->tokens; t++)
        if (read(c, t, band, &day, &flux)) {
            if (!(flux <= out[PEAK])) {
                out[PEAK] = flux;
                out[PEAK_DAY] = day;
            }
            out[LEAST] = fmin(out[LEAST], flux);
        }
    for (int t = 0; t < c->tokens; t++)
        if (read(c, t, band, &day, &flux) && flux >= out[PEAK] / 2) {
            first = fmin(first, day);
            last = fmax(last, day);
        }
    if (out[PEAK] > 0)
        out[HALF_DAYS] = last - first;
}

void fc_sketch(const fc_classifier *model, const float *raw, int tokens, const double *numbers, double *out)
{
    const curve c = {model, raw, tokens, fc_raw_width(model)};
    const int each = of_band(model);
    double one[OF_BAND], before = NAN;
    for (int n = 0; model->sight.features && n < model->feature_count; n++)
        *out++ = (double)raw[n];
    double *colour = out + model->bands.count * each;
    for (int b = 0; !model->sight.features && b < model->bands.count; b++) {
        of_curve(&c, b, one);
        for (int k = 0; k < each; k++)
            *out++ = one[k];
        if (b && has_colours(model))
            *colour++ = before > 0 && one[PEAK] > 0 ? -2.5 * log10(before / one[PEAK]) : NAN;
        before = one[PEAK];
    }
    if (!model->sight.features)
        out = colour;
    for (int m = 0; m < measures(model) && !model->sight.features; m++)
        *out++ = tokens ? (double)raw[FC_RAW_POINT + m] : NAN;
    for (int e = 0; e < extras(model); e++)
        *out++ = numbers[e];
}
