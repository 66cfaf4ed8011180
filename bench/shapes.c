/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks in the published shapes, ready to train and infer. */
#include "bench/shapes.h"

#include "forecast/tasks/series/network.h"
#include "lib/base/clock.h"
#include "lib/base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const bench_shape bench_shapes[] = {{"etth1", 7, 4, 32, 128, 2, 96, 96},
                                    {"ett256", 7, 4, 32, 256, 2, 96, 96},
                                    {"weather", 21, 4, 32, 512, 3, 96, 96},
                                    {"ecl", 321, 4, 16, 512, 3, 96, 96},
                                    {"traffic", 862, 4, 16, 512, 4, 96, 96},
                                    {"t2v-paper", 5, 0, 8, 0, 5, 128, 1},
                                    {0}};

const bench_shape *bench_shape_find(const char *name)
{
    for (const bench_shape *s = bench_shapes; s->name; s++)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

/* The encoder of arXiv 2504.13801: 12 heads of 256 over 3 columns more than it is given, feed-forward 256. */
static double paper_flops(const bench_shape *s)
{
    const double t = s->lookback, d = s->variates + 3, inner = 12 * 256, ff = 256;
    return 2 * t * s->layers * (3 * d * inner + 2 * t * inner + inner * d + 2 * d * ff);
}

double bench_shape_flops(const bench_shape *s, int batch)
{
    if (s->width == 0)
        return batch * paper_flops(s);
    double t = s->variates + s->features, d = s->width;
    return 2.0 * batch * t * (s->lookback * d + s->layers * (6 * d * d + 2 * t * d) + d * s->horizon);
}

/* --- the network
 * ----------------------------------------------------------------------------------------------- */

static void build(void *context, nn_plan *plan, nn_ports *ports)
{
    const bench_net *net = context;
    const bench_shape *s = net->shape;
    const fc_series_network *network = net->kind->network;
    fc_series_inputs in = {.sizes = {.lookback = s->lookback,
                                     .horizon = s->horizon,
                                     .variates = s->variates,
                                     .features = s->features}};
    in.series = nn_input(plan, 2, (int[]){s->lookback, s->variates});
    if (s->features)
        in.time_features = nn_input(plan, 2, (int[]){s->lookback, s->features});
    ports->inputs[0] = in.series;
    ports->inputs[1] = in.time_features;
    ports->output = network->build(plan, net->config, &in);
    ports->target = nn_input(plan, 2, (int[]){s->horizon, s->variates});
}

static void fill(const bench_net *net, nn_tensor *x, int row, size_t sample)
{
    if (!x)
        return;
    size_t n = (size_t)x->shape[1] * (size_t)x->shape[2];
    size_t from = (size_t)(nn_random(n, sample) % (net->value_count - n + 1));
    memcpy(x->data + (size_t)row * n, net->values + from, n * sizeof *net->values);
}

static void load(void *context, const size_t *index, int count, uint64_t batch_key, const nn_ports *ports)
{
    const bench_net *net = context;
    (void)batch_key;
    for (int b = 0; b < count; b++) {
        fill(net, ports->inputs[0], b, index[b]);
        fill(net, ports->inputs[1], b, index[b]);
        fill(net, ports->target, b, index[b]);
    }
}

nn_task bench_net_task(bench_net *net)
{
    return (nn_task){net, build};
}

nn_source bench_net_source(bench_net *net, size_t samples)
{
    return (nn_source){.context = net, .count = samples, .load = load};
}

static int configure(bench_net *net, nn_error *error)
{
    char width[16], layers[16];
    snprintf(width, sizeof width, "%d", net->shape->width);
    snprintf(layers, sizeof layers, "%d", net->shape->layers);
    const char *variates[][2] = {{"d-model", width}, {"d-ff", width}, {"layers", layers}},
               *paper[][2] = {{"preset", "paper"}, {"blocks", layers}, {"hidden", "64"}},
               *(*settings)[2] = net->shape->width ? variates : paper;
    net->kind = fc_kind_find(net->shape->width ? "itransformer" : "time2vec");
    int code = fc_kind_config(&net->config, net->kind, error);
    for (size_t i = 0; i < 3 && !code; i++)
        code = nn_option_set(nn_option_find(net->kind->options, settings[i][0]), net->config, settings[i][1],
                             error);
    return code;
}

/* Records the model once so that the table of parameters is complete, and draws them. */
static int draw_params(bench_net *net, nn_error *error)
{
    net->params = nn_params_new();
    nn_plan *plan = net->params ? nn_plan_new(net->params, 1, false) : NULL;
    if (!plan)
        return nn_no_memory(error);
    nn_ports ports = {0};
    build(net, plan, &ports);
    int code = nn_plan_check(plan, error);
    nn_plan_free(plan);
    return code ? code : nn_params_allocate(net->params, 1, error);
}

int bench_net_make(bench_net *net, const bench_shape *shape, nn_error *error)
{
    size_t longest = (size_t)(shape->lookback > shape->horizon ? shape->lookback : shape->horizon);
    size_t widest = (size_t)(shape->variates > shape->features ? shape->variates : shape->features);
    *net = (bench_net){.shape = shape, .value_count = 2 * longest * widest};
    net->values = malloc(net->value_count * sizeof *net->values);
    if (!net->values)
        return nn_no_memory(error);
    for (size_t i = 0; i < net->value_count; i++)
        net->values[i] = (float)(2 * nn_random_uniform(7, i) - 1);
    int code = configure(net, error);
    return code ? code : draw_params(net, error);
}

void bench_net_clear(bench_net *net)
{
    if (net->kind)
        fc_kind_config_free(net->config, net->kind);
    nn_params_free(net->params);
    free(net->values);
    *net = (bench_net){0};
}

/* --- training
 * -------------------------------------------------------------------------------------------------- */

typedef struct stopwatch {
    double *seconds, last;
    size_t count, room;
    int threads, batch;
} stopwatch;

static void lap(stopwatch *watch)
{
    double now = nn_seconds();
    if (watch->count < watch->room)
        watch->seconds[watch->count++] = now - watch->last;
    watch->last = nn_seconds();
}

static int after_step(void *context, const nn_progress *progress)
{
    if (progress->step < progress->steps)
        lap(context);
    return 0;
}

/* The first lap holds the preparations. */
static double watch_median(stopwatch *watch)
{
    return watch->count > 1 ? bench_median(watch->seconds + 1, watch->count - 1) : NAN;
}

int bench_net_train(bench_net *net, int threads, int steps, bench_training *result, nn_error *error)
{
    const bench_shape *s = net->shape;
    fc_training defaults = {0};
    int code = nn_options_default(fc_training_options, &defaults, error);
    if (code)
        return code;
    /* The callback comes after each step but the last one, and the first one is not counted. */
    stopwatch watch = {.room = (size_t)steps + 1, .last = nn_seconds()};
    watch.seconds = malloc(watch.room * sizeof *watch.seconds);
    if (!watch.seconds)
        return nn_no_memory(error);
    nn_pool *pool = NULL;
    nn_task task = bench_net_task(net);
    nn_source train = bench_net_source(net, (size_t)s->batch * (size_t)(steps + 2)),
              one = bench_net_source(net, 1);
    nn_training settings = {.epochs = 1,
                            .batch = s->batch,
                            .shards = defaults.shards,
                            .learning_rate = 1e-4,
                            .schedule = NN_CONSTANT,
                            .seed = 1};
    double validation;
    int epochs, best;
    code = nn_pool_new(&pool, threads, error);
    if (!code)
        code = nn_train(net->params, &task, &train, &one, &settings, pool, &result->loss, &validation,
                        &epochs, &best, after_step, &watch, error);
    result->step = watch_median(&watch);
    nn_pool_free(pool);
    free(watch.seconds);
    return code;
}

/* --- inference
 * ------------------------------------------------------------------------------------------------- */

static void after_chunk(void *context, size_t first, int count, const nn_ports *ports)
{
    stopwatch *watch = context;
    (void)ports;
    if ((first + (size_t)count) % (size_t)watch->batch == 0)
        lap(watch);
}

/* A single sample as a service would serve it: one plan, kept, whose passes all threads share. */
int bench_net_infer_one(bench_net *net, int threads, int rounds, double *seconds, nn_error *error)
{
    nn_pool *pool = NULL;
    nn_ports ports = {0};
    nn_plan *plan = nn_plan_new(net->params, 1, false);
    double *times = malloc(((size_t)rounds + 1) * sizeof *times);
    int code = plan && times ? nn_pool_new(&pool, threads, error) : nn_no_memory(error);
    if (!code) {
        nn_plan_divide(plan, nn_pool_threads(pool));
        build(net, plan, &ports);
        nn_keep(plan, ports.output);
        nn_plan_keep_packed(plan);
        code = nn_plan_compile(plan, error);
    }
    nn_run run = {.batch = 1, .params = net->params->data};
    for (size_t i = 0; !code && i <= (size_t)rounds; i++) {
        double start = nn_seconds();
        load(net, &i, 1, 0, &ports);
        nn_plan_forward_shared(plan, &run, pool);
        times[i] = nn_seconds() - start;
    }
    *seconds = code ? NAN : bench_median(times + 1, (size_t)rounds);
    free(times);
    nn_plan_free(plan);
    nn_pool_free(pool);
    return code;
}

int bench_net_infer(bench_net *net, int batch, int threads, int rounds, double *seconds, nn_error *error)
{
    threads = threads < batch ? threads : batch;
    while (batch % threads)
        threads--;
    stopwatch watch = {.room = (size_t)rounds + 1, .last = nn_seconds(), .batch = batch};
    watch.seconds = malloc(watch.room * sizeof *watch.seconds);
    if (!watch.seconds)
        return nn_no_memory(error);
    nn_pool *pool = NULL;
    nn_task task = bench_net_task(net);
    nn_source source = bench_net_source(net, (size_t)batch * watch.room);
    int code = nn_pool_new(&pool, threads, error);
    if (!code)
        code = nn_infer(net->params, &task, &source, batch / threads, pool, after_chunk, &watch, error);
    *seconds = watch_median(&watch);
    nn_pool_free(pool);
    free(watch.seconds);
    return code;
}
