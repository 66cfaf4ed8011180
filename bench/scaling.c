/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sample costs as variates and the look-back window grow. */
#include "bench/bench.h"
#include "bench/shapes.h"

#include <math.h>
#include <stdio.h>

enum { WIDTH = 256, LAYERS = 2, BATCH = 4, HORIZON = 96 };

static const int variates[] = {7, 21, 107, 321, 862, 2000};
static const int lookbacks[] = {96, 192, 336, 720, 1440};

static int plan_bytes(bench_net *net, double *bytes, nn_error *error)
{
    nn_plan *plan = nn_plan_new(net->params, BATCH, true);
    if (!plan)
        return nn_no_memory(error);
    nn_ports ports = {0};
    nn_task task = bench_net_task(net);
    task.build(task.context, plan, &ports);
    nn_loss(plan, NN_MSE, 0, ports.output, ports.target);
    int code = nn_plan_compile(plan, error);
    *bytes = (double)nn_plan_bytes(plan);
    nn_plan_free(plan);
    return code;
}

static int measure(bench *self, const char *name, int n, int lookback, nn_error *error)
{
    int threads = self->thread_counts[self->thread_count_count - 1];
    const bench_machine *machine = bench_limits(self, threads);
    bench_shape shape = {name, n, 4, BATCH, WIDTH, LAYERS, lookback, HORIZON};
    double flops = bench_shape_flops(&shape, BATCH), infer = NAN, bytes = NAN;
    double wanted = self->quick ? 0 : 1 / (3 * flops / 60e9); /* as many as take about a second */
    int rounds = wanted < 7 ? (self->quick ? 3 : 7) : wanted > 200 ? 200 : (int)wanted;
    bench_training training = {0};
    bench_net net;
    int code = bench_net_make(&net, &shape, error);
    if (!code)
        code = bench_net_train(&net, threads, rounds, &training, error);
    if (!code)
        code = bench_net_infer(&net, BATCH, threads, rounds, &infer, error);
    if (!code)
        code = plan_bytes(&net, &bytes, error);
    bench_net_clear(&net);
    if (!code && !isfinite(training.loss))
        code = nn_fail(error, NN_FAILED, "%s: the loss is not finite", name);
    bench_row *row = code ? NULL : bench_add(self, "scaling", name, threads);
    if (!row)
        return code ? code : nn_no_memory(error);
    bench_put(row, "training ms/sample", training.step / BATCH * 1e3, 3);
    bench_put(row, "training us/sample/variate", training.step / BATCH / n * 1e6, 2);
    bench_put(row, "of sgemm %", machine ? 3 * flops / training.step / machine->sgemm / 1e7 : NAN, 1);
    bench_put(row, "inference ms/sample", infer / BATCH * 1e3, 3);
    bench_put(row, "arena MB/sample", bytes / BATCH / 1e6, 2);
    return NN_OK;
}

int bench_scaling(bench *self, nn_error *error)
{
    char name[32];
    int code = NN_OK;
    for (size_t i = 0; i < sizeof variates / sizeof *variates && !code; i++) {
        snprintf(name, sizeof name, "variates-%d", variates[i]);
        if (bench_wants(self, "scaling", name) && !(code = bench_check_stop(self, error)))
            code = measure(self, name, variates[i], 96, error);
    }
    for (size_t i = 0; i < sizeof lookbacks / sizeof *lookbacks && !code; i++) {
        snprintf(name, sizeof name, "look-back-%d", lookbacks[i]);
        if (bench_wants(self, "scaling", name) && !(code = bench_check_stop(self, error)))
            code = measure(self, name, 21, lookbacks[i], error);
    }
    return code;
}
