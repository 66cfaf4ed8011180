/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks derivatives against differences of the loss. */
#include "tests/gradcheck.h"

#include "lib/base/random.h"
#include "tests/brief.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PER_TENSOR = 120, MOST_IN_BRIEF = 1 };
static const double STEP = 1e-5, LIMIT = 1e-7, GRADS_BEFORE = 0.5;

typedef struct check {
    const gradcheck_case *c;
    graph g;
    graph_data data;
    nn_params *params;
    nn_real *grads;
    nn_run run;
    nn_real *above; /* outputs at x + step */
    double largest; /* max|g| */
} check;

static nn_real *new_reals(size_t count, double value)
{
    nn_real *x = malloc((count ? count : 1) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < count; i++)
        x[i] = (nn_real)value;
    return x;
}

static nn_run new_run(const nn_params *params, nn_real *grads)
{
    return (nn_run){.params = params->data, .grads = grads, .seed = 77, .step = 5, .loss_scale = 0.37};
}

static double weight(int output, size_t place)
{
    return graph_uniform(500 + (uint64_t)output, place);
}

/* The place of a shard's first element in the whole output. */
static size_t first_of(const graph *part, const nn_tensor *x, const nn_tensor *whole, const nn_run *run)
{
    return x->ragged ? (size_t)whole->ragged->offsets[run->first_sample] * (size_t)x->shape[1]
                     : graph_first(part, x, run);
}

static void seed_outputs(const graph *g, const graph *whole, const nn_run *run)
{
    for (int o = 0; o < g->output_count && !g->has_loss; o++) {
        nn_tensor *y = g->outputs[o];
        size_t used = graph_used(g, y, run), first = first_of(g, y, whole->outputs[o], run);
        for (size_t i = 0; i < used && y->grad; i++) /* none: it depends on no port with a gradient */
            y->grad[i] = (nn_real)weight(o, first + i);
    }
}

/* whole: g itself, or what it is a shard of, which ran before. */
static void forward_backward(const graph *g, const graph *whole, nn_run *run)
{
    run->loss = 0;
    nn_plan_forward(g->plan, run);
    seed_outputs(g, whole, run);
    nn_plan_backward(g->plan, run);
}

static size_t outputs_size(const graph *g, const nn_run *run)
{
    size_t size = 0;
    for (int o = 0; o < g->output_count; o++)
        size += graph_used(g, g->outputs[o], run);
    return size;
}

static void copy_outputs(const graph *g, const nn_run *run, nn_real *to)
{
    for (int o = 0; o < g->output_count; o++) {
        size_t used = graph_used(g, g->outputs[o], run);
        memcpy(to, g->outputs[o]->data, used * sizeof *to);
        to += used;
    }
}

/* Differences are taken output by output before they are summed: less rounding than the difference of two
 * sums. */
static double numeric(check *k, nn_real *x)
{
    graph *g = &k->g;
    nn_real old = *x;
    *x = old + (nn_real)STEP;
    double width = *x;
    graph_load(g, &k->data, 0, k->run.batch, &k->run);
    k->run.loss = 0;
    nn_plan_forward(g->plan, &k->run);
    double above = k->run.loss, sum = 0;
    copy_outputs(g, &k->run, k->above);
    *x = old - (nn_real)STEP;
    width -= *x;
    graph_load(g, &k->data, 0, k->run.batch, &k->run);
    k->run.loss = 0;
    nn_plan_forward(g->plan, &k->run);
    *x = old;
    if (g->has_loss)
        return (above - k->run.loss) / width;
    const nn_real *higher = k->above;
    for (int o = 0; o < g->output_count; o++)
        for (size_t i = 0, n = graph_used(g, g->outputs[o], &k->run); i < n; i++)
            sum += weight(o, i) * (double)(*higher++ - g->outputs[o]->data[i]);
    return sum / width;
}

static void compare(check *k, const char *what, nn_real *values, const nn_real *analytic, double before,
                    size_t count)
{
    double worst = -1, found = 0, wanted = 0;
    const size_t most = brief() ? MOST_IN_BRIEF : k->c->most ? (size_t)k->c->most : MOST_PER_TENSOR;
    size_t where = 0, steps = count < most ? count : most;
    for (size_t s = 0; s < steps; s++) {
        size_t i = count <= most ? s : nn_random(123, s) % count;
        double slope = numeric(k, &values[i]), got = (double)analytic[i] - before, off = fabs(got - slope);
        if (!(off <= worst)) {
            worst = off;
            where = i;
            found = got;
            wanted = slope;
        }
        if (!isfinite(off))
            break;
    }
    if (!(worst <= LIMIT * k->largest))
        fail_msg("%s: d/d %s[%zu] of %zu: %.12g, central differences give %.12g (max|g| %.6g)", k->c->name,
                 what, where, count, found, wanted, k->largest);
}

static double largest(const nn_real *x, double before, size_t count, double so_far)
{
    for (size_t i = 0; i < count; i++)
        so_far = fmax(so_far, fabs((double)x[i] - before));
    return so_far;
}

static void check_ports(check *k, nn_real *const *first_grads)
{
    for (int p = 0; p < k->g.port_count; p++) {
        nn_tensor *x = k->g.ports[p].tensor;
        char what[32];
        snprintf(what, sizeof what, "port %d", p);
        if (first_grads[p])
            compare(k, what, k->data.values[p], first_grads[p], 0, graph_used(&k->g, x, &k->run));
    }
}

static void check_params(check *k)
{
    nn_real *analytic = new_reals(k->params->size, 0);
    memcpy(analytic, k->grads, k->params->size * sizeof *analytic);
    for (int i = 0; i < k->params->count; i++) {
        const nn_param *param = &k->params->table[i];
        if (nn_param_is_constant(param))
            continue;
        compare(k, param->name, k->params->data + param->offset, analytic + param->offset, GRADS_BEFORE,
                param->count);
    }
    free(analytic);
}

/* The gradients of the ports after the first backward pass; a second pass must give the same ones again. */
static void run_twice(check *k, nn_real **first_grads)
{
    graph *g = &k->g;
    graph_load(g, &k->data, 0, k->run.batch, &k->run);
    forward_backward(g, g, &k->run);
    k->largest = largest(k->grads, GRADS_BEFORE, k->params->size, 0);
    for (int p = 0; p < g->port_count; p++) {
        nn_tensor *x = g->ports[p].tensor;
        size_t used = graph_used(g, x, &k->run);
        if (!x->grad)
            continue;
        first_grads[p] = new_reals(used, 0);
        memcpy(first_grads[p], x->grad, used * sizeof(nn_real));
        k->largest = largest(x->grad, 0, used, k->largest);
    }
    nn_real *again = new_reals(k->params->size, 0);
    k->run.grads = again;
    graph_load(g, &k->data, 0, k->run.batch, &k->run);
    forward_backward(g, g, &k->run);
    for (int p = 0; p < g->port_count; p++)
        if (first_grads[p] && memcmp(first_grads[p], g->ports[p].tensor->grad,
                                     graph_used(g, g->ports[p].tensor, &k->run) * sizeof(nn_real)) != 0)
            fail_msg("%s: a second pass gives other gradients of port %d", k->c->name, p);
    for (size_t i = 0; i < k->params->size; i++)
        if (fabs((double)(k->grads[i] - again[i]) - GRADS_BEFORE) > 1e-12 * (1 + k->largest))
            fail_msg("%s: backward does not add to the parameters' gradients", k->c->name);
    k->run.grads = k->grads;
    free(again);
}

static void prepare(check *k, const gradcheck_case *c)
{
    *k = (check){.c = c, .params = nn_params_new()};
    assert_non_null(k->params);
    graph_make(&k->g, k->params, c->batch, true, c->build, c->config);
    graph_shake(k->params, 31);
    if (c->adjust)
        c->adjust(k->params, c->config);
    graph_data_draw(&k->data, &k->g, 1);
    k->grads = new_reals(k->params->size, GRADS_BEFORE);
    k->run = new_run(k->params, k->grads);
    k->run.batch = c->used ? c->used : c->batch;
}

static void finish(check *k)
{
    free(k->grads);
    free(k->above);
    graph_data_clear(&k->data);
    graph_clear(&k->g);
    nn_params_free(k->params);
}

void gradcheck(const gradcheck_case *c)
{
    check k;
    prepare(&k, c);
    nn_real *first_grads[GRAPH_MAX_PORTS] = {0};
    run_twice(&k, first_grads);
    k.above = new_reals(outputs_size(&k.g, &k.run), 0);
    check_ports(&k, first_grads);
    check_params(&k);
    for (int p = 0; p < GRAPH_MAX_PORTS; p++)
        free(first_grads[p]);
    finish(&k);
}

/* --- shards --- */

static void near(const check *k, const char *what, const nn_real *got, const nn_real *want, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)(got[i] - want[i])) <= 1e-11 * (1 + k->largest)))
            fail_msg("%s: %s[%zu]: %.15g in shards, %.15g in one", k->c->name, what, i, (double)got[i],
                     (double)want[i]);
}

static void compare_shard(const check *k, const graph *part, const nn_run *run)
{
    for (int o = 0; o < part->output_count; o++)
        near(k, "output", part->outputs[o]->data,
             k->g.outputs[o]->data + first_of(part, part->outputs[o], k->g.outputs[o], run),
             graph_used(part, part->outputs[o], run));
    for (int p = 0; p < part->port_count; p++) {
        const nn_tensor *x = part->ports[p].tensor;
        if (x->grad && !part->ports[p].constant)
            near(k, "gradient of a port", x->grad, k->g.ports[p].tensor->grad + graph_first(part, x, run),
                 graph_used(part, x, run));
    }
}

void gradcheck_shards(const gradcheck_case *c)
{
    check k;
    prepare(&k, c);
    graph_load(&k.g, &k.data, 0, k.run.batch, &k.run);
    forward_backward(&k.g, &k.g, &k.run);
    k.largest = largest(k.grads, GRADS_BEFORE, k.params->size, 0);
    nn_real *sum = new_reals(k.params->size, GRADS_BEFORE);
    double loss = 0;
    int half = (c->batch + 1) / 2, samples = k.run.batch;
    for (int first = 0; first < samples; first += half) {
        graph part;
        graph_make(&part, k.params, half, true, c->build, c->config);
        nn_run run = new_run(k.params, sum);
        graph_load(&part, &k.data, first, samples - first < half ? samples - first : half, &run);
        forward_backward(&part, &k.g, &run);
        compare_shard(&k, &part, &run);
        loss += run.loss;
        graph_clear(&part);
    }
    near(&k, "gradients", sum, k.grads, k.params->size);
    assert_true(fabs(loss - k.run.loss) <= 1e-12 * (1 + fabs(loss)));
    free(sum);
    finish(&k);
}
