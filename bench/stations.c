/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training steps of the model of station networks, beside its own count of operations. */
#include "bench/bench.h"

#include "forecast/tasks/stations/network.h"
#include "lib/base/clock.h"
#include "lib/base/random.h"
#include "lib/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sizes of panels people have: wind farms by the hour, a traffic network. */
typedef struct network {
    const char *name;
    int stations, lookback, horizon, past, future, batch;
} network;

static const network networks[] = {
    {"hsttn farms", 10, 24, 6, 10, 8, 32}, {"hsttn traffic", 207, 12, 12, 8, 7, 8}, {0}};

typedef struct net {
    const network *shape;
    const fc_kind *kind;
    void *config;
    nn_params *params;
} net;

static void build(void *context, nn_plan *plan, nn_ports *ports)
{
    const net *self = context;
    const network *n = self->shape;
    fc_panel_form form;
    const fc_stations_network *parts = self->kind->network;
    fc_stations_inputs in = {
        .sizes = {.lookback = n->lookback, .horizon = n->horizon, .stations = n->stations},
        .past_channels = n->past,
        .future_channels = n->future,
        .history_width = n->lookback};
    nn_tensor *further[2];
    parts->form(self->config, &in.sizes, &form);
    ports->inputs[0] = in.past = nn_input(plan, 3, (int[]){n->stations, form.rows, n->past});
    ports->inputs[1] = in.future = nn_input(plan, 3, (int[]){n->stations, form.rows / form.step, n->future});
    ports->inputs[2] = in.history = nn_input(plan, 2, (int[]){n->stations, n->lookback});
    ports->output = parts->build(plan, self->config, &in, further);
    ports->target = nn_input(plan, 2, (int[]){n->stations, n->horizon});
}

static void fill(nn_tensor *x, int row, size_t sample)
{
    size_t n = 1;
    for (int i = 1; i < x->rank; i++)
        n *= (size_t)x->shape[i];
    for (size_t i = 0; i < n; i++)
        x->data[(size_t)row * n + i] = (nn_real)(2 * nn_random_uniform(sample, i) - 1);
}

static void load(void *context, const size_t *index, int count, uint64_t batch_key, const nn_ports *ports)
{
    (void)context, (void)batch_key;
    for (int b = 0; b < count; b++) {
        for (int k = 0; k < 3; k++)
            fill(ports->inputs[k], b, index[b]);
        fill(ports->target, b, index[b]);
    }
}

static void net_clear(net *self)
{
    fc_kind_config_free(self->config, self->kind);
    nn_params_free(self->params);
}

/* macs: multiply-adds of one sample's forward pass. */
static int net_make(net *self, const network *shape, double *macs, nn_error *error)
{
    *self = (net){.shape = shape, .kind = fc_kind_find("hsttn"), .params = nn_params_new()};
    int code = fc_kind_config(&self->config, self->kind, error);
    nn_plan *plan = self->params && !code ? nn_plan_new(self->params, 1, false) : NULL;
    if (!plan)
        return nn_no_memory(error);
    nn_ports ports = {0};
    build(self, plan, &ports);
    code = nn_plan_check(plan, error);
    *macs = nn_plan_macs(plan);
    nn_plan_free(plan);
    return code ? code : nn_params_allocate(self->params, 1, error);
}

/* --- steps --- */

typedef struct laps {
    double seconds[64], last;
    size_t count;
} laps;

static int after_step(void *context, const nn_progress *progress)
{
    laps *l = context;
    double now = nn_seconds();
    if (progress->step < progress->steps && l->count < 64)
        l->seconds[l->count++] = now - l->last;
    l->last = nn_seconds();
    return 0;
}

static int train_watched(const network *shape, int threads, int steps, nn_progress_fn progress, void *context,
                         double *loss, double *macs, nn_error *error)
{
    net self;
    nn_pool *pool = NULL;
    nn_training settings = {.epochs = 1,
                            .batch = shape->batch,
                            .shards = 4,
                            .learning_rate = 1e-4,
                            .schedule = NN_CONSTANT,
                            .seed = 1};
    double validation;
    int epochs, best, code = net_make(&self, shape, macs, error);
    if (!code)
        code = nn_pool_new(&pool, threads, error);
    if (!code) {
        nn_task task = {&self, build};
        nn_source source = {.count = (size_t)shape->batch * (size_t)(steps + 2), .load = load},
                  one = {.count = 1, .load = load};
        code = nn_train(self.params, &task, &source, &one, &settings, pool, loss, &validation, &epochs, &best,
                        progress, context, error);
    }
    nn_pool_free(pool);
    net_clear(&self);
    return code;
}

int bench_stations_train(const char *name, int threads, int steps, nn_progress_fn progress, void *context,
                         double *loss, nn_error *error)
{
    double macs;
    for (const network *n = networks; n->name; n++)
        if (strcmp(n->name, name) == 0)
            return train_watched(n, threads, steps, progress, context, loss, &macs, error);
    return nn_fail(error, NN_USAGE, "there are no stations called '%s'", name);
}

static int train(const network *shape, int threads, int steps, double *loss, double *seconds, double *macs,
                 nn_error *error)
{
    laps l = {.last = nn_seconds()};
    const int code = train_watched(shape, threads, steps, after_step, &l, loss, macs, error);
    /* The first lap holds the preparations. */
    *seconds = l.count > 1 ? bench_median(l.seconds + 1, l.count - 1) : NAN;
    return code;
}

static int measure(bench *self, const network *shape, int threads, nn_error *error)
{
    double loss, seconds, macs;
    int code = train(shape, threads, self->quick ? 4 : 20, &loss, &seconds, &macs, error);
    if (code)
        return code;
    const bench_machine *machine = bench_limits(self, threads);
    double limit = machine ? machine->sgemm * 1e9 : NAN, flops = 3 * 2 * macs * shape->batch;
    bench_row *row = bench_add(self, "models", shape->name, threads);
    if (!row)
        return nn_no_memory(error);
    bench_put(row, "step ms", seconds * 1e3, 2);
    bench_put(row, "GFLOP/s", flops / seconds / 1e9, 1);
    bench_put(row, "of sgemm %", 100 * flops / seconds / limit, 1);
    bench_put(row, "batch ms", NAN, 2);
    bench_put(row, "batch of sgemm %", NAN, 1);
    bench_put(row, "one ms", NAN, 3);
    return NN_OK;
}

/* The loss is finite, and the same to the last bit with one thread and two. */
static int verify(const network *shape, nn_error *error)
{
    double loss[2] = {0, 1}, seconds, macs;
    int code = train(shape, 1, 1, &loss[0], &seconds, &macs, error);
    if (!code)
        code = train(shape, 2, 1, &loss[1], &seconds, &macs, error);
    if (!code && (!isfinite(loss[0]) || loss[0] != loss[1]))
        code = nn_fail(error, NN_FAILED, "%s: the loss is %.17g with one thread and %.17g with two",
                       shape->name, loss[0], loss[1]);
    return code;
}

int bench_stations(bench *self, nn_error *error)
{
    int code = NN_OK;
    for (const network *n = networks; n->name && !code; n++) {
        if (!bench_wants(self, "models", n->name))
            continue;
        code = verify(n, error);
        for (int i = 0; i < self->thread_count_count && !code; i++) {
            code = measure(self, n, self->thread_counts[i], error);
            if (!code)
                code = bench_check_stop(self, error);
        }
    }
    return code;
}
