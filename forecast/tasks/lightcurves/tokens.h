/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens of an object: raw, as its light curve gives them, and scaled, as the network takes them. */
#ifndef FC_LIGHTCURVES_TOKENS_H
#define FC_LIGHTCURVES_TOKENS_H

#include "forecast/tasks/lightcurves/lightcurves.h"

enum { FC_RAW_POINT = 4 /* time, flux, error, band; then measures */ };

/* Columns of raw: the grid's channels, or time, flux, error and band of a point. */
int fc_raw_width(const fc_classifier *model);

/* Scaled tokens of the network from raw ones, extras and all: (fc_token_count, fc_token_width) or, for
 * points, (tokens, fc_token_width). NaN extras count as the training objects' median. Returns the number of
 * tokens. */
int fc_fill_tokens(const fc_classifier *model, const float *raw, int tokens, const double *extras,
                   nn_real *out);

/* Late features (feature_count) as the network takes them, of an object's features; NULL: none are known. */
void fc_fill_late(const fc_classifier *model, const float *features, nn_real *out);

#endif
