/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the network sees of an object, from what was made of its light curve. */
#include "forecast/tasks/lightcurves/tokens.h"

#include <math.h>

int fc_raw_width(const fc_classifier *model)
{
    return model->sight.points ? FC_RAW_POINT + fc_measure_count(model) : fc_channel_count(model);
}

static double flux_form(const fc_classifier *model, double flux, int band)
{
    return model->sight.flux == FC_FLUX_ASINH ? asinh(flux / model->softening[band]) : flux;
}

static nn_real scaled(const fc_classifier *model, double x, int column)
{
    return (nn_real)((x - model->shift[column]) / model->scale[column]);
}

static void fill_extras(const fc_classifier *model, const double *extras, nn_real *out)
{
    int first = fc_channel_count(model);
    for (int e = 0; e < FC_EXTRAS; e++)
        out[e] = isnan(extras[e]) ? 0 : scaled(model, extras[e], first + e);
}

static void fill_point(const fc_classifier *model, const float *raw, nn_real *out)
{
    int bands = model->bands.count, band = (int)raw[3];
    double soft = model->softening[band];
    out[0] = raw[0] / (nn_real)FC_TIME_UNIT;
    out[1] = scaled(model, flux_form(model, (double)raw[1], band), 1);
    out[2] = scaled(model, log((double)raw[2] / soft), 2);
    for (int b = 0; b < bands; b++)
        out[3 + b] = b == band;
    for (int m = 0; m < fc_measure_count(model); m++)
        out[3 + bands + m] = scaled(model, (double)raw[FC_RAW_POINT + m], 3 + bands + m);
}

static void fill_grid(const fc_classifier *model, const float *raw, nn_real *out)
{
    int bands = model->bands.count, channels = fc_channel_count(model);
    for (int c = 0; c < channels; c++)
        out[c] = scaled(model, flux_form(model, (double)raw[c], c % bands), c);
}

/* A row of features as it is, NaN where one is unknown; behind it scaled, 0 where unknown. */
static int fill_features(const fc_classifier *model, const float *raw, const double *extras, nn_real *out)
{
    static const nn_real most = 5;
    const int channels = fc_channel_count(model), width = fc_token_width(model);
    for (int c = 0; c < width; c++) {
        const nn_real x = c < channels ? (nn_real)raw[c] : (nn_real)extras[c - channels],
                      z = isnan(x) ? 0 : scaled(model, (double)x, c);
        out[c] = x;
        out[width + c] = z > most ? most : z < -most ? -most : z;
    }
    return 2;
}

void fc_fill_late(const fc_classifier *model, const float *features, nn_real *out)
{
    static const double most = 5;
    for (int k = 0; k < model->feature_count; k++) {
        const double x = features ? (double)features[k] : NAN,
                     z = (x - model->late_shift[k]) / model->late_scale[k];
        out[k] = isnan(x) ? 0 : (nn_real)fmax(-most, fmin(most, z));
    }
}

int fc_fill_tokens(const fc_classifier *model, const float *raw, int tokens, const double *extras,
                   nn_real *out)
{
    if (model->sight.features)
        return fill_features(model, raw, extras, out);
    int width = fc_token_width(model), columns = fc_raw_width(model), channels = fc_channel_count(model);
    nn_real numbers[FC_EXTRAS] = {0};
    fc_extras_form form = model->redshift ? model->sight.extras : FC_EXTRAS_NONE;
    if (form != FC_EXTRAS_NONE)
        fill_extras(model, extras, numbers);
    for (int t = 0; t < tokens; t++, raw += columns, out += width) {
        if (model->sight.points)
            fill_point(model, raw, out);
        else
            fill_grid(model, raw, out);
        for (int e = 0; form == FC_EXTRAS_CHANNELS && e < FC_EXTRAS; e++)
            out[channels + e] = numbers[e];
    }
    if (form != FC_EXTRAS_TOKENS && form != FC_EXTRAS_PUBLISHED)
        return tokens;
    for (int e = 0; e < FC_EXTRAS; e++, out += width)
        for (int c = 0; c < width; c++)
            out[c] = numbers[form == FC_EXTRAS_TOKENS ? e : c % FC_EXTRAS];
    return tokens + FC_EXTRAS;
}
