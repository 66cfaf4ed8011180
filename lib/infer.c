/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Infers in batches, on plans of which every thread has one. */
#include "lib/base/slab.h"
#include "lib/train_internal.h"

#include <stdlib.h>

/* --- one plan per thread --- */

void nn_replicas_clear(nn_replicas *set)
{
    for (int i = 0; set->items && i < set->count; i++)
        nn_plan_free(set->items[i].plan);
    free(set->items);
    if (!set->borrowed)
        free(set->packed);
    *set = (nn_replicas){0};
}

int nn_replica_record(nn_replica *r, int parts, nn_params *params, const nn_task *task, int batch,
                      const nn_training *settings, nn_error *error)
{
    r->plan = nn_plan_new(params, batch, settings != NULL);
    if (!r->plan)
        return nn_no_memory(error);
    nn_plan_divide(r->plan, parts);
    task->build(task->context, r->plan, &r->ports);
    nn_keep(r->plan, r->ports.output);
    for (int k = 0; k < NN_MAX_KEPT; k++)
        if (r->ports.kept[k])
            nn_keep(r->plan, r->ports.kept[k]);
    if (settings && settings->tree)
        nn_tree_loss(r->plan, settings->tree, r->ports.output, r->ports.target);
    else if (settings)
        nn_loss_stepped(r->plan, settings->loss, settings->loss_parameter, settings->steps, r->ports.output,
                        r->ports.target);
    return NN_OK;
}

int nn_replicas_make(nn_replicas *set, int count, int parts, nn_params *params, const nn_task *task,
                     int batch, const nn_training *settings, bool keep, nn_error *error)
{
    *set = (nn_replicas){.items = calloc((size_t)count, sizeof(nn_replica)), .count = count};
    if (!set->items)
        return nn_no_memory(error);
    for (int i = 0; i < count; i++) {
        nn_replica *r = &set->items[i];
        int code = nn_replica_record(r, parts, params, task, batch, settings, error);
        if (!code && keep)
            nn_plan_keep_packed(r->plan);
        if (!code)
            code = nn_plan_compile(r->plan, error);
        if (code)
            return code;
    }
    return NN_OK;
}

int nn_replicas_packed(nn_replicas *set, const nn_replicas *lender, nn_error *error)
{
    size_t size = nn_plan_packed_size(set->items[0].plan);
    if (nn_plan_keeps_packed(set->items[0].plan))
        return NN_OK;
    if (lender && lender->packed && nn_plan_packed_size(lender->items[0].plan) == size) {
        set->packed = lender->packed;
        set->borrowed = true;
    } else if (size && !(set->packed = nn_slab_new(size * sizeof(nn_real))))
        return nn_fail(error, NN_FAILED, "no memory for packing %zu weights", size);
    return NN_OK;
}

typedef struct packing {
    const nn_replicas *set;
    const nn_real *params;
    int parts;
} packing;

static void pack_part(void *context, int part, int worker)
{
    const packing *self = context;
    (void)worker;
    const nn_plan *plan = self->set->items[0].plan;
    if (self->set->packed)
        nn_plan_pack(plan, self->params, self->set->packed, part, self->parts);
    else
        nn_plan_pack_kept(plan, part, self->parts);
}

void nn_replicas_pack(const nn_replicas *set, const nn_params *params, nn_pool *pool)
{
    enum { PARTS = 8 };
    packing self = {set, params->data, PARTS};
    if (set->packed || nn_plan_keeps_packed(set->items[0].plan))
        nn_pool_run(pool, PARTS, pack_part, &self);
}

/* --- inference --- */

static int chunk_size(const nn_inference *self, size_t first)
{
    size_t left = self->source->count - first;
    return left < (size_t)self->batch ? (int)left : self->batch;
}

static void infer_chunk(void *context, int n, int worker)
{
    (void)worker;
    nn_inference *self = context;
    nn_replica *r = &self->set.items[n];
    size_t first = self->first + (size_t)n * (size_t)self->batch;
    size_t *index = self->index + (size_t)n * (size_t)self->batch;
    int count = chunk_size(self, first);
    for (int i = 0; i < count; i++)
        index[i] = first + (size_t)i;
    self->source->load(self->source->context, index, count, 0, &r->ports);
    nn_run run = {.batch = count, .params = self->params->data, .packed = self->set.packed};
    if (self->set.count == 1) /* then the pool's threads have nothing else to do */
        nn_plan_forward_shared(r->plan, &run, self->pool);
    else
        nn_plan_forward(r->plan, &run);
}

int nn_inference_init(nn_inference *self, nn_params *params, const nn_task *task, const nn_source *source,
                      int batch, nn_pool *pool, const nn_replicas *lender, nn_error *error)
{
    size_t chunks = (source->count + (size_t)batch - 1) / (size_t)batch;
    int threads = nn_pool_threads(pool), replicas_wanted = threads;
    if ((size_t)replicas_wanted > chunks)
        replicas_wanted = chunks ? (int)chunks : 1;
    *self = (nn_inference){.params = params, .source = source, .pool = pool, .batch = batch};
    self->chunks = chunks;
    self->index = malloc((size_t)replicas_wanted * (size_t)batch * sizeof *self->index);
    self->sums = calloc(chunks + 1, sizeof *self->sums);
    self->known = calloc(chunks + 1, sizeof *self->known);
    if (!self->index || !self->sums || !self->known)
        return nn_no_memory(error);
    int code = nn_replicas_make(&self->set, replicas_wanted, replicas_wanted == 1 ? threads : 1, params,
                                source->network ? source->network : task, batch, NULL, lender == NULL, error);
    return code ? code : nn_replicas_packed(&self->set, lender, error);
}

void nn_inference_clear(nn_inference *self)
{
    nn_replicas_clear(&self->set);
    free(self->index);
    free(self->sums);
    free(self->known);
}

void nn_inference_run(nn_inference *self, size_t begin, size_t end, nn_sink_fn sink, void *context)
{
    nn_replicas_pack(&self->set, self->params, self->pool);
    for (size_t chunk = begin, chunks; chunk < end; chunk += chunks) {
        chunks = end - chunk < (size_t)self->set.count ? end - chunk : (size_t)self->set.count;
        self->first = chunk * (size_t)self->batch;
        nn_pool_run(self->pool, (int)chunks, infer_chunk, self);
        for (size_t n = 0; n < chunks; n++) {
            const size_t first = self->first + n * (size_t)self->batch;
            sink(context, first, chunk_size(self, first), &self->set.items[n].ports);
        }
    }
}

/* Bytes of the largest tensor of a pass. What one operation leaves behind is then still in a second-level
 * cache of two megabytes when the next one reads it (the largest is as a rule that of queries, keys and
 * values together), and weights are read for some hundreds of rows. */
static const size_t worth_passing = 4000000;

/* The samples of a pass, *batch at most, as even as may be. Their outputs do not depend on it. */
static int choose_pass(int *batch, nn_params *params, const nn_task *task, nn_error *error)
{
    nn_replica r = {0};
    int code = nn_replica_record(&r, 1, params, task, *batch, NULL, error);
    if (!code)
        code = nn_plan_check(r.plan, error);
    const size_t bytes = code ? 0 : nn_plan_largest(r.plan);
    const size_t fit = bytes ? worth_passing / bytes : 0;
    if (bytes) {
        const int most = fit < 1                ? 1
                         : fit < (size_t)*batch ? (int)fit
                                                : *batch,
                  passes = (*batch + most - 1) / most;
        *batch = (*batch + passes - 1) / passes;
    }
    nn_plan_free(r.plan);
    return code;
}

int nn_infer(nn_params *params, const nn_task *task, const nn_source *source, int batch, nn_pool *pool,
             nn_sink_fn sink, void *context, nn_error *error)
{
    nn_inference self = {0};
    int code =
        batch > 1 ? choose_pass(&batch, params, source->network ? source->network : task, error) : NN_OK;
    if (!code)
        code = nn_inference_init(&self, params, task, source, batch, pool, NULL, error);
    if (code == NN_OK)
        nn_inference_run(&self, 0, self.chunks, sink, context);
    nn_inference_clear(&self);
    return code;
}
