/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passes over a plan: by one thread, and, for single samples, with weights packed ahead, shared by several.
 */
#include "lib/kept.h"
#include "lib/plan_internal.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

/* --- of one thread --- */

static void show(const nn_op *op, const nn_run *run)
{
    if (op->has_params && op->in[0] && op->out[0])
        run->watch(run->watch_context, &(nn_watched){.weight = op->weight,
                                                     .parameters = op->parameters,
                                                     .rows = nn_rows(op->in[0], run),
                                                     .in = op->in[0],
                                                     .out = op->out[0]});
}

void nn_plan_forward(nn_plan *plan, nn_run *run)
{
    run->loss = 0;
    for (int i = 0; i < plan->op_count; i++) {
        if (plan->ops[i]->joined)
            continue;
        plan->ops[i]->kind->forward(plan->ops[i], run);
        if (run->watch)
            show(plan->ops[i], run);
    }
}

void nn_plan_backward(nn_plan *plan, nn_run *run)
{
    for (int i = plan->op_count - 1; i >= 0; i--) {
        nn_op *op = plan->ops[i];
        if (!op->differentiates)
            continue;
        for (int k = 0; k < NN_MAX_OP_INPUTS; k++) {
            nn_tensor *x = op->in[k];
            bool shared = k == op->passing && op->shared_gradient;
            if (x && nn_wants_grad(x) && !op->accumulate[k] && !op->kind->sets_gradient && !shared)
                memset(x->grad, 0, nn_active(x, run) * nn_inner(x) * sizeof(nn_real));
        }
        op->kind->backward(op, run);
    }
}

/* --- of several --- */

size_t nn_plan_packed_size(const nn_plan *plan)
{
    return plan->packed_elements;
}

void nn_plan_pack(const nn_plan *plan, const nn_real *params, nn_real *packed, int part, int parts)
{
    for (int i = part; i < plan->op_count; i += parts) {
        const nn_op *op = plan->ops[i];
        if (op->packed_elements)
            op->kind->pack(op, params, (void *)(packed + op->packed));
    }
}

void nn_plan_keep_packed(nn_plan *plan)
{
    plan->keeps_packed = !plan->training;
}

bool nn_plan_keeps_packed(const nn_plan *plan)
{
    return plan->keeps_packed;
}

int nn_plan_find_kept(nn_plan *plan, nn_error *error)
{
    for (int i = 0; i < plan->op_count && plan->keeps_packed; i++) {
        nn_op *op = plan->ops[i];
        if (!op->packed_elements)
            continue;
        const int in = nn_width(op->in[0]), maps = op->as.linear.maps, out = nn_width(op->out[0]) / maps;
        const nn_kept_key key = {.weight = op->weight,
                                 .count = (size_t)maps * (size_t)in * (size_t)out,
                                 .in = in,
                                 .out = out,
                                 .maps = maps,
                                 .by_columns = op->kind->by_columns,
                                 .precision = op->precision,
                                 .split = op->split};
        op->kept = nn_kept_of(plan->params, &key, op->packed_elements * sizeof(nn_real));
        if (!op->kept)
            return nn_fail(error, NN_FAILED, "no memory for packing %zu weights", key.count);
    }
    return NN_OK;
}

static void make_pack(const void *context, void *to)
{
    const nn_op *op = context;
    op->kind->pack(op, op->plan->params->data, to);
}

const void *nn_op_packed(const nn_op *op, const nn_run *run)
{
    if (run->packed && op->packed_elements)
        return run->packed + op->packed;
    if (!op->kept || run->params != op->plan->params->data)
        return NULL;
    return nn_kept_ready(op->plan->params, op->kept, make_pack, op);
}

void nn_plan_pack_kept(const nn_plan *plan, int part, int parts)
{
    for (int i = part; i < plan->op_count; i += parts)
        if (plan->ops[i]->kept)
            nn_kept_ready(plan->params, plan->ops[i]->kept, make_pack, plan->ops[i]);
}

typedef struct shared_pass {
    nn_plan *plan;
    const nn_run *run;
    int parts;
    atomic_long arrived; /* at ends of operations, all threads together */
} shared_pass;

/* An operation takes some microseconds, so that waiting for its end must not put a thread to sleep; but where
 * there are more threads than processors, the others need one. */
static void wait_for(shared_pass *pass, long arrived)
{
    for (int looks = 0; atomic_load_explicit(&pass->arrived, memory_order_acquire) < arrived; looks++)
        if (looks > 10000)
            sched_yield();
}

static void run_part(void *context, int part, int worker)
{
    shared_pass *pass = context;
    (void)worker;
    nn_run own = *pass->run;
    own.part = part;
    own.parts = pass->parts;
    nn_run whole = *pass->run;
    for (int i = 0; i < pass->plan->op_count; i++) {
        const nn_op *op = pass->plan->ops[i];
        if (op->kind->divides)
            op->kind->forward(op, &own);
        else if (part == 0)
            op->kind->forward(op, &whole);
        atomic_fetch_add(&pass->arrived, 1);
        wait_for(pass, (long)(i + 1) * pass->parts);
    }
}

/* Below this many multiply-adds, a few hundredths of a millisecond, waiting takes more than it gains. */
static const double worth_sharing = 4e6;

void nn_plan_forward_shared(nn_plan *plan, nn_run *run, nn_pool *pool)
{
    int threads = nn_pool_threads(pool), parts = threads < plan->parts ? threads : plan->parts;
    if (parts == 1 || plan->training || nn_plan_macs(plan) < worth_sharing) {
        nn_plan_forward(plan, run);
        return;
    }
    shared_pass pass = {.plan = plan, .run = run, .parts = parts};
    nn_pool_run(pool, parts, run_part, &pass);
}
