/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the columns of a classifier's tokens are scaled, fitted on the training part. */
#include "datasets/series/quantile.h"
#include "forecast/tasks/lightcurves/training/fit_internal.h"

#include <math.h>
#include <stdlib.h>

static double column_value(const fc_fitting *f, size_t token, int column)
{
    const fc_classifier *model = f->model;
    const float *raw = f->set->raw + token * (size_t)fc_raw_width(model);
    if (model->sight.features)
        return (double)raw[column];
    int band = model->sight.points ? (int)raw[3] : column % model->bands.count,
        measures = 3 + model->bands.count;
    double soft = model->softening[band];
    if (model->sight.points && column >= measures)
        return (double)raw[4 + column - measures];
    if (model->sight.points && column == 2)
        return log((double)raw[2] / soft);
    double flux = (double)raw[model->sight.points ? 1 : column];
    return model->sight.flux == FC_FLUX_ASINH ? asinh(flux / soft) : flux;
}

/* Median and interquartile range; a column that does not vary keeps its scale. */
static void set_robust(double *shift, double *scale, double *values, size_t count)
{
    if (!count)
        return;
    double low = ds_quantile(values, count, 0.25), high = ds_quantile(values, count, 0.75);
    *shift = ds_quantile(values, count, 0.5);
    *scale = high > low ? high - low : 1;
}

static void fit_softening(fc_fitting *f, double *scratch)
{
    size_t bands = (size_t)f->model->bands.count;
    if (f->model->sight.flux == FC_FLUX_OWN)
        return; /* fluxes and errors have the object's own unit */
    for (size_t b = 0; b < bands; b++) {
        size_t count = 0;
        for (size_t i = 0; i < f->train.count; i++) {
            float error = f->set->error[f->train.members[i] * bands + b];
            if (isfinite(error) && error > 0)
                scratch[count++] = (double)error;
        }
        f->model->softening[b] = count ? ds_quantile(scratch, count, 0.5) : 1;
    }
}

/* scratch: one per token of the training part. */
static void fit_columns(fc_fitting *f, double *scratch)
{
    fc_classifier *model = f->model;
    int channels = fc_channel_count(model);
    for (int c = 0; c < channels; c++) {
        bool scaled = !model->sight.points || c == 1 || c == 2 || c >= channels - fc_measure_count(model);
        size_t count = 0;
        for (size_t i = 0; scaled && i < f->train.count; i++)
            for (size_t t = f->set->first[f->train.members[i]]; t < f->set->first[f->train.members[i] + 1];
                 t++)
                if (isfinite(scratch[count] = column_value(f, t, c))) /* features may be unknown */
                    count++;
        set_robust(&model->shift[c], &model->scale[c], scratch, count);
    }
    for (int e = 0; e < FC_EXTRAS; e++) {
        size_t count = 0;
        for (size_t i = 0; i < f->train.count; i++) {
            double x = f->set->extras[f->train.members[i] * FC_EXTRAS + (size_t)e];
            if (isfinite(x))
                scratch[count++] = x;
        }
        set_robust(&model->shift[channels + e], &model->scale[channels + e], scratch, count);
    }
}

static void fit_late(fc_fitting *f, double *scratch)
{
    fc_classifier *model = f->model;
    const size_t width = f->set->beside_width;
    for (int k = 0; k < model->feature_count; k++) {
        size_t count = 0;
        for (size_t i = 0; i < f->train.count; i++) {
            const float x = f->set->beside[f->train.members[i] * width + (size_t)k];
            if (isfinite(x))
                scratch[count++] = (double)x;
        }
        set_robust(&model->late_shift[k], &model->late_scale[k], scratch, count);
    }
}

/* What share of the objects has points in each band. */
static int count_bands(fc_fitting *f, nn_error *error)
{
    const size_t bands = (size_t)f->model->bands.count;
    double *present = calloc(bands, sizeof *present);
    if (!present)
        return nn_no_memory(error);
    for (size_t b = 0; b < bands; b++) {
        size_t count = 0;
        for (size_t i = 0; i < f->train.count; i++)
            count += isfinite(f->set->error[f->train.members[i] * bands + b]);
        present[b] = (double)count / (double)f->train.count;
    }
    free(f->model->present);
    f->model->present = present;
    return NN_OK;
}

static int measure_noise(fc_fitting *f, nn_error *error)
{
    fc_classifier *model = f->model;
    const size_t bands = (size_t)model->bands.count;
    free(model->noise);
    model->noise = NULL;
    if (model->sight.flux == FC_FLUX_OWN)
        return NN_OK;
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < f->train.count; i++) {
        double sum = 0;
        int count = 0;
        for (size_t b = 0; b < bands; b++) {
            const double e = (double)f->set->error[f->train.members[i] * bands + b];
            if (isfinite(e) && e > 0) {
                sum += log(e / model->softening[b]);
                count++;
            }
        }
        least = count ? fmin(least, sum / count) : least;
        most = count ? fmax(most, sum / count) : most;
    }
    if (!(least <= most))
        return NN_OK;
    if (!(model->noise = malloc(2 * sizeof *model->noise)))
        return nn_no_memory(error);
    model->noise[0] = least;
    model->noise[1] = most;
    return NN_OK;
}

int fc_fit_scaling(fc_fitting *f, nn_error *error)
{
    size_t most = f->train.count;
    for (size_t i = 0; i < f->train.count; i++) {
        size_t member = f->train.members[i];
        most += f->set->first[member + 1] - f->set->first[member];
    }
    double *scratch = malloc(most * sizeof *scratch);
    if (!scratch)
        return nn_fail(error, NN_FAILED, "no memory for the scaling of %zu objects", f->train.count);
    fit_softening(f, scratch);
    fit_columns(f, scratch);
    if (f->model->sight.late)
        fit_late(f, scratch);
    free(scratch);
    const int code = measure_noise(f, error);
    return code ? code : count_bands(f, error);
}
