/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts features into bins. */
#include "forecast/trees/feature_bins.h"

#include "lib/base/memory.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    const nn_real x = *(const nn_real *)a, y = *(const nn_real *)b;
    return (x > y) - (x < y);
}

/* A cut between two neighbours, such that the lower is at most it and the upper is not. */
static nn_real between(nn_real low, nn_real high)
{
    const nn_real middle = low / 2 + high / 2;
    return middle >= low && middle < high ? middle : low;
}

/* The cuts of sorted values: between all distinct ones where they are few, else near the quantiles. Returns
 * how many bins there are; the last one has no upper end. */
static int make_cuts(nn_real *cut, const nn_real *sorted, size_t count)
{
    int bins = 0;
    size_t distinct = count > 0;
    for (size_t i = 1; i < count; i++)
        distinct += sorted[i] > sorted[i - 1];
    size_t taken = 0; /* values that lie in the bins so far */
    for (size_t i = 1; i < count && bins < FC_BINS - 1; i++) {
        if (!(sorted[i] > sorted[i - 1]))
            continue;
        /* What is left is spread over the bins that are left. */
        const size_t share = (count - taken) / (size_t)(FC_BINS - bins);
        if (distinct > FC_BINS && i - taken < (share ? share : 1))
            continue;
        cut[bins++] = between(sorted[i - 1], sorted[i]);
        taken = i;
    }
    cut[bins] = (nn_real)FLT_MAX; /* finite, as weights in a file are */
    return bins + 1;
}

static uint8_t code_of(const nn_real *cut, int bins, nn_real x)
{
    int low = 0, high = bins - 1;
    if (isnan(x))
        return FC_BIN_MISSING;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (x <= cut[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return (uint8_t)low;
}

static void bin_feature(fc_feature_bins *b, const fc_feature_rows *rows, int feature, nn_real *sorted)
{
    nn_real *cut = b->cut + (size_t)feature * FC_BINS;
    uint8_t *code = b->code + (size_t)feature * rows->count;
    const nn_real *x = rows->x + feature;
    size_t known = 0;
    for (size_t i = 0; i < rows->count; i++)
        if (!isnan(x[i * (size_t)rows->features]))
            sorted[known++] = x[i * (size_t)rows->features];
    qsort(sorted, known, sizeof *sorted, by_value);
    b->bins[feature] = make_cuts(cut, sorted, known);
    for (size_t i = 0; i < rows->count; i++)
        code[i] = code_of(cut, b->bins[feature], x[i * (size_t)rows->features]);
}

int fc_feature_bins_make(fc_feature_bins *b, const fc_feature_rows *rows, nn_error *error)
{
    const size_t features = (size_t)rows->features;
    *b = (fc_feature_bins){.count = rows->count, .features = rows->features};
    b->code = nn_resize(NULL, features, rows->count, 1);
    b->bins = nn_resize(NULL, features, sizeof *b->bins, 1);
    b->cut = nn_resize(NULL, features, FC_BINS, sizeof *b->cut);
    nn_real *sorted = nn_resize(NULL, rows->count, sizeof *sorted, 1);
    if (!b->code || !b->bins || !b->cut || !sorted) {
        free(sorted);
        fc_feature_bins_clear(b);
        return nn_fail(error, NN_FAILED, "no memory for %d features of %zu objects", rows->features,
                       rows->count);
    }
    for (int f = 0; f < rows->features; f++)
        bin_feature(b, rows, f, sorted);
    free(sorted);
    return NN_OK;
}

void fc_feature_bins_clear(fc_feature_bins *b)
{
    free(b->code);
    free(b->bins);
    free(b->cut);
    *b = (fc_feature_bins){0};
}
