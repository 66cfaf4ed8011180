/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iTransformer in the shapes of the published experiments, and the Time2Vec encoder at its paper's size. */
#ifndef BENCH_SHAPES_H
#define BENCH_SHAPES_H

#include "bench/measure.h"
#include "lib/train.h"

typedef struct bench_shape {
    const char *name;
    int variates, features;                      /* tokens: variates + features */
    int batch, width, layers, lookback, horizon; /* width: d_model and d_ff; 0: time2vec --preset paper */
} bench_shape;

extern const bench_shape bench_shapes[]; /* name NULL ends them */
const bench_shape *bench_shape_find(const char *name);

/* Multiply-adds counted twice, of one forward pass over `batch` samples; a training step takes three times
 * that. */
double bench_shape_flops(const bench_shape *shape, int batch);

/* A model of that shape with drawn weights, and drawn samples to feed it. */
typedef struct bench_net {
    const bench_shape *shape;
    const struct fc_kind *kind;
    void *config;
    nn_params *params;
    float *values; /* what samples are cut from */
    size_t value_count;
} bench_net;

int bench_net_make(bench_net *net, const bench_shape *shape, nn_error *error);
void bench_net_clear(bench_net *net);
nn_task bench_net_task(bench_net *net);
nn_source bench_net_source(bench_net *net, size_t samples);

/* Median seconds of one step of training (forward, backward, Adam) and its mean loss over the steps. */
typedef struct bench_training {
    double step, loss;
} bench_training;
int bench_net_train(bench_net *net, int threads, int steps, bench_training *result, nn_error *error);

/* Median seconds of inference of a batch, spread over the threads. */
int bench_net_infer(bench_net *net, int batch, int threads, int rounds, double *seconds, nn_error *error);
/* Median seconds from a single sample to its forecast, all threads at work on it. */
int bench_net_infer_one(bench_net *net, int threads, int rounds, double *seconds, nn_error *error);

#endif
