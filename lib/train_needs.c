/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds up the slabs of a training and compares them with what is free. */
#include "lib/train_internal.h"

#include "lib/base/budget.h"

#include <stdio.h>

int nn_shard_samples(const nn_training *settings)
{
    const int shards = settings->shards < settings->batch ? settings->shards : settings->batch;
    return (settings->batch + shards - 1) / shards;
}

nn_needs nn_needs_of(size_t parameters, int shards)
{
    const double once = (double)parameters * sizeof(nn_real);
    return (nn_needs){
        .shards = shards, .weights = once, .gradients = once * shards, .moments = 2 * once, .best = once};
}

/* Of one plan; settings NULL: of one that does not train. */
static int measure(double *arena, double *packed, nn_params *params, const nn_task *task, int parts,
                   int samples, const nn_training *settings, nn_error *error)
{
    nn_replica r = {0};
    int code = nn_replica_record(&r, parts, params, task, samples, settings, error);
    if (!code)
        code = nn_plan_lay_out(r.plan, error);
    if (!code) {
        *arena = (double)nn_plan_bytes(r.plan);
        *packed = (double)nn_plan_packed_size(r.plan) * sizeof(nn_real);
    }
    nn_plan_free(r.plan);
    return code;
}

static bool has_statistics(const nn_params *params)
{
    for (int i = 0; i < params->count; i++)
        if (params->table[i].init == NN_INIT_STATISTIC)
            return true;
    return false;
}

/* Measured: HIGH bytes of activations go through the caches best, and each pass reads and writes the
 * gradients of the weights once more, which must stay little beside its own numbers. */
int nn_pass_samples(int *samples, nn_params *params, const nn_task *task, const nn_training *settings,
                    nn_error *error)
{
    const double high = 4e6, weights = 4;
    const int all = *samples = nn_shard_samples(settings);
    double one, packed;
    const int code = measure(&one, &packed, params, task, 1, 1, settings, error);
    if (code || has_statistics(params)) /* norms of a batch see all samples of a shard */
        return code;
    const double gradients = weights * (double)params->size * sizeof(nn_real);
    const double most = (gradients > high ? gradients : high) / (one > 0 ? one : 1);
    const int some = most < 1 ? 1 : most < all ? (int)most : all, passes = (all + some - 1) / some;
    *samples = (all + passes - 1) / passes;
    return code;
}

int nn_training_needs(nn_needs *needs, nn_params *params, const nn_task *task, const nn_source *validation,
                      const nn_training *settings, int threads, nn_error *error)
{
    double training = 0, validating = 0, packed = 0, packed_again = 0;
    const int samples = nn_shard_samples(settings);
    const int shards = settings->shards < settings->batch ? settings->shards : settings->batch;
    int pass, code = nn_pass_samples(&pass, params, task, settings, error);
    if (!code)
        code = measure(&training, &packed, params, task, 1, pass, settings, error);
    if (!code)
        code =
            measure(&validating, &packed_again, params,
                    validation && validation->network ? validation->network : task, 1, samples, NULL, error);
    if (code)
        return code;
    const size_t chunks = validation ? (validation->count + (size_t)samples - 1) / (size_t)samples : SIZE_MAX;
    *needs = nn_needs_of(params->size, shards);
    needs->threads = threads;
    needs->samples = samples;
    needs->packed = packed == packed_again ? packed : packed + packed_again;
    needs->activations = training * threads;
    needs->validation = validating * (chunks < (size_t)threads ? (double)chunks : threads);
    return NN_OK;
}

double nn_needs_sum(const nn_needs *n)
{
    return n->weights + n->gradients + n->moments + n->best + n->packed + n->activations + n->validation;
}

int nn_needs_check(const nn_needs *n, bool there, nn_error *error)
{
    unsigned long long room;
    const double more = nn_needs_sum(n) - (there ? n->weights : 0), giga = 1e9;
    if (!nn_budget_room(&room) || more <= (double)room)
        return NN_OK;
    char activations[80] = "";
    if (n->threads)
        snprintf(activations, sizeof activations, ", activations %.1f for %d threads",
                 (n->activations + n->validation) / giga, n->threads);
    return nn_fail(
        error, NN_FAILED,
        "a training takes %.1f GB more memory (weights %.1f, gradients %.1f for %d shards, moments "
        "%.1f, best weights %.1f%s), and %.1f GB are free%s",
        more / giga, there ? 0.0 : n->weights / giga, n->gradients / giga, n->shards, n->moments / giga,
        n->best / giga, activations, (double)room / giga, nn_budget_source());
}
