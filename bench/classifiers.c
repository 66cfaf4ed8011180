/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of the light-curve classifier alone, in objects per second: tokens in, logits out. */
#include "bench/bench.h"

#include "forecast/tasks/lightcurves/training/fit.h"
#include "lib/base/random.h"
#include "lib/pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 16, CHUNKS = 64, MOST_THREADS = 2, CLASSES = 14 };

/* Settings of t2 that are measured. */
typedef struct way {
    const char *name;
    int heads; /* 0: as the default */
} way;
static const way ways[] = {{"network", 0}, {"network-4-heads", 4}, {0}};

typedef struct work {
    fc_classifier *model;
    nn_plan *plan[MOST_THREADS];
    nn_ports ports[MOST_THREADS];
    nn_real *tokens; /* of all chunks */
    nn_pool *pool;
} work;

static int make_model(work *w, const way *v, nn_error *error)
{
    const fc_kind *kind = fc_kind_find("t2");
    void *config = NULL;
    char name[CLASSES][4], heads[8];
    const char *names[CLASSES];
    ds_bands bands;
    fc_model *model = NULL;
    const fc_class_set classes = {
        .bands = &bands, .classes = CLASSES, .class_names = names, .redshift = true};
    for (int c = 0; c < CLASSES; c++) {
        snprintf(name[c], sizeof name[c], "%d", c);
        names[c] = name[c];
    }
    snprintf(heads, sizeof heads, "%d", v->heads);
    int code = fc_kind_config(&config, kind, error);
    if (!code)
        code = ds_bands_parse(&bands, "g=4802,i=7542,r=6231,u=3685,y=9736,z=8690", error);
    if (!code && v->heads)
        code = nn_option_set(nn_option_find(kind->options, "heads"), config, heads, error);
    if (!code)
        code = fc_model_new(
            &model, &(fc_request){.kind = kind, .config = config, .objects = &classes, .seed = 1}, error);
    fc_kind_config_free(config, kind);
    w->model = fc_classifier_of(model);
    return code;
}

static size_t tokens_of_chunk(const work *w)
{
    return (size_t)BATCH * (size_t)fc_token_count(w->model) * (size_t)fc_token_width(w->model);
}

static int make_plan(work *w, int t, nn_error *error)
{
    w->plan[t] = nn_plan_new(w->model->base.params, BATCH, false);
    if (!w->plan[t])
        return nn_no_memory(error);
    fc_classifier_build(w->model, w->plan[t], &w->ports[t]);
    nn_keep(w->plan[t], w->ports[t].output);
    nn_keep(w->plan[t], w->ports[t].kept[0]);
    nn_plan_keep_packed(w->plan[t]);
    return nn_plan_compile(w->plan[t], error);
}

static int make(work *w, const way *v, int threads, nn_error *error)
{
    int code = make_model(w, v, error);
    for (int t = 0; t < threads && !code; t++)
        code = make_plan(w, t, error);
    if (code)
        return code;
    size_t count = CHUNKS * tokens_of_chunk(w);
    w->tokens = malloc(count * sizeof *w->tokens);
    if (!w->tokens)
        return nn_no_memory(error);
    for (size_t i = 0; i < count; i++)
        w->tokens[i] = (nn_real)(2 * nn_random_uniform(1, i) - 1);
    return nn_pool_new(&w->pool, threads, error);
}

static void clear(work *w)
{
    nn_pool_free(w->pool);
    for (int t = 0; t < MOST_THREADS; t++)
        nn_plan_free(w->plan[t]);
    free(w->tokens);
    fc_model_free(w->model ? &w->model->base : NULL);
}

static void one_chunk(void *context, int i, int worker)
{
    work *w = context;
    size_t count = tokens_of_chunk(w);
    nn_run run = {.batch = BATCH, .params = w->model->base.params->data};
    memcpy(w->ports[worker].inputs[0]->data, w->tokens + (size_t)i * count, count * sizeof *w->tokens);
    nn_plan_forward(w->plan[worker], &run);
}

static void all_chunks(void *context)
{
    work *w = context;
    nn_pool_run(w->pool, CHUNKS, one_chunk, w);
}

/* The last object of a chunk alone has the logits that it has among the others. */
static int verify(work *w, nn_error *error)
{
    nn_real logits[CLASSES];
    const nn_ports *ports = &w->ports[0];
    size_t one = tokens_of_chunk(w) / BATCH;
    nn_run run = {.batch = 1, .params = w->model->base.params->data};
    one_chunk(w, 0, 0);
    memcpy(logits, ports->output->data + (BATCH - 1) * CLASSES, sizeof logits);
    memcpy(ports->inputs[0]->data, w->tokens + (BATCH - 1) * one, one * sizeof *w->tokens);
    nn_plan_forward(w->plan[0], &run);
    for (int c = 0; c < CLASSES; c++)
        if (!(fabs((double)(logits[c] - ports->output->data[c])) < 1e-4))
            return nn_fail(error, NN_FAILED, "logit %d is %g alone and %g among others", c,
                           (double)ports->output->data[c], (double)logits[c]);
    return NN_OK;
}

static int measure(bench *self, const way *v, int threads, nn_error *error)
{
    work w = {0};
    int code = make(&w, v, threads, error);
    if (!code)
        code = verify(&w, error);
    double seconds = code ? NAN : bench_time(&self->effort, all_chunks, &w), n = CHUNKS * BATCH;
    clear(&w);
    bench_row *row = code ? NULL : bench_add(self, "lightcurves", v->name, threads);
    if (!row)
        return code ? code : nn_no_memory(error);
    bench_put(row, "points/object", NAN, 1);
    bench_put(row, "decompositions/object", NAN, 2);
    bench_put(row, "us/object", seconds / n * 1e6, 1);
    bench_put(row, "objects/s", n / seconds, 0);
    return NN_OK;
}

int bench_classifiers(bench *self, nn_error *error)
{
    int code = NN_OK;
    for (const way *v = ways; v->name && !code; v++)
        for (int t = 0; t < self->thread_count_count && !code; t++) {
            int threads = self->thread_counts[t] < MOST_THREADS ? self->thread_counts[t] : MOST_THREADS;
            if (bench_wants(self, "lightcurves", v->name) && !(code = bench_check_stop(self, error)))
                code = measure(self, v, threads, error);
        }
    return code;
}
