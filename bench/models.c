/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training steps and inference of whole models, as shares of the machine's sgemm rate. */
#include "bench/bench.h"
#include "bench/shapes.h"

#include <math.h>
#include <string.h>

/* As many repetitions as fit into the time, between few and many. */
static int repetitions(const bench *self, double flops)
{
    double seconds = self->quick ? 0.3 : 3, guess = flops / 60e9;
    double count = seconds / guess;
    int least = self->quick || guess > 5 ? 3 : 7;
    return count < least ? least : count > 200 ? 200 : (int)count;
}

/* The loss is finite, and the same to the last bit with one thread and two. */
static int verify(const bench_shape *shape, nn_error *error)
{
    bench_training runs[2];
    int code = NN_OK;
    for (int i = 0; i < 2 && !code; i++) {
        bench_net net;
        code = bench_net_make(&net, shape, error);
        if (!code)
            code = bench_net_train(&net, i + 1, 1, &runs[i], error);
        bench_net_clear(&net);
    }
    if (!code && (!isfinite(runs[0].loss) || runs[0].loss != runs[1].loss))
        code = nn_fail(error, NN_FAILED, "%s: the loss is %.17g with one thread and %.17g with two",
                       shape->name, runs[0].loss, runs[1].loss);
    return code;
}

enum { PRECISIONS = NN_INT8 + 1 };
typedef struct passes {
    double batch[PRECISIONS], one[PRECISIONS];
} passes;

/* Inference in every precision, in turn: the least of three medians each. */
static int infer(const bench *self, bench_net *net, int threads, passes *took, nn_error *error)
{
    enum { ROUNDS = 3 };
    const bench_shape *s = net->shape;
    const double flops = bench_shape_flops(s, s->batch);
    int code = NN_OK;
    for (int p = 0; p < PRECISIONS; p++)
        took->batch[p] = took->one[p] = INFINITY;
    for (int i = 0; i < ROUNDS * PRECISIONS && !code; i++) {
        const int p = i % PRECISIONS;
        double batch, one = NAN;
        net->params->precision = (nn_precision)p;
        code = bench_net_infer(net, s->batch, threads, repetitions(self, flops) / ROUNDS + 1, &batch, error);
        if (!code)
            code = bench_net_infer_one(net, threads, repetitions(self, flops / s->batch) / ROUNDS + 1, &one,
                                       error);
        took->batch[p] = fmin(took->batch[p], batch);
        took->one[p] = fmin(took->one[p], one);
    }
    net->params->precision = NN_FLOAT;
    return code;
}

static int measure(bench *self, const bench_shape *shape, int threads, nn_error *error)
{
    bench_net net;
    bench_training training = {0};
    passes took;
    double flops = bench_shape_flops(shape, shape->batch);
    /* Virtual machines change their pace within minutes: the rate that counts is the one around the steps. */
    bench_effort effort = {self->quick ? 1 : 3, 0.1};
    bench_machine before, after;
    bench_product product = {NAN, NAN};
    int code = bench_net_make(&net, shape, error);
    if (!code)
        code = bench_machine_measure(&before, threads, &effort, error);
    if (!code)
        code = bench_net_train(&net, threads, repetitions(self, 3 * flops), &training, error);
    if (!code)
        code = infer(self, &net, threads, &took, error);
    bench_net_clear(&net);
    if (!code && shape->width)
        code = bench_product_measure(&product, shape->batch * (shape->variates + shape->features),
                                     shape->width, &effort, error);
    if (!code)
        code = bench_machine_measure(&after, threads, &effort, error);
    if (code)
        return code;
    double limit = (before.sgemm + after.sgemm) / 2 * 1e9, peak = (before.peak + after.peak) / 2 * 1e9;
    const double batch = took.batch[NN_FLOAT], one = took.one[NN_FLOAT];
    bench_row *row = bench_add(self, "models", shape->name, threads);
    if (!row)
        return nn_no_memory(error);
    bench_put(row, "step ms", training.step * 1e3, 2);
    bench_put(row, "sgemm GFLOP/s", limit / 1e9, 1);
    bench_put(row, "GFLOP/s", 3 * flops / training.step / 1e9, 1);
    bench_put(row, "of sgemm %", 100 * 3 * flops / training.step / limit, 1);
    bench_put(row, "batch ms", batch * 1e3, 2);
    bench_put(row, "batch of sgemm %", 100 * flops / batch / limit, 1);
    bench_put(row, "one ms", one * 1e3, 3);
    bench_put(row, "peak GFLOP/s", peak / 1e9, 1);
    bench_put(row, "of peak %", 100 * 3 * flops / training.step / peak, 1);
    bench_put(row, "batch of peak %", 100 * flops / batch / peak, 1);
    bench_put(row, "one of peak %", 100 * flops / shape->batch / one / peak, 1);
    bench_put(row, "batch bf16 ms", took.batch[NN_BF16] * 1e3, 2);
    bench_put(row, "batch int8 ms", took.batch[NN_INT8] * 1e3, 2);
    bench_put(row, "one bf16 ms", took.one[NN_BF16] * 1e3, 3);
    bench_put(row, "one int8 ms", took.one[NN_INT8] * 1e3, 3);
    if (shape->width) {
        bench_put(row, "same shape sgemm GFLOP/s", product.sgemm, 1);
        bench_put(row, "same shape tiles GFLOP/s", product.ours, 1);
    }
    return NN_OK;
}

int bench_models(bench *self, nn_error *error)
{
    int code = NN_OK;
    for (const bench_shape *s = bench_shapes; s->name && !code; s++) {
        bool asked = self->only && strchr(self->only, '/');
        if ((self->quick && !asked && (strcmp(s->name, "traffic") == 0 || s->width == 0)) ||
            !bench_wants(self, "models", s->name))
            continue;
        code = verify(s, error);
        for (int i = 0; i < self->thread_count_count && !code; i++) {
            code = measure(self, s, self->thread_counts[i], error);
            if (!code)
                code = bench_check_stop(self, error);
        }
    }
    return code ? code : bench_stations(self, error);
}
