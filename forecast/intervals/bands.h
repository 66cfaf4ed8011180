/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals, quantiles and sample paths beside a forecast, for models that know how far their errors go. */
#ifndef FC_BANDS_H
#define FC_BANDS_H

#include "forecast/forecast.h"

enum { FC_MOST_BANDS = 40, FC_MOST_SAMPLES = 10000 };

typedef struct fc_band {
    bool sample;     /* a path that the future may take */
    double share;    /* of what may come that lies below, 0 to 1; not of a sample */
    char suffix[24]; /* of its column: "-lo-80", "-hi-80", "-0.9", "-sample-1" */
    double *values;  /* steps x targets; NaN where it is not known; owned */
} fc_band;

typedef struct fc_bands {
    int count;
    fc_band *band; /* owned */
    uint64_t seed; /* of the samples */
    bool beyond;   /* some were infinite, of errors too large for a number, and are not known */
    bool past;     /* of errors at past origins alone, also where the model has a distribution */
} fc_bands;

/* Adds the two ends of each interval of levels ("80,95", percent) and each of quantiles (".1,.5"); NULL:
 * none. NN_USAGE for lists that are none. */
int fc_bands_parse(fc_bands *bands, const char *levels, const char *quantiles, nn_error *error);
/* Adds so many paths that the future may take. They are simulated where the model has a distribution; else
 * they are spread at each step as the intervals say, and hang together from step to step as errors at past
 * origins did (forecast/statistics/linkage.h), or as a random walk where that is not known. The same for the
 * same seed, and a path is the same however many there are. */
int fc_bands_sample(fc_bands *bands, int samples, uint64_t seed, nn_error *error);
/* Whether a model knows of some target how far its forecasts go wrong. */
bool fc_bands_known(const fc_model *model);
/* Below what a share of what may come lies, given the forecast of the model's target k, `step` steps (from 1)
 * ahead; NaN: not known. */
double fc_bands_at(const fc_model *model, int k, int step, double share, double forecast);
/* Sets the values about the forecast of the table: by the model's own distribution where it has one (ETS,
 * Theta, ARIMA, and seasons apart with these), else by its errors at past origins. NN_USAGE where the model
 * does not know how far it errs. */
int fc_bands_fill(fc_bands *bands, const fc_model *model, const ds_table *table, const fc_future *future,
                  nn_error *error);
/* The forecast as fc_future_write does, with a column more behind each for every band. */
int fc_bands_write(const fc_bands *bands, const fc_future *future, const char *path, const ds_table *like,
                   nn_error *error);
/* Targets that have a forecast and, where it has, nothing beside it, for nothing is known of how far it errs;
 * *first: one of them. */
int fc_bands_unknown(const fc_bands *bands, const fc_future *future, int *first);
void fc_bands_clear(fc_bands *bands);

#endif
