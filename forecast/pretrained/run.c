/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass over many groups of series: those with as many patches share a plan, and batches of them run side
 * by side. */
#include "forecast/pretrained/pretrained.h"

#include "lib/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Tokens of a batch: enough for products at full speed, few enough for little memory. And into how many
 * batches groups are cut at least, so that threads have something to do whatever their number. */
enum { TOKENS = 1024, SIDES = 4 };

/* A group, and how many rows of it are seen. */
typedef struct entry {
    int group, rows, patches;
} entry;

/* Groups with as many patches. */
typedef struct class
{
    const fc_pretrained *p;
    const fc_pretrained_batch *batch;
    const entry *entry;
    int count, size; /* size: of a batch of them */
    fc_pretrained_shape shape;
    nn_pool *pool;  /* that shares one plan; NULL: each thread has its own */
    nn_plan **plan; /* one for each thread; NULL until it is needed */
    fc_pretrained_ports *ports;
    fc_pretrained_scale *scale; /* threads x size x members */
    int *code;
    nn_error *error; /* one of each thread */
} class;

static const double *context_of(const fc_pretrained_batch *b, int group, int member)
{
    return b->context + ((size_t)group * (size_t)b->members + (size_t)member) * (size_t)b->length;
}

/* --- a batch --- */

static int make_plan(class *c, int worker)
{
    nn_plan *plan = c->plan[worker] = nn_plan_new(c->p->params, c->size, false);
    nn_error *error = &c->error[worker];
    if (!plan)
        return nn_no_memory(error);
    if (c->pool)
        nn_plan_divide(plan, nn_pool_threads(c->pool));
    c->p->kind->build(plan, &c->p->sizes, c->shape, &c->ports[worker]);
    nn_keep(plan, c->ports[worker].output);
    return nn_plan_compile(plan, error);
}

static void load(const class *c, int first, int count, int worker)
{
    const fc_pretrained_batch *b = c->batch;
    fc_pretrained_scale *scale = c->scale + (size_t)worker * (size_t)c->size * (size_t)b->members;
    for (int i = 0; i < count * b->members; i++) {
        const entry *e = &c->entry[first + i / b->members];
        const int member = i % b->members;
        const size_t series = (size_t)e->group * (size_t)b->members + (size_t)member;
        const double *x = context_of(b, e->group, member) + b->length - e->rows;
        scale[i] = fc_pretrained_scale_of(&c->p->sizes, x, e->rows);
        fc_pretrained_put(c->p, &c->ports[worker], c->shape, (size_t)i, &scale[i], x, e->rows,
                          b->future ? b->future + series * (size_t)b->ahead : NULL, b->ahead);
    }
}

/* The output (ahead, levels, block) becomes (levels, ahead x block), in the series' units. */
static void take(const class *c, int first, int count, int worker)
{
    const fc_pretrained_batch *b = c->batch;
    const size_t levels = (size_t)c->p->sizes.levels, block = (size_t)c->p->sizes.block,
                 ahead = (size_t)c->shape.ahead, steps = ahead * block;
    const fc_pretrained_scale *scale = c->scale + (size_t)worker * (size_t)c->size * (size_t)b->members;
    for (int i = 0; i < count * b->members; i++) {
        const entry *e = &c->entry[first + i / b->members];
        const size_t series = (size_t)e->group * (size_t)b->members + (size_t)(i % b->members);
        const nn_real *from = c->ports[worker].output->data + (size_t)i * levels * steps;
        double *to = b->out + series * levels * steps;
        for (size_t t = 0; t < ahead; t++)
            for (size_t q = 0; q < levels; q++)
                for (size_t h = 0; h < block; h++)
                    to[q * steps + t * block + h] = fc_pretrained_back(&scale[i], (double)*from++);
    }
}

static void run_batch(void *context, int n, int worker)
{
    class *c = context;
    const int first = n * c->size, count = c->count - first < c->size ? c->count - first : c->size;
    if (!c->code[worker] && !c->plan[worker])
        c->code[worker] = make_plan(c, worker);
    if (c->code[worker])
        return;
    load(c, first, count, worker);
    nn_run run = {.batch = count, .params = c->p->params->data};
    if (c->pool)
        nn_plan_forward_shared(c->plan[worker], &run, c->pool);
    else
        nn_plan_forward(c->plan[worker], &run);
    take(c, first, count, worker);
}

/* --- a class --- */

/* How many groups make a batch; it goes by them alone. */
static int size_of(const class *c)
{
    const int tokens = c->shape.members * fc_pretrained_tokens(c->p, c->shape);
    const int most = TOKENS / tokens > 1 ? TOKENS / tokens : 1;
    int batches = (c->count + most - 1) / most;
    if (batches < c->count)
        batches = (batches + SIDES - 1) / SIDES * SIDES;
    batches = batches < c->count ? batches : c->count;
    return (c->count + batches - 1) / batches;
}

static int run_class(class *c, nn_pool *pool, nn_error *error)
{
    c->size = size_of(c);
    const int batches = (c->count + c->size - 1) / c->size, threads = pool ? nn_pool_threads(pool) : 1;
    const size_t scales = (size_t)threads * (size_t)c->size * (size_t)c->batch->members;
    c->pool = batches == 1 && threads > 1 ? pool : NULL;
    c->plan = calloc((size_t)threads, sizeof *c->plan);
    c->ports = calloc((size_t)threads, sizeof *c->ports);
    c->code = calloc((size_t)threads, sizeof *c->code);
    c->error = calloc((size_t)threads, sizeof *c->error);
    c->scale = calloc(scales + 1, sizeof *c->scale);
    int code = c->plan && c->ports && c->code && c->error && c->scale ? NN_OK : nn_no_memory(error);
    if (!code && pool && !c->pool)
        nn_pool_run(pool, batches, run_batch, c);
    for (int n = 0; n < batches && !code && (!pool || c->pool); n++)
        run_batch(c, n, 0);
    for (int i = 0; i < threads && !code; i++)
        if (c->code[i])
            code = nn_fail(error, c->code[i], "%s", c->error[i].text);
    for (int i = 0; i < threads && c->plan; i++)
        nn_plan_free(c->plan[i]);
    free(c->plan);
    free(c->ports);
    free(c->code);
    free(c->error);
    free(c->scale);
    return code;
}

static int by_patches(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    return x->patches != y->patches ? (x->patches < y->patches ? -1 : 1) : x->group - y->group;
}

int fc_pretrained_pass(const fc_pretrained *p, const fc_pretrained_batch *batch, nn_pool *pool,
                       nn_error *error)
{
    entry *entries = nn_resize(NULL, (size_t)batch->groups + 1, 1, sizeof *entries);
    int code = entries ? NN_OK : nn_no_memory(error);
    for (int g = 0; g < batch->groups && !code; g++) {
        int rows = fc_pretrained_seen_rows(&p->sizes, context_of(batch, g, 0), batch->members, batch->length);
        rows = rows ? rows : 1; /* nothing is known: a patch says so */
        entries[g] = (entry){g, rows, fc_pretrained_patches(&p->sizes, rows)};
    }
    if (!code)
        qsort(entries, (size_t)batch->groups, sizeof *entries, by_patches);
    for (int first = 0, count; first < batch->groups && !code; first += count) {
        for (count = 1;
             first + count < batch->groups && entries[first + count].patches == entries[first].patches;)
            count++;
        class c = {.p = p,
                   .batch = batch,
                   .entry = entries + first,
                   .count = count,
                   .shape = {batch->members, entries[first].patches, batch->steps / p->sizes.block}};
        code = run_class(&c, pool, error);
    }
    free(entries);
    return code;
}
