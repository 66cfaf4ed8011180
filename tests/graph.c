/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small graphs of operations for tests: ports filled at random, a loss over the outcome. */
#include "tests/graph.h"

#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static nn_tensor *add_port(graph *g, nn_tensor *tensor, graph_fill fill, const int *lengths, bool constant)
{
    assert_true(g->port_count < GRAPH_MAX_PORTS);
    g->ports[g->port_count++] =
        (graph_port){.tensor = tensor, .fill = fill, .lengths = lengths, .constant = constant};
    return tensor;
}

nn_tensor *graph_input(graph *g, graph_fill fill, int inner_rank, const int *inner_shape)
{
    return add_port(g, nn_input_with_gradient(g->plan, inner_rank, inner_shape), fill, NULL, false);
}

nn_tensor *graph_plain_input(graph *g, graph_fill fill, int inner_rank, const int *inner_shape)
{
    return add_port(g, nn_input(g->plan, inner_rank, inner_shape), fill, NULL, false);
}

nn_tensor *graph_input3(graph *g, graph_fill fill, int tokens, int width)
{
    return graph_input(g, fill, 2, (int[]){tokens, width});
}

nn_tensor *graph_ragged(graph *g, graph_fill fill, const int *lengths, int sequences, int width)
{
    int total = 0, longest = 0;
    for (int i = 0; i < sequences; i++) {
        total += lengths[i];
        longest = lengths[i] > longest ? lengths[i] : longest;
    }
    return add_port(g, nn_input_ragged(g->plan, total, longest, width, true), fill, lengths, false);
}

nn_tensor *graph_constant(graph *g, graph_fill fill, int rows, int columns)
{
    return add_port(g, nn_constant(g->plan, rows, columns), fill, NULL, true);
}

void graph_output(graph *g, nn_tensor *x)
{
    assert_true(g->output_count < GRAPH_MAX_OUTPUTS);
    g->outputs[g->output_count++] = nn_keep(g->plan, x);
}

void graph_loss(graph *g, nn_loss_kind kind, double parameter, nn_tensor *prediction, nn_tensor *target)
{
    g->has_loss = true;
    nn_loss(g->plan, kind, parameter, prediction, target);
}

void graph_make(graph *g, nn_params *params, int batch, bool training, graph_build_fn build,
                const void *config)
{
    nn_error error = {0};
    *g = (graph){.plan = nn_plan_new(params, batch, training), .batch = batch};
    assert_non_null(g->plan);
    build(g, config);
    if (nn_plan_compile(g->plan, &error) != NN_OK)
        fail_msg("compile: %s", error.text);
    if (!params->data && nn_params_allocate(params, 11, &error) != NN_OK)
        fail_msg("allocate: %s", error.text);
}

void graph_clear(graph *g)
{
    nn_plan_free(g->plan);
    g->plan = NULL;
}

double graph_uniform(uint64_t key, size_t index)
{
    return 2 * nn_random_uniform(nn_random(UINT64_C(0x7e57), key), index) - 1;
}

static double drawn(graph_fill fill, uint64_t key, size_t i, int columns)
{
    double u = graph_uniform(key, i), sign = graph_uniform(key + 1000, i) < 0 ? -1 : 1;
    switch (fill) {
    case FILL_UNIFORM:
        return u;
    case FILL_AWAY:
        return sign * (0.6 + 0.4 * u);
    case FILL_MASK:
        return i % (size_t)columns && graph_uniform(key + 2000, i) < -0.33 ? -INFINITY : u;
    case FILL_HOLES:
        return graph_uniform(key + 2000, i) < -0.6 ? NAN : sign * (2 + 0.5 * u);
    case FILL_ONE:
        return 1;
    case FILL_ZERO:
        return 0;
    case FILL_SEEN:
        return i % (size_t)columns && graph_uniform(key + 2000, i) < -0.33 ? 0 : 1;
    case FILL_PLACES:
        return 1 + 3 * (double)i;
    }
    return 0;
}

static size_t capacity(const nn_tensor *x)
{
    size_t count = 1;
    for (int i = 0; i < x->rank; i++)
        count *= (size_t)x->shape[i];
    return count;
}

void graph_data_draw(graph_data *data, const graph *whole, uint64_t seed)
{
    *data = (graph_data){.batch = whole->batch, .count = whole->port_count};
    for (int p = 0; p < data->count; p++) {
        const nn_tensor *x = whole->ports[p].tensor;
        size_t size = data->sizes[p] = capacity(x);
        data->values[p] = malloc((size ? size : 1) * sizeof(nn_real));
        assert_non_null(data->values[p]);
        for (size_t i = 0; i < size; i++)
            data->values[p][i] = (nn_real)drawn(whole->ports[p].fill, seed + 10000 * (uint64_t)(p + 1), i,
                                                x->shape[x->rank - 1]);
    }
}

void graph_data_clear(graph_data *data)
{
    for (int p = 0; p < data->count; p++)
        free(data->values[p]);
    *data = (graph_data){0};
}

static void load_ragged(const graph_port *port, const nn_real *values, int first, int used)
{
    nn_tensor *x = port->tensor;
    nn_ragged *ragged = x->ragged;
    int skip = 0, tokens = 0;
    for (int i = 0; i < first; i++)
        skip += port->lengths[i];
    ragged->offsets[0] = 0;
    for (int i = 0; i < used; i++)
        ragged->offsets[i + 1] = tokens += port->lengths[first + i];
    ragged->first_token = (size_t)skip;
    size_t width = (size_t)x->shape[1], count = (size_t)tokens * width;
    memcpy(x->data, values + (size_t)skip * width, count * sizeof *values);
    for (size_t i = count; i < capacity(x); i++)
        x->data[i] = NAN;
}

void graph_load(const graph *g, const graph_data *data, int first, int used, nn_run *run)
{
    run->batch = used;
    run->first_sample = (size_t)first;
    for (int p = 0; p < g->port_count; p++) {
        const graph_port *port = &g->ports[p];
        nn_tensor *x = port->tensor;
        if (port->lengths) {
            load_ragged(port, data->values[p], first, used);
            continue;
        }
        size_t each = port->constant ? capacity(x) : capacity(x) / (size_t)g->batch;
        size_t count = port->constant ? each : each * (size_t)used;
        memcpy(x->data, data->values[p] + (port->constant ? 0 : each * (size_t)first),
               count * sizeof(nn_real));
        for (size_t i = count; i < capacity(x); i++)
            x->data[i] = NAN;
    }
}

size_t graph_used(const graph *g, const nn_tensor *x, const nn_run *run)
{
    if (x->ragged)
        return (size_t)x->ragged->offsets[run->batch] * (size_t)x->shape[1];
    return capacity(x) / (size_t)g->batch * (size_t)run->batch;
}

size_t graph_first(const graph *g, const nn_tensor *x, const nn_run *run)
{
    if (x->ragged)
        return x->ragged->first_token * (size_t)x->shape[1];
    return capacity(x) / (size_t)g->batch * run->first_sample;
}

void graph_shake(nn_params *params, uint64_t seed)
{
    for (size_t i = 0; i < params->size; i++)
        params->data[i] += (nn_real)(0.3 * graph_uniform(seed, i));
}
