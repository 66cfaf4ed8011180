/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Features cut into bins by their quantiles, so that trees compare bytes. */
#ifndef FC_FEATURE_BINS_H
#define FC_FEATURE_BINS_H

#include "forecast/trees/rows.h"
#include "lib/base/error.h"

enum { FC_BINS = 255, FC_BIN_MISSING = 255 };

typedef struct fc_feature_bins {
    size_t count;
    int features;
    uint8_t *code; /* (features, count): the bin, or FC_BIN_MISSING */
    int *bins;     /* (features): how many there are; at least 1 */
    nn_real
        *cut; /* (features, FC_BINS): values of bin b are at most cut b, those of the next bins above it */
} fc_feature_bins;

int fc_feature_bins_make(fc_feature_bins *bins, const fc_feature_rows *rows, nn_error *error);
void fc_feature_bins_clear(fc_feature_bins *bins);

#endif
