/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peak memory of training: each shape in a process of its own. */
#include "bench/bench.h"
#include "bench/child.h"
#include "bench/shapes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int bench_peak(const char *name, int threads, nn_error *error)
{
    const bench_shape *shape = bench_shape_find(name);
    if (!shape)
        return nn_fail(error, NN_USAGE, "--peak: there are the shapes etth1, ett256, weather, ecl, traffic");
    bench_net net;
    bench_training training = {0};
    int code = bench_net_make(&net, shape, error);
    if (!code)
        code = bench_net_train(&net, threads, 1, &training, error);
    bench_net_clear(&net);
    if (!code && !isfinite(training.loss))
        code = nn_fail(error, NN_FAILED, "%s: the loss is not finite", name);
    return code;
}

static int measure(bench *self, const char *shape, int threads, nn_error *error)
{
    char count[16], text[64], *end;
    snprintf(count, sizeof count, "%d", threads);
    char *arguments[] = {(char *)self->program, "bench", "--peak",  (char *)shape,
                         "--threads",           count,   "--quiet", NULL};
    int code = bench_child_run(arguments, text, sizeof text, error);
    if (code)
        return code;
    double megabytes = strtod(text, &end);
    bench_row *row = bench_add(self, "memory", shape, threads);
    if (!row)
        return nn_no_memory(error);
    bench_put(row, "training peak MB", end == text ? NAN : megabytes, 1);
    return NN_OK;
}

int bench_memory(bench *self, nn_error *error)
{
    int code = NN_OK;
    for (const bench_shape *s = bench_shapes; s->name && self->program && !code; s++) {
        bool asked = self->only && strchr(self->only, '/');
        if ((self->quick && !asked && strcmp(s->name, "traffic") == 0) ||
            !bench_wants(self, "memory", s->name))
            continue;
        for (int i = 0; i < self->thread_count_count && !code; i++) {
            code = measure(self, s->name, self->thread_counts[i], error);
            if (!code)
                code = bench_check_stop(self, error);
        }
    }
    return code;
}
