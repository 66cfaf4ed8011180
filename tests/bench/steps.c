/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processor time of a training step, or of the inference of a batch, of the shapes of `auspex bench --only
 * models`: it tells two programs apart on a machine where others run, too.
 *
 *     bench_steps SHAPE THREADS STEPS [PRECISION]
 *
 * SHAPE may also be a network of stations, 'hsttn farms', which trains.
 * PRECISION: 0 to 2 (lib/kernels/kinds.h) infers; without it, training steps. Prints the median and the least
 * in milliseconds, page faults a step after the first, the peak of resident memory, and the loss, which is
 * the same for all threads. */
#include "bench/bench.h"
#include "bench/measure.h"
#include "bench/shapes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { MOST = 10000 };

typedef struct watch {
    double seconds[MOST], last;
    long faults; /* before the second step */
    int count, batch;
} watch;

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static struct rusage usage(void)
{
    struct rusage now = {0};
    getrusage(RUSAGE_SELF, &now);
    return now;
}

static void lap(watch *w)
{
    if (w->count < MOST)
        w->seconds[w->count++] = processor_seconds() - w->last;
    if (w->count == 1)
        w->faults = usage().ru_minflt;
    w->last = processor_seconds();
}

static int after_step(void *context, const nn_progress *progress)
{
    if (progress->step < progress->steps)
        lap(context);
    return 0;
}

static void after_chunk(void *context, size_t first, int count, const nn_ports *ports)
{
    watch *w = context;
    (void)ports;
    if ((first + (size_t)count) % (size_t)w->batch == 0)
        lap(w);
}

static int run(watch *w, bench_net *net, int threads, int steps, int precision, double *loss, nn_error *error)
{
    const nn_training settings = {.epochs = 1,
                                  .batch = w->batch,
                                  .shards = 4,
                                  .learning_rate = 1e-4,
                                  .schedule = NN_CONSTANT,
                                  .seed = 1};
    const nn_task task = bench_net_task(net);
    const nn_source source = bench_net_source(net, (size_t)w->batch * (size_t)(steps + 2)),
                    one = bench_net_source(net, 1);
    double validation;
    int epochs, best;
    nn_pool *pool = NULL;
    int code = nn_pool_new(&pool, threads, error);
    if (code)
        return code;
    w->last = processor_seconds();
    if (precision < 0) {
        code = nn_train(net->params, &task, &source, &one, &settings, pool, loss, &validation, &epochs, &best,
                        after_step, w, error);
    } else {
        net->params->precision = (nn_precision)precision;
        code = nn_infer(net->params, &task, &source, w->batch / threads, pool, after_chunk, w, error);
    }
    nn_pool_free(pool);
    return code;
}

static void print(const watch *w, const char *name, double loss)
{
    double least = INFINITY;
    for (int i = 1; i < w->count; i++)
        least = fmin(least, w->seconds[i]);
    const struct rusage end = usage();
    double seconds[MOST];
    memcpy(seconds, w->seconds, sizeof seconds);
    printf("%s: median %.3f ms, least %.3f ms, %.1f faults, peak %.1f MB, loss %.9g\n", name,
           1e3 * bench_median(seconds + 1, (size_t)w->count - 1), 1e3 * least,
           (double)(end.ru_minflt - w->faults) / w->count, (double)end.ru_maxrss * 1024 / 1e6, loss);
}

static int run_stations(watch *w, char **words)
{
    nn_error error = {0};
    double loss = NAN;
    w->last = processor_seconds();
    if (bench_stations_train(words[1], atoi(words[2]), atoi(words[3]), after_step, w, &loss, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    print(w, words[1], loss);
    return 0;
}

int main(int count, char **words)
{
    static watch w;
    const bench_shape *shape = count > 3 ? bench_shape_find(words[1]) : NULL;
    const int threads = shape ? atoi(words[2]) : 0, steps = shape ? atoi(words[3]) : 0;
    nn_error error = {0};
    bench_net net;
    double loss = NAN;
    if (count == 4 && !shape && atoi(words[2]) > 0 && atoi(words[3]) > 0)
        return run_stations(&w, words);
    if (threads < 1 || threads > shape->batch || steps < 1) {
        fprintf(stderr, "bench_steps SHAPE THREADS STEPS [PRECISION]\n");
        return 2;
    }
    w.batch = shape->batch;
    int code = bench_net_make(&net, shape, &error);
    if (!code)
        code = run(&w, &net, threads, steps, count > 4 ? atoi(words[4]) : -1, &loss, &error);
    bench_net_clear(&net);
    if (code) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    print(&w, shape->name, loss);
    return 0;
}
